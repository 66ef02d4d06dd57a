"""HTTP and HTTPS listeners on aiohttp's low-level server: real connections in, ``HttpRequest`` values out."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Sequence
from contextlib import aclosing
from typing import Any

from aiohttp import web
from aiohttp.web_protocol import RequestHandler
from multidict import CIMultiDict

from samband.wire.http import Connection, Headers, HttpHandler, HttpRequest, HttpResponse

log = logging.getLogger(__name__)
_silent = logging.getLogger(f"{__name__}.access")
_silent.disabled = True

MAX_BODY = 64 * 1024 * 1024
"""Bytes of one request's body, after decompression: room for Exchange's default 35 MB message in base64."""
MAX_HEADER_FIELD = 64 * 1024
"""Bytes of one header field: Kerberos tickets and nested tokens are long."""


class _Protocol(RequestHandler):
    """aiohttp's protocol with one ``Connection`` for as long as the transport lives."""

    samband: Connection

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        peer = transport.get_extra_info("peername") or ("", 0)
        local = transport.get_extra_info("sockname") or ("", 0)
        tls = transport.get_extra_info("ssl_object") is not None
        self.samband = Connection(f"{peer[0]}:{peer[1]}", f"{local[0]}:{local[1]}", tls)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Protocol(
            self,
            loop=asyncio.get_running_loop(),
            access_log=_silent,
            max_field_size=MAX_HEADER_FIELD,
            keepalive_timeout=300.0,
        )


class HttpServer:
    """Listeners that hand every request to one handler."""

    def __init__(self, handler: HttpHandler) -> None:
        self._handler = handler
        self._servers: list[asyncio.Server] = []
        self._web = _Server(self._serve, request_factory=_request)

    async def listen(self, address: str, port: int, tls: ssl.SSLContext | None) -> int:
        """Listen on ``address`` and ``port`` (0: a free one); the port taken. Raises ``OSError`` if it is in use."""
        loop = asyncio.get_running_loop()
        handshake = 20.0 if tls else None
        server = await loop.create_server(
            self._web, address, port, ssl=tls, ssl_handshake_timeout=handshake, backlog=1024
        )
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    async def close(self, grace: float = 2.0) -> None:
        """Stop listening, let running requests finish for ``grace`` seconds, then drop the connections."""
        for server in self._servers:
            server.close()
        self._web.pre_shutdown()
        await self._web.shutdown(grace)

    async def _serve(self, request: web.BaseRequest) -> web.StreamResponse:
        try:
            body = await _body(request)
        except web.HTTPRequestEntityTooLarge:
            return web.Response(status=413, text=f"The request is larger than {MAX_BODY} bytes.\n")
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
        return await _send(request, answer)


def _request(message: Any, payload: Any, protocol: Any, writer: Any, task: Any) -> web.BaseRequest:
    loop = asyncio.get_running_loop()
    return web.BaseRequest(message, payload, protocol, writer, task, loop, client_max_size=MAX_BODY)


async def _body(request: web.BaseRequest) -> bytes:
    if not request.body_exists:
        return b""
    if request.headers.get("Expect", "").lower() == "100-continue" and request.transport is not None:
        request.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    return await request.read()


def _connection(request: web.BaseRequest) -> Connection:
    protocol = request.protocol
    return protocol.samband if isinstance(protocol, _Protocol) else Connection()


def _without_port(host: str) -> str:
    host = host.lower()
    if host.startswith("["):
        return host.partition("]")[0].lstrip("[")
    return host.partition(":")[0]


async def _send(request: web.BaseRequest, answer: HttpResponse) -> web.StreamResponse:
    headers = _fields(answer.headers)
    if isinstance(answer.body, bytes):
        return web.Response(status=answer.status, headers=headers, body=answer.body)
    stream = web.StreamResponse(status=answer.status, headers=headers)
    stream.enable_chunked_encoding()
    await stream.prepare(request)
    async with aclosing(answer.chunks()) as chunks:
        async for chunk in chunks:
            await stream.write(chunk)
    await stream.write_eof()
    return stream


def _fields(headers: Sequence[tuple[str, str]]) -> CIMultiDict[str]:
    return CIMultiDict(headers)
