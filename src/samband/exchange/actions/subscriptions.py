"""One subscription to the events of a mailbox: a bounded queue, and the connection that waits for it."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from samband.model.notifications import Event, EventKind, Mark

LAST_PLACE = 2**31 - 1
"""No event of a write stands after this."""


class Subscription:
    """Events of some folders (None: all) of a mailbox, kept until they are taken or too many wait.

    ``owner`` may use it; ``life`` is how long it lives unused. A subscription outlives its connections.
    """

    __slots__ = (
        "_events", "_limit", "connection", "folders", "id", "kinds", "life", "mailbox", "overflowed", "owner", "pull",
        "push", "root", "seen", "used", "visiting",
    )  # fmt: skip

    def __init__(
        self,
        id_: str,
        owner: str,
        mailbox: str,
        root: int,
        folders: frozenset[int] | None,
        kinds: frozenset[EventKind],
        *,
        pull: bool,
        push: bool = False,
        life: timedelta,
        limit: int,
        now: datetime,
        visiting: bool = False,
    ) -> None:
        self.id = id_
        self.owner = owner
        self.mailbox = mailbox
        self.root = root
        self.folders = folders
        self.kinds = kinds
        self.pull = pull
        self.push = push
        self.life = life
        self.used = now
        self.seen = Mark(0, LAST_PLACE)
        """Events up to here are not told any more."""
        self.overflowed = False
        self.visiting = visiting
        """Whether its folders are somebody else's: it ends when one of them is changed, perhaps in who may read it."""
        self.connection: Connection | None = None
        self._events: deque[Event] = deque()
        self._limit = limit

    def expired(self, now: datetime) -> bool:
        """Whether nobody used it for too long."""
        return self.connection is None and now - self.used > self.life

    def offer(self, events: Iterable[Event]) -> None:
        """Keep those of ``events`` it is about; drop everything where too many wait."""
        wanted = [event for event in events if self._wants(event)]
        if not wanted or self.overflowed:
            return
        if len(self._events) + len(wanted) > self._limit:
            self._events.clear()
            self.overflowed = True
        else:
            self._events.extend(wanted)
        if self.connection is not None:
            self.connection.wake()

    def _wants(self, event: Event) -> bool:
        return (
            event.kind in self.kinds
            and event.mark > self.seen
            and (self.folders is None or event.concerns(self.folders))
        )

    def take(self) -> Sequence[Event]:
        """Every event that waits; they are gone from here."""
        taken = list(self._events)
        self._events.clear()
        return taken

    def after(self, mark: Mark, limit: int) -> tuple[Sequence[Event], bool]:
        """At most ``limit`` events after ``mark``, which stay, and whether there are more; those before it go."""
        while self._events and self._events[0].mark <= mark:
            self._events.popleft()
        found = [event for event, _ in zip(self._events, range(limit), strict=False)]
        return found, len(self._events) > len(found)

    @property
    def waiting(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._events) or self.overflowed


class Connection:
    """A client that waits for several subscriptions at once."""

    def __init__(self, subscriptions: Sequence[Subscription]) -> None:
        self._subscriptions = list(subscriptions)
        self._woken = asyncio.Event()
        for subscription in self._subscriptions:
            if subscription.connection is not None:
                # The newest connection of a subscription gets its events.
                subscription.connection.leave(subscription)
            subscription.connection = self
        if any(subscription.waiting for subscription in self._subscriptions):
            self._woken.set()

    @property
    def subscriptions(self) -> Sequence[Subscription]:
        """Those that still belong to this connection."""
        return self._subscriptions

    def wake(self) -> None:
        """There is something to take, or one subscription less."""
        self._woken.set()

    def leave(self, subscription: Subscription) -> None:
        """``subscription`` ended, or belongs to another connection."""
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
            subscription.connection = None
            self.wake()

    async def wait(self, timeout: float) -> bool:
        """Wait until there is something, at most ``timeout`` seconds; whether there is."""
        try:
            async with asyncio.timeout(max(timeout, 0.0)):
                await self._woken.wait()
        except TimeoutError:
            return False
        self._woken.clear()
        return True

    def close(self, now: datetime) -> None:
        """The client is gone; its subscriptions live on for their time."""
        for subscription in self._subscriptions:
            subscription.connection = None
            subscription.used = now
        self._subscriptions.clear()
