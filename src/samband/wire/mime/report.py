"""Reports on mail: multipart/report with message/delivery-status [RFC3462], [RFC3464], [RFC6533], or with
message/disposition-notification [RFC8098]."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import Message

from samband.wire.mime.building import Field, date, plain, text_part
from samband.wire.mime.words import clean

_UNSAFE = re.compile(r"[^ -~]+")


@dataclass(frozen=True, slots=True)
class Reported:
    """One recipient: ``action`` and ``status`` as in [RFC3464 2.3], ``reply`` what the other server said."""

    address: str
    action: str
    status: str
    reply: str
    host: str = ""
    original: str = ""
    attempted: datetime | None = None
    retry_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Disposed:
    """What became of a message (``disposition``: displayed, deleted), with whom, and which: its Message-ID."""

    address: str
    message_id: str
    disposition: str


@dataclass(frozen=True, slots=True)
class About:
    """The message a report is about: ``content`` is all of it, or its header fields where not ``whole``."""

    content: bytes
    whole: bool
    arrived: datetime
    envelope_id: str = ""


def build_report(fields: Sequence[Field], text: str, host: str, people: Sequence[Reported], about: About) -> bytes:
    """A report with ``text`` for humans, by the server ``host``. Values of ``fields`` are ready for the wire."""
    international = any(not one.address.isascii() for one in people)
    parts = [text_part("plain", text), _status(host, people, about, international)]
    if about.content:
        parts.append(_original(about))
    return _multipart(fields, parts, "delivery-status")


def build_notification(fields: Sequence[Field], text: str, host: str, disposed: Disposed) -> bytes:
    """A notification of what became of a message, with ``text`` for humans."""
    kind = "disposition-notification" if disposed.address.isascii() else "global-disposition-notification"
    said = [
        ("Reporting-UA", f"{host}; Samband"),
        ("Final-Recipient", _typed(disposed.address)),
        ("Original-Message-ID", disposed.message_id),
        ("Disposition", f"manual-action/MDN-sent-automatically; {disposed.disposition}"),
    ]
    lines = "".join(f"{name}: {_visible(value)}\r\n" for name, value in said if value)
    part = f"Content-Type: message/{kind}\r\n\r\n{lines}".encode("ascii", "replace")
    return _multipart(fields, [text_part("plain", text), part], "disposition-notification")


def _multipart(fields: Sequence[Field], parts: Sequence[bytes], kind: str) -> bytes:
    boundary = f"=_{hashlib.sha256(b''.join(parts)).hexdigest()[:40]}"
    head = [f"{name}: {value}\r\n" for name, value in fields if value]
    head.append("MIME-Version: 1.0\r\n")
    head.append(f'Content-Type: multipart/report; report-type={kind};\r\n boundary="{boundary}"\r\n\r\n')
    mark = f"--{boundary}\r\n".encode()
    body = b"".join(mark + part + b"\r\n" for part in parts)
    return "".join(head).encode("ascii", "replace") + body + f"--{boundary}--\r\n".encode()


def _status(host: str, people: Sequence[Reported], about: About, international: bool) -> bytes:
    groups = [[("Reporting-MTA", f"dns; {host}"), ("Arrival-Date", date(about.arrived))]]
    if about.envelope_id:
        groups[0].insert(0, ("Original-Envelope-Id", about.envelope_id))
    groups += [_recipient(one) for one in people]
    lines = "\r\n".join("".join(f"{name}: {_visible(value)}\r\n" for name, value in group) for group in groups)
    kind = "message/global-delivery-status" if international else "message/delivery-status"
    return f"Content-Type: {kind}\r\n\r\n{lines}".encode("ascii", "replace")


def _recipient(one: Reported) -> list[Field]:
    fields = [("Original-Recipient", one.original)] if one.original else []
    fields += [("Final-Recipient", _typed(one.address)), ("Action", one.action), ("Status", one.status)]
    if one.host:
        fields.append(("Remote-MTA", f"dns; {one.host}"))
    if one.reply:
        fields.append(("Diagnostic-Code", f"smtp; {one.reply}"))
    if one.attempted is not None:
        fields.append(("Last-Attempt-Date", date(one.attempted)))
    if one.retry_until is not None:
        fields.append(("Will-Retry-Until", date(one.retry_until)))
    return fields


def _typed(address: str) -> str:
    """An address with its type; one beyond ASCII in a form that is ASCII [RFC6533 3]."""
    if address.isascii():
        return f"rfc822; {address}"
    return "utf-8; " + "".join(c if c.isascii() else f"\\x{{{ord(c):X}}}" for c in address)


def _visible(value: str) -> str:
    return _UNSAFE.sub(" ", clean(value))[:900]


def _original(about: About) -> bytes:
    """The message itself, or only its header fields."""
    if about.whole:
        content, kind = about.content, "message/rfc822"
    else:
        content, kind = re.split(rb"\r?\n\r?\n", about.content, maxsplit=1)[0] + b"\r\n", "text/rfc822-headers"
    encoding = "7bit" if content.isascii() else "8bit"
    return f"Content-Type: {kind}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n".encode() + content


def subject_of(word: str, subject: str) -> str:
    """The value of the Subject field of a report."""
    return plain(f"{word}: {subject}" if subject else word)


def said_by(message: Message) -> str:
    """What a report says of the message it is about: the Disposition, or the Action that matters most, in lower case.

    Empty for what is no report, or says nothing.
    """
    if message.get_content_type() != "multipart/report":
        return ""
    said: list[str] = []
    for part in message.walk():
        field = _SAYING.get(part.get_content_type())
        blocks = part.get_payload()
        if field and isinstance(blocks, list):
            said += [str(block.get(field, "")) for block in blocks if isinstance(block, Message)]
    words = [word.rpartition(";")[2].partition("/")[0].strip().lower() for word in said]
    return next((word for word in _MATTER if word in words), "")


_SAYING = {
    "message/disposition-notification": "disposition",
    "message/global-disposition-notification": "disposition",
    "message/delivery-status": "action",
    "message/global-delivery-status": "action",
}
_MATTER = ("failed", "delayed", "relayed", "expanded", "delivered", "displayed", "deleted")
