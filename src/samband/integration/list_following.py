"""Copies of contact lists that live in mailboxes, kept up with them by streaming notifications."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime
from typing import Protocol

from samband.integration.calm import Calm
from samband.integration.exchange_client import ITEM_EVENTS, ExchangeClient, NoMailbox, Unauthorized, Unreachable
from samband.integration.mailbox_lists import FOLDERS, MailboxLists
from samband.integration.side_by_side import side_by_side
from samband.model.people import Person
from samband.model.unified_contacts import MailboxList, Ucs
from samband.wire.ews.client.answers import Refused
from samband.wire.xml.reading import Malformed

log = logging.getLogger(__name__)

Trouble = (Unauthorized, Unreachable, Refused, Malformed)
PER_CONNECTION = 100
"""Subscriptions that share one streaming connection."""
CONNECTION_MINUTES = 5
AT_ONCE = 4
"""Lists read side by side."""
CALM_SECONDS = 1.0


class Copies(Protocol):
    """The Lync side, as far as copies of lists go."""

    def of(self, guid: str) -> Ucs: ...

    async def mirror(self, person: Person, mailbox: MailboxList, *, changed: bool = False) -> None: ...

    async def connected(self, guid: str) -> None: ...

    async def disconnected(self, guid: str, since: datetime, why: str) -> None: ...


class ListFollower:
    """Follows the lists it is told to; ``patience`` seconds pass before one that cannot be read is called lost."""

    def __init__(
        self, client: ExchangeClient, mailboxes: MailboxLists, copies: Copies, patience: float, calm: float
    ) -> None:
        self._client = client
        self._mailboxes = mailboxes
        self._copies = copies
        self._patience = patience
        self._joined: dict[str, tuple[str, str]] = {}
        """objectGUID -> where the mailbox is served, and the subscription to its list."""
        self._failing: dict[str, tuple[float, datetime]] = {}
        """objectGUID -> since when the mailbox cannot be asked, by both clocks."""
        self._joining = asyncio.Semaphore(AT_ONCE)
        self._news = Calm(calm, time.monotonic)

    @property
    def followed(self) -> frozenset[str]:
        """objectGUIDs of those whose list is followed."""
        return frozenset(self._joined)

    def forget(self, guids: Iterable[str]) -> None:
        """Follow these no more, until told to again: another address may mean another mailbox."""
        for guid in list(guids):
            self._joined.pop(guid, None)

    async def follow(self, watched: Mapping[str, Person], now: datetime) -> bool:
        """Follow ``watched`` and nobody else; whether there is one that cannot be."""
        self.forget(self._joined.keys() - watched.keys())
        for guid in self._failing.keys() - watched.keys():
            del self._failing[guid]
        await side_by_side(self._join(one, now) for guid, one in watched.items() if guid not in self._joined)
        return bool(watched.keys() - self._joined.keys())

    async def _join(self, person: Person, now: datetime) -> None:
        """Subscribe first, then read: a change in between is told, not lost."""
        guid = person.objectGUID
        try:
            async with self._joining:
                url = await self._client.ews_url(person)
                subscription = await self._client.subscribe(url, person, FOLDERS, ITEM_EVENTS)
                await self._copies.mirror(person, await self._mailboxes.read(url, person))
        except Trouble as error:
            await self._failed(person, error, now)
            return
        self._failing.pop(guid, None)
        self._joined[guid] = (url, subscription)
        await self._copies.connected(guid)

    async def _failed(self, person: Person, error: Exception, now: datetime) -> None:
        guid, why = person.objectGUID, str(error)
        begun, since = self._failing.setdefault(guid, (time.monotonic(), now))
        if isinstance(error, NoMailbox) or time.monotonic() - begun >= self._patience:
            if self._copies.of(guid).down_since is None:
                log.warning("a contact list in a mailbox cannot be read", extra={"mail": person.mail, "why": why})
            await self._copies.disconnected(guid, since, why)

    def work(self, watched: Mapping[str, Person]) -> list[Coroutine[None, None, None]]:
        """What follows: readers, and a stream for each hundred subscriptions of a place.

        A stream ends when a subscription is no longer valid, and fails when Exchange is gone.
        """
        places: dict[str, list[tuple[str, Person]]] = {}
        for guid, (url, subscription) in self._joined.items():
            places.setdefault(url, []).append((subscription, watched[guid]))
        streams = [
            self._stream(url, dict(there[at : at + PER_CONNECTION]))
            for url, there in places.items()
            for at in range(0, len(there), PER_CONNECTION)
        ]
        readers = [self._read_news(watched) for _ in range(AT_ONCE)] if streams else []
        return [*streams, *readers]

    async def _stream(self, url: str, watched: Mapping[str, Person]) -> None:
        while True:
            async with aclosing(self._client.events(url, tuple(watched), CONNECTION_MINUTES)) as stream:
                async for news in stream:
                    if news.invalid & watched.keys():
                        self.forget(watched[name].objectGUID for name in news.invalid & watched.keys())
                        return
                    for name in news.changed & watched.keys():
                        self._news.wish(watched[name].objectGUID)
                    if news.closed:
                        break
                else:
                    raise Unreachable(f"{url} closed the notification stream")

    async def _read_news(self, watched: Mapping[str, Person]) -> None:
        while True:
            async with self._news.due() as guid:
                place = self._joined.get(guid)
                if place is not None:
                    await self._copy(place[0], watched[guid])

    async def _copy(self, url: str, person: Person) -> None:
        try:
            found = await self._mailboxes.read(url, person)
        except (Refused, Malformed) as error:
            log.warning("a contact list in a mailbox cannot be read", extra={"mail": person.mail, "why": str(error)})
            return
        if self._copies.of(person.objectGUID).migrated:
            await self._copies.mirror(person, found, changed=True)
