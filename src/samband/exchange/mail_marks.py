"""What mail programs know of a message beside the message: flags of Maildir, header fields of mbox."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import msgspec

from samband.model.item_requests import Draft
from samband.model.item_values import Flag, FlagStatus
from samband.model.items import Item, MessageProperties
from samband.wire.mime.words import unstructured

LAST_VERB = "0x1081:Integer"
"""PidTagLastVerbExecuted [MS-OXOMSG 2.2.1.2]: what was done with a message last."""
_REPLIED, _REPLIED_TO_ALL, _FORWARDED = "102", "103", "104"


@dataclass(frozen=True, slots=True)
class Marks:
    """The state of one message in its owner's eyes."""

    read: bool = False
    answered: bool = False
    forwarded: bool = False
    flagged: bool = False
    draft: bool = False
    deleted: bool = False
    categories: tuple[str, ...] = ()
    received: datetime | None = None


def marked(draft: Draft, marks: Marks) -> Draft:
    """A message with its marks."""
    properties = draft.properties
    if not isinstance(properties, MessageProperties):
        raise TypeError("only messages have marks")
    verb = _REPLIED if marks.answered else _FORWARDED if marks.forwarded else ""
    return msgspec.structs.replace(
        draft,
        properties=msgspec.structs.replace(
            properties,
            is_read=marks.read,
            is_draft=marks.draft,
            flag=Flag(FlagStatus.FLAGGED) if marks.flagged else properties.flag,
            categories=marks.categories,
            date_time_received=marks.received or properties.date_time_sent,
            date_time_created=marks.received or properties.date_time_sent,
            extended={**properties.extended, LAST_VERB: verb} if verb else properties.extended,
        ),
    )


def marks_of(item: Item) -> Marks:
    """The marks of a message, post or anything else that can be written as one."""
    own = item.properties
    verb = own.extended.get(LAST_VERB, "")
    return Marks(
        read=getattr(own, "is_read", True),
        answered=verb in (_REPLIED, _REPLIED_TO_ALL),
        forwarded=verb == _FORWARDED,
        flagged=own.flag.status is FlagStatus.FLAGGED,
        draft=own.is_draft,
        categories=own.categories,
        received=own.date_time_received,
    )


_LETTERS = {"S": "read", "R": "answered", "P": "forwarded", "F": "flagged", "D": "draft", "T": "deleted"}
"""Maildir's flags."""
STATUS_FIELDS = frozenset({b"status", b"x-status", b"x-mozilla-status", b"x-mozilla-status2", b"x-keywords"})
"""Header fields in which mail programs keep marks: they are no part of the message."""


def letters(marks: Marks) -> str:
    """Maildir's flags, in order."""
    return "".join(letter for letter in sorted(_LETTERS) if getattr(marks, _LETTERS[letter]))


def of_letters(text: str, fields: Mapping[str, str], received: datetime | None) -> Marks:
    """The marks that Maildir's flags and ``fields`` (in lower case) of the message say."""
    said = {_LETTERS[letter]: True for letter in text if letter in _LETTERS}
    return Marks(**said, categories=_keywords(fields), received=received)


def status_fields(marks: Marks) -> list[tuple[str, str]]:
    """Header fields for mbox: ``Status`` and ``X-Status``."""
    more = "".join(letter for letter, here in (("A", marks.answered), ("F", marks.flagged), ("T", marks.draft)) if here)
    return [("Status", "RO" if marks.read else "O"), *([("X-Status", more)] if more else [])]


def of_status(fields: Mapping[str, str], received: datetime | None) -> Marks:
    """The marks that the header fields (in lower case) of a message in an mbox say."""
    status, more = fields.get("status", ""), fields.get("x-status", "")
    mozilla = _hex(fields.get("x-mozilla-status", ""))
    return Marks(
        read="R" in status or bool(mozilla & 0x0001),
        answered="A" in more or bool(mozilla & 0x0002),
        forwarded=bool(mozilla & 0x1000),
        flagged="F" in more or bool(mozilla & 0x0004),
        draft="T" in more,
        deleted="D" in more or bool(mozilla & 0x0008),
        categories=_keywords(fields),
        received=received,
    )


def _hex(text: str) -> int:
    try:
        return int(text.strip() or "0", 16)
    except ValueError:
        return 0


def _keywords(fields: Mapping[str, str]) -> tuple[str, ...]:
    text = unstructured(fields.get("x-keywords", ""))
    return tuple(dict.fromkeys(part.strip() for part in text.split(",") if part.strip()))


def status_in(message: bytes) -> dict[str, str]:
    """The header fields of a message in which mail programs keep marks, by name in lower case."""
    found: dict[str, str] = {}
    name = ""
    for line in message.split(b"\n", _MOST_LINES)[:_MOST_LINES]:
        text = line.rstrip(b"\r").decode("latin-1")
        if not text:
            break
        if text[0] in " \t":
            if name:
                found[name] += text
            continue
        head, _, value = text.partition(":")
        name = head.strip().lower()
        if name.encode("latin-1") in STATUS_FIELDS:
            found[name] = value.strip()
        else:
            name = ""
    return found


_MOST_LINES = 2000
