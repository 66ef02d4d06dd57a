"""What listeners for SIP ask of the room that speaks it, and what they let peers ask of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

Address = tuple[str, int]


class StreamSession(Protocol):
    """One connection, as the SIP side sees it."""

    @property
    def idle(self) -> bool:
        """Whether no message is half received."""
        ...

    @property
    def settled(self) -> bool:
        """Whether somebody is signed in over this connection."""
        ...

    @property
    def alone(self) -> bool:
        """Whether it is the connection of one signed-in client: no gateway's, proxy's or server's."""
        ...

    def feed(self, data: bytes) -> None: ...

    def lost(self) -> None: ...


class DatagramSession(Protocol):
    """One UDP listener, as the SIP side sees it."""

    def feed(self, data: bytes, peer: Address) -> None: ...


class SipSide(Protocol):
    """What the listeners feed."""

    def bound(self, host: str, port: int) -> None: ...

    def open(
        self,
        transport: str,
        peer: Address,
        local: Address,
        write: Callable[[bytes], None],
        close: Callable[[], None],
        names: frozenset[str],
        chain: frozenset[str],
    ) -> StreamSession: ...

    def datagrams(self, local: Address, send: Callable[[bytes, Address], None]) -> DatagramSession: ...

    def tick(self) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What one peer may ask of the server. Times are in seconds."""

    unsent: int = 1024 * 1024
    """Bytes a peer may leave unread before its connection is dropped."""
    connections: int = 20_000
    connections_each: int = 2_000
    """Connections from one address."""
    handshake: float = 20.0
    """For a TLS handshake."""
    message: float = 30.0
    """For the rest of a message that has begun, and for the first one of a connection."""
    unsettled: float = 120.0
    """Of silence, before anybody signed in."""
    settled: float = 7_500.0
    """Of silence, afterwards: a little longer than the longest registration."""
