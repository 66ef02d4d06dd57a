"""The eight hex digits that make each signed string differ: many drawn at once, as one is needed for every message."""

from __future__ import annotations

from collections.abc import Callable

_BATCH = 512


class Salts:
    """``random`` gives so many random bytes."""

    __slots__ = ("_drawn", "_random")

    def __init__(self, random: Callable[[int], bytes]) -> None:
        self._random = random
        self._drawn: list[str] = []

    def next(self) -> str:
        """Eight hex digits."""
        if not self._drawn:
            digits = self._random(4 * _BATCH).hex().upper()
            self._drawn = [digits[at : at + 8] for at in range(0, len(digits), 8)]
        return self._drawn.pop()
