"""Real Lync clients confer: pidgin-sipe makes a conference, people join, write, leave and are turned out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.clients.presence_site import PresenceSite, serving_presence
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.waiting import until

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

ALICE, BOB, CAROL = "alice@contoso.test", "bob@contoso.test", "carol@contoso.test"


@pytest.fixture
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PresenceSite]:
    with serving_presence(tmp_path_factory.mktemp("site")) as serving:
        yield serving


@pytest.fixture
def three(site: PresenceSite) -> Iterator[tuple[PurpleProcess, PurpleProcess, PurpleProcess]]:
    with ExitStack() as stack:
        alice, bob, carol = (stack.enter_context(site.lync(name)) for name in ("alice", "bob", "carol"))
        yield alice, bob, carol


def members(client: PurpleProcess) -> list[str]:
    """Who is in the one conference the client shows."""
    since = client.mark()
    client.do("chats")
    chats = client.wait("chats", since=since)["chats"]
    return [] if not chats else list(chats[0]["members"])


def sees(client: PurpleProcess, *names: str) -> None:
    until(lambda: members(client) == sorted(names), f"{client.account.user} sees {names}")


def focus_in(client: PurpleProcess) -> str:
    """The address of the conference that alice made."""
    found = re.search(r"sip:alice@contoso\.test;gruu;opaque=app:conf:focus:id:\w+", client.log)
    assert found is not None
    return found[0]


def confer(alice: PurpleProcess, bob: PurpleProcess, carol: PurpleProcess) -> tuple[int, int, int]:
    """Alice makes a conference of all three; the numbers it has for each."""
    alice.do("conf-new", who=BOB)
    first = alice.wait("chat-joined")["chat"]
    second = bob.wait("chat-joined")["chat"]
    sees(alice, ALICE, BOB)
    alice.do("chat-invite", chat=first, who=CAROL)
    third = carol.wait("chat-joined")["chat"]
    for client in (alice, bob, carol):
        sees(client, ALICE, BOB, CAROL)
    return first, second, third


def test_an_ad_hoc_conference_of_three(three: tuple[PurpleProcess, PurpleProcess, PurpleProcess]) -> None:
    alice, bob, carol = three
    first, second, third = confer(*three)
    alice.do("chat", chat=first, text="hello <b>all</b> äö")
    for client in (bob, carol):
        client.wait("chat", who=ALICE, text="hello all äö")
    bob.do("chat", chat=second, text="hello from bob")
    for client in (alice, carol):
        client.wait("chat", who=BOB, text="hello from bob")
    bob.do("chat-leave", chat=second)
    for client in (alice, carol):
        client.wait("chat-member-left", who=BOB)
        sees(client, ALICE, CAROL)
    carol.do("chat", chat=third, text="two of us")
    alice.wait("chat", who=CAROL, text="two of us")
    assert not [one for one in bob.events if one["event"] == "chat" and one["text"] == "two of us"]
    alice.do("chat-invite", chat=first, who=BOB)
    sees(carol, ALICE, BOB, CAROL)
    for client in three:
        assert not [one for one in client.events if one["event"] in ("connection-error", "driver-error", "failed")]


def test_a_presenter_turns_somebody_out(three: tuple[PurpleProcess, PurpleProcess, PurpleProcess]) -> None:
    alice, bob, carol = three
    first, second, third = confer(*three)
    since = carol.mark()
    bob.do("chat-eject", chat=second, who=CAROL)
    alice.do("chat", chat=first, text="still here?")
    carol.wait("chat", since=since, text="still here?")
    alice.do("chat-eject", chat=first, who=CAROL)
    for client in (alice, bob):
        sees(client, ALICE, BOB)
    since = carol.mark()
    alice.do("chat", chat=first, text="without carol")
    bob.wait("chat", text="without carol")
    sees(carol)
    assert not [one for one in carol.events[since:] if one["event"] == "chat"]
    carol.do("chat-leave", chat=third)
    since = carol.mark()
    carol.do("conf-join", uri=focus_in(alice))
    again = carol.wait("chat-joined", since=since)["chat"]
    for client in (alice, bob):
        sees(client, ALICE, BOB, CAROL)
    carol.do("chat", chat=again, text="back again")
    alice.wait("chat", who=CAROL, text="back again")


def test_a_presenter_is_made_and_locks_the_door(three: tuple[PurpleProcess, PurpleProcess, PurpleProcess]) -> None:
    alice, bob, carol = three
    alice.do("conf-new", who=BOB)
    first, second = alice.wait("chat-joined")["chat"], bob.wait("chat-joined")["chat"]
    sees(alice, ALICE, BOB)
    alice.do("chat-promote", chat=first, who=BOB)
    until(lambda: bob.log.count("<entry>presenter</entry>") > 1, "bob is a presenter")
    bob.do("chat-lock", chat=second)
    until(lambda: "<msci:locked>true</msci:locked>" in alice.log, "alice sees the lock")
    carol.do("conf-join", uri=focus_in(alice))
    assert "The conference is locked" in str(carol.wait("notice", kind="error"))
    bob.do("chat-lock", chat=second, locked=False)
    until(lambda: alice.log.count("<msci:locked>false</msci:locked>") > 1, "alice sees it open")
    carol.do("conf-join", organizer=ALICE, meeting=focus_in(alice).rpartition(":")[2])
    sees(alice, ALICE, BOB, CAROL)
    carol.kill()
    sees(alice, ALICE, BOB)
    carol_left = bob.wait("chat-member-left", who=CAROL)
    assert carol_left["chat"] == second
