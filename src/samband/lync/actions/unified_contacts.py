"""Where each user's contact list lives: on this side, or in the mailbox with a copy here."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import msgspec

from samband.directory.api import Directory
from samband.feed.api import Feed
from samband.lync.actions.contacts import Contacts
from samband.model.changes import Change, UcsChanged
from samband.model.contacts import ContactList
from samband.model.people import Person
from samband.model.unified_contacts import MailboxList, Seat, Ucs, UcsState, mirrored
from samband.store import unified_contacts as rows
from samband.store.api import Store, WriteTx

log = logging.getLogger(__name__)

_NOWHERE = Ucs()
Hear = Callable[[], None]


class UnifiedContacts:
    """Everybody's state in memory, also when another process changes it; ``start`` before use."""

    def __init__(
        self, store: Store, feed: Feed, directory: Directory, contacts: Contacts, clock: Callable[[], datetime]
    ) -> None:
        self._store = store
        self._feed = feed
        self._directory = directory
        self._contacts = contacts
        self._clock = clock
        self._states: dict[str, Ucs] = {}
        self._waiting: dict[str, datetime] = {}
        self._followers: dict[str, dict[int, Hear]] = {}
        self._numbers = 0
        self._hearers: list[Hear] = []
        self._readings: set[asyncio.Task[None]] = set()
        self._deaf: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Read every state and follow the feed until ``close``."""
        self._deaf = self._feed.listen((rows.SCOPE,), self._hear)
        self._states = await self._store.read(rows.everyone)

    def close(self) -> None:
        """Follow the feed no more."""
        self._deaf()
        for task in self._readings:
            task.cancel()

    def of(self, guid: str) -> Ucs:
        """Where the list of a person lives."""
        return self._states.get(guid, _NOWHERE)

    def all(self) -> Mapping[str, Ucs]:
        """Everybody who is not as everybody is at first, by objectGUID."""
        return dict(self._states)

    def waiting(self) -> Mapping[str, datetime]:
        """Since when people are signed in whose client can read a list from a mailbox, and whose list is here."""
        return dict(self._waiting)

    def signed_in(self, person: Person) -> None:
        """Such a client asked for its list."""
        if not self.of(person.objectGUID).read_only and person.objectGUID not in self._waiting:
            self._waiting[person.objectGUID] = self._clock()
            self._tell_hearers()

    def listen(self, hear: Hear) -> None:
        """Call ``hear`` whenever there may be something to do."""
        self._hearers.append(hear)

    def follow(self, guid: str, hear: Hear) -> Callable[[], None]:
        """Call ``hear`` when a person's list has another seat. Returns what stops it."""
        self._numbers += 1
        number, followers = self._numbers, self._followers.setdefault(guid, {})
        followers[number] = hear

        def close() -> None:
            followers.pop(number, None)
            if not followers and self._followers.get(guid) is followers:
                del self._followers[guid]

        return close

    async def contacts(self, person: Person) -> ContactList:
        """The list here."""
        return await self._contacts.get(person)

    async def mirror(self, person: Person, mailbox: MailboxList, *, changed: bool = False) -> None:
        """Make the list here say what the mailbox says.

        ``changed``: the mailbox's has changed since, and gets another number even where it says the same again: who
        reads it there may have seen what it said in between.
        """

        def make(local: ContactList) -> ContactList:
            found = mirrored(local, mailbox, self._name)
            return replace(local, delta=local.delta + 1) if changed and found is local else found

        await self._contacts.replace(person, make)

    def _name(self, address: str) -> str:
        person = self._directory.by_sip(address) or self._directory.by_proxy_sip(address)
        return person.displayName if person is not None else ""

    async def begin(self, guid: str) -> None:
        """A move begins: the list here cannot be changed from now on."""
        now = self._clock()
        await self._set(guid, lambda ucs: Ucs(state=UcsState.MIGRATING, attempts=ucs.attempts + 1, last_attempt=now))

    async def finish(self, guid: str) -> None:
        """The list lives in the mailbox."""
        await self._set(guid, lambda ucs: msgspec.structs.replace(ucs, state=UcsState.MIGRATED, reason=""))

    async def fail(self, guid: str, reason: str) -> None:
        """A move came to nothing: the list lives here as before."""
        await self._set(guid, lambda ucs: msgspec.structs.replace(ucs, state=UcsState.FAILED, reason=reason))

    async def release(self, guid: str, not_before: datetime) -> None:
        """The list lives here again, and does not move by itself before that moment."""
        await self._set(guid, lambda ucs: Ucs(not_before=not_before))

    async def disconnected(self, guid: str, since: datetime, why: str) -> None:
        """The mailbox that has the list cannot be asked: its owner has the copy here, and cannot change it."""
        if self.of(guid).seat is Seat.MAILBOX:
            await self._set(guid, lambda ucs: msgspec.structs.replace(ucs, down_since=since, reason=why))

    async def connected(self, guid: str) -> None:
        """The mailbox that has the list can be asked again."""
        if self.of(guid).down_since is not None:
            await self._set(guid, lambda ucs: msgspec.structs.replace(ucs, down_since=None, reason=""))

    async def _set(self, guid: str, change: Callable[[Ucs], Ucs]) -> None:
        def write(tx: WriteTx) -> None:
            rows.put(tx, guid, change(rows.get(tx, guid)))

        await self._store.write(write)

    def _hear(self, changes: Sequence[Change]) -> asyncio.Task[None] | None:
        reading = None if changes else self._later(self._read_again())
        for change in changes:
            if isinstance(change, UcsChanged):
                self._changed(change.owner, change.ucs)
        self._tell_hearers()
        return reading

    def _changed(self, guid: str, ucs: Ucs) -> None:
        before, self._states[guid] = self.of(guid), ucs
        if ucs.migrated:
            self._waiting.pop(guid, None)
        if before.seat is not ucs.seat:
            for hear in list(self._followers.get(guid, {}).values()):
                hear()

    async def _read_again(self) -> None:
        for guid, ucs in (await self._store.read(rows.everyone)).items():
            self._changed(guid, ucs)
        self._tell_hearers()

    def _tell_hearers(self) -> None:
        for hear in self._hearers:
            hear()

    def _later(self, work: Coroutine[None, None, None]) -> asyncio.Task[None]:
        task = asyncio.ensure_future(work)
        self._readings.add(task)
        task.add_done_callback(self._read)
        return task

    def _read(self, task: asyncio.Task[None]) -> None:
        self._readings.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("it could not be read where contact lists live", exc_info=task.exception())
