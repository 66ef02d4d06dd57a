"""The feed of one process: what the store committed, in order, once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from typing import Any

from samband.feed.api import Hear
from samband.feed.subscriptions import Hearer, Listener, QueuedSubscription
from samband.model.changes import Change


class LocalFeed:
    """A ``Feed`` that is told of commits on the event loop by ``publish``."""

    def __init__(self) -> None:
        self.published = 0
        """Every change up to this number has been handed on."""
        # Dictionaries for their order: who came first hears first.
        self._of_scope: dict[str, dict[Hearer, None]] = {}
        self._of_all: dict[Hearer, None] = {}
        self._set_off: set[asyncio.Future[Any]] = set()

    def publish(self, upto: int, changes: Sequence[Change]) -> None:
        """Hand on ``changes``, which are all up to number ``upto`` that may be new here; known ones are passed over."""
        if upto <= self.published:
            return
        known, self.published = self.published, upto
        for hearer, heard in self._sort([change for change in changes if change.seq > known]).items():
            self._note(hearer.offer(heard))

    def skip(self, upto: int) -> None:
        """Changes up to ``upto`` cannot be had any more: everyone is to read state anew."""
        self.published = max(self.published, upto)
        everyone = dict(self._of_all)
        for hearers in self._of_scope.values():
            everyone.update(hearers)
        for hearer in everyone:
            self._note(hearer.lose())

    async def settled(self) -> None:
        """Wait until everybody has taken in what was handed on so far."""
        if set_off := tuple(self._set_off):
            await asyncio.wait(set_off)

    def _note(self, work: asyncio.Future[Any] | None) -> None:
        # A reader that is slow has one for all that waits for it.
        if work is not None and work not in self._set_off:
            self._set_off.add(work)
            work.add_done_callback(self._set_off.discard)

    def subscribe(self, scopes: Collection[str] | None, limit: int = 4096) -> QueuedSubscription:
        def leave(subscription: QueuedSubscription) -> None:
            self._leave(subscription, scopes)

        subscription = QueuedSubscription(limit, leave)
        self._join(subscription, scopes)
        return subscription

    def listen(self, scopes: Collection[str] | None, hear: Hear) -> Callable[[], None]:
        listener = Listener(hear)
        self._join(listener, scopes)

        def stop() -> None:
            listener.stop()
            self._leave(listener, scopes)

        return stop

    def _sort(self, changes: Sequence[Change]) -> dict[Hearer, list[Change]]:
        sorted_out: dict[Hearer, list[Change]] = {hearer: list(changes) for hearer in self._of_all if changes}
        for change in changes:
            for hearer in self._of_scope.get(change.scope, ()):
                sorted_out.setdefault(hearer, []).append(change)
        return sorted_out

    def _join(self, hearer: Hearer, scopes: Collection[str] | None) -> None:
        if scopes is None:
            self._of_all[hearer] = None
        else:
            for scope in scopes:
                self._of_scope.setdefault(scope, {})[hearer] = None

    def _leave(self, hearer: Hearer, scopes: Collection[str] | None) -> None:
        self._of_all.pop(hearer, None)
        for scope in scopes or ():
            hearers = self._of_scope.get(scope, {})
            hearers.pop(hearer, None)
            if not hearers:
                self._of_scope.pop(scope, None)
