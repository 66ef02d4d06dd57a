"""Applications: what a client creates first, and what everything else hangs below."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, Protocol, TypeVar

from samband.model.guests import Guest
from samband.model.people import Person
from samband.wire.ucwa.errors import UcwaError

IDLE = timedelta(hours=1)
"""An application that nobody uses for so long is gone."""
SILENT = timedelta(minutes=5)
"""The same for one that others see online: its client must be there."""
MOST = 20
"""Most applications of one person."""


class Parts(Protocol):
    """What lives and dies with an application."""

    @property
    def online(self) -> bool:
        """Whether its owner was made available by it."""
        ...

    @property
    def waiting(self) -> bool:
        """Whether its client waits for events."""
        ...

    @property
    def gone(self) -> bool:
        """Whether the server has ended it."""
        ...

    def restart(self) -> None:
        """Its client began anew."""
        ...

    def sweep(self) -> None:
        """Look for what is over: called every few seconds."""
        ...

    def close(self) -> None:
        """End it all."""
        ...


@dataclass(slots=True)
class Session:
    """One application. ``root`` is the path of the applications it was made at."""

    number: str
    owner: str
    root: str
    endpoint: str
    agent: str
    culture: str
    used: datetime
    guest: Guest | None = None
    """Whose it is, where that is a guest."""

    @property
    def path(self) -> str:
        return f"{self.root}/{self.number}"

    @property
    def name(self) -> str:
        """What tells the endpoint of its owner from every other one."""
        return f"{self.owner} {self.root} {self.endpoint}"


P = TypeVar("P", bound=Parts)


class Sessions(Generic[P]):
    """Every application of this process; they end with it.

    ``random`` gives so many random bytes; ``build`` makes the parts of a new application.
    """

    def __init__(
        self,
        clock: Callable[[], datetime],
        random: Callable[[int], bytes],
        build: Callable[[Session, Person], P],
    ) -> None:
        self._clock = clock
        self._random = random
        self._build = build
        self._of: dict[str, dict[str, tuple[Session, P]]] = {}
        """By objectGUID of the owner, then by number."""

    def __len__(self) -> int:
        return sum(map(len, self._of.values()))

    def open(
        self, person: Person, root: str, endpoint: str, agent: str, culture: str, guest: Guest | None = None
    ) -> tuple[Session, P]:
        """Make an application, or find the one the same endpoint has. Raises ``UcwaError`` and ``Failure``."""
        self._end_overdue(person.objectGUID)
        own = self._of.get(person.objectGUID, {})
        for one, parts in own.values():
            if one.endpoint == endpoint and one.root == root:
                one.agent, one.culture, one.used = agent, culture, self._clock()
                parts.restart()
                return one, parts
        if len(own) >= (MOST if guest is None else 1):
            raise UcwaError(
                "Conflict", f"One person has at most {MOST} applications, a guest one", "TooManyApplications"
            )
        number = str(int.from_bytes(self._random(8), "big") % 10**12)
        session = Session(number, person.objectGUID, root, endpoint, agent, culture, self._clock(), guest)
        found = (session, self._build(session, person))
        self._of.setdefault(person.objectGUID, {})[number] = found
        return found

    def find(self, person: Person, root: str, number: str) -> tuple[Session, P]:
        """One of the person's own applications. Raises ``UcwaError``."""
        self._end_overdue(person.objectGUID)
        found = self._of.get(person.objectGUID, {}).get(number)
        if found is None or found[0].root != root:
            raise UcwaError("NotFound", "There is no such application", "ApplicationNotFound")
        found[0].used = self._clock()
        return found

    def used(self, session: Session) -> None:
        """Its client has just been there."""
        session.used = self._clock()

    def close(self, session: Session) -> None:
        """End an application."""
        own = self._of.get(session.owner, {})
        found = own.pop(session.number, None)
        if not own:
            self._of.pop(session.owner, None)
        if found is not None:
            found[1].close()

    def close_all(self) -> None:
        """End every application."""
        for session, _ in list(self._all()):
            self.close(session)

    def end_of(self, guids: frozenset[str], may_stay: Callable[[str], bool]) -> None:
        """The directory has changed: end those of people who may not sign in any more. None named: look at all."""
        for session, _ in list(self._all()):
            named = session.guest is None and (not guids or session.owner in guids)
            if named and not may_stay(session.owner):
                self.close(session)

    def sweep(self) -> None:
        """End what is over: to be called every few seconds."""
        for guid in list(self._of):
            self._end_overdue(guid)
        for _, parts in list(self._all()):
            parts.sweep()

    def _all(self) -> Iterator[tuple[Session, P]]:
        for own in self._of.values():
            yield from own.values()

    def _end_overdue(self, guid: str) -> None:
        now = self._clock()
        for session, parts in list(self._of.get(guid, {}).values()):
            life = SILENT if parts.online else IDLE
            if parts.gone or (not parts.waiting and session.used <= now - life):
                self.close(session)
