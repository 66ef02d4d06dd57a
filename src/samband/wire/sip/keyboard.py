"""Typing, as Lync clients and others tell it within a session [MS-CONFIM; RFC3994]."""

from __future__ import annotations

from samband.wire.xml.reading import Malformed, parse

TYPE = "application/xml"
_COMPOSING = "application/im-iscomposing+xml"
_LARGEST = 4096


def write(active: bool) -> bytes:
    """The document of a Lync client."""
    word = "type" if active else "idle"
    return f'<?xml version="1.0"?><KeyboardActivity><status status="{word}"/></KeyboardActivity>'.encode()


def read(content_type: str, body: bytes) -> bool | None:
    """Whether somebody types; None where the body says nothing of it."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind not in (TYPE, _COMPOSING):
        return None
    try:
        root = parse(body, _LARGEST)
    except Malformed:
        return None
    for element in root.iter():
        name = str(element.tag).rpartition("}")[2]
        if kind == TYPE and name == "status" and element.get("status"):
            return element.get("status") == "type"
        if kind == _COMPOSING and name == "state":
            return (element.text or "").strip() == "active"
    return None
