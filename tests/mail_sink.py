"""A mail server of the tests' own that keeps what it gets: where mail to other organisations ends."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.clients.in_thread import in_thread


@dataclass(frozen=True)
class Got:
    """One message as it came."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    tls: bool
    connection: int

    @property
    def message(self) -> EmailMessage:
        found = BytesParser(policy=default).parsebytes(self.content)
        assert isinstance(found, EmailMessage)
        return found


@dataclass
class Sink:
    """aiosmtpd's hooks. ``answers`` are replies to recipients by address, ``ends`` replies to messages in turn."""

    kept: list[Got] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    ends: list[str] = field(default_factory=list)
    connections: list[object] = field(default_factory=list)
    delay: float = 0.0
    """Seconds that a message takes."""
    port: int = 0

    async def handle_RCPT(self, server: SMTP, session: Session, envelope: Envelope, address: str, _: object) -> str:
        reply = self.answers.get(address, "250 2.1.5 fine")
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if session not in self.connections:
            self.connections.append(session)
        assert isinstance(envelope.content, bytes)
        await asyncio.sleep(self.delay)
        number = self.connections.index(session)
        reply = self.ends.pop(0) if self.ends else "250 2.0.0 kept"
        if reply.startswith("2"):
            people = tuple(map(str, envelope.rcpt_tos))
            got = Got(str(envelope.mail_from or ""), people, envelope.content, session.ssl is not None, number)
            self.kept.append(got)
        return reply


@asynccontextmanager
async def sinking(tls: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> AsyncIterator[Sink]:
    """A sink in this event loop."""
    sink = Sink()
    loop = asyncio.get_running_loop()

    def conversation() -> SMTP:
        return SMTP(sink, hostname="sink.test", enable_SMTPUTF8=True, tls_context=tls, loop=loop)

    server = await loop.create_server(conversation, host, 0)
    sink.port = server.sockets[0].getsockname()[1]
    try:
        yield sink
    finally:
        server.close()


@contextmanager
def sink_in_thread() -> Iterator[Sink]:
    """A sink beside a test that is no coroutine."""
    with in_thread(lambda stack: stack.enter_async_context(sinking())) as sink:
        yield sink
