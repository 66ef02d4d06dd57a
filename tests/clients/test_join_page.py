"""The page of a meeting in real browsers: guests without an account, and a Lync client, in one meeting."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.clients.chromium import Browser, browsing, missing_browser
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_online_meetings import lync, members, outlook_of
from tests.clients.test_owa_browser import picture
from tests.clients.waiting import until

_MISSING = missing_browser() or missing_packages()
pytestmark = pytest.mark.skipif(bool(_MISSING), reason=_MISSING or "never")


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


@pytest.fixture(scope="module")
def windows(demo: Demo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Browser]]:
    folder = tmp_path_factory.mktemp("chromium")
    with ExitStack() as stack:
        logs = [folder / f"chromedriver-{number}.log" for number in range(2)]
        yield [stack.enter_context(browsing(demo.table["hosts"], log)) for log in logs]


@pytest.fixture
def browsers(windows: list[Browser]) -> Iterator[list[Browser]]:
    """Two, each on an empty page and with a network, whatever the test before has left."""
    for browser in windows:
        offline(browser, False)
        browser.open("about:blank")
    yield windows


def offline(browser: Browser, off: bool) -> None:
    browser.devtools("Network.enable")
    browser.devtools(
        "Network.emulateNetworkConditions", offline=off, latency=0, downloadThroughput=-1, uploadThroughput=-1
    )


def meeting(demo: Demo, **wishes: Any) -> Any:
    """One of alice's."""
    outlook = outlook_of(demo, "alice")
    return outlook.ask("POST", outlook.meetings, {"subject": "Plans & Pläne", **wishes})


def enter(browser: Browser, url: str, name: str, **more: str) -> None:
    """Join as a guest."""
    browser.open(url)
    for field, words in {"name": name, **more}.items():
        browser.run(f"document.querySelector('#join [name={field}]').value = ''")
        browser.write(f"#join [name={field}]", words)
    browser.click("#join button", "Join as a guest")


def enter_chat(client: PurpleProcess, name: str, url: str) -> int:
    """Join with a Lync client; the chat once it is in: what is said before that goes nowhere."""
    client.do("conf-join", uri=url)
    chat: int = client.wait("chat-joined")["chat"]
    until(lambda: name in members(client), f"{name} is in the chat")
    return chat


def say(browser: Browser, words: str) -> None:
    browser.find("#say textarea:enabled")
    browser.write("#say textarea", words + "\n")


def test_two_guests_and_a_lync_client(demo: Demo, browsers: list[Browser]) -> None:
    ann, ben = browsers
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    ann.open(url)
    picture(ann, "door")
    with lync(demo, "alice") as alice:
        chat = enter_chat(alice, "alice", url)
        enter(ann, url, "Ann")
        enter(ben, url, "Ben <b>")
        for browser in browsers:
            for name in ("Ann", "Ben <b>", "Alice"):
                browser.find("#people .name", text=name)
        ann.find("#media", text="This meeting is text only.")
        say(ann, "hello from Ann, see https://example.org/a?b=1.")
        assert "hello from Ann" in alice.wait("chat", text="hello from Ann, see https://example.org/a?b=1.")["text"]
        ben.find("#lines li:not(.mine) a[href='https://example.org/a?b=1']")
        ben.find("#lines b", text="Ann (guest)")
        ann.find("#lines li.mine:not(.sending)", text="hello from Ann")
        alice.do("chat", chat=chat, text="welcome, both")
        for browser in browsers:
            browser.find("#lines li:not(.mine)", text="welcome, both")
        say(ben, "<img src=x onerror=alert(1)> & thanks")
        ann.find("#lines li:not(.mine) p", text="<img src=x onerror=alert(1)> & thanks")
        assert ann.run("return document.querySelectorAll('#lines img').length") == 0
        alice.wait("chat", text="<img src=x onerror=alert(1)> & thanks")
        ben.write("#say textarea", "and")
        ann.find("#typing", text="Ben <b> (guest) is typing")
        picture(ann, "room")
        ben.click("#leave")
        ben.find("#join .error", text="You have left the meeting")
        ann.find("#lines .note", text="Ben <b> (guest) has left")
        picture(ben, "left")
    ann.find("#lines .note", text="Alice Anderson has left")


def test_the_meeting_ends(demo: Demo, browsers: list[Browser]) -> None:
    ann = browsers[0]
    made = meeting(demo, accessLevel="Everyone")
    enter(ann, made["joinUrl"], "Ann")
    ann.find("#people .name", text="Ann")
    outlook_of(demo, "alice").ask("DELETE", made["_links"]["self"]["href"])
    ann.find("#join .error", text="The meeting has ended")
    ann.open(made["joinUrl"])
    ann.find("h1.error", text="cannot be found")
    picture(ann, "missing")


