"""Contact lists the server keeps: read them, follow them, change them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from samband.model.changes import ContactsChanged
from samband.model.contacts import Changed, ContactDelta, ContactList, StaleDelta
from samband.model.people import Person
from samband.store import contacts as kept
from samband.store.api import Store, WriteTx

Hear = Callable[[ContactDelta], None]


@dataclass(slots=True, eq=False)
class _Owner:
    """A list in use."""

    contacts: ContactList | None = None
    followers: dict[int, Hear] = field(default_factory=dict)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    users: int = 0


class Contacts:
    """One for a Lync side. A list is in memory while somebody uses it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._owners: dict[str, _Owner] = {}
        self._numbers = 0

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

        Raises ``StaleDelta`` and whatever ``Failure`` the operation raises.
        """
        owner = self._enter(person)
        try:
            async with owner.turn:
                contacts = await self._load(person, owner)
                if known != contacts.delta:
                    raise StaleDelta(contacts.delta)
                after, delta = operation(contacts)

                def write(tx: WriteTx) -> None:
                    kept.put(tx, person.objectGUID, delta)
                    tx.append(ContactsChanged(scope=f"sip:{person.sip.lower()}", delta=delta.delta))

                owner.contacts = None
                await self._store.write(write)
                owner.contacts = after
                for hear in list(owner.followers.values()):
                    hear(delta)
                return delta
        finally:
            self._leave(person, owner)

    async def _load(self, person: Person, owner: _Owner) -> ContactList:
        if owner.contacts is None:
            owner.contacts = await self._store.read(lambda tx: kept.get(tx, person.objectGUID))
        return owner.contacts

    def _enter(self, person: Person) -> _Owner:
        owner = self._owners.setdefault(person.objectGUID, _Owner())
        owner.users += 1
        return owner

    def _leave(self, person: Person, owner: _Owner) -> None:
        owner.users -= 1
        if owner.users == 0:
            self._owners.pop(person.objectGUID, None)
