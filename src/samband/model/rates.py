"""How often somebody may do something."""

from __future__ import annotations


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
