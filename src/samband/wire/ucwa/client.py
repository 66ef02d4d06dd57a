"""UCWA and Lync discovery as a client reads them: links, and a meeting's document."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from samband.wire.jose.strict_json import read_object
from samband.wire.ucwa.resources import ECHOED, write_date


class Unreadable(ValueError):
    """An answer that is not the document asked for."""


def read_document(body: bytes) -> dict[str, Any]:
    """A JSON object. Raises ``Unreadable``."""
    try:
        return read_object(body)
    except ValueError as error:
        raise Unreadable(f"no JSON object: {error}") from None


def link(document: Mapping[str, Any], rel: str) -> str:
    """Where the link ``rel`` of a document leads; empty where it has none, which says that it cannot be done."""
    links = document.get("_links")
    found = links.get(rel) if isinstance(links, dict) else None
    href = found.get("href") if isinstance(found, dict) else None
    return href if isinstance(href, str) else ""


def embedded(document: Mapping[str, Any], rel: str) -> dict[str, Any]:
    """The resource ``rel`` embedded in a document; empty where it is not there."""
    inside = document.get("_embedded")
    found = inside.get(rel) if isinstance(inside, dict) else None
    return found if isinstance(found, dict) else {}


def text(document: Mapping[str, Any], name: str) -> str:
    """A property that must be a text. Raises ``Unreadable``."""
    found = document.get(name)
    if not isinstance(found, str) or not found:
        raise Unreadable(f"no property {name}")
    return found


def new_application(endpoint: str) -> bytes:
    """A request for an application."""
    return json.dumps({"UserAgent": "Samband", "EndpointId": endpoint, "Culture": "en-US"}).encode()


def new_meeting(subject: str, attendees: Sequence[str], expires: datetime) -> bytes:
    """A request for a meeting; ``attendees`` are ``user@domain``."""
    return json.dumps(_terms(subject, attendees, expires)).encode()


def changed_meeting(document: Mapping[str, Any], subject: str, attendees: Sequence[str], expires: datetime) -> bytes:
    """What puts other terms into a meeting that was read: all the rest goes back as it came."""
    kept = {name: value for name, value in document.items() if name not in ("_links", "_embedded", "etag")}
    if ECHOED not in kept:
        raise Unreadable("the meeting cannot be changed")
    return json.dumps({**kept, **_terms(subject, attendees, expires)}).encode()


def refusal(body: bytes) -> str:
    """What an error document says; empty for anything else."""
    try:
        found = read_object(body)
    except ValueError:
        return ""
    words = [found.get(name) for name in ("code", "subcode", "message")]
    return " ".join(word for word in words if isinstance(word, str) and word)


def _terms(subject: str, attendees: Sequence[str], expires: datetime) -> dict[str, Any]:
    return {
        "subject": subject,
        "attendees": [f"sip:{address}" for address in attendees],
        "expirationTime": write_date(expires),
    }
