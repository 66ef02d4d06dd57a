"""Items and changes as clients give them, from wire to model."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, tzinfo
from typing import Any

import msgspec

from samband.exchange.ews import mirrors
from samband.exchange.ical import draft_of_ical
from samband.exchange.messages import draft_of_mime, over_mime
from samband.model.failures import Failure
from samband.model.item_properties import MAX_SUBJECT
from samband.model.item_requests import Draft, DraftAttachment, Edit, EditAction
from samband.model.items import PROPERTIES, Attachment, ItemKind, ItemProperties
from samband.model.timezones import ZoneDefinition
from samband.model.zone_rules import zone_of
from samband.wire.ews.fields.attachments import GivenAttachment
from samband.wire.ews.fields.changes import MIME, GivenChange
from samband.wire.ews.fields.extended import Extended
from samband.wire.ews.fields.indexed import Indexed
from samband.wire.ews.fields.reading import GivenItem, read_item

_BUILTINS = (bytes, datetime, date)
_NAMES = ("given_name", "middle_name", "surname")
_MAX_NAME = 255
MAX_NESTING = 10
"""How deep items may hang on items that hang on items."""


def localized(value: Any, zone: tzinfo) -> Any:
    """``value`` with every instant that said no offset taken as in ``zone``."""
    if isinstance(value, datetime):
        return value if value.tzinfo is not None else value.replace(tzinfo=zone).astimezone(UTC)
    if isinstance(value, dict):
        return {key: localized(inner, zone) for key, inner in value.items()}
    if isinstance(value, list):
        return [localized(inner, zone) for inner in value]
    return value


def _zone(values: dict[str, Any], attribute: str, zone: tzinfo) -> tzinfo:
    given = values.get(attribute)
    return zone if given is None else zone_of(msgspec.convert(given, ZoneDefinition))


def converted(kind: ItemKind, values: dict[str, Any], zone: tzinfo) -> ItemProperties:
    """Plain ``values`` by attribute as the record of ``kind``. Raises ``Failure``."""
    start = _zone(values, "start_time_zone", zone)
    end = _zone(values, "end_time_zone", start)
    plain = {name: localized(value, end if name == "end" else start) for name, value in values.items()}
    if "subject" in plain:
        plain["subject"] = plain["subject"][:MAX_SUBJECT]
    if any(len(plain.get(name, "")) > _MAX_NAME for name in _NAMES):
        raise Failure("ErrorPropertyUpdate", "A part of a name is too long.")
    try:
        return msgspec.convert(plain, PROPERTIES[kind], builtin_types=_BUILTINS)
    except (msgspec.ValidationError, OverflowError):
        raise Failure("ErrorInvalidPropertySet", "A property has a value that it cannot have.") from None


def draft_of(given: GivenItem, zone: tzinfo, depth: int = 0) -> Draft:
    """An item to be made. ``zone`` is what times without an offset are in. Raises ``Failure``."""
    if depth > MAX_NESTING:
        raise Failure("ErrorAttachmentNestLevelLimitExceeded", "Attachments are nested too deeply.")
    kind = ItemKind(given.kind)
    extended, more = mirrors.values_of(kind, given.extended)
    values = mirrors.merged(given.values, more)
    if extended:
        values["extended"] = extended
    if "enhanced_location" in values and not values.get("location"):
        values["location"] = values["enhanced_location"]["display_name"]
    names = frozenset(values)
    files = tuple(attachment_draft(attachment, zone, depth) for attachment in given.attachments)
    if given.mime is None:
        properties = converted(kind, values, zone)
        item_class = given.own.get("item_class", "")
        return Draft(kind=kind, item_class=item_class, properties=properties, attachments=files, given=names)
    return over_mime(
        _draft_of_mime(given.mime, kind, zone),
        converted(kind, values, zone),
        names,
        given.own.get("item_class", ""),
        files,
    )


def _draft_of_mime(content: bytes, kind: ItemKind, zone: tzinfo) -> Draft:
    """MIME content by the kind of item it is of: calendar items come as iCalendar."""
    if kind is ItemKind.CALENDAR_ITEM:
        return draft_of_ical(content.decode("utf-8", "replace"), zone)
    return draft_of_mime(content, kind)


def attachment_draft(given: GivenAttachment, zone: tzinfo, depth: int = 0) -> DraftAttachment:
    """Something to be hung on an item. Raises ``Failure``, ``SchemaViolation`` and ``PropertyError``."""
    head = msgspec.convert({"id": 0, "name": "", **given.head}, Attachment)
    if given.item is None:
        return DraftAttachment(head, given.content or b"")
    return DraftAttachment(head, item=draft_of(read_item(given.item), zone, depth + 1))


def edits_of(kind: ItemKind, changes: Sequence[GivenChange], zone: tzinfo) -> list[Edit]:
    """Changes of an item of ``kind`` as verbs take them. Raises ``Failure``."""
    values = {
        change.path.attribute: change.value
        for change in changes
        if not isinstance(change.path, Extended | Indexed) and change.action == "set"
    }
    start = _zone(values, "start_time_zone", zone)
    end = _zone(values, "end_time_zone", start)
    return [edit for change in changes for edit in _edits(kind, change, end if _is_end(change) else start)]


def _is_end(change: GivenChange) -> bool:
    return not isinstance(change.path, Extended | Indexed) and change.path.attribute == "end"


def _edits(kind: ItemKind, change: GivenChange, zone: tzinfo) -> list[Edit]:
    action, path = EditAction(change.action), change.path
    if isinstance(path, Extended):
        return mirrors.edits_of(kind, action, path.key, change.value, path.path_xml)
    if isinstance(path, Indexed):
        attribute, value = path.field.attribute, change.value
        if value is not None and not path.part:
            record = converted(kind, {attribute: {path.key: value}}, zone)
            value = getattr(record, attribute)[path.key]
        return [Edit(action, attribute, value, key=path.key, part=path.part, path=path.path_xml)]
    if path is MIME:
        return [Edit(action, "mime", _draft_of_mime(change.value, kind, zone), path=path.path_xml)]
    if path.of_item or action is EditAction.DELETE:
        return [Edit(action, path.attribute, change.value, path=path.path_xml)]
    if not hasattr(PROPERTIES[kind], path.attribute):
        raise Failure("ErrorInvalidPropertyRequest", "Property is not valid for this object type.", path=path.path_xml)
    record = converted(kind, {path.attribute: change.value}, zone)
    edit = Edit(action, path.attribute, getattr(record, path.attribute), path=path.path_xml)
    if kind is ItemKind.CALENDAR_ITEM and path.attribute in ("location", "enhanced_location"):
        return [edit, _of_place(edit)]
    return [edit]


def _of_place(edit: Edit) -> Edit:
    """What follows from a change of where a meeting is: a place and its name are said together."""
    if edit.attribute == "location":
        return Edit(EditAction.DELETE, "enhanced_location", path=edit.path)
    return Edit(EditAction.SET, "location", edit.value.display_name, path=edit.path)
