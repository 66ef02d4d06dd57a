"""SIP listeners: TCP, TLS and UDP.

The room that speaks SIP is met through ``SipSide``: bytes go in by ``feed``, bytes come out by the ``write`` it was
given. A peer can make the server hold only so much: messages are bounded by the reader, unsent answers and the number
of connections here.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
import ssl
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, cast

from samband.net import tls

log = logging.getLogger(__name__)

Address = tuple[str, int]
TICK = 0.05
"""Seconds between two looks at the timers."""
SWEEP = 5.0
"""Seconds between two looks for connections that are idle too long."""
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes of datagrams the system may hold for a UDP listener: a burst of sign-ins fits."""
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


class StreamSession(Protocol):
    """One connection, as the SIP side sees it."""

    @property
    def idle(self) -> bool:
        """Whether no message is half received."""
        ...

    @property
    def settled(self) -> bool:
        """Whether somebody is signed in over this connection."""
        ...

    @property
    def alone(self) -> bool:
        """Whether it is the connection of one signed-in client: no gateway's, proxy's or server's."""
        ...

    def feed(self, data: bytes) -> None: ...

    def lost(self) -> None: ...


class DatagramSession(Protocol):
    """One UDP listener, as the SIP side sees it."""

    def feed(self, data: bytes, peer: Address) -> None: ...


