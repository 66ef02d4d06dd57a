"""UDP peers as flows: one a peer address, remembered as long as there is room."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from samband.lync.sip.flow import Flow

MOST = 65_536
"""Most peers one listener remembers."""
_LOOKED_AT = 32
"""How many of the oldest are looked at for one that nothing depends on."""


class Datagrams:
    """The flows of one UDP listener."""

    def __init__(
        self,
        local: tuple[str, int],
        send: Callable[[bytes, tuple[str, int]], None],
        numbers: itertools.count[int],
        lost: Callable[[Flow], None],
        most: int = MOST,
    ) -> None:
        self.local = local
        self._send = send
        self._numbers = numbers
        self._lost = lost
        self._most = most
        self._flows: dict[tuple[str, int], Flow] = {}

    def __len__(self) -> int:
        return len(self._flows)

    def flow(self, peer: tuple[str, int]) -> Flow:
        """The flow of a peer, made where it is new."""
        known = self._flows.get(peer)
        if known is not None:
            return known
        if len(self._flows) >= self._most:
            self._make_room()
        flow = Flow("udp", peer, self.local, next(self._numbers), lambda data: self._send(data, peer), lambda: None)
        flow.sibling = lambda port: flow if port == peer[1] else self.flow((peer[0], port))
        flow.on_lost(self._lost)
        self._flows[peer] = flow
        return flow

    def _make_room(self) -> None:
        """Forget the oldest peer that has no transaction; where all have, the oldest."""
        oldest = list(itertools.islice(self._flows.items(), _LOOKED_AT))
        peer, flow = next(((p, f) for p, f in oldest if not f.clients and not f.servers), oldest[0])
        del self._flows[peer]
        flow.lost()
