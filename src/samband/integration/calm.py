"""Wishes to read something again, made few however often they come."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager


class Calm:
    """Each key's first wish is due at once, the next one a pause after it was met; what comes between them is that one.

    So a thousand changes a minute cost a reading a pause, and the last of them is never left unread.
    """

    def __init__(self, pause: float, now: Callable[[], float]) -> None:
        """``pause`` in seconds; ``now`` a clock that never goes back."""
        self._pause = pause
        self._now = now
        self._due: dict[str, float] = {}
        self._quiet: dict[str, float] = {}
        """Key -> until when its next wish waits."""
        self._taken: dict[str, bool] = {}
        """Keys that are being read -> whether there was another wish meanwhile."""
        self._news = asyncio.Event()

    def wish(self, key: str) -> None:
        """Ask for ``key`` to be due."""
        if key in self._taken:
            self._taken[key] = True
        elif key not in self._due:
            self._due[key] = max(self._now(), self._quiet.get(key, 0.0))
            self._news.set()

    @asynccontextmanager
    async def due(self) -> AsyncIterator[str]:
        """Wait until a key is due; nobody else gets it while it is held. Several may wait.

        A wish is not met, and the key due again, where the holder raises.
        """
        key = await self._next()
        self._taken[key] = False
        try:
            yield key
        except BaseException:
            self._taken[key] = True
            raise
        finally:
            now = self._now()
            self._quiet = {other: until for other, until in self._quiet.items() if until > now}
            self._quiet[key] = now + self._pause
            if self._taken.pop(key):
                self.wish(key)

    async def _next(self) -> str:
        while True:
            self._news.clear()
            now = self._now()
            nearest = min(self._due, key=self._due.__getitem__, default=None)
            wait = None if nearest is None else self._due[nearest] - now
            if nearest is not None and self._due[nearest] <= now:
                del self._due[nearest]
                return nearest
            try:
                async with asyncio.timeout(wait):
                    await self._news.wait()
            except TimeoutError:
                continue
