"""Messages between MIME and items: what a message that came says of an item, and an item written as a message.

Stored MIME never has the field ``Bcc``: blind recipients stand in the item's properties, and come back into the MIME
that the item's owner reads.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import datetime, tzinfo
from typing import Any

import msgspec

from samband.exchange.ical import message_calendar
from samband.exchange.imip import meeting_draft
from samband.exchange.receipts import receipt_mime, report_class
from samband.model import conversations
from samband.model.item_properties import MAX_SUBJECT
from samband.model.item_requests import Draft, DraftAttachment
from samband.model.item_values import Body, BodyKind, EmailAddress, Importance, Sensitivity
from samband.model.items import (
    PROPERTIES,
    Attachment,
    CalendarProperties,
    Item,
    ItemKind,
    ItemProperties,
    MeetingMessageProperties,
    MessageProperties,
)
from samband.wire.mime.building import BuiltFile, build, date, people, plain, token, with_fields, without_fields
from samband.wire.mime.parsing import ParsedMessage, ParsedPart, Person, parse_message

Unpack = Callable[[bytes], tuple[Item, Sequence[tuple[Attachment, bytes]], bytes]]
"""An item in the content of an item attachment, what hangs on it in turn, and its MIME where it came as such."""

_BCC = frozenset({b"bcc"})
_IMPORTANCE = {"high": Importance.HIGH, "low": Importance.LOW}
_SENSITIVITY = {
    "personal": Sensitivity.PERSONAL,
    "private": Sensitivity.PRIVATE,
    "company-confidential": Sensitivity.CONFIDENTIAL,
}
_SENSITIVITY_WORDS = {value: word.title() for word, value in _SENSITIVITY.items()}
_SIGNED = "IPM.Note.SMIME.MultipartSigned"
_ENCRYPTED = "IPM.Note.SMIME"
_REWRITTEN_NAMES = """
    from sender to cc bcc reply-to subject date message-id in-reply-to references mime-version importance priority
    x-priority sensitivity disposition-notification-to return-receipt-to thread-topic thread-index
"""
_REWRITTEN = frozenset(_REWRITTEN_NAMES.split())
"""Header fields that a message written anew says by its item's properties."""


def _people(found: Sequence[Person]) -> tuple[EmailAddress, ...]:
    return tuple(EmailAddress(name, address) for name, address in found)


def _person(found: Sequence[Person]) -> EmailAddress | None:
    return EmailAddress(*found[0]) if found else None


def draft_of_mime(content: bytes, kind: ItemKind = ItemKind.MESSAGE) -> Draft:
    """What a message says, as an item of ``kind`` to be made. Never fails, whatever the message is."""
    stored = without_fields(content, _BCC)
    draft = _draft(parse_message(content), kind)
    return msgspec.structs.replace(draft, mime=stored)


def arrival_of_mime(content: bytes, zone: tzinfo) -> Draft:
    """What a message says that came by mail: one about a meeting is that [RFC6047]. Never fails.

    Times in calendars that name no zone are in ``zone``.
    """
    parsed = parse_message(content)
    draft = msgspec.structs.replace(_draft(parsed, ItemKind.MESSAGE), mime=without_fields(content, _BCC))
    return meeting_draft(draft, parsed.calendar, parsed.method, zone) if parsed.calendar else draft


def _draft(parsed: ParsedMessage, kind: ItemKind) -> Draft:
    record = PROPERTIES[kind]
    values = _common(parsed)
    if issubclass(record, MessageProperties):
        values.update(_message_values(parsed))
    return Draft(
        kind=kind,
        item_class=_item_class(parsed) if kind is ItemKind.MESSAGE else "",
        properties=record(**values),
        attachments=tuple(_attachment(part) for part in parsed.parts),
        given=frozenset(values),
    )


def _item_class(parsed: ParsedMessage) -> str:
    if parsed.content_type == "multipart/signed":
        return _SIGNED
    if parsed.content_type in ("application/pkcs7-mime", "application/x-pkcs7-mime"):
        return _SIGNED if parsed.smime_type == "signed-data" else _ENCRYPTED
    return report_class(parsed.report)


def _common(parsed: ParsedMessage) -> dict[str, Any]:
    values: dict[str, Any] = {
        "subject": parsed.text("subject")[:MAX_SUBJECT],
        "internet_headers": tuple(parsed.fields),
        "date_time_sent": parsed.when("date"),
        "in_reply_to": parsed.text("in-reply-to"),
        "sensitivity": _SENSITIVITY.get(parsed.text("sensitivity").lower(), Sensitivity.NORMAL),
        "importance": _importance(parsed),
    }
    if parsed.body is not None:
        values["body"] = Body(BodyKind.HTML if parsed.html else BodyKind.TEXT, parsed.body)
    return values


def _importance(parsed: ParsedMessage) -> Importance:
    said = _IMPORTANCE.get(parsed.text("importance").lower())
    if said is not None:
        return said
    priority = parsed.text("x-priority")[:1]
    if priority in ("1", "2"):
        return Importance.HIGH
    return Importance.LOW if priority in ("4", "5") else Importance.NORMAL


def _message_values(parsed: ParsedMessage) -> dict[str, Any]:
    sender = _person(parsed.people("sender"))
    author = _person(parsed.people("from"))
    return {
        "from_": author or sender,
        "sender": sender or author,
        "to_recipients": _people(parsed.people("to")),
        "cc_recipients": _people(parsed.people("cc")),
        "bcc_recipients": _people(parsed.people("bcc")),
        "reply_to": _people(parsed.people("reply-to")),
        "internet_message_id": parsed.text("message-id"),
        "references": parsed.text("references"),
        "conversation_topic": parsed.text("thread-topic")[:MAX_SUBJECT],
        "conversation_index": _index(parsed.text("thread-index")),
        "is_read_receipt_requested": bool(parsed.people("disposition-notification-to")),
        "is_delivery_receipt_requested": bool(parsed.people("return-receipt-to")),
    }


