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
from typing import cast

from samband.net import tls
from samband.net.sip_connection import READ, PlainConnection, SipConnection, TlsConnection, address_of
from samband.net.sip_side import Address, Bounds, DatagramSession, SipSide, StreamSession

log = logging.getLogger(__name__)

TICK = 0.05
"""Seconds between two looks at the timers."""
SWEEP = 5.0
"""Seconds between two looks for connections that are idle too long."""
RECEIVE_BUFFER = 4 * 1024 * 1024
"""Bytes of datagrams the system may hold for a UDP listener: a burst of sign-ins fits."""


class SipServer:
    """The listeners of one SIP side."""

    def __init__(self, side: SipSide, bounds: Bounds | None = None) -> None:
        self._side = side
        self.bounds = bounds or Bounds()
        self._servers: list[asyncio.Server] = []
        self._endpoints: list[asyncio.DatagramTransport] = []
        self._connections: set[SipConnection] = set()
        self._from: Counter[str] = Counter()
        self._timers: list[asyncio.TimerHandle] = []
        self._written: list[SipConnection] = []
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
        kind = PlainConnection if context is None else TlsConnection
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

    def admit(self, connection: SipConnection, host: str) -> bool:
        """Whether there is room for one more connection."""
        if self._closing or len(self._connections) >= self.bounds.connections:
            return False
        if self._from[host] >= self.bounds.connections_each:
            return False
        self._connections.add(connection)
        self._from[host] += 1
        return True

    def leave(self, connection: SipConnection, host: str) -> None:
        """A connection is gone."""
        self._connections.discard(connection)
        self._from[host] -= 1
        if not self._from[host]:
            del self._from[host]

    def open(
        self, name: str, peer: Address, local: Address, connection: SipConnection, transport: asyncio.BaseTransport
    ) -> StreamSession:
        """Tell the SIP side of a connection."""
        names = tls.host_names(transport.get_extra_info("peercert"))
        chain = tls.chain_fingerprints(transport.get_extra_info("ssl_object")) if names else frozenset()
        return self._side.open(name, peer, local, connection.write, connection.finish, names, chain)

    def written(self, connection: SipConnection) -> None:
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


class _Datagrams(asyncio.DatagramProtocol):
    """One UDP listener."""

    def __init__(self, side: SipSide) -> None:
        self._side = side
        self._session: DatagramSession | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        sender = cast(asyncio.DatagramTransport, transport)
        self._session = self._side.datagrams(address_of(transport, "sockname"), sender.sendto)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        if self._session is not None:
            try:
                self._session.feed(data, addr[:2])
            except Exception:
                log.exception("a SIP datagram failed", extra={"peer": addr[0]})

    def error_received(self, exc: Exception) -> None:
        log.debug("a datagram could not be sent", exc_info=exc)
