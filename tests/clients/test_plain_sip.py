"""SIP clients that know nothing of Lync, each of its own make, beside pidgin-sipe: baresip, Linphone and Twinkle.

libpurple's SIMPLE is a fourth; ``test_presence``, ``test_bridge`` and the scenarios have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pytest

from samband.wire.conference.addresses import read_address
from tests.clients import baresip, linphonec, twinkle
from tests.clients.baresip import Baresip
from tests.clients.linphonec import Linphonec
from tests.clients.purple_process import PurpleProcess, missing_packages
from tests.clients.running_demo import Demo, running_demo
from tests.clients.test_conferences import focus_in, sees
from tests.clients.test_presence import shown
from tests.clients.twinkle import Twinkle
from tests.scenarios.people import DOMAIN, address, lync

ALICE, BOB, DAVE = address("alice"), address("bob"), address("dave")
KINDS: dict[str, type[Baresip] | type[Linphonec]] = {"baresip": Baresip, "linphonec": Linphonec}
MISSING = {"baresip": baresip.missing(), "linphonec": linphonec.missing()}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


@pytest.fixture(scope="module")
def alice(demo: Demo) -> Iterator[PurpleProcess]:
    """pidgin-sipe, with Dave on its list."""
    if missing_packages():
        pytest.skip(missing_packages())
    with lync(demo, "alice") as client:
        yield client


def started(
    demo: Demo, kind: str, transport: str, user: str = "dave", password: str = "", contacts: Sequence[str] = (ALICE,)
) -> Baresip | Linphonec:
    if MISSING[kind]:
        pytest.skip(MISSING[kind])
    return KINDS[kind](
        user,
        password or demo.person(user)["password"],
        DOMAIN,
        demo.table["sip"][transport],
        transport=transport,
        contacts=contacts,
        ca_file=demo.table["ca_file"],
    )


@pytest.mark.parametrize("transport", ["tcp", "tls", "udp"])
@pytest.mark.parametrize("kind", KINDS)
def test_beside_a_lync_client(demo: Demo, alice: PurpleProcess, kind: str, transport: str) -> None:
    since = alice.mark()
    with started(demo, kind, transport) as client:
        client.registered()
        shown(alice, DAVE, status="available")
        client.sees(ALICE, "Online")
        alice.do("status", status="busy", note=f"with {kind}")
        client.sees(ALICE, "Busy")
        alice.do("status", status="available", note="")
        client.sees(ALICE, "Online")
        if isinstance(client, Baresip):
            client.publish("offline")
            shown(alice, DAVE, online=False)
            client.publish("online")
            shown(alice, DAVE, status="available")
        client.say(ALICE, f"hello by {transport}")
        alice.wait("im", since=since, who=DAVE, text=f"hello by {transport}")
        alice.do("im", to=DAVE, text=f"hello {kind}")
        client.hears(f"hello {kind}")
    shown(alice, DAVE, online=False)
    assert not [one for one in alice.events[since:] if one["event"] in ("im-notice", "connection-error")]


@pytest.mark.parametrize(("kind", "user"), [("baresip", "grace"), ("linphonec", "heidi")])
def test_a_wrong_password(demo: Demo, kind: str, user: str) -> None:
    with started(demo, kind, "tcp", user, "wrong") as client:
        client.refused()


@pytest.mark.skipif(bool(twinkle.missing()), reason=twinkle.missing() or "never")
@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_twinkle_beside_a_lync_client(demo: Demo, alice: PurpleProcess, transport: str) -> None:
    password, server, since = demo.person("dave")["password"], demo.table["sip"][transport], alice.mark()
    with Twinkle("dave", password, DOMAIN, server, transport=transport, contacts=[ALICE, BOB]) as client:
        client.registered()
        shown(alice, DAVE, status="available")
        client.publish("offline")
        shown(alice, DAVE, online=False)
        client.publish("online")
        shown(alice, DAVE, status="available")
        client.sees(ALICE, "open")
        client.sees(BOB, "closed")
        with lync(demo, "bob"):
            client.sees(BOB, "open")
        client.sees(BOB, "closed")
        client.say(ALICE, f"hello by {transport}")
        alice.wait("im", since=since, who=DAVE, text=f"hello by {transport}")
        alice.do("im", to=DAVE, text="hello twinkle")
        client.hears("hello twinkle")
    shown(alice, DAVE, online=False)
    assert not [one for one in alice.events[since:] if one["event"] in ("im-notice", "connection-error")]


@pytest.mark.skipif(bool(twinkle.missing()), reason=twinkle.missing() or "never")
def test_twinkle_with_a_wrong_password(demo: Demo) -> None:
    with Twinkle("ivan", "wrong", DOMAIN, demo.table["sip"]["tcp"]) as client:
        client.refused()


@pytest.mark.parametrize("kind", [*KINDS, "twinkle"])
def test_in_a_conference_of_lync_clients(demo: Demo, alice: PurpleProcess, kind: str) -> None:
    """Whoever writes to its address is in, and hears the others."""
    with lync(demo, "bob") as bob:
        since = alice.mark()
        alice.do("conf-new", who=BOB)
        chat = alice.wait("chat-joined", since=since)["chat"]
        bob.wait("chat-joined")
        focus = read_address(focus_in(bob))
        assert focus is not None
        meeting = focus.plain.removeprefix("sip:")
        with attendee(demo, kind, meeting) as client:
            client.registered()
            client.say(meeting, f"hello by {kind}")
            for one in (alice, bob):
                one.wait("chat", who=DAVE, text=f"hello by {kind}")
            sees(alice, ALICE, BOB, DAVE)
            alice.do("chat", chat=chat, text=f"hello {kind}")
            client.hears(f"hello {kind}")
        sees(alice, ALICE, BOB)
        alice.do("chat-leave", chat=chat)


def attendee(demo: Demo, kind: str, meeting: str) -> Baresip | Linphonec | Twinkle:
    """Dave, who has a meeting on his list of people."""
    if kind != "twinkle":
        return started(demo, kind, "tcp", contacts=[meeting])
    if twinkle.missing():
        pytest.skip(twinkle.missing())
    return Twinkle("dave", demo.person("dave")["password"], DOMAIN, demo.table["sip"]["tcp"])