class SipSide(Protocol):
    """What the listeners feed."""

    def bound(self, host: str, port: int) -> None: ...

    def open(
        self,
        transport: str,
        peer: Address,
        local: Address,
        write: Callable[[bytes], None],
        close: Callable[[], None],
        names: frozenset[str],
        chain: frozenset[str],
    ) -> StreamSession: ...

    def datagrams(self, local: Address, send: Callable[[bytes, Address], None]) -> DatagramSession: ...

    def tick(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one peer may ask of the server. Times are in seconds."""

    unsent: int = 1024 * 1024
    """Bytes a peer may leave unread before its connection is dropped."""
    connections: int = 20_000
    connections_each: int = 2_000
    """Connections from one address."""
    handshake: float = 20.0
    """For a TLS handshake."""
    message: float = 30.0
    """For the rest of a message that has begun, and for the first one of a connection."""
    unsettled: float = 120.0
    """Of silence, before anybody signed in."""
    settled: float = 7_500.0
    """Of silence, afterwards: a little longer than the longest registration."""


class SipServer:
    """The listeners of one SIP side."""

    def __init__(self, side: SipSide, bounds: Bounds = Bounds()) -> None:
        self._side = side
        self.bounds = bounds
        self._servers: list[asyncio.Server] = []
        self._endpoints: list[asyncio.DatagramTransport] = []
        self._connections: set[_Connection] = set()
        self._from: Counter[str] = Counter()
        self._timers: list[asyncio.TimerHandle] = []
        self._written: list[_Connection] = []
        self.serving = False
        """Whether what one read brought is being served: ``flush`` follows then."""
        self.now = 0.0
        """The loop's time at the latest tick."""
        self._closing = False
        self.buffer = memoryview(bytearray(READ))
        """What any TLS connection has just read: it is served before the next one reads."""

    @property
    def connections(self) -> int:
        """How many connections are open."""
        return len(self._connections)

    async def listen(self, address: str, port: int, context: ssl.SSLContext | None = None) -> int:
        """Listen by TCP, or by TLS with a context; the port taken (0: a free one). Raises ``OSError`` if in use."""
        loop = asyncio.get_running_loop()
        kind = _PlainConnection if context is None else _TlsConnection
        server = await loop.create_server(
            lambda: kind(self),
            address,
            port,
            ssl=context,
            ssl_handshake_timeout=self.bounds.handshake if context else None,
            backlog=1024,
        )
        self._servers.append(server)
        return self._bound(address, int(server.sockets[0].getsockname()[1]))

    async def listen_udp(self, address: str, port: int) -> int:
        """Listen for datagrams; the port taken. Raises ``OSError`` if it is in use."""
        loop = asyncio.get_running_loop()
        transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(self._side), local_addr=(address, port))
        opened = transport.get_extra_info("socket")
        with contextlib.suppress(OSError):
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER)
        self._endpoints.append(transport)
        return self._bound(address, int(transport.get_extra_info("sockname")[1]))

    async def close(self) -> None:
        """Stop listening and drop every connection."""
        self._closing = True
        for timer in self._timers:
            timer.cancel()
        for server in self._servers:
            server.close()
        for endpoint in self._endpoints:
            endpoint.close()
        for connection in list(self._connections):
            connection.drop()
        await asyncio.sleep(0)

    def _bound(self, address: str, port: int) -> int:
        self._side.bound(address, port)
        if not self._timers:
            loop = asyncio.get_running_loop()
            self.now = loop.time()
            self._timers = [loop.call_later(TICK, self._tick), loop.call_later(SWEEP, self._sweep)]
        return port

    def _tick(self) -> None:
        if not self._closing:
            loop = asyncio.get_running_loop()
            self.now = loop.time()
            self._timers[0] = loop.call_later(TICK, self._tick)
            self._side.tick()

    def _sweep(self) -> None:
        if not self._closing:
            loop = asyncio.get_running_loop()
            self._timers[1] = loop.call_later(SWEEP, self._sweep)
            now = loop.time()
            for connection in [one for one in self._connections if one.overdue(now)]:
                connection.drop()

    # --- what connections call

    def admit(self, connection: _Connection, host: str) -> bool:
        """Whether there is room for one more connection."""
        if self._closing or len(self._connections) >= self.bounds.connections:
            return False
        if self._from[host] >= self.bounds.connections_each:
            return False
        self._connections.add(connection)
        self._from[host] += 1
        return True

    def leave(self, connection: _Connection, host: str) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        self._from[host] -= 1
        if not self._from[host]:
            del self._from[host]

    def open(
        self, name: str, peer: Address, local: Address, connection: _Connection, transport: asyncio.BaseTransport
    ) -> StreamSession:
        """Tell the SIP side of a connection."""
        names = tls.host_names(transport.get_extra_info("peercert"))
        chain = tls.chain_fingerprints(transport.get_extra_info("ssl_object")) if names else frozenset()
        return self._side.open(name, peer, local, connection.write, connection.finish, names, chain)

    def written(self, connection: _Connection) -> None:
        """Have what a connection was given leave once what has arrived was served, by ``flush``, or soon.

        A change of presence makes many messages to the same peers, and to send is most of what each of them costs.
        """
        if not self._written and not self.serving:
            asyncio.get_running_loop().call_soon(self.flush)
        self._written.append(connection)

    def flush(self) -> None:
        """Send what was written: now, when one read was served, and not later."""
        connections, self._written = self._written, []
        for connection in connections:
            connection.flush()


class _Connection(asyncio.BaseProtocol):
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
        peer, local = _address(transport, "peername"), _address(transport, "sockname")
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


class _PlainConnection(_Connection, asyncio.Protocol):
    _name = "tcp"


class _TlsConnection(_Connection, asyncio.BufferedProtocol):
    """Reads into the server's buffer.

    For an ``asyncio.Protocol`` each read of TLS allocates 256 KB: where the allocator has to ask the system for them,
    that doubles what a short message costs.
    """

    _name = "tls"

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._server.buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self._server.buffer[:nbytes]))


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP listener."""

    def __init__(self, side: SipSide) -> None:
        self._side = side
        self._session: DatagramSession | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        sender = cast(asyncio.DatagramTransport, transport)
        self._session = self._side.datagrams(_address(transport, "sockname"), sender.sendto)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._session is not None:
            try:
                self._session.feed(data, addr[:2])
            except Exception:
                log.exception("a SIP datagram failed", extra={"peer": addr[0]})

    def error_received(self, exc: Exception) -> None:
        log.debug("a datagram could not be sent", exc_info=exc)


def _address(transport: asyncio.BaseTransport, name: str) -> Address:
    found = transport.get_extra_info(name) or ("", 0)
    return (str(found[0]), int(found[1]))
