"""The web client in a real browser: mail, messages with a Lync client, an online meeting."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

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


@pytest.fixture
def browser(demo: Demo, tmp_path: Path) -> Iterator[Browser]:
    with browsing(demo.table["hosts"], tmp_path / "chromedriver.log") as window:
        yield window


def picture(browser: Browser, name: str) -> None:
    """Kept where ``SAMBAND_PICTURES`` names a folder."""
    folder = os.environ.get("SAMBAND_PICTURES")
    if folder:
        browser.picture(Path(folder) / f"{name}.png")


def sign_in(browser: Browser, demo: Demo, name: str) -> None:
    person = demo.person(name)
    browser.open(demo.table["owa_url"])
    browser.write("[name=username]", person["upn"])
    browser.write("[name=password]", "wrong")
    browser.click("button[type=submit]")
    browser.find(".error", text="isn't correct")
    picture(browser, "sign-in")
    browser.write("[name=username]", person["upn"])
    browser.write("[name=password]", person["password"])
    browser.click("button[type=submit]")
    browser.find("#list li")


def test_mail_messages_and_an_online_meeting(demo: Demo, browser: Browser) -> None:
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
    until(lambda: browser.run("return document.activeElement.dataset.id === window.second"), "the focus stays", 20)
    browser.write("#list li:focus", "\ue017")  # Delete
    until(lambda: browser.run("return document.querySelectorAll('#list li').length") == count - 1, "it is deleted", 20)
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
    until(lambda: browser.run(wide), "the new photo", 20)
