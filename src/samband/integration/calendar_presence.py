"""Calendar and out-of-office of a mailbox drive the presence of its owner, also while no client is signed in.

The Lync side asks Exchange as a partner application: Autodiscover for the person's ``mail``, then EWS. Streaming
notifications say when to read again. The place of the person's photo goes the same way: an upload changes the small
photo in the directory, which both sides read. A refused token takes the mailbox out of presence until Exchange accepts
one.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Coroutine, Iterable, Iterator
from contextlib import aclosing
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from samband.integration.calm import Calm
from samband.integration.exchange_client import ExchangeClient, Unauthorized, Unreachable, UserRefused, appointment
from samband.integration.side_by_side import end, side_by_side
from samband.integration.sight_board import SightBoard
from samband.model.mailbox_sight import MailboxSight
from samband.model.people import Person
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

log = logging.getLogger(__name__)

INTERVAL = 15
"""Minutes of one free/busy slot, as calendarData is published."""
WINDOW = timedelta(days=4)
"""How much is read, from yesterday's midnight."""
PER_CONNECTION = 100
"""Subscriptions that share one streaming connection."""
AT_ONCE = 8
"""Mailboxes read side by side."""
CONNECTION_MINUTES = 5
REFRESH_SECONDS = 1800.0
RETRY_SECONDS = 2.0
BURST_SECONDS = 0.3
CALM_SECONDS = 2.0
LONGEST_RETRY_SECONDS = 30.0
TEMPORARY = frozenset({"ErrorServerBusy", "ErrorTimeoutExpired", "ErrorInternalServerTransientError"})
"""Refusals that are over soon: what is shown stays, and is read again."""


class People(Protocol):
    """The directory, as far as this feature reads it."""

    def people(self) -> Iterable[Person]: ...


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """A subscription to the mailbox of somebody, as the directory had them when it began."""

    url: str
    subscription: str
    person: Person


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """The subscriptions that share one connection, by their ids."""

    url: str
    watched: dict[str, Followed]


