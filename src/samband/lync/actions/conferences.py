"""Conferences as they are kept: make, list, change and end them."""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from samband.directory.api import Directory
from samband.model.conferences import Conference, Terms
from samband.model.failures import Failure
from samband.model.people import Person
from samband.store import conferences as kept
from samband.store.api import Store, WriteTx

MOST = 1000
"""Most conferences one organiser has at one time."""
USUAL_LIFE = timedelta(hours=8)
REMEMBERED = timedelta(days=14)
"""How long it can be told of a conference that it has expired."""
LONGEST_LIFE = timedelta(days=3653)
LONGEST_TEXT = 4096
MOST_NAMED = 1000
"""Most leaders, and most attendees, that one conference names."""


class Conferences:
    """One for a Lync side. ``clock`` gives aware time, ``random`` so many random bytes."""

    def __init__(
        self,
        store: Store,
        directory: Directory,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
    ) -> None:
        self._store = store
        self._directory = directory
        self._random = random
        self.clock = clock

    async def add(
        self,
        organizer: Person,
        terms: Terms,
        *,
        id: str = "",
        expires: datetime | None = None,
        listed: bool = True,
    ) -> Conference:
        """Make a conference; without ``id`` it gets one that cannot be guessed. Raises ``Failure``."""
        if not organizer.sip:
            raise Failure("Forbidden", "Who organizes conferences must be enabled for Lync")
        now = self.clock()
        conference = Conference(
            organizer=organizer.objectGUID,
            id=id or base64.b32encode(self._random(5)).decode(),
            expires=_until(expires, now),
            version=1,
            terms=_checked(terms),
            listed=listed,
        )

        def write(tx: WriteTx) -> None:
            crowded = kept.count(tx, conference.organizer, now - REMEMBERED) >= 2 * MOST
            kept.remove_expired(tx, now if crowded else now - REMEMBERED)
            before = kept.get(tx, conference.organizer, conference.id)
            if before is not None and before.expires > now:
                raise Failure("Conflict", "There is a conference with this id")
            if kept.count(tx, conference.organizer, now) >= MOST:
                raise Failure("LimitExceeded", f"One organizer has at most {MOST} conferences")
            kept.put(tx, conference)

        await self._store.write(write)
        return conference

    async def listed(self, organizer: Person) -> list[Conference]:
        """What a person has scheduled and has not expired."""
        now = self.clock()
        return await self._store.read(lambda tx: kept.listed(tx, organizer.objectGUID, now, MOST))

    async def everybodys(self) -> list[Conference]:
        """All that have not expired, ad-hoc ones too, those of one organiser together."""
        now = self.clock()
        return await self._store.read(lambda tx: kept.every(tx, now))

    async def get(self, organizer: Person, conference: str) -> Conference:
        """One conference of ``organizer``. Raises ``Failure`` where there is none, or it has expired."""
        found = await self._store.read(lambda tx: kept.get(tx, organizer.objectGUID, conference))
        if found is None or found.expires <= self.clock():
            raise Failure("NotFound", "There is no such conference")
        return found

    async def find(self, address: str, conference: str) -> tuple[Person, Conference]:
        """Organiser and conference by the organiser's address. Raises ``Failure`` like ``get``."""
        organizer = self._directory.by_sip(address)
        if organizer is None or not organizer.enabled:
            raise Failure("NotFound", "There is no such conference")
        return organizer, await self.get(organizer, conference)

    async def expired(self, address: str, conference: str) -> datetime | None:
        """When a conference of ``address`` expired that is still remembered; None where that cannot be said."""
        organizer = self._directory.by_sip(address)
        if organizer is None or not organizer.enabled:
            return None
        found = await self._store.read(lambda tx: kept.get(tx, organizer.objectGUID, conference))
        return found.expires if found is not None and found.expires <= self.clock() else None

    async def of(self, organizer: str, conference: str) -> tuple[Person, Conference]:
        """The same by the organiser's objectGUID."""
        person = self._directory.by_guid(organizer)
        if person is None or not person.enabled or not person.sip:
            raise Failure("NotFound", "There is no such conference")
        return person, await self.get(person, conference)

    async def change(
        self, organizer: Person, conference: str, version: int, terms: Terms, expires: datetime | None
    ) -> Conference:
        """Change the conference the caller knows as ``version``; it keeps its expiry where none is given.

        Raises ``Failure``: NotFound, ConditionFailed where it changed meanwhile, BadRequest.
        """
        now = self.clock()
        checked = _checked(terms)

        def write(tx: WriteTx) -> Conference:
            found = kept.get(tx, organizer.objectGUID, conference)
            if found is None or found.expires <= now:
                raise Failure("NotFound", "There is no such conference")
            if found.version != version:
                raise Failure("ConditionFailed", "The conference has changed meanwhile")
            until = found.expires if expires is None else _until(expires, now)
            changed = replace(found, version=version + 1, terms=checked, expires=until)
            kept.put(tx, changed)
            return changed

        return await self._store.write(write)

    async def remove(self, organizer: Person, conference: str) -> None:
        """End a conference for good. Raises ``Failure`` where there is none."""
        if not await self._store.write(lambda tx: kept.remove(tx, organizer.objectGUID, conference)):
            raise Failure("NotFound", "There is no such conference")


def _until(expires: datetime | None, now: datetime) -> datetime:
    """To the second, as it is kept."""
    if expires is None:
        return (now + USUAL_LIFE).replace(microsecond=0)
    if not now - timedelta(days=366) <= expires <= now + LONGEST_LIFE:
        raise Failure("BadRequest", "A conference expires at most a year ago and at most ten years from now")
    return expires.replace(microsecond=0)


def _checked(terms: Terms) -> Terms:
    if max(len(terms.subject), len(terms.description)) > LONGEST_TEXT:
        raise Failure("BadRequest", f"A subject or description has at most {LONGEST_TEXT} characters")
    for people in (terms.leaders, terms.attendees):
        if len(people) > MOST_NAMED or not all("@" in one and len(one) <= 320 for one in people):
            raise Failure("BadRequest", f"Leaders and attendees are at most {MOST_NAMED} addresses each")
    return terms
