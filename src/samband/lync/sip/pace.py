"""How fast new clients are let in: after a restart everyone comes at once, and must not be served all at once."""

from __future__ import annotations

import math
from collections.abc import Callable

LONGEST = 300
"""Seconds, the longest that anybody is sent away for."""


class Pace:
    """Lets so many sign-ins a second begin. Everyone else is told when to come again, each a little later.

    So they come back no faster than they can be served, whatever their own timers are [RFC3261 20.33, 21.5.4].
    """

    def __init__(self, rate: int, now: Callable[[], float]) -> None:
        """``rate``: sign-ins a second, and in one burst; ``now``: seconds on a clock that never goes back."""
        self._rate = rate
        self._now = now
        self._free = float(rate)
        self._seen = self._promised = now()

    def wait(self) -> int:
        """0 where a sign-in may begin now; else after how many seconds to come again."""
        now = self._now()
        self._free = min(self._rate, self._free + (now - self._seen) * self._rate)
        self._seen = now
        if self._free >= 1:
            self._free -= 1
            return 0
        self._promised = max(self._promised, now) + 1 / self._rate
        return min(math.ceil(self._promised - now), LONGEST)
