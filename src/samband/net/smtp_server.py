"""SMTP listeners on aiosmtpd's protocol, in this process's own loop."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, cast

from aiosmtpd.smtp import SMTP, Envelope, Session

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.WARNING)

IDLE = 300.0
"""Seconds that a client may say nothing [RFC5321 4.5.3.2.7]."""
MAX_CONNECTIONS = 500

Recipient = Callable[[str, int], str]
"""The reply to one ``RCPT TO``, given how many were accepted before."""
Message = Callable[[str, str, str, tuple[str, ...], str, bytes], Awaitable[str]]
"""The reply to a message: peer, greeting, sender, recipients, protocol, content."""


class _Handler:
    """aiosmtpd's hooks, handed on."""

    def __init__(self, recipient: Recipient, message: Message) -> None:
        self._recipient = recipient
        self._message = message

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._recipient(address, len(envelope.rcpt_tos))
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        peer = str(session.peer[0]) if session.peer else ""
        protocol = ("ESMTP" if session.extended_smtp else "SMTP") + ("S" if session.ssl is not None else "")
        greeting = str(session.host_name or "")
        sender = str(envelope.mail_from or "")
        return await self._message(peer, greeting, sender, tuple(map(str, envelope.rcpt_tos)), protocol, content)

    async def handle_VRFY(self, server: SMTP, session: Session, envelope: Envelope, address: str) -> str:
        return "252 2.5.1 Send some mail, and see"

    async def handle_exception(self, error: Exception) -> str:
        log.error("an SMTP conversation failed", exc_info=error)
        return "451 4.3.0 The server failed"


class _Smtp(SMTP):
    """One conversation; says goodbye at once where there are too many."""

    line_length_limit = 64 * 1024

    def __init__(self, owner: SmtpServer, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        self._owner = owner
        self._accepted: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._accepted is None:
            if len(self._owner.transports) >= MAX_CONNECTIONS:
                cast(asyncio.WriteTransport, transport).write(b"421 4.3.2 Too many connections\r\n")
                transport.close()
                return
            self._accepted = transport
            self._owner.transports.add(transport)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._accepted is not None:
            self._owner.transports.discard(self._accepted)
            super().connection_lost(error)


class SmtpServer:
    """Listeners that take messages and hand each to one handler. With ``tls``, STARTTLS is on offer."""

    def __init__(
        self, host: str, recipient: Recipient, message: Message, limit: int, tls: ssl.SSLContext | None = None
    ) -> None:
        self._host = host
        self._handler = _Handler(recipient, message)
        self._limit = limit
        self._tls = tls
        self._servers: list[asyncio.Server] = []
        self.transports: set[asyncio.BaseTransport] = set()

    async def listen(self, address: str, port: int) -> int:
        """Listen on ``address`` and ``port`` (0: a free one); the port taken. Raises ``OSError`` if it is in use."""
        loop = asyncio.get_running_loop()
        server = await loop.create_server(self._conversation, address, port, backlog=256)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _conversation(self) -> SMTP:
        return _Smtp(
            self,
            self._handler,
            data_size_limit=self._limit,
            enable_SMTPUTF8=True,
            hostname=self._host,
            ident="Samband",
            tls_context=self._tls,
            timeout=IDLE,
            loop=asyncio.get_running_loop(),
        )

    async def close(self) -> None:
        """Stop listening and drop the conversations."""
        for server in self._servers:
            server.close()
        for transport in list(self.transports):
            transport.close()
        for server in self._servers:
            await server.wait_closed()
