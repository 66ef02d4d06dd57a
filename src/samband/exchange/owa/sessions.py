"""Who is signed in to the web client: sessions in memory, found by a cookie, ended by a new password."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from samband.directory.api import Directory
from samband.model.people import Person
from samband.wire.http import HttpRequest

COOKIE = "__Host-samband-owa"
"""Browsers take this prefix only over TLS, for this host alone and for every path of it."""
CANARY = "X-OWA-CANARY"
"""The header field that says that a request comes from our pages: other sites cannot set it."""
IDLE, LONGEST = 8 * 3600.0, 24 * 3600.0
"""Seconds that a session lives without a request, and at most."""
MOST, MOST_EACH = 20_000, 32
"""Sessions there are at most, and of one person."""


class PasswordChecks(Protocol):
    """What is asked of trust."""

    async def check(self, login: str, password: str, address: str) -> Person | None: ...

    def generation(self, guid: str) -> int: ...

    def expired(self, guid: str) -> bool: ...


@dataclass(eq=False)
class Session:
    """One browser. ``canary`` must come with every request that changes something."""

    key: bytes
    guid: str
    canary: str
    generation: int
    began: float
    used: float
    streams: int = 0


class Sessions:
    """Every session. ``now``: seconds on a clock that never goes back; ``random``: so many random bytes."""

    def __init__(
        self,
        passwords: PasswordChecks,
        directory: Directory,
        now: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._passwords = passwords
        self._directory = directory
        self._now = now
        self._random = random
        self._sessions: dict[bytes, Session] = {}

    def begin(self, person: Person) -> tuple[str, Session]:
        """A new session; the word for its cookie. The oldest goes where there are too many."""
        mine = [one for one in self._sessions.values() if one.guid == person.objectGUID]
        if len(mine) >= MOST_EACH:
            self.end(mine[0])
        if len(self._sessions) >= MOST:
            self.end(next(iter(self._sessions.values())))
        word, now = self._random(32).hex(), self._now()
        generation = self._passwords.generation(person.objectGUID)
        session = Session(_key(word), person.objectGUID, self._random(16).hex(), generation, now, now)
        self._sessions[session.key] = session
        return word, session

    def of(self, request: HttpRequest) -> tuple[Person, Session] | None:
        """Who sends ``request``, where that still holds."""
        session = self._sessions.get(_key(cookie(request)))
        if session is None:
            return None
        person = self.person(session)
        if person is not None:
            session.used = self._now()
        return None if person is None else (person, session)

    def person(self, session: Session) -> Person | None:
        """Whose a session is; None, and it is ended, where it does not hold any more."""
        now = self._now()
        person = self._directory.by_guid(session.guid)
        alive = (
            session.key in self._sessions
            and (now - session.used < IDLE or session.streams > 0)
            and now - session.began < LONGEST
            and self._passwords.generation(session.guid) == session.generation
            and not self._passwords.expired(session.guid)
        )
        if not alive or person is None or not person.enabled or not person.msExchMailboxGuid:
            self.end(session)
            return None
        return person

    def end(self, session: Session) -> None:
        """End it."""
        self._sessions.pop(session.key, None)


def cookie(request: HttpRequest) -> str:
    """The word in our cookie, empty where there is none."""
    for value in request.headers.all("Cookie"):
        for part in value.split(";"):
            name, _, word = part.strip().partition("=")
            if name == COOKIE:
                return word
    return ""


def set_cookie(word: str) -> tuple[str, str]:
    """The header field that gives a browser its session; an empty word takes it away."""
    life = "" if word else "; Max-Age=0"
    return ("Set-Cookie", f"{COOKIE}={word}; Path=/; Secure; HttpOnly; SameSite=Strict{life}")


def _key(word: str) -> bytes:
    # What lies in memory does not open a session, nor does the time that a comparison takes tell of one.
    return hashlib.sha256(word.encode()).digest()
