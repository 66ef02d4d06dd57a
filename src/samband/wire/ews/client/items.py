"""Items as another server shows them, with what only a server sets: what cannot be read of one is named, not fatal."""

from __future__ import annotations

from dataclasses import dataclass, field

from samband.wire.ews.fields.attachments import GivenAttachment, read_attachments
from samband.wire.ews.fields.codecs import child
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.extended import read_property
from samband.wire.ews.fields.reading import GivenItem, read_mime
from samband.wire.ews.fields.table import ELEMENTS
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, local_name

_VIEWS = frozenset({"ItemId", "ParentFolderId", "UniqueBody", "NormalizedBody", "TextBody", "Size", "HasAttachments"})
"""Elements that say nothing an item does not have anyway, or that name it where it was."""


@dataclass(frozen=True, slots=True)
class ForeignItem:
    """An item of another server. ``hanging`` are its attachments' elements, mostly without content; ``unread`` names
    elements that could not be read."""

    given: GivenItem
    hanging: tuple[Element, ...] = ()
    unread: tuple[str, ...] = ()
    changed: tuple[tuple[str, str], ...] = ()
    """(identifier, original start as written) of each occurrence of a series that differs from it."""
    gone: tuple[str, ...] = ()
    """Original starts, as written, of occurrences of a series that are deleted."""


@dataclass(slots=True)
class _Reading:
    values: dict[str, object] = field(default_factory=dict)
    own: dict[str, object] = field(default_factory=dict)
    extended: dict[str, str | tuple[str, ...]] = field(default_factory=dict)
    mime: bytes | None = None
    hanging: tuple[Element, ...] = ()
    unread: list[str] = field(default_factory=list)


def read_foreign(element: Element) -> ForeignItem:
    """An item's element. Raises ``SchemaViolation`` where it is none that is known."""
    kind = local_name(element)
    if kind not in ELEMENTS:
        raise SchemaViolation(f"items of the kind {kind[:60]} are unknown")
    reading = _Reading()
    for one in element:
        try:
            _read(kind, one, reading)
        except (SchemaViolation, PropertyError):
            reading.unread.append(local_name(one))
    given = GivenItem(kind, reading.values, reading.own, reading.extended, reading.mime)
    return ForeignItem(given, reading.hanging, tuple(reading.unread), _changed(element), _gone(element))


def _read(kind: str, element: Element, reading: _Reading) -> None:
    name = local_name(element)
    known = ELEMENTS[kind].get(name)
    if name == "ExtendedProperty":
        path, value = read_property(element)
        reading.extended[path.key] = value
    elif name == "MimeContent":
        reading.mime = read_mime(element)
    elif name == "Attachments":
        reading.hanging = tuple(element)
    elif known is not None and known.attribute and name not in _VIEWS:
        value = known.codec.read(element)
        if value is not None:
            (reading.own if known.of_item else reading.values)[known.attribute] = value


def _changed(element: Element) -> tuple[tuple[str, str], ...]:
    found = []
    for one in element.iterfind(f"{T}ModifiedOccurrences/{T}Occurrence"):
        identifier = one.find(f"{T}ItemId")
        if identifier is not None:
            found.append((identifier.get("Id", ""), child(one, "OriginalStart") or ""))
    return tuple(found)


def _gone(element: Element) -> tuple[str, ...]:
    path = f"{T}DeletedOccurrences/{T}DeletedOccurrence/{T}Start"
    return tuple(one.text or "" for one in element.iterfind(path))


def read_hanging(element: Element) -> GivenAttachment:
    """One attachment with its content. Raises ``SchemaViolation`` or ``PropertyError``."""
    holder = element.makeelement(T + "Attachments")
    holder.append(element)
    return read_attachments(holder)[0]
