"""What is noted leaves for the disk together: one write at a time, and whatever was noted meanwhile with the next."""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from typing import Generic, TypeVar

from samband.store.api import Store, StoreUnavailable, WriteTx

log = logging.getLogger(__name__)

K = TypeVar("K")
V = TypeVar("V")


class Noted(Generic[K, V]):
    """Values by key on their way to a table; of several for one key the last counts."""

    def __init__(self, store: Store, put: Callable[[WriteTx, K, V | None], None], what: str) -> None:
        """``put`` writes one value, or removes it for None; ``what`` names them in the log."""
        self._store = store
        self._put = put
        self._what = what
        self._noted: dict[K, V | None] = {}
        self._next: asyncio.Future[None] | None = None
        """Done when what is noted now is on disk."""
        self._current: asyncio.Future[None] | None = None
        """Done when the write that is under way is."""
        self._writing: asyncio.Task[None] | None = None

    def note(self, key: K, value: V | None) -> None:
        """Keep ``value``; None: nothing."""
        self._noted[key] = value
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())

    def settled(self) -> asyncio.Future[None]:
        """Done once everything noted before this call is on disk; else it raises what the write raised."""
        awaited = self._next or self._current
        if awaited is None:
            awaited = asyncio.get_running_loop().create_future()
            awaited.set_result(None)
        return asyncio.shield(awaited)

    async def _write(self) -> None:
        while self._next is not None:
            done, self._current, self._next = self._next, self._next, None
            noted, self._noted = self._noted, {}
            try:
                await self._store.write(functools.partial(self._put_all, noted))
            except Exception as problem:
                if isinstance(problem, StoreUnavailable):
                    log.warning("%s could not be kept: %s", self._what, problem)
                else:
                    log.exception("%s could not be kept", self._what)
                done.set_exception(problem)
                done.exception()  # seen, whether or not anybody waits for it
            else:
                done.set_result(None)
        self._writing = self._current = None

    def _put_all(self, noted: dict[K, V | None], tx: WriteTx) -> None:
        for key, value in noted.items():
            self._put(tx, key, value)
