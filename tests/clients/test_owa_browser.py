"""The web client in a real browser: mail, messages with a Lync client, an online meeting."""

from __future__ import annotations

import io
import os
import smtplib
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.clients.chromium import Browser, browsing, missing_browser
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_online_meetings import lync
from tests.clients.waiting import until

_MISSING = missing_browser() or missing_packages()
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING or "never")
ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


@pytest.fixture(scope="module")
def window(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with browsing(demo.table["hosts"], tmp_path_factory.mktemp("chromium") / "chromedriver.log") as made:
        yield made


@pytest.fixture
def browser(demo: Demo, window: Browser) -> Iterator[Browser]:
    """The window, in which nobody is signed in. Whatever a test does, no page of it may have failed."""
    window.devtools("Network.clearBrowserCookies")
    window.devtools("Emulation.clearDeviceMetricsOverride")
    window.open(demo.table["owa_url"])
    window.run("localStorage.clear()")
    complaints(window)
    yield window
    assert complaints(window) == []
    window.open("about:blank")


def complaints(browser: Browser) -> list[str]:
    """What the page said was wrong since it was last asked; a refused sign-in is no fault of the page."""
    found = browser.call("POST", "/se/log", type="browser")
    return [one["message"] for one in found if one["level"] == "SEVERE" and "401" not in one["message"]]


def picture(browser: Browser, name: str) -> None:
    """Kept where ``SAMBAND_PICTURES`` names a folder."""
    folder = os.environ.get("SAMBAND_PICTURES")
    if folder:
        browser.picture(Path(folder) / f"{name}.png")


def sign_in(browser: Browser, demo: Demo, name: str) -> None:
    person = demo.person(name)
    browser.write("[name=username]", person["upn"])
    browser.write("[name=password]", person["password"])
    browser.click("button[type=submit]")
    browser.find("#list li")


def test_mail_messages_and_an_online_meeting(demo: Demo, browser: Browser) -> None:
    browser.write("[name=username]", "alice")
    browser.write("[name=password]", "wrong")
    browser.click("button[type=submit]")
    browser.find(".error", text="isn't correct")
    picture(browser, "sign-in")
    browser.run("document.querySelector('[name=username]').value = ''")
    sign_in(browser, demo, "alice")
    browser.click("#list li", "Welcome to Samband")
    browser.find("#reading h2", text="Welcome to Samband")
    until(lambda: "Your mailbox" in browser.inside("#reading iframe"), "the body of the message")
    browser.find("#im .person", text="Bob")
    with lync(demo, "bob") as bob:
        bob.do("add", who=ALICE)
        browser.find(f'#im [data-contact="{BOB}"] .dot.available')
        browser.click(f'#im [data-contact="{BOB}"]')
        browser.write(".talk input", "hello Bob\n")
        assert "hello Bob" in bob.wait("im", who=ALICE)["text"]
        bob.do("im", to=ALICE, text="hello Alice")
        browser.find(".talk li:not(.mine)", text="hello Alice")
        picture(browser, "mail")
        browser.click("#badge")
        picture(browser, "menu")
        browser.click("#menu button", "Do not disturb")
        until(lambda: bob.buddy(ALICE).get("status") == "do-not-disturb", "bob sees it")
    browser.click("#places a", "Calendar")
    browser.click("#new-event")
    browser.write("[name=subject]", "Plans for spring")
    browser.write("[name=attendees]", BOB)
    browser.click("#online")
    picture(browser, "appointment")
    browser.click("dialog [type=submit]")
    browser.find(".entry .join")
    picture(browser, "calendar")
    browser.click(".entry", "Plans for spring")
    browser.find("dialog .attendees li", text="Bob")
    link = browser.run("return document.querySelector('dialog .join-link').href")
    assert link.startswith("https://meet.contoso.test")
    browser.click("dialog button", "Close")
    browser.click("#places a", "People")
    browser.find("#people li", text="Carol")
    picture(browser, "people")
    browser.click("#badge")
    browser.click("#sign-out")
    browser.find("[name=password]")
    assert browser.run("return document.cookie") == ""


def shows(browser: Browser, css: str) -> bool:
    return bool(browser.run("return document.querySelector(arguments[0]).getClientRects().length > 0", css))


def test_drafts_looking_for_mail_and_moving_it(demo: Demo, browser: Browser) -> None:
    sign_in(browser, demo, "carol")
    browser.click("#new-mail")
    browser.write("form.sheet [name=to]", "Bo")
    browser.write("form.sheet [name=subject]", "Quinces")
    browser.write("form.sheet textarea", "Shall we plant some?")
    browser.find("form.sheet [role=status]", text="Saved")
    browser.write("form.sheet textarea", " Soon.")
    browser.click("#list li", "Welcome to Samband")
    browser.find("#reading h2", text="Welcome to Samband")
    browser.click("#folders button", "Drafts")
    browser.click("#list li", "Quinces")
    browser.find("form.sheet textarea")
    assert (
        browser.run("return document.querySelector('form.sheet textarea').value").strip()
        == "Shall we plant some? Soon."
    )
    browser.write("form.sheet [name=to]", "b")
    picture(browser, "draft")
    browser.click("form.sheet [type=submit]")
    browser.find("#reading", text="Your message is on its way.")
    browser.find("#list .empty", text="This folder is empty.")
    browser.write("#search input", "quinc")
    browser.find("#list h2", text="Found")
    browser.find("#list li", text="Sent Items")
    picture(browser, "found")
    browser.click("#list li", "Quinces")
    choose = (
        "const s = document.querySelector('#reading select'); s.value = [...s.options].find(o =>"
        " o.textContent.includes('Junk')).value; s.dispatchEvent(new Event('change'))"
    )
    browser.find("#reading h2", text="Quinces")
    browser.run(choose)
    browser.find("#notes", text="Moved to Junk Email")
    browser.find("#list li", text="Junk Email")


def test_by_keyboard_and_on_a_telephone(demo: Demo, browser: Browser) -> None:
    sign_in(browser, demo, "dave")
    count = int(browser.run("return document.querySelectorAll('#list li').length"))
    browser.run("document.querySelector('#list li').focus()")
    name = browser.run("return document.activeElement.getAttribute('aria-label')")
    assert "(no subject)" not in name and "," in name
    browser.write("#list li", "\ue015")  # down
    browser.run("window.second = document.activeElement.dataset.id")
    browser.write("#list li:focus", "\ue007")  # Enter
    browser.find("#reading h2")
    until(lambda: browser.run("return document.activeElement.dataset.id === window.second"), "the focus stays")
    browser.write("#list li:focus", "\ue017")  # Delete
    until(lambda: browser.run("return document.querySelectorAll('#list li').length") == count - 1, "it is deleted")
    browser.devtools("Emulation.setDeviceMetricsOverride", width=390, height=800, deviceScaleFactor=1, mobile=False)
    assert shows(browser, "#list") and not shows(browser, "#reading")
    browser.click("#list li")
    browser.find("#reading h2")
    picture(browser, "telephone")
    assert not shows(browser, "#list") and not shows(browser, "#folders")
    browser.click("#back")
    browser.find("#list li")
    for place in ("Mail", "Calendar", "People"):
        browser.click("#places a", place)
        browser.find(f"#{place.lower()}")
        assert browser.run("return document.documentElement.scrollWidth <= innerWidth"), place


def test_files_and_a_hostile_message(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    sign_in(browser, demo, "frank")
    file = tmp_path / ("räksmörgås " + "x" * 150 + ".txt")
    file.write_text("smaklig måltid")
    browser.click("#new-mail")
    browser.write("form.sheet [name=to]", "frank@contoso.test")
    browser.write("form.sheet [name=subject]", "Lunch")
    browser.run("document.querySelector('.choose-files').hidden = false")
    browser.write(".choose-files", str(file))
    browser.find("form .files li[data-id] bdi", text="räksmörgås")
    browser.run("document.querySelector('.choose-files').hidden = true")
    picture(browser, "attached")
    browser.click("form.sheet [type=submit]")
    browser.find("#reading", text="on its way")
    browser.click("#list li", "Lunch")
    browser.find("#reading .files a", text="räksmörgås")
    browser.click("#reading .tools button", "Forward")
    browser.click("form .files button")
    browser.find("form.sheet [role=status]", text="Saved")
    until(lambda: not browser.run("return document.querySelector('form .files li')"), "it is taken off")
    browser.click("form .tools button", "Discard")
    deliver(demo, "frank@contoso.test", hostile())
    browser.click("#list li", "A present")
    browser.find("#reading h2", text="A present")
    shown = "const i = document.querySelector('#reading iframe'); return i && i.getAttribute('src')"
    until(lambda: browser.run(shown), "the message")
    until(lambda: "Dear Frank" in browser.inside("#reading iframe"), "its text")
    picture(browser, "hostile")
    browser.call("POST", "/frame", id={"element-6066-11e4-a52e-4f735466cecf": browser.find("#reading iframe")})
    seen = browser.run(
        "return { wide: document.querySelector('img').naturalWidth, tags: [...document.querySelectorAll('*')].map(e =>"
        " e.localName), origin: self.origin }"
    )
    browser.call("POST", "/frame/parent")
    assert (seen["wide"], seen["origin"]) == (3, "null")
    assert not {"script", "form", "input", "svg", "iframe", "meta[http-equiv]", "object", "link"} & set(seen["tags"])
    assert browser.run("return [window.hacked === undefined, location.pathname]") == [True, "/owa/"]
    names = browser.run("return [...document.querySelectorAll('#reading .files bdi')].map(e => e.textContent)")
    assert names == ["invoicefdp.exe", "page.html"]


def deliver(demo: Demo, to: str, message: EmailMessage) -> None:
    host, _, port = demo.table["smtp"].rpartition(":")
    with smtplib.SMTP(host, int(port), timeout=30) as server:
        server.send_message(message, "mallory@evil.test", [to])


def hostile() -> EmailMessage:
    """A message that tries everything that a page may do."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "mallory@evil.test", "frank@contoso.test", "A present"
    message.set_content("Dear Frank")
    bad = "top.hacked = 1; parent.hacked = 1"
    message.add_alternative(
        f"""<html><head><meta http-equiv="refresh" content="0;url=https://evil.test/"><base href="//evil.test">
        <style>@import url(//evil.test/a.css); body {{ background: url(//evil.test/b.png) }}</style>
        <link rel="stylesheet" href="https://evil.test/c.css"></head>
        <body onload="{bad}"><script>{bad}</script>
        <p onclick="{bad}" style="background: url(//evil.test/d.png)">Dear Frank</p>
        <img src="cid:dot@evil" width="3"><img src=x onerror="{bad}"><img src="https://evil.test/e.png">
        <svg onload="{bad}"><script>{bad}</script><a xlink:href="javascript:{bad}"><text>s</text></a></svg>
        <form action="/owa/auth/logoff" method="post"><input name="password" autofocus><button>Sign in</button></form>
        <iframe srcdoc="<script>{bad}</script>"></iframe><object data="//evil.test/f.swf"></object>
        <a href="javascript:{bad}" target="_top">click</a></body></html>""",
        subtype="html",
    )
    dot = io.BytesIO()
    Image.new("RGB", (3, 3), "red").save(dot, "PNG")
    pages: Any = message.get_payload()
    pages[1].add_related(dot.getvalue(), "image", "png", cid="<dot@evil>", disposition="inline")
    message.add_attachment(b"MZ", "application", "x-msdownload", filename="invoice\u202efdp.exe")
    message.add_attachment(b"<script>alert(1)</script>", "text", "html", filename="page.html")
    return message


def test_a_card_a_contact_and_the_views_of_the_calendar(demo: Demo, browser: Browser) -> None:
    sign_in(browser, demo, "grace")
    browser.click("#places a", "People")
    browser.click("#new-contact")
    for name, value in {"given": "Zoë", "surname": "Zander", "email": "zoe@fabrikam.test"}.items():
        browser.write(f"dialog [name={name}]", value)
    browser.click("dialog [type=submit]")
    browser.click("#people button.name", "Zoë Zander")
    browser.find("dialog dd", text="zoe@fabrikam.test")
    picture(browser, "card")
    browser.click("dialog button", "Edit contact")
    browser.write("dialog [name=title]", "Chef")
    browser.click("dialog [type=submit]")
    browser.find("#people li", text="Chef")
    browser.click("#people button.name", "Carol")
    browser.click("dialog button", "Meeting")
    browser.write("dialog [name=subject]", "Quinces")
    browser.find("dialog .free-busy li", text="Carol")
    browser.click("dialog [type=submit]")
    browser.find("#notes", text="Your invitation was sent.")
    browser.click("#places a", "Calendar")
    for view, shown in {"month": ".month", "day": ".of-1", "week": ".of-7"}.items():
        browser.click(f"#views [data-view={view}]")
        browser.find(shown)
        assert browser.run("return document.querySelector('#views [aria-pressed=true]').dataset.view") == view
    browser.click("#views [data-view=month]")
    browser.click(".entry", "Quinces")
    browser.click("dialog button", "Edit")
    browser.write("dialog [name=location]", "The garden")
    browser.click("dialog [type=submit]")
    until(lambda: "The garden" in browser.run("return document.querySelector('#days').innerHTML"), "the place")
    browser.click(".entry", "Quinces")
    browser.click("dialog button", "Cancel meeting")
    browser.click("dialog .yes")
    left = "return [...document.querySelectorAll('.entry')].some(e => e.textContent.includes('Quinces'))"
    until(lambda: not browser.run(left), "it is called off")


def test_everything_that_can_be_used_has_a_name(demo: Demo, browser: Browser) -> None:
    sign_in(browser, demo, "heidi")
    seen: set[str] = set()

    def look(place: str) -> None:
        tree = browser.devtools("Accessibility.getFullAXTree")["nodes"]
        for node in tree:
            role = node.get("role", {}).get("value", "")
            if node["ignored"] or role not in _USED:
                continue
            seen.add(role)
            assert node.get("name", {}).get("value", "").strip(), (place, node)

    browser.devtools("Accessibility.enable")
    browser.click("#list li")
    browser.find("#reading h2")
    look("mail")
    browser.click("#new-mail")
    browser.find("form.sheet")
    look("writing")
    browser.click("#badge")
    browser.find("#menu button")
    look("the menu")
    browser.write("#menu button:focus", "\ue015\ue00c")  # down, Escape
    assert browser.run("return [document.activeElement.id, document.getElementById('menu').hidden]") == ["badge", True]
    for place in ("Calendar", "People"):
        browser.click("#places a", place)
        browser.find({"Calendar": "#days .grid, #days .month", "People": "#people li"}[place])
        look(place)
    browser.click("#new-contact")
    look("a contact")
    browser.click("dialog button", "Cancel")
    browser.click("#places a", "Calendar")
    browser.click("#new-event")
    look("an appointment")
    assert seen >= {"button", "link", "textbox", "option", "menuitem", "combobox", "checkbox", "listbox"}


_USED = frozenset(
    {
        "button",
        "link",
        "textbox",
        "searchbox",
        "option",
        "menuitem",
        "combobox",
        "checkbox",
        "listbox",
        "dialog",
        "menu",
    }
)


def test_out_of_office_and_the_photo(demo: Demo, browser: Browser, tmp_path: Path) -> None:
    sign_in(browser, demo, "erin")
    browser.click("#badge")
    browser.click("#menu button", "Out of office")
    browser.find("dialog [name=state]")
    assert browser.run("return document.querySelector('dialog [name=internal]').disabled")
    browser.run(
        "const s = document.querySelector('dialog [name=state]'); s.value = 'Enabled';"
        " s.dispatchEvent(new Event('change', { bubbles: true }))"
    )
    browser.write("dialog [name=internal]", "In the mountains.")
    picture(browser, "out-of-office")
    browser.click("dialog [type=submit]")
    browser.find("#notes", text="Others are told that you are away.")
    browser.click("#badge")
    browser.click("#menu button", "Out of office")
    browser.find("dialog [name=internal]")
    assert browser.run("return document.querySelector('dialog [name=internal]').value") == "In the mountains."
    browser.click("dialog button", "Cancel")
    file = tmp_path / "erin.png"
    Image.new("RGB", (120, 120), "teal").save(file)
    browser.run(
        "const click = HTMLInputElement.prototype.click; HTMLInputElement.prototype.click = function () {"
        " if (this.type === 'file') { this.id = 'photo'; document.body.append(this); } else click.call(this); }"
    )
    browser.click("#badge")
    browser.click("#menu button", "Change photo")
    browser.write("#photo", str(file))
    browser.find("#notes", text="Your photo was changed.")
    wide = "const i = document.querySelector('#badge img'); return i.complete && i.naturalWidth === 96"
    until(lambda: browser.run(wide), "the new photo")
