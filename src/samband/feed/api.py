"""What other rooms may ask of the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any, Protocol

from samband.model.changes import Change

Hear = Callable[[Sequence[Change]], asyncio.Future[Any] | None]
"""Takes a batch of changes on the event loop, and must not block. An empty batch says that changes were lost: read
state anew. It returns what it set off to bring memory up to date, if anything."""


class Overflow(Exception):
    """The reader was too slow and changes were dropped: read state anew, then go on with ``Subscription.get``."""


class Subscription(Protocol):
    """A bounded queue of committed changes, in the order of their numbers."""

    async def get(self) -> Sequence[Change]:
        """Wait for changes and take all that are there. Raises ``Overflow`` once after changes were dropped."""
        ...

    def close(self) -> None:
        """Leave the feed. A waiting ``get`` is cancelled."""
        ...


class Feed(Protocol):
    """Committed changes as they become durable, also those another process wrote."""

    def subscribe(self, scopes: Collection[str] | None, limit: int = 4096) -> Subscription:
        """Hear the changes of ``scopes`` (None: all) from now on; at most ``limit`` wait unread."""
        ...

    def listen(self, scopes: Collection[str] | None, hear: Hear) -> Callable[[], None]:
        """Call ``hear`` with each batch of changes of ``scopes``. Returns what stops it."""
        ...
