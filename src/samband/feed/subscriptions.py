"""Those who hear: a bounded queue that is awaited, or a function that is called."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from samband.feed.api import Hear, Overflow
from samband.model.changes import Change

log = logging.getLogger(__name__)


class Hearer(Protocol):
    """What the feed hands changes to. What comes back is done when they were taken in; None: they were."""

    def offer(self, changes: Sequence[Change]) -> asyncio.Future[Any] | None:
        """Take changes, in the order of their numbers. Never empty."""
        ...

    def lose(self) -> asyncio.Future[Any] | None:
        """Know that changes were dropped."""
        ...


class QueuedSubscription:
    """A ``Subscription``: at most ``limit`` changes wait; with more, all are dropped until the reader knows."""

    def __init__(self, limit: int, leave: Callable[[QueuedSubscription], None]) -> None:
        self._limit = limit
        self._leave = leave
        self._waiting: list[Change] = []
        self._overflow = False
        self._closed = False
        self._getter: asyncio.Future[None] | None = None
        self._taken_in: asyncio.Future[None] | None = None

    def offer(self, changes: Sequence[Change]) -> asyncio.Future[None] | None:
        if self._overflow or self._closed:
            return self._taken_in
        if len(self._waiting) + len(changes) > self._limit:
            return self.lose()
        self._waiting += changes
        return self._wake()

    def lose(self) -> asyncio.Future[None]:
        self._waiting = []
        self._overflow = True
        return self._wake()

    def _wake(self) -> asyncio.Future[None]:
        """Let the reader go on; done when it comes back for more."""
        if self._getter is not None and not self._getter.done():
            self._getter.set_result(None)
        if self._taken_in is None:
            self._taken_in = asyncio.get_running_loop().create_future()
        return self._taken_in

    def _rest(self) -> None:
        if self._taken_in is not None and not self._taken_in.done():
            self._taken_in.set_result(None)
        self._taken_in = None

    async def get(self) -> Sequence[Change]:
        if self._getter is not None:
            raise RuntimeError("somebody else waits on this subscription")
        while not (self._waiting or self._overflow):
            if self._closed:
                raise asyncio.CancelledError("the subscription is closed")
            self._rest()
            self._getter = asyncio.get_running_loop().create_future()
            try:
                await self._getter
            finally:
                self._getter = None
        if self._overflow:
            self._overflow = False
            raise Overflow
        taken, self._waiting = self._waiting, []
        return taken

    def close(self) -> None:
        if self._closed:
            return
        self._closed = True
        self._waiting = []
        self._overflow = False
        self._leave(self)
        self._rest()
        if self._getter is not None:
            self._getter.cancel()


class Listener:
    """A function that is called. What it raises is logged and disturbs nobody."""

    def __init__(self, hear: Hear) -> None:
        self._hear: Hear | None = hear

    def offer(self, changes: Sequence[Change]) -> asyncio.Future[Any] | None:
        if self._hear is None:
            return None
        try:
            return self._hear(changes)
        except Exception:
            log.exception("a listener to the feed failed")
            return None

    def lose(self) -> asyncio.Future[Any] | None:
        return self.offer(())

    def stop(self) -> None:
        """Call nobody any more."""
        self._hear = None
