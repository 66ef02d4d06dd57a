"""A message as it came, taken apart [RFC5322], [RFC2045]. Reading never fails, whatever a stranger sent."""

from __future__ import annotations

import binascii
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.feedparser import BytesFeedParser
from email.message import Message
from email.policy import compat32
from email.utils import collapse_rfc2231_value

from samband.wire.mime.report import said_by
from samband.wire.mime.words import MAX_FIELD, addresses, clean, decode, instant, raw_text, unstructured

MAX_PARTS = 1000
MAX_FIELDS = 1000
MAX_DEPTH = 30
MAX_MESSAGES = 10
"""How deep messages in messages are read; what is deeper hangs on the last one as a file."""

Person = tuple[str, str]
"""(display name, address)"""


@dataclass(frozen=True, slots=True)
class ParsedPart:
    """What hangs on a message: a file's ``content``, or another ``message``."""

    name: str
    content_type: str
    content: bytes = b""
    content_id: str = ""
    content_location: str = ""
    inline: bool = False
    message: ParsedMessage | None = None


@dataclass(slots=True)
class ParsedMessage:
    """A message in parts. ``body`` is None where it has none; ``html`` says in which form it is.

    ``calendar`` is the first text/calendar part, ``method`` its method parameter.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    """Header fields in order, unfolded and decoded."""
    content_type: str = "text/plain"
    smime_type: str = ""
    report: str = ""
    """What a report says: ``failed``, ``delivered``, ``displayed`` ...; empty for any other message."""
    body: str | None = None
    html: bool = False
    parts: list[ParsedPart] = field(default_factory=list)
    calendar: str = ""
    method: str = ""
    raw: dict[str, list[str]] = field(default_factory=dict)
    """Raw values by lower-case name."""

    def text(self, name: str) -> str:
        """The first field ``name`` (in lower case) decoded; empty where there is none."""
        values = self.raw.get(name)
        return unstructured(values[0]) if values else ""

    def people(self, name: str) -> list[Person]:
        """Everybody in all fields ``name`` (in lower case)."""
        return addresses(self.raw.get(name, ()))

    def when(self, name: str) -> datetime | None:
        """The instant in the first field ``name`` (in lower case)."""
        values = self.raw.get(name)
        return instant(values[0]) if values else None


class _TooDeep(ValueError):
    """Parts are nested more deeply than any honest message's."""


class _Parser(BytesFeedParser):
    """Gives up where parts are nested too deeply: each line costs as much as there are parts around it."""

    def _new_message(self) -> None:
        super()._new_message()  # type: ignore[misc]
        if len(self._msgstack) > MAX_DEPTH:  # type: ignore[attr-defined]
            raise _TooDeep


def _parsed(content: bytes) -> Message:
    parser = _Parser(policy=compat32)
    parser.feed(content)
    return parser.close()


def parse_message(content: bytes) -> ParsedMessage:
    """Take a message apart."""
    try:
        return _message(_parsed(content), 0)
    except (RecursionError, ValueError, LookupError, TypeError, AttributeError, IndexError):
        return _as_text(content)


def _as_text(content: bytes) -> ParsedMessage:
    """A message that no parser takes: its header fields, and all the rest as text."""
    head, _, rest = content.replace(b"\r\n", b"\n").partition(b"\n\n")
    parser = BytesFeedParser(policy=compat32)
    parser._set_headersonly()  # type: ignore[attr-defined]
    parser.feed(head + b"\n\n")
    parsed = ParsedMessage(body=decode(rest, "utf-8"))
    _read_fields(parser.close(), parsed)
    return parsed


def _read_fields(message: Message, parsed: ParsedMessage) -> None:
    for name, value in list(message.raw_items())[:MAX_FIELDS]:
        value = str(value)[:MAX_FIELD]
        parsed.raw.setdefault(name.lower(), []).append(value)
        parsed.fields.append((clean(raw_text(name)), unstructured(value)))


def _message(message: Message, depth: int, level: int = 0) -> ParsedMessage:
    parsed = ParsedMessage(content_type=message.get_content_type())
    _read_fields(message, parsed)
    parsed.smime_type = _parameter(message, "smime-type")
    parsed.report = said_by(message)
    reader = _Reader(parsed, level)
    reader.read(message, depth, related=False)
    return parsed


def _parameter(part: Message, name: str) -> str:
    try:
        value = part.get_param(name)
        return clean(collapse_rfc2231_value(value)) if value else ""
    except (ValueError, LookupError, TypeError):
        return ""


