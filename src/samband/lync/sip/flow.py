"""A flow: one connection of a client, or one UDP peer of a listener [RFC5626 3]."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from samband.trust.sip.association import SecurityAssociation

if TYPE_CHECKING:
    from samband.lync.sip.brief_transactions import BriefTransaction
    from samband.lync.sip.transactions import ClientTransaction, ServerTransaction

ServerKey = tuple[str, str, str]
"""Top Via, Call-ID and CSeq as they were received: also a request without branch is told from every other."""


@dataclass(frozen=True, slots=True)
class PartnerServer:
    """A server of another organisation at the other end of a mutual TLS connection."""

    names: frozenset[str] = frozenset()
    """The hosts its checked certificate is for."""
    chain: frozenset[str] = frozenset()
    """SHA-256, in hex, of that certificate and of those that vouch for it."""
    domain: str = ""
    """The domain it was called for, where the connection is one this server made."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """A person of another organisation, whose own server vouches for them; or a guest, who has no account."""

    address: str
    """``user@domain`` in lower case."""
    name: str = ""
    """What they are called; empty where that is not known."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


class Flow:
    """Where messages came from and may be sent back to.

    ``connection`` is a number that is never used twice in the life of the process, so that state bound to a connection
    (security associations, registrations) cannot be taken over by a later peer with the same address.
    """

    __slots__ = (
        "__weakref__",
        "_close",
        "_on_lost",
        "_write",
        "associations",
        "brief",
        "clients",
        "closed",
        "connection",
        "hosted",
        "kept_until",
        "let_in",
        "local",
        "names",
        "parameter",
        "partner",
        "peer",
        "proven",
        "reliable",
        "route",
        "servers",
        "sibling",
        "transport",
        "via",
        "why",
    )

    def __init__(
        self,
        transport: str,
        peer: tuple[str, int],
        local: tuple[str, int],
        connection: int,
        write: Callable[[bytes], None],
        close: Callable[[], None],
        names: frozenset[str] = frozenset(),
        *,
        hosted: bool = False,
        partner: PartnerServer | None = None,
    ) -> None:
        self.transport: Final = transport
        """``tcp``, ``tls``, ``udp``, ``ws`` or ``wss``."""
        self.parameter: Final = "ws" if transport == "wss" else transport
        """What it is called in addresses: there the two kinds of WebSocket have one name [RFC7118]."""
        self.peer: Final = peer
        self.local: Final = local
        self.connection: Final = connection
        self.names: Final = names
        """Host names in the checked certificate that the peer of a TLS connection showed; most show none."""
        self.hosted: Final = hosted
        """Whether it leads to an endpoint that lives in the server."""
        self.partner: Final = partner
        """Who is there, where it is another organisation's server; None for everybody else."""
        self.why: tuple[int, tuple[int, str]] | None = None
        """The status and diagnosis of requests that are lost with this flow, where more is known than that."""
        self.associations: dict[str, SecurityAssociation] = {}
        """Security associations made on this flow, by their ``opaque``."""
        self.proven: dict[str, str] = {}
        """Addresses (``user@domain``) that a Digest REGISTER proved here, with whose they are (objectGUID)."""
        self.clients: dict[str, ClientTransaction] = {}
        """Requests sent on this flow that wait for a response, by branch."""
        self.brief: dict[str, BriefTransaction] = {}
        """Those of them that wait for a final response and for nothing else."""
        self.servers: dict[ServerKey, ServerTransaction] = {}
        """Requests received on this flow that are being served."""
        self.reliable: Final = transport != "udp"
        """Whether the transport itself repeats lost bytes: all but UDP."""
        host = f"[{local[0]}]" if ":" in local[0] else local[0]
        self.via: Final = f"SIP/2.0/{transport.upper()} {host}:{local[1]};branch="
        """What a Via of ours begins with on this flow."""
        self.route: Final = f"<sip:{host}:{local[1]};transport={self.parameter};lr>"
        """Our Record-Route on this flow."""
        self.sibling: Callable[[int], Flow] | None = None
        """UDP: the flow to another port of the same peer."""
        self.closed = False
        self.let_in = False
        """Whether a sign-in has been let begin over it."""
        self.kept_until = 0.0
        """Until when, on the clock of registrations, somebody is signed in over it at the longest."""
        self._write = write
        self._close = close
        self._on_lost: list[Callable[[Flow], None]] = []

    def send(self, data: bytes) -> None:
        """Send one message. Never waits: a peer that does not read is cut off by the listener."""
        if not self.closed:
            self._write(data)

    def close(self) -> None:
        """Ask for the end of the connection; ``lost`` follows."""
        if not self.closed:
            self._close()

    def on_lost(self, hear: Callable[[Flow], None]) -> None:
        """Call ``hear`` once when the connection is gone."""
        self._on_lost.append(hear)

    def lost(self) -> None:
        """Told by the listener once the connection is gone and all that it had sent has been served."""
        if self.closed:
            return
        self.closed = True
        listeners, self._on_lost = self._on_lost, []
        for hear in listeners:
            hear(self)
        self.associations.clear()
        self.proven.clear()

    def __repr__(self) -> str:
        return f"<Flow {self.connection} {self.transport} {self.peer[0]}:{self.peer[1]}>"
