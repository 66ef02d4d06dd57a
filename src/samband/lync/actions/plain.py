"""Presence of plain SIP clients: what they publish under entity tags, and that they are there at all [RFC3903]."""

from __future__ import annotations

import heapq
import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from samband.lync.actions.presence import Presence
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.plain_presence import PlainPresence, drafts_of

USUAL = 3600
SHORTEST = 60
LONGEST = 28800
"""Seconds of a publication's life."""
MAX_A_PERSON = 16

_THERE = PlainPresence(open=True)
_DEVICE = 0x30000000
"""First digit of the instances of devices; the others are a hash."""


@dataclass(slots=True, eq=False)
class _Publication:
    guid: str
    source: str
    instance: int
    plain: PlainPresence
    expires: datetime
    endpoint: str = ""
    """Key of the endpoint that published last; empty where it came from none that is signed in."""


class PlainPublications:
    """One for a Lync side."""

    def __init__(self, presence: Presence, clock: Callable[[], datetime], token: Callable[[], str]) -> None:
        """``token`` gives a fresh random word each time: entity tags."""
        self._presence = presence
        self._clock = clock
        self._token = token
        self._by_tag: dict[str, _Publication] = {}
        self._tags: dict[str, set[str]] = {}
        self._endpoints: dict[str, set[str]] = {}
        self._due: list[tuple[datetime, str]] = []

    def publish(
        self, person: Person, known: str, plain: PlainPresence | None, seconds: int | None, endpoint: str = ""
    ) -> tuple[str, int]:
        """Begin, change (``plain``), refresh (None) or end (0 seconds) a publication; its new tag and life.

        ``endpoint`` is the key of the endpoint it comes from: it does not outlive that.

        Raises ``Failure`` with ``ConditionFailed`` for a ``known`` tag that there is not, ``IntervalTooBrief``, and
        ``LimitExceeded``.
        """
        granted = USUAL if seconds is None else min(seconds, LONGEST)
        if 0 < granted < SHORTEST:
            details = {"Min_Expires": str(SHORTEST)}
            raise Failure("IntervalTooBrief", "The publication would end too soon", details=details)
        if known:
            found = self._by_tag.get(known)
            if found is None or found.guid != person.objectGUID:
                raise Failure("ConditionFailed", "There is no such publication")
            self._drop(known)
        else:
            if len(self._tags.get(person.objectGUID, ())) >= MAX_A_PERSON:
                raise Failure("LimitExceeded", f"There are at most {MAX_A_PERSON} publications")
            source = f"plain publication {self._token()}"
            found = _Publication(person.objectGUID, source, _instance(source), _THERE, self._clock())
        found.endpoint = endpoint
        tag = self._token()
        if granted == 0:
            self._presence.withdraw(found.guid, found.source)
        else:
            self._keep(tag, found, plain, granted)
        self._stand_in(person.objectGUID)
        return tag, granted

    def endpoint_added(self, person: Person, key: str) -> None:
        """A client that knows nothing of categories signed in: its user is there, until it says more."""
        self._endpoints.setdefault(person.objectGUID, set()).add(key)
        self._stand_in(person.objectGUID)

    def endpoint_removed(self, person: Person, key: str, *, back: bool = False) -> None:
        """Such a client is gone, and with it what it said; ``back``: it has signed in anew already."""
        for tag in () if back else tuple(self._tags.get(person.objectGUID, ())):
            found = self._by_tag[tag]
            if found.endpoint == key:
                self._drop(tag)
                self._presence.withdraw(found.guid, found.source)
        held = self._endpoints.get(person.objectGUID)
        if held is not None:
            held.discard(key)
            if not held:
                del self._endpoints[person.objectGUID]
        self._stand_in(person.objectGUID)

    def sweep(self) -> None:
        """End publications that are due: to be called every second or so."""
        now = self._clock()
        while self._due and self._due[0][0] <= now:
            _, tag = heapq.heappop(self._due)
            found = self._by_tag.get(tag)
            if found is not None:
                self._drop(tag)
                self._presence.withdraw(found.guid, found.source)
                self._stand_in(found.guid)

    def _keep(self, tag: str, found: _Publication, plain: PlainPresence | None, seconds: int) -> None:
        found.plain = plain or found.plain
        found.expires = self._clock() + timedelta(seconds=seconds)
        self._presence.publish_for(found.guid, found.source, drafts_of(found.plain, found.instance), lives_alone=False)
        self._by_tag[tag] = found
        self._tags.setdefault(found.guid, set()).add(tag)
        heapq.heappush(self._due, (found.expires, tag))

    def _drop(self, tag: str) -> None:
        found = self._by_tag.pop(tag)
        tags = self._tags[found.guid]
        tags.discard(tag)
        if not tags:
            del self._tags[found.guid]

    def _stand_in(self, guid: str) -> None:
        """Publish "there" for somebody who is signed in and has published nothing."""
        if guid in self._endpoints and guid not in self._tags:
            with suppress(Failure):  # somebody who was just disabled is signed out one endpoint after the other
                self._presence.publish_for(guid, "plain", drafts_of(_THERE, _instance(guid)), lives_alone=False)
        else:
            self._presence.withdraw(guid, "plain")


def _instance(name: str) -> int:
    return _DEVICE | zlib.crc32(name.encode()) & 0x0FFFFFF0
