"""The web client's users and pidgin-sipe's see each other, write to each other, and lose both with a step undone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.owa_user import OwaUser
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_online_meetings import lync
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")
ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


def user(demo: Demo, name: str) -> OwaUser:
    person = demo.person(name)
    made = OwaUser(demo, person["login"], person["password"])
    made.listen()
    return made


def seen(alice: OwaUser, who: str, presence: str) -> None:
    def look() -> bool:
        found = [one for one in alice.get("im")["sights"] if one["address"] == who]
        return bool(found) and found[0]["presence"] == presence

    until(look, f"{who} is {presence}", 20)


def test_presence_and_messages_both_ways(demo: Demo) -> None:
    alice = user(demo, "alice")
    alice.im(status="on")
    assert BOB in [one["address"] for one in alice.get("im")["contacts"]]
    with lync(demo, "bob") as bob:
        bob.do("add", who=ALICE)
        seen(alice, BOB, "available")
        until(lambda: bob.buddy(ALICE).get("status") == "available", "bob sees alice")
        alice.post("im/presence", presence="busy")
        until(lambda: bob.buddy(ALICE).get("status") == "busy", "bob sees that alice is busy")
        alice.post("im/presence", presence="reset")
        until(lambda: bob.buddy(ALICE).get("status") == "available", "bob sees that alice is back")
        bob.do("status", status="away", note="at lunch")
        seen(alice, BOB, "away")
        alice.post("im/message", to=BOB, text="hello Bob, grüß dich <b>")
        heard = bob.wait("im", who=ALICE)
        assert "grüß dich" in heard["text"]
        bob.do("im", to=ALICE, text="hello Alice")
        alice.news(
            lambda one: one["news"] == "line" and not one["line"]["mine"] and "hello Alice" in one["line"]["text"],
            "bob's words",
        )
    seen(alice, BOB, "offline")
    alice.post("im/talk", to=BOB, do="end")
    alice.post("im/message", to=BOB, text="are you there?")
    alice.news(lambda one: one["news"] == "line" and "offline" in one["line"].get("failed", ""), "nobody is there")
    alice.close()
