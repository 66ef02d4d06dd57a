"""``application/pidf+xml`` with RPID: presence as plain SIP clients know it [RFC3863, RFC4479, RFC4480]."""

from __future__ import annotations

from datetime import datetime

from msgspec import Struct

from samband.wire.presence.elements import read_root
from samband.wire.presence.names import DATA_MODEL, PIDF, RPID
from samband.wire.xml.reading import Element, local_name
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import write_instant

ACTIVITIES = frozenset(
    {
        "appointment",
        "away",
        "breakfast",
        "busy",
        "dinner",
        "holiday",
        "in-transit",
        "looking-for-work",
        "lunch",
        "meal",
        "meeting",
        "on-the-phone",
        "other",
        "performance",
        "permanent-absence",
        "playing",
        "presentation",
        "shopping",
        "sleeping",
        "spectator",
        "steering",
        "travel",
        "tv",
        "unknown",
        "vacation",
        "working",
        "worship",
    }
)
"""Elements of RPID's ``activities`` [RFC4480 3.2]; what other schemas add is left out when read."""

DO_NOT_DISTURB = "do-not-disturb"
"""Text of an ``other`` activity: RPID has no word of its own for it."""


class PidfDocument(Struct, frozen=True, kw_only=True):
    """One person: ``entity`` with its scheme; ``open`` where messages reach somebody.

    ``other`` is the text of the activity ``other``; ``idle`` is RPID's ``user-input``.
    """

    entity: str
    open: bool
    activities: tuple[str, ...] = ()
    other: str = ""
    idle: bool = False
    note: str = ""
    changed: datetime | None = None


def write_pidf(document: PidfDocument) -> bytes:
    """The document in UTF-8: one tuple, and a person where there is more to say."""
    note = f"<note>{escape(document.note)}</note>" if document.note else ""
    when = f"<timestamp>{write_instant(document.changed)}</timestamp>" if document.changed else ""
    basic = "open" if document.open else "closed"
    contact = f"<contact>{escape(document.entity)}</contact>" if document.open else ""
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<presence xmlns="{PIDF}" xmlns:dm="{DATA_MODEL}" xmlns:rpid="{RPID}"'
        f' entity="{escape_attribute(document.entity)}">'
        f'<tuple id="t1"><status><basic>{basic}</basic></status>{contact}{note}{when}</tuple>'
        f"{_person(document)}</presence>"
    ).encode("utf-8", "replace")


def _person(document: PidfDocument) -> str:
    words = [f"<rpid:{name}/>" for name in document.activities if name in ACTIVITIES and name != "other"]
    if document.other:
        words.append(f"<rpid:other>{escape(document.other)}</rpid:other>")
    activities = f"<rpid:activities>{''.join(words)}</rpid:activities>" if words else ""
    idle = "<rpid:user-input>idle</rpid:user-input>" if document.idle else ""
    note = f"<dm:note>{escape(document.note)}</dm:note>" if document.note else ""
    if not (activities or idle or note):
        return ""
    return f'<dm:person id="p1">{activities}{idle}{note}</dm:person>'


def read_pidf(body: bytes) -> PidfDocument:
    """A published document; one open tuple is enough to be open. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "presence")
    whole = _parts(root)
    people = [_parts(one) for name, one in whole if name == "person"]
    tuples = [_parts(one) for name, one in whole if name == "tuple"]
    statuses = [_parts(status) for one in tuples if (status := _first(one, "status")) is not None]
    words, other = _activities([*people, *tuples, *statuses])
    notes = [_text(parts, "note") for parts in (*people, whole, *tuples)]
    return PidfDocument(
        entity=root.get("entity", ""),
        open="open" in [_text(status, "basic").lower() for status in statuses],
        activities=words,
        other=other,
        idle="idle" in [_text(person, "user-input") for person in people],
        note=next((note for note in notes if note), ""),
    )


_Parts = list[tuple[str, Element]]
"""The children of an element with their names: each is looked at for several things."""


def _parts(element: Element) -> _Parts:
    return [(local_name(one), one) for one in element]


def _first(parts: _Parts, name: str) -> Element | None:
    for found, one in parts:
        if found == name:
            return one
    return None


def _text(parts: _Parts, name: str) -> str:
    """The text of the first child called ``name``, empty where there is none."""
    found = _first(parts, name)
    return "" if found is None else (found.text or "").strip()


def _activities(holders: list[_Parts]) -> tuple[tuple[str, ...], str]:
    words: list[str] = []
    other = ""
    for activities in [one for parts in holders for name, one in parts if name == "activities"]:
        for one in activities:
            name = local_name(one)
            if name == "other":
                other = other or (one.text or "").strip()
            elif name in ACTIVITIES and name not in words:
                words.append(name)
    return tuple(words), other
