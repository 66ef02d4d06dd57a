"""Conversations: found, read, acted on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from samband.exchange.actions.access import Access
from samband.exchange.actions.find import Find, Load, PageOf, Span
from samband.exchange.actions.folders import Folders, bad_sync_state
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import not_found
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.queries import Query
from samband.model.caller import Caller
from samband.model.conversation_actions import ConversationRef
from samband.model.conversation_views import ConversationNode, ConversationView, in_tree_order, nodes_of, views
from samband.model.failures import Failure
from samband.model.folders import FolderById, FolderRef, Place, depth_first
from samband.model.items import Item
from samband.store import changes as log
from samband.store import conversations as rows
from samband.store import folders as folder_rows
from samband.store.api import Tx
from samband.store.conversations import SUMMED

HIDDEN = (
    "recoverableitemsroot",
    "recoverableitemsdeletions",
    "recoverableitemsversions",
    "recoverableitemspurges",
    "recoverableitemsdiscoveryholds",
)
"""Default folders whose items are in no conversation any more."""

_DELETED = "deleteditems"


class ConversationOrder(NamedTuple):
    """Sort by a term of a conversation; ``summed`` names the sum of rows that is the same, where there is one."""

    terms: Callable[[ConversationView], Sequence[Any]]
    summed: str = ""
    descending: bool = False


class ConversationQuery(NamedTuple):
    """What is looked for: conversations with an item that ``items`` finds (None: with any).

    ``deep``: in folders below too, in Deleted Items only with ``deleted``. ``seek``: where the page begins.
    """

    items: Query | None = None
    orders: tuple[ConversationOrder, ...] = ()
    deep: bool = False
    deleted: bool = False
    seek: Callable[[ConversationView], bool] | None = None


class ConversationPage(NamedTuple):
    """A page of the ``total`` conversations found, and where in them it begins."""

    conversations: list[ConversationView]
    total: int
    start: int


class Gathered(NamedTuple):
    """What is in one conversation: its messages, and the last write this tells of."""

    nodes: list[ConversationNode]
    seq: int


class Conversations:
    """Verbs that read conversations."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access, folders: Folders, find: Find) -> None:
        self._store = base.store
        self._mailboxes = mailboxes
        self._access = access
        self._folders = folders
        self._find = find

    async def find(
        self, caller: Caller, ref: FolderRef | Failure, query: ConversationQuery, page_of: PageOf
    ) -> ConversationPage:
        """A page of the conversations with items in a folder. Raises ``Failure``."""
        place = await self._folders.resolve(caller, ref)
        hidden = await self.hidden(place.mailbox)
        deleted = (await self._mailboxes.ensure(place.mailbox)).get(_DELETED, 0)
        folders = await self._store.read(lambda tx: _looked_at(tx, place, query, hidden, deleted))
        found: list[int] | None = None
        if query.items is not None or not folders:
            looked_at = folders or [place.folder]
            found = await self._matching(caller, place.mailbox, looked_at, query.items or Query())

        def work(tx: Tx) -> ConversationPage:
            return self._page(tx, place.mailbox, folders, found, query, page_of, hidden)

        return await self._store.read(work)

    async def hidden(self, mailbox: str) -> set[int]:
        """The folders whose items are in no conversation any more."""
        folders = await self._mailboxes.ensure(mailbox)
        return {folders[name] for name in HIDDEN if name in folders}

    async def _matching(self, caller: Caller, mailbox: str, folders: Sequence[int], query: Query) -> list[int]:
        """The items in ``folders`` that ``query`` finds."""
        refs = [FolderById(mailbox, folder) for folder in folders]
        pages = await self._find.items(caller, refs, query, lambda total, _: Span(0, total), Load(properties=False))
        return [item.id for page in pages if not isinstance(page, Failure) for item in page.items]

    def _page(
        self,
        tx: Tx,
        mailbox: str,
        folders: list[int],
        found: list[int] | None,
        query: ConversationQuery,
        page_of: PageOf,
        hidden: set[int],
    ) -> ConversationPage:
        here, there = set(folders), set(found or ())

        def is_here(item: Item) -> bool:
            return item.folder in here if folders else item.id in there

        def shown(keys: Sequence[bytes]) -> list[ConversationView]:
            items = rows.items_of(tx, self._store.blobs, mailbox, keys)
            return views(mailbox, keys, items, is_here, hidden)

        summed = all(order.summed in SUMMED for order in query.orders)
        if found is None and summed and query.seek is None:
            total = rows.count(tx, folders)
            span = page_of(total, 0)
            orders = [(order.summed, order.descending) for order in query.orders]
            keys = rows.in_folders(tx, folders, orders, span.length, span.start)
            return ConversationPage(shown(keys), total, span.start)
        keys = rows.all_in_folders(tx, folders) if found is None else rows.of_items(tx, found)
        conversations = _sorted(shown(keys), query.orders)
        sought = 0
        if query.seek is not None:
            sought = next((n for n, one in enumerate(conversations) if query.seek(one)), len(conversations))
        span = page_of(len(conversations), sought)
        page = conversations[span.start : span.start + span.length]
        return ConversationPage(page, len(conversations), span.start)

    async def gather(
        self,
        caller: Caller,
        ref: ConversationRef | Failure,
        since: int | None,
        ignored: Sequence[FolderRef | Failure],
        *,
        heavy: bool,
        attachments: bool,
        mailboxes: Sequence[str] = (),
    ) -> Gathered:
        """The messages of a conversation, the first one first, but for what is in the folders ``ignored``.

        ``since``: only what was written after that write. ``mailboxes``: where it is looked for, by default in its
        own alone. Raises ``Failure`` ErrorItemNotFound where there is nothing.
        """
        ref = self.check(caller, ref)
        number, places = ref.number, list(mailboxes) or [ref.mailbox]
        refs = [self.check(caller, ConversationRef(mailbox, number)) for mailbox in places]
        left_out = {folder for mailbox in places for folder in await self.hidden(mailbox)} | {
            place.folder for place in [await self._folders.resolve(caller, one) for one in ignored]
        }

        def work(tx: Tx) -> Gathered:
            last = log.last(tx)
            if since is not None and since > last:
                raise bad_sync_state()
            found = [item for one in refs for item in self._items(tx, one, heavy, attachments)]
            items = [item for item in found if item.folder not in left_out]
            if not items:
                raise not_found()
            changed = items if since is None else [item for item in items if item.change_key > since]
            wanted = {item.id for item in changed}
            nodes = [node for node in nodes_of(items) if any(item.id in wanted for item in node.items)]
            return Gathered(nodes, last)

        return await self._store.read(work)

    def check(self, caller: Caller, ref: ConversationRef | Failure) -> ConversationRef:
        """``ref``, once the caller may open its mailbox. Raises ``Failure``; a failed ``ref`` raises itself."""
        if isinstance(ref, Failure):
            raise ref
        self._access.check(caller, ref.mailbox)
        return ref

    def _items(self, tx: Tx, ref: ConversationRef, heavy: bool, attachments: bool) -> list[Any]:
        keys = rows.of_number(tx, ref.mailbox, ref.number)
        return rows.items_of(tx, self._store.blobs, ref.mailbox, keys, heavy=heavy, attachments=attachments)


