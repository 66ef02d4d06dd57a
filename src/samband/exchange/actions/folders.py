"""Reading folders: one or many, below others, and the hierarchy since a state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import NamedTuple, TypeVar

from msgspec.structs import replace

from samband.exchange.actions.folder_hierarchy import HierarchyChanges, changes_below
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.gate import Pass
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.search_folders import SearchFolders
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import ROOT, Folder, FolderRef, Place, depth_first
from samband.model.item_values import ExtendedValue
from samband.model.permissions import Need
from samband.store import changes as log
from samband.store import folder_contents
from samband.store import folders as rows
from samband.store.api import Tx

R = TypeVar("R")
X = TypeVar("X", bound=Tx)


class HierarchyState(NamedTuple):
    """How far a client follows the folders below ``folder``: up to and with the write ``seq``."""

    folder: int
    seq: int


class Folders:
    """Verbs that read folders."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, searches: SearchFolders) -> None:
        self._store = base.store
        self._mailboxes = mailboxes
        self._searches = searches

    async def ensure(self, mailbox: str) -> Mapping[str, int]:
        """Rows of the default folders of ``mailbox`` by EWS's names for them; the tree is made at the first touch.

        Raises ``Failure`` ErrorNonExistentMailbox where the directory knows no such mailbox.
        """
        return await self._mailboxes.ensure(mailbox)

    async def resolve(self, caller: Caller, ref: FolderRef | Failure) -> Place:
        """The place ``ref`` names in a mailbox that is open to the caller as a whole.

        Raises ``Failure``; a failed ``ref`` raises itself.
        """
        if isinstance(ref, Failure):
            raise ref
        return await self._mailboxes.resolve(caller, ref)

    async def visit(self, caller: Caller, ref: FolderRef | Failure) -> Place:
        """The place ``ref`` names in any mailbox; ``require`` decides what a visitor may do there. May fail."""
        if isinstance(ref, Failure):
            raise ref
        return await self._mailboxes.visit(caller, ref)

    async def visits(self, caller: Caller, refs: Sequence[FolderRef | Failure]) -> list[Place | Failure]:
        """``visit`` for each of ``refs``, failures in their places."""
        return [await self._visit(caller, ref) for ref in refs]

    async def _visit(self, caller: Caller, ref: FolderRef | Failure) -> Place | Failure:
        try:
            return await self.visit(caller, ref)
        except Failure as failure:
            return failure

    async def get(
        self, caller: Caller, refs: Sequence[FolderRef | Failure], *, content: bool = False
    ) -> list[Folder | Failure]:
        """The folders that ``refs`` name, in order; with ``content``, see ``with_content``."""
        places = await self.visits(caller, refs)

        def get(tx: Tx, place: Place) -> Folder:
            folder = self._searches.live(tx, shown(tx, place, require(tx, place, need=Need.SEE)))
            return with_content(tx, folder) if content else folder

        return await self._store.read(lambda tx: [attempt(tx, place, get) for place in places])

    async def find(
        self,
        caller: Caller,
        refs: Sequence[FolderRef | Failure],
        *,
        deep: bool,
        test: Callable[[Folder], bool],
        content: bool = False,
    ) -> list[list[Folder] | Failure]:
        """For each of ``refs`` the folders directly (or, with ``deep``, anywhere) below it for which ``test`` is true.

        Parents stand before their children, siblings by name. With ``content``, see ``with_content``.
        """
        places = await self.visits(caller, refs)

        def find(tx: Tx, place: Place) -> list[Folder]:
            found = [self._searches.live(tx, folder) for folder in visible(tx, place, _below(tx, place, deep))]
            if content:
                found = [with_content(tx, folder) for folder in found]
            return [folder for folder in found if test(folder)]

        return await self._store.read(lambda tx: [attempt(tx, place, find) for place in places])

    async def hierarchy(
        self, caller: Caller, ref: FolderRef | Failure, state: HierarchyState | None, *, content: bool = False
    ) -> tuple[Place, HierarchyState, HierarchyChanges]:
        """What happened below a folder since ``state`` (None: everything is new), and the state after it.

        Raises ``Failure``: ErrorSyncFolderNotFound, ErrorInvalidSyncStateData.
        """
        place = await self.visit(caller, ref)
        if state is not None and state.folder != place.folder:
            raise bad_sync_state()

        def work(tx: Tx) -> tuple[Place, HierarchyState, HierarchyChanges]:
            after, changes = _hierarchy(tx, place, state.seq if state else None)
            if place.visitor is not None:
                changes = _seen(tx, place, changes)
            created, updated = ([self._searches.live(tx, one) for one in some] for some in changes[:2])
            changes = HierarchyChanges(created, updated, changes.deleted)
            if content:
                created, updated = ([with_content(tx, one) for one in some] for some in changes[:2])
                changes = HierarchyChanges(created, updated, changes.deleted)
            return place, after, changes

        return await self._store.read(work)


