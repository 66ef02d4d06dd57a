"""Passwords that were right a moment ago, remembered without being kept."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable


class Proofs:
    """Positive proofs under a key of this process alone, for ``lifetime`` seconds, at most ``limit`` of them.

    What is remembered is a keyed hash of login and password: neither can be had back from it, and it means nothing
    to another process.
    """

    def __init__(self, key: bytes, clock: Callable[[], float], *, lifetime: float = 60.0, limit: int = 10_000) -> None:
        self._key = key
        self._clock = clock
        self._lifetime = lifetime
        self._limit = limit
        self._found: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._of_person: dict[str, set[bytes]] = {}

    def __len__(self) -> int:
        return len(self._found)

    def tag(self, login: str, password: str) -> bytes:
        """What stands for this login with this password."""
        text = f"{len(login)}:{login}{password}".encode("utf-8", "surrogatepass")
        return hashlib.blake2b(text, key=self._key, digest_size=16).digest()

    def person(self, tag: bytes) -> str | None:
        """Whom the proof was of, if it is still good."""
        found = self._found.get(tag)
        if found is None:
            return None
        if found[1] < self._clock():
            self._drop(tag)
            return None
        return found[0]

    def add(self, tag: bytes, person: str) -> None:
        """Remember a proof of ``person``."""
        self._drop(tag)
        while len(self._found) >= self._limit:
            self._drop(next(iter(self._found)))
        self._found[tag] = (person, self._clock() + self._lifetime)
        self._of_person.setdefault(person, set()).add(tag)

    def void(self, person: str) -> None:
        """Forget every proof of ``person``."""
        for tag in self._of_person.pop(person, ()):
            self._found.pop(tag, None)

    def clear(self) -> None:
        """Forget every proof."""
        self._found.clear()
        self._of_person.clear()

    def _drop(self, tag: bytes) -> None:
        found = self._found.pop(tag, None)
        if found is not None:
            tags = self._of_person[found[0]]
            tags.discard(tag)
            if not tags:
                del self._of_person[found[0]]
