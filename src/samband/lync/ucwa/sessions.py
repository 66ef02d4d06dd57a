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
"""One whose client asks for no events for so long holds nothing any more that others see or wait for."""
MOST = 20
"""Most applications of one person."""


class Parts(Protocol):
    """What lives and dies with an application."""

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

    def rest(self) -> None:
        """Its client is not there: end what is transient, if there is any, so that only the application is left."""
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
    heard: datetime
    """When its client last asked for events, or began."""
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
                one.agent, one.culture = agent, culture
                one.used = one.heard = self._clock()
                parts.restart()
                return one, parts
        if len(own) >= (MOST if guest is None else 1):
            raise UcwaError(
                "Conflict", f"One person has at most {MOST} applications, a guest one", "TooManyApplications"
            )
        number = str(int.from_bytes(self._random(8), "big") % 10**12)
        now = self._clock()
        session = Session(number, person.objectGUID, root, endpoint, agent, culture, now, now, guest)
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

    def of(self, person: Person, root: str) -> list[Session]:
        """The applications of one person, the oldest first."""
        self._end_overdue(person.objectGUID)
        return [session for session, _ in self._of.get(person.objectGUID, {}).values() if session.root == root]

    def heard(self, session: Session) -> None:
        """Its client has just waited for events."""
        session.used = session.heard = self._clock()

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
            away = not parts.waiting
            if away and session.heard <= now - SILENT:
                parts.rest()
            if parts.gone or (away and session.used <= now - IDLE):
                self.close(session)
