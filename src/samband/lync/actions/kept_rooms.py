"""Rooms are kept while somebody is in: the next server knows who was, who leads, and whether the door is locked.

Whoever was in has a while to come back, in the role they had; to others they have not left before that while is over.
Where the conference has changed since, that is for those alone whom it lets in as it is now.
Who waited in the lobby waits anew.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import msgspec

from samband.lync.actions.noted import Noted
from samband.model.conferences import Member
from samband.model.kept_rooms import KeptMember, KeptRoom
from samband.store import kept_rooms as rows
from samband.store.api import Store, WriteTx

if TYPE_CHECKING:
    from samband.lync.actions.rooms import Room

RETURN = timedelta(seconds=120)
"""How long after a start it is awaited that whoever was in comes back."""
Key = tuple[str, str]
"""objectGUID of the organiser, and id."""


class KeptRooms:
    """One for a Lync side; ``start`` before use."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """``clock``: aware time."""
        self._store = store
        self._clock = clock
        self._noted: Noted[Key, KeptRoom] = Noted(store, _put, "conferences")
        self._last: dict[Key, KeptRoom] = {}
        """What was noted last of each room that somebody is in."""
        self._before: dict[Key, KeptRoom] = {}
        """Rooms of the server before to which nobody has come back."""
        self._awaited: dict[Key, set[str]] = {}
        """Who has not come back to the others."""
        self._until: datetime | None = None
        self._frozen = False

    async def start(self) -> None:
        """Read what the server before this one left."""
        self._before = {(one.organizer, one.id): one for one in await self._store.read(rows.every)}
        self._until = self._clock() + RETURN

    def settled(self) -> Awaitable[None]:
        """Done once everything before this call is on disk; else it raises what the write raised."""
        return self._noted.settled()

    def freeze(self) -> None:
        """From now on people leave because the server ends: they stay in, and what presenters decide is still kept."""
        self._frozen = True

    # --- a room's life

    def as_before(self, room: Room) -> Room:
        """A room into which somebody is about to come: as it was when the server before this one ended."""
        before = self._before.get(_key(room))
        if before is not None:
            room.asked.update(before.asked)
            room.roster.locked = before.locked
            for one in before.members:
                if before.version != room.conference.version and not room.welcomes(one.address, visitor=one.visitor):
                    continue
                if one.visitor:
                    room.visitors.add(one.address)
                room.roster.members[one.address] = Member(one.address, one.name, one.role)
        return room

    def entered(self, room: Room) -> None:
        """Somebody has come in."""
        before = self._before.pop(_key(room), None)
        if before is not None:
            self._awaited[_key(room)] = {one.address for one in before.members}

    def keep(self, room: Room) -> None:
        """Something has changed in it."""
        if not room.roster.members:
            self.forget(room)
            return
        last = self._last.get(_key(room))
        members = {one.address: one for one in last.members} if self._frozen and last is not None else {}
        for one in room.roster.members.values():
            visitor = one.address in room.visitors
            members[one.address] = KeptMember(address=one.address, name=one.name, role=one.role, visitor=visitor)
        now = KeptRoom(
            organizer=room.conference.organizer,
            id=room.conference.id,
            version=room.conference.version,
            locked=room.roster.locked,
            members=tuple(members.values()),
            asked=tuple(sorted(room.asked)),
        )
        if now != last:
            self._last[_key(room)] = now
            self._noted.note(_key(room), now)

    def expelled(self, room: Room, address: str) -> None:
        """Somebody was turned out: not even the end of the server lets them back in."""
        last = self._last.get(_key(room))
        if self._frozen and last is not None:
            others = tuple(one for one in last.members if one.address != address)
            self._last[_key(room)] = last = msgspec.structs.replace(last, members=others)
            self._noted.note(_key(room), last if others else None)

    def forget(self, room: Room) -> None:
        """Nobody is in it any more."""
        key = _key(room)
        self._awaited.pop(key, None)
        if self._last.pop(key, None) is not None and not self._frozen:
            self._noted.note(key, None)

    def missing(self, now: datetime) -> dict[Key, set[str]]:
        """Once the while is over: of which room who has not come back; each is named once."""
        if self._until is None or now < self._until or not (self._before or self._awaited):
            return {}
        for key in self._before:
            self._noted.note(key, None)
        self._before = {}
        missing, self._awaited = self._awaited, {}
        return missing


def _key(room: Room) -> Key:
    return room.conference.organizer, room.conference.id


def _put(tx: WriteTx, key: Key, room: KeptRoom | None) -> None:
    if room is None:
        rows.remove(tx, *key)
    else:
        rows.put(tx, room)
