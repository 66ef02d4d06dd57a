"""A small part of the store in memory that follows the feed: settings that take effect without a restart."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Sequence
from typing import Generic, TypeVar

from samband.feed.api import Feed
from samband.model.changes import Change
from samband.store.api import Store, StoreUnavailable, Tx

T = TypeVar("T")
log = logging.getLogger(__name__)
_PATIENCE = 1.0
"""Seconds before the store is asked again after it was not available."""


class Mirror(Generic[T]):
    """What ``read`` finds, as of soon after the last change in ``scopes``, by any process."""

    def __init__(self, store: Store, feed: Feed, scopes: Collection[str], read: Callable[[Tx], T], first: T) -> None:
        self._store = store
        self._read = read
        self._reading = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._again = False
        self._hearers: list[Callable[[], None]] = []
        self._leave = feed.listen(scopes, self._hear)
        self.value = first
        """What was there last; what was given as first until ``load``."""

    def listen(self, hear: Callable[[], None]) -> None:
        """Call ``hear`` after the value became another one."""
        self._hearers.append(hear)

    async def load(self) -> None:
        """Read now: before the first use, and for one who has just changed it and goes on at once."""
        async with self._reading:
            found = await self._store.read(self._read)
        changed, self.value = found != self.value, found
        if changed:
            for hear in self._hearers:
                hear()

    def close(self) -> None:
        """Follow the feed no more."""
        self._leave()
        if self._task is not None:
            self._task.cancel()

    def _hear(self, _: Sequence[Change]) -> asyncio.Task[None]:
        self._again = True
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._follow(), name="a mirror reads the store")
        return self._task

    async def _follow(self) -> None:
        while self._again:
            self._again = False
            try:
                await self.load()
            except StoreUnavailable as error:
                log.warning("settings could not be read anew: %s", error)
                self._again = True
                await asyncio.sleep(_PATIENCE)
