"""Finding items: filtered, sorted, by page. What columns can decide is asked of the store, the rest is tested here."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import inf
from operator import itemgetter
from typing import Any, NamedTuple

from samband.exchange.actions.folders import Folders, attempt
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.gate import Pass, denied
from samband.exchange.actions.mailboxes import require
from samband.exchange.actions.queries import Group, Query, both, matching
from samband.exchange.actions.search_folders import SearchFolders
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Folder, FolderRef, Place
from samband.model.item_sync import ItemHead
from samband.model.items import Item
from samband.model.permissions import Need
from samband.store import folder_contents, item_changes, item_conditions, item_search, items
from samband.store.api import Blobs, Tx


class Load(NamedTuple):
    """How much of each item found is wanted."""

    properties: bool = True
    heavy: bool = False
    attachments: bool = False


class Span(NamedTuple):
    """``length`` rows from ``start`` on."""

    start: int
    length: int


class FoundPage(NamedTuple):
    """A page of the ``total`` items found. ``groups``: the group of each, by its term; ``seek``: where it began."""

    items: Sequence[Item | ItemHead]
    total: int
    groups: Sequence[Any] = ()
    seek: int = 0


PageOf = Callable[[int, int], Span]
"""The page of a view: by how many there are, and where the sought item stands."""


FAR = 512
"""Pages that end later than this in a folder leave a bookmark."""
_BOOKMARKS = 2048


class Bookmarks:
    """Where pages ended, so that whoever turns pages does not wait until everything before the next one is counted.

    A bookmark is good for as long as nothing happened to the items of the folder since the write ``state``.
    """

    def __init__(self) -> None:
        self._kept: dict[Hashable, tuple[int, tuple[Any, ...]]] = {}

    def at(self, place: Hashable, state: int) -> tuple[Any, ...]:
        """The sort values of the row before ``place``; empty where they are not known."""
        kept = self._kept.get(place)
        return kept[1] if kept is not None and kept[0] == state else ()

    def put(self, place: Hashable, state: int, values: tuple[Any, ...]) -> None:
        """Remember the sort values of the row before ``place``."""
        if not values:
            return
        while len(self._kept) >= _BOOKMARKS:
            # Readers of several threads may come here at once.
            self._kept.pop(next(iter(list(self._kept))), None)
        self._kept[place] = state, values


class Find:
    """Verbs that find items."""

    def __init__(self, base: Foundation, folders: Folders, searches: SearchFolders) -> None:
        self._store = base.store
        self._folders = folders
        self._searches = searches
        self._bookmarks = Bookmarks()

    async def items(
        self, caller: Caller, refs: Sequence[FolderRef | Failure], query: Query, page_of: PageOf, load: Load
    ) -> list[FoundPage | Failure]:
        """For each of ``refs`` the page of what is found in it, in order, all from one view of the store."""
        places = await self._folders.visits(caller, refs)
        blobs = self._store.blobs

        def find(tx: Tx, place: Place) -> FoundPage:
            folder = require(tx, place, "ErrorFolderNotFound", Need.READ)
            if place.visitor is not None:
                return self._visited(tx, place, folder, query, page_of, load)
            if folder.properties.search is None:
                finder = _Finder(tx, blobs, folder.mailbox, [folder.id], folder.total, query, load, self._bookmarks)
                return finder.page(page_of)
            scope = self._searches.scope(tx, folder)
            wanted = both(query, scope.query)
            finder = _Finder(tx, blobs, folder.mailbox, scope.folders, 0, wanted, load, self._bookmarks)
            return finder.page(page_of)

        return await self._store.read(lambda tx: [attempt(tx, place, find) for place in places])

    def _visited(self, tx: Tx, place: Place, folder: Folder, query: Query, page_of: PageOf, load: Load) -> FoundPage:
        """What a visitor finds in a folder. What a search folder shows stands in others: it is for owners alone."""
        if place.visitor is None or folder.properties.search is not None:
            raise denied()
        visit = Pass(tx, place.mailbox, place.visitor)
        wanted, load = _narrowed(query, visit), load._replace(properties=True)
        finder = _Finder(
            tx, self._store.blobs, folder.mailbox, [folder.id], folder.total, wanted, load, self._bookmarks
        )
        page = finder.page(page_of)
        return page._replace(items=[visit.item(one, Need.READ) if isinstance(one, Item) else one for one in page.items])


def _narrowed(query: Query, visit: Pass) -> Query:
    """``query`` without what is private, where the visitor must not see that."""
    if visit.sees_private:
        return query
    asked = query.test
    return query._replace(test=lambda item: not visit.hides(item) and (asked is None or asked(item)), exact=False)


class _Finder:
    """One query in folders of one mailbox; where it asks for everything, that is ``total`` items."""

    def __init__(
        self,
        tx: Tx,
        blobs: Blobs,
        mailbox: str,
        folders: Sequence[int],
        total: int,
        query: Query,
        load: Load,
        bookmarks: Bookmarks,
    ) -> None:
        self._tx = tx
        self._blobs = blobs
        self._mailbox = mailbox
        self._folders = folders
        self._held = total
        self._query = query
        self._load = load
        self._bookmarks = bookmarks
        self._where = item_conditions.where(tx, mailbox, folders, query.associated, query.conditions)

    def page(self, page_of: PageOf) -> FoundPage:
        query = self._query
        certain = query.test is None or (query.exact and self._where.exact)
        if certain and query.group is None and query.seek is None:
            orders = [(order.column, order.descending) for order in query.orders]
            ordered = all(column in item_search.ORDERED for column, _ in orders)
            if ordered and item_search.can_sort(self._tx, self._where, orders):
                return self._by_store(page_of, orders)
        return self._by_reading(page_of)

    def _by_store(self, page_of: PageOf, orders: item_search.Order) -> FoundPage:
        """The store filters and sorts."""
        total = self._total()
        start, count = page_of(total, 0)
        if start + count < FAR or self._where.by_words or len(self._folders) != 1:
            return FoundPage(self._stored(orders, item_search.Span(count, start, total)), total)
        place = (self._where.sql, self._where.params, tuple(orders))
        state = folder_contents.last_change(self._tx, self._folders[0])
        after = self._bookmarks.at((place, start), state)
        found = self._stored(orders, item_search.Span(count, start, total, after))
        if found:
            self._bookmarks.put(
                (place, start + len(found)), state, item_search.sort_values(self._tx, orders, found[-1].id)
            )
        return FoundPage(found, total)

    def _stored(self, orders: item_search.Order, span: item_search.Span) -> Sequence[Item | ItemHead]:
        """A page as the store has it, with as much of each item as is wanted."""
        if not self._load.properties:
            return item_search.heads(self._tx, self._where, orders, span)
        if self._load.heavy or self._load.attachments:
            return self._shown([head.id for head in item_search.heads(self._tx, self._where, orders, span)])
        return item_search.page(self._tx, self._blobs, self._where, orders, span)

    def _total(self) -> int:
        if not self._query.conditions and not self._query.associated:
            return self._held
        return item_search.count(self._tx, self._where)

    def _by_reading(self, page_of: PageOf) -> FoundPage:
        """Every item the store cannot rule out is read, tested, and its sort keys kept."""
        query = self._query
        kept: list[_Kept] = []
        for item in matching(self._tx, self._blobs, self._mailbox, self._folders, query):
            keys = tuple(_key(order.terms(item)) for order in query.orders)
            group = _group_of(query.group, item)
            kept.append(_Kept(item.id, _arrival(item), keys, *group, query.seek is not None and query.seek(item)))
        kept.sort(key=_latest, reverse=True)
        # Sorting is stable: the last order first.
        for place, order in reversed(list(enumerate(query.orders))):
            kept.sort(key=_key_of(place), reverse=order.descending)
        if query.group is not None:
            kept = _grouped(kept, query.group)
        sought = next((place for place, one in enumerate(kept) if one.sought), len(kept))
        start, count = page_of(len(kept), sought)
        page = kept[start : start + count]
        groups = [one.group for one in page] if query.group is not None else ()
        return FoundPage(self._shown([one.row for one in page]), len(kept), groups, sought)

    def _shown(self, rows: list[int]) -> list[Item | ItemHead]:
        if not self._load.properties:
            found: dict[int, Item] | dict[int, ItemHead] = item_changes.heads(self._tx, rows)
        else:
            found = items.get_many(
                self._tx, self._blobs, rows, heavy=self._load.heavy, attachments=self._load.attachments
            )
        return [found[row] for row in rows]


class _Kept(NamedTuple):
    """What is kept of an item that was read: its row, when it came, sort keys, group, what that stands by, whether
    it is sought."""

    row: int
    arrival: float
    keys: tuple[Any, ...]
    group: Any
    aggregate: Any
    sought: bool


def _key(terms: Sequence[Any]) -> tuple[int, Any]:
    """Comparable also where there is nothing, which is less than anything."""
    if not terms:
        return (0, 0)
    first = terms[0]
    return (1, _text_key(first) if isinstance(first, str) else first)


def _arrival(item: Item) -> float:
    received = item.properties.date_time_received
    return -inf if received is None else received.timestamp()


def _latest(one: _Kept) -> tuple[float, int]:
    return one.arrival, one.row


def _key_of(place: int) -> Callable[[_Kept], tuple[int, Any]]:
    def key(one: _Kept) -> tuple[int, Any]:
        found: tuple[int, Any] = one.keys[place]
        return found

    return key


def _text_key(text: str) -> tuple[str, str]:
    """Texts are sorted without regard to case, then with it."""
    return (text.casefold(), text)


def _group_of(group: Group | None, item: Item) -> tuple[Any, Any]:
    if group is None:
        return None, None
    terms = group.terms(item)
    return (terms[0] if terms else ""), _key(group.aggregate(item))


def _grouped(kept: list[_Kept], group: Group) -> list[_Kept]:
    """Items of a group together, in the order they have; groups by their aggregates."""
    groups: dict[Any, list[_Kept]] = {}
    for one in kept:
        groups.setdefault(one.group, []).append(one)
    best = max if group.greatest else min
    ranked = [(best(one.aggregate for one in members), members) for members in groups.values()]
    ranked.sort(key=itemgetter(0), reverse=group.descending)
    return [one for _, members in ranked for one in members]
