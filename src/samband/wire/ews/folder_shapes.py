"""Which properties of folders a request asks for, and writing folders in that shape [MS-OXWSFOLD]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from samband.wire.ews.fields.errors import invalid_request
from samband.wire.ews.fields.row import Field, InFind
from samband.wire.ews.folder_fields import (
    AFTER_EXTENDED,
    BEFORE_EXTENDED,
    DEFAULT_SHAPE,
    FIELDS,
    FOLDER_ID,
    TRAILING,
    UNKEPT,
    WITHOUT_UNREAD,
)
from samband.wire.ews.folder_properties import CONTENT, FolderExtended, read_folder_path
from samband.wire.ews.names import T
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, at_most, attribute, bad_attribute, one_of, required, unexpected
from samband.wire.xml.text import escape_attribute

_BASES = frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})
_ITEM_PREFIXES = (
    "item:",
    "message:",
    "meeting:",
    "meetingRequest:",
    "calendar:",
    "task:",
    "contacts:",
    "distributionlist:",
    "postitem:",
    "conversation:",
    "persona:",
)
_MAX_PATHS = 1000
FolderPath = Field | FolderExtended
WriteFolder = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class FolderShape:
    """What a request asks to see of each folder. ``found``: by FindFolder, which has no permissions."""

    base: str
    additional: tuple[FolderPath, ...] = ()
    version: ServerVersion = ServerVersion.Exchange2013
    found: bool = False

    @property
    def wants_content(self) -> bool:
        """Whether properties are asked for that the items of a folder decide."""
        return any(isinstance(path, FolderExtended) and path.key in CONTENT for path in self.additional)


def read_folder_shape(parent: Element, tag: str, version: ServerVersion, *, found: bool = False) -> FolderShape:
    """The required child ``tag`` (``FolderShape``). Raises ``SchemaViolation`` or ``PropertyError``."""
    element = required(parent, tag)
    base = one_of(required(element, T + "BaseShape"), _BASES)
    paths = element.find(T + "AdditionalProperties")
    if paths is not None:
        at_most(paths, _MAX_PATHS)
    additional = tuple(p for p in map(read_path, paths) if p is not None) if paths is not None else ()
    return FolderShape(base, additional, version, found)


def read_path(element: Element) -> FolderPath | None:
    """The property of folders that a path names; None for one no folder has a value for.

    Raises ``SchemaViolation`` for a FieldURI the schema does not know and ``PropertyError`` for one of items.
    """
    if element.tag == T + "ExtendedFieldURI":
        return read_folder_path(element)
    if element.tag == T + "IndexedFieldURI":
        uri = attribute(element, "FieldURI")
        index = attribute(element, "FieldIndex")
        written = f'FieldURI="{escape_attribute(uri)}" FieldIndex="{escape_attribute(index)}"'
        raise invalid_request(f"<t:IndexedFieldURI {written}/>")
    if element.tag != T + "FieldURI":
        parent = element.getparent()
        raise unexpected(element if parent is None else parent, element)
    uri = attribute(element, "FieldURI")
    field = FIELDS.get(uri)
    if field is None and uri not in UNKEPT:
        if uri.startswith(_ITEM_PREFIXES):
            raise invalid_request(f'<t:FieldURI FieldURI="{escape_attribute(uri)}"/>')
        raise bad_attribute("FieldURI", uri)
    return field


def write_folder(shape: FolderShape, folder: Any) -> str:
    """One folder (the model's ``Folder``) as the element of its kind, with what ``shape`` asks for."""
    kind = folder.kind
    return f"<t:{kind}>{''.join([write(folder) for write in _writers(shape, kind)])}</t:{kind}>"


@lru_cache(maxsize=512)
def _writers(shape: FolderShape, kind: str) -> tuple[WriteFolder, ...]:
    """The writers of a shape in the schema's order, compiled once."""
    extended = tuple(dict.fromkeys(path for path in shape.additional if isinstance(path, FolderExtended)))
    before = [field for field in BEFORE_EXTENDED if _wanted(shape, field)]
    after = [field for field in (*AFTER_EXTENDED, *TRAILING) if _wanted(shape, field)]
    if kind in WITHOUT_UNREAD:
        after = [field for field in after if field.uri != "folder:UnreadCount"]
    paths: list[FolderPath] = [*before, *extended, *after]
    return tuple(path.writer() for path in paths)


def _wanted(shape: FolderShape, field: Field) -> bool:
    if shape.version < field.since or (shape.found and field.in_find is InFind.NEVER):
        return False
    if field in shape.additional or field is FOLDER_ID:
        return True
    if shape.base == "Default":
        return field in DEFAULT_SHAPE
    return shape.base == "AllProperties"
