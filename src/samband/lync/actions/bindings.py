"""Registrations that no connection ends are kept: the next server knows who was signed in.

Over TCP and TLS a client sees that its server is gone and signs in again. Over UDP it does not, and would be away until
it refreshes, an hour later perhaps.
"""

from __future__ import annotations

import asyncio
import functools
import logging
from collections.abc import Callable
from datetime import datetime

from samband.model.bindings import Binding
from samband.store import bindings as kept
from samband.store.api import Store, StoreUnavailable, WriteTx

log = logging.getLogger(__name__)


class Bindings:
    """One for a Lync side. What is noted while a write is under way leaves with the next one."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """``clock``: aware time."""
        self._store = store
        self.clock = clock
        self._noted: dict[tuple[str, str], Binding | None] = {}
        self._next: asyncio.Future[None] | None = None
        """Done when what is noted now is on disk."""
        self._current: asyncio.Future[None] | None = None
        """Done when the write that is under way is."""
        self._writing: asyncio.Task[None] | None = None

    async def load(self) -> list[Binding]:
        """What the server before this one left."""
        now = self.clock().timestamp()
        await self._store.write(lambda tx: kept.remove_expired(tx, now))
        return await self._store.read(lambda tx: kept.live(tx, now))

    def note(self, address: str, key: str, binding: Binding | None) -> None:
        """Keep what is bound now; None: nothing is."""
        self._noted[address, key] = binding
        if self._next is None:
            self._next = asyncio.get_running_loop().create_future()
        if self._writing is None:
            self._writing = asyncio.ensure_future(self._write())

    def settled(self) -> asyncio.Future[None]:
        """Done once everything noted before this call is on disk; else it raises ``StoreUnavailable``."""
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
                await self._store.write(functools.partial(_put, noted))
            except StoreUnavailable as problem:
                log.warning("registrations could not be kept: %s", problem)
                done.set_exception(problem)
                done.exception()  # seen, whether or not anybody waits for it
            else:
                done.set_result(None)
        self._writing = self._current = None


def _put(noted: dict[tuple[str, str], Binding | None], tx: WriteTx) -> None:
    for (address, key), binding in noted.items():
        if binding is None:
            kept.remove(tx, address, key)
        else:
            kept.put(tx, binding)
