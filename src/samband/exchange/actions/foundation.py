"""What every family of verbs stands on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from samband.directory.api import Directory
from samband.exchange.actions.settings import ExchangeSettings
from samband.feed.api import Feed
from samband.store.api import Store


@dataclass(frozen=True, slots=True)
class Foundation:
    """Rooms and values from outside. ``clock`` gives aware UTC; ``entropy(n)`` gives ``n`` unguessable bytes."""

    store: Store
    feed: Feed
    directory: Directory
    clock: Callable[[], datetime]
    settings: ExchangeSettings
    entropy: Callable[[int], bytes]
