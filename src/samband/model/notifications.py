"""What a subscriber of a mailbox is told: events, made of committed changes by a pure rule [MS-OXWSNTIF]."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from samband.model.changes import (
    Change,
    FolderCreated,
    FolderDeleted,
    FolderModified,
    FolderMoved,
    ItemCopied,
    ItemCreated,
    ItemDeleted,
    ItemModified,
    ItemMoved,
    OofChanged,
)


class EventKind(StrEnum):
    """EWS's names of the events a subscriber asks for."""

    COPIED = "CopiedEvent"
    CREATED = "CreatedEvent"
    DELETED = "DeletedEvent"
    MODIFIED = "ModifiedEvent"
    MOVED = "MovedEvent"
    NEW_MAIL = "NewMailEvent"
    FREE_BUSY_CHANGED = "FreeBusyChangedEvent"


class Mark(NamedTuple):
    """A place in a mailbox's events: the number of a write and a place within it."""

    seq: int
    place: int


class Event(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """One event. ``item`` is 0 for an event of the folder ``folder``; ``old_*`` are of what was moved or copied."""

    kind: EventKind
    mark: Mark
    at: datetime
    parent: int
    change_key: int
    item: int = 0
    folder: int = 0
    old_item: int = 0
    old_folder: int = 0
    old_parent: int = 0
    unread: int | None = None

    def concerns(self, folders: frozenset[int]) -> bool:
        """Whether somebody who watches ``folders`` is told: what happens in them, to them, or out of them."""
        if self.folder:
            watched = {self.folder} if self.kind is EventKind.MODIFIED else {self.folder, self.parent, self.old_parent}
        else:
            watched = {self.parent, self.old_parent}
        return not folders.isdisjoint(watched)


class _Shape(NamedTuple):
    """An event that is not placed yet."""

    kind: EventKind
    parent: int
    change_key: int
    more: dict[str, Any]


def events_of(changes: Iterable[Change], root: int, at: datetime) -> Iterator[Event]:
    """The events of a mailbox's changes, in order; ``root`` is its root folder, ``at`` when they were heard of.

    Whole writes come in one piece, so the places within a write are the same whenever its changes are read.
    """
    seq, place = -1, 0
    for change in changes:
        if change.seq != seq:
            seq, place = change.seq, 0
        for kind, parent, change_key, more in _shapes(change, root):
            yield Event(kind=kind, mark=Mark(seq, place), at=at, parent=parent, change_key=change_key, **more)
            place += 1


def _shapes(change: Change, root: int) -> Sequence[_Shape]:
    if isinstance(change, ItemCreated | ItemModified | ItemDeleted | ItemMoved | ItemCopied):
        return _of_item(change)
    if isinstance(change, FolderCreated | FolderModified | FolderDeleted | FolderMoved):
        return [_of_folder(change)]
    if isinstance(change, OofChanged):
        # The mailbox itself changed: its root says so.
        return [_Shape(EventKind.MODIFIED, root, change.seq, {"folder": root})]
    return ()


_ITEM_KINDS = {
    ItemCreated: EventKind.CREATED,
    ItemModified: EventKind.MODIFIED,
    ItemDeleted: EventKind.DELETED,
    ItemMoved: EventKind.MOVED,
    ItemCopied: EventKind.COPIED,
}


def _of_item(change: ItemCreated | ItemModified | ItemDeleted | ItemMoved | ItemCopied) -> list[_Shape]:
    own: dict[str, Any] = {"item": change.item}
    more = dict(own)
    if isinstance(change, ItemMoved | ItemCopied):
        more |= {"old_item": change.old_item, "old_parent": change.old_folder}
    shapes = [_Shape(_ITEM_KINDS[type(change)], change.folder, change.change_key, more)]
    if isinstance(change, ItemCreated) and change.new_mail:
        shapes.append(_Shape(EventKind.NEW_MAIL, change.folder, change.change_key, own))
    if change.calendar:
        shapes.append(_Shape(EventKind.FREE_BUSY_CHANGED, change.folder, change.change_key, own))
    return shapes


_FOLDER_KINDS = {
    FolderCreated: EventKind.CREATED,
    FolderModified: EventKind.MODIFIED,
    FolderDeleted: EventKind.DELETED,
    FolderMoved: EventKind.MOVED,
}


def _of_folder(change: FolderCreated | FolderModified | FolderDeleted | FolderMoved) -> _Shape:
    more: dict[str, Any] = {"folder": change.folder}
    if isinstance(change, FolderMoved):
        more |= {"old_folder": change.folder, "old_parent": change.old_parent}
    if isinstance(change, FolderModified):
        more["unread"] = change.unread
    return _Shape(_FOLDER_KINDS[type(change)], change.parent, change.change_key, more)
