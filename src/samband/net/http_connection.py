"""One HTTP connection, and what its peer may ask of the server: a share of the connections, and only so much time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import dataclass
from typing import Any, Protocol, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.web_protocol import RequestHandler

from samband.wire.http import Connection

log = logging.getLogger(__name__)
_silent = logging.getLogger(f"{__name__}.access")
_silent.disabled = True

MAX_HEADER_FIELD = 64 * 1024
"""Bytes of one header field: Kerberos tickets and nested tokens are long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpBounds:
    """What peers may ask of the server. Times are in seconds, sizes in bytes."""

    body: int = 64 * 1024 * 1024
    """One request's body, after decompression: room for Exchange's default 35 MB message in base64."""
    bodies: int = 512 * 1024 * 1024
    """All bodies that are received or served at one time."""
    connections: int = 20_000
    connections_each: int = 2_000
    """Connections from one address."""
    idle: float = 300.0
    """Between requests."""
    request: float = 30.0
    """For a request to arrive whole, and as much longer as ``rate`` allows."""
    rate: int = 8 * 1024
    """Bytes a second that are fast enough."""
    unread: float = 60.0
    """Without taking anything of an answer."""


class Reader(Protocol):
    """Takes the bytes of a connection that is no HTTP any more, as aiohttp hands them over."""

    def feed_data(self, data: bytes) -> tuple[bool, bytes]:
        """Bytes came; whether the connection is to be closed, and what is not the reader's."""
        ...

    def feed_eof(self) -> None:
        """The connection is gone."""
        ...


class HttpPeers:
    """The open connections of a server."""

    def __init__(self, bounds: HttpBounds) -> None:
        self.bounds = bounds
        self._connections: set[HttpConnection] = set()
        self._from: Counter[str] = Counter()

    def admit(self, connection: HttpConnection, host: str) -> bool:
        """Whether there is room for one more connection."""
        bounds = self.bounds
        if len(self._connections) >= bounds.connections or self._from[host] >= bounds.connections_each:
            return False
        self._connections.add(connection)
        self._from[host] += 1
        return True

    def leave(self, connection: HttpConnection, host: str) -> None:
        """A connection is gone."""
        if connection in self._connections:
            self._connections.discard(connection)
            self._from[host] -= 1
            if not self._from[host]:
                del self._from[host]

    def drop_overdue(self, now: float) -> None:
        """Cut off whoever takes too long."""
        for connection in [one for one in self._connections if one.overdue(now)]:
            log.info("an HTTP peer is too slow; dropped", extra={"peer": connection.samband.peer})
            connection.drop()


class HttpConnection(RequestHandler):
    """aiohttp's protocol with one ``Connection`` for as long as the transport lives, and an eye on the time."""

    samband: Connection

    def __init__(self, manager: web.Server, peers: HttpPeers) -> None:
        super().__init__(
            manager,
            loop=asyncio.get_running_loop(),
            access_log=_silent,
            max_field_size=MAX_HEADER_FIELD,
            keepalive_timeout=peers.bounds.idle,
        )
        self._peers = peers
        self._wire: asyncio.Transport | None = None
        self._begun = 0.0
        self._received = 0
        self._serving = False
        self._unsent = (0, 0.0)
        self._telling: asyncio.Task[object] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        peer = transport.get_extra_info("peername") or ("", 0)
        local = transport.get_extra_info("sockname") or ("", 0)
        tls = transport.get_extra_info("ssl_object") is not None
        self.samband = Connection(f"{peer[0]}:{peer[1]}", f"{local[0]}:{local[1]}", tls)
        self._wire = cast(asyncio.Transport, transport)
        if self._peers.admit(self, self.samband.peer_host):
            super().connection_made(transport)
        else:
            self._wire.abort()

    def connection_lost(self, exc: BaseException | None) -> None:
        self._peers.leave(self, self.samband.peer_host)
        self._wire = None
        super().connection_lost(exc)
        if self._telling is not None:
            self._telling.cancel()

    def telling(self, task: asyncio.Task[object] | None) -> None:
        """``task`` tells the peer one piece after the other; it ends as soon as nobody listens any more."""
        self._telling = task

    def data_received(self, data: bytes) -> None:
        if not self._begun:
            self._begun = self._loop.time()
            self._received = 0
        self._received += len(data)
        super().data_received(data)

    def resume_reading(self, resume_parser: bool = True) -> None:
        """A body is told to go on whenever some of it was read, mostly one that never paused: nothing is to be done."""
        if self._reading_paused:
            super().resume_reading(resume_parser)

    def arrived(self) -> None:
        """A request is here with its whole body, and is being served."""
        self._begun = 0.0
        self._serving = True

    def served(self) -> None:
        """The answer is made. What came in the meantime begins the next request only now."""
        self._serving = False
        if self._begun:
            self._begun = self._loop.time()

    def overdue(self, now: float) -> bool:
        """Whether the peer takes too long to send a request or to read an answer."""
        wire, bounds = self._wire, self._peers.bounds
        if wire is None:
            return False
        size = wire.get_write_buffer_size()
        if not size or size != self._unsent[0]:
            self._unsent = (size, now)
        if now - self._unsent[1] > bounds.unread:
            return True
        if self._serving or not self._begun:
            return False
        return now - self._begun > bounds.request + self._received / bounds.rate

    def take_over(self, reader: Reader) -> None:
        """Feed what the peer sends to ``reader`` from now on, and what it has sent since its request."""
        self.set_parser(cast(Any, reader))

    def send(self, data: bytes) -> int:
        """Send what is no HTTP; how many bytes the peer has not taken yet."""
        if self._wire is None or self._wire.is_closing():
            return 0
        self._wire.write(data)
        return self._wire.get_write_buffer_size()

    def finish(self) -> None:
        """Close after what was written has left."""
        if self._wire is not None:
            self._wire.close()

    def drop(self) -> None:
        """Close at once."""
        if self._wire is not None:
            self._wire.abort()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """The answer to what is no HTTP. Neither it nor the log repeats what was sent: it may hold secrets."""
        if not isinstance(exc, HttpProcessingError) or request.writer.output_size > 0:
            return super().handle_error(request, status, exc, message)
        # aiohttp's frames and this exception hold on to each other until somebody looks for garbage.
        exc.__traceback__ = exc.__context__ = None
        log.info("malformed HTTP: %s", type(exc).__name__, extra={"peer": self.samband.peer})
        return malformed(status)

    def log_exception(self, *args: Any, **kw: Any) -> None:
        """A body that cannot be read is no failure of ours; whoever read it has said so."""
        if not isinstance(kw.get("exc_info"), web.RequestPayloadError):
            super().log_exception(*args, **kw)


def malformed(status: int = 400) -> web.Response:
    """The answer to a request that cannot be read; the connection ends with it."""
    response = web.Response(status=status, text="The request is malformed.\n")
    response.force_close()
    return response


def connection_of(request: web.BaseRequest) -> HttpConnection | None:
    """The connection a request came over."""
    protocol: Any = request.protocol
    return protocol if isinstance(protocol, HttpConnection) else None
