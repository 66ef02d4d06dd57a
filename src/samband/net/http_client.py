"""Outgoing HTTP: to other machines by aiohttp, to rooms of this process without a socket."""

from __future__ import annotations

import asyncio
import os
import socket
import ssl
from collections.abc import AsyncIterator, Iterable, Mapping
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from samband.wire.dns import Resolver
from samband.wire.http import Connection, Headers, HttpHandler, HttpRequest, HttpResponse

MAX_ANSWER = 64 * 1024 * 1024


class InProcessClient:
    """Requests to ``hosts`` (``host:port``, lower case) go to ``handler`` of this process, others to ``outside``.

    The handler sees the same request as over a socket and checks the same token; only the socket is spared.
    """

    def __init__(self, outside: SocketClient) -> None:
        self._outside = outside
        self._inside: dict[str, HttpHandler] = {}
        self._connection = Connection(tls=True)

    def add(self, hosts: Iterable[str], handler: HttpHandler) -> None:
        """Answer ``hosts`` from now on."""
        for host in hosts:
            self._inside[host.lower()] = handler

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        timeout: float = 30.0,
        stream: bool = False,
    ) -> HttpResponse:
        """See ``samband.wire.http.HttpClient``."""
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        host = (parts.hostname or "").lower()
        handler = self._inside.get(f"{host}:{port}")
        if handler is None:
            return await self._outside.send(method, url, headers=headers, body=body, timeout=timeout, stream=stream)
        fields = Headers([("Host", parts.netloc), *headers])
        request = HttpRequest(method, host, parts.path or "/", parts.query, fields, body, self._connection)
        async with asyncio.timeout(timeout):
            answer = await handler(request)
        if stream or isinstance(answer.body, bytes):
            return answer
        async with asyncio.timeout(timeout):
            whole = b"".join([chunk async for chunk in answer.body])
        return HttpResponse(answer.status, answer.headers, whole)


class SocketClient:
    """Requests over real sockets; names in ``addresses`` resolve to the address given there, not by DNS."""

    def __init__(
        self,
        tls: ssl.SSLContext,
        addresses: Mapping[str, str],
        connections: int = 200,
        names: Resolver | None = None,
    ) -> None:
        """``connections``: how many there are at most; more wait. ``names`` are asked instead of the machine's."""
        self._names = names
        self._tls = tls
        self._connections = connections
        self._addresses = {name.lower(): address for name, address in addresses.items()}
        self._session: aiohttp.ClientSession | None = None

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Iterable[tuple[str, str]] = (),
        body: bytes = b"",
        timeout: float = 30.0,
        stream: bool = False,
    ) -> HttpResponse:
        """See ``samband.wire.http.HttpClient``. Redirects are answers like any other."""
        session = self._session or self._open()
        bound = aiohttp.ClientTimeout(total=None if stream else timeout, sock_connect=timeout, sock_read=timeout)
        try:
            answer = await session.request(
                method,
                URL(url, encoded=True),
                headers=list(headers),
                data=body or None,
                timeout=bound,
                allow_redirects=False,
            )
        except aiohttp.ClientError as error:
            raise OSError(f"no answer from {urlsplit(url).netloc}: {_words(error)}") from error
        fields = list(answer.headers.items())
        if stream:
            return HttpResponse(answer.status, fields, _chunks(answer))
        async with answer:
            try:
                content = await _whole(answer)
            except aiohttp.ClientError as error:
                raise OSError(f"the answer of {urlsplit(url).netloc} broke off: {error}") from error
        return HttpResponse(answer.status, fields, content)

    async def close(self) -> None:
        """Close idle connections."""
        if self._session is not None:
            await self._session.close()

    def _open(self) -> aiohttp.ClientSession:
        resolver = _Resolver(self._addresses) if self._names is None else _Asking(self._names)
        connector = aiohttp.TCPConnector(ssl=self._tls, limit=self._connections, resolver=resolver)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=True)
        return self._session


def _words(error: aiohttp.ClientError) -> str:
    """Why there was no connection, as the machine says it: without aiohttp's account of its own call."""
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, OSError) and cause.errno and not isinstance(cause, (ssl.SSLError, socket.gaierror)):
        return os.strerror(cause.errno)
    return str(cause) or type(cause).__name__


class _Resolver(aiohttp.abc.AbstractResolver):
    """The names a site gives addresses of its own, then the machine's resolver."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        self._addresses = addresses
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        address = self._addresses.get(host.lower())
        return await self._system.resolve(address or host, port, family)

    async def close(self) -> None:
        await self._system.close()


class _Asking(aiohttp.abc.AbstractResolver):
    """Names as a resolver of ours knows them, and no others."""

    def __init__(self, names: Resolver) -> None:
        self._names = names
        self._system = aiohttp.ThreadedResolver()

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[aiohttp.abc.ResolveResult]:
        addresses = await self._names.addresses(host)
        if not addresses:
            raise OSError(f"{host} does not resolve")
        return await self._system.resolve(addresses[0], port, socket.AF_UNSPEC)

    async def close(self) -> None:
        await self._system.close()


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    content = bytearray()
    async for chunk in answer.content.iter_any():
        content += chunk
        if len(content) > MAX_ANSWER:
            raise OSError(f"the answer is larger than {MAX_ANSWER} bytes")
    return bytes(content)


async def _chunks(answer: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.content.iter_any():
            yield chunk
    except aiohttp.ClientError as error:
        raise OSError(f"the stream broke off: {error}") from error
    finally:
        answer.close()
