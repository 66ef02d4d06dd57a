"""Calendar and out-of-office of a mailbox drive the presence of its owner, also while no client is signed in.

The Lync side asks Exchange as a partner application: Autodiscover for the person's ``mail``, then EWS. Streaming
notifications say when to read again. A refused token takes the calendar out of presence until Exchange accepts one.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine, Iterable
from contextlib import aclosing
from datetime import datetime, timedelta
from typing import Protocol, TypeVar

from samband.integration.exchange_client import ExchangeClient, Unauthorized, Unreachable, appointment
from samband.integration.sight_board import SightBoard
from samband.model.mailbox_sight import MailboxSight
from samband.model.people import Person
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

T = TypeVar("T")

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
LONGEST_RETRY_SECONDS = 30.0


class People(Protocol):
    """The directory, as far as this feature reads it."""

    def people(self) -> Iterable[Person]: ...


class CalendarPresence:
    """One task for all mailboxes whose owners this Lync side serves."""

    def __init__(
        self, client: ExchangeClient, people: People, board: SightBoard, clock: Callable[[], datetime]
    ) -> None:
        self._client = client
        self._people = people
        self._board = board
        self._clock = clock
        self._changed = asyncio.Event()
        self._refusal = ""
        self._silent: dict[str, str] = {}
        """objectGUID -> why the mailbox says nothing, as the log has it."""
        self._reading = asyncio.Semaphore(AT_ONCE)

    def people_changed(self) -> None:
        """Tell that the directory or the trust between the two sides changed: everyone is looked at anew."""
        self._changed.set()

    async def run(self) -> None:
        """Follow every mailbox until cancelled."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._board.run())
            tasks.create_task(self._follow())

    async def _follow(self) -> None:
        wait = RETRY_SECONDS
        while True:
            if self._changed.is_set():
                # Changes come in bursts (a directory is filled, a trust is set up again): look once.
                await asyncio.sleep(BURST_SECONDS)
                self._changed.clear()
            try:
                await self._until_changed(self._session())
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
        wanted = {person.objectGUID: person for person in self._people.people() if person.sip and person.mail}
        for guid in self._board.shown - wanted.keys():
            self._board.drop(guid)
        if not wanted:
            await asyncio.sleep(REFRESH_SECONDS)
            return
        places: dict[str, list[tuple[str, Person]]] = {}
        for found in await _all(self._join(person) for person in wanted.values()):
            if found is not None:
                url, subscription, person = found
                places.setdefault(url, []).append((subscription, person))
        if not places:
            await asyncio.sleep(RETRY_SECONDS)
            return
        self._accepted()
        await self._stream_all(places)

    async def _stream_all(self, places: dict[str, list[tuple[str, Person]]]) -> None:
        streams = [
            self._stream(url, dict(watched[at : at + PER_CONNECTION]))
            for url, watched in places.items()
            for at in range(0, len(watched), PER_CONNECTION)
        ]
        try:
            async with asyncio.timeout(REFRESH_SECONDS):
                await _all(streams)
        except TimeoutError:
            return

    async def _join(self, person: Person) -> tuple[str, str, Person] | None:
        """Subscribe first, then read: a change in between is told, not lost."""
        try:
            async with self._reading:
                url = await self._client.ews_url(person)
                subscription = await self._client.subscribe(url, person)
            await self._read(url, person)
        except (Refused, Malformed, Unreachable) as error:
            self._silence(person, str(error))
            return None
        self._silent.pop(person.objectGUID, None)
        return url, subscription, person

    async def _stream(self, url: str, watched: dict[str, Person]) -> None:
        """Read again whenever a subscription has news; ends when one is no longer valid."""
        while True:
            async with aclosing(self._client.events(url, tuple(watched), CONNECTION_MINUTES)) as stream:
                async for news in stream:
                    if news.invalid:
                        await asyncio.sleep(RETRY_SECONDS)
                        return
                    await _all(self._read_again(url, watched[name]) for name in news.changed if name in watched)
                    if news.closed:
                        break
                else:
                    raise Unreachable(f"{url} closed the notification stream")

    async def _read_again(self, url: str, person: Person) -> None:
        try:
            await self._read(url, person)
        except (Refused, Malformed) as error:
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
        )
        self._board.put(person, sight)

    async def _until_changed(self, work: Coroutine[None, None, None]) -> None:
        session = asyncio.ensure_future(work)
        changed = asyncio.ensure_future(self._changed.wait())
        try:
            done, _ = await asyncio.wait({session, changed}, return_when=asyncio.FIRST_COMPLETED)
            if session in done:
                session.result()
        finally:
            for task in (session, changed):
                task.cancel()
            await asyncio.gather(session, changed, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._changed.wait()
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


async def _all(work: Iterable[Coroutine[None, None, T]]) -> list[T]:
    """Run ``work`` side by side; the first failure ends the rest and comes out as itself."""
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
