"""UDP peers as flows."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest

from samband.lync.sip.datagrams import STRANGERS, Datagrams, nobody
from samband.lync.sip.flow import Flow
from samband.lync.sip.routing import flow_to
from tests.lync.sip.sides import World


def made(
    strangers: int = 3, most: int = 5, signed_in: Callable[[Flow], bool] = nobody
) -> tuple[Datagrams, list[tuple[bytes, tuple[str, int]]], list[Flow]]:
    sent: list[tuple[bytes, tuple[str, int]]] = []
    lost: list[Flow] = []
    flows = Datagrams(
        ("127.0.0.1", 5060),
        lambda data, peer: sent.append((data, peer)),
        itertools.count(1),
        lost.append,
        signed_in,
        strangers,
        most,
    )
    return flows, sent, lost


def test_one_flow_a_peer() -> None:
    flows, sent, _ = made()
    one, two = flows.flow(("h", 1)), flows.flow(("h", 2))
    assert flows.flow(("h", 1)) is one
    assert one.connection != two.connection
    one.send(b"x")
    assert sent == [(b"x", ("h", 1))]
    assert one.sibling is not None
    assert one.sibling(2) is two
    assert one.sibling(1) is one


@pytest.mark.parametrize(
    ("contact", "port"),
    [
        ("sip:dave@h:7000;transport=udp", 7000),
        ("sip:dave@h", 5060),
        ("sip:dave@h:40001", 40001),
        ("sip:dave@h:0", 40001),
        ("sip:dave@elsewhere:7000", 40001),
        ("sip:dave@h:x", 40001),
    ],
)
def test_a_datagram_goes_to_the_contact_s_port_of_the_host_that_registered(contact: str, port: int) -> None:
    flows, _, _ = made()
    endpoint = SimpleNamespace(way=SimpleNamespace(flow=flows.flow(("h", 40001))), contact=contact)
    assert flow_to(cast(Any, endpoint)).peer == ("h", port)


def test_who_was_heard_longest_ago_and_waits_for_nothing_makes_room() -> None:
    flows, _, lost = made()
    peers = [flows.flow(("h", port)) for port in (1, 2, 3)]
    flows.flow(("h", 1))
    peers[1].clients["branch"] = None  # type: ignore[assignment]
    flows.flow(("h", 4))
    assert lost == [peers[2]]
    assert peers[2].closed
    assert len(flows) == 3
    assert flows.flow(("h", 3)) is not peers[2]
    assert flows.flow(("h", 2)) is peers[1]


def test_strangers_push_nobody_out_who_is_signed_in() -> None:
    here: set[Flow] = set()
    flows, _, lost = made(signed_in=here.__contains__)
    for port in (1, 2, 3, 4):
        here.add(flows.flow(("h", port)))
    assert not lost
    for port in range(100, 200):
        flows.flow(("stranger", port))
    assert len(flows) == 5
    assert here.isdisjoint(lost)
    assert {flows.flow(("h", port)) for port in (1, 2, 3, 4)} == here


def test_there_is_an_end_to_it() -> None:
    flows, _, lost = made(signed_in=lambda flow: True)
    for port in range(7):
        flows.flow(("h", port))
    assert len(flows) == 5
    assert len(lost) == 2


def test_a_flood_of_strangers_leaves_the_signed_in_reachable() -> None:
    world = World()
    said: list[tuple[bytes, tuple[str, int]]] = []
    listener = world.side.datagrams(("127.0.0.1", 5060), lambda data, peer: said.append((data, peer)))
    alice = world.client("alice", "udp")
    here = alice.peer
    register = alice.request("REGISTER", "sip:contoso.test", to=f"<{alice.aor}>")
    listener.feed(register.put("Contact", f"<{alice.contact}>").to_bytes(), here)
    assert said.pop()[0].startswith(b"SIP/2.0 200 ")
    world.sleep(40)
    for number in range(STRANGERS + 100):
        listener.feed(b"\r\n", ("198.51.100.1", number))
    bob = world.signed_in("bob")
    bob.send(bob.request("MESSAGE", alice.aor, body=b"still there?"))
    assert [peer for data, peer in said if data.startswith(b"MESSAGE sip:alice")] == [here]
