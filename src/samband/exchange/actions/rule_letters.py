"""What inbox rules send: forwards, redirected messages, replies. Each names in its header whose rule sent it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from email.utils import format_datetime

import msgspec

from samband.exchange.actions.automatic import AutomaticMail, own
from samband.exchange.actions.delivery import Incoming
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.routing import Letter
from samband.model import automatic, replies
from samband.model.item_requests import Draft, DraftAttachment, ResponseKind
from samband.model.item_values import EmailAddress
from samband.model.items import Attachment, MessageProperties
from samband.model.rule_running import How, Sending
from samband.store import attachments as hanging
from samband.store import items as rows
from samband.store.api import Tx

People = tuple[EmailAddress, ...]


class RuleLetters:
    """Writes what rules send."""

    def __init__(self, base: Foundation, mail: AutomaticMail) -> None:
        self._blobs = base.store.blobs
        self._mail = mail

    def of(self, tx: Tx, incoming: Incoming, sendings: Iterable[Sending], now: datetime) -> list[Letter]:
        """The letters that ``sendings`` ask for; none where the message was here before, or was sent on too often."""
        hops = automatic.hops(incoming.received)
        if not own(incoming).isdisjoint(hops) or len(hops) >= automatic.MAX_HOPS:
            return []
        found = []
        for sending in sendings:
            if sending.how is How.REPLY:
                found += self._replies(tx, incoming, sending.template, now)
            else:
                found += self._sent_on(incoming, sending, now)
        return found

    def _sent_on(self, incoming: Incoming, sending: Sending, now: datetime) -> list[Letter]:
        me = own(incoming)
        recipients = tuple(one for one in sending.recipients if one.address.lower() not in me)
        if not recipients:
            return []
        if sending.how is How.REDIRECT:
            draft = _redirected(incoming, recipients, now)
        else:
            draft = self._forward(incoming, recipients, sending.how is How.ATTACH, now)
        if not incoming.sender or automatic.is_automatic(incoming.received, self._mail.item_class(incoming)):
            return [Letter(recipients, draft)]  # Reports of reports would go round in circles.
        person = incoming.stop.person
        return [Letter(recipients, draft, person, person.primary_smtp)]

    def _forward(self, incoming: Incoming, recipients: People, as_attachment: bool, now: datetime) -> Draft:
        original = incoming.received
        if as_attachment:
            inner = msgspec.structs.replace(incoming.draft, properties=original)
            files: tuple[DraftAttachment, ...] = (DraftAttachment(Attachment(id=0, name=original.subject), item=inner),)
            start = MessageProperties(subject=replies.forwarded(original.subject), to_recipients=recipients)
        else:
            files = incoming.draft.attachments
            wish = MessageProperties(to_recipients=recipients)
            start = replies.start(ResponseKind.FORWARD, original, wish, new_body=False, me=(), at=now)
        person = incoming.stop.person
        hops = tuple((automatic.LOOP, hop) for hop in automatic.hops(original))
        message = automatic.marked(start, (automatic.LOOP, person.primary_smtp), *hops)
        message = msgspec.structs.replace(message, importance=original.importance, sensitivity=original.sensitivity)
        return self._mail.draft(message, person, now, files)

    def _replies(self, tx: Tx, incoming: Incoming, template: int, now: datetime) -> list[Letter]:
        said = rows.get(tx, self._blobs, template)
        if said is None or said.mailbox != incoming.stop.mailbox or not self._mail.may_answer(incoming, "AutoReply"):
            return []
        files = tuple(DraftAttachment(one.head, one.content) for one in hanging.contents(tx, self._blobs, said.id))
        wish = MessageProperties(subject=said.properties.subject, body=said.properties.body)
        return [self._mail.answer(incoming, wish, automatic.REPLY_CLASS, now, files)]


def _redirected(incoming: Incoming, recipients: People, now: datetime) -> Draft:
    """The message as it came, and that it was sent on [RFC5322 3.6.6]."""
    address = incoming.stop.person.primary_smtp
    return automatic.sent_on(
        incoming.draft,
        (automatic.LOOP, address),
        ("Resent-Date", format_datetime(now)),
        ("Resent-From", f"<{address}>"),
        ("Resent-To", ",\r\n ".join(f"<{one.address}>" for one in recipients)),
    )
