"""The unified contact store: users' contact lists move from the Lync side into their mailboxes, and can come back.

A list moves some time after its owner signed in with a client that knows such lists, where the policy allows it. From
then on the mailbox has the list; the Lync side keeps a copy that follows it by streaming notifications: for clients
that know nothing of mailboxes, and for the day the mailbox is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from samband.integration.exchange_client import ITEM_EVENTS, ExchangeClient, Unauthorized, Unreachable
from samband.integration.mailbox_lists import FOLDERS, MailboxLists
from samband.model.contacts import ContactList
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.unified_contacts import MailboxList, Ucs, UcsState
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

log = logging.getLogger(__name__)

Trouble = (Unauthorized, Unreachable, Refused, Malformed)
PER_CONNECTION = 100
"""Subscriptions that share one streaming connection."""
CONNECTION_MINUTES = 5
RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 30.0
AGAIN_AFTER_ROLLBACK = timedelta(days=7)
"""How long a list that was taken back does not move again by itself."""


@dataclass(frozen=True, slots=True)
class UcsPolicy:
    """Whether lists move by themselves, how long after sign-in, and when a failed or broken-off move is tried again."""

    allowed: bool = True
    delay: timedelta = timedelta(minutes=10)
    retry: timedelta = timedelta(minutes=5)
    broken_off: timedelta = timedelta(minutes=1)


class People(Protocol):
    """The directory, as far as this feature reads it."""

    def by_guid(self, guid: str) -> Person | None: ...


class Lists(Protocol):
    """The Lync side: where lists live, and those that live there."""

    def of(self, guid: str) -> Ucs: ...

    def all(self) -> Mapping[str, Ucs]: ...

    def waiting(self) -> Mapping[str, datetime]: ...

    async def contacts(self, person: Person) -> ContactList: ...

    async def mirror(self, person: Person, mailbox: MailboxList) -> None: ...

    async def begin(self, guid: str) -> None: ...

    async def finish(self, guid: str) -> None: ...

    async def fail(self, guid: str, reason: str) -> None: ...

    async def release(self, guid: str, not_before: datetime) -> None: ...


class UnifiedContactStore:
    """The verbs that move a list, and one task that follows those that have moved."""

    def __init__(
        self, client: ExchangeClient, people: People, lists: Lists, policy: UcsPolicy, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._mailboxes = MailboxLists(client)
        self._people = people
        self._lists = lists
        self._policy = policy
        self._clock = clock
        self._changed = asyncio.Event()
        self._joined: dict[str, tuple[str, str]] = {}
        """objectGUID -> where the mailbox is served, and the subscription to its list."""
        self._unread: set[str] = set()
        """objectGUIDs whose mailbox had news that were not copied yet."""
        self._silent: dict[str, str] = {}

    def changed(self) -> None:
        """Tell that somebody signed in, or that a list came to live somewhere else."""
        self._changed.set()

    def people_changed(self, guids: frozenset[str]) -> None:
        """Tell that the directory changed; no ``guids``: anybody may have."""
        followed = guids & self._joined.keys() if guids else set(self._joined)
        for guid in followed:
            # Another address may mean another mailbox.
            del self._joined[guid]
        if followed or not guids or guids & (self._lists.all().keys() | self._lists.waiting().keys()):
            self._changed.set()

    # --- moving

    async def migrate(self, person: Person) -> None:
        """Move a list into its owner's mailbox. Raises ``Failure`` NotMigrated; then the list lives where it was."""
        guid = person.objectGUID
        if self._lists.of(guid).migrated:
            raise Failure("Conflict", f"the contact list of {person.displayName} is in the mailbox already")
        if not person.mail or not person.sip:
            raise Failure("NotMigrated", f"{person.displayName} has no mailbox or is not enabled for Lync")
        await self._lists.begin(guid)
        try:
            url = await self._client.ews_url(person)
            await self._mailboxes.copy(url, person, await self._lists.contacts(person))
            await self._mailboxes.set_migrated(url, person, True)
            await self._lists.mirror(person, await self._mailboxes.read(url, person))
        except Trouble as error:
            await self._lists.fail(guid, str(error))
            raise Failure("NotMigrated", f"the list was not moved: {error}") from None
        await self._lists.finish(guid)
        log.info("a contact list moved into its mailbox", extra={"mail": person.mail})

    async def roll_back(self, person: Person, *, force: bool = False) -> None:
        """Take a list back. ``force``: with what was last known of it where the mailbox cannot be reached.

        Raises ``Failure``.
        """
        guid = person.objectGUID
        if not self._lists.of(guid).read_only:
            raise Failure("Conflict", f"the contact list of {person.displayName} is not in the mailbox")
        try:
            url = await self._client.ews_url(person)
            await self._lists.mirror(person, await self._mailboxes.read(url, person))
            await self._mailboxes.set_migrated(url, person, False)
            # What was written while the flag was being taken away.
            await self._lists.mirror(person, await self._mailboxes.read(url, person))
        except Trouble as error:
            if not force:
                text = f"the mailbox cannot be read, and without it changes may be lost (--force does it): {error}"
                raise Failure("NotRolledBack", text) from None
        await self._lists.release(guid, self._clock() + AGAIN_AFTER_ROLLBACK)
        log.info("a contact list was taken back from its mailbox", extra={"mail": person.mail})

    # --- following

    async def run(self) -> None:
        """Move lists as the policy says and follow those in mailboxes, until cancelled."""
        wait = RETRY_SECONDS
        while True:
            self._changed.clear()
            try:
                await self._session()
                wait = RETRY_SECONDS
            except (*Trouble, OSError) as error:
                log.warning("Exchange cannot be reached for contact lists", extra={"why": str(error)})
                self._joined.clear()
                await self._until(self._changed.wait(), wait)
                wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _session(self) -> None:
        for guid in self._due():
            await self._move(guid)
        watched = {guid: self._people.by_guid(guid) for guid, ucs in self._lists.all().items() if ucs.migrated}
        for guid in self._joined.keys() - watched.keys():
            del self._joined[guid]
        for guid, person in watched.items():
            if guid not in self._joined and person is not None:
                await self._join(person)
            elif guid in self._unread and person is not None:
                await self._copy(self._joined[guid][0], person)
        places: dict[str, dict[str, Person]] = {}
        for guid, (url, subscription) in self._joined.items():
            person = watched[guid]
            if person is not None:
                places.setdefault(url, {})[subscription] = person
        unjoined = watched.keys() - self._joined.keys()
        await self._until_changed(_streams(places, self._stream), self._next_look(bool(unjoined)))

    def _due(self) -> list[str]:
        """Those whose list is to be moved now."""
        now = self._clock()
        return [guid for guid, moment in self._moments().items() if moment <= now]

    def _moments(self) -> dict[str, datetime]:
        policy, waiting = self._policy, self._lists.waiting()
        found = {
            guid: ucs.last_attempt + policy.broken_off
            for guid, ucs in self._lists.all().items()
            if ucs.state is UcsState.MIGRATING and ucs.last_attempt is not None
        }
        for guid, since in waiting.items() if policy.allowed else ():
            ucs, person = self._lists.of(guid), self._people.by_guid(guid)
            if ucs.read_only or person is None or not person.mail:
                continue
            moments = [since + policy.delay]
            if ucs.state is UcsState.FAILED and ucs.last_attempt is not None:
                moments.append(ucs.last_attempt + policy.retry)
            if ucs.not_before is not None:
                moments.append(ucs.not_before)
            found[guid] = max(moments)
        return found

    def _next_look(self, unjoined: bool) -> float | None:
        nearest = min(self._moments().values(), default=None)
        wait = None if nearest is None else max((nearest - self._clock()).total_seconds(), 0.0) + 0.02
        return min(wait or LONGEST_RETRY_SECONDS, LONGEST_RETRY_SECONDS) if unjoined else wait

    async def _move(self, guid: str) -> None:
        person = self._people.by_guid(guid)
        if person is None:
            return
        try:
            await self.migrate(person)
        except Failure as failure:
            log.warning("a contact list was not moved", extra={"mail": person.mail, "why": failure.text})

    async def _join(self, person: Person) -> None:
        """Subscribe first, then read: a change in between is told, not lost."""
        try:
            url = await self._client.ews_url(person)
            subscription = await self._client.subscribe(url, person, FOLDERS, ITEM_EVENTS)
            await self._lists.mirror(person, await self._mailboxes.read(url, person))
        except Trouble as error:
            self._silence(person, str(error))
            return
        self._silent.pop(person.objectGUID, None)
        self._joined[person.objectGUID] = (url, subscription)

    def _silence(self, person: Person, why: str) -> None:
        if self._silent.get(person.objectGUID) != why:
            log.warning("a contact list in a mailbox cannot be read", extra={"mail": person.mail, "why": why})
        self._silent[person.objectGUID] = why

    async def _stream(self, url: str, watched: Mapping[str, Person]) -> None:
        """Copy a list again whenever it changed; ends when a subscription is no longer valid."""
        while True:
            async with aclosing(self._client.events(url, tuple(watched), CONNECTION_MINUTES)) as stream:
                async for news in stream:
                    for name in news.invalid & watched.keys():
                        self._joined.pop(watched[name].objectGUID, None)
                    if news.invalid:
                        return
                    fresh = [watched[name] for name in news.changed if name in watched]
                    self._unread.update(person.objectGUID for person in fresh)
                    for person in fresh:
                        await self._copy(url, person)
                    if news.closed:
                        break
                else:
                    raise Unreachable(f"{url} closed the notification stream")

    async def _copy(self, url: str, person: Person) -> None:
        try:
            found = await self._mailboxes.read(url, person)
        except (Refused, Malformed) as error:
            self._silence(person, str(error))
            return
        if self._lists.of(person.objectGUID).migrated:
            await self._lists.mirror(person, found)
        self._unread.discard(person.objectGUID)

    async def _until_changed(self, work: list[Coroutine[None, None, None]], seconds: float | None) -> None:
        """Until one of ``work`` ends, something changed, or the time is over; the failure of one is raised."""
        tasks = {asyncio.ensure_future(one) for one in work}
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            done, _ = await asyncio.wait({*tasks, changed}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
            for task in done & tasks:
                task.result()
        finally:
            for task in (*tasks, changed):
                task.cancel()
            await asyncio.gather(*tasks, changed, return_exceptions=True)

    async def _until(self, work: Coroutine[None, None, object], seconds: float) -> None:
        try:
            await asyncio.wait_for(work, seconds)
        except TimeoutError:
            return


def _streams(
    places: Mapping[str, Mapping[str, Person]],
    stream: Callable[[str, Mapping[str, Person]], Coroutine[None, None, None]],
) -> list[Coroutine[None, None, None]]:
    """A stream for each hundred subscriptions of a place."""
    return [stream(url, dict(part)) for url, watched in places.items() for part in _parts(list(watched.items()))]


def _parts(entries: list[tuple[str, Person]]) -> Iterable[list[tuple[str, Person]]]:
    return (entries[at : at + PER_CONNECTION] for at in range(0, len(entries), PER_CONNECTION))
