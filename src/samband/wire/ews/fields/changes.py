"""Updates of single properties: SetItemField, AppendToItemField, DeleteItemField [MS-OXWSCORE]."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.ews.fields.codecs import BOOLEAN, Plain
from samband.wire.ews.fields.errors import (
    PropertyError,
    invalid_append,
    invalid_delete,
    invalid_set,
    update_mismatch,
)
from samband.wire.ews.fields.extended import Extended, read_property
from samband.wire.ews.fields.indexed import Indexed, read_entry
from samband.wire.ews.fields.paths import PATHS, Path, find_path, read_path
from samband.wire.ews.fields.reading import read_mime
from samband.wire.ews.fields.row import Field
from samband.wire.ews.fields.table import FIELDS, KINDS
from samband.wire.xml.reading import Element, SchemaViolation, local_name, unexpected

MIME = FIELDS["item:MimeContent"]
_ACTIONS = {"SetItemField": "set", "AppendToItemField": "append", "DeleteItemField": "delete"}
_REFUSE = {"set": invalid_set, "append": invalid_append, "delete": invalid_delete}
_UNDELETABLE = frozenset(
    {
        "item:ItemClass",
        "item:Importance",
        "item:Sensitivity",
        "calendar:Start",
        "calendar:End",
        "calendar:LegacyFreeBusyStatus",
        "calendar:UID",
        "task:Status",
        "task:PercentComplete",
    }
)
MAX_CHANGES = 2000


@dataclass(frozen=True, slots=True)
class GivenChange:
    """One change: ``action`` is ``set``, ``append`` or ``delete``; ``value`` is plain, None for a deletion.

    For item:MimeContent it is the message's bytes.
    """

    action: str
    path: Path
    value: Plain = None


def read_changes(updates: Element) -> list[GivenChange]:
    """``t:Updates`` of an ItemChange, in order. Raises ``SchemaViolation`` and ``PropertyError``."""
    if len(updates) == 0 or len(updates) > MAX_CHANGES:
        raise SchemaViolation("The element 'Updates' has incomplete content.")
    return [_read_change(change) for change in updates]


def _read_change(element: Element) -> GivenChange:
    action = _ACTIONS.get(local_name(element))
    if action is None:
        parent = element.getparent()
        raise unexpected(element if parent is None else parent, element)
    path = read_path(find_path(element), _REFUSE[action])
    if action == "delete":
        return _deletion(path)
    if action == "append" and not (isinstance(path, Field) and path.appendable):
        raise invalid_append(path.path_xml)
    if not (isinstance(path, Extended) or path is MIME or path.writable):
        raise invalid_set(path.path_xml)
    return GivenChange(action, path, _value(path, _property_of(element, path)))


def _deletion(path: Path) -> GivenChange:
    if isinstance(path, Field) and (not path.writable or path.codec is BOOLEAN or path.uri in _UNDELETABLE):
        raise invalid_delete(path.path_xml)
    if isinstance(path, Indexed) and not path.writable:
        raise invalid_delete(path.path_xml)
    return GivenChange("delete", path)


def _property_of(element: Element, path: Path) -> Element:
    """The one property in the item of a change."""
    item = next((child for child in element if child.tag not in PATHS), None)
    if item is None or local_name(item) not in KINDS:
        raise SchemaViolation(f"The element '{local_name(element)}' has incomplete content.")
    if len(item) != 1:
        raise PropertyError(
            "ErrorIncorrectUpdatePropertyCount",
            "An object within a change description must contain one and only one property to modify.",
            path.path_xml,
        )
    return item[0]


def _value(path: Path, element: Element) -> Plain:
    name = local_name(element)
    if isinstance(path, Extended):
        if name != "ExtendedProperty":
            raise update_mismatch(path.path_xml)
        given, value = read_property(element)
        if given.key != path.key:
            raise update_mismatch(path.path_xml)
        return value
    if isinstance(path, Indexed):
        if name != path.field.element:
            raise update_mismatch(path.path_xml)
        return read_entry(path, element)
    if name != path.element:
        raise update_mismatch(path.path_xml)
    return read_mime(element) if path is MIME else path.codec.read(element)
