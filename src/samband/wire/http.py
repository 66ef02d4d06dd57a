"""The shape of an HTTP exchange, as doors and clients see it: no sockets here.

The same two values cross a real socket (``samband.net.http_server``, ``samband.net.http_client``) and the in-process
transport, so a call between two rooms of one process carries the same bytes and passes the same checks as one
between two machines.
"""

from __future__ import annotations

import itertools
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

_connection_numbers = itertools.count(1)


class Headers:
    """Header fields in order; names compare without case [RFC9110 5.1]."""

    __slots__ = ("_fields", "_first")

    def __init__(self, fields: Iterable[tuple[str, str]] = ()) -> None:
        self._fields = list(fields)
        self._first = {name.lower(): value for name, value in reversed(self._fields)}

    def get(self, name: str, default: str = "") -> str:
        """The first value of ``name``, or ``default``."""
        return self._first.get(name.lower(), default)

    def all(self, name: str) -> list[str]:
        """Every value of ``name``, in order."""
        lowered = name.lower()
        return [value for key, value in self._fields if key.lower() == lowered]

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._first

    def __iter__(self) -> Iterator[tuple[str, str]]:
        return iter(self._fields)

    def __len__(self) -> int:
        return len(self._fields)


@dataclass(slots=True, eq=False)
class Connection:
    """One transport connection: what connection-bound authentication (NTLM) is bound to.

    ``number`` is never reused in the life of a process; ``state`` dies with the connection. ``peer`` and ``local``
    are ``host:port``.
    """

    peer: str = "in-process"
    local: str = "in-process"
    tls: bool = False
    number: int = field(default_factory=lambda: next(_connection_numbers))
    state: dict[str, object] = field(default_factory=dict)

    @property
    def peer_host(self) -> str:
        """The peer's address without its port."""
        return self.peer.rpartition(":")[0] or self.peer


@dataclass(slots=True)
class HttpRequest:
    """One request as a door reads it. ``path`` is decoded and keeps its case; ``host`` is lower case, without port."""

    method: str
    host: str
    path: str
    query: str = ""
    headers: Headers = field(default_factory=Headers)
    body: bytes = b""
    connection: Connection = field(default_factory=Connection)
    proof: str = ""
    """What the answer proves the server by, as WWW-Authenticate: set by who authenticated the request [RFC4559]."""


@dataclass(slots=True)
class HttpResponse:
    """One answer. A ``body`` that is an iterator is sent chunk by chunk, each as soon as it is there."""

    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    body: bytes | AsyncIterator[bytes] = b""

    @property
    def content(self) -> bytes:
        """The body of an answer that is not a stream."""
        if isinstance(self.body, bytes):
            return self.body
        raise TypeError("this answer is a stream")

    async def chunks(self) -> AsyncGenerator[bytes, None]:
        """The body piece by piece, stream or not; a stream left early is closed at its source."""
        if isinstance(self.body, bytes):
            yield self.body
            return
        try:
            async for chunk in self.body:
                yield chunk
        finally:
            close = getattr(self.body, "aclose", None)
            if close is not None:
                await close()


def is_known(if_none_match: str, tag: str) -> bool:
    """Whether ``If-None-Match`` names ``tag`` [RFC9110 13.1.2]."""
    if not if_none_match:
        return False
    named = (one.strip().removeprefix("W/") for one in if_none_match.split(","))
    return any(one in ("*", f'"{tag}"') for one in named)


def takes_coding(accept_encoding: str, coding: str) -> bool:
    """Whether ``Accept-Encoding`` asks for ``coding`` [RFC9110 12.5.3]; what it does not name is not sent."""
    taken = False
    for one in accept_encoding.split(","):
        name, _, weight = one.partition(";")
        wanted = weight.strip().lower().removeprefix("q=").strip("0.") != "" if weight else True
        if name.strip().lower() == coding:
            return wanted
        if name.strip() == "*":
            taken = wanted
    return taken


HttpHandler = Callable[[HttpRequest], Awaitable[HttpResponse]]


class HttpClient(Protocol):
    """Sends requests to other servers; built in ``serve`` and handed to whoever needs it."""

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
        """Send one request. Raises ``OSError`` (``TimeoutError`` included) when no answer comes in ``timeout`` s.

        With ``stream`` the answer's body is an iterator of chunks as they arrive and ``timeout`` bounds the wait for
        the header and for each chunk.
        """
        ...
