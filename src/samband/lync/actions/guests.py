"""Guests of meetings: who is given a place in one, and how many there may be."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from samband.lync.actions.conferences import Conferences
from samband.model.conferences import Conference
from samband.model.failures import Failure
from samband.model.guests import Guest
from samband.model.people import Person


@dataclass(frozen=True, slots=True)
class GuestPolicy:
    """What the site has decided. ``allowed``: whether there are guests at all."""

    allowed: bool = True
    a_meeting: int = 100
    in_all: int = 1000


class Guests:
    """One for a Lync side. ``random`` gives so many random bytes."""

    def __init__(self, conferences: Conferences, policy: GuestPolicy, random: Callable[[int], bytes]) -> None:
        self._conferences = conferences
        self._random = random
        self._present: Counter[tuple[str, str]] = Counter()
        self.policy = policy

    def __len__(self) -> int:
        return self._present.total()

    async def meeting(self, organizer: str, conference: str) -> tuple[Person, Conference]:
        """The meeting of ``organizer`` (an address), for a guest. Raises ``Failure``: NotFound, Forbidden."""
        if not self.policy.allowed:
            raise Failure("Forbidden", "Meetings of this organization have no guests")
        return await self._conferences.find(organizer, conference)

    def admit(self, conference: Conference, password: str) -> Guest | None:
        """A guest of a meeting, or None for a wrong passcode. Where a meeting has none its id is asked for instead."""
        wanted = conference.terms.passcode or conference.id
        if not hmac.compare_digest(wanted.encode(), password.encode()):
            return None
        return Guest(self._random(16).hex(), conference.organizer, conference.id, _mark(conference))

    async def check(self, guest: Guest) -> tuple[Person, Conference]:
        """The meeting of a guest who was admitted, as it is now. Raises ``Failure``: NotFound, Forbidden."""
        organizer, conference = await self._conferences.of(guest.organizer, guest.conference)
        if not self.policy.allowed or not hmac.compare_digest(_mark(conference), guest.knows):
            raise Failure("Forbidden", "The meeting has another passcode now")
        return organizer, conference

    def enter(self, guest: Guest) -> Callable[[], None]:
        """Count a guest in; what comes back counts them out, once. Raises ``Failure`` where there are too many."""
        meeting = (guest.organizer, guest.conference)
        if self._present[meeting] >= self.policy.a_meeting or len(self) >= self.policy.in_all:
            raise Failure("LimitExceeded", "There are as many guests as there may be")
        self._present[meeting] += 1
        inside = [meeting]

        def leave() -> None:
            if inside:
                self._present[inside.pop()] -= 1
                self._present += Counter()

        return leave


def _mark(conference: Conference) -> bytes:
    passcode = conference.terms.passcode
    return hashlib.sha256(f"{conference.id} {passcode}".encode()).digest()[:8] if passcode else b""
