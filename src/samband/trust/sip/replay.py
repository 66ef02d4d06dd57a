"""Sequence numbers seen so far, so that no message counts twice."""

from __future__ import annotations

WIDTH = 256
_ALL = (1 << WIDTH) - 1


class ReplayWindow:
    """A sliding window of ``WIDTH`` numbers below the highest one accepted.

    Messages of one client may overtake each other, so a lower number is fine once; what is older than the window
    counts as a repetition.
    """

    __slots__ = ("_seen", "highest")

    def __init__(self) -> None:
        self.highest = 0
        """The highest number accepted."""
        self._seen = 0

    def fresh(self, number: int) -> bool:
        """True where ``number`` (from 1) was not accepted before. Changes nothing."""
        if number > self.highest:
            return True
        behind = self.highest - number
        return number > 0 and behind < WIDTH and not self._seen >> behind & 1

    def accept(self, number: int) -> bool:
        """Take ``number`` as seen; False, and nothing changes, where it is not fresh."""
        shift = number - self.highest
        if shift > 0:
            self._seen = (self._seen << shift | 1) & _ALL if shift < WIDTH else 1
            self.highest = number
            return True
        if not self.fresh(number):
            return False
        self._seen |= 1 << -shift
        return True
