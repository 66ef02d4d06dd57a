"""Operations on folders."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from samband.exchange.actions.folders import HierarchyState, bad_sync_state
from samband.exchange.ews.answers import answers, failure_of, refused
from samband.exchange.ews.call import Call
from samband.exchange.ews.references import folder_ref, folder_refs, target_ref
from samband.model import permissions
from samband.model.failures import Failure
from samband.model.folders import (
    TOP,
    Disposal,
    Folder,
    FolderKind,
    FolderProperties,
    FolderRef,
    FolderUpdate,
    NamedFolder,
    NewFolder,
    NewSearch,
)
from samband.model.permissions import FolderPermission
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.folder_changes import (
    GivenFolderChange,
    GivenNewFolder,
    GivenValues,
    read_folder_changes,
    read_new_folders,
)
from samband.wire.ews.folder_shapes import read_folder_shape
from samband.wire.ews.folders import (
    NO_FOLDERS,
    ONLY_ID,
    read_delete_sub_folders,
    read_disposal,
    read_find_folder,
    read_sync_hierarchy,
    write_folders,
    write_found_folders,
    write_hierarchy,
)
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.ews.sync_states import HierarchyMark, MalformedState, read_hierarchy_mark, write_hierarchy_mark
from samband.wire.xml.reading import Element


async def get_folder(call: Call, element: Element) -> str:
    """GetFolder: one message for each folder asked for."""
    refs = folder_refs(element, M + "FolderIds")
    try:
        shape = read_folder_shape(element, M + "FolderShape", call.version)
    except PropertyError as error:
        return write_batch("GetFolder", [refused(error)] * len(refs), NO_FOLDERS)
    found = await call.exchange.folders.get(call.caller, refs, content=shape.wants_content)
    return write_batch("GetFolder", answers(found, lambda folder: write_folders(shape, [folder])), NO_FOLDERS)


async def find_folder(call: Call, element: Element) -> str:
    """FindFolder: one message for each parent, each with its page."""
    refs = folder_refs(element, M + "ParentFolderIds")
    try:
        request = read_find_folder(element, call.version)
    except PropertyError as error:
        return write_batch("FindFolder", [refused(error)] * len(refs))
    test = request.restriction.test if request.restriction else _anything
    if request.traversal == "SoftDeleted":
        test = _nothing
    found = await call.exchange.folders.find(
        call.caller, refs, deep=request.traversal == "Deep", test=test, content=request.shape.wants_content
    )
    return write_batch("FindFolder", answers(found, lambda folders: write_found_folders(request, folders)))


def _anything(_: Folder) -> bool:
    return True


def _nothing(_: Folder) -> bool:
    """Deleted folders leave nothing behind: what was in them is in the recoverable items."""
    return False


async def sync_folder_hierarchy(call: Call, element: Element) -> str:
    """SyncFolderHierarchy: what happened below a folder since a state."""
    try:
        request = read_sync_hierarchy(element, call.version)
        state = HierarchyState(*read_hierarchy_mark(request.state)) if request.state else None
        ref = folder_ref(request.folder) if request.folder else NamedFolder(TOP)
        place, after, changes = await call.exchange.folders.hierarchy(
            call.caller, ref, state, content=request.shape.wants_content
        )
    except (PropertyError, Failure) as reason:
        return write_batch("SyncFolderHierarchy", [refused(reason)])
    except MalformedState:
        return write_batch("SyncFolderHierarchy", [refused(bad_sync_state())])
    mark = write_hierarchy_mark(HierarchyMark(*after))
    return write_batch("SyncFolderHierarchy", [write_hierarchy(request.shape, mark, place.mailbox, *changes)])


async def create_folder(call: Call, element: Element) -> str:
    """CreateFolder: one message for each folder to make."""
    parent = target_ref(element, M + "ParentFolderId")
    new = [_new(given) for given in read_new_folders(element)]
    made = await call.exchange.folder_changes.create(call.caller, parent, new)
    return _written("CreateFolder", made)


async def create_folder_path(call: Call, element: Element) -> str:
    """CreateFolderPath: one message for each folder on the way."""
    parent = target_ref(element, M + "ParentFolderId")
    path = [_new(given) for given in read_new_folders(element, M + "RelativeFolderPath")]
    return _written("CreateFolderPath", await call.exchange.folder_changes.create_path(call.caller, parent, path))


def _new(given: GivenNewFolder) -> NewFolder | Failure:
    values = given.values
    if isinstance(values, PropertyError):
        return failure_of(values)
    if given.kind == FolderKind.SEARCH and values.search is None:
        return Failure("ErrorInvalidOperation", "A search folder needs SearchParameters.")
    extended = {key: value for key, value in values.extended.items() if value is not None}
    properties = FolderProperties(extended=extended, permissions=_permissions(values) or ())
    kind = FolderKind(given.kind)
    return NewFolder(kind, values.name or "", values.folder_class or "", properties, _search(values))


def _search(values: GivenValues) -> NewSearch | None:
    given = values.search
    if given is None:
        return None
    return NewSearch(given.restriction, tuple(folder_ref(folder) for folder in given.folders), given.deep)


def _permissions(values: GivenValues) -> tuple[FolderPermission, ...] | None:
    if values.permissions is None:
        return None
    given = msgspec.convert(values.permissions, tuple[FolderPermission, ...])
    return tuple(one if one.level == "Custom" else _of_level(one) for one in given)


def _of_level(said: FolderPermission) -> FolderPermission:
    named = permissions.given(said.level, user=said.user, address=said.address, sid=said.sid)
    return msgspec.structs.replace(named, display_name=said.display_name)


async def update_folder(call: Call, element: Element) -> str:
    """UpdateFolder: one message for each folder to change."""
    updates = [_update(given) for given in read_folder_changes(element)]
    return _written("UpdateFolder", await call.exchange.folder_changes.update(call.caller, updates))


def _update(given: GivenFolderChange) -> tuple[FolderRef | Failure, FolderUpdate]:
    values = given.values
    if isinstance(values, PropertyError):
        return failure_of(values), FolderUpdate()
    search = _search(values)
    update = FolderUpdate(values.name, values.folder_class, values.extended, _permissions(values), search)
    return folder_ref(given.folder), update


async def delete_folder(call: Call, element: Element) -> str:
    """DeleteFolder."""
    disposal = Disposal(read_disposal(element))
    refs = folder_refs(element, M + "FolderIds")
    return write_batch("DeleteFolder", answers(await call.exchange.folder_changes.delete(call.caller, refs, disposal)))


async def empty_folder(call: Call, element: Element) -> str:
    """EmptyFolder."""
    disposal, folders = Disposal(read_disposal(element)), read_delete_sub_folders(element)
    refs = folder_refs(element, M + "FolderIds")
    emptied = await call.exchange.folder_changes.empty(call.caller, refs, disposal, folders=folders)
    return write_batch("EmptyFolder", answers(emptied))


async def move_folder(call: Call, element: Element) -> str:
    """MoveFolder: the folders as they are afterwards."""
    to, refs = target_ref(element, M + "ToFolderId"), folder_refs(element, M + "FolderIds")
    return _written("MoveFolder", await call.exchange.folder_changes.move(call.caller, to, refs))


async def copy_folder(call: Call, element: Element) -> str:
    """CopyFolder: the copies."""
    to, refs = target_ref(element, M + "ToFolderId"), folder_refs(element, M + "FolderIds")
    return _written("CopyFolder", await call.exchange.folder_changes.copy(call.caller, to, refs))


def _written(operation: str, found: Sequence[Folder | Failure]) -> str:
    return write_batch(operation, answers(found, lambda folder: write_folders(ONLY_ID, [folder])), NO_FOLDERS)