def bad_sync_state() -> Failure:
    """What a sync state gets that is none of ours, or another folder's."""
    return Failure("ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid.")


def shown(tx: Tx, place: Place, folder: Folder) -> Folder:
    """``folder`` of the mailbox of ``place`` as whoever asks gets it."""
    return folder if place.visitor is None else Pass(tx, place.mailbox, place.visitor).shown_folder(folder)


def visible(tx: Tx, place: Place, folders: list[Folder]) -> list[Folder]:
    """Those of ``folders`` that whoever asks for ``place`` sees, as they get them."""
    if place.visitor is None:
        return folders
    visit = Pass(tx, place.mailbox, place.visitor)
    return [visit.shown_folder(folder) for folder in folders if visit.sees(folder)]


def attempt(tx: X, place: Place | Failure, work: Callable[[X, Place], R]) -> R | Failure:
    """``work`` at ``place``; a failure is given back, not raised."""
    if isinstance(place, Failure):
        return place
    try:
        return work(tx, place)
    except Failure as failure:
        return failure


def _below(tx: Tx, place: Place, deep: bool) -> list[Folder]:
    parent = require(tx, place, "ErrorFolderNotFound", Need.SEE)
    if deep:
        return depth_first(rows.of_mailbox(tx, place.mailbox), parent.id)
    return rows.children(tx, place.mailbox, parent.id)


def with_content(tx: Tx, folder: Folder) -> Folder:
    """``folder`` with what its items amount to among its extended properties: size, an instant of its change,
    and the numbers that its last item has and its next one gets.

    The instant grows with every change of an item in the folder, and only that order means something.
    """
    if folder.role == ROOT:
        size = folder_contents.size_of_mailbox(tx, folder.mailbox)
    else:
        size = folder_contents.size_of_folder(tx, folder.id)
    changed = folder.created + timedelta(seconds=folder_contents.last_change(tx, folder.id))
    instant = changed.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
    last = rows.last_article(tx, folder.id)
    extended: dict[str, ExtendedValue] = {
        "0x0e08:Integer": str(min(size, _MAX_INTEGER)),
        "0x0e08:Long": str(size),
        "0x3008:SystemTime": instant,
        "0x670a:SystemTime": instant,
        "0x6751:Integer": str(last + 1),
        "0x6752:Integer": str(last),
    }
    properties = replace(folder.properties, extended={**folder.properties.extended, **extended})
    return replace(folder, properties=properties)


_MAX_INTEGER = 2**31 - 1


def _hierarchy(tx: Tx, place: Place, seq: int | None) -> tuple[HierarchyState, HierarchyChanges]:
    require(tx, place, "ErrorSyncFolderNotFound", Need.SEE)
    now = log.last(tx)
    if seq is not None and seq > now:
        raise bad_sync_state()
    if seq is not None and not rows.changed_after(tx, place.mailbox, seq):
        return HierarchyState(place.folder, seq), HierarchyChanges([], [], [])
    everyone = rows.of_mailbox(tx, place.mailbox)
    in_order = depth_first(everyone, place.folder)
    if seq is None:
        return HierarchyState(place.folder, now), HierarchyChanges(in_order, [], [])
    gone = rows.gone_after(tx, place.mailbox, seq)
    return HierarchyState(place.folder, now), changes_below(in_order, gone, everyone, place.folder, seq)


def _seen(tx: Tx, place: Place, changes: HierarchyChanges) -> HierarchyChanges:
    """``changes`` for a visitor: what they may no longer see of what changed is gone for them."""
    created, updated = (visible(tx, place, some) for some in changes[:2])
    hidden = {folder.id for folder in changes.updated} - {folder.id for folder in updated}
    return HierarchyChanges(created, updated, sorted({*changes.deleted, *hidden}))
