"""Receipts: a message was delivered, was read, or was deleted unread [RFC3464], [RFC8098]."""

from __future__ import annotations

import html
from email.utils import getaddresses
from enum import StrEnum

from samband.model import automatic, bodies
from samband.model.item_properties import MAX_SUBJECT, MessageProperties
from samband.model.item_values import Body, BodyKind, EmailAddress, Receipt


class Reported(StrEnum):
    """What happened to a message: the words of the Action and the Disposition field."""

    DELIVERED = "delivered"
    DISPLAYED = "displayed"
    DELETED = "deleted"


ITEM_CLASSES = {
    Reported.DELIVERED: "REPORT.IPM.Note.DR",
    Reported.DISPLAYED: "REPORT.IPM.Note.IPNRN",
    Reported.DELETED: "REPORT.IPM.Note.IPNNRN",
}
_SUBJECTS = {Reported.DELIVERED: "Delivered: ", Reported.DISPLAYED: "Read: ", Reported.DELETED: "Not read: "}
_SENTENCES = {
    Reported.DELIVERED: "Your message was delivered to these recipients:",
    Reported.DISPLAYED: "Your message was read by:",
    Reported.DELETED: "Your message was deleted without being read by:",
}


def wants_one(message: MessageProperties) -> bool:
    """Whether a read receipt of ``message`` is still wanted."""
    return message.is_read_receipt_requested and not message.is_read_receipt_settled


def reader_wanted(message: MessageProperties, item_class: str) -> EmailAddress | None:
    """Who wants to know whether ``message`` was read; None where nobody does, or only its reader may say so.

    A message from outside that wants receipts sent to somebody else than itself came from gets none by itself
    [RFC8098 2.1].
    """
    if not wants_one(message) or message.is_from_me or message.is_draft:
        return None
    if automatic.is_automatic(message, item_class) or automatic.suppresses(message, "RN"):
        return None
    wanted = getaddresses(automatic.headers(message, "Disposition-Notification-To"))
    if not wanted:
        return message.from_ or message.sender
    came = [value.strip("<>").lower() for value in automatic.headers(message, "Return-Path")[:1]]
    name, address = wanted[0]
    alone = len(wanted) == 1 and "@" in address and (not came or came == [address.lower()])
    return EmailAddress(name, address) if alone else None


def report(original: MessageProperties, what: Reported, recipients: tuple[EmailAddress, ...]) -> MessageProperties:
    """What whoever wanted a receipt of ``original`` gets, without its sender."""
    people = "".join(
        f"<p><b>{html.escape(one.name or one.address)}</b> ({html.escape(one.address)})</p>" for one in recipients
    )
    body = Body(
        BodyKind.HTML,
        f"<html><body><p>{_SENTENCES[what]}</p>{people}<p>Subject: {html.escape(original.subject)}</p></body></html>",
    )
    start = MessageProperties(
        subject=(_SUBJECTS[what] + original.subject)[:MAX_SUBJECT],
        body=body,
        preview=bodies.preview(body),
        in_reply_to=original.internet_message_id,
        references=" ".join(part for part in (original.references, original.internet_message_id) if part),
        conversation=original.conversation,
        conversation_topic=original.conversation_topic,
        receipt=Receipt(
            what=what.value,
            recipients=tuple(one.address for one in recipients),
            message_id=original.internet_message_id,
            sent=original.date_time_sent,
        ),
    )
    return automatic.marked(start, ("Auto-Submitted", "auto-replied"), (automatic.SUPPRESS, "All"))
