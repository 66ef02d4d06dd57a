"""Past conversations of people who are here by a client that shows them, read from their mailboxes.

A mailbox is looked at when somebody begins to follow it: past conversations are offered from when it answers until it
does not. One that does not is tried again, ever more rarely.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeVar

from samband.directory.api import Directory
from samband.model.conversation_logs import ConversationLog, LogCounts
from samband.model.failures import Failure
from samband.model.people import Person

SHORTEST_WAIT, LONGEST_WAIT = 2.0, 300.0
"""Seconds between two looks at a mailbox that does not answer."""
AT_ONCE = 8
"""Mailboxes looked at side by side."""

News = Literal["added", "updated", "deleted", "counts", "offered"]
Hear = Callable[[News, str], None]
"""Told what happened, and to which conversation: ``counts`` changed, or whether any are ``offered``, to none."""
T = TypeVar("T")


class Mailboxes(Protocol):
    """Where conversations are. Every method raises ``Failure``: ``MailboxUnavailable`` or ``NotFound``."""

    async def counts(self, person: Person) -> LogCounts: ...

    async def newest(self, person: Person, limit: int) -> list[str]: ...

    async def log(self, person: Person, identifier: str) -> ConversationLog: ...

    async def mark_read(self, person: Person, identifier: str) -> None: ...

    async def remove(self, person: Person, identifier: str) -> None: ...


@dataclass(slots=True, eq=False)
class _Followed:
    hearers: list[Hear] = field(default_factory=list)
    counts: LogCounts | None = None
    """As the mailbox last said; None while it does not answer."""
    look: asyncio.Task[None] | None = None
    again: asyncio.Event = field(default_factory=asyncio.Event)
    """Whether something happened since the look began."""


class ConversationLogs:
    """One for a Lync side. Methods that ask a mailbox raise ``Failure``, as ``Mailboxes`` do."""

    def __init__(self, mailboxes: Mailboxes, directory: Directory) -> None:
        self._mailboxes = mailboxes
        self._directory = directory
        self._followed: dict[str, _Followed] = {}
        """By objectGUID."""
        self._turns = asyncio.Semaphore(AT_ONCE)

    def close(self) -> None:
        """Look at nothing any more."""
        for one in self._followed.values():
            if one.look is not None:
                one.look.cancel()
        self._followed.clear()

    def follow(self, guid: str, hear: Hear) -> Callable[[], None]:
        """Call ``hear`` of what happens to somebody's conversations until what is given back is called."""
        one = self._followed.setdefault(guid, _Followed())
        one.hearers.append(hear)
        if one.counts is None:
            self._look(guid)

        def stop() -> None:
            with suppress(ValueError):
                one.hearers.remove(hear)
            if not one.hearers and self._followed.get(guid) is one:
                del self._followed[guid]
                if one.look is not None:
                    one.look.cancel()

        return stop

    def offered(self, person: Person) -> bool:
        """Whether the mailbox of somebody who is followed answers."""
        one = self._followed.get(person.objectGUID)
        return one is not None and one.counts is not None and _has_mailbox(person)

    # --- what happens elsewhere

    def written(self, guid: str, identifier: str, new: bool) -> None:
        """A conversation was put into a mailbox, or has grown there."""
        self._tell(guid, "added" if new else "updated", identifier)
        if new:
            self._look(guid)

    def changed(self, guids: Collection[str] = ()) -> None:
        """People have changed, or whom the two sides trust: what could be read may be closed now, and the other way
        round. None named: everybody's."""
        for guid in [one for one in self._followed if not guids or one in guids]:
            self._look(guid)

    # --- reading and changing

    async def counts(self, person: Person) -> LogCounts:
        """How many there are."""
        found = await self._ask(person, self._mailboxes.counts(person))
        self._found(person.objectGUID, found)
        return found

    async def newest(self, person: Person, limit: int) -> list[str]:
        """Their identifiers, the newest first."""
        return await self._ask(person, self._mailboxes.newest(person, limit))

    async def log(self, person: Person, identifier: str) -> ConversationLog:
        """One of them."""
        return await self._ask(person, self._mailboxes.log(person, identifier))

    async def mark_read(self, person: Person, identifier: str) -> None:
        """Its owner has seen it."""
        await self._ask(person, self._mailboxes.mark_read(person, identifier))
        self._tell(person.objectGUID, "updated", identifier)
        self._look(person.objectGUID)

    async def remove(self, person: Person, identifier: str) -> None:
        """Its owner wants it no more."""
        await self._ask(person, self._mailboxes.remove(person, identifier))
        self._tell(person.objectGUID, "deleted", identifier)
        self._look(person.objectGUID)

    async def _ask(self, person: Person, work: Coroutine[None, None, T]) -> T:
        try:
            return await work
        except Failure as failure:
            if failure.code == "MailboxUnavailable":
                self._found(person.objectGUID, None)
                self._look(person.objectGUID)
            raise

    # --- looks

    def _look(self, guid: str) -> None:
        one = self._followed.get(guid)
        if one is None:
            return
        one.again.set()
        if one.look is None:
            one.look = asyncio.get_running_loop().create_task(self._looks(guid, one), name="conversation logs")

    async def _looks(self, guid: str, one: _Followed) -> None:
        """Until the mailbox has answered after all that happened."""
        wait = SHORTEST_WAIT
        try:
            while one.again.is_set():
                one.again.clear()
                person = self._directory.by_guid(guid)
                if person is None or not _has_mailbox(person):
                    self._found(guid, None)
                    continue
                try:
                    async with self._turns:
                        self._found(guid, await self._mailboxes.counts(person))
                except Failure:
                    self._found(guid, None)
                    # What happened may not be everywhere yet: it is looked for soon once more.
                    wait = SHORTEST_WAIT if await _woken(one.again, wait) else min(wait * 2, LONGEST_WAIT)
                    one.again.set()
        finally:
            one.look = None

    def _found(self, guid: str, counts: LogCounts | None) -> None:
        one = self._followed.get(guid)
        if one is None or counts == one.counts:
            return
        before, one.counts = one.counts, counts
        self._tell(guid, "offered" if before is None or counts is None else "counts", "")

    def _tell(self, guid: str, news: News, identifier: str) -> None:
        one = self._followed.get(guid)
        for hear in list(one.hearers) if one is not None else ():
            hear(news, identifier)


async def _woken(event: asyncio.Event, seconds: float) -> bool:
    """Whether it comes so soon."""
    try:
        async with asyncio.timeout(seconds):
            return await event.wait()
    except TimeoutError:
        return False


def _has_mailbox(person: Person) -> bool:
    return bool(person.mail and person.msExchMailboxGuid)
