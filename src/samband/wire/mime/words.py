"""Text in header fields: encoded words, parameters, addresses [RFC2047], [RFC2231], [RFC5322 3.4].

Reading never fails: what cannot be decoded is shown as it came. Text that comes out has no characters that XML or a
database could not carry.
"""

from __future__ import annotations

import base64
import binascii
import codecs
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.header import decode_header
from email.utils import getaddresses, parsedate_to_datetime

MAX_FIELD = 256 * 1024
"""How many characters of one field are read."""
MAX_ADDRESSES = 5000

_UNCARRIED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
_FOLD = re.compile(r"\r?\n[ \t]?")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ .-]+", re.ASCII)
_ALIASES = {"utf8": "utf-8", "iso-8859-1": "cp1252", "us-ascii": "utf-8", "ascii": "utf-8", "x-unknown": "utf-8"}
_NEVER = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "mbcs", "oem", "undefined"})


def clean(text: str) -> str:
    """``text`` without characters that XML 1.0 cannot carry."""
    return _UNCARRIED.sub("", text)


def decode(content: bytes, charset: str | None) -> str:
    """Bytes in ``charset`` (a name as mail has them, often wrong) as text."""
    name = _ALIASES.get((charset or "utf-8").strip().lower(), (charset or "utf-8").strip().lower())
    try:
        codec = codecs.lookup(name)
        if codec._is_text_encoding and codec.name.replace("-", "_") not in _NEVER:
            return clean(codec.decode(content, "strict")[0])
    except (LookupError, ValueError, UnicodeError):
        pass
    try:
        return clean(content.decode("utf-8"))
    except UnicodeDecodeError:
        return clean(content.decode("cp1252", "replace"))


def raw_text(value: str) -> str:
    """A field's raw value, in which a parser kept bytes above 127 as surrogates, unfolded and as text."""
    value = _FOLD.sub(" ", value[:MAX_FIELD])
    if value.isascii():
        return value
    return decode(value.encode("utf-8", "surrogateescape"), "utf-8")


def unstructured(value: str) -> str:
    """A field of plain words (``Subject``), its encoded words decoded."""
    text = raw_text(value)
    if "=?" not in text:
        return clean(text).strip()
    try:
        parts = decode_header(text)
    except (HeaderParseError, ValueError, binascii.Error):
        return clean(text).strip()
    words = [decode(part, charset) if isinstance(part, bytes) else part for part, charset in parts]
    return clean("".join(words)).replace("\r", "").replace("\n", " ").strip()


def addresses(values: Iterable[str]) -> list[tuple[str, str]]:
    """(name, address) of everybody in fields like ``To``; what has no address is left out."""
    raw = [raw_text(value) for value in values]
    try:
        found = getaddresses(raw)
    except (ValueError, RecursionError, IndexError):
        return []
    people = [(unstructured(name), clean(address).strip()) for name, address in found[:MAX_ADDRESSES]]
    return [(name, address) for name, address in people if "@" in address and " " not in address]


def instant(value: str) -> datetime | None:
    """A ``Date`` field as aware UTC in whole seconds; None where it cannot be read."""
    try:
        found = parsedate_to_datetime(raw_text(value))
        if found.tzinfo is None:
            found = found.replace(tzinfo=UTC)
        return found.astimezone(UTC).replace(microsecond=0)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def encoded(text: str) -> str:
    """``text`` for a field of plain words: as it is in ASCII, else as encoded words of at most 75 characters."""
    text = clean(text).replace("\r", " ").replace("\n", " ")
    if text.isascii() and "=?" not in text and all(len(word) < 900 for word in text.split(" ")):
        return text
    words = []
    chunk = b""
    for character in text:
        part = character.encode("utf-8", "replace")
        if len(chunk) + len(part) > 42:
            words.append(chunk)
            chunk = b""
        chunk += part
    words.append(chunk)
    return "\r\n ".join(f"=?utf-8?B?{base64.b64encode(word).decode('ascii')}?=" for word in words)


def address(name: str, spec: str) -> str:
    """One correspondent for a field like ``To``."""
    spec = clean(spec).translate(_NOT_IN_ADDRESS)
    name = clean(name).strip()
    if not name or name == spec:
        return spec if spec.isascii() else f"<{spec}>"
    if not name.isascii() or "=?" in name:
        return f"{encoded(name)} <{spec}>"
    if _ATOMS.fullmatch(name) and "." not in name:
        return f"{name} <{spec}>"
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').replace("\r", " ").replace("\n", " ")
    return f'"{quoted}" <{spec}>'


_NOT_IN_ADDRESS = {ord(character): None for character in "<>\r\n\t ,;"}


def parameter(name: str, value: str) -> str:
    """``; name="value"``, or in the extended form where the value is not ASCII."""
    value = clean(value).replace("\r", " ").replace("\n", " ")
    if value.isascii() and len(value) < 200:
        quoted = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'; {name}="{quoted}"'
    octets = value.encode("utf-8", "replace")
    kept = b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._"
    text = [chr(octet) if octet in kept else f"%{octet:02X}" for octet in octets]
    if sum(map(len, text)) <= 200:
        return f"; {name}*=utf-8''{''.join(text)}"
    parts, size = [""], 0
    for piece in text:
        if size + len(piece) > 60:
            parts.append("")
            size = 0
        parts[-1] += piece
        size += len(piece)
    heads = ["utf-8''" if place == 0 else "" for place in range(len(parts))]
    lines = zip(range(len(parts)), heads, parts, strict=True)
    return "".join(f";\r\n {name}*{place}*={head}{part}" for place, head, part in lines)
