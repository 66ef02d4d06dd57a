"""Random words of hex digits: many drawn at once, as every message needs some and the system gives few bytes dearly."""

from __future__ import annotations

from collections.abc import Callable

_BATCH = 512


class Words:
    """``random`` gives so many random bytes; each word has ``digits`` hex digits, an even number. For any thread."""

    __slots__ = ("_digits", "_drawn", "_random", "_upper")

    def __init__(self, random: Callable[[int], bytes], digits: int, *, upper: bool = False) -> None:
        self._random = random
        self._digits = digits
        self._upper = upper
        self._drawn: list[str] = []

    def next(self) -> str:
        """One that was given to nobody before."""
        try:
            return self._drawn.pop()
        except IndexError:
            return self._draw()

    def _draw(self) -> str:
        size = self._digits
        text = self._random(size // 2 * _BATCH).hex()
        if self._upper:
            text = text.upper()
        words = [text[at : at + size] for at in range(0, len(text), size)]
        word = words.pop()
        self._drawn = words
        return word