def _file_name(part: Message) -> str:
    for name, header in (("filename", "content-disposition"), ("name", "content-type")):
        try:
            value = part.get_param(name, header=header)
            if value:
                text = collapse_rfc2231_value(value)
                return unstructured(text).replace("/", "_").replace("\\", "_")
        except (ValueError, LookupError, TypeError):
            continue
    return ""


def _payload(part: Message) -> bytes:
    """The decoded content; broken base64 gives what can be read of it."""
    if str(part.get("content-transfer-encoding", "")).strip().lower() == "base64":
        raw = part.get_payload(decode=False)
        return _base64(raw.encode("ascii", "ignore")) if isinstance(raw, str) else b""
    content = part.get_payload(decode=True)
    return content if isinstance(content, bytes) else b""


_ALPHABET = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
_OTHERS = bytes(octet for octet in range(256) if octet not in _ALPHABET)


def _base64(content: bytes) -> bytes:
    digits = content.translate(None, _OTHERS)
    rest = len(digits) % 4
    digits = digits[:-1] if rest == 1 else digits + b"=" * (-len(digits) % 4)
    try:
        return binascii.a2b_base64(digits)
    except binascii.Error:
        return b""


class _Reader:
    """Walks the parts of one message."""

    def __init__(self, parsed: ParsedMessage, level: int) -> None:
        self._level = level
        self._parsed = parsed
        self._left = MAX_PARTS

    def read(self, part: Message, depth: int, *, related: bool) -> None:
        """Take in ``part`` and what is in it. ``related``: it goes with an HTML body."""
        self._left -= 1
        if self._left < 0:
            return
        kind = part.get_content_type()
        if part.get_content_maintype() == "multipart" and depth < MAX_DEPTH:
            self._read_multipart(part, kind, depth)
        elif kind == "message/rfc822" and depth < MAX_DEPTH:
            self._read_message(part, depth)
        elif kind in ("text/plain", "text/html") and not self._is_file(part):
            self._read_text(part, kind)
        elif kind == "text/calendar" and not self._parsed.calendar:
            self._parsed.calendar = decode(_payload(part), part.get_content_charset("utf-8"))
            self._parsed.method = _parameter(part, "method").upper()
        else:
            self._read_file(part, kind, related)

    def _read_multipart(self, part: Message, kind: str, depth: int) -> None:
        parts = list(_parts(part))
        if kind == "multipart/alternative":
            self._read_alternative(parts, depth)
            return
        for inner in parts:
            self.read(inner, depth + 1, related=kind == "multipart/related")

    def _read_alternative(self, parts: list[Message], depth: int) -> None:
        """The last form that is understood is the body; text/calendar is another view of the same."""
        before = self._parsed.body
        for inner in parts:
            if inner.get_content_type() in ("text/plain", "text/html", "multipart/related", "multipart/alternative"):
                self._parsed.body, self._parsed.html = before, self._parsed.html if before is not None else False
            self.read(inner, depth + 1, related=False)

    @staticmethod
    def _is_file(part: Message) -> bool:
        return part.get_content_disposition() == "attachment" or bool(_file_name(part))

    def _read_text(self, part: Message, kind: str) -> None:
        text = decode(_payload(part), part.get_content_charset("utf-8"))
        html = kind == "text/html"
        if self._parsed.body is None:
            self._parsed.body, self._parsed.html = text, html
        elif self._parsed.html == html:
            self._parsed.body += text
        else:
            self._read_file(part, kind, False)

    def _read_file(self, part: Message, kind: str, related: bool) -> None:
        content_id = clean(raw_text(str(part.get("content-id", "")))).strip().strip("<>")
        self._parsed.parts.append(
            ParsedPart(
                name=_file_name(part) or f"attachment{len(self._parsed.parts) + 1}",
                content_type=clean(kind),
                content=_payload(part),
                content_id=content_id,
                content_location=clean(raw_text(str(part.get("content-location", "")))).strip(),
                inline=bool(content_id) and (related or part.get_content_disposition() == "inline"),
            )
        )

    def _read_message(self, part: Message, depth: int) -> None:
        inner = next(_parts(part), None)
        if inner is None:
            self._read_file(part, "message/rfc822", False)
            return
        if self._level >= MAX_MESSAGES:
            name = _file_name(part) or "message"
            self._parsed.parts.append(ParsedPart(name=name, content_type="message/rfc822", content=inner.as_bytes()))
            return
        parsed = _message(inner, depth + 1, self._level + 1)
        name = _file_name(part) or parsed.text("subject") or "message"
        self._parsed.parts.append(ParsedPart(name=name, content_type="message/rfc822", message=parsed))


def _parts(part: Message) -> Iterator[Message]:
    payload = part.get_payload()
    if isinstance(payload, list):
        yield from (inner for inner in payload if isinstance(inner, Message))
