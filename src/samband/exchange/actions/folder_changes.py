"""Making, changing, moving, copying and deleting folders. A request is one write; its inputs fail one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial

from msgspec.structs import replace

from samband.exchange.actions.folder_contents import DESTINATION, Contents
from samband.exchange.actions.folders import Folders, attempt
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import free_name, require
from samband.exchange.actions.search_folders import require_real
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import (
    DEFAULT_FOLDER_CLASS,
    DELETED_ITEMS,
    ROOT,
    TOP,
    Disposal,
    Folder,
    FolderKind,
    FolderProperties,
    FolderRef,
    FolderUpdate,
    NewFolder,
    NewSearch,
    Place,
    Search,
    depth_first,
    kind_of_class,
)
from samband.model.permissions import FolderPermission, Need, given, usual
from samband.store import folders as rows
from samband.store.api import Tx, WriteTx

MAX_NAME = 255
Refs = Sequence[FolderRef | Failure]


class FolderChanges:
    """Verbs that change folders."""

    def __init__(self, base: Foundation, folders: Folders) -> None:
        self._store = base.store
        self._clock = base.clock
        self._folders = folders

    async def create(
        self, caller: Caller, parent: FolderRef | Failure, new: Sequence[NewFolder | Failure]
    ) -> list[Folder | Failure]:
        """Make folders below ``parent``."""
        try:
            place = await self._folders.visit(caller, parent)
        except Failure as failure:
            return [failure] * len(new)
        now, owner = self._clock(), _owner(caller, place)
        made = [await self._with_search(caller, place, one) for one in new]
        return await self._store.write(lambda tx: [_created(tx, place, one, now, owner) for one in made])

    async def _with_search(self, caller: Caller, place: Place, new: NewFolder | Failure) -> NewFolder | Failure:
        """``new`` with its search among its properties."""
        if isinstance(new, Failure) or new.search is None:
            return new
        try:
            search = await self._search(caller, place, new.search)
        except Failure as failure:
            return failure
        return replace(new, properties=replace(new.properties, search=search))

    async def _search(self, caller: Caller, place: Place, new: NewSearch) -> Search:
        places = [await self._folders.resolve(caller, ref) for ref in new.folders]
        if any(one.mailbox != place.mailbox for one in places):
            raise Failure("ErrorInvalidOperation", "A search folder looks into folders of its own mailbox.")
        return Search(restriction=new.restriction, folders=tuple(one.folder for one in places), deep=new.deep)

    async def create_path(
        self, caller: Caller, parent: FolderRef | Failure, path: Sequence[NewFolder | Failure]
    ) -> list[Folder | Failure]:
        """Make the folders of ``path``, each below the one before; those that are there are taken as they are.

        What comes after one that failed is not made.
        """
        try:
            place = await self._folders.visit(caller, parent)
        except Failure as failure:
            return [failure] * len(path)
        now, owner = self._clock(), _owner(caller, place)

        def work(tx: WriteTx) -> list[Folder | Failure]:
            found: list[Folder | Failure] = []
            here = place
            for one in path:
                step = _step(tx, here, one, now, owner)
                if isinstance(step, Failure):
                    stopped = Failure("ErrorBatchProcessingStopped", "An earlier folder of the path failed.")
                    return [*found, step, *[stopped] * (len(path) - len(found) - 1)]
                found.append(step)
                here = here._replace(folder=step.id)
            return found

        return await self._store.write(work)

    async def update(
        self, caller: Caller, updates: Sequence[tuple[FolderRef | Failure, FolderUpdate]]
    ) -> list[Folder | Failure]:
        """Change properties of folders; each as it is afterwards."""
        places = await self._folders.visits(caller, [ref for ref, _ in updates])
        searches: list[Search | None] = [None] * len(updates)
        for number, (place, (_, update)) in enumerate(zip(places, updates, strict=True)):
            if update.search is not None and not isinstance(place, Failure):
                try:
                    searches[number] = await self._search(caller, place, update.search)
                except Failure as failure:
                    places[number] = failure

        def work(tx: WriteTx) -> list[Folder | Failure]:
            return [
                attempt(tx, place, partial(_updated, update=update, search=search))
                for place, (_, update), search in zip(places, updates, searches, strict=True)
            ]

        return await self._store.write(work)

    async def delete(self, caller: Caller, refs: Refs, disposal: Disposal) -> list[Folder | Failure]:
        """Delete folders with all below them; each as it was."""
        return await self._change(
            caller, refs, Need.OWN, lambda tx, folder, contents: _delete(tx, folder, disposal, contents)
        )

    async def empty(self, caller: Caller, refs: Refs, disposal: Disposal, *, folders: bool) -> list[Folder | Failure]:
        """Delete the items in folders and, where ``folders``, the folders below them that are no default ones."""
        need = Need.OWN if folders else Need.DELETE
        return await self._change(
            caller, refs, need, lambda tx, folder, contents: _empty(tx, folder, disposal, folders, contents)
        )

    async def move(self, caller: Caller, to: FolderRef | Failure, refs: Refs) -> list[Folder | Failure]:
        """Put folders with all below them into ``to``, of the same mailbox. Their identifiers stay."""
        return await self._transfer(caller, to, refs, Need.OWN, lambda tx, folder, target, _: _move(tx, folder, target))

    async def copy(self, caller: Caller, to: FolderRef | Failure, refs: Refs) -> list[Folder | Failure]:
        """Put copies of folders with all below and in them into ``to``; the copies."""
        now = self._clock()
        return await self._transfer(
            caller, to, refs, Need.OWN, lambda tx, folder, target, contents: _copy(tx, folder, target, contents, now)
        )

    async def _change(
        self, caller: Caller, refs: Refs, need: Need, change: Callable[[WriteTx, Folder, Contents], Folder]
    ) -> list[Folder | Failure]:
        places = await self._folders.visits(caller, refs)
        defaults = await self._defaults(places)
        blobs = self._store.blobs

        def work(tx: WriteTx) -> list[Folder | Failure]:
            def one(tx: WriteTx, place: Place) -> Folder:
                contents = Contents(tx, blobs, defaults[place.mailbox])
                changed = change(tx, require(tx, place, need=need), contents)
                contents.settle()
                return changed

            return [attempt(tx, place, one) for place in places]

        return await self._store.write(work)

    async def _transfer(
        self,
        caller: Caller,
        to: FolderRef | Failure,
        refs: Refs,
        need: Need,
        change: Callable[[WriteTx, Folder, Folder, Contents], Folder],
    ) -> list[Folder | Failure]:
        try:
            target = await self._folders.visit(caller, to)
        except Failure as failure:
            return [failure] * len(refs)
        return await self._change(
            caller,
            refs,
            need,
            lambda tx, folder, contents: change(
                tx, folder, require_real(tx, target, "ErrorToFolderNotFound", Need.CREATE_FOLDERS), contents
            ),
        )

    async def _defaults(self, places: Sequence[Place | Failure]) -> dict[str, Mapping[str, int]]:
        mailboxes = {place.mailbox for place in places if not isinstance(place, Failure)}
        return {mailbox: await self._folders.ensure(mailbox) for mailbox in mailboxes}


def _exists(name: str, verb: str = "create") -> Failure:
    return Failure(
        "ErrorFolderExists", f"A folder with the specified name already exists. Could not {verb} folder '{name}'."
    )


def _check_name(name: str) -> str:
    if not name.strip() or len(name) > MAX_NAME:
        raise Failure("ErrorFolderSave", f"A folder needs a name of 1 to {MAX_NAME} characters.")
    return name


def _owner(caller: Caller, place: Place) -> tuple[FolderPermission, ...]:
    """What a visitor gets on a folder that they make: they own it."""
    person = caller.person
    if place.visitor is None or person is None:
        return ()
    return (given("Owner", address=person.primary_smtp, display_name=person.displayName, sid=person.objectSid),)


def _created(
    tx: WriteTx, place: Place, new: NewFolder | Failure, now: datetime, owner: tuple[FolderPermission, ...]
) -> Folder | Failure:
    if isinstance(new, Failure):
        return new
    try:
        parent = require_real(tx, place, "ErrorParentFolderNotFound", Need.CREATE_FOLDERS)
        name = _check_name(new.name)
        folder_class = _class_of(new)
        if rows.child_by_name(tx, parent.mailbox, parent.id, name) is not None:
            raise _exists(name)
    except Failure as failure:
        return failure
    folder = rows.insert(
        tx, parent.mailbox, parent.id, name, folder_class, now, properties=_inherited(new, folder_class, parent, owner)
    )
    return require(tx, Place(parent.mailbox, folder))


def _class_of(new: NewFolder) -> str:
    """The class of a new folder, which agrees with the element it is written as. Raises ``Failure``."""
    typed = new.kind in (FolderKind.CALENDAR, FolderKind.CONTACTS, FolderKind.TASKS)
    if typed and new.folder_class and kind_of_class(new.folder_class) is not new.kind:
        text = f"A {new.kind.value} cannot have the folder class of another type of folder."
        raise Failure("ErrorNoFolderClassOverride", text)
    return new.folder_class or DEFAULT_FOLDER_CLASS[new.kind]


def _inherited(
    new: NewFolder, folder_class: str, parent: Folder, owner: tuple[FolderPermission, ...]
) -> FolderProperties:
    """A new folder has the permissions of its parent where it is of the same kind and was given none."""
    said = new.properties.permissions
    kind = kind_of_class(folder_class)
    calendars = FolderKind.CALENDAR in (kind, parent.kind)
    if not said and (kind is parent.kind or not calendars):
        said = parent.properties.permissions
    if owner:
        said = (*owner, *(one for one in said or usual(kind is FolderKind.CALENDAR) if one.address != owner[0].address))
    return replace(new.properties, permissions=said)


def _step(
    tx: WriteTx, place: Place, new: NewFolder | Failure, now: datetime, owner: tuple[FolderPermission, ...]
) -> Folder | Failure:
    """The folder of a path at ``place``, made where it is not there."""
    there = None if isinstance(new, Failure) else rows.child_by_name(tx, place.mailbox, place.folder, new.name)
    if there is None:
        return _created(tx, place, new, now, owner)
    try:
        return require(tx, place._replace(folder=there.id))
    except Failure as failure:
        return failure


def _updated(tx: WriteTx, place: Place, update: FolderUpdate, search: Search | None) -> Folder:
    folder = require(tx, place, need=Need.OWN)
    if search is not None and folder.kind is not FolderKind.SEARCH:
        raise Failure("ErrorObjectTypeChanged", "Only a search folder looks for something.")
    name = folder.name if update.name is None else _check_name(update.name)
    if name != folder.name:
        other = rows.child_by_name(tx, folder.mailbox, folder.parent, name)
        if folder.role in (ROOT, TOP):
            raise Failure("ErrorAccessDenied", "The root folders keep their names.")
        if other is not None and other.id != folder.id:
            raise _exists(name, "rename")
    extended = {**folder.properties.extended, **update.extended}
    rows.update(
        tx,
        replace(
            folder,
            name=name,
            folder_class=_new_class(folder, update.folder_class),
            properties=replace(
                folder.properties,
                extended={key: value for key, value in extended.items() if value is not None},
                permissions=folder.properties.permissions if update.permissions is None else update.permissions,
                search=search or folder.properties.search,
            ),
        ),
    )
    return require(tx, Place(place.mailbox, place.folder))


def _new_class(folder: Folder, folder_class: str | None) -> str:
    if folder_class is None or folder_class == folder.folder_class:
        return folder.folder_class
    if kind_of_class(folder_class) is not kind_of_class(folder.folder_class) or not folder_class.upper().startswith(
        "IPF."
    ):
        raise Failure("ErrorObjectTypeChanged", "The folder class cannot be changed to that of another type of folder.")
    return folder_class


def _delete(tx: WriteTx, folder: Folder, disposal: Disposal, contents: Contents) -> Folder:
    if folder.default:
        raise Failure("ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
    everyone = rows.of_mailbox(tx, folder.mailbox)
    if disposal is Disposal.TO_DELETED_ITEMS:
        bin_ = next(one for one in everyone if one.role == DELETED_ITEMS)
        if folder.id not in {one.id for one in depth_first(everyone, bin_.id)}:
            rows.move(tx, folder, bin_.id, free_name(tx, folder.mailbox, bin_.id, folder.name))
            return folder
        disposal = Disposal.SOFT
    _erase(tx, [folder, *depth_first(everyone, folder.id)], disposal, contents)
    return folder


def _erase(tx: WriteTx, in_order: Sequence[Folder], disposal: Disposal, contents: Contents) -> None:
    """Delete folders that stand parents first; their items go where ``disposal`` says."""
    for folder in reversed(in_order):
        contents.dispose(folder.id, disposal)
        contents.remove_associated(folder.id)
        contents.settle()
        rows.remove(tx, folder)


def _empty(tx: WriteTx, folder: Folder, disposal: Disposal, folders: bool, contents: Contents) -> Folder:
    unfit = folder.role in (ROOT, TOP) or (folder.default and not folder.distinguished)
    if unfit or folder.kind is FolderKind.SEARCH:
        raise Failure("ErrorCannotEmptyFolder", "This folder cannot be emptied.")
    if disposal in DESTINATION and folder.role == DESTINATION[disposal]:
        disposal = Disposal.SOFT if disposal is Disposal.TO_DELETED_ITEMS else Disposal.HARD
    if folders:
        for child in rows.children(tx, folder.mailbox, folder.id):
            if not child.default:
                _delete(tx, child, disposal, contents)
    contents.dispose(folder.id, disposal)
    return folder


def _check_transfer(tx: Tx, folder: Folder, target: Folder, verb: str) -> list[Folder]:
    """Everything below ``folder``, parents first, where it may go into ``target``."""
    if target.mailbox != folder.mailbox:
        raise Failure("ErrorCrossMailboxMoveCopy", "Folders stay in their mailbox.")
    inside = depth_first(rows.of_mailbox(tx, folder.mailbox), folder.id)
    if target.id == folder.id or target.id in {one.id for one in inside}:
        raise Failure("ErrorMoveCopyFailed", "A folder cannot be put into itself or below itself.")
    other = rows.child_by_name(tx, target.mailbox, target.id, folder.name)
    if other is not None and other.id != folder.id:
        raise _exists(folder.name, verb)
    return inside


def _move(tx: WriteTx, folder: Folder, target: Folder) -> Folder:
    if folder.default:
        raise Failure("ErrorMoveDistinguishedFolder", "Distinguished folders cannot be moved.")
    _check_transfer(tx, folder, target, "move")
    if folder.parent != target.id:
        rows.move(tx, folder, target.id, folder.name)
    return require(tx, Place(folder.mailbox, folder.id))


def _copy(tx: WriteTx, folder: Folder, target: Folder, contents: Contents, now: datetime) -> Folder:
    inside = _check_transfer(tx, folder, target, "copy")
    if folder.parent == target.id:
        raise _exists(folder.name, "copy")
    if folder.role in (ROOT, TOP):
        raise Failure("ErrorMoveCopyFailed", "The root folders cannot be copied.")
    copies = {folder.parent: target.id}
    for one in [folder, *inside]:
        copies[one.id] = rows.insert(
            tx, one.mailbox, copies[one.parent], one.name, one.folder_class, now, properties=one.properties
        )
        contents.copy(one.id, copies[one.id], one.mailbox)
    contents.settle()
    return require(tx, Place(folder.mailbox, copies[folder.id]))
