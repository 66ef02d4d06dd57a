"""What search folders look for: ``t:SearchParameters``, read and written [MS-OXWSSRCH]."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree

from samband.wire.ews.fields.codecs import Codec
from samband.wire.ews.fields.errors import PropertyError, unsupported_path
from samband.wire.ews.fields.paths import read_path
from samband.wire.ews.folder_ids import GivenFolder, read_folders
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.ews.names import T
from samband.wire.ews.restrictions import Restriction, read_restriction
from samband.wire.xml.reading import Element, attribute_of, parse, required

MAX_RESTRICTION = 64 * 1024
"""How long a restriction may be that is kept."""
_TRAVERSALS = frozenset({"Shallow", "Deep"})


@dataclass(frozen=True, slots=True)
class GivenSearch:
    """A search: its restriction as XML, the folders it begins at, and whether it goes into those below."""

    restriction: str
    folders: tuple[GivenFolder, ...]
    deep: bool


def read_search_parameters(element: Element) -> GivenSearch:
    """``t:SearchParameters``. Raises ``SchemaViolation`` or ``PropertyError``."""
    given = required(element, T + "Restriction")
    read_restriction(given, _path)
    text = etree.tostring(given, encoding="unicode", with_tail=False)
    if len(text) > MAX_RESTRICTION:
        raise PropertyError("ErrorRestrictionTooLong", "The restriction is too long.")
    folders = tuple(read_folders(element, T + "BaseFolderIds"))
    return GivenSearch(text, folders, attribute_of(element, "Traversal", _TRAVERSALS, "Shallow") == "Deep")


def _path(element: Element) -> Any:
    return read_path(element, unsupported_path)


@lru_cache(maxsize=1024)
def kept_restriction(text: str) -> Restriction:
    """The restriction that ``read_search_parameters`` read; times without an offset are UTC."""
    return read_restriction(parse(text.encode()), _path)


def write_search_parameters(folder: Any) -> str:
    """``<t:SearchParameters>`` of a search folder, nothing of another."""
    search = folder.properties.search
    if search is None:
        return ""
    ids = "".join([f'<t:FolderId Id="{write_id(IdKind.FOLDER, folder.mailbox, row)}"/>' for row in search.folders])
    traversal = "Deep" if search.deep else "Shallow"
    return (
        f'<t:SearchParameters Traversal="{traversal}">{search.restriction}'
        f"<t:BaseFolderIds>{ids}</t:BaseFolderIds></t:SearchParameters>"
    )


SEARCH_PARAMETERS = Codec(read_search_parameters, lambda name: write_search_parameters)
