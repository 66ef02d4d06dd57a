"""Registrations that no connection ends are kept: the next server knows who was signed in.

Over TCP and TLS a client sees that its server is gone and signs in again. Over UDP it does not, and would be away until
it refreshes, an hour later perhaps.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from samband.lync.actions.noted import Noted
from samband.model.bindings import Binding
from samband.store import bindings as kept
from samband.store.api import Store, WriteTx


class Bindings:
    """One for a Lync side."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """``clock``: aware time."""
        self._store = store
        self.clock = clock
        self._noted: Noted[tuple[str, str], Binding] = Noted(store, _put, "registrations")

    async def load(self) -> list[Binding]:
        """What the server before this one left."""
        now = self.clock().timestamp()
        await self._store.write(lambda tx: kept.remove_expired(tx, now))
        return await self._store.read(lambda tx: kept.live(tx, now))

    def note(self, address: str, key: str, binding: Binding | None) -> None:
        """Keep what is bound now; None: nothing is."""
        self._noted.note((address, key), binding)

    def settled(self) -> asyncio.Future[None]:
        """Done once everything noted before this call is on disk; else it raises what the write raised."""
        return self._noted.settled()


def _put(tx: WriteTx, key: tuple[str, str], binding: Binding | None) -> None:
    if binding is None:
        kept.remove(tx, *key)
    else:
        kept.put(tx, binding)
