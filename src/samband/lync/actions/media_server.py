"""What the verbs of media want of a server that carries sound and pictures: rooms, and seats in them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

Kind = Literal["audio", "video"]


class MediaFailed(Exception):
    """The server did not do what was asked; ``gone``: it is not there at all, or has forgotten everything."""

    def __init__(self, text: str, *, gone: bool = False) -> None:
        super().__init__(text)
        self.gone = gone


@dataclass(frozen=True, slots=True)
class Track:
    """One medium that is received: its mid in the offer, ``audio`` or ``video``, and the feed it comes from."""

    mid: str
    kind: str
    feed: int


@dataclass(frozen=True, slots=True)
class Offer:
    """What the server offers to send: a session description [RFC8866], and whose media it has."""

    sdp: str
    tracks: tuple[Track, ...]


class Hearer(Protocol):
    """Told what happens to a seat without having been asked for."""

    def sends(self) -> None:
        """What it publishes arrives at the server: from now on others may watch it."""
        ...

    def talking(self, active: bool) -> None:
        """Whoever has the seat began to speak, or stopped."""
        ...

    def receives(self) -> None:
        """What others send has a way to the seat."""
        ...

    def deaf(self) -> None:
        """What the seat received has ended; it may watch again, everything anew."""
        ...

    def lost(self) -> None:
        """The seat is no more, or nothing arrives from it any longer."""
        ...


class MediaSeat(Protocol):
    """Somebody's place in a room. All of it raises ``MediaFailed``, but for ``leave``."""

    @property
    def feed(self) -> int:
        """The number that others watch it by."""
        ...

    async def publish(self, offer: str) -> str:
        """Begin to send; the server's answer."""
        ...

    async def mute(self, kind: Kind, muted: bool) -> None:
        """Let nothing of what it sends reach anybody, or let it again; once it sends."""
        ...

    async def watch(self, feeds: Sequence[int]) -> Offer:
        """Receive more feeds: the server's offer, which must be answered before the next is asked for."""
        ...

    async def answer(self, sdp: str) -> None:
        """Accept what was offered. Where that fails, everything that is received begins anew with the next offer."""
        ...

    async def leave(self) -> None:
        """Give the seat up."""
        ...


class MediaRoom(Protocol):
    """The room of one conference."""

    async def enter(self, name: str, hear: Hearer) -> MediaSeat:
        """A seat in it. Raises ``MediaFailed``."""
        ...

    async def close(self) -> None:
        """End it, whoever is in."""
        ...


class MediaServer(Protocol):
    """A server that forwards what people send to those who watch them."""

    @property
    def available(self) -> bool:
        """Whether it answers now."""
        ...

    def listen(self, changed: Callable[[bool], None]) -> None:
        """Tell ``changed`` whenever it has come or gone."""
        ...

    async def open(self) -> MediaRoom:
        """A new room. Raises ``MediaFailed``."""
        ...
