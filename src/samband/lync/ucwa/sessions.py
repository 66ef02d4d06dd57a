"""Applications: what a client creates first, and what everything else hangs below."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from samband.model.people import Person
from samband.wire.ucwa.errors import UcwaError

IDLE = timedelta(hours=1)
"""An application that nobody uses for so long is gone."""
MOST = 20
"""Most applications of one person."""


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

    @property
    def path(self) -> str:
        return f"{self.root}/{self.number}"


class Sessions:
    """Every application of this process; they end with it. ``random`` gives so many random bytes."""

    def __init__(self, clock: Callable[[], datetime], random: Callable[[int], bytes]) -> None:
        self._clock = clock
        self._random = random
        self._of: dict[str, dict[str, Session]] = {}
        """By objectGUID of the owner, then by number."""

    def open(self, person: Person, root: str, endpoint: str, agent: str, culture: str) -> Session:
        """Make an application, or find the one the same endpoint has. Raises ``UcwaError``."""
        own = self._live(person)
        for one in own.values():
            if one.endpoint == endpoint and one.root == root:
                one.agent, one.culture, one.used = agent, culture, self._clock()
                return one
        if len(own) >= MOST:
            raise UcwaError("Conflict", f"One person has at most {MOST} applications", "TooManyApplications")
        number = str(int.from_bytes(self._random(8), "big") % 10**12)
        session = Session(number, person.objectGUID, root, endpoint, agent, culture, self._clock())
        self._of.setdefault(person.objectGUID, {})[number] = session
        return session

    def find(self, person: Person, root: str, number: str) -> Session:
        """One of the person's own applications. Raises ``UcwaError``."""
        found = self._live(person).get(number)
        if found is None or found.root != root:
            raise UcwaError("NotFound", "There is no such application", "ApplicationNotFound")
        found.used = self._clock()
        return found

    def close(self, session: Session) -> None:
        """Forget an application."""
        self._of.get(session.owner, {}).pop(session.number, None)

    def _live(self, person: Person) -> dict[str, Session]:
        own = self._of.get(person.objectGUID, {})
        latest = self._clock() - IDLE
        for number in [number for number, one in own.items() if one.used <= latest]:
            del own[number]
        if not own:
            self._of.pop(person.objectGUID, None)
        return own
