"""``application/pidf+xml`` with RPID: presence as plain SIP clients know it [RFC3863, RFC4479, RFC4480]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from samband.wire.presence.elements import child, child_text, children, read_root
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


@dataclass(frozen=True, slots=True, kw_only=True)
class PidfDocument:
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
    statuses = [status for one in children(root, "tuple") if (status := child(one, "status")) is not None]
    people = list(children(root, "person"))
    words, other = _activities([*people, *children(root, "tuple"), *statuses])
    notes = [*(child_text(person, "note") for person in people), child_text(root, "note")]
    notes += [child_text(one, "note") for one in children(root, "tuple")]
    inputs = [child_text(person, "user-input") for person in people]
    return PidfDocument(
        entity=root.get("entity", ""),
        open=any((child_text(status, "basic") or "").lower() == "open" for status in statuses),
        activities=words,
        other=other,
        idle="idle" in inputs,
        note=next((note for note in notes if note), ""),
    )


def _activities(holders: list[Element]) -> tuple[tuple[str, ...], str]:
    words: list[str] = []
    other = ""
    for holder in holders:
        for activities in children(holder, "activities"):
            for one in activities:
                name = local_name(one)
                if name == "other":
                    other = other or (one.text or "").strip()
                elif name in ACTIVITIES and name not in words:
                    words.append(name)
    return tuple(words), other
