"""Searching the mailboxes of others for what is to be disclosed, by those who were given that right."""

from __future__ import annotations

import logging
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

from samband.directory.rights import Rights
from samband.exchange.actions.folders import Folders
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.queries import Query, matching
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderKind
from samband.model.groups import Group
from samband.model.items import Item
from samband.model.people import Person
from samband.model.rights import Right
from samband.store import folders as rows
from samband.store import item_words, items
from samband.store.api import Tx

log = logging.getLogger(__name__)

MAX_SEARCHED = 1000
"""How many mailboxes one search may look into."""


class Box(NamedTuple):
    """A mailbox to look into, and whose it is."""

    guid: str
    owner: Person
    archive: bool


class Unsearched(NamedTuple):
    """A mailbox that cannot be searched."""

    name: str
    archive: bool
    failure: Failure


Key = tuple[Any, int]
"""Where an item stands among what was found: its sort term, and its row."""


class Hit(NamedTuple):
    """An item that was found."""

    key: Key
    size: int
    box: Box
    unique: str


class Discovery:
    """Verbs of those who search the mailboxes of others."""

    def __init__(self, base: Foundation, folders: Folders, rights: Rights) -> None:
        self._store = base.store
        self._directory = base.directory
        self._folders = folders
        self._rights = rights

    def searchable(self, caller: Caller, begins: str, *, expand: bool) -> list[Person | Group]:
        """Whom the caller may search of those whose names begin with ``begins``; groups as their members: ``expand``.

        Raises ``Failure`` ErrorAccessDenied.
        """
        self.require_right(caller)
        people = self._directory.search(begins, MAX_SEARCHED, hidden=True) if begins else list(self._directory.people())
        groups = self._directory.search_groups(begins) if begins else []
        if expand:
            people += [person for group in groups for person in self._directory.people_of(group)]
        seen = {person.objectGUID: person for person in people if self._may(caller, person)}
        return [*seen.values(), *([] if expand else groups)]

    def _may(self, caller: Caller, person: Person) -> bool:
        return bool(person.msExchMailboxGuid) and self._rights.has(caller, Right.SEARCH, person.msExchMailboxGuid)

    def require_right(self, caller: Caller) -> None:
        """Raise ``Failure`` ErrorAccessDenied where the caller may search nobody's mailbox."""
        if not self._rights.has(caller, Right.SEARCH):
            raise Failure("ErrorAccessDenied", "The caller does not have the right to search mailboxes.")

    def boxes(self, caller: Caller, wanted: Sequence[tuple[str, str]]) -> tuple[list[Box], list[Unsearched]]:
        """The mailboxes that (name, PrimaryOnly, ArchiveOnly or All) name, and those that cannot be searched.

        A name is a legacyExchangeDN, an SMTP address or the guid of a mailbox. Raises ``Failure``.
        """
        self.require_right(caller)
        if len(wanted) > MAX_SEARCHED:
            raise Failure("ErrorSearchTooManyMailboxes", f"No more than {MAX_SEARCHED} mailboxes can be searched.")
        found: dict[str, Box] = {}
        failed = []
        for name, place in wanted:
            person = self._named(name)
            if person is None:
                failure = Failure("ErrorNonExistentMailbox", "There is no such mailbox.")
                failed.append(Unsearched(name, False, failure))
            elif not self._may(caller, person):
                failure = Failure("ErrorAccessDenied", "The caller may not search this mailbox.")
                failed.append(Unsearched(name, False, failure))
            else:
                if place != "ArchiveOnly":
                    found[person.msExchMailboxGuid] = Box(person.msExchMailboxGuid, person, False)
                if place != "PrimaryOnly" and person.msExchArchiveGUID:
                    found[person.msExchArchiveGUID] = Box(person.msExchArchiveGUID, person, True)
        log.info("%s searches %d mailboxes: %s", caller.name, len(found), ", ".join(sorted(found)))
        return list(found.values()), failed

    def _named(self, name: str) -> Person | None:
        directory = self._directory
        return directory.by_legacy_dn(name) or directory.by_smtp(name) or directory.by_mailbox(name)

    async def search(
        self, boxes: Sequence[Box], query: Query, term: Callable[[Item], Any], *, deduplicated: bool = False
    ) -> list[Hit]:
        """Every item of ``boxes`` that ``query`` finds, by ``term`` (what has none comes first)."""
        for box in boxes:
            await self._folders.ensure(box.guid)
        blobs = self._store.blobs

        def search(tx: Tx, box: Box) -> list[Hit]:
            folders = [one.id for one in rows.of_mailbox(tx, box.guid) if one.kind is not FolderKind.SEARCH]
            found = matching(tx, blobs, box.guid, folders, query)
            return [Hit((term(item), item.id), item.size, box, _unique(item)) for item in found]

        hits = [hit for box in boxes for hit in await self._store.read(partial(search, box=box))]
        if deduplicated:
            hits = list({hit.unique: hit for hit in reversed(hits)}.values())
        return sorted(hits, key=_key)

    async def unindexed(self, boxes: Sequence[Box]) -> list[tuple[Box, int]]:
        """How many items of each of ``boxes`` no index holds: a search looks at each of them."""
        return await self._store.read(lambda tx: [(box, item_words.too_many_words(tx, box.guid)) for box in boxes])

    async def shown(self, hits: Sequence[Hit]) -> list[tuple[Hit, Item]]:
        """``hits`` with the items they are, without their bodies; those that are gone meanwhile are left out."""
        numbers = [hit.key[1] for hit in hits]
        found = await self._store.read(
            lambda tx: items.get_many(tx, self._store.blobs, numbers, heavy=False, attachments=False)
        )
        return [(hit, found[hit.key[1]]) for hit in hits if hit.key[1] in found]


def _unique(item: Item) -> str:
    """What copies of the same message share."""
    identifier = getattr(item.properties, "internet_message_id", "")
    return identifier or f"{item.mailbox}/{item.id}"


def _key(hit: Hit) -> Key:
    return hit.key


def page(hits: Sequence[Hit], start: Key | None, size: int, *, descending: bool, backwards: bool) -> list[Hit]:
    """``size`` of ``hits`` (which stand in ascending order) that come after ``start``, or before it: ``backwards``.

    They come in the order asked for; without ``start`` the page is the first, or the last.
    """
    upwards = descending is backwards
    if start is None:
        part = hits[:size] if upwards else hits[max(0, len(hits) - size) :]
    elif upwards:
        place = bisect_right(hits, start, key=_key)
        part = hits[place : place + size]
    else:
        place = bisect_left(hits, start, key=_key)
        part = hits[max(0, place - size) : place]
    return list(reversed(part)) if descending else list(part)
