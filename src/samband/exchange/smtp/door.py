"""What an SMTP listener asks: may mail for an address come in, and here is a message [RFC5321].

Replies are whole SMTP replies. A message is accepted (250) only once it is on disk in every recipient's mailbox.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.utils import format_datetime

from samband.exchange.actions.exchange import Exchange
from samband.exchange.messages import draft_of_mime
from samband.model.people import Person
from samband.wire.mime.building import with_fields
from samband.wire.mime.words import clean

log = logging.getLogger(__name__)

MAX_MESSAGE = 35 * 1024 * 1024
"""Bytes of one message, as the listener announces it."""
MAX_RECIPIENTS = 500
MAX_HOPS = 100
"""A message that was received more often than this goes round in circles [RFC5321 6.3]."""
_LARGE = 64 * 1024

ACCEPTED = "250 2.0.0 Message accepted"
UNKNOWN = "550 5.1.1 There is no mailbox of this address here"
TOO_MANY = "452 4.5.3 Too many recipients"
NO_RECIPIENT = "554 5.5.1 No valid recipients"
LOOP = "554 5.4.6 Too many hops"
TOO_LARGE = "552 5.3.4 The message is too large"
LATER = "451 4.3.0 The message cannot be kept now, try again later"

_HOP = re.compile(rb"^received[ \t]*:", re.IGNORECASE | re.MULTILINE)
_UNSAFE = re.compile(r"[^!-~ ]+")


@dataclass(frozen=True, slots=True)
class Envelope:
    """What the client said before the message. ``peer`` is its address, ``sender`` empty for a report."""

    peer: str
    helo: str
    sender: str
    recipients: tuple[str, ...]
    protocol: str = "ESMTP"


class SmtpDoor:
    """Takes mail for the mailboxes of this organisation, and none for anybody else. ``host`` is its own name."""

    def __init__(self, exchange: Exchange, host: str) -> None:
        self._exchange = exchange
        self.host = host

    def recipient(self, address: str, so_far: int = 0) -> str:
        """The reply to ``RCPT TO``; ``so_far`` recipients were accepted before."""
        if so_far >= MAX_RECIPIENTS:
            return TOO_MANY
        return "250 2.1.5 Recipient ok" if self._exchange.delivery.people(address) else UNKNOWN

    async def take(
        self, peer: str, helo: str, sender: str, recipients: tuple[str, ...], protocol: str, content: bytes
    ) -> str:
        """``message``, in the form in which a listener calls it."""
        return await self.message(Envelope(peer, helo, sender, recipients, protocol), content)

    async def message(self, envelope: Envelope, content: bytes) -> str:
        """The reply to a whole message. Never raises for what a client sent."""
        if len(content) > MAX_MESSAGE:
            return TOO_LARGE
        people = self._people(envelope.recipients)
        if not people:
            return NO_RECIPIENT
        if len(_HOP.findall(content[: content.find(b"\r\n\r\n") + 1 or _LARGE])) > MAX_HOPS:
            return LOOP
        content = with_fields(content, self._trace(envelope))
        if len(content) > _LARGE:
            draft = await asyncio.to_thread(draft_of_mime, content)
        else:
            draft = draft_of_mime(content)
        try:
            await self._exchange.delivery.receive(people, draft)
        except Exception:
            log.exception("a message from %s could not be kept", envelope.peer)
            return LATER
        return ACCEPTED

    def _people(self, addresses: Sequence[str]) -> list[Person]:
        found = [person for address in addresses for person in self._exchange.delivery.people(address)]
        return list({person.msExchMailboxGuid: person for person in found}.values())

    def _trace(self, envelope: Envelope) -> list[tuple[str, str]]:
        """The fields that say how the message came [RFC5321 4.4]."""
        said = {
            name: _UNSAFE.sub("", clean(value))[:256]
            for name, value in (("helo", envelope.helo), ("peer", envelope.peer), ("sender", envelope.sender))
        }
        when = format_datetime(self._exchange.clock())
        return [
            ("Return-Path", f"<{said['sender']}>"),
            ("Received", f"from {said['helo']} ([{said['peer']}])\r\n by {self.host} with {envelope.protocol}; {when}"),
        ]