class CalendarPresence:
    """One task for all mailboxes whose owners this Lync side serves.

    A session subscribes to every mailbox, reads it and follows its news. Whoever is new or changed in the directory
    joins a session that runs; only when trust changes, and from time to time, does another one begin.
    """

    def __init__(
        self,
        client: ExchangeClient,
        people: People,
        board: SightBoard,
        clock: Callable[[], datetime],
        calm: float = CALM_SECONDS,
    ) -> None:
        """``calm``: how many seconds after a mailbox was read further news of it wait."""
        self._client = client
        self._people = people
        self._board = board
        self._clock = clock
        self._changed = asyncio.Event()
        self._anew = asyncio.Event()
        self._followed: dict[str, Followed] = {}
        """objectGUID -> the subscription of the session that runs."""
        self._unheard: dict[str, Person] = {}
        """objectGUID -> who said nothing in this session, as the directory had them."""
        self._unreached: set[str] = set()
        """Those of ``_unheard`` to be asked again soon."""
        self._refusal = ""
        self._silent: dict[str, str] = {}
        """objectGUID -> why the mailbox says nothing, as the log has it."""
        self._reading = asyncio.Semaphore(AT_ONCE)
        self._news = Calm(calm, time.monotonic)
        """objectGUIDs of people whose mailbox has news."""

    def people_changed(self) -> None:
        """Tell that the directory changed: whoever is new or not as before is read anew."""
        self._changed.set()

    def trust_changed(self) -> None:
        """Tell that the trust between the two sides changed: everyone is read anew."""
        self._anew.set()

    async def run(self) -> None:
        """Follow every mailbox until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._board.run())
            tasks.create_task(self._follow())

    async def _follow(self) -> None:
        wait = RETRY_SECONDS
        while True:
            if self._anew.is_set():
                # Changes come in bursts (a trust is set up again, key by key): look once.
                await asyncio.sleep(BURST_SECONDS)
                self._anew.clear()
            try:
                await self._until_anew(self._session())
                wait = RETRY_SECONDS
            except Unauthorized as refusal:
                self._board.drop_all()
                self._refused(str(refusal))
                await self._pause(wait)
            except (Unreachable, OSError) as error:
                log.warning("Exchange cannot be reached for calendar presence", extra={"why": str(error)})
                await self._pause(wait)
                wait = min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _session(self) -> None:
        self._followed, self._unheard, self._unreached = {}, {}, set()
        streams: dict[asyncio.Future[None], Stream] = {}
        readers = [self._read_news() for _ in range(AT_ONCE)]
        reading: asyncio.Future[list[None]] = asyncio.ensure_future(side_by_side(readers))
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                await self._follow_changes(streams, reading)
        except TimeoutError:
            return
        finally:
            await end((reading, *streams))

    async def _read_news(self) -> None:
        """Read mailboxes that have news, calmly; ends by failing alone."""
        while True:
            async with self._news.due() as guid:
                one = self._followed.get(guid)
                if one is not None:
                    await self._read_again(one.url, one.person)

    async def _follow_changes(
        self, streams: dict[asyncio.Future[None], Stream], reading: asyncio.Future[list[None]]
    ) -> None:
        """Have every mailbox in a stream, whatever changes; ends by failing alone."""
        wait = RETRY_SECONDS
        while True:
            self._changed.clear()
            await self._join_newcomers()
            streaming = {id(one) for stream in streams.values() for one in stream.watched.values()}
            for stream in _grouped(one for one in self._followed.values() if id(one) not in streaming):
                streams[asyncio.ensure_future(self._stream(stream))] = stream
            changed = await self._news_of(streams, reading, wait if self._unreached else None)
            wait = RETRY_SECONDS if changed else min(wait * 2, LONGEST_RETRY_SECONDS)

    async def _news_of(
        self,
        streams: dict[asyncio.Future[None], Stream],
        reading: asyncio.Future[list[None]],
        patience: float | None,
    ) -> bool:
        """Wait until the directory changed (True), a stream ended or ``patience`` did.

        Raises what a stream or ``reading`` raised.
        """
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            waiting: list[asyncio.Future[Any]] = [changed, reading, *streams]
            await asyncio.wait(waiting, timeout=patience, return_when=asyncio.FIRST_COMPLETED)
        finally:
            changed.cancel()
        if reading.done():
            reading.result()
        for ended in [stream for stream in streams if stream.done()]:
            del streams[ended]
            ended.result()
        if self._changed.is_set():
            # Changes come in bursts (a directory is filled): look once.
            await asyncio.sleep(BURST_SECONDS)
            return True
        return False

    async def _join_newcomers(self) -> None:
        """Subscribe to and read whoever the session does not know, or knows otherwise; leave who is gone."""
        wanted = {person.objectGUID: person for person in self._people.people() if person.sip and person.mail}
        for guid in self._board.shown - wanted.keys():
            self._board.drop(guid)
        for guid in self._followed.keys() - wanted.keys():
            del self._followed[guid]
        again, self._unreached = self._unreached, set()
        known = {guid: one.person for guid, one in self._followed.items()} | self._unheard
        new = [person for guid, person in wanted.items() if guid in again or known.get(guid) != person]
        for guid in self._unheard.keys() - wanted.keys():
            del self._unheard[guid]
        await side_by_side(self._join(person) for person in new)
        if self._followed:
            self._accepted()

    async def _join(self, person: Person) -> None:
        """Subscribe first, then read: a change in between is told, not lost."""
        guid = person.objectGUID
        self._followed.pop(guid, None)
        try:
            async with self._reading:
                url = await self._client.ews_url(person)
                subscription = await self._client.subscribe(url, person)
            await self._read(url, person)
        except (Refused, Malformed, Unreachable, UserRefused) as error:
            if isinstance(error, Unreachable):
                self._unreached.add(guid)
            self._unheard[guid] = person
            self._silence(person, str(error))
            return
        self._unheard.pop(guid, None)
        self._silent.pop(guid, None)
        self._followed[guid] = Followed(url, subscription, person)

    async def _stream(self, stream: Stream) -> None:
        """Note news of subscriptions; ends when Exchange ends the stream, or when one is no longer valid."""
        async with aclosing(self._client.events(stream.url, tuple(stream.watched), CONNECTION_MINUTES)) as events:
            async for news in events:
                if news.invalid:
                    await asyncio.sleep(RETRY_SECONDS)
                    for one in stream.watched.values():
                        if self._is_followed(one):
                            del self._followed[one.person.objectGUID]
                    return
                found = [stream.watched[name] for name in news.changed if name in stream.watched]
                for one in found:
                    if self._is_followed(one):
                        self._news.wish(one.person.objectGUID)
                if news.closed:
                    return
        raise Unreachable(f"{stream.url} closed the notification stream")

    def _is_followed(self, one: Followed) -> bool:
        return self._followed.get(one.person.objectGUID) is one

    async def _read_again(self, url: str, person: Person) -> None:
        try:
            await self._read(url, person)
        except (Refused, Malformed, UserRefused) as error:
            if isinstance(error, Refused) and error.code in TEMPORARY:
                self._news.wish(person.objectGUID)
            else:
                self._silence(person, str(error))

    def _silence(self, person: Person, why: str) -> None:
        self._board.drop(person.objectGUID)
        if self._silent.get(person.objectGUID) != why:
            log.info("a mailbox says nothing for presence", extra={"mail": person.mail, "why": why})
        self._silent[person.objectGUID] = why

    async def _read(self, url: str, person: Person) -> None:
        start = self._clock().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=1)
        async with self._reading:
            calendar = await self._client.availability(url, person, start, start + WINDOW, INTERVAL)
            settings = await self._client.out_of_office(url, person)
        sight = MailboxSight(
            address=person.mail,
            start=start,
            merged=calendar.merged,
            interval=INTERVAL,
            appointments=tuple(appointment(event) for event in calendar.events),
            working_hours=calendar.working_hours,
            out_of_office=settings,
            url=url,
            photo=person.photo_hash,
        )
        self._board.put(person, sight)

    async def _until_anew(self, work: Coroutine[None, None, None]) -> None:
        session = asyncio.ensure_future(work)
        anew = asyncio.ensure_future(self._anew.wait())
        try:
            done, _ = await asyncio.wait({session, anew}, return_when=asyncio.FIRST_COMPLETED)
            if session in done:
                session.result()
        finally:
            await end((session, anew))

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._anew.wait()
        except TimeoutError:
            return

    def _refused(self, reason: str) -> None:
        if reason != self._refusal:
            log.warning("Exchange refused the server-to-server token", extra={"why": reason})
        self._refusal = reason

    def _accepted(self) -> None:
        if self._refusal:
            log.info("Exchange accepts the server-to-server token again")
        self._refusal = ""


def _grouped(followed: Iterable[Followed]) -> Iterator[Stream]:
    places: dict[str, list[Followed]] = {}
    for one in followed:
        places.setdefault(one.url, []).append(one)
    for url, there in places.items():
        for at in range(0, len(there), PER_CONNECTION):
            yield Stream(url, {one.subscription: one for one in there[at : at + PER_CONNECTION]})
