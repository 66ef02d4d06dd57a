"""Muting in meetings: presenters mute others, everybody themselves, and a presenter all who are none at once.

Whoever is muted may speak again when they want to, unless all are muted. The server lets nothing through of who is
muted, whatever their client sends.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Protocol

from samband.lync.actions.media_server import Kind
from samband.lync.actions.rooms import Room, Rooms
from samband.model.conferences import Role
from samband.model.failures import Failure


class Mutable(Protocol):
    """One client's sound and pictures."""

    @property
    def address(self) -> str:
        """``user@domain`` of whose it is."""
        ...

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        ...

    async def mute(self, kind: Kind, muted: bool) -> None:
        """Raises ``Failure``."""
        ...

    def weigh(self) -> None:
        """All are muted now, or no longer: it is seen to that it is."""
        ...


class Muting:
    """One for a Lync side. ``parts``: the clients with media in a room; ``tell``: who watches it hears of a change."""

    def __init__(
        self, rooms: Rooms, parts: Callable[[Room], Collection[Mutable]], tell: Callable[[Room], None]
    ) -> None:
        self._rooms = rooms
        self._parts = parts
        self._tell = tell
        self._locked: set[Room] = set()

    def is_locked(self, organizer: str, conference: str) -> bool:
        """Whether all who are no presenters are muted, and stay so. Raises ``Failure``."""
        return self._rooms.find(organizer, conference) in self._locked

    def forces(self, room: Room, address: str) -> bool:
        """Whether somebody is muted and cannot help it."""
        return room in self._locked and not self._leads(room, address)

    async def mute(self, organizer: str, conference: str, by: str, address: str, kind: Kind, muted: bool) -> None:
        """Mute somebody in all their clients, or no longer. Raises ``Failure``: Forbidden, NotFound, Unavailable."""
        room = self._rooms.find(organizer, conference)
        if by != address:
            room.roster.lead(by)
        elif not muted and kind == "audio" and self.forces(room, by):
            raise Failure("Forbidden", "A presenter has muted everybody")
        own = [one for one in self._parts(room) if one.address == address]
        if not own:
            raise Failure("NotFound", "They have no audio and video here")
        for one in own:
            await one.mute(kind, muted)

    async def lock(self, organizer: str, conference: str, by: str, locked: bool) -> None:
        """Mute all who are no presenters until this is taken back.

        Raises ``Failure``: Forbidden, NotFound, Unavailable.
        """
        room = self._rooms.find(organizer, conference)
        room.roster.lead(by)
        (self._locked.add if locked else self._locked.discard)(room)
        self._tell(room)
        for one in self._parts(room):
            one.weigh()
        failed: list[Failure] = []
        for one in self._parts(room):
            if not self._leads(room, one.address):
                try:
                    await one.mute("audio", locked)
                except Failure as failure:
                    if not one.over:
                        failed.append(failure)
        if failed:
            raise failed[0]

    @staticmethod
    def _leads(room: Room, address: str) -> bool:
        member = room.roster.members.get(address)
        return member is not None and member.role is Role.PRESENTER

    def forget(self, room: Room) -> None:
        """The conference is over."""
        self._locked.discard(room)
