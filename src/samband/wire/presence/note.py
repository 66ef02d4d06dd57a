"""The ``note`` element: a person's own words, or the out-of-office reply [MS-PRES]."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from samband.wire.presence.elements import child
from samband.wire.presence.names import NOTE
from samband.wire.xml.reading import Element
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import read_instant, write_instant


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteDocument:
    """A note; ``kind`` is ``personal`` or ``OOF``. Without text it was cleared."""

    text: str = ""
    kind: str = "personal"
    start: datetime | None = None
    end: datetime | None = None


def write_note(note: NoteDocument) -> str:
    """The element as text."""
    times = f' startTime="{write_instant(note.start)}"' if note.start else ""
    times += f' endTime="{write_instant(note.end)}"' if note.end else ""
    body = f'<body type="{escape_attribute(note.kind)}" uri=""{times}>{escape(note.text)}</body>'
    return f'<note xmlns="{NOTE}">{body}</note>'


def read_note(element: Element) -> NoteDocument:
    """A ``note`` element; times that cannot be read are left out."""
    body = child(element, "body")
    if body is None:
        return NoteDocument()
    return NoteDocument(
        text=(body.text or "").strip(),
        kind="OOF" if body.get("type", "").upper() == "OOF" else "personal",
        start=_instant(body.get("startTime")),
        end=_instant(body.get("endTime")),
    )


def _instant(text: str | None) -> datetime | None:
    try:
        return read_instant(text) if text else None
    except ValueError:
        return None