def account(browser: Browser, demo: Demo, url: str, name: str) -> None:
    """Join as oneself."""
    person = demo.person(name)
    browser.open(url)
    browser.click("#join summary")
    browser.write("#join [name=login]", person["upn"])
    browser.write("#join [name=password]", "wrong")
    browser.click("#join button", "Sign in and join")
    browser.find("#join .error", text="isn't correct")
    browser.write("#join [name=password]", person["password"])
    browser.click("#join button", "Sign in and join")
    browser.find("#people .name", text="Alice")


def test_the_lobby_and_the_organizer(demo: Demo, browsers: list[Browser]) -> None:
    ann, alice = browsers
    url = meeting(demo)["joinUrl"]
    enter(ann, url, "Ann")
    ann.find("#lobby", text="You are in the lobby")
    picture(ann, "lobby")
    account(alice, demo, url, "alice")
    alice.find("#knocking li", text="Ann (guest) waits in the lobby")
    picture(alice, "knocking")
    alice.click("#knocking button", "Turn away")
    ann.find("#join .error", text="The meeting did not let you in")
    ann.click("#join button", "Join as a guest")
    alice.find("#knocking li", text="Ann (guest)")
    alice.click("#knocking button", "Let in")
    ann.find("#people .name", text="Alice Anderson")
    say(ann, "thanks")
    alice.find("#lines li:not(.mine)", text="thanks")
    with lync(demo, "bob") as bob:
        chat = enter_chat(bob, "bob", url)
        alice.find("#people .name", text="Bob")
        bob.do("chat", chat=chat, text="me too")
        ann.find("#lines li:not(.mine)", text="me too")
        say(alice, "all here")
        bob.wait("chat", text="all here")
    alice.click("#people .guest .menu summary")
    picture(alice, "menu")
    alice.click("#people .menu button", "Make presenter")
    ann.find("#people small", text="Presenter")
    alice.click("#people .guest .menu summary")
    alice.click("#people .menu button", "Remove")
    ann.find("#join .error", text="You were removed from the meeting")
    alice.find("#lines .note", text="Ann (guest) has left")
    alice.click("#decide")
    alice.find("#options")
    picture(alice, "options")
    alice.run("document.querySelector('#options [name=access]').value = 'Everyone'")
    alice.write("#options [name=passcode]", "sesame")
    alice.click("#options button", "Save")
    until(lambda: not alice.run("return document.querySelector('#options')"), "it is saved")
    enter(ann, url, "Ann", passcode="sesame")
    ann.find("#people .name", text="Alice Anderson")
    alice.click("#decide")
    alice.click("#end-meeting")
    for browser in browsers:
        browser.find("#join .error", text="The meeting has ended")


def test_an_interrupted_network_loses_nothing(demo: Demo, browsers: list[Browser]) -> None:
    ann, ben = browsers
    url = meeting(demo, accessLevel="Everyone")["joinUrl"]
    enter(ann, url, "Ann")
    enter(ben, url, "Ben")
    for browser, other in ((ann, "Ben"), (ben, "Ann")):
        browser.find("#people .name", text=other)
        browser.find("#say textarea:enabled")
    offline(ben, True)
    say(ann, "one")
    ben.find("#lost", 60, "Reconnecting")
    picture(ben, "lost")
    say(ann, "two")
    ann.find("#lines li.mine:not(.sending)", text="two")
    offline(ben, False)
    ben.find("#lines li:not(.mine)", 60, "two")
    said = ben.run("return [...document.querySelectorAll('#lines li:not(.mine):not(.note) p')].map(e => e.textContent)")
    assert said == ["one", "two"]
    until(lambda: ben.run("return document.querySelector('#lost').hidden"), "the banner is gone")
    say(ben, "back")
    ann.find("#lines li:not(.mine)", text="back")


def test_a_passcode(demo: Demo, browsers: list[Browser]) -> None:
    ann = browsers[0]
    url = meeting(demo, accessLevel="Everyone", passcode="Tee 4711")["joinUrl"]
    enter(ann, url, "Ann", passcode="4711")
    ann.find("#join .error", text="The passcode is wrong")
    picture(ann, "passcode")
    ann.run("document.querySelector('#join [name=passcode]').value = ''")
    ann.write("#join [name=passcode]", "Tee 4711\n")
    ann.find("#people .name", text="Ann")
