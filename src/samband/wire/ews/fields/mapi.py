"""Extended properties that are another view of what an item has anyway [MS-OXPROPS].

A client that set one of them itself gets back what it set.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterable
from datetime import datetime
from email.utils import format_datetime
from typing import Any
from uuid import UUID

from samband.wire.xml.values import write_boolean, write_instant

Compute = Callable[[Any], str | tuple[str, ...] | None]

_READ, _UNMODIFIED, _SUBMITTED, _UNSENT, _ATTACHMENTS, _FROM_ME, _ASSOCIATED = 1, 2, 4, 8, 16, 32, 64
_IMPORTANCE = {"Low": "0", "Normal": "1", "High": "2"}
_SENSITIVITY = {"Normal": "0", "Personal": "1", "Private": "2", "Confidential": "3"}
_FLAG = {"Complete": "1", "Flagged": "2"}
_BUSY = {"Free": "0", "Tentative": "1", "Busy": "2", "OOF": "3", "WorkingElsewhere": "4"}


def _of(attribute: str, write: Callable[[Any], str | None] = lambda value: value or None) -> Compute:
    def compute(item: Any) -> str | None:
        value = getattr(item.properties, attribute, None)
        return None if value is None else write(value)

    return compute


def _instant(value: datetime) -> str:
    return write_instant(value)


def _bytes(value: bytes) -> str | None:
    return base64.b64encode(value).decode("ascii") or None


def _guid(value: str) -> str | None:
    return _bytes(UUID(value).bytes_le) if value else None


def _name(value: Any) -> str | None:
    return value.name or value.address or None


def _address(value: Any) -> str | None:
    return value.address or None


def _flags(item: Any) -> str:
    own = item.properties
    flags = 0
    for bit, attribute in (
        (_READ, "is_read"),
        (_UNMODIFIED, "is_unmodified"),
        (_SUBMITTED, "is_submitted"),
        (_UNSENT, "is_draft"),
        (_ATTACHMENTS, "has_attachments"),
        (_FROM_ME, "is_from_me"),
        (_ASSOCIATED, "is_associated"),
    ):
        if getattr(own, attribute, False):
            flags |= bit
    return str(flags)


def _text_body(item: Any) -> str | None:
    body = item.properties.text_body
    return body.content if body is not None else None


def _html_body(item: Any) -> str | None:
    body = item.properties.body
    if body is None or body.kind != "HTML":
        return None
    return base64.b64encode(body.content.encode("utf-8", "replace")).decode("ascii")


def _transport_headers(item: Any) -> str | None:
    """The header fields of a message as it came, or those it would have had where it was never outside."""
    own = item.properties
    fields = list(own.internet_headers)
    came = any(name.lower() == "from" for name, _ in fields)
    if not came and getattr(own, "internet_message_id", None) and not own.is_draft:
        fields += [(name, value) for name, value in _said(own) if value]
    return "".join(f"{name}: {value}\r\n" for name, value in fields) or None


def _said(own: Any) -> list[tuple[str, str]]:
    author = getattr(own, "from_", None)
    sent = own.date_time_sent
    return [
        ("From", _people((author,)) if author is not None else ""),
        ("To", _people(getattr(own, "to_recipients", ()))),
        ("CC", _people(getattr(own, "cc_recipients", ()))),
        ("Subject", " ".join(own.subject.split())),
        ("Date", "" if sent is None else format_datetime(sent)),
        ("Message-ID", own.internet_message_id),
        ("In-Reply-To", own.in_reply_to),
    ]


def _people(people: Iterable[Any]) -> str:
    return ", ".join(f'"{one.name}" <{one.address}>' if one.name else f"<{one.address}>" for one in people)


def _record_key(item: Any) -> str:
    return base64.b64encode(item.id.to_bytes(8, "big")).decode("ascii")


def _url_name(item: Any) -> str:
    """A name for the item that no other has."""
    return f"{item.id:016x}.EML"


def _without_prefix(subject: str) -> str | None:
    """A subject without the ``Re:`` or ``Fw:`` before it: up to three letters and a colon."""
    return _PREFIX.sub("", subject) or None


def _keywords(item: Any) -> tuple[str, ...] | None:
    return item.properties.categories or None


def _recurring(item: Any) -> str | None:
    """Whether an appointment is a series: DavMail finds appointments by having either value."""
    own = item.properties
    return write_boolean(own.recurrence is not None) if hasattr(own, "is_all_day_event") else None


_PREFIX = re.compile(r"^[^\W\d_]{1,3}: ")
_APPOINTMENT = "{00062002-0000-0000-c000-000000000046}"
_COMMON = "{00062008-0000-0000-c000-000000000046}"

KEYWORDS = "{00020329-0000-0000-c000-000000000046}:Keywords:StringArray"
"""The categories of an item."""

_PUBLIC_STRINGS = "{00020329-0000-0000-c000-000000000046}"

COMPUTED: dict[str, Compute] = {
    f"{_PUBLIC_STRINGS}:OnlineMeetingExternalLink:String": _of("join_online_meeting_url"),
    f"{_PUBLIC_STRINGS}:OnlineMeetingConfLink:String": _of("online_meeting_conf_link"),
    "0x001a:String": lambda item: item.item_class,
    "0x0017:Integer": _of("importance", _IMPORTANCE.get),
    "0x0036:Integer": _of("sensitivity", _SENSITIVITY.get),
    "0x0037:String": _of("subject"),
    "0x0039:SystemTime": _of("date_time_sent", _instant),
    "0x0042:String": _of("from_", _name),
    "0x0065:String": _of("from_", _address),
    "0x0070:String": _of("conversation_topic"),
    "0x0071:Binary": _of("conversation_index", _bytes),
    "0x007d:String": _transport_headers,
    "0x0c1a:String": _of("sender", _name),
    "0x0c1f:String": _of("sender", _address),
    "0x5d01:String": _of("sender", _address),
    "0x5d02:String": _of("from_", _address),
    "0x0e02:String": _of("display_bcc"),
    "0x0e03:String": _of("display_cc"),
    "0x0e04:String": _of("display_to"),
    "0x0e06:SystemTime": _of("date_time_received", _instant),
    "0x0e07:Integer": _flags,
    "0x0e08:Integer": lambda item: str(min(item.size, 2**31 - 1)),
    "0x0e08:Long": lambda item: str(item.size),
    "0x0e1b:Boolean": _of("has_attachments", write_boolean),
    "0x0e1d:String": _of("subject", _without_prefix),
    "0x0e23:Integer": lambda item: str(item.article),
    "0x0ff9:Binary": _record_key,
    "0x1000:String": _text_body,
    "0x1013:Binary": _html_body,
    "0x1035:String": _of("internet_message_id"),
    "0x1039:String": _of("references"),
    "0x1042:String": _of("in_reply_to"),
    "0x10f3:String": _url_name,
    "0x1090:Integer": lambda item: _FLAG.get(item.properties.flag.status),
    "0x3007:SystemTime": _of("date_time_created", _instant),
    "0x3008:SystemTime": _of("last_modified_time", _instant),
    "0x3018:Binary": _of("archive_tag", _guid),
    "0x3019:Binary": _of("policy_tag", _guid),
    "0x3013:Binary": _of("conversation", _bytes),
    "0x670e:String": lambda item: f"/{_url_name(item)}",
    f"{_APPOINTMENT}:0x8205:Integer": _of("legacy_free_busy_status", _BUSY.get),
    f"{_APPOINTMENT}:0x8208:String": _of("location"),
    f"{_APPOINTMENT}:0x820d:SystemTime": _of("start", _instant),
    f"{_APPOINTMENT}:0x820e:SystemTime": _of("end", _instant),
    f"{_APPOINTMENT}:0x8215:Boolean": _of("is_all_day_event", write_boolean),
    f"{_APPOINTMENT}:0x8223:Boolean": _recurring,
    KEYWORDS: _keywords,
    f"{_COMMON}:0x8506:Boolean": lambda item: write_boolean(item.properties.sensitivity == "Private"),
    f"{_COMMON}:0x8503:Boolean": _of("reminder_is_set", write_boolean),
    f"{_COMMON}:0x8501:Integer": _of("reminder_minutes_before_start", str),
}
"""The value of an extended property, by its key; None where the item has none."""

COLUMNS = {"0x0e23:Integer": "article"}
"""The columns of the store that hold the same value."""
