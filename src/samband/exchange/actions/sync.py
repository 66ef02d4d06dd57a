"""Following the items of a folder.

Every step is read from one consistent view. First come changes of items the client knows, in the order of their last
writes; when there are none left, items it does not know, in the order in which they came. What it knows is a prefix
of that order, so a step may end anywhere and the next one neither misses nor repeats anything, whatever was written
in between.
"""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from samband.exchange.actions.folders import Folders, bad_sync_state
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.gate import Pass
from samband.exchange.actions.mailboxes import require
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderKind, FolderRef, Place
from samband.model.item_sync import (
    ItemArrived,
    ItemGone,
    ItemHead,
    ItemsState,
    ItemsSync,
    ItemUpdated,
    ReadFlag,
    SyncChange,
)
from samband.model.items import Item
from samband.model.permissions import Need
from samband.store import changes as log
from samband.store import item_changes, items
from samband.store.api import Blobs, Tx
from samband.store.item_changes import LAST_ROW, Left, Written


class Wanted(NamedTuple):
    """How much of each item a step needs: nothing but its head, or its properties with bodies and attachments."""

    limit: int
    associated: bool = False
    ignored: frozenset[int] = frozenset()
    properties: bool = False
    heavy: bool = False
    attachments: bool = False


class Sync:
    """Verbs that follow folders."""

    def __init__(self, base: Foundation, folders: Folders) -> None:
        self._store = base.store
        self._folders = folders

    async def items(
        self, caller: Caller, ref: FolderRef | Failure, state: ItemsState | None, wanted: Wanted
    ) -> ItemsSync:
        """One step from ``state`` (None: the client knows nothing), with at most ``wanted.limit`` changes.

        Raises ``Failure``: ErrorSyncFolderNotFound, ErrorInvalidSyncStateData.
        """
        place = await self._folders.visit(caller, ref)
        if state is not None and state.folder != place.folder:
            raise bad_sync_state()
        before = state or ItemsState(place.folder)

        def work(tx: Tx) -> ItemsSync:
            if place.visitor is None:
                return _step(tx, self._store.blobs, place, before, wanted)
            # Whether an item is private stands among its properties.
            step = _step(tx, self._store.blobs, place, before, wanted._replace(properties=True))
            visit = Pass(tx, place.mailbox, place.visitor)
            return msgspec.structs.replace(step, changes=[one for told in step.changes for one in _seen(visit, told)])

        return await self._store.read(work)


def _step(tx: Tx, blobs: Blobs, place: Place, state: ItemsState, wanted: Wanted) -> ItemsSync:
    if require(tx, place, "ErrorSyncFolderNotFound", Need.READ).kind is FolderKind.SEARCH:
        raise Failure("ErrorInvalidOperation", "What a search folder shows cannot be synchronised.")
    now = log.last(tx)
    if state.seq > now or state.known >> 20 > now:
        raise bad_sync_state()
    # One more than is asked for tells whether there is more.
    told = _known_changes(tx, state, wanted, wanted.limit + 1) if state.known else []
    if len(told) > wanted.limit:
        told = told[: wanted.limit]
        after = ItemsState(state.folder, state.known, told[-1].seq, told[-1].item)
        return ItemsSync(place.mailbox, _changes(tx, blobs, state, told, [], wanted), after, complete=False)
    room = wanted.limit - len(told)
    new = item_changes.arrived_after(tx, state.folder, state.known, wanted.associated, room + 1)
    complete, new = len(new) <= room, new[:room]
    if not told and not new:
        return ItemsSync(place.mailbox, [], state, complete)
    known = new[-1].id if new else state.known
    after = ItemsState(state.folder, known, now, LAST_ROW)
    return ItemsSync(place.mailbox, _changes(tx, blobs, state, told, new, wanted), after, complete)


def _seen(visit: Pass, told: SyncChange) -> list[SyncChange]:
    """What a visitor hears of one change: of private items that they are gone."""
    if not isinstance(told, ItemArrived | ItemUpdated) or not isinstance(told.item, Item):
        return [told]
    if visit.hides(told.item):
        return [] if isinstance(told, ItemArrived) else [ItemGone(told.item.id, told.item.change_key)]
    return [msgspec.structs.replace(told, item=visit.item(told.item, Need.READ))]


def _known_changes(tx: Tx, state: ItemsState, wanted: Wanted, limit: int) -> list[Written | Left]:
    place = (state.folder, state.seq, state.row, state.known, wanted.associated, limit)
    written: list[Written | Left] = [*item_changes.written_after(tx, *place)]
    left = item_changes.left_after(tx, *place)
    if left:
        written = sorted([*written, *left], key=lambda one: (one.seq, one.item))[:limit]
    return written


def _changes(
    tx: Tx, blobs: Blobs, state: ItemsState, told: list[Written | Left], new: list[ItemHead], wanted: Wanted
) -> list[SyncChange]:
    updated = [one.item for one in told if isinstance(one, Written) and _is_update(one, state)]
    shown: dict[int, Item] | dict[int, ItemHead]
    if wanted.properties:
        rows = [*updated, *(head.id for head in new)]
        shown = items.get_many(tx, blobs, rows, heavy=wanted.heavy, attachments=wanted.attachments)
    else:
        shown = item_changes.heads(tx, updated) if updated else {}
        shown.update((head.id, head) for head in new)
    changes = [_told(one, state, shown) for one in told if one.item not in wanted.ignored]
    changes += [ItemArrived(shown[head.id]) for head in new if head.id not in wanted.ignored]
    return changes


def _is_update(one: Written, state: ItemsState) -> bool:
    return (one.content_seq, one.item) > (state.seq, state.row)


def _told(one: Written | Left, state: ItemsState, shown: dict[int, Item] | dict[int, ItemHead]) -> SyncChange:
    if isinstance(one, Left):
        return ItemGone(one.item, one.seq)
    if _is_update(one, state):
        return ItemUpdated(shown[one.item])
    return ReadFlag(one.item, one.seq, one.is_read)