def _index(text: str) -> bytes:
    """A ConversationIndex as header fields have it; empty where it is none."""
    try:
        index = base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        return b""
    return index if conversations.of_index(index) else b""


def _attachment(part: ParsedPart) -> DraftAttachment:
    head = Attachment(
        id=0,
        name=part.name,
        content_type=part.content_type,
        content_id=part.content_id,
        content_location=part.content_location,
        is_inline=part.inline,
    )
    if part.message is None:
        return DraftAttachment(head, part.content)
    return DraftAttachment(head, item=_draft(part.message, ItemKind.MESSAGE))


def over_mime(
    draft: Draft,
    said: ItemProperties,
    names: frozenset[str],
    item_class: str,
    files: tuple[DraftAttachment, ...],
) -> Draft:
    """``draft``, made of MIME, with what the client said besides: ``names`` of ``said``, a class, more attachments.

    Where it says something else than the MIME does, the MIME is dropped, to be written anew.
    """
    changes = {name: getattr(said, name) for name in names}
    other = any(getattr(draft.properties, name) != value for name, value in changes.items() if name in IN_MIME)
    return msgspec.structs.replace(
        draft,
        item_class=item_class or draft.item_class,
        properties=msgspec.structs.replace(draft.properties, **changes),
        attachments=draft.attachments + files,
        mime=b"" if other or files else draft.mime,
        given=draft.given | names,
    )


_IN_MIME_NAMES = """
    subject body from_ sender to_recipients cc_recipients reply_to internet_message_id references in_reply_to
    importance sensitivity is_read_receipt_requested is_delivery_receipt_requested
"""
IN_MIME = frozenset(_IN_MIME_NAMES.split())
"""Properties that a message says itself."""


def mime_of(item: Item, files: Sequence[tuple[Attachment, bytes]], kept: bytes, unpack: Unpack) -> bytes:
    """``item`` as a message: ``kept`` as it came, where it did, else written with ``files``."""
    if not kept:
        return _written(item, files, unpack)
    blind = getattr(item.properties, "bcc_recipients", ())
    return with_fields(kept, [("Bcc", people(_pairs(blind)))]) if blind else kept


def _pairs(values: Sequence[EmailAddress]) -> list[Person]:
    return [(value.name, value.address) for value in values]


def _written(item: Item, files: Sequence[tuple[Attachment, bytes]], unpack: Unpack) -> bytes:
    own = item.properties
    if isinstance(own, MessageProperties) and own.receipt is not None:
        return receipt_mime(own, own.receipt, _fields(item))
    text, html = own.text_body, None
    if own.body is not None and own.body.kind is BodyKind.HTML:
        html = own.body.content
    return build(
        _fields(item),
        None if text is None else text.content,
        html,
        [_file(head, content, unpack) for head, content in files if head.reference is None],
        *(message_calendar(own) if isinstance(own, MeetingMessageProperties) else ()),
    )


def _file(head: Attachment, content: bytes, unpack: Unpack) -> BuiltFile:
    if head.kind is None:
        return BuiltFile(head.name, head.content_type, content, head.content_id, head.is_inline)
    inner, files, kept = unpack(content)
    return BuiltFile(head.name, "message/rfc822", mime_of(inner, files, kept, unpack), message=True)


def _fields(item: Item) -> list[tuple[str, str]]:
    own = item.properties
    fields = [
        (name, plain(value))
        for name, value in own.internet_headers
        if name.lower() not in _REWRITTEN and not name.lower().startswith("content-")
    ]
    fields += _said(own)
    if own.importance is not Importance.NORMAL:
        fields.append(("Importance", own.importance.value))
    if own.sensitivity is not Sensitivity.NORMAL:
        fields.append(("Sensitivity", _SENSITIVITY_WORDS[own.sensitivity]))
    return [(name, value) for name, value in fields if value]


def _said(own: ItemProperties) -> list[tuple[str, str]]:
    fields = [("Date", _date(own.date_time_sent or own.date_time_created))]
    if isinstance(own, MessageProperties):
        fields += _message_fields(own)
    elif isinstance(own, CalendarProperties) and own.organizer is not None:
        fields.append(("From", people(_pairs([own.organizer]))))
    return [*fields, ("Subject", plain(own.subject)), ("In-Reply-To", token(own.in_reply_to))]


def _message_fields(own: MessageProperties) -> list[tuple[str, str]]:
    author = own.from_ or own.sender
    fields = [("From", people(_pairs([author])) if author is not None else "")]
    if own.sender is not None and author is not None and own.sender.address != author.address:
        fields.append(("Sender", people(_pairs([own.sender]))))
    fields += [
        ("To", people(_pairs(own.to_recipients))),
        ("Cc", people(_pairs(own.cc_recipients))),
        ("Bcc", people(_pairs(own.bcc_recipients))),
        ("Reply-To", people(_pairs(own.reply_to))),
        ("Message-ID", token(own.internet_message_id)),
        ("References", token(own.references)),
        ("Thread-Topic", plain(own.conversation_topic)),
        ("Thread-Index", token(base64.b64encode(own.conversation_index).decode("ascii"))),
    ]
    if own.is_read_receipt_requested and author is not None:
        fields.append(("Disposition-Notification-To", people(_pairs([author]))))
    if own.is_delivery_receipt_requested and author is not None:
        fields.append(("Return-Receipt-To", people(_pairs([author]))))
    return fields


def _date(moment: datetime | None) -> str:
    return "" if moment is None else date(moment)
