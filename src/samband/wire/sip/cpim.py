"""``message/cpim``: a text in an envelope of its own [RFC3862], and the notice that it was delivered [RFC5438]."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from samband.wire.xml.text import element

CPIM_TYPE: Final = "message/cpim"
IMDN_TYPE: Final = "message/imdn+xml"
DELIVERED: Final = "positive-delivery"
"""What a sender writes who wants to hear that a text arrived."""
_IMDN = "urn:ietf:params:imdn"
_NAMESPACE = re.compile(r"(?P<prefix>[^\s<>]*)\s*<(?P<name>[^<>]*)>")
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f]")


class BadEnvelope(ValueError):
    """Not an envelope."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One text. ``wants`` are the notices that its sender asks for, in lower case."""

    content_type: str
    body: bytes
    sender: str = ""
    receiver: str = ""
    sent: str = ""
    """When, as its sender wrote it."""
    id: str = ""
    wants: frozenset[str] = frozenset()


def read_envelope(data: bytes) -> Envelope:
    """Read one. Raises ``BadEnvelope``."""
    head, found, rest = _parted(data)
    mime, found_too, body = _parted(rest)
    if not found or not found_too:
        raise BadEnvelope("an envelope without its two empty lines")
    fields, content = _fields(head), {name.lower(): value for name, value in _fields(mime)}
    named = dict(reversed(fields))
    prefix = next(
        (
            one["prefix"]
            for name, value in fields
            if name == "NS" and (one := _NAMESPACE.fullmatch(value)) is not None and one["name"] == _IMDN
        ),
        None,
    )
    wants = "" if prefix is None else named.get(f"{prefix}.Disposition-Notification", "")
    return Envelope(
        content_type=content.get("content-type", "text/plain"),
        body=body,
        sender=named.get("From", ""),
        receiver=named.get("To", ""),
        sent=named.get("DateTime", ""),
        id="" if prefix is None else named.get(f"{prefix}.Message-ID", ""),
        wants=frozenset(one.strip().lower() for one in wants.split(",") if one.strip()),
    )


def write_delivered(envelope: Envelope, id: str) -> bytes:
    """The notice, in an envelope named ``id``, that the text of ``envelope`` was delivered."""
    document = (
        '<?xml version="1.0" encoding="UTF-8"?><imdn xmlns="urn:ietf:params:xml:ns:imdn">'
        f"{element('message-id', _written(envelope.id))}{element('datetime', _written(envelope.sent))}"
        "<delivery-notification><status><delivered/></status></delivery-notification></imdn>"
    ).encode("utf-8", "replace")
    head = (
        f"From: {_written(envelope.receiver)}",
        f"To: {_written(envelope.sender)}",
        f"NS: imdn <{_IMDN}>",
        f"imdn.Message-ID: {id}",
        "",
        f"Content-Type: {IMDN_TYPE}",
        "Content-Disposition: notification",
        f"Content-Length: {len(document)}",
        "",
        "",
    )
    return "\r\n".join(head).encode("utf-8", "replace") + document


def _written(text: str) -> str:
    return _UNWRITABLE.sub("", text)


def _parted(data: bytes) -> tuple[bytes, bytes, bytes]:
    """What is before the first empty line, that line, and what is behind it."""
    if data.startswith(b"\r\n"):
        return b"", b"\r\n", data[2:]
    return data.partition(b"\r\n\r\n")


def _fields(head: bytes) -> list[tuple[str, str]]:
    text = head.decode("utf-8", "replace").replace("\r\n ", " ").replace("\r\n\t", " ")
    lines = [line.partition(":") for line in text.split("\r\n") if ":" in line]
    return [(name.strip(), value.strip()) for name, _, value in lines]
