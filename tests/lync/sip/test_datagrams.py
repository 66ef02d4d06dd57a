"""UDP peers as flows."""

from __future__ import annotations

import itertools

from samband.lync.sip.datagrams import Datagrams
from samband.lync.sip.flow import Flow


def made(most: int = 3) -> tuple[Datagrams, list[tuple[bytes, tuple[str, int]]], list[Flow]]:
    sent: list[tuple[bytes, tuple[str, int]]] = []
    lost: list[Flow] = []
    flows = Datagrams(
        ("127.0.0.1", 5060), lambda data, peer: sent.append((data, peer)), itertools.count(1), lost.append, most
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


def test_the_oldest_idle_peer_makes_room() -> None:
    flows, _, lost = made()
    peers = [flows.flow(("h", port)) for port in (1, 2, 3)]
    peers[0].clients["branch"] = None  # type: ignore[assignment]
    flows.flow(("h", 4))
    assert lost == [peers[1]]
    assert peers[1].closed
    assert len(flows) == 3
    assert flows.flow(("h", 2)) is not peers[1]
