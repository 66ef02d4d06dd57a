"""SMTP listeners on aiosmtpd's protocol, in this process's own loop."""

from __future__ import annotations

import asyncio
import binascii
import logging
import ssl
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from typing import Any, cast

from aiosmtpd.smtp import MISSING, SMTP, Envelope, Session

from samband.wire import smtp
from samband.wire.smtp import Addressed, SmtpListener, read_report_wishes

log = logging.getLogger(__name__)
logging.getLogger("mail.log").setLevel(logging.WARNING)

IDLE = 300.0
"""Seconds that a client may say nothing [RFC5321 4.5.3.2.7]."""
MAX_CONNECTIONS = 500
MAX_FROM_ONE = 50
"""How many of them one address may hold: each may make us hold a whole message."""
FAILED_SIGN_INS = 3
"""How often one conversation may say who it is in vain."""
_RATHER_SLOW = "421 4.7.0 Too many sign-ins failed"
_LINE_MORE = {"MAIL": 120, "RCPT": 560}
"""How much longer a command may be with the parameters of DSN [RFC3461 4]."""


class _Handler:
    """aiosmtpd's hooks, handed on to the listener of one conversation."""

    def __init__(self, listener: SmtpListener) -> None:
        self._listener = listener
        self._failed = 0

    async def handle_EHLO(
        self, server: _Smtp, session: Session, envelope: Envelope, hostname: str, responses: list[str]
    ) -> list[str]:
        session.host_name = hostname
        said = [one for one in responses if server.takes_sign_ins or not one[4:].startswith("AUTH")]
        return [said[0], "250-ENHANCEDSTATUSCODES", *(["250-DSN"] if self._listener.reports else []), *said[1:]]

    async def handle_AUTH(self, server: _Smtp, session: Session, envelope: Envelope, args: list[str]) -> str | None:
        words = await _credentials(server, args)
        if words is None:
            return None
        reply = await self._listener.sign_in(*words, _peer(session))
        session.authenticated = reply.startswith("2")
        self._failed += not session.authenticated
        if self._failed < FAILED_SIGN_INS or session.authenticated:
            return reply
        await server.push(_RATHER_SLOW)
        if server.transport is not None:
            server.transport.close()
        return None

    async def handle_MAIL(
        self, server: _Smtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._listener.sender("" if address == "<>" else address)
        if reply.startswith("2"):
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return reply

    async def handle_RCPT(
        self, server: _Smtp, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        reply = self._listener.recipient(address, len(envelope.rcpt_tos))
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
            server.named.append(Addressed(address, server.wishes.get("NOTIFY", ""), server.wishes.get("ORCPT", "")))
        return reply

    async def handle_DATA(self, server: _Smtp, session: Session, envelope: Envelope) -> str:
        content = envelope.content if isinstance(envelope.content, bytes) else b""
        protocol = "UTF8SMTP" if envelope.smtp_utf8 else "ESMTP" if session.extended_smtp else "SMTP"
        protocol += ("S" if server.is_tls else "") + ("A" if session.authenticated else "")
        sender = "" if envelope.mail_from == "<>" else str(envelope.mail_from or "")
        whole = smtp.Envelope(
            _peer(session),
            str(session.host_name or ""),
            sender,
            tuple(server.named),
            protocol,
            server.mail_wishes.get("RET", ""),
            server.mail_wishes.get("ENVID", ""),
        )
        return await self._listener.message(whole, content)

    async def handle_VRFY(self, server: _Smtp, session: Session, envelope: Envelope, address: str) -> str:
        return "252 2.5.1 Send some mail, and see"

    async def handle_exception(self, error: Exception) -> str:
        log.error("an SMTP conversation failed", exc_info=error)
        return "451 4.3.0 The server failed"


def _peer(session: Session) -> str:
    return str(session.peer[0]) if session.peer else ""


async def _credentials(server: SMTP, args: list[str]) -> tuple[str, str] | None:
    """Login and password of AUTH PLAIN [RFC4616] or LOGIN; None where the client was told what is wrong with them."""
    first: Any
    if len(args) == 2:
        try:
            first = b"" if args[1] == "=" else b64decode(args[1], validate=True)
        except (binascii.Error, ValueError):
            await server.push("501 5.5.2 This is not base64")
            return None
    else:
        first = await server.challenge_auth("" if args[0] == "PLAIN" else "Username:")
    if first is MISSING:
        return None
    if args[0] == "PLAIN":
        parts = first.split(b"\0")
        if len(parts) != 3:
            await server.push("501 5.5.2 This is no identity, login and password")
            return None
        login, password = parts[1:]
    else:
        login, password = first, await server.challenge_auth("Password:")
        if password is MISSING:
            return None
    return login.decode("utf-8", "replace"), password.decode("utf-8", "replace")


class _Smtp(SMTP):
    """One conversation; says goodbye at once where there are too many."""

    line_length_limit = 64 * 1024

    def __init__(self, owner: SmtpServer, *args: Any, listener: SmtpListener, implicit: bool, **more: Any) -> None:
        self.takes_sign_ins = owner.submission
        self.named: list[Addressed] = []
        self.wishes: dict[str, str] = {}
        self.mail_wishes: dict[str, str] = {}
        super().__init__(_Handler(listener), *args, **more)
        # What began under TLS needs no STARTTLS before AUTH; said to the constructor, aiosmtpd warns of it.
        self._auth_require_tls = not implicit
        self._owner = owner
        self._listener = listener
        self._accepted: asyncio.BaseTransport | None = None
        self._peer = ""
        for verb, more_bytes in _LINE_MORE.items():
            self.command_size_limits[verb] += more_bytes

    @property
    def is_tls(self) -> bool:
        """Whether the conversation is encrypted by now."""
        return self.transport is not None and self.transport.get_extra_info("sslcontext") is not None

    async def smtp_MAIL(self, arg: str | None) -> None:
        found = await self._without_wishes(arg, "MAIL")
        if found is not None:
            self.named, self.mail_wishes = [], found[0]
            await super().smtp_MAIL(found[1])

    async def smtp_RCPT(self, arg: str | None) -> None:
        found = await self._without_wishes(arg, "RCPT")
        if found is not None:
            self.wishes = found[0]
            await super().smtp_RCPT(found[1])

    async def _without_wishes(self, arg: str | None, verb: str) -> tuple[dict[str, str], str | None] | None:
        """The parameters of DSN, and the command without them; None where the client was told that they are wrong."""
        path, bracket, words = (arg or "").partition(">")
        if not bracket or not words or not self._listener.reports:
            return {}, arg
        try:
            wishes, rest = read_report_wishes(words, verb)
        except ValueError as error:
            await self.push(f"501 5.5.4 {error}")
            return None
        return wishes, f"{path}> {rest}".rstrip()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if self._accepted is None:
            peer = transport.get_extra_info("peername") or ("",)
            self._peer = str(peer[0])
            if len(self._owner.transports) >= MAX_CONNECTIONS or self._owner.held[self._peer] >= MAX_FROM_ONE:
                cast(asyncio.WriteTransport, transport).write(b"421 4.3.2 Too many connections\r\n")
                transport.close()
                return
            self._accepted = transport
            self._owner.transports.add(transport)
            self._owner.held[self._peer] += 1
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._accepted is not None:
            self._owner.transports.discard(self._accepted)
            self._owner.held[self._peer] -= 1
            self._owner.held += Counter()  # forgets who holds none
            self._accepted = None
            super().connection_lost(error)


class SmtpServer:
    """Listeners that ask ``listener()``, made for each conversation, what to answer; with ``tls`` they offer STARTTLS.

    ``submission``: the client must sign in before it sends mail, which it can only do under TLS.
    """

    def __init__(
        self,
        host: str,
        listener: Callable[[], SmtpListener],
        limit: int,
        tls: ssl.SSLContext | None = None,
        *,
        submission: bool = False,
    ) -> None:
        self._host = host
        self._listener = listener
        self._limit = limit
        self._tls = tls
        self.submission = submission
        self._servers: list[asyncio.Server] = []
        self.transports: set[asyncio.BaseTransport] = set()
        self.held: Counter[str] = Counter()

    async def listen(self, address: str, port: int, *, implicit: bool = False) -> int:
        """Listen on ``address`` and ``port`` (0: a free one); the port taken. ``implicit``: under TLS from the first
        byte [RFC8314 3.3]. Raises ``OSError`` if it is in use."""
        loop = asyncio.get_running_loop()

        def conversation() -> SMTP:
            return self._conversation(implicit)

        server = await loop.create_server(conversation, address, port, backlog=256, ssl=self._tls if implicit else None)
        self._servers.append(server)
        return int(server.sockets[0].getsockname()[1])

    def _conversation(self, implicit: bool) -> SMTP:
        return _Smtp(
            self,
            listener=self._listener(),
            data_size_limit=self._limit,
            enable_SMTPUTF8=True,
            hostname=self._host,
            ident="Samband",
            tls_context=None if implicit else self._tls,
            timeout=IDLE,
            loop=asyncio.get_running_loop(),
            implicit=implicit,
            auth_required=self.submission,
        )

    async def close(self) -> None:
        """Stop listening and drop the conversations."""
        for server in self._servers:
            server.close()
        for transport in list(self.transports):
            transport.close()
        for server in self._servers:
            await server.wait_closed()
