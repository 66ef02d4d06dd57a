"""Mail of a serving site by SMTP: its listeners, the workers that send to other organisations, and their client."""

from __future__ import annotations

import asyncio
import os
import socket
from contextlib import AsyncExitStack
from pathlib import Path

from samband.deployment.network_settings import Mail
from samband.deployment.places import Places
from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.settings import OutboundSettings
from samband.exchange.smtp.door import SmtpDoor
from samband.exchange.smtp.sender import MailSender
from samband.exchange.smtp.submission import Submission
from samband.ground import Ground
from samband.model.failures import Failure
from samband.net import tls
from samband.net.mail_exchangers import MailExchangers
from samband.net.smtp_client import Credentials, DirectMail, Encryption, Smarthost
from samband.net.smtp_server import SmtpServer
from samband.trust.smtp import SmtpSignIn
from samband.wire.smtp import SmtpClient

_PASSWORD = "SAMBAND_SMARTHOST_PASSWORD"


def outbound_settings(mail: Mail) -> OutboundSettings:
    """What the mailbox side needs to know of ``mail``."""
    return OutboundSettings(
        enabled=mail.outbound != "off",
        first_retry=mail.first_retry,
        longest_retry=mail.longest_retry,
        expiry=mail.expiry,
        notice=mail.delay_notice,
    )


async def listen_smtp(stack: AsyncExitStack, ground: Ground, places: Places, exchange: Exchange) -> None:
    """Take mail from other servers and from people, until ``stack`` is closed. Raises ``OSError``."""
    address, ports, host = ground.site.listen.address, places.ports, ground.site.host_names.mail
    limit = ground.site.mail.max_message
    pem = await asyncio.to_thread(ground.certificates.listener, [*places.hosts, address])
    context = tls.server_context(pem, pem)
    door = SmtpDoor(exchange, host, limit)
    incoming = SmtpServer(host, lambda: door, limit, context)
    sign_in = SmtpSignIn(ground.passwords)
    people = SmtpServer(host, lambda: Submission(exchange, sign_in, host, limit), limit, context, submission=True)
    for server, port, implicit in (
        (incoming, ports.smtp, False),
        (people, ports.submission, False),
        (people, ports.submissions, True),
    ):
        if port is not None:
            await server.listen(address, port, implicit=implicit)
    stack.push_async_callback(incoming.close)
    stack.push_async_callback(people.close)


async def open_outbound(stack: AsyncExitStack, ground: Ground, exchange: Exchange) -> None:
    """Send until ``stack`` is closed, where the site sends mail. Raises ``Failure`` where a password is missing."""
    mail = ground.site.mail
    if mail.outbound == "off":
        return
    host = ground.site.host_names.mail
    client = await asyncio.to_thread(_client, ground, mail, host)
    # One server a folder (``only_server``), so this name is one server's in all its lives.
    owner = f"{socket.gethostname()}:{ground.folder.resolve()}"
    sender = MailSender(exchange, client, ground.feed, host, owner, mail.connections)
    stack.push_async_callback(sender.close)
    await sender.start()


def _client(ground: Ground, mail: Mail, host: str) -> SmtpClient:
    authority = ground.certificates.authority_file
    encryption = Encryption(mail.tls, tls.client_context(authority), tls.unchecked_client_context())
    place = mail.smarthost_place
    if mail.outbound == "smarthost" and place is not None:
        return Smarthost(host, *place, encryption, _credentials(ground.folder, mail))
    return DirectMail(host, MailExchangers(host), encryption)


def _credentials(folder: Path, mail: Mail) -> Credentials | None:
    if not mail.smarthost_user:
        return None
    if mail.smarthost_password_file:
        lines = (folder / mail.smarthost_password_file).read_text("utf-8").splitlines()
        password, place = (lines[0] if lines else ""), mail.smarthost_password_file
    else:
        password, place = os.environ.get(_PASSWORD, ""), f"the environment ({_PASSWORD})"
    if not password:
        raise Failure("NoPassword", f"the password of mail.smarthost_user is missing: put it into {place}")
    return Credentials(mail.smarthost_user, password)
