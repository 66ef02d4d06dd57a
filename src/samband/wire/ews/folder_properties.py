"""Extended (MAPI) properties of folders: those a client set, and those that are another view of what a folder has."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from samband.wire.ews.fields.extended import Extended, read_path
from samband.wire.xml.reading import Element
from samband.wire.xml.values import write_boolean, write_instant


def _record_key(folder: Any) -> str:
    return base64.b64encode(folder.id.to_bytes(8, "big")).decode("ascii")


COMPUTED: dict[str, Callable[[Any], str | None]] = {
    "0x0ff9:Binary": _record_key,
    "0x10f3:String": lambda folder: folder.name,
    "0x3001:String": lambda folder: folder.name,
    "0x3007:SystemTime": lambda folder: write_instant(folder.created),
    "0x3602:Integer": lambda folder: str(folder.total),
    "0x3603:Integer": lambda folder: str(folder.unread),
    "0x360a:Boolean": lambda folder: write_boolean(folder.children > 0),
    "0x3613:String": lambda folder: folder.folder_class or None,
    "0x6638:Integer": lambda folder: str(folder.children),
    "0x670e:String": lambda folder: f"/{folder.id:016x}",
}
"""The value of an extended property of a folder, by its key [MS-OXPROPS]."""

CONTENT = frozenset(
    {
        "0x0e08:Integer",
        "0x0e08:Long",
        "0x3008:SystemTime",
        "0x670a:SystemTime",
        "0x6751:Integer",
        "0x6752:Integer",
    }
)
"""Properties that follow from the items in a folder: ``extended`` of the folder holds them when they are asked for."""


@dataclass(frozen=True, slots=True)
class FolderExtended(Extended):
    """The path of an extended property, asked of folders."""

    def value(self, item: Any) -> str | tuple[str, ...] | None:
        found: str | tuple[str, ...] | None = item.properties.extended.get(self.key)
        if found is None and self.key in COMPUTED:
            return COMPUTED[self.key](item)
        return found


def read_folder_path(element: Element) -> FolderExtended:
    """The property an ExtendedFieldURI names. Raises ``SchemaViolation`` or ``PropertyError``."""
    path = read_path(element)
    return FolderExtended(path.key, path.kind, path.uri)
