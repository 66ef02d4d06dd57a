"""Submission [RFC6409]: people of the organisation send their mail, to anybody, once they have said who they are."""

from __future__ import annotations

import logging
from dataclasses import replace

import msgspec

from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.making import address_of
from samband.exchange.smtp.arrivals import ACCEPTED, LATER, MAX_RECIPIENTS, TOO_MANY, drafted, fault, receipt, received
from samband.model.caller import Caller
from samband.model.item_values import EmailAddress
from samband.model.items import MessageProperties
from samband.model.outbound import Outside
from samband.model.people import Person
from samband.model.rights import Right
from samband.trust.expiry import Expired
from samband.trust.passwords import Busy
from samband.trust.smtp import SmtpSignIn
from samband.wire.mime.building import Field, date, field_names, people, with_fields
from samband.wire.smtp import Envelope

log = logging.getLogger(__name__)

_METHOD = "basic"
NOT_YOU = "550 5.7.60 Client does not have permissions to send as this sender"
WRONG = "535 5.7.8 Login or password is wrong"
EXPIRED = "535 5.7.8 The password has expired: set a new one"
BUSY = "454 4.7.0 No sign-in can be checked now, try again later"
FIRST = "530 5.7.0 Say who you are first"


class Submission:
    """One conversation. ``host`` is the server's name, ``limit`` how many bytes a message may have."""

    reports = True

    def __init__(self, exchange: Exchange, sign_in: SmtpSignIn, host: str, limit: int) -> None:
        self._exchange = exchange
        self._sign_in = sign_in
        self._host = host
        self._limit = limit
        self._person: Person | None = None

    async def sign_in(self, login: str, password: str, peer: str) -> str:
        """See ``samband.wire.smtp.SmtpListener``."""
        try:
            person = await self._sign_in.check(login, password, peer)
        except Busy:
            return BUSY
        except Expired:
            return EXPIRED
        if person is None or not person.msExchMailboxGuid:
            return WRONG
        self._person = person
        return "235 2.7.0 Signed in"

    def _may_send_as(self, address: str) -> bool:
        person = self._person
        if person is None:
            return False
        if address.lower() in {own.lower() for own in person.smtp_addresses}:
            return True
        other = self._exchange.delivery.person(address)
        caller = Caller(person, _METHOD)
        return other is not None and self._exchange.rights.has(caller, Right.SEND_AS, other.msExchMailboxGuid)

    def sender(self, address: str) -> str:
        """The reply to ``MAIL FROM``: an address of one's own, or nobody's, which is for receipts."""
        if self._person is None:
            return FIRST
        return "250 2.1.0 Sender ok" if not address or self._may_send_as(address) else NOT_YOU

    def recipient(self, address: str, so_far: int) -> str:
        """The reply to ``RCPT TO``."""
        if so_far >= MAX_RECIPIENTS:
            return TOO_MANY
        refusal = self._exchange.delivery.refusal(EmailAddress("", address))
        return refusal.removesuffix(".") if refusal else "250 2.1.5 Recipient ok"

    async def message(self, envelope: Envelope, content: bytes) -> str:
        """The reply to a whole message. Never raises for what a client sent."""
        if self._person is None:
            return FIRST
        refusal = fault(content, self._limit)
        if refusal:
            return refusal
        written = (await drafted(self._exchange, content)).properties
        authors = (written.from_, written.sender) if isinstance(written, MessageProperties) else ()
        if not all(one is None or self._may_send_as(one.address) for one in authors):
            return NOT_YOU
        trace = [received(envelope, self._host, self._exchange), *self._missing(content, self._person)]
        try:
            await self._post(envelope, with_fields(content, trace), self._person)
        except Exception:
            log.exception("a message of %s could not be kept", self._person.primary_smtp)
            return LATER
        return ACCEPTED

    def _missing(self, content: bytes, person: Person) -> list[Field]:
        """The fields that every message must have, where it has not [RFC6409 8]."""
        there, me, now = field_names(content), address_of(person), self._exchange.maker.now()
        wanted = [
            ("From", people([(me.name, me.address)])),
            ("Date", date(now)),
            ("Message-ID", self._exchange.maker.message_id(person)),
        ]
        return [(name, value) for name, value in wanted if name.lower() not in there]

    async def _post(self, envelope: Envelope, content: bytes, person: Person) -> None:
        draft = await drafted(self._exchange, content)
        properties = draft.properties
        if isinstance(properties, MessageProperties):
            draft = msgspec.structs.replace(draft, properties=msgspec.structs.replace(properties, bcc_recipients=()))
        named = {one.address.lower(): one for one in envelope.recipients}
        route = await self._exchange.delivery.route([EmailAddress("", one.address) for one in named.values()], person)
        wished = [named[one.recipient.address.lower()] for one in route.out.recipients]
        outside = tuple(
            Outside(one.recipient, wish.notify, wish.original)
            for one, wish in zip(route.out.recipients, wished, strict=True)
        )
        out = replace(
            route.out,
            recipients=outside,
            sender=envelope.sender,
            ret=envelope.ret,
            envelope_id=envelope.envelope_id,
        )
        missed = {one.recipient.address.lower() for one in route.undelivered}
        here = [one for key, one in named.items() if one not in wished and key not in missed]
        report = receipt(self._exchange, self._host, envelope, draft, here)
        await self._exchange.delivery.post(replace(route, out=out), draft, report, envelope.sender)
