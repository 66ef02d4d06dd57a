"""The unified contact store: users' contact lists move from the Lync side into their mailboxes, and can come back.

A list moves some time after its owner signed in with a client that knows such lists, where the policy allows it. From
then on the mailbox has the list; the Lync side keeps a copy that follows it by streaming notifications: for clients
that know nothing of mailboxes, and for the day the mailbox is gone.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from samband.integration.exchange_client import ExchangeClient
from samband.integration.list_following import CALM_SECONDS, ListFollower, Trouble
from samband.integration.mailbox_lists import MailboxLists
from samband.model.contacts import ContactList
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.unified_contacts import MailboxList, Ucs, UcsState

log = logging.getLogger(__name__)

RETRY_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 30.0
AGAIN_AFTER_ROLLBACK = timedelta(days=7)
"""How long a list that was taken back does not move again by itself."""


@dataclass(frozen=True, slots=True)
class UcsPolicy:
    """Whether lists move by themselves, how long after sign-in, and when a failed or broken-off move is tried again.

    ``patience``: how long the mailbox of a list may be away before its owner gets the copy instead.
    """

    allowed: bool = True
    delay: timedelta = timedelta(minutes=10)
    retry: timedelta = timedelta(minutes=5)
    broken_off: timedelta = timedelta(minutes=1)
    patience: timedelta = timedelta(minutes=1)


class People(Protocol):
    """The directory, as far as this feature reads it."""

    def by_guid(self, guid: str) -> Person | None: ...


class Lists(Protocol):
    """The Lync side: where lists live, and those that live there."""

    def of(self, guid: str) -> Ucs: ...

    def all(self) -> Mapping[str, Ucs]: ...

    def waiting(self) -> Mapping[str, datetime]: ...

    async def contacts(self, person: Person) -> ContactList: ...

    async def mirror(self, person: Person, mailbox: MailboxList, *, changed: bool = False) -> None: ...

    async def begin(self, guid: str) -> None: ...

    async def finish(self, guid: str) -> None: ...

    async def fail(self, guid: str, reason: str) -> None: ...

    async def release(self, guid: str, not_before: datetime) -> None: ...

    async def connected(self, guid: str) -> None: ...

    async def disconnected(self, guid: str, since: datetime, why: str) -> None: ...


class UnifiedContactStore:
    """The verbs that move a list, and one task that follows those that have moved."""

    def __init__(
        self,
        client: ExchangeClient,
        people: People,
        lists: Lists,
        policy: UcsPolicy,
        clock: Callable[[], datetime],
        calm: float = CALM_SECONDS,
    ) -> None:
        """``calm``: how many seconds after a list was read further news of it wait."""
        self._client = client
        self._mailboxes = MailboxLists(client)
        self._people = people
        self._lists = lists
        self._policy = policy
        self._clock = clock
        self._changed = asyncio.Event()
        self._follower = ListFollower(client, self._mailboxes, lists, policy.patience.total_seconds(), calm)

    def changed(self) -> None:
        """Tell that somebody signed in, or that a list came to live somewhere else."""
        self._changed.set()

    def people_changed(self, guids: frozenset[str]) -> None:
        """Tell that the directory changed; no ``guids``: anybody may have."""
        followed = guids & self._follower.followed if guids else self._follower.followed
        self._follower.forget(followed)
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

    # --- by itself

    async def run(self) -> None:
        """Move lists as the policy says and follow those in mailboxes, until cancelled."""
        wait = RETRY_SECONDS
        while True:
            self._changed.clear()
            try:
                complete = await self._session(wait)
            except (*Trouble, OSError) as error:
                log.warning("Exchange cannot be reached for contact lists", extra={"why": str(error)})
                self._follower.forget(self._follower.followed)
                await self._until(self._changed.wait(), wait)
                complete = False
            wait = RETRY_SECONDS if complete else min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _session(self, retry: float) -> bool:
        """Move whose turn it is, then follow until something changed, at most ``retry`` seconds where one is lost.

        Whether nobody is.
        """
        for guid in self._due():
            await self._move(guid)
        found = {guid: self._people.by_guid(guid) for guid, ucs in self._lists.all().items() if ucs.migrated}
        watched = {guid: person for guid, person in found.items() if person is not None}
        lost = await self._follower.follow(watched, self._clock())
        await self._until_changed(self._follower.work(watched), self._next_look(retry if lost else None))
        return not lost

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

    def _next_look(self, retry: float | None) -> float | None:
        """Seconds until there is something to do by itself; None: there is nothing."""
        nearest = min(self._moments().values(), default=None)
        waits = [] if nearest is None else [max((nearest - self._clock()).total_seconds(), 0.0) + 0.02]
        return min([*waits, *([] if retry is None else [retry])], default=None)

    async def _move(self, guid: str) -> None:
        person = self._people.by_guid(guid)
        if person is None:
            return
        try:
            await self.migrate(person)
        except Failure as failure:
            log.warning("a contact list was not moved", extra={"mail": person.mail, "why": failure.text})

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
            async with asyncio.timeout(seconds):
                await work
        except TimeoutError:
            return
