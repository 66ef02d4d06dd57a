"""UDP peers as flows: one a peer address, remembered as long as there is room.

Anybody can send datagrams with any address on them: strangers must neither fill the memory nor push out who is signed
in.
"""

from __future__ import annotations

import itertools
from collections import OrderedDict
from collections.abc import Callable

from samband.lync.sip.flow import Flow

STRANGERS = 8_192
"""With more peers than this, those on whom nothing depends make room for new ones."""
MOST = 131_072
"""Most peers one listener remembers."""
_LOOKED_AT = 32
"""How many of those heard longest ago are looked at for one that nothing depends on."""


def nobody(flow: Flow) -> bool:
    """For a listener nobody signs in at."""
    return False


class Datagrams:
    """The flows of one UDP listener."""

    def __init__(
        self,
        local: tuple[str, int],
        send: Callable[[bytes, tuple[str, int]], None],
        numbers: itertools.count[int],
        lost: Callable[[Flow], None],
        signed_in: Callable[[Flow], bool] = nobody,
        strangers: int = STRANGERS,
        most: int = MOST,
    ) -> None:
        """``lost`` is told of each flow that is forgotten; ``signed_in``: whether somebody is, over a flow."""
        self.local = local
        self._send = send
        self._numbers = numbers
        self._lost = lost
        self._signed_in = signed_in
        self._strangers = strangers
        self._most = most
        self._flows: OrderedDict[tuple[str, int], Flow] = OrderedDict()

    def __len__(self) -> int:
        return len(self._flows)

    def flow(self, peer: tuple[str, int]) -> Flow:
        """The flow of a peer, made where it is new."""
        known = self._flows.get(peer)
        if known is not None:
            self._flows.move_to_end(peer)
            return known
        if len(self._flows) >= self._strangers:
            self._make_room()
        flow = Flow("udp", peer, self.local, next(self._numbers), lambda data: self._send(data, peer), lambda: None)
        flow.sibling = lambda port: flow if port == peer[1] else self.flow((peer[0], port))
        flow.on_lost(self._lost)
        self._flows[peer] = flow
        return flow

    def _make_room(self) -> None:
        """Forget the peer heard longest ago on whom nothing depends; one that is needed only if there must be."""
        for _ in range(min(_LOOKED_AT, len(self._flows))):
            peer, flow = next(iter(self._flows.items()))
            if not (flow.clients or flow.servers or self._signed_in(flow)):
                break
            self._flows.move_to_end(peer)
        else:
            if len(self._flows) < self._most:
                return
            peer, flow = next(iter(self._flows.items()))
        del self._flows[peer]
        flow.lost()
