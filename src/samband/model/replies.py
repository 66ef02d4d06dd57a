"""What an answer to a message, or a forward of it, starts as."""

from __future__ import annotations

import html
from collections.abc import Collection
from datetime import datetime

import msgspec

from samband.model import conversations
from samband.model.item_properties import MAX_SUBJECT
from samband.model.item_requests import ResponseKind
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import ItemProperties, MessageProperties, PostItemProperties

_PREFIXES = {ResponseKind.FORWARD: "FW: "}


def start(
    kind: ResponseKind,
    original: ItemProperties,
    draft: MessageProperties,
    *,
    new_body: bool,
    me: Collection[str],
    at: datetime,
) -> MessageProperties:
    """The message that answers or forwards ``original`` as ``draft`` says; ``me`` are the addresses of the answerer.

    What the draft says stands: recipients, subject, body. The original follows a new body.
    """
    sender = getattr(original, "from_", None) or getattr(original, "organizer", None)
    body = _with_original(draft.body, original, sender) if new_body or draft.body is None else draft.body
    message_id = getattr(original, "internet_message_id", "")
    references = " ".join([*conversations.message_ids(getattr(original, "references", "")), message_id]).strip()
    index = getattr(original, "conversation_index", b"")
    return msgspec.structs.replace(
        draft,
        subject=(draft.subject or _PREFIXES.get(kind, "RE: ") + conversations.topic(original.subject))[:MAX_SUBJECT],
        body=body,
        to_recipients=draft.to_recipients or _to(kind, original, sender),
        cc_recipients=draft.cc_recipients or _cc(kind, original, sender, me),
        in_reply_to="" if kind is ResponseKind.FORWARD else message_id,
        references=references,
        conversation=original.conversation,
        conversation_topic=getattr(original, "conversation_topic", "") or conversations.topic(original.subject),
        conversation_index=conversations.answer_index(index, at) if index else b"",
    )


def forwarded(subject: str) -> str:
    """The subject of a forward of a message with ``subject``."""
    return (_PREFIXES[ResponseKind.FORWARD] + conversations.topic(subject))[:MAX_SUBJECT]


def posted(answer: MessageProperties) -> PostItemProperties:
    """An answer to what was posted, to be posted in turn: nobody gets it by mail."""
    return PostItemProperties(
        subject=answer.subject,
        body=answer.body,
        in_reply_to=answer.in_reply_to,
        references=answer.references,
        conversation=answer.conversation,
        conversation_topic=answer.conversation_topic,
        conversation_index=answer.conversation_index,
    )


def _to(kind: ResponseKind, original: ItemProperties, sender: EmailAddress | None) -> tuple[EmailAddress, ...]:
    if kind is ResponseKind.FORWARD:
        return ()
    reply_to: tuple[EmailAddress, ...] = getattr(original, "reply_to", ())
    return reply_to or ((sender,) if sender is not None else ())


def _cc(
    kind: ResponseKind, original: ItemProperties, sender: EmailAddress | None, me: Collection[str]
) -> tuple[EmailAddress, ...]:
    """Everybody else who got the original, for an answer to all."""
    if kind is not ResponseKind.REPLY_ALL:
        return ()
    people: list[EmailAddress] = [*getattr(original, "to_recipients", ()), *getattr(original, "cc_recipients", ())]
    for attendees in ("required_attendees", "optional_attendees"):
        people += [attendee.mailbox for attendee in getattr(original, attendees, ())]
    seen = {address.lower() for address in me} | ({sender.address.lower()} if sender else set())
    found: dict[str, EmailAddress] = {}
    for person in people:
        lowered = person.address.lower()
        if lowered not in seen:
            found.setdefault(lowered, person)
    return tuple(found.values())


def _with_original(new: Body | None, original: ItemProperties, sender: EmailAddress | None) -> Body:
    lines = _head(original, sender)
    if (original.body is not None and original.body.kind is BodyKind.HTML) or (
        new is not None and new.kind is BodyKind.HTML
    ):
        above = "" if new is None else _fragment(new)
        below = original.body_as(BodyKind.HTML)
        head = "<br>".join(f"<b>{html.escape(name)}:</b> {html.escape(value)}" for name, value in lines)
        quoted = "" if below is None else below.content
        return Body(BodyKind.HTML, f"{above}<hr><div>{head}</div><br>{quoted}")
    head = "\r\n".join(f"{name}: {value}" for name, value in lines)
    quoted = original.body.content if original.body is not None else ""
    return Body(BodyKind.TEXT, f"{new.content if new else ''}\r\n\r\n{'_' * 32}\r\n{head}\r\n\r\n{quoted}")


def _fragment(new: Body) -> str:
    if new.kind is BodyKind.HTML:
        return new.content
    return "<div>" + html.escape(new.content, quote=False).replace("\r\n", "\n").replace("\n", "<br>") + "</div>"


def _head(original: ItemProperties, sender: EmailAddress | None) -> list[tuple[str, str]]:
    lines = []
    if sender is not None:
        lines.append(("From", f"{sender.name} <{sender.address}>" if sender.name else sender.address))
    if original.date_time_sent is not None:
        lines.append(("Sent", original.date_time_sent.strftime("%A, %d %B %Y %H:%M UTC")))
    for name, value in (("To", original.display_to), ("Cc", original.display_cc), ("Subject", original.subject)):
        if value:
            lines.append((name, value))
    return lines
