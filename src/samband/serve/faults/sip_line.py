"""Messages to clients go wrong as they leave: dropped, late, twice, in pieces, glued together, wrongly signed."""

from __future__ import annotations

import asyncio
import re
from collections import deque
from collections.abc import Callable

from samband.lync.sip.flow import Flow
from samband.lync.sip.lync_side import DatagramSession, LyncSide, Session
from samband.lync.sip.security import Guard
from samband.serve.faults.rules import Pending
from samband.serve.faults.sip_faults import AtOnce, SipFault
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.sip.stream import read_datagram

Address = tuple[str, int]

PAUSE = 0.001
"""Seconds between two pieces, so that each leaves by itself."""
PATIENCE = 1.0
"""Seconds that what is to be glued waits for something to follow."""
MUTED = 10_000
"""Most subscriptions remembered as ended by a fault."""

_SIGNATURE = re.compile(r'rspauth="(.)')
_OPAQUE = re.compile(r'opaque="([^"]*)"')


class FaultySide:
    """Stands between listeners and ``side``: see ``net.sip_server.SipSide``."""

    def __init__(self, side: LyncSide, guard: Guard, pending: Pending[SipFault]) -> None:
        self._side = side
        self._guard = guard
        self.pending = pending
        self.muted: dict[str, None] = {}
        """Our tags in subscriptions that a fault told their client are over: the client is told no more of them."""
        self.bound = side.bound
        self.tick = side.tick

    def open(
        self,
        transport: str,
        peer: Address,
        local: Address,
        write: Callable[[bytes], None],
        close: Callable[[], None],
        names: frozenset[str] = frozenset(),
        chain: frozenset[str] = frozenset(),
    ) -> Session:
        """A peer connected."""
        line = Line(self, transport, write, close)
        session = self._side.open(transport, peer, local, line.write, line.close, names, chain)
        line.flow = session.flow
        return session

    def datagrams(self, local: Address, send: Callable[[bytes, Address], None]) -> DatagramSession:
        """A UDP listener is bound."""

        def sent(data: bytes, peer: Address) -> None:
            if self.pending.live or self.muted:
                Line(self, "udp", lambda piece: send(piece, peer), lambda: None).write(data)
            else:
                send(data, peer)

        return self._side.datagrams(local, sent)

    def at_once(self, deed: AtOnce) -> int:
        """Close the connections of somebody's clients, or sign them out; how many there were."""
        endpoints = self._side.registrar.endpoints(deed.who.lower())
        if deed.now == "close":
            for flow in {endpoint.way.flow for endpoint in endpoints}:
                flow.close()
        else:
            for endpoint in endpoints:
                self._side.registrar.remove(endpoint, "too many" if deed.now == "unregistered" else deed.now)
        return len(endpoints)

    def mute(self, tag: str) -> None:
        """Say no more in a subscription."""
        if len(self.muted) >= MUTED:
            del self.muted[next(iter(self.muted))]
        self.muted[tag] = None

    def sign(self, message: SipMessage, flow: Flow) -> None:
        """Sign a changed message for whom it was signed for."""
        opaque = _OPAQUE.search(message.get("Authentication-Info") or "")
        self._guard.seal(message, flow.associations.get(opaque[1]) if opaque is not None else None)


class Line:
    """What goes to one client. ``write`` takes a message at a time and keeps their order."""

    __slots__ = ("_close", "_closing", "_glued", "_side", "_transport", "_waiting", "_write", "flow")

    def __init__(
        self, side: FaultySide, transport: str, write: Callable[[bytes], None], close: Callable[[], None]
    ) -> None:
        self._side = side
        self._transport = transport
        self._write = write
        self._close = close
        self._glued: list[bytes] = []
        self._waiting: deque[bytes] = deque()
        """What leaves piece by piece, and whole messages behind it."""
        self._closing = False
        self.flow: Flow | None = None

    def write(self, data: bytes) -> None:
        """Send one message, unless it is to go wrong."""
        if self._side.pending.live or self._side.muted:
            message = read_datagram(data)
            if isinstance(message, SipRequest | SipResponse):
                self._look(message, data)
                return
        self._put(data)

    def close(self) -> None:
        """Close once everything has left."""
        if self._waiting:
            self._closing = True
        else:
            self._release()
            self._close()

    def _look(self, message: SipMessage, data: bytes) -> None:
        muted = self._side.muted
        if muted and isinstance(message, SipRequest) and _tag(message) in muted:
            return
        fault = self._side.pending.next(lambda one: one.meets_leaving(message, self._transport))
        if fault is None:
            self._put(data)
            return
        if fault.fields or fault.signature:
            data = self._changed(fault, message)
        if fault.delay:
            asyncio.get_running_loop().call_later(fault.delay, self._do, fault, data)
        else:
            self._do(fault, data)

    def _changed(self, fault: SipFault, message: SipMessage) -> bytes:
        for name, value in fault.fields.items():
            message.put(name, value)
        if fault.fields and self.flow is not None:
            self._side.sign(message, self.flow)
        if isinstance(message, SipRequest) and message.method in ("NOTIFY", "BENOTIFY"):
            state = fault.fields.get("Subscription-State", "")
            if state.partition(";")[0].strip().lower() == "terminated":
                self._side.mute(_tag(message))
        if fault.signature == "none":
            message.drop("Authentication-Info")
        elif fault.signature == "wrong":
            message.put("Authentication-Info", _SIGNATURE.sub(_other, message.get("Authentication-Info") or ""))
        return message.to_bytes()

    def _do(self, fault: SipFault, data: bytes) -> None:
        if self.flow is not None and self.flow.closed:
            return
        if fault.broken:
            self._put(data[: len(data) // 2])
            self.close()
            return
        for _ in range(0 if fault.drop else 2 if fault.twice else 1):
            if fault.pieces:
                self._cut(data, fault.pieces)
            elif fault.glued:
                self._glue(data)
            else:
                self._put(data)
        if fault.close:
            self.close()

    # --- bytes

    def _put(self, data: bytes) -> None:
        if self._glued:
            data = b"".join([*self._glued, data])
            self._glued = []
        if self._waiting:
            self._waiting.append(data)
        else:
            self._write(data)

    def _glue(self, data: bytes) -> None:
        if not self._glued:
            asyncio.get_running_loop().call_later(PATIENCE, self._release)
        self._glued.append(data)

    def _release(self) -> None:
        if self._glued:
            self._put(b"")

    def _cut(self, data: bytes, size: int) -> None:
        self._release()
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self._next_piece)
        self._waiting.extend(data[start : start + size] for start in range(0, len(data), size))

    def _next_piece(self) -> None:
        if self.flow is not None and self.flow.closed:
            self._waiting.clear()
            return
        self._write(self._waiting.popleft())
        if self._waiting:
            asyncio.get_running_loop().call_later(PAUSE, self._next_piece)
        elif self._closing:
            self._close()


def _tag(message: SipMessage) -> str:
    return tag_in(message.headers["From"][0])


def _other(found: re.Match[str]) -> str:
    """A signature that is not the one found: its first digit is another one."""
    return f'rspauth="{"1" if found[1] == "0" else "0"}'
