"""Conversations with other mail servers, on aiosmtplib's protocol [RFC5321]."""

from __future__ import annotations

import asyncio
import contextlib
import re
import ssl
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import aiosmtplib
from aiosmtplib import SMTP, SMTPException, SMTPResponseException

from samband.net.mail_exchangers import Exchanger, MailExchangers
from samband.wire.smtp import Addressed, Letter, Reply, SmtpSession, Unreachable

Tls = Literal["opportunistic", "required", "implicit"]
CONNECT = 60.0
COMMAND = 300.0
"""Seconds that a server may take for a command [RFC5321 4.5.3.2]."""
CONTENT = 600.0
"""Seconds until its last word on a message: who gives up sooner sends it twice [RFC5321 4.5.3.2.6]."""
_GOODBYE = 5.0
_LONE = re.compile(rb"\r(?!\n)|(?<!\r)\n")


@dataclass(frozen=True, slots=True)
class Encryption:
    """``opportunistic``: TLS where the other server offers it, whoever it is; ``required``: else no mail, and the
    certificate must be good; ``implicit``: so from the first byte."""

    mode: Tls
    checked: ssl.SSLContext
    unchecked: ssl.SSLContext


@dataclass(frozen=True, slots=True)
class Credentials:
    """What one signs in with at a smarthost."""

    user: str
    password: str = field(repr=False)


class Smarthost:
    """All mail goes to one server."""

    one_way = True

    def __init__(
        self, own: str, host: str, port: int, encryption: Encryption, credentials: Credentials | None = None
    ) -> None:
        self._own = own
        self._host = host
        self._port = port
        self._encryption = encryption
        self._credentials = credentials

    async def connect(self, domain: str) -> SmtpSession:
        """See ``samband.wire.smtp.SmtpClient``."""
        server = Exchanger(self._host, (self._host,))
        return await _conversation(self._own, server, self._host, self._port, self._encryption, self._credentials)


class DirectMail:
    """Mail goes to the servers of each domain."""

    one_way = False

    def __init__(self, own: str, exchangers: MailExchangers, encryption: Encryption, port: int = 25) -> None:
        self._own = own
        self._exchangers = exchangers
        self._encryption = encryption
        self._port = port

    async def connect(self, domain: str) -> SmtpSession:
        """See ``samband.wire.smtp.SmtpClient``: the first server of the domain that talks to us."""
        last = Unreachable(Reply(450, "4.4.1 No mail server answers"))
        for server in await self._exchangers.of(domain):
            for address in server.addresses:
                try:
                    return await _conversation(self._own, server, address, self._port, self._encryption, None)
                except Unreachable as refusal:
                    last = refusal
        raise last


async def _conversation(
    own: str, server: Exchanger, address: str, port: int, encryption: Encryption, credentials: Credentials | None
) -> SmtpSession:
    """Greeted, encrypted, signed in."""
    try:
        return await _begun(own, server, address, port, encryption, credentials)
    except _NoTls as refusal:
        if encryption.mode != "opportunistic" or credentials is not None:
            raise
        try:
            return await _begun(own, server, address, port, encryption, credentials, plain=True)
        except Unreachable:
            raise refusal from None


class _NoTls(Unreachable):
    """TLS was on offer and did not come about."""


async def _begun(
    own: str,
    server: Exchanger,
    address: str,
    port: int,
    encryption: Encryption,
    credentials: Credentials | None,
    *,
    plain: bool = False,
) -> SmtpSession:
    client = SMTP(
        hostname=address,
        port=port,
        local_hostname=own,
        timeout=CONNECT,
        start_tls=False,
        use_tls=encryption.mode == "implicit",
        tls_context=encryption.checked if encryption.mode == "implicit" else None,
    )
    try:
        await client.connect()
        client.timeout = COMMAND
        await _hello(client)
        if encryption.mode != "implicit" and not plain:
            await _encrypted(client, server.host, encryption, credentials is not None)
        if credentials is not None:
            await client.login(credentials.user, credentials.password)
        return _Session(client, server.host)
    except Unreachable:
        await _hang_up(client)
        raise
    except SMTPResponseException as error:
        await _hang_up(client)
        # Another day, or another server of the domain, may be kinder than a greeting of 5xx.
        code = error.code - 100 if error.code >= 500 else error.code
        raise Unreachable(Reply(code, error.message)) from None
    except (SMTPException, OSError, ValueError) as error:
        await _hang_up(client)
        raise Unreachable(Reply(421, f"4.4.1 {server.host} was not reached: {_words(error)}")) from None
    except asyncio.CancelledError:
        client.close()
        raise


async def _hello(client: SMTP) -> None:
    try:
        await client.ehlo()
    except aiosmtplib.SMTPHeloError:
        await client.helo()


