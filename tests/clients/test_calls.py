"""Calls between plain SIP clients through the proxy: the sound goes its own way, so what arrives is listened to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.clients.running_demo import Demo, running_demo
from tests.clients.telephone import BaresipTelephone, LinphoneTelephone, Telephone
from tests.scenarios.people import address
from tests.scenarios.test_plain_watchers import until as lamp_says
from tests.scenarios.test_udp_restart import Phone

LOW, HIGH = 440, 800
BOB = address("bob")
KINDS: dict[str, type[BaresipTelephone] | type[LinphoneTelephone]] = {
    "baresip": BaresipTelephone,
    "linphonec": LinphoneTelephone,
}


@pytest.fixture(scope="module")
def demo() -> Iterator[Demo]:
    with running_demo("--ports", "free") as running:
        yield running


@pytest.fixture
def desk(demo: Demo) -> Iterator[Desk]:
    with ExitStack() as stack:
        yield Desk(demo, stack)


class Desk:
    """Where telephones are put."""

    def __init__(self, demo: Demo, stack: ExitStack) -> None:
        self._demo = demo
        self._stack = stack

    def baresip(self, user: str, tone: int, transport: str = "tcp") -> BaresipTelephone:
        made = self.telephone("baresip", user, tone, transport)
        assert isinstance(made, BaresipTelephone)
        return made

    def telephone(self, kind: str, user: str, tone: int, transport: str = "tcp") -> Telephone:
        if KINDS[kind].missing:
            pytest.skip(KINDS[kind].missing)
        made = self._stack.enter_context(KINDS[kind](self._demo, user, tone, transport))
        made.ready()
        return made


def talk(caller: Telephone, callee: Telephone, to: str = BOB) -> None:
    """One rings the other, and both hear each other."""
    caller.call(to)
    callee.rings()
    caller.hears_ringing()
    callee.answer()
    caller.talks()
    callee.talks()
    caller.hears_tone(HIGH)
    callee.hears_tone(LOW)


@pytest.mark.parametrize(("here", "there"), [("tcp", "tcp"), ("udp", "tls"), ("tls", "udp")])
def test_two_people_hear_each_other(desk: Desk, here: str, there: str) -> None:
    alice, bob = desk.baresip("alice", LOW, here), desk.baresip("bob", HIGH, there)
    talk(alice, bob)
    bob.hang_up()
    assert "reset by peer" in alice.over()


@pytest.mark.parametrize(("caller", "callee"), [("baresip", "linphonec"), ("linphonec", "baresip")])
def test_clients_of_different_makes_hear_each_other(desk: Desk, caller: str, callee: str) -> None:
    alice, bob = desk.telephone(caller, "alice", LOW), desk.telephone(callee, "bob", HIGH, "udp")
    talk(alice, bob)
    alice.hang_up()
    bob.over()


def test_a_call_on_hold(desk: Desk) -> None:
    alice, bob = desk.baresip("alice", LOW), desk.baresip("bob", HIGH)
    talk(alice, bob)
    alice.hold()
    bob.is_offered_anew()
    alice.hang_up()
    bob.over()


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_is_declined(desk: Desk, kind: str) -> None:
    alice, bob = desk.baresip("alice", LOW), desk.telephone(kind, "bob", HIGH)
    alice.call(BOB)
    bob.rings()
    bob.hang_up()
    assert alice.over().startswith(("486", "603"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_call_is_taken_back(desk: Desk, kind: str) -> None:
    alice, bob = desk.telephone(kind, "alice", LOW), desk.baresip("bob", HIGH)
    alice.call(BOB)
    bob.rings()
    alice.hears_ringing()
    alice.hang_up()
    bob.over()
    alice.over()


@pytest.mark.parametrize(("to", "reason"), [("carol", "480"), ("nobody", "404")])
def test_nobody_is_there(desk: Desk, to: str, reason: str) -> None:
    alice = desk.baresip("alice", LOW)
    alice.call(address(to))
    assert alice.over().startswith(reason)


def test_every_telephone_of_a_person_rings_and_the_one_that_answers_has_the_call(desk: Desk) -> None:
    alice, one, two = desk.baresip("alice", LOW), desk.baresip("bob", HIGH), desk.baresip("bob", HIGH, "udp")
    alice.call(BOB)
    one.rings()
    two.rings()
    two.answer()
    alice.talks()
    one.over()
    alice.hears_tone(HIGH)
    two.hears_tone(LOW)
    two.hang_up()
    alice.over()


def test_one_telephone_declines_and_the_other_goes_on_ringing(desk: Desk) -> None:
    alice, one, two = desk.baresip("alice", LOW), desk.baresip("bob", HIGH), desk.baresip("bob", HIGH)
    alice.call(BOB)
    one.rings()
    two.rings()
    one.hang_up()
    one.over()
    two.answer()
    alice.talks()
    alice.hears_tone(HIGH)


def test_a_third_telephone_has_a_lamp_for_one_of_them(demo: Demo, desk: Desk) -> None:
    """Its subscriber asks as busy lamps do; none of the clients here has one."""
    port = int(demo.table["sip"]["udp"].rpartition(":")[2])
    carol = Phone(port, "carol", demo.person("carol")["password"])
    lamp = (f"Contact: <sip:carol@{carol.place}>", "Event: dialog", "Accept: application/dialog-info+xml")
    assert carol.ask("SUBSCRIBE", f"sip:{BOB}", "", *lamp, "Expires: 600") == 200
    lamp_says(carol, 'version="0" state="full"', "></dialog-info>")
    alice, bob = desk.baresip("alice", LOW), desk.baresip("bob", HIGH, "udp")
    alice.call(BOB)
    bob.rings()
    lamp_says(carol, 'direction="recipient"', "<state>early</state>")
    bob.answer()
    alice.talks()
    lamp_says(carol, "<state>confirmed</state>")
    bob.hang_up()
    alice.over()
    lamp_says(carol, "<state>terminated</state>")
