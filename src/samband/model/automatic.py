"""Mail that no person wrote just now, and what must not be answered by a machine [RFC3834 2]."""

from __future__ import annotations

from collections.abc import Collection, Iterable

import msgspec

from samband.model.item_requests import Draft
from samband.model.item_values import ExtendedValue
from samband.model.items import ItemProperties, MessageProperties

LOOP = "X-MS-Exchange-Inbox-Rules-Loop"
"""The header field that names, once each, the mailboxes whose rules sent a message on."""
MAX_HOPS = 3
"""How often rules send one message on."""
SUPPRESS = "X-Auto-Response-Suppress"
OOF_CLASS = "IPM.Note.Rules.OofTemplate.Microsoft"
REPLY_CLASS = "IPM.Note.Rules.ReplyTemplate.Microsoft"
_AUTO_FORWARDED = "0x0005:Boolean"
_AUTO_SUPPRESS = "0x3fdf:Integer"
_BITS = {"dr": 1, "ndr": 2, "rn": 4, "nrn": 8, "oof": 16, "autoreply": 32}
_LISTS = frozenset({"list-id", "list-help", "list-post", "list-subscribe", "list-unsubscribe", "list-owner"})
_NOBODY = ("mailer-daemon", "postmaster", "listserv", "majordomo", "noreply", "no-reply")


def headers(message: ItemProperties, name: str) -> list[str]:
    """The values of a header field, its ``name`` in any case."""
    lowered = name.lower()
    return [value.strip() for field, value in message.internet_headers if field.lower() == lowered]


def marked(message: MessageProperties, *fields: tuple[str, str]) -> MessageProperties:
    """``message`` with more header fields before its own."""
    return msgspec.structs.replace(message, internet_headers=(*fields, *message.internet_headers))


def sent_on(draft: Draft, *fields: tuple[str, str]) -> Draft:
    """A message with more header fields before its own, also in its MIME. Values are ASCII, folded where long."""
    properties = draft.properties
    if not isinstance(properties, MessageProperties):
        raise TypeError("only messages are sent on")
    unfolded = tuple((name, value.replace("\r\n", "")) for name, value in fields)
    head = "".join(f"{name}: {value}\r\n" for name, value in fields).encode("ascii", "replace")
    return msgspec.structs.replace(
        draft, properties=marked(properties, *unfolded), mime=head + draft.mime if draft.mime else b""
    )


def is_forward(message: MessageProperties) -> bool:
    """Whether a rule sent it on."""
    flag = message.extended.get(_AUTO_FORWARDED) == "true"
    return flag or bool(headers(message, LOOP)) or "true" in _lowered(headers(message, "autoforwarded"))


def is_reply(message: MessageProperties, item_class: str) -> bool:
    """Whether a machine answered with it."""
    answers = (OOF_CLASS, REPLY_CLASS, "IPM.Note.Rules.")
    said = any(value.startswith("auto-replied") for value in _lowered(headers(message, "auto-submitted")))
    return said or item_class.lower().startswith(tuple(one.lower() for one in answers))


def is_automatic(message: MessageProperties, item_class: str) -> bool:
    """Whether it says of itself that nobody wrote it: a reply, a report, mail of a program or a list."""
    if is_reply(message, item_class) or item_class.lower().startswith("report."):
        return True
    if any(not value.startswith("no") for value in _lowered(headers(message, "auto-submitted"))):
        return True
    bulk = {"bulk", "list", "junk"} & set(_lowered(headers(message, "precedence")))
    return bool(bulk) or any(field.lower() in _LISTS for field, _ in message.internet_headers)


def suppresses(message: MessageProperties, *what: str) -> bool:
    """Whether the sender wants none of ``what`` (``OOF``, ``AutoReply``, ``DR``, ``RN``, ``NRN``) [MS-OXCMAIL]."""
    said = {word.strip() for value in _lowered(headers(message, SUPPRESS)) for word in value.split(",")}
    bits = _number(message.extended.get(_AUTO_SUPPRESS))
    return any("all" in said or one.lower() in said or bool(bits & _BITS[one.lower()]) for one in what)


def may_answer(message: MessageProperties, item_class: str, sender: str, me: Collection[str]) -> bool:
    """Whether a machine may answer ``message``, which came to the mailbox with the addresses ``me`` from ``sender``.

    ``sender`` is that of the envelope. Nobody answers themselves, a report, a list, a program, or somebody who did
    not name the mailbox among the recipients.
    """
    lowered = sender.lower()
    local = lowered.partition("@")[0]
    if not lowered or lowered in me or local.startswith(_NOBODY) or local.endswith("-request"):
        return False
    if local.startswith("owner-") or is_automatic(message, item_class) or is_forward(message):
        return False
    named = (*message.to_recipients, *message.cc_recipients, *message.bcc_recipients)
    return any(one.address.lower() in me for one in named)


def hops(message: MessageProperties) -> list[str]:
    """The mailboxes whose rules sent it on, in lower case."""
    return _lowered(headers(message, LOOP))


def _lowered(values: Iterable[str]) -> list[str]:
    return [value.lower() for value in values]


def _number(value: ExtendedValue | None) -> int:
    return int(value) if isinstance(value, str) and value.lstrip("-").isdigit() else 0
