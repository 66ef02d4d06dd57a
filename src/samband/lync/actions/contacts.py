"""Contact lists the server keeps: read them, follow them, change them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from samband.feed.api import Feed
from samband.model.changes import Change, ContactsChanged
from samband.model.contacts import MAX_CONTACTS, Changed, ContactDelta, ContactList, StaleDelta, difference
from samband.model.failures import Failure
from samband.model.people import Person
from samband.store import contacts as kept
from samband.store import unified_contacts
from samband.store.api import Store, WriteTx

log = logging.getLogger(__name__)

Hear = Callable[[ContactDelta], None]
READ_ONLY = "Cannot add, remove, or move contacts or groups at this time. Please try again later."
"""What clients show that know nothing of lists in mailboxes (KB 2811654, KB 2757458)."""


@dataclass(slots=True, eq=False)
class _Owner:
    """A list in use."""

    contacts: ContactList | None = None
    followers: dict[int, Hear] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0
    deaf: Callable[[], None] | None = None


class Contacts:
    """One for a Lync side. A list is in memory while somebody uses it.

    With a ``feed``, changes that another process makes are told to followers too. ``most`` contacts fit on a list.
    """

    def __init__(self, store: Store, feed: Feed | None = None, most: int = MAX_CONTACTS) -> None:
        self.most = most
        self._store = store
        self._feed = feed
        self._owners: dict[str, _Owner] = {}
        self._numbers = 0
        self._readings: set[asyncio.Future[None]] = set()

    async def get(self, person: Person) -> ContactList:
        """The list of ``person``."""
        owner = self._enter(person)
        try:
            async with owner.turn:
                return await self._load(person, owner)
        finally:
            self._leave(person, owner)

    async def follow(self, person: Person, hear: Hear) -> tuple[ContactList, Callable[[], None]]:
        """The list of ``person``, every change of which ``hear`` is told from now on, and what ends that."""
        owner = self._enter(person)
        try:
            async with owner.turn:
                contacts = await self._load(person, owner)
                self._numbers += 1
                number = self._numbers
                owner.followers[number] = hear
        except BaseException:
            self._leave(person, owner)
            raise

        def close() -> None:
            if owner.followers.pop(number, None) is not None:
                self._leave(person, owner)

        return contacts, close

    async def change(self, person: Person, known: int, operation: Callable[[ContactList], Changed]) -> ContactDelta:
        """Change a list that the caller knows as number ``known``; it is on disk, and followers are told.

        Raises ``StaleDelta``, whatever ``Failure`` the operation raises, and Forbidden where the list lives in the
        mailbox and this one is its copy.
        """
        owner = self._enter(person)
        try:
            async with owner.turn:
                contacts = await self._load(person, owner)
                if known != contacts.delta:
                    raise StaleDelta(contacts.delta)
                after, delta = operation(contacts)

                def write(tx: WriteTx) -> None:
                    if unified_contacts.get(tx, person.objectGUID).read_only:
                        raise Failure("Forbidden", READ_ONLY)
                    stored = kept.number(tx, person.objectGUID)
                    if stored != delta.previous:  # another process was faster
                        raise StaleDelta(stored)
                    kept.put(tx, person.objectGUID, delta)
                    tx.append(ContactsChanged(scope=_scope(person), delta=delta.delta))

                owner.contacts = None
                await self._store.write(write)
                owner.contacts = after
                for hear in list(owner.followers.values()):
                    hear(delta)
                return delta
        finally:
            self._leave(person, owner)

    async def replace(self, person: Person, make: Callable[[ContactList], ContactList]) -> None:
        """Make the list what the mailbox's is: ``make`` gets the present list and returns another, or the same.

        Nothing is changed where the list lives here (again).
        """
        owner = self._enter(person)
        try:
            async with owner.turn:
                owner.contacts = None

                def write(tx: WriteTx) -> tuple[ContactList, ContactDelta | None]:
                    before = kept.get(tx, person.objectGUID)
                    copied = unified_contacts.get(tx, person.objectGUID).read_only
                    after = make(before) if copied else before
                    if after.delta == before.delta:
                        return before, None
                    delta = difference(before, after)
                    kept.put(tx, person.objectGUID, delta)
                    tx.append(ContactsChanged(scope=_scope(person), delta=delta.delta))
                    return after, delta

                owner.contacts, delta = await self._store.write(write)
                if delta is not None:
                    for hear in list(owner.followers.values()):
                        hear(delta)
        finally:
            self._leave(person, owner)

    async def _load(self, person: Person, owner: _Owner) -> ContactList:
        if owner.contacts is None:
            owner.contacts = await self._store.read(lambda tx: kept.get(tx, person.objectGUID))
        return owner.contacts

    def _enter(self, person: Person) -> _Owner:
        owner = self._owners.get(person.objectGUID)
        if owner is None:
            owner = self._owners[person.objectGUID] = _Owner()
            if self._feed is not None:
                owner.deaf = self._feed.listen({_scope(person)}, lambda changes: self._changed(person, owner, changes))
        owner.users += 1
        return owner

    def _leave(self, person: Person, owner: _Owner) -> None:
        owner.users -= 1
        if owner.users == 0:
            self._owners.pop(person.objectGUID, None)
            if owner.deaf is not None:
                owner.deaf()

    def _changed(self, person: Person, owner: _Owner, changes: Sequence[Change]) -> asyncio.Task[None] | None:
        """Read a list again that somebody else changed; our own changes are known, or under way."""
        if owner.contacts is None or owner.turn.locked():
            return None
        known = owner.contacts.delta
        if not any(isinstance(change, ContactsChanged) and change.delta > known for change in changes):
            return None
        task = asyncio.ensure_future(self._read_again(person, owner))
        self._readings.add(task)
        task.add_done_callback(self._read)
        return task

    async def _read_again(self, person: Person, owner: _Owner) -> None:
        async with owner.turn:
            before, owner.contacts = owner.contacts, None
            after = await self._load(person, owner)
            if before is not None and before.delta < after.delta:
                delta = difference(before, after)
                for hear in list(owner.followers.values()):
                    hear(delta)

    def _read(self, task: asyncio.Future[None]) -> None:
        self._readings.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A contact list could not be read", exc_info=task.exception())


def _scope(person: Person) -> str:
    return f"sip:{person.sip.lower()}"
