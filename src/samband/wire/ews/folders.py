"""Requests about folders, read; folders, written [MS-OXWSFOLD], [MS-OXWSSYNC]."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from samband.wire.ews.fields.errors import PropertyError, unsupported_path
from samband.wire.ews.folder_ids import GivenFolder, read_target
from samband.wire.ews.folder_shapes import FolderPath, FolderShape, read_folder_shape, read_path, write_folder
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.ews.names import M
from samband.wire.ews.paging import Page, read_page
from samband.wire.ews.restrictions import Restriction, read_restriction
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, attribute, attribute_of, bad_attribute
from samband.wire.xml.values import read_boolean

NO_FOLDERS = "<m:Folders/>"
"""The container that a failed message still has."""

_DISPOSALS = frozenset({"HardDelete", "SoftDelete", "MoveToDeletedItems"})
_TRAVERSALS = frozenset({"Shallow", "Deep", "SoftDeleted"})


@dataclass(frozen=True, slots=True)
class FindFolderRequest:
    """FindFolder, but for its parents."""

    traversal: str
    shape: FolderShape
    page: Page
    restriction: Restriction | None


@dataclass(frozen=True, slots=True)
class SyncFolderHierarchyRequest:
    """SyncFolderHierarchy. ``folder`` None: the top of what the owner sees; ``state`` empty: from the beginning."""

    shape: FolderShape
    folder: GivenFolder | None
    state: str


def read_disposal(request: Element) -> str:
    """The required attribute ``DeleteType``."""
    return attribute_of(request, "DeleteType", _DISPOSALS)


def read_delete_sub_folders(request: Element) -> bool:
    """The required attribute ``DeleteSubFolders`` of EmptyFolder."""
    text = attribute(request, "DeleteSubFolders")
    try:
        return read_boolean(text)
    except ValueError:
        raise bad_attribute("DeleteSubFolders", text) from None


def read_find_folder(request: Element, version: ServerVersion) -> FindFolderRequest:
    """FindFolder. Raises ``SchemaViolation`` or ``PropertyError``."""
    restriction = request.find(M + "Restriction")
    return FindFolderRequest(
        traversal=attribute_of(request, "Traversal", _TRAVERSALS),
        shape=read_folder_shape(request, M + "FolderShape", version, found=True),
        page=read_page(request.find(M + "IndexedPageFolderView"), request.find(M + "FractionalPageFolderView")),
        restriction=read_restriction(restriction, _search_path) if restriction is not None else None,
    )


def _search_path(element: Element) -> FolderPath | None:
    try:
        return read_path(element)
    except PropertyError as error:
        raise unsupported_path(error.path_xml) from None


def read_sync_hierarchy(request: Element, version: ServerVersion) -> SyncFolderHierarchyRequest:
    """SyncFolderHierarchy. Raises ``SchemaViolation`` or ``PropertyError``."""
    shape = read_folder_shape(request, M + "FolderShape", version, found=True)
    given = request.find(M + "SyncFolderId")
    state = request.find(M + "SyncState")
    return SyncFolderHierarchyRequest(
        shape=shape,
        folder=None if given is None else read_target(request, M + "SyncFolderId"),
        state=(state.text or "").strip() if state is not None else "",
    )


def write_folders(shape: FolderShape, folders: Iterable[Any]) -> str:
    """``<m:Folders>`` with each of ``folders``."""
    return f"<m:Folders>{''.join([write_folder(shape, folder) for folder in folders])}</m:Folders>"


def write_found_folders(request: FindFolderRequest, folders: Sequence[Any]) -> str:
    """``<m:RootFolder>`` with the page asked for of all ``folders`` found."""
    window = request.page.window(len(folders))
    page = folders[window.start : window.start + window.count]
    written = "".join([write_folder(request.shape, folder) for folder in page])
    return f"<m:RootFolder{window.attributes}><t:Folders>{written}</t:Folders></m:RootFolder>"


def write_hierarchy(
    shape: FolderShape, state: str, mailbox: str, created: Iterable[Any], updated: Iterable[Any], deleted: Iterable[int]
) -> str:
    """The content of SyncFolderHierarchy's message; the range is always whole."""
    changes = [f"<t:Create>{write_folder(shape, folder)}</t:Create>" for folder in created]
    changes += [f"<t:Update>{write_folder(shape, folder)}</t:Update>" for folder in updated]
    changes += [
        f'<t:Delete><t:FolderId Id="{write_id(IdKind.FOLDER, mailbox, folder)}"/></t:Delete>' for folder in deleted
    ]
    return (
        f"<m:SyncState>{state}</m:SyncState><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>"
        f"<m:Changes>{''.join(changes)}</m:Changes>"
    )


ONLY_ID = FolderShape("IdOnly")
"""What CreateFolder, UpdateFolder, MoveFolder and CopyFolder answer."""
