"""The client's end of one SIP connection over TLS: a request at a time, and what the server asks of us meanwhile."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from types import TracebackType
from typing import Self

from samband.wire.sip.message import SipMessage, SipRequest, SipResponse, respond
from samband.wire.sip.stream import Broken, StreamReader

_PIECE = 65_536


class SipConnection:
    """An open connection; ``async with`` closes it. Everything raises ``OSError`` where the server breaks it off."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._stream = StreamReader()
        self._waiting: deque[SipMessage] = deque()

    @classmethod
    async def open(cls, address: str, port: int, host: str, context: ssl.SSLContext) -> Self:
        """Connect to ``address``, which must have a certificate for ``host``. Raises ``OSError``."""
        reader, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
        return cls(reader, writer)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._writer.close()

    @property
    def local(self) -> tuple[str, int]:
        """Our own address and port."""
        name = self._writer.get_extra_info("sockname")
        return str(name[0]), int(name[1])

    async def ask(self, request: SipRequest) -> SipResponse:
        """The final response to ``request``; requests of the server are answered meanwhile and kept for ``next``."""
        self._writer.write(request.to_bytes())
        await self._writer.drain()
        kept: list[SipMessage] = []
        while True:
            message = await self._read()
            if isinstance(message, SipRequest):
                kept.append(message)
            elif message.cseq == request.cseq and message.call_id == request.call_id and message.status >= 200:
                self._waiting.extendleft(reversed(kept))
                return message

    async def next(self, method: str) -> SipRequest:
        """The next request of the server with ``method``; it has been answered with 200."""
        while True:
            message = await self._read()
            if isinstance(message, SipRequest) and message.method == method:
                return message

    async def _read(self) -> SipMessage:
        while not self._waiting:
            data = await self._reader.read(_PIECE)
            if not data:
                raise ConnectionError("the server closed the connection")
            for event in self._stream.feed(data):
                if isinstance(event, Broken):
                    raise ConnectionError("the server sent what is not SIP")
                if isinstance(event, SipRequest) and event.method != "ACK":
                    self._writer.write(respond(event, 200).to_bytes())
                if isinstance(event, SipRequest | SipResponse):
                    self._waiting.append(event)
        return self._waiting.popleft()
