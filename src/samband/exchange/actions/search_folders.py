"""Search folders: nothing stands in them. What they show is looked for whenever somebody looks."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from samband.exchange.actions.mailboxes import require
from samband.exchange.actions.queries import Query, both, matching
from samband.model.failures import Failure
from samband.model.folders import Folder, FolderKind, Place, depth_first
from samband.model.item_queries import Condition
from samband.model.permissions import Need
from samband.store import folder_contents, item_conditions, item_search
from samband.store import folders as rows
from samband.store.api import Blobs, Tx
from samband.store.items import is_unread

_KEPT = 4096
_UNREAD = Query(exact=True, conditions=(Condition("is_read", "=", False),))


class Scope(NamedTuple):
    """Where a search folder looks, and for what."""

    folders: list[int]
    query: Query


class _Counted(NamedTuple):
    """What a search folder showed when its folders were at ``state``."""

    state: tuple[int, ...]
    total: int
    unread: int


class SearchFolders:
    """Knows what search folders show. ``read`` turns the restriction that is kept of one into a query."""

    def __init__(self, blobs: Blobs) -> None:
        self._blobs = blobs
        self._counts: dict[int, _Counted] = {}
        self.read: Callable[[str], Query] = _nobody_reads

    def scope(self, tx: Tx, folder: Folder) -> Scope:
        """Where and for what a search ``folder`` looks; folders that are gone are left out."""
        search = folder.properties.search
        assert search is not None
        everyone = rows.of_mailbox(tx, folder.mailbox)
        there = {one.id for one in everyone if one.kind is not FolderKind.SEARCH}
        wanted = [row for row in search.folders if row in there]
        if search.deep:
            below = [one.id for row in wanted for one in depth_first(everyone, row) if one.id in there]
            wanted = list(dict.fromkeys([*wanted, *below]))
        return Scope(wanted, self.read(search.restriction))

    def live(self, tx: Tx, folder: Folder) -> Folder:
        """``folder``; a search folder with the counts of what it shows now."""
        if folder.properties.search is None:
            return folder
        scope = self.scope(tx, folder)
        state = (folder.change_key, *scope.folders, *(folder_contents.last_change(tx, row) for row in scope.folders))
        counted = self._counts.get(folder.id)
        if counted is None or counted.state != state:
            if len(self._counts) >= _KEPT:
                del self._counts[next(iter(self._counts))]
            counted = self._counts[folder.id] = _Counted(state, *self._count(tx, folder.mailbox, scope))
        return replace(folder, total=counted.total, unread=counted.unread)

    def _count(self, tx: Tx, mailbox: str, scope: Scope) -> tuple[int, int]:
        query = scope.query
        where = item_conditions.where(tx, mailbox, scope.folders, False, query.conditions)
        if query.exact and where.exact:
            conditions = both(query, _UNREAD).conditions
            unread = item_conditions.where(tx, mailbox, scope.folders, False, conditions)
            return item_search.count(tx, where), item_search.count(tx, unread)
        flags = [is_unread(item.properties) for item in matching(tx, self._blobs, mailbox, scope.folders, query)]
        return len(flags), sum(flags)


def _nobody_reads(restriction: str) -> Query:
    raise Failure("ErrorSearchFolderNotInitialized", "There is nobody here who knows what the folder looks for.")


def require_real(tx: Tx, place: Place, code: str = "ErrorItemNotFound", need: Need | None = None) -> Folder:
    """The folder at ``place``, which can hold something. Raises ``Failure`` ``code`` where it is gone."""
    folder = require(tx, place, code, need)
    if folder.kind is FolderKind.SEARCH:
        raise Failure("ErrorInvalidOperation", "Nothing can be put into a search folder.")
    return folder