async def _encrypted(client: SMTP, host: str, encryption: Encryption, needed: bool) -> None:
    """Under TLS from here on, where it is to be."""
    required = encryption.mode == "required" or needed
    if not client.supports_extension("starttls"):
        if required:
            raise Unreachable(Reply(451, f"4.7.4 {host} offers no TLS, and it is required"))
        return
    context = encryption.checked if required else encryption.unchecked
    try:
        await client.starttls(tls_context=context, server_hostname=host)
        await _hello(client)
    except (SMTPException, OSError, ValueError) as error:
        raise _NoTls(Reply(451, f"4.7.5 No TLS with {host}: {_words(error)}")) from None


async def _hang_up(client: SMTP) -> None:
    with contextlib.suppress(SMTPException, OSError, ValueError):
        if client.is_connected:
            await client.quit(timeout=_GOODBYE)
    client.close()


def _words(error: BaseException) -> str:
    return " ".join(str(error).split())[:200] or type(error).__name__


class _Session:
    """See ``samband.wire.smtp.SmtpSession``."""

    def __init__(self, client: SMTP, host: str) -> None:
        self._client = client
        self.host = host
        self._used = False

    @property
    def reports(self) -> bool:
        return self._client.supports_extension("dsn")

    async def send(self, letter: Letter) -> list[Reply]:
        content = _LONE.sub(b"\r\n", letter.content)
        refusal, options, encoding = self._terms(letter, content)
        if refusal is not None:
            return [refusal] * len(letter.recipients)
        try:
            if self._used:
                await self._client.rset()
            self._used = True
            return await self._handed_over(letter, content, options, encoding)
        except Unreachable:
            raise
        except SMTPResponseException as error:
            return [_not_closing(Reply(error.code, error.message))] * len(letter.recipients)
        except (SMTPException, OSError, ValueError) as error:
            text = f"4.4.2 The conversation with {self.host} broke off: {_words(error)}"
            raise Unreachable(Reply(421, text)) from None

    def _terms(self, letter: Letter, content: bytes) -> tuple[Reply | None, list[str], str]:
        """(why the server cannot take it, the parameters of MAIL, the encoding of addresses)."""
        supports = self._client.supports_extension
        options: list[str] = []
        if supports("size"):
            limit = self._client.esmtp_extensions.get("size", "").strip()
            if limit.isdigit() and 0 < int(limit) < len(content):
                return Reply(552, f"5.3.4 The message is larger than the {limit} bytes that {self.host} takes"), [], ""
            options.append(f"SIZE={len(content)}")
        addresses = [letter.sender, *(one.address for one in letter.recipients)]
        header = content.partition(b"\r\n\r\n")[0]
        international = not all(map(str.isascii, addresses))
        if international or not header.isascii():
            if supports("smtputf8"):
                options.append("SMTPUTF8")
            elif international:
                return Reply(553, f"5.6.7 {self.host} takes no addresses beyond ASCII"), [], ""
        if not content.isascii():
            if not supports("8bitmime"):
                return Reply(554, f"5.6.3 {self.host} takes no 8-bit message"), [], ""
            options.append("BODY=8BITMIME")
        if self.reports:
            options += [f"RET={letter.ret}"] if letter.ret else []
            options += [f"ENVID={letter.envelope_id}"] if letter.envelope_id else []
        return None, options, "utf-8" if "SMTPUTF8" in options else "ascii"

    async def _handed_over(self, letter: Letter, content: bytes, options: Sequence[str], encoding: str) -> list[Reply]:
        said = await self._say("MAIL", f"FROM:<{letter.sender}>", options, encoding)
        if said.code >= 300:
            return [said] * len(letter.recipients)
        replies = [await self._named(one, encoding) for one in letter.recipients]
        if all(reply.code >= 300 for reply in replies):
            return replies
        try:
            answer = await self._client.data(content, timeout=CONTENT)
            last = Reply(answer.code, answer.message)
        except aiosmtplib.SMTPDataError as error:
            last = _not_closing(Reply(error.code, error.message))
        return [last if reply.code < 300 else reply for reply in replies]

    async def _named(self, one: Addressed, encoding: str) -> Reply:
        options: list[str] = []
        if self.reports:
            options += [f"NOTIFY={one.notify}"] if one.notify else []
            options += [f"ORCPT={one.original}"] if one.original else []
        return await self._say("RCPT", f"TO:<{one.address}>", options, encoding)

    async def _say(self, verb: str, path: str, options: Sequence[str], encoding: str) -> Reply:
        words = [option.encode("ascii") for option in options]
        answer = await self._client.execute_command(verb.encode(), path.encode(encoding), *words)
        return _not_closing(Reply(answer.code, answer.message))

    async def close(self) -> None:
        await _hang_up(self._client)


def _not_closing(reply: Reply) -> Reply:
    """``reply``, unless it says that the server ends the conversation."""
    if reply.code == 421:
        raise Unreachable(reply)
    return reply
