"""Conferences that somebody is in: who joins, leaves and leads. What is decided in them is kept over a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from samband.feed.api import Feed
from samband.lync.actions.conferences import Conferences
from samband.lync.actions.kept_rooms import KeptRooms
from samband.model.changes import Change, ConferenceChanged
from samband.model.conferences import MOST_MEMBERS, Conference, Role, Roster, RosterChange
from samband.model.failures import Failure
from samband.model.people import Person
from samband.store.conferences import SCOPE

log = logging.getLogger(__name__)
PATIENCE = timedelta(minutes=30)
"""How long somebody waits in the lobby."""


@dataclass(slots=True, eq=False)
class Room:
    """A conference with somebody in it."""

    organizer: Person
    conference: Conference
    roster: Roster = field(default_factory=Roster)
    asked: set[str] = field(default_factory=set)
    """People of other organisations whom somebody who is in has asked to come."""
    visitors: set[str] = field(default_factory=set)
    """Those of other organisations, and guests, who are here or were."""

    @property
    def address(self) -> str:
        """The organiser's address."""
        return self.organizer.sip.lower()

    def check(self, address: str, *, visitor: bool) -> None:
        """Raise ``Failure`` for somebody whom the conference does not let in at once."""
        asked = visitor and address in self.asked
        self.conference.admits(address, self.address, visitor=visitor, asked=asked)

    def welcomes(self, address: str, *, visitor: bool) -> bool:
        """Whether the conference lets somebody in at once."""
        try:
            self.check(address, visitor=visitor)
        except Failure:
            return False
        return True


Changed = Callable[[Room, RosterChange], None]
Ended = Callable[[Room], None]


