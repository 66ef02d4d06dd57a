"""What an SMTP listener asks about mail from other servers: may it come in, and here it is [RFC5321].

Replies are whole SMTP replies. A message is accepted (250) only once it is on disk in every recipient's mailbox, so
nothing that was accepted here is undeliverable afterwards.
"""

from __future__ import annotations

import logging

from samband.exchange.actions.exchange import Exchange
from samband.exchange.smtp.arrivals import (
    ACCEPTED,
    LATER,
    MAX_RECIPIENTS,
    TOO_MANY,
    drafted,
    fault,
    receipt,
    received,
    traced,
)
from samband.model.item_requests import Draft
from samband.model.people import Person
from samband.wire.mime.building import with_fields
from samband.wire.smtp import Envelope

log = logging.getLogger(__name__)

UNKNOWN = "550 5.1.1 There is no mailbox of this address here"
NO_RELAY = "550 5.7.1 This server takes no mail for other organisations"
NO_RECIPIENT = "554 5.5.1 No valid recipients"
GONE = "451 4.2.1 A recipient's mailbox went away meanwhile, name the recipients again"
NO_SIGN_IN = "503 5.5.1 Nobody signs in here; people send their mail at the submission port"


class SmtpDoor:
    """Takes mail for the mailboxes of this organisation, and none for anybody else. ``host`` is its own name, ``limit``
    how many bytes a message may have."""

    def __init__(self, exchange: Exchange, host: str, limit: int) -> None:
        self._exchange = exchange
        self._limit = limit
        self.host = host

    @property
    def reports(self) -> bool:
        """Who asks for reports must be able to get them: only where mail goes out too."""
        return self._exchange.settings.outbound.enabled

    async def sign_in(self, login: str, password: str, peer: str) -> str:
        """See ``samband.wire.smtp.SmtpListener``."""
        return NO_SIGN_IN

    def sender(self, address: str) -> str:
        """The reply to ``MAIL FROM``: anybody may write."""
        return "250 2.1.0 Sender ok"

    def recipient(self, address: str, so_far: int = 0) -> str:
        """The reply to ``RCPT TO``; ``so_far`` recipients were accepted before."""
        if so_far >= MAX_RECIPIENTS:
            return TOO_MANY
        if self._exchange.delivery.people(address):
            return "250 2.1.5 Recipient ok"
        return UNKNOWN if self._exchange.delivery.is_local(address) else NO_RELAY

    async def message(self, envelope: Envelope, content: bytes) -> str:
        """The reply to a whole message. Never raises for what a client sent."""
        refusal = fault(content, self._limit)
        if refusal:
            return refusal
        people = {one.address: self._exchange.delivery.people(one.address) for one in envelope.recipients}
        if not any(people.values()):
            return NO_RECIPIENT
        if not all(people.values()):
            return GONE
        trace = [("Return-Path", f"<{traced(envelope.sender)}>"), received(envelope, self.host, self._exchange)]
        draft = await drafted(self._exchange, with_fields(content, trace))
        everybody = {one.msExchMailboxGuid: one for found in people.values() for one in found}
        return await self._kept(envelope, list(everybody.values()), draft)

    async def _kept(self, envelope: Envelope, people: list[Person], draft: Draft) -> str:
        report = receipt(self._exchange, self.host, envelope, draft, envelope.recipients)
        try:
            await self._exchange.delivery.receive(people, draft, report, envelope.sender)
        except Exception:
            log.exception("a message from %s could not be kept", envelope.peer)
            return LATER
        return ACCEPTED
