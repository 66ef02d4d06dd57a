"""The web client's users and pidgin-sipe's see each other, write to each other, and lose both with a step undone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.clients.owa_user import OwaUser
from tests.clients.purple_process import missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_online_meetings import lync
from tests.clients.waiting import until

needs_pidgin = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")
ALICE, BOB = "alice@contoso.test", "bob@contoso.test"


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


def user(demo: Demo, name: str) -> OwaUser:
    person = demo.person(name)
    made = OwaUser(demo.table, person["login"], person["password"])
    made.listen()
    return made


def seen(alice: OwaUser, who: str, presence: str) -> None:
    def look() -> bool:
        found = [one for one in alice.get("im")["sights"] if one["address"] == who]
        return bool(found) and found[0]["presence"] == presence

    until(look, f"{who} is {presence}")


@needs_pidgin
def test_presence_and_messages_both_ways(demo: Demo) -> None:
    alice = user(demo, "alice")
    alice.im(status="on")
    assert BOB in [one["address"] for one in alice.get("im")["contacts"]]
    with lync(demo, "bob") as bob:
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


@needs_pidgin
def test_whoever_begins_is_let_in_by_the_user(demo: Demo) -> None:
    carol = user(demo, "carol")
    carol.im(status="on")
    with lync(demo, "dave") as dave:
        dave.do("im", to="carol@contoso.test", text="may I ask you something?")
        invited = carol.news(lambda one: one["news"] == "talk" and one["talk"]["state"] == "invited", "an invitation")
        assert (invited["talk"]["name"], invited["talk"]["lines"]) == ("Dave Davis", [])
        carol.post("im/talk", to="dave@contoso.test", do="accept")
        carol.news(lambda one: one["news"] == "line" and "ask you something" in one["line"]["text"], "the question")
        carol.post("im/typing", to="dave@contoso.test", typing=True)
        dave.wait("typing", who="carol@contoso.test")
        dave.do("typing", to="carol@contoso.test")
        carol.news(lambda one: one["news"] == "typing" and one["typing"], "dave types")
        dave.do("close_im", to="carol@contoso.test")
        carol.news(lambda one: one["news"] == "talk" and one["talk"]["state"] == "closed", "the end")
        carol.post("im/message", to="dave@contoso.test", text="go on")
        dave.wait("im", who="carol@contoso.test")
    carol.close()


@needs_pidgin
def test_contacts_are_added_and_removed(demo: Demo) -> None:
    frank = user(demo, "frank")
    frank.im(status="on")
    frank.post("im/contact", do="add", address="grace@contoso.test", name="Grace")
    frank.news(lambda one: one["news"] == "contacts" and len(one["contacts"]) == 1, "grace is on the list")
    with lync(demo, "grace"):
        seen(frank, "grace@contoso.test", "available")
    frank.events.clear()
    frank.post("im/contact", do="remove", address="grace@contoso.test")
    frank.news(lambda one: one["news"] == "contacts" and not one["contacts"], "grace is off the list")
    listed(frank, "grace@contoso.test", there=False)
    frank.close()


@pytest.mark.parametrize(
    ("undo", "do", "status", "reason"),
    [
        (("step", "undo", 1), ("step", "do", 1), "unavailable", "neither lyncdiscoverinternal.contoso.test nor"),
        (("step", "undo", 2), ("step", "do", 2), "unavailable", "no sip: address in proxyAddresses (step 2)"),
        (("step", "undo", 5), ("step", "do", 5), "off", "InstantMessagingType is not OCS (step 5)"),
        (
            ("application", "remove", "mail.contoso.test"),
            ("application", "add", "mail.contoso.test"),
            "unavailable",
            "does not take this server for a trusted application (step 5)",
        ),
    ],
)
def test_a_step_undone_takes_it_away_and_done_again_gives_it_back(
    demo: Demo, undo: tuple[str, ...], do: tuple[str, ...], status: str, reason: str
) -> None:
    heidi = user(demo, "heidi")
    heidi.im(status="on")
    run(demo, undo)
    found = heidi.im(60, status=status)
    text = (
        "Instant Messaging isn't available right now. The Contact List will appear when the services become available."
    )
    assert found["text"] == (text if status == "unavailable" else "")
    assert found["contacts"] == []
    until(lambda: reason in demo.log.read_text(), f"the log says {reason}")
    heidi.news(lambda one: one["news"] == "status" and one["status"] == status, "the page is told")
    run(demo, do)
    assert heidi.im(90, status="on")["me"]["presence"] == "available"
    heidi.close()


def run(demo: Demo, words: tuple[str, ...]) -> None:
    command, verb, *rest = words
    demo.samband(command, verb, demo.folder, *map(str, rest))


def test_a_new_password_ends_the_session(demo: Demo) -> None:
    erin = user(demo, "erin")
    person = demo.person("erin")
    assert OwaUser(demo.table, person["login"], "wrong").status == 401
    assert erin.send("POST", "/owa/api/mark", b"{}", **{"X-OWA-CANARY": "guessed"}).status == 403
    letter = {"to": BOB, "subject": "s", "text": "t", "kind": "new"}
    erin.post("send", **letter)
    erin.wait("mail", kind="Created")
    command = [sys.executable, "-m", "samband.cli.main", "user", "password", demo.folder, "erin"]
    subprocess.run(command, input="another-Word-1!\n", check=True, text=True, timeout=60)
    until(lambda: erin.send("GET", "/owa/api/session").status == 401, "the session ends")
    erin.wait("signed-out")
    assert OwaUser(demo.table, person["login"], "another-Word-1!").status == 302


def test_who_comes_back_misses_nothing(demo: Demo) -> None:
    judy = user(demo, "judy")
    judy.post("send", to="judy@contoso.test", subject="first", text="t", kind="new")
    last = until(lambda: next((number for number, name, one in judy.events if name == "mail"), ""), "news of mail")
    judy.close()
    judy.post("send", to="judy@contoso.test", subject="second", text="t", kind="new")
    judy.events.clear()
    judy.listen(last)
    judy.wait("mail", kind="NewMail")
    assert judy.wait("begin") == {"missed": False}
    judy.events.clear()
    judy.listen("999999999.1")
    assert judy.wait("begin") == {"missed": True}
    judy.close()


@needs_pidgin
def test_who_has_both_answers_where_they_are(demo: Demo) -> None:
    ivan = user(demo, "ivan")
    ivan.im(status="on")
    with lync(demo, "ivan") as here, lync(demo, "bob") as bob:
        bob.do("im", to="ivan@contoso.test", text="one of you will do")
        here.wait("im", who=BOB)
        ivan.news(lambda one: one["news"] == "talk" and one["talk"]["state"] == "closed", "the page rings no more")
        assert ivan.get("im")["talks"][0]["lines"] == []
    ivan.close()


def test_a_list_in_the_mailbox_is_changed_there(demo: Demo) -> None:
    dave = user(demo, "dave")
    dave.im(status="on")
    demo.samband("ucs", "migrate", demo.folder, "dave")
    dave.im(60, status="on")
    dave.post("im/contact", do="add", address="grace@contoso.test", name="Grace")
    listed(dave, "grace@contoso.test", there=True)
    dave.post("im/contact", do="remove", address="grace@contoso.test")
    listed(dave, "grace@contoso.test", there=False)
    demo.samband("ucs", "rollback", demo.folder, "dave")
    dave.close()


def listed(who: OwaUser, address: str, *, there: bool) -> None:
    def look() -> bool:
        view = who.get("im")
        return view["status"] == "on" and (address in [one["address"] for one in view["contacts"]]) is there

    until(look, f"{address} is {'on' if there else 'off'} the list")
