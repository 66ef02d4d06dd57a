"""Answers that somebody is out of office, each sender's once while it lasts [MS-OXWOOF], [RFC3834]."""

from __future__ import annotations

import re
from datetime import datetime

from samband.exchange.actions.automatic import AutomaticMail
from samband.exchange.actions.delivery import Incoming
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.routing import Letter, Routing
from samband.model import automatic, bodies
from samband.model.item_properties import MAX_SUBJECT
from samband.model.item_values import Body, BodyKind
from samband.model.items import ContactProperties, MessageProperties
from samband.model.oof import ExternalAudience, OofSettings
from samband.store import item_lists
from samband.store import oof as rows
from samband.store.api import Tx, WriteTx

_MARKUP = re.compile(r"<[a-z!/][^<>]*>", re.IGNORECASE)
_BLANK = "\ufeff \t\r\n"


class OofReplies:
    """Writes them, and remembers who got one."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, mail: AutomaticMail, routing: Routing) -> None:
        self._blobs = base.store.blobs
        self._routing = routing
        self._mailboxes = mailboxes
        self._mail = mail

    def to(self, tx: WriteTx, incoming: Incoming, now: datetime) -> list[Letter]:
        """The answer to a message that comes into an inbox, or nothing."""
        mailbox, sender = incoming.stop.mailbox, incoming.sender
        settings = rows.get(tx, mailbox)
        if not settings.is_out(now) or not self._mail.may_answer(incoming, "OOF"):
            return []
        body = _body(self._reply(tx, mailbox, sender, settings))
        if body is None or not rows.remember_answer(tx, mailbox, sender):
            return []
        subject = f"Automatic reply: {incoming.received.subject}"[:MAX_SUBJECT]
        wish = MessageProperties(subject=subject, body=body)
        return [self._mail.answer(incoming, wish, automatic.OOF_CLASS, now)]

    def _reply(self, tx: Tx, mailbox: str, sender: str, settings: OofSettings) -> str:
        """What ``sender`` is told; empty for nothing."""
        if self._routing.person(sender) is not None or self._routing.is_local(sender):
            return settings.internal_reply
        if settings.audience is ExternalAudience.ALL:
            return settings.external_reply
        known = settings.audience is ExternalAudience.KNOWN and self._is_known(tx, mailbox, sender)
        return settings.external_reply if known else ""

    def _is_known(self, tx: Tx, mailbox: str, sender: str) -> bool:
        """Whether ``sender`` is among the contacts of a mailbox."""
        folder = self._mailboxes.default(tx, mailbox, "contacts")
        lowered = sender.lower()
        return any(
            one.address.lower() == lowered
            for item in item_lists.in_folder(tx, self._blobs, folder)
            if isinstance(item.properties, ContactProperties)
            for one in item.properties.email_addresses.values()
        )


def _body(text: str) -> Body | None:
    """What an owner wrote, which some clients write as HTML; None where that says nothing."""
    text = text.strip(_BLANK)
    body = Body(BodyKind.HTML if _MARKUP.search(text) else BodyKind.TEXT, text)
    words = bodies.as_kind(body, BodyKind.TEXT).content.strip(_BLANK)
    return body if words else None
