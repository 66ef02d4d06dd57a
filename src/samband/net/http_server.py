"""HTTP and HTTPS listeners on aiohttp's low-level server: real connections in, ``HttpRequest`` values out."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Protocol

from aiohttp import HttpVersion11, web
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict

from samband.net.http_answers import SERVER, WholeAnswer
from samband.net.http_connection import HttpBounds, HttpConnection, HttpPeers, connection_of, malformed
from samband.wire.http import Connection, Headers, HttpHandler, HttpRequest, HttpResponse

log = logging.getLogger(__name__)

SWEEP = 5.0
"""Seconds between two looks for peers that take too long."""


class Upgrade(Protocol):
    """What makes something else of an HTTP connection [RFC9110 7.8]."""

    async def serve(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer a request, and serve its connection until the end if it is one for something else than HTTP."""
        ...

    def close(self) -> None:
        """End every connection."""
        ...


class _Server(web.Server):
    def __init__(self, handler: Any, peers: HttpPeers) -> None:
        super().__init__(handler, request_factory=_request)
        self._peers = peers

    def __call__(self) -> RequestHandler:
        return HttpConnection(self, self._peers)


class _TooMuch(Exception):
    """A body, or all bodies together, are larger than they may be; ``status`` says which."""

    def __init__(self, status: int) -> None:
        super().__init__(status)
        self.status = status


class HttpServer:
    """Listeners that hand every request to one handler."""

    def __init__(
        self, handler: HttpHandler, bounds: HttpBounds | None = None, upgrades: Mapping[str, Upgrade] | None = None
    ) -> None:
        """``upgrades``: what takes a whole connection over, by path in lower case."""
        self._handler = handler
        self._upgrades = upgrades or {}
        self._bounds = bounds = bounds or HttpBounds()
        self._peers = HttpPeers(bounds)
        self._servers: list[asyncio.Server] = []
        self._web = _Server(self._serve, self._peers)
        self._held = 0
        self._sweeping: asyncio.TimerHandle | None = None

    async def listen(self, address: str, port: int, tls: ssl.SSLContext | None) -> int:
        """Listen on ``address`` and ``port`` (0: a free one); the port taken. Raises ``OSError`` if it is in use."""
        loop = asyncio.get_running_loop()
        handshake = 20.0 if tls else None
        server = await loop.create_server(
            self._web, address, port, ssl=tls, ssl_handshake_timeout=handshake, backlog=1024
        )
        self._servers.append(server)
        if self._sweeping is None:
            self._sweeping = loop.call_later(min(SWEEP, self._bounds.request), self._sweep)
        return int(server.sockets[0].getsockname()[1])

    async def close(self, grace: float = 2.0) -> None:
        """Stop listening, let running requests finish for ``grace`` seconds, then drop the connections."""
        for server in self._servers:
            server.close()
        for upgrade in self._upgrades.values():
            upgrade.close()
        if self._sweeping is not None:
            self._sweeping.cancel()
        self._web.pre_shutdown()
        await self._web.shutdown(grace)

    def _sweep(self) -> None:
        loop = asyncio.get_running_loop()
        self._sweeping = loop.call_later(min(SWEEP, self._bounds.request), self._sweep)
        self._peers.drop_overdue(loop.time())

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse | WholeAnswer:
        connection = connection_of(request)
        held = 0
        try:
            body = await self._body(request)
            held = len(body)
            if connection is not None:
                connection.arrived()
            if (upgrade := self._upgrades.get(request.path.lower())) is not None:
                return await upgrade.serve(request)
            return await self._answer(request, body)
        except _TooMuch as problem:
            return _too_much(problem.status)
        except (web.RequestPayloadError, ConnectionError) as problem:
            log.info("no whole body came: %s", type(problem).__name__, extra={"path": request.path})
            problem.__traceback__ = None  # aiohttp keeps the exception, and it would keep these frames
            return malformed()
        finally:
            self._held -= held
            if connection is not None:
                connection.served()

    async def _body(self, request: web.BaseRequest) -> bytes:
        """The whole body, whose bytes count as held from then on. Raises ``_TooMuch``."""
        if not request.body_exists:
            return b""
        length = request.content_length
        if length is not None and length > self._bounds.body:
            raise _TooMuch(413)
        if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
            request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if request.content.is_eof():
            return self._at_hand(request)
        body = bytearray()
        try:
            while chunk := await request.content.readany():
                body += chunk
                self._held += len(chunk)
                if len(body) > self._bounds.body:
                    raise _TooMuch(413)
                if self._held > self._bounds.bodies:
                    raise _TooMuch(503)
            return bytes(body)
        except BaseException:
            self._held -= len(body)
            body.clear()  # the exception may hold on to this frame until somebody looks for garbage
            raise

    def _at_hand(self, request: web.BaseRequest) -> bytes:
        """A body that came together with its head, as most do. Raises ``_TooMuch``."""
        body = request.content.read_nowait()
        if len(body) > self._bounds.body:
            raise _TooMuch(413)
        if self._held + len(body) > self._bounds.bodies:
            raise _TooMuch(503)
        self._held += len(body)
        return body

    async def _answer(self, request: web.BaseRequest, body: bytes) -> web.StreamResponse | WholeAnswer:
        host = request.headers.get("Host", "")
        asked = HttpRequest(
            method=request.method,
            host=_without_port(host),
            path=request.path,
            query=request.query_string,
            headers=Headers(request.headers.items()),
            body=body,
            connection=_connection(request),
        )
        try:
            answer = await self._handler(asked)
        except Exception:
            log.exception("a handler failed", extra={"method": request.method, "path": request.path})
            answer = HttpResponse(500, [("Content-Type", "text/plain")], b"The server failed; its log says why.\n")
        if isinstance(answer.body, bytes):
            return WholeAnswer(request, answer)
        return await _send(request, answer)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    return web.BaseRequest(message, payload, protocol, writer, task, asyncio.get_running_loop())


def _connection(request: web.BaseRequest) -> Connection:
    connection = connection_of(request)
    return connection.samband if connection is not None else Connection()


def _too_much(status: int) -> web.Response:
    text = {413: "The request is too large.\n", 503: "Too many large requests are under way.\n"}[status]
    response = web.Response(status=status, text=text)
    if status == 503:
        response.headers["Retry-After"] = "5"
    response.force_close()
    return response


def _without_port(host: str) -> str:
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0]


async def _send(request: web.BaseRequest, answer: HttpResponse) -> web.StreamResponse:
    stream = web.StreamResponse(status=answer.status, headers=CIMultiDict([*answer.headers, ("Server", SERVER)]))
    if request.version >= HttpVersion11:
        # Before that a body ends with its connection.
        stream.enable_chunked_encoding()
    await stream.prepare(request)
    connection = connection_of(request)
    if connection is not None:
        connection.telling(asyncio.current_task())
    try:
        async with aclosing(answer.chunks()) as chunks:
            if request.method != "HEAD":
                async for chunk in chunks:
                    await stream.write(chunk)
    finally:
        if connection is not None:
            connection.telling(None)
    await stream.write_eof()
    return stream
