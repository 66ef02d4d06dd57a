"""People at different doors of one demo hear what they should of each other: Lync clients and plain SIP clients."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_presence import shown
from tests.clients.waiting import until
from tests.scenarios.people import address, lync, plain

pytestmark = pytest.mark.skipif(bool(missing_packages()), reason=missing_packages() or "never")

ALICE, BOB, CAROL = (address(name) for name in ("alice", "bob", "carol"))
DAVE, ERIN = (address(name) for name in ("dave", "erin"))
Pair = tuple[PurpleProcess, PurpleProcess]


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


@pytest.fixture
def lync_pair(demo: Demo) -> Iterator[Pair]:
    """Alice by TLS-DSK over TLS, Bob by NTLM over TCP; the demo put each on the other's list."""
    with lync(demo, "alice") as alice, lync(demo, "bob", "tcp", "ntlm") as bob:
        yield alice, bob


def _no_trouble(*clients: PurpleProcess) -> None:
    for client in clients:
        assert not [one for one in client.events if one["event"] in ("im-notice", "connection-error", "failed")]


def test_two_lync_clients(lync_pair: Pair) -> None:
    alice, bob = lync_pair
    shown(alice, BOB, status="available")
    shown(bob, ALICE, status="available")

    for speaker, listener in (lync_pair, lync_pair[::-1]):
        me, you = speaker.account.user, listener.account.user
        since = listener.mark()
        speaker.do("im", to=you, text="have you a <b>moment</b>? åäö &amp; €")
        assert listener.wait("im", who=me, since=since)["text"] == "have you a moment? åäö & €"
        speaker.do("typing", to=you)
        listener.wait("typing", who=me, typing=True, since=since)
        speaker.do("im", to=you, text="it can wait")
        listener.wait("im", who=me, text="it can wait", since=since)

    bob.do("status", status="busy", note="in the lab")
    shown(alice, BOB, {"Note": "in the lab"}, status="busy")
    bob.do("status", status="do-not-disturb", note="deep in thought")
    shown(alice, BOB, {"Note": "deep in thought"}, status="do-not-disturb")
    bob.do("status", status="available", note="")
    shown(alice, BOB, {"Note": None}, status="available")

    bob.do("quit")
    bob.wait("ended")
    shown(alice, BOB, online=False)
    alice.do("im", to=BOB, text="too late")
    alice.wait("im-notice", who=BOB, error=True)


def test_a_contact_is_added_and_removed(demo: Demo, lync_pair: Pair) -> None:
    _, bob = lync_pair
    with lync(demo, "carol") as carol:
        bob.do("add", who=CAROL, group="Laboratory")
        shown(bob, CAROL, status="available", group="Laboratory", alias="Carol Clark")
        carol.do("status", status="away", note="lunch")
        shown(bob, CAROL, status="away", text="lunch")
        bob.do("remove", who=CAROL)
        bob.wait("buddy-removed", who=CAROL)
    bob.do("quit")
    bob.wait("ended")
    with lync(demo, "bob") as again:
        assert again.buddy(CAROL) == {}
        assert again.buddy(ALICE)
        _no_trouble(again)


def _says(speaker: PurpleProcess, listener: PurpleProcess, text: str) -> None:
    """``listener`` hears it, and ``speaker`` is told so."""
    told = len(speaker.log)
    speaker.do("im", to=listener.account.user, text=text)
    listener.wait("im", who=speaker.account.user, text=text)
    until(lambda: "SIP/2.0 200 OK" in speaker.log[told:], "the answer to a message")


def test_plain_clients_among_lync_clients(demo: Demo, lync_pair: Pair) -> None:
    """SIMPLE watches by UDP here: by TCP it takes only the first of several messages that came together."""
    alice, _ = lync_pair
    with plain(demo, "dave", "tcp") as dave, plain(demo, "erin", "udp") as erin:
        shown(alice, DAVE, online=True)
        erin.do("add", who=ALICE)
        erin.do("add", who=DAVE)
        alice.do("add", who=ERIN)
        shown(alice, ERIN, online=True)
        shown(erin, ALICE, online=True)
        shown(erin, DAVE, online=True)

        for one, other in ((dave, alice), (erin, alice), (dave, erin)):
            _says(one, other, f"from {one.account.user}")
            _says(other, one, f"back to {one.account.user}")

        alice.do("quit")
        alice.wait("ended")
        shown(erin, ALICE, online=False)
        dave.do("quit")
        dave.wait("ended")
        shown(erin, DAVE, online=False)
        _no_trouble(dave, erin)


def test_one_person_at_two_places(demo: Demo) -> None:
    """What is said to the person arrives at one of them; the person is there until both are gone."""
    with lync(demo, "bob") as bob, lync(demo, "alice") as desk:
        with plain(demo, "alice") as phone:
            shown(bob, ALICE, online=True)
            bob.do("im", to=ALICE, text="where are you?")
            until(lambda: any(_heard(client, "where are you?") for client in (desk, phone)), "the question")
        shown(bob, ALICE, online=True)
        desk.do("quit")
        desk.wait("ended")
        shown(bob, ALICE, online=False)


def _heard(client: PurpleProcess, text: str) -> bool:
    return any(one["event"] == "im" and one["text"] == text for one in client.events)
