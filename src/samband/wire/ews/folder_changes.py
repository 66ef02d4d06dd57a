"""Folders that requests make and change: CreateFolder's folders, UpdateFolder's changes [MS-OXWSFOLD]."""

from __future__ import annotations

from dataclasses import dataclass, field

from samband.wire.ews.fields.codecs import Plain
from samband.wire.ews.fields.errors import (
    PropertyError,
    invalid_append,
    invalid_delete,
    invalid_set,
    update_mismatch,
)
from samband.wire.ews.fields.extended import read_property
from samband.wire.ews.folder_fields import (
    DISPLAY_NAME,
    FIELDS,
    FOLDER_CLASS,
    PERMISSION_SET_FIELD,
    SEARCH_PARAMETERS_FIELD,
    TAG_KEYS,
    tag_value,
)
from samband.wire.ews.folder_ids import MAX_FOLDERS, GivenFolder, read_folder
from samband.wire.ews.folder_properties import FolderExtended
from samband.wire.ews.folder_shapes import FolderPath, read_path
from samband.wire.ews.names import M, T
from samband.wire.ews.search_folders import GivenSearch
from samband.wire.xml.reading import Element, at_most, local_name, missing, required, unexpected

KINDS = frozenset({"Folder", "CalendarFolder", "ContactsFolder", "SearchFolder", "TasksFolder"})
_PATHS = frozenset({T + "FieldURI", T + "IndexedFieldURI", T + "ExtendedFieldURI"})
_ELEMENTS = {one.element: one for one in FIELDS.values()}


@dataclass(slots=True)
class GivenValues:
    """Properties of a folder that a client gave; a name is None where it gave none, a deleted property is None."""

    name: str | None = None
    folder_class: str | None = None
    extended: dict[str, str | tuple[str, ...] | None] = field(default_factory=dict)
    permissions: list[Plain] | None = None
    search: GivenSearch | None = None

    def put(self, path: FolderPath, value: Plain) -> None:
        """Take one property. Raises ``PropertyError`` for one that clients do not set."""
        if isinstance(path, FolderExtended):
            self.extended[path.key] = value
        elif path is DISPLAY_NAME:
            self.name = value
        elif path is FOLDER_CLASS:
            self.folder_class = value
        elif path is PERMISSION_SET_FIELD:
            self.permissions = value
        elif path is SEARCH_PARAMETERS_FIELD:
            self.search = value
        elif path.uri in TAG_KEYS:
            self.extended[TAG_KEYS[path.uri]] = tag_value(str(value)) if value else None
        else:
            raise invalid_set(path.path_xml)


@dataclass(frozen=True, slots=True)
class GivenNewFolder:
    """A folder to make: the element it came as, and its properties or what is wrong with them."""

    kind: str
    values: GivenValues | PropertyError


@dataclass(frozen=True, slots=True)
class GivenFolderChange:
    """A folder to change."""

    folder: GivenFolder
    values: GivenValues | PropertyError


def read_new_folders(request: Element, tag: str = M + "Folders") -> list[GivenNewFolder]:
    """``m:Folders`` of CreateFolder, or the folders in another element. Raises ``SchemaViolation``."""
    container = required(request, tag)
    if len(container) == 0:
        raise missing(container, T + "Folder")
    at_most(container, MAX_FOLDERS)
    return [_read_new(container, element) for element in container]


def _read_new(container: Element, element: Element) -> GivenNewFolder:
    kind = local_name(element)
    if kind not in KINDS:
        raise unexpected(container, element)
    try:
        values = GivenValues()
        for child in element:
            _put(values, element, child)
        return GivenNewFolder(kind, values)
    except PropertyError as error:
        return GivenNewFolder(kind, error)


def _put(values: GivenValues, element: Element, child: Element) -> None:
    if child.tag == T + "ExtendedProperty":
        path, value = read_property(child)
        values.extended[path.key] = value
        return
    row = _ELEMENTS.get(local_name(child))
    if row is None or (row is SEARCH_PARAMETERS_FIELD and local_name(element) != "SearchFolder"):
        raise unexpected(element, child)
    values.put(row, row.codec.read(child))


def read_folder_changes(request: Element) -> list[GivenFolderChange]:
    """``m:FolderChanges`` of UpdateFolder. Raises ``SchemaViolation``."""
    container = required(request, M + "FolderChanges")
    if len(container) == 0:
        raise missing(container, T + "FolderChange")
    at_most(container, MAX_FOLDERS)
    return [_read_change(change) for change in container]


def _read_change(change: Element) -> GivenFolderChange:
    if len(change) == 0:
        raise missing(change, T + "FolderId")
    folder = read_folder(change[0])
    updates = required(change, T + "Updates")
    if len(updates) == 0:
        raise missing(updates, T + "SetFolderField")
    try:
        values = GivenValues()
        for update in updates:
            _read_update(values, update)
        return GivenFolderChange(folder, values)
    except PropertyError as error:
        return GivenFolderChange(folder, error)


def _read_update(values: GivenValues, update: Element) -> None:
    action = local_name(update)
    named = next((child for child in update if child.tag in _PATHS), None)
    if named is None:
        raise missing(update, T + "Path")
    path = read_path(named)
    if path is None:
        raise invalid_set(f'<t:FieldURI FieldURI="{named.get("FieldURI")}"/>')
    if action == "SetFolderField":
        values.put(path, _value(path, update))
    elif action == "DeleteFolderField":
        if path is PERMISSION_SET_FIELD:
            values.permissions = []
        elif isinstance(path, FolderExtended):
            values.extended[path.key] = None
        elif path.uri in TAG_KEYS:
            values.put(path, None)
        else:
            raise invalid_delete(path.path_xml)
    elif action == "AppendToFolderField":
        raise invalid_append(path.path_xml)
    else:
        parent = update.getparent()
        raise unexpected(update if parent is None else parent, update)


def _value(path: FolderPath, update: Element) -> Plain:
    folder = next((child for child in update if local_name(child) in KINDS), None)
    if folder is None:
        raise missing(update, T + "Folder")
    if len(folder) != 1:
        raise PropertyError(
            "ErrorIncorrectUpdatePropertyCount",
            "An object within a change description must contain one and only one property to modify.",
            path.path_xml,
        )
    child = folder[0]
    if isinstance(path, FolderExtended):
        if child.tag != T + "ExtendedProperty":
            raise update_mismatch(path.path_xml)
        given, value = read_property(child)
        if given.key != path.key:
            raise update_mismatch(path.path_xml)
        return value
    if local_name(child) != path.element:
        raise update_mismatch(path.path_xml)
    return path.codec.read(child)