class Rooms:
    """All rooms of a Lync side. Listeners hear of every change after it was made."""

    def __init__(self, conferences: Conferences, feed: Feed, kept: KeptRooms | None = None) -> None:
        """``kept`` must have been started."""
        self._conferences = conferences
        self._kept = kept
        self._rooms: dict[tuple[str, str], Room] = {}
        """By objectGUID of the organiser and id."""
        self._by_address: dict[tuple[str, str], Room] = {}
        """By the organiser's address and id."""
        self._changed: list[Changed] = []
        self._ended: list[Ended] = []
        self._readings: set[asyncio.Future[None]] = set()
        self._deaf = feed.listen({SCOPE}, self._told)

    def __len__(self) -> int:
        return len(self._rooms)

    def settled(self) -> Awaitable[None] | None:
        """Done once all so far is on disk, else it raises what the write raised; None: nothing is kept."""
        return None if self._kept is None else self._kept.settled()

    def close(self) -> None:
        """Hear of nothing any more."""
        self._deaf()

    def listen(self, changed: Changed, ended: Ended = lambda _room: None) -> Callable[[], None]:
        """``changed``: somebody came, left or got a role; ``ended``: the conference is over, whoever is in it.

        What comes back ends the listening.
        """
        self._changed.append(changed)
        self._ended.append(ended)

        def deaf() -> None:
            if changed in self._changed:
                self._changed.remove(changed)
                self._ended.remove(ended)

        return deaf

    async def enter(
        self,
        organizer: str,
        conference: str,
        person: Person,
        endpoint: str,
        *,
        visitor: bool = False,
        lobby: bool = False,
    ) -> tuple[Room, Role]:
        """A client of ``person`` joins; the role granted. Raises ``Failure``: NotFound, Forbidden, LimitExceeded.

        ``visitor``: the person is of another organisation, or a guest. ``lobby``: the client waits where it does not
        get in at once.
        """
        found, kept = await self._conferences.find(organizer, conference)
        key = (kept.organizer, kept.id)
        room = self._rooms.get(key)
        if room is None:
            room = self._made(found, kept)
        else:
            self._renew(room, kept)
        address, name = person.sip.lower(), person.displayName
        role = room.conference.role(address, room.address, visitor=visitor)
        try:
            self._check(room, address, visitor=visitor)
            change = room.roster.enter(address, name, role, endpoint)
        except Failure as refused:
            if not lobby or refused.code != "Forbidden":
                raise
            change = room.roster.wait(address, name, role, endpoint, self._conferences.clock())
        if visitor:
            room.visitors.add(address)
        self._rooms[key] = self._by_address[room.address, kept.id] = room
        if self._kept is not None:
            self._kept.entered(room)
        self._tell(room, change)
        member = room.roster.members.get(address)
        return room, role if member is None else member.role

    def _made(self, organizer: Person, conference: Conference) -> Room:
        room = Room(organizer, conference)
        return room if self._kept is None else self._kept.as_before(room)

    @staticmethod
    def _check(room: Room, address: str, *, visitor: bool) -> None:
        """Raise ``Failure`` for somebody who does not get in at once; who is in with another client does."""
        if address not in room.roster.members:
            room.check(address, visitor=visitor)

    def find(self, organizer: str, conference: str) -> Room:
        """The room of a conference that somebody is in. Raises ``Failure`` where nobody is."""
        room = self._by_address.get((organizer, conference))
        if room is None:
            raise Failure("NotFound", "Nobody is in this conference")
        return room

    def ask(self, organizer: str, conference: str, member: str, guest: str) -> None:
        """Note that somebody who is in asks a person of another organisation to come; others ask in vain."""
        room = self._by_address.get((organizer, conference))
        if room is not None and member in room.roster.members and len(room.asked) < MOST_MEMBERS:
            room.asked.add(guest)
            if self._kept is not None:
                self._kept.keep(room)

    def open(self, room: Room, address: str, endpoint: str, kind: str) -> None:
        """A client that is in begins a session of ``kind``. Raises ``Failure``."""
        self._tell(room, room.roster.open(address, endpoint, kind))

    def leave(self, room: Room, address: str, endpoint: str, kind: str = "focus") -> None:
        """A session of a client ended, with its ``focus`` session the client's part in the conference."""
        self._tell(room, room.roster.close(address, endpoint, kind))

    def expel(self, room: Room, leader: str, address: str) -> None:
        """Turn somebody out, of the lobby too. Raises ``Failure``."""
        room.roster.lead(leader)
        if address not in room.roster.lobby:
            room.roster.member(address)
        if self._kept is not None:
            self._kept.expelled(room, address)
        self._tell(room, room.roster.remove(address))

    def judge(self, room: Room, leader: str, address: str, granted: bool) -> None:
        """Let somebody in who waits in the lobby, or turn them away. Raises ``Failure``."""
        room.roster.lead(leader)
        if granted:
            self._tell(room, room.roster.admit(address))
        elif address in room.roster.lobby:
            self._tell(room, room.roster.remove(address))
        else:
            raise Failure("NotFound", "Nobody of this address waits in the lobby")

    def assign(self, room: Room, leader: str, address: str, role: Role) -> None:
        """Make somebody a presenter or an attendee; the organiser stays a presenter. Raises ``Failure``."""
        room.roster.lead(leader)
        if address == room.address and role is not Role.PRESENTER:
            raise Failure("Forbidden", "The organizer is a presenter")
        self._tell(room, room.roster.assign(address, role))

    def lock(self, room: Room, leader: str, locked: bool) -> None:
        """Let nobody in any more, or let them in again. Raises ``Failure``."""
        room.roster.lead(leader)
        self._tell(room, room.roster.lock(locked))
        self._admit(room)

    def _admit(self, room: Room) -> None:
        """Let in who no longer has to wait."""
        for address, waiting in list(room.roster.lobby.items()):
            try:
                self._check(room, address, visitor=address in room.visitors)
                if room.roster.locked and waiting.role is not Role.PRESENTER:
                    continue
                self._tell(room, room.roster.admit(address))
            except Failure:
                continue

    def sweep(self) -> None:
        """End what has expired, turn away who waited in vain, and await nobody any more who has not come back."""
        now = self._conferences.clock()
        missing = {} if self._kept is None else self._kept.missing(now)
        for key, absent in missing.items():
            for address in absent:
                room = self._rooms.get(key)
                member = None if room is None else room.roster.members.get(address)
                if room is not None and member is not None and not member.endpoints:
                    self._tell(room, room.roster.remove(address))
        for room in list(self._rooms.values()):
            if room.conference.expires <= now:
                self._end(room)
                continue
            for address, waiting in list(room.roster.lobby.items()):
                if waiting.since is not None and waiting.since + PATIENCE <= now:
                    self._tell(room, room.roster.remove(address))

    def _tell(self, room: Room, change: RosterChange | None) -> None:
        if change is None:
            return
        room.visitors.difference_update(change.left)
        if self._kept is not None:
            self._kept.keep(room)
        if not room.roster:
            self._forget(room)
        for hear in list(self._changed):
            hear(room, change)

    def _forget(self, room: Room) -> None:
        self._rooms.pop((room.conference.organizer, room.conference.id), None)
        self._by_address.pop((room.address, room.conference.id), None)

    def _end(self, room: Room) -> None:
        self._forget(room)
        if self._kept is not None:
            self._kept.forget(room)
        for hear in list(self._ended):
            hear(room)

    # --- changes of what is kept, by whomever

    def _told(self, changes: Sequence[Change]) -> asyncio.Future[Any] | None:
        named = {(one.organizer, one.conference) for one in changes if isinstance(one, ConferenceChanged)}
        readings = [
            asyncio.ensure_future(self._read_again(room))
            for key, room in self._rooms.items()
            if key in named or not changes
        ]
        for reading in readings:
            self._readings.add(reading)
            reading.add_done_callback(self._read)
        return asyncio.gather(*readings, return_exceptions=True) if readings else None

    async def _read_again(self, room: Room) -> None:
        try:
            found = await self._conferences.get(room.organizer, room.conference.id)
        except Failure:
            self._end(room)
            return
        self._renew(room, found)

    def _renew(self, room: Room, found: Conference) -> None:
        """The conference as it is now; whom it no longer lets in is not awaited any more."""
        if found.version <= room.conference.version:
            return
        room.conference = found
        for address, member in list(room.roster.members.items()):
            if not member.endpoints and not room.welcomes(address, visitor=address in room.visitors):
                self._tell(room, room.roster.remove(address))
        if room.roster:
            self._tell(room, room.roster.renamed())
            self._admit(room)

    def _read(self, task: asyncio.Future[None]) -> None:
        self._readings.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A conference could not be read", exc_info=task.exception())
