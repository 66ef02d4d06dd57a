"""One connection of a SIP listener: when what it is given leaves, and how much may wait."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, cast

from samband.net import tls
from samband.net.sip_side import Address, StreamSession

if TYPE_CHECKING:
    from samband.net.sip_server import SipServer

log = logging.getLogger(__name__)

TOGETHER = 64 * 1024
"""Bytes to one peer that leave at once, and are not kept for what follows them."""
READ = 64 * 1024
"""Bytes that are taken from a TLS connection at a time."""
RECORD = 16 * 1024
"""Bytes of one TLS record. A TLS connection keeps as much memory as it was ever given to send at once."""
APART, PAUSE = 3, 0.005
"""So few messages to a client that is alone on its TCP connection leave one by one, with a pause (in seconds) between.

There are clients (libpurple's SIMPLE) that serve one message of what they read, and leave the next one lying until more
comes: the NOTIFY behind a 200, say. Those that speak TLS do not need it, nor does what carries many people: it would
wait there for messages of others. An empty line would wake such a client too, but others (sipp) stumble over that.
"""


class SipConnection(asyncio.BaseProtocol):
    """One TCP or TLS connection."""

    _name: str

    def __init__(self, server: SipServer) -> None:
        self._server = server
        self._transport: asyncio.Transport | None = None
        self._session: StreamSession | None = None
        self._host = ""
        self._heard = 0.0
        self._spoken = False
        self._unsent: list[bytes] = []
        self._size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        peer, local = address_of(transport, "peername"), address_of(transport, "sockname")
        if not self._server.admit(self, peer[0]):
            self._transport.abort()
            return
        self._host = peer[0]
        self._transport.set_write_buffer_limits(high=self._server.bounds.unsent)
        self._heard = self._server.now
        self._session = self._server.open(self._name, peer, local, self, transport)

    def data_received(self, data: bytes) -> None:
        session = self._session
        if session is None:
            return
        server = self._server
        self._heard = server.now
        self._spoken = True
        server.serving = True
        try:
            session.feed(data)
        except Exception:
            log.exception("a SIP connection failed", extra={"peer": self._host})
            self.drop()
        finally:
            server.serving = False
        server.flush()

    def pause_writing(self) -> None:
        log.warning("a SIP client does not read what it is sent; dropped", extra={"peer": self._host})
        self.drop()

    def connection_lost(self, exc: Exception | None) -> None:
        session, self._session, self._transport = self._session, None, None
        if session is not None:
            self._server.leave(self, self._host)
            session.lost()

    def write(self, data: bytes) -> None:
        """Send soon; what cannot leave is kept, up to ``Bounds.unsent``."""
        if not self._unsent:
            self._server.written(self)
        self._unsent.append(data)
        self._size += len(data)
        if self._size > TOGETHER:
            self._send_all()

    def flush(self) -> None:
        """Hand what was written to the transport: all of it together, or the first of a few messages."""
        unsent, session = self._unsent, self._session
        if 1 < len(unsent) <= APART and self._name == "tcp" and session is not None and session.alone:
            first = unsent.pop(0)
            self._size -= len(first)
            self._send(first)
            asyncio.get_running_loop().call_later(PAUSE, self.flush)
        else:
            self._send_all()

    def _send_all(self) -> None:
        data, self._unsent, self._size = self._unsent, [], 0
        self._send(data[0] if len(data) == 1 else b"".join(data))

    def _send(self, data: bytes) -> None:
        transport = self._transport
        if transport is None or not data or transport.is_closing():
            return
        if self._name == "tcp":
            transport.write(data)
            return
        large = len(data) > RECORD
        if (large or transport.get_write_buffer_size()) and tls.peer_has_left(transport):
            return
        if not large:
            transport.write(data)
            return
        for start in range(0, len(data), RECORD):
            if not transport.is_closing():
                transport.write(data[start : start + RECORD])

    def finish(self) -> None:
        """Close after what was written has left."""
        self._send_all()
        if self._transport is not None:
            self._transport.close()

    def drop(self) -> None:
        """Close at once."""
        if self._transport is not None:
            self._transport.abort()

    def overdue(self, now: float) -> bool:
        """Whether the peer has been silent longer than it may."""
        session, bounds = self._session, self._server.bounds
        if session is None:
            return False
        silent = now - self._heard
        if not session.idle or not self._spoken:
            return silent > bounds.message
        return silent > (bounds.settled if session.settled else bounds.unsettled)


class PlainConnection(SipConnection, asyncio.Protocol):
    _name = "tcp"


class TlsConnection(SipConnection, asyncio.BufferedProtocol):
    """Reads into the server's buffer.

    For an ``asyncio.Protocol`` each read of TLS allocates 256 KB: where the allocator has to ask the system for them,
    that doubles what a short message costs.
    """

    _name = "tls"

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self._server.buffer[:nbytes]))


def address_of(transport: asyncio.BaseTransport, name: str) -> Address:
    """The host and port that a transport has under ``name``."""
    found = transport.get_extra_info(name) or ("", 0)
    return (str(found[0]), int(found[1]))
