"""Work that news from the feed sets off: it runs beside everything else and outlives a store that is away."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from samband.store.api import StoreUnavailable

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 30.0
_log = logging.getLogger(__name__)


class Background:
    """The tasks of one owner. ``sleep`` waits so many seconds between two tries."""

    def __init__(self, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self._sleep = sleep
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self, work: Callable[[], Coroutine[Any, Any, None]]) -> asyncio.Task[None]:
        """Run ``work``, again and again until the store can be asked; whatever else it raises is logged."""
        task = asyncio.get_running_loop().create_task(self._run(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def close(self) -> None:
        """Stop everything that still runs."""
        for task in self._tasks:
            task.cancel()

    async def _run(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        pause = FIRST_PAUSE
        while True:
            try:
                await work()
                return
            except StoreUnavailable as problem:
                _log.warning("the store cannot be asked, trying again: %s", problem)
            except Exception:
                _log.exception("work in the background failed")
                return
            await self._sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
