"""A mailbox on another Exchange server, read over EWS folder by folder."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence

from samband.exchange.actions.imports import Arrival
from samband.exchange.imports.ews_client import EwsClient
from samband.exchange.imports.ews_items import PATHS, Reader
from samband.exchange.imports.source import BATCH_BYTES, BATCH_ITEMS, Batch, Known, Left, SourceFolder
from samband.wire.ews.client import mailboxes
from samband.wire.ews.client.answers import Refused
from samband.wire.ews.client.mailboxes import FolderEntry, ListedItem
from samband.wire.xml.reading import Malformed

DEFAULTS = (
    "msgfolderroot",
    "inbox",
    "drafts",
    "sentitems",
    "deleteditems",
    "outbox",
    "junkemail",
    "calendar",
    "contacts",
    "tasks",
    "notes",
    "journal",
)
"""Default folders that are the same folder here. The archive and what was deleted for good stay where they are."""
_TOP = DEFAULTS[0]
_MAIL = "Message"
_WITH_MIME = frozenset({_MAIL, "MeetingMessage", "MeetingRequest", "MeetingResponse", "MeetingCancellation"})


class EwsSource:
    """The mailbox that ``client`` may open; ``mailbox`` is its address where it is another's than the account's."""

    def __init__(self, client: EwsClient, mailbox: str = "", account: str = "") -> None:
        self._client = client
        self._mailbox = mailbox
        self._account = account
        self._reader = Reader(client)

    @property
    def name(self) -> str:
        return f"ews {self._client.url.lower()} {(self._mailbox or self._account).lower()}"

    async def folders(self) -> AsyncIterator[SourceFolder]:
        """See ``Source``. Raises ``NoAnswer``, ``SignInRefused``, ``Refused`` or ``Malformed``."""
        answer = await self._client.ask(mailboxes.default_folders(DEFAULTS, self._mailbox))
        defaults = mailboxes.read_default_folders(answer, DEFAULTS)
        if _TOP not in defaults:
            mailboxes.read_items(answer)
            raise Refused("ErrorFolderNotFound", "the mailbox cannot be opened")
        entries: list[FolderEntry] = []
        last = False
        while not last:
            page = await self._client.ask(mailboxes.folders_below(defaults[_TOP], len(entries)))
            found, last = mailboxes.read_folders(page)
            entries += found
        for folder in _arranged(defaults, entries):
            yield folder

    async def items(self, folder: SourceFolder, known: Known) -> AsyncIterator[Batch]:
        """See ``Source``. Raises like ``folders``."""
        state, complete = "", False
        while not complete:
            listing = mailboxes.read_listing(await self._client.ask(mailboxes.items_of(folder.id, state)))
            if listing.state == state and not listing.complete:
                raise Malformed("a listing that does not go on")
            state, complete = listing.state, listing.complete
            keys = {_key(one.id): one for one in listing.items}
            there = await known(list(keys))
            for part in _parts([one for key, one in keys.items() if key not in there]):
                yield await self._fetched(part)

    async def _fetched(self, listed: Sequence[ListedItem]) -> Batch:
        """The items, all of one way of reading, that ``listed`` names."""
        way = _way(listed[0])
        base = "IdOnly" if way == _MAIL else "AllProperties"
        body = mailboxes.items([one.id for one in listed], base, PATHS[way == _MAIL], way in _WITH_MIME)
        answer = await self._client.ask(body, "Exchange2013")
        batch: list[Arrival | Left] = []
        for one, found in zip(listed, mailboxes.read_items(answer), strict=True):
            if isinstance(found, Refused):
                batch.append(Left(f"{one.kind} {_key(one.id)[:12]}", str(found)))
            else:
                batch += await self._reader.read(_key(one.id), found)
        return batch


def _key(identifier: str) -> str:
    """A short name for an item: its own may be 300 characters long, and differ in case only."""
    return hashlib.sha256(identifier.encode()).hexdigest()[:40]


def _way(one: ListedItem) -> str:
    """How an item is read: what is still written has no MIME that anybody has seen."""
    if one.kind == _MAIL and one.draft:
        return "draft"
    return _MAIL if one.kind == "Item" else one.kind


def _parts(listed: Sequence[ListedItem]) -> Iterator[list[ListedItem]]:
    """``listed`` in batches of one way of reading each, neither too many nor too large."""
    open_ones: dict[str, list[ListedItem]] = {}
    for one in listed:
        way = _way(one)
        part = open_ones.setdefault(way, [])
        if part and (len(part) >= BATCH_ITEMS or sum(item.size for item in part) + one.size > BATCH_BYTES):
            yield part
            part = open_ones[way] = []
        part.append(one)
    yield from (part for part in open_ones.values() if part)


def _arranged(defaults: dict[str, str], entries: Sequence[FolderEntry]) -> Iterator[SourceFolder]:
    """The folders with items in them or below them, parents first, default ones by their names."""
    names = {identifier: name for name, identifier in defaults.items()}
    below: dict[str, list[FolderEntry]] = {}
    for entry in entries:
        below.setdefault(entry.parent, []).append(entry)
    places: list[tuple[str, str, tuple[str, ...]]] = [(defaults[_TOP], _TOP, ())]
    while places:
        identifier, default, path = places.pop()
        for entry in below.pop(identifier, ()):
            if entry.hidden or entry.kind == "SearchFolder" or not entry.id:
                continue
            own = names.get(entry.id)
            here = (own, ()) if own is not None else (default, (*path, entry.name))
            places.append((entry.id, *here))
            yield SourceFolder(*here, entry.folder_class, entry.total, entry.id)
