"""How often somebody may do something."""

from __future__ import annotations

from collections import OrderedDict

_LOOKS = 16
"""So many of the oldest are looked at for one that may be forgotten."""


class Bucket:
    """So many a second, and ``most`` of them at once after a rest."""

    __slots__ = ("_left", "_most", "_rate", "_seen")

    def __init__(self, rate: float, most: float) -> None:
        self._rate = rate
        self._most = most
        self._left = most
        self._seen: float | None = None

    def take(self, now: float) -> bool:
        """Whether one more may be done at ``now`` (seconds that never go back); then it counts."""
        if self._seen is not None:
            self._left = min(self._most, self._left + (now - self._seen) * self._rate)
        self._seen = now
        if self._left < 1:
            return False
        self._left -= 1
        return True

    def is_empty(self, now: float) -> bool:
        """Whether nothing may be done at ``now``; this counts for nothing."""
        return self._seen is not None and self._left + (now - self._seen) * self._rate < 1


class Buckets:
    """A bucket for each of at most ``limit`` keys. Who is held up is not forgotten for the sake of newcomers."""

    def __init__(self, rate: float, most: float, limit: int) -> None:
        self._rate = rate
        self._most = most
        self._limit = limit
        self._known: OrderedDict[str, Bucket] = OrderedDict()

    def __len__(self) -> int:
        return len(self._known)

    def take(self, key: str, now: float) -> bool:
        """See ``Bucket.take``; False for a newcomer too, where so many others are held up."""
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= self._limit and not self._has_room(now):
                return False
            found = self._known[key] = Bucket(self._rate, self._most)
        self._known.move_to_end(key)
        return found.take(now)

    def _has_room(self, now: float) -> bool:
        """Forget the one that was used longest ago and is not empty; False where there is none among the oldest."""
        for _ in range(min(_LOOKS, len(self._known))):
            key, bucket = self._known.popitem(last=False)
            if not bucket.is_empty(now):
                return True
            self._known[key] = bucket
        return False
