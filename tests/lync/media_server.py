"""A media server in memory: it describes what it would do, and does what the test tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

from samband.lync.actions.media_server import Hearer, Kind, MediaFailed, Offer, Track


class FakeServer:
    """See ``MediaServer``."""

    def __init__(self) -> None:
        self.available = True
        self.rooms: list[FakeRoom] = []
        self.failing = False
        self.slow: asyncio.Event | None = None
        """Whoever opens a room waits for this."""
        self._changed: Callable[[bool], None] = lambda _available: None

    def listen(self, changed: Callable[[bool], None]) -> None:
        self._changed = changed

    async def open(self) -> FakeRoom:
        if self.failing:
            raise MediaFailed("it fails", gone=True)
        if self.slow is not None:
            await self.slow.wait()
        self.rooms.append(FakeRoom())
        return self.rooms[-1]

    @property
    def seats(self) -> list[FakeSeat]:
        """All that were ever taken, of all rooms."""
        return [seat for room in self.rooms for seat in room.seats]

    def dies(self) -> None:
        self.available = False
        for seat in self.seats:
            if not seat.left:
                seat.hear.lost()
        self._changed(False)

    def returns(self) -> None:
        self.available = True
        self._changed(True)


class FakeRoom:
    """See ``MediaRoom``."""

    def __init__(self) -> None:
        self.seats: list[FakeSeat] = []
        self.closed = False
        self.slow: asyncio.Event | None = None
        """Who enters waits for this."""

    async def enter(self, name: str, hear: Hearer) -> FakeSeat:
        if self.slow is not None:
            await self.slow.wait()
        self.seats.append(FakeSeat(name, hear, 100 + len(self.seats)))
        return self.seats[-1]

    async def close(self) -> None:
        self.closed = True


class FakeSeat:
    """See ``MediaSeat``."""

    def __init__(self, name: str, hear: Hearer, feed: int) -> None:
        self.name = name
        self.hear = hear
        self.feed = feed
        self.left = False
        self.unanswered = False
        self.hurried = False
        """Whether it was asked for an offer before the last one was answered."""
        self.muted: set[Kind] = set()
        self.watched: list[int] = []
        self.answers: list[str] = []
        self.refusing = ""
        self.refused = 0

    async def publish(self, offer: str) -> str:
        self._refuse("publish")
        return f"answer to {offer}"

    async def mute(self, kind: Kind, muted: bool) -> None:
        self._refuse("mute")
        (self.muted.add if muted else self.muted.discard)(kind)

    async def watch(self, feeds: Sequence[int]) -> Offer:
        self.hurried |= self.unanswered
        self._refuse("watch")
        self.unanswered = True
        self.watched += feeds
        tracks = [Track(f"{feed}{kind[0]}", kind, feed) for feed in self.watched for kind in ("audio", "video")]
        return Offer(f"offer of {self.watched}", tuple(tracks))

    async def answer(self, sdp: str) -> None:
        self.unanswered = False
        self._refuse("answer")
        self.answers.append(sdp)

    async def leave(self) -> None:
        self.left = True

    def _refuse(self, what: str) -> None:
        if self.refusing == what:
            self.refused += 1
            raise MediaFailed(f"no {what}")
