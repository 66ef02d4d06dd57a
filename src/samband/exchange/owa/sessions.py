"""Who is signed in to the web client: kept, found by a cookie, ended by time, by signing out or by a new password."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from samband.directory.api import Directory
from samband.exchange.actions.owa_sessions import OwaSessions
from samband.model.failures import Unavailable
from samband.model.owa_sessions import OwaSession
from samband.model.people import Person
from samband.wire.http import HttpRequest

COOKIE = "__Host-samband-owa"
"""Browsers take this prefix only over TLS, for this host alone and for every path of it."""
CANARY = "X-OWA-CANARY"
"""The header field that says that a request comes from our pages: other sites cannot set it."""
IDLE, LONGEST = 8 * 3600, 24 * 3600
"""Seconds that a session lives unused, and at most. A page that is open uses it."""
TOUCH = 300
"""Seconds of use that may be lost when the process ends: so seldom is it written."""
MOST, MOST_EACH = 20_000, 32
"""Sessions there are at most, and of one person."""


class PasswordChecks(Protocol):
    """What is asked of trust."""

    async def check(self, login: str, password: str, address: str) -> Person | None: ...

    def mark(self, guid: str) -> bytes: ...

    def expired(self, guid: str) -> bool: ...


class TryAgain(Exception):
    """The password is becoming another one at this moment."""


@dataclass(eq=False)
class Session:
    """One browser. ``canary`` must come with every request that changes something.

    ``written`` is the use that the store knows of; ``sure``: it has not ended in another process.
    """

    key: str
    guid: str
    canary: str
    mark: bytes
    began: int
    used: int
    written: int
    sure: bool = True
    streams: int = 0


class Sessions:
    """Every session, those in use here in memory. ``now``: seconds since 1970; ``random``: so many random bytes."""

    def __init__(
        self,
        passwords: PasswordChecks,
        directory: Directory,
        kept: OwaSessions,
        now: Callable[[], float],
        random: Callable[[int], bytes],
    ) -> None:
        self._passwords = passwords
        self._directory = directory
        self._kept = kept
        self._now = now
        self._random = random
        self._here: dict[str, Session] = {}
        self._endings = 0
        self._leave = kept.listen(self._hear)

    def close(self) -> None:
        """Hear of no more that end elsewhere."""
        self._leave()

    async def begin(self, person: Person) -> str:
        """A new session; the word for its cookie. The least used one goes where there are too many.

        Raises ``TryAgain``, ``Unavailable``.
        """
        mark = self._passwords.mark(person.objectGUID)
        if not mark:
            raise TryAgain
        word, now = self._random(32).hex(), int(self._now())
        for one in [one for one in self._here.values() if self._is_over(one)]:
            del self._here[one.key]
        session = OwaSession(_key(word), person.objectGUID, mark, now, now)
        await self._kept.begin(session, (now - IDLE, now - LONGEST), MOST_EACH, MOST)
        return word

    async def of(self, request: HttpRequest) -> tuple[Person, Session] | None:
        """Who sends ``request``, where that still holds. Raises ``Unavailable``."""
        word = cookie(request)
        if not word:
            return None
        session = self._here.get(_key(word)) or await self._find(word)
        person = None if session is None else await self.person(session)
        return None if session is None or person is None else (person, session)

    async def _find(self, word: str) -> Session | None:
        kept = await self._read(_key(word))
        if kept is None:
            return None
        found = Session(kept.key, kept.guid, _canary(word), kept.mark, kept.began, kept.used, kept.used)
        # Another request may have found it meanwhile.
        return self._here.setdefault(kept.key, found)

    async def _read(self, key: str) -> OwaSession | None:
        endings = -1
        kept: OwaSession | None = None
        while endings != self._endings:
            # What ends while it is read is not to come back by that.
            endings = self._endings
            kept = await self._kept.find(key)
        return kept

    async def person(self, session: Session) -> Person | None:
        """Whose a session is, and it is used now; None, and it is ended, where it does not hold any more.

        Raises ``Unavailable``.
        """
        if not session.sure or self._is_over(session):
            await self._look_again(session)
        if self._here.get(session.key) is not session or not session.sure:
            self._here.pop(session.key, None)
            return None
        person, mark = self._directory.by_guid(session.guid), self._passwords.mark(session.guid)
        if person is not None and not mark:
            # It is read anew at this moment, or was taken away: either way nothing is to be ended.
            return None
        alive = mark == session.mark and not self._passwords.expired(session.guid) and not self._is_over(session)
        if not alive or person is None or not person.enabled or not person.msExchMailboxGuid:
            await self.end(session)
            return None
        await self._use(session)
        return person

    async def _look_again(self, session: Session) -> None:
        """News were lost, or it seems to be over: another process may have ended it, or served it.

        It is not sure until that is read, whoever else uses it meanwhile. Raises ``Unavailable``.
        """
        kept = await self._read(session.key)
        session.sure = kept is not None
        if kept is not None:
            session.used = max(session.used, kept.used)

    def _is_over(self, session: Session) -> bool:
        now = self._now()
        return now - session.used >= IDLE or now - session.began >= LONGEST

    async def _use(self, session: Session) -> None:
        session.used = int(self._now())
        if session.used - session.written >= TOUCH:
            session.written = session.used
            with suppress(Unavailable):
                await self._kept.touch(session.key, session.used)

    async def end(self, session: Session) -> None:
        """End it, here and everywhere. Raises ``Unavailable``."""
        self._here.pop(session.key, None)
        await self._kept.end(session.key)

    async def end_all(self, session: Session) -> None:
        """End it and every other one of its person. Raises ``Unavailable``."""
        self._here.pop(session.key, None)
        await self._kept.end_all(session.guid)

    def _hear(self, key: str) -> None:
        self._endings += 1
        if key:
            self._here.pop(key, None)
            return
        for one in self._here.values():
            one.sure = False


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


def _key(word: str) -> str:
    # What is kept does not open a session, nor does the time that a comparison takes tell of one.
    return hashlib.sha256(word.encode("utf-8", "surrogatepass")).hexdigest()


def _canary(word: str) -> str:
    # Who knows the word needs no canary, and who reads what is kept learns neither: it need not be kept.
    return hashlib.sha256(f"canary {word}".encode("utf-8", "surrogatepass")).hexdigest()[:32]
