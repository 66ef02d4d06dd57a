"""Subscriptions that no connection ends are kept, as registrations are: the next server goes on with them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime

from samband.lync.actions.noted import Noted
from samband.model.subscriptions import KeptSubscription
from samband.store import kept_subscriptions as kept
from samband.store.api import Store, WriteTx


class KeptSubscriptions:
    """One for a Lync side."""

    def __init__(self, store: Store, clock: Callable[[], datetime]) -> None:
        """``clock``: aware time."""
        self._store = store
        self.clock = clock
        self._noted: Noted[str, KeptSubscription] = Noted(store, _put, "subscriptions")

    async def load(self) -> list[KeptSubscription]:
        """What the server before this one left."""
        now = self.clock().timestamp()
        await self._store.write(lambda tx: kept.remove_expired(tx, now))
        return await self._store.read(lambda tx: kept.live(tx, now))

    def note(self, subscription: KeptSubscription) -> None:
        """Keep one as it is now."""
        self._noted.note(subscription.id, subscription)

    def forget(self, id: str) -> None:
        """Keep it no more."""
        self._noted.note(id, None)

    def settled(self) -> asyncio.Future[None]:
        """Done once everything before this call is on disk; else it raises what the write raised."""
        return self._noted.settled()


def _put(tx: WriteTx, id: str, subscription: KeptSubscription | None) -> None:
    if subscription is None:
        kept.remove(tx, id)
    else:
        kept.put(tx, subscription)
