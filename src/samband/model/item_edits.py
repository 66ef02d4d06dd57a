"""Changes of single properties, applied: what an item is after them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import msgspec

from samband.model.failures import Failure
from samband.model.item_requests import Edit, EditAction
from samband.model.item_values import Body, BodyKind, PhysicalAddress
from samband.model.items import ItemProperties

P = TypeVar("P", bound=ItemProperties)

_PLACES = "physical_addresses"


def apply(properties: P, edits: Iterable[Edit]) -> P:
    """``properties`` after ``edits``, in order; those of the item itself (``item_class``, ``mime``) are left out.

    Raises ``Failure`` ErrorInvalidPropertyRequest for a property that items of this kind do not have.
    """
    for edit in edits:
        if edit.attribute in ("item_class", "mime"):
            continue
        if not hasattr(properties, edit.attribute):
            raise Failure("ErrorInvalidPropertyRequest", "Property is not valid for this object type.", path=edit.path)
        properties = msgspec.structs.replace(properties, **{edit.attribute: _after(properties, edit)})
    return properties


def _after(properties: ItemProperties, edit: Edit) -> Any:
    now = getattr(properties, edit.attribute)
    if edit.key:
        return _entry(now, edit)
    if edit.action is EditAction.DELETE:
        return default_of(type(properties), edit.attribute)
    return _appended(now, edit.value) if edit.action is EditAction.APPEND else edit.value


def _entry(entries: dict[str, Any], edit: Edit) -> dict[str, Any]:
    entries = dict(entries)
    value = None if edit.action is EditAction.DELETE else edit.value
    if edit.part:
        place = msgspec.structs.replace(entries.get(edit.key) or PhysicalAddress(), **{edit.part: value or ""})
        value = None if place == PhysicalAddress() else place
    if value is None or value == "":
        entries.pop(edit.key, None)
    else:
        entries[edit.key] = value
    return entries


def _appended(now: Any, more: Any) -> Any:
    if isinstance(more, Body):
        if now is None:
            return more
        if now.kind is BodyKind.HTML and more.kind is BodyKind.HTML:
            return Body(BodyKind.HTML, inside_html(now.content, more.content))
        return Body(now.kind, now.content + more.content)
    return now + more


def inside_html(document: str, more: str) -> str:
    """``more`` at the end of the body of ``document``."""
    place = document.lower().rfind("</body>")
    return document + more if place < 0 else document[:place] + more + document[place:]


def default_of(record: type[ItemProperties], attribute: str) -> Any:
    """What ``attribute`` of a record is where nobody said anything."""
    return getattr(record(), attribute)


def only_reads(edits: Iterable[Edit]) -> bool:
    """Whether nothing but the read flag is changed."""
    return all(edit.attribute == "is_read" and edit.action is EditAction.SET for edit in edits)


_OUTSIDE_MIME = frozenset(
    {
        "is_read",
        "flag",
        "categories",
        "reminder_is_set",
        "reminder_due_by",
        "reminder_minutes_before_start",
        "reminder_next_time",
        "extended",
        "item_class",
        "importance",
        "sensitivity",
        "is_associated",
        "culture",
    }
)


def touches_message(edits: Iterable[Edit]) -> bool:
    """Whether the message as it came no longer says what the item says."""
    return any(edit.attribute not in _OUTSIDE_MIME for edit in edits)


_SENT = frozenset({"to_recipients", "cc_recipients", "bcc_recipients", "reply_to", "from_", "sender"})


def check_sent(properties: ItemProperties, edits: Iterable[Edit]) -> None:
    """Raise ``Failure`` where ``edits`` would forge whom a message that is no draft any more is from, or went to."""
    if properties.is_draft:
        return
    for edit in edits:
        if edit.attribute in _SENT:
            raise Failure(
                "ErrorInvalidPropertyUpdateSentMessage",
                "The property cannot be changed once the message is sent.",
                path=edit.path,
            )
