"""What each mailbox says, kept and shown anew when time alone changes it (a meeting begins, ends)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from samband.model.mailbox_sight import MailboxSight, next_turn
from samband.model.people import Person

_LONGEST_SLEEP = 3600.0


class Shower(Protocol):
    """The Lync side, as far as a mailbox's word about its owner goes."""

    def show(self, person: Person, sight: MailboxSight, now: datetime) -> None:
        """Let watchers of ``person`` see what the mailbox says at ``now``."""
        ...

    def hide(self, person: Person) -> None:
        """Let watchers of ``person`` see nothing of the mailbox."""
        ...


class SightBoard:
    """The latest sight of every mailbox; ``run`` shows each again at its turns."""

    def __init__(self, shower: Shower, clock: Callable[[], datetime]) -> None:
        self._shower = shower
        self._clock = clock
        self._sights: dict[str, tuple[Person, MailboxSight]] = {}
        self._turns: dict[str, datetime] = {}
        self._news = asyncio.Event()

    def put(self, person: Person, sight: MailboxSight) -> None:
        """Keep and show a fresh sight; one that says what is shown already is no news."""
        if self._sights.get(person.objectGUID) != (person, sight):
            self._sights[person.objectGUID] = (person, sight)
            self._show(person, sight)
        self._news.set()

    def drop(self, guid: str) -> None:
        """Forget and hide what a mailbox said, where it said something."""
        self._turns.pop(guid, None)
        kept = self._sights.pop(guid, None)
        if kept is not None:
            self._shower.hide(kept[0])

    def drop_all(self) -> None:
        """Forget and hide everything."""
        for guid in list(self._sights):
            self.drop(guid)

    @property
    def shown(self) -> frozenset[str]:
        """objectGUIDs of the people whose mailbox is shown."""
        return frozenset(self._sights)

    async def run(self) -> None:
        """Show sights again as their turns come, until cancelled."""
        while True:
            self._news.clear()
            now = self._clock()
            for guid in [guid for guid, turn in self._turns.items() if turn <= now]:
                self._show(*self._sights[guid])
            nearest = min(self._turns.values(), default=None)
            wait = _LONGEST_SLEEP if nearest is None else (nearest - self._clock()).total_seconds() + 0.02
            try:
                async with asyncio.timeout(min(max(wait, 0.0), _LONGEST_SLEEP)):
                    await self._news.wait()
            except TimeoutError:
                continue

    def _show(self, person: Person, sight: MailboxSight) -> None:
        now = self._clock()
        self._shower.show(person, sight, now)
        turn = next_turn(sight, now)
        if turn is None:
            self._turns.pop(person.objectGUID, None)
        else:
            self._turns[person.objectGUID] = turn
