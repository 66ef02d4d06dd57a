"""What other rooms may ask of the feed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from samband.model.changes import Change


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

    def listen(self, scopes: Collection[str] | None, hear: Callable[[Sequence[Change]], None]) -> Callable[[], None]:
        """Call ``hear`` on the event loop with each batch; it must not block. Returns what stops it.

        An empty batch says that changes were lost: read state anew.
        """
        ...
