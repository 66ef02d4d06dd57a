"""Messages written as MIME [RFC5322], [RFC2045]."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime

from samband.wire.mime.words import address, clean, encoded, parameter

Field = tuple[str, str]
_NAME = re.compile(r"[!-9;-~]{1,70}", re.ASCII)
_TYPE = re.compile(r"[A-Za-z0-9!#$&^_.+-]{1,60}/[A-Za-z0-9!#$&^_.+-]{1,60}", re.ASCII)


@dataclass(frozen=True, slots=True)
class BuiltFile:
    """Something to hang on a message; ``message``: the content is another message."""

    name: str
    content_type: str
    content: bytes
    content_id: str = ""
    inline: bool = False
    message: bool = False


def people(values: Iterable[tuple[str, str]]) -> str:
    """Correspondents (name, address) as the value of a field, one a line."""
    return ",\r\n ".join(address(name, spec) for name, spec in values if spec or name)


def plain(text: str) -> str:
    """Words as the value of a field."""
    return encoded(text)


def date(moment: datetime) -> str:
    """The value of a ``Date`` field."""
    return format_datetime(moment)


def token(text: str) -> str:
    """Something without words, such as identifiers: only what is visible ASCII stays, folded at spaces."""
    return "\r\n ".join("".join(c for c in word if "!" <= c <= "~") for word in text.split())


def build(
    fields: Sequence[Field],
    text: str | None,
    html: str | None,
    files: Sequence[BuiltFile] = (),
    calendar: str = "",
    method: str = "",
) -> bytes:
    """A message. Values of ``fields`` are ready for the wire; a name or value that is not is left out."""
    head = [f"{name}: {value}\r\n" for name, value in fields if _NAME.fullmatch(name) and _is_safe(value)]
    head.append("MIME-Version: 1.0\r\n")
    return "".join(head).encode("ascii", "replace") + _body(text, html, files, calendar, method)


def _is_safe(value: str) -> bool:
    """Whether every line break in ``value`` is a fold, so that it stays one field."""
    return re.search(r"\r\n(?![ \t])|\r(?!\n)|(?<!\r)\n", value) is None


def _body(text: str | None, html: str | None, files: Sequence[BuiltFile], calendar: str, method: str) -> bytes:
    forms = [text_part("plain", text or "")] if text is not None or (html is None and not calendar) else []
    inline = [file for file in files if file.inline and file.content_id and html is not None]
    if html is not None:
        shown = text_part("html", html)
        forms.append(_multipart("related", [shown, *map(_file, inline)]) if inline else shown)
    if calendar:
        forms.append(text_part("calendar", calendar, parameter("method", method) if method else ""))
    body = forms[0] if len(forms) == 1 else _multipart("alternative", forms)
    attached = [_file(file) for file in files if file not in inline]
    return _multipart("mixed", [body, *attached]) if attached else body


def text_part(subtype: str, text: str, more: str = "") -> bytes:
    """A part of text with its header fields."""
    content = clean(text).replace("\r\n", "\n").replace("\r", "\n").replace("\n", "\r\n")
    if content.isascii() and all(len(line) < 990 for line in content.split("\r\n")):
        head = f"Content-Type: text/{subtype}; charset=us-ascii{more}\r\nContent-Transfer-Encoding: 7bit\r\n\r\n"
        return head.encode("ascii") + content.encode("ascii")
    head = f"Content-Type: text/{subtype}; charset=utf-8{more}\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii") + base64.encodebytes(content.encode("utf-8", "replace")).replace(b"\n", b"\r\n")


def _file(file: BuiltFile) -> bytes:
    if file.message:
        head = f"Content-Type: message/rfc822{parameter('name', file.name)}\r\nContent-Disposition: attachment\r\n\r\n"
        return head.encode("ascii") + file.content
    kind = file.content_type if _TYPE.fullmatch(file.content_type) else "application/octet-stream"
    if kind.lower().startswith(("multipart/", "message/")):
        kind = "application/octet-stream"
    disposition = "inline" if file.inline else "attachment"
    head = (
        f"Content-Type: {kind}{parameter('name', file.name)}\r\n"
        f"Content-Disposition: {disposition}{parameter('filename', file.name)}\r\n"
    )
    if file.content_id:
        head += f"Content-ID: <{token(file.content_id)}>\r\n"
    head += "Content-Transfer-Encoding: base64\r\n\r\n"
    return head.encode("ascii", "replace") + base64.encodebytes(file.content).replace(b"\n", b"\r\n")


def _multipart(subtype: str, parts: Sequence[bytes]) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    boundary = f"=_{digest.hexdigest()[:40]}"
    head = f'Content-Type: multipart/{subtype}; boundary="{boundary}"\r\n\r\n'.encode("ascii")
    mark = b"--" + boundary.encode("ascii")
    return head + b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n"


_FIELD_START = re.compile(rb"^[!-9;-~]+[ \t]*:", re.ASCII)


def without_fields(message: bytes, names: frozenset[bytes]) -> bytes:
    """``message`` without the header fields ``names`` (in lower case), every other byte as it was."""
    head, separator, body = _split(message)
    kept: list[bytes] = []
    dropping = False
    for line in head.splitlines(keepends=True):
        if not line.startswith((b" ", b"\t")):
            dropping = line.partition(b":")[0].strip().lower() in names and bool(_FIELD_START.match(line))
        if not dropping:
            kept.append(line)
    return b"".join(kept) + separator + body


def _split(message: bytes) -> tuple[bytes, bytes, bytes]:
    """(header with its last line's end, the empty line, the body)."""
    found = re.search(rb"\r?\n(\r?\n)", message)
    if found is None:
        return message, b"", b""
    return message[: found.start(1)], found.group(1), message[found.end(1) :]


def with_fields(message: bytes, fields: Sequence[Field]) -> bytes:
    """``message`` with more header fields before its own."""
    head = "".join(f"{name}: {value}\r\n" for name, value in fields if _is_safe(value))
    return head.encode("ascii", "replace") + message


def field_names(message: bytes) -> set[str]:
    """The names of the header fields of ``message``, in lower case."""
    head = _split(message)[0]
    return {
        line.partition(b":")[0].strip().lower().decode("ascii")
        for line in head.splitlines()
        if _FIELD_START.match(line)
    }