def _looked_at(tx: Tx, place: Place, query: ConversationQuery, hidden: set[int], deleted: int) -> list[int]:
    """The folder, and with a deep query those below it; none for a search folder, which has items of others."""
    if require(tx, place, "ErrorFolderNotFound").properties.search is not None:
        return []
    if not query.deep:
        return [place.folder]
    everyone = folder_rows.of_mailbox(tx, place.mailbox)
    found = [place.folder, *(folder.id for folder in depth_first(everyone, place.folder))]
    if query.deleted or place.folder == deleted:
        return [folder for folder in found if folder not in hidden]
    gone = {deleted, *(folder.id for folder in depth_first(everyone, deleted))}
    return [folder for folder in found if folder not in gone and folder not in hidden]


def _sorted(found: list[ConversationView], orders: Sequence[ConversationOrder]) -> list[ConversationView]:
    """In order; without one, what was heard of last comes first."""

    def last(one: ConversationView) -> float:
        at = one.here.last_delivery_time
        return at.timestamp() if at is not None else 0.0

    found.sort(key=lambda one: (-last(one), one.key))
    for order in reversed(orders):
        found.sort(key=partial(_sort_key, order.terms), reverse=order.descending)
    return found


def _sort_key(terms: Callable[[ConversationView], Sequence[Any]], one: ConversationView) -> tuple[int, Any]:
    return _key(terms(one))


def _key(terms: Sequence[Any]) -> tuple[int, Any]:
    """Comparable also where there is nothing, which is less than anything."""
    if not terms:
        return (0, 0)
    first = terms[0]
    return (1, (first.casefold(), first) if isinstance(first, str) else first)


def in_order(nodes: list[ConversationNode], tree: bool, descending: bool) -> list[ConversationNode]:
    """Messages as answers of a tree or by when they came, the first one first unless ``descending``."""
    ordered = in_tree_order(nodes) if tree else nodes
    return list(reversed(ordered)) if descending else ordered
