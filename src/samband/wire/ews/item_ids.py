"""How requests name items: ItemId, OccurrenceItemId, RecurringMasterItemId [MS-OXWSCDATA]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

from samband.wire.ews.ids import IdKind, MalformedId, ObjectId, read_id
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, attribute, bad_attribute, missing, required, unexpected
from samband.wire.xml.values import read_boolean, read_instant, read_integer

V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class GivenItemId:
    """An item as a request names it; ``id`` is None where the text is no identifier of an item.

    ``instance`` is the index of an OccurrenceItemId (-1 for 0, which is out of any range), 0 for none; ``master``: the
    series is meant, not the occurrence whose identifier this is. ``ranges``: some of its occurrences are meant too.
    """

    id: ObjectId | None
    change_key: str = ""
    instance: int | None = None
    master: bool = False
    ranges: tuple[OccurrenceRange, ...] | None = None


@dataclass(frozen=True, slots=True)
class OccurrenceRange:
    """Some occurrences of a series: those that begin in [``start``, ``end``), at most ``count``; None: no bound.

    ``original``: they are compared by when they began before they were moved.
    """

    start: datetime | None
    end: datetime | None
    count: int | None
    original: bool


_RANGES = T + "RecurringMasterItemIdRanges"
_SIMPLE = {
    _RANGES: "Id",
    T + "ItemId": "Id",
    T + "RecurringMasterItemId": "OccurrenceId",
    T + "OccurrenceItemId": "RecurringMasterId",
}
ITEM_IDS = tuple(_SIMPLE)
"""The elements that name an item."""


def read_item_id(element: Element) -> GivenItemId:
    """One of ``ITEM_IDS``. Raises ``SchemaViolation``."""
    name = _SIMPLE.get(str(element.tag))
    if name is None:
        parent = element.getparent()
        raise unexpected(element if parent is None else parent, element)
    text, change_key = attribute(element, name), element.get("ChangeKey", "")
    instance = _instance(element) if name == "RecurringMasterId" else None
    ranges = tuple(map(_range, element.iterfind(f"{T}Ranges/{T}Range"))) if element.tag == _RANGES else None
    try:
        found = read_id(text, IdKind.ITEM, IdKind.OCCURRENCE)
    except MalformedId:
        return GivenItemId(None, change_key)
    return GivenItemId(found, change_key, instance, name == "OccurrenceId", ranges)


def _range(element: Element) -> OccurrenceRange:
    return OccurrenceRange(
        _said(element, "Start", lambda text: read_instant(text, UTC)),
        _said(element, "End", lambda text: read_instant(text, UTC)),
        _said(element, "Count", read_integer),
        _said(element, "CompareOriginalStartTime", read_boolean) or False,
    )


def _said(element: Element, name: str, read: Callable[[str], V]) -> V | None:
    text = element.get(name)
    if text is None:
        return None
    try:
        return read(text)
    except ValueError:
        raise bad_attribute(name, text) from None


def _instance(element: Element) -> int:
    text = attribute(element, "InstanceIndex")
    try:
        return read_integer(text) or -1
    except ValueError:
        raise bad_attribute("InstanceIndex", text) from None


def read_item_ids(parent: Element, tag: str) -> list[GivenItemId]:
    """The items in the required, non-empty child ``tag`` of ``parent``. Raises ``SchemaViolation``."""
    container = required(parent, tag)
    if len(container) == 0:
        raise missing(container, T + "ItemId")
    return [read_item_id(child) for child in container]


def read_attachment_ids(parent: Element, tag: str) -> list[ObjectId | None]:
    """The attachments in the required child ``tag``; None for what is no identifier of one."""
    container = required(parent, tag)
    if len(container) == 0:
        raise missing(container, T + "AttachmentId")
    found: list[ObjectId | None] = []
    for child in container:
        try:
            found.append(read_id(attribute(child, "Id"), IdKind.ATTACHMENT))
        except MalformedId:
            found.append(None)
    return found
