"""Whole answers, written to the connection in one piece.

aiohttp's own response can be changed until it is sent, compressed, streamed; to prepare one takes longer than many an
answer takes to be made. This one has its fields and its body and is done.
"""

from __future__ import annotations

import time
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus

from aiohttp import web

from samband.wire.http import HttpResponse

SERVER = "Samband"
"""What the Server field says; the library would say which version of Python and of itself answers."""


class WholeAnswer:
    """What aiohttp's connection asks of a response: it is prepared, its end is written, and it says what comes after.

    Date, Server, Connection and Content-Length are its own. Raises ``ValueError`` for a field that holds a line end.
    """

    __slots__ = ("_answer", "_request", "keep_alive")

    def __init__(self, request: web.BaseRequest, answer: HttpResponse) -> None:
        self._request = request
        self._answer = _written(request, answer)
        self.keep_alive = request.keep_alive

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to be prepared."""

    async def write_eof(self) -> None:
        """Write the answer, and wait until the peer has taken most of what it was sent.

        Raises ``ConnectionResetError`` where the peer is gone.
        """
        transport = self._request.transport
        if transport is None or transport.is_closing():
            raise ConnectionResetError("the peer is gone")
        transport.write(self._answer)
        if self._request.protocol.writing_paused:
            await self._request.writer.drain()


def _written(request: web.BaseRequest, answer: HttpResponse) -> bytes:
    body, status = answer.content, answer.status
    said = "".join([f"{name}: {value}\r\n" for name, value in answer.headers])
    if said.count("\n") != len(answer.headers) or said.count("\r") != len(answer.headers):
        raise ValueError("a field of an answer has an end of line in it")
    if _is_bodiless(status):
        body, length = b"", ""
    else:
        length = f"Content-Length: {len(body)}\r\n"
    if body and not any(name.lower() == "content-type" for name, _ in answer.headers):
        length += "Content-Type: application/octet-stream\r\n"
    begin = _beginning(request.version, status, request.keep_alive)
    head = f"{begin}{said}{length}Date: {_date(int(time.time()))}\r\n\r\n".encode()
    return head if request.method == "HEAD" else head + body


@lru_cache(maxsize=256)
def _beginning(version: tuple[int, int], status: int, stays: bool) -> str:
    """The status line, who answers, and, where the version of HTTP means the other, what becomes of the connection
    [RFC9112 9.3]."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = ""
    usual = version >= (1, 1)
    connection = "" if stays is usual else f"Connection: {'keep-alive' if stays else 'close'}\r\n"
    return f"HTTP/{version[0]}.{version[1]} {status} {phrase}\r\nServer: {SERVER}\r\n{connection}"


def _is_bodiless(status: int) -> bool:
    """Whether answers with ``status`` have neither body nor length [RFC9110 8.6]."""
    return status in (204, 304) or status < 200


@lru_cache(maxsize=4)
def _date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)
