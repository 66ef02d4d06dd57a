"""The ``calendarData`` element: free/busy as bits, and working hours as EWS writes them [MS-PRES]."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from samband.wire.presence.elements import as_text, child
from samband.wire.presence.names import CALENDAR_DATA
from samband.wire.xml.reading import Element, SchemaViolation, attribute
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import read_duration, read_instant, write_instant

EMPTY = f'<calendarData xmlns="{CALENDAR_DATA}"/>'

_NO_DATA = "4"
"""Slots nobody knows have no two-bit code: they are published as free."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FreeBusyDocument:
    """``freeBusy``: one digit a slot of ``interval`` minutes (0 free, 1 tentative, 2 busy, 3 out of office)."""

    mailbox: str
    start: datetime
    interval: int
    slots: str


def write_free_busy(document: FreeBusyDocument) -> str:
    """The element with free/busy in it."""
    return (
        f'<calendarData xmlns="{CALENDAR_DATA}" mailboxID="{escape_attribute(document.mailbox)}">'
        f'<freeBusy startTime="{write_instant(document.start)}" granularity="PT{document.interval}M"'
        f' encodingVersion="1">{encode_slots(document.slots)}</freeBusy></calendarData>'
    )


def write_working_hours(mailbox: str, document: str) -> str:
    """The element with a ``WorkingHours`` element in it, which keeps its own namespace."""
    return f'<calendarData xmlns="{CALENDAR_DATA}" mailboxID="{escape_attribute(mailbox)}">{document}</calendarData>'


def read_free_busy(element: Element) -> FreeBusyDocument | None:
    """What free/busy a ``calendarData`` element holds; the slots fill whole bytes. Raises ``SchemaViolation``."""
    found = child(element, "freeBusy")
    if found is None:
        return None
    try:
        return FreeBusyDocument(
            mailbox=element.get("mailboxID", ""),
            start=read_instant(attribute(found, "startTime")),
            interval=int(read_duration(attribute(found, "granularity")).total_seconds()) // 60,
            slots=decode_slots(found.text or ""),
        )
    except (ValueError, binascii.Error) as error:
        raise SchemaViolation(f"Free/busy cannot be read: {error}.") from None


def read_working_hours(element: Element) -> tuple[str, str] | None:
    """The mailbox and the ``WorkingHours`` element as text, where a ``calendarData`` element holds them."""
    found = child(element, "WorkingHours")
    return None if found is None else (element.get("mailboxID", ""), as_text(found))


def encode_slots(slots: str) -> str:
    """Two bits a slot, the first slot in the lowest bits, four slots a byte, in base64."""
    digits = [int(digit) for digit in slots.replace(_NO_DATA, "0")]
    digits += [0] * (-len(digits) % 4)
    packed = bytes(
        digits[at] | digits[at + 1] << 2 | digits[at + 2] << 4 | digits[at + 3] << 6 for at in range(0, len(digits), 4)
    )
    return base64.b64encode(packed).decode("ascii")


def decode_slots(text: str) -> str:
    """The digits of ``encode_slots``, filled up to a multiple of four with free. Raises ``binascii.Error``."""
    packed = base64.b64decode(text.strip(), validate=True)
    return "".join(str(byte >> shift & 3) for byte in packed for shift in (0, 2, 4, 6))
