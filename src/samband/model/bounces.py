"""Reports of mail that could not be delivered [RFC3464]."""

from __future__ import annotations

import html
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from samband.model import bodies
from samband.model.item_requests import Draft
from samband.model.item_values import Body, BodyKind, EmailAddress, Importance
from samband.model.items import ItemKind, MessageProperties

ITEM_CLASS = "REPORT.IPM.Note.NDR"

UNKNOWN = "550 5.1.1 There is no mailbox of this address here."
NO_ROUTE = "550 5.4.4 This server does not send mail to other organisations."
NO_ADDRESS = "553 5.1.3 This is no mail address."


class Undelivered(NamedTuple):
    """A recipient who did not get a message, and why."""

    recipient: EmailAddress
    reason: str


def report(
    message: MessageProperties, undelivered: Sequence[Undelivered], postmaster: EmailAddress, now: datetime
) -> MessageProperties:
    """What the sender of ``message`` gets."""
    people = "".join(
        f"<p><b>{html.escape(one.recipient.name or one.recipient.address)}</b> "
        f"({html.escape(one.recipient.address)})<br>{html.escape(one.reason)}</p>"
        for one in undelivered
    )
    body = Body(
        BodyKind.HTML,
        "<html><body><p>Your message was not delivered to these recipients:</p>"
        f"{people}<p>Subject: {html.escape(message.subject)}</p></body></html>",
    )
    sender = message.from_ or message.sender
    return MessageProperties(
        subject=f"Undeliverable: {message.subject}",
        body=body,
        preview=bodies.preview(body),
        importance=Importance.NORMAL,
        from_=postmaster,
        sender=postmaster,
        to_recipients=(sender,) if sender is not None else (),
        date_time_sent=now,
        in_reply_to=message.internet_message_id,
        references=" ".join(part for part in (message.references, message.internet_message_id) if part),
        internet_message_id=_report_id(message, postmaster),
        conversation=message.conversation,
        conversation_topic=message.conversation_topic,
    )


def _report_id(message: MessageProperties, postmaster: EmailAddress) -> str:
    """Unlike that of any other message, and the same for the same message."""
    left = message.internet_message_id.strip("<>").replace("@", ".")
    return f"<ndr.{left}@{postmaster.address.rpartition('@')[2]}>"


def draft(properties: MessageProperties) -> Draft:
    """A report as something to be delivered."""
    return Draft(kind=ItemKind.MESSAGE, item_class=ITEM_CLASS, properties=properties)
