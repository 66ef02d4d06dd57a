"""The SIP side of a site in one piece: what ``serve`` builds and listeners feed."""

from __future__ import annotations

import itertools
import logging
from collections.abc import Callable, Sequence
from typing import Protocol

from samband.directory.api import Directory
from samband.feed.api import Feed
from samband.lync.actions.bindings import Bindings
from samband.lync.actions.registration import Limits, Registrar
from samband.lync.sip.admission import Gate
from samband.lync.sip.bridge import Bridge
from samband.lync.sip.datagrams import Datagrams
from samband.lync.sip.flow import Flow, PartnerServer
from samband.lync.sip.inbound import Handlers
from samband.lync.sip.kept_bindings import KeptBindings
from samband.lync.sip.places import Places, Way
from samband.lync.sip.proxy import Proxy
from samband.lync.sip.registrar import RegistrarDoor
from samband.lync.sip.router import Router
from samband.lync.sip.routing import Routing
from samband.lync.sip.timers import Timers
from samband.lync.sip.transactions import Transactions
from samband.model.bindings import Binding
from samband.model.changes import Change, PersonChanged
from samband.wire.sip.stream import Event, MessageReader, StreamReader, read_datagram
from samband.wire.stun import answer_binding, is_stun

log = logging.getLogger(__name__)


class Reader(Protocol):
    """What makes messages of the bytes of one connection."""

    @property
    def idle(self) -> bool: ...

    def feed(self, data: bytes) -> list[Event]: ...


class Session:
    """One TCP, TLS or WebSocket connection: bytes in, messages served."""

    __slots__ = ("_reader", "_registrar", "_router", "flow")

    def __init__(self, router: Router, registrar: Registrar[Way], flow: Flow, reader: Reader) -> None:
        self._router = router
        self._registrar = registrar
        self._reader = reader
        self.flow = flow

    @property
    def idle(self) -> bool:
        """Whether no message is half received."""
        return self._reader.idle

    @property
    def settled(self) -> bool:
        """Whether somebody is signed in over this connection, or another organisation's server is there."""
        return self.flow.partner is not None or bool(self._registrar.on_connection(self.flow.connection))

    @property
    def alone(self) -> bool:
        """Whether it is the connection of one signed-in client."""
        return len(self._registrar.on_connection(self.flow.connection)) == 1

    def feed(self, data: bytes) -> None:
        """Serve what has arrived."""
        receive, flow = self._router.receive, self.flow
        for event in self._reader.feed(data):
            receive(event, flow)

    def lost(self) -> None:
        """The connection is gone, and all its bytes were fed."""
        self.flow.lost()


class DatagramSession:
    """One UDP listener."""

    __slots__ = ("_flows", "_router", "_send")

    def __init__(self, router: Router, flows: Datagrams, send: Callable[[bytes, tuple[str, int]], None]) -> None:
        self._router = router
        self._flows = flows
        self._send = send

    def feed(self, data: bytes, peer: tuple[str, int]) -> None:
        """Serve one datagram; a STUN keep-alive costs no memory [RFC5626 4.4.2]."""
        if is_stun(data):
            answer = answer_binding(data, peer)
            if answer is not None:
                self._send(answer, peer)
            return
        self._router.receive(read_datagram(data), self._flows.flow(peer))


Restoring = Callable[[tuple[str, int], Callable[[tuple[str, int]], Flow]], None]
"""Takes the place of a UDP listener, and what finds the flow of its peers."""
_WEB = frozenset({"ws", "wss"})
_MESSAGES = MessageReader()


class LyncSide:
    """Registrar, proxy and router over one set of timers.

    Doors of other families add their handlers with ``add`` and listen to ``registrar``.
    """

    def __init__(
        self,
        *,
        directory: Directory,
        guard: Gate,
        places: Places,
        now: Callable[[], float],
        token: Callable[[], str],
        feed: Feed | None = None,
        limits: Limits | None = None,
        bindings: Bindings | None = None,
        before: Sequence[Binding] = (),
    ) -> None:
        """``now``: seconds on a clock that never goes back; ``token``: a fresh random word of hex digits.

        ``bindings`` keeps the registrations that no connection ends, ``before`` are those of the server before.
        """
        self.directory = directory
        self.places = places
        self.now = now
        self.timers = Timers(now())
        self.transactions = Transactions(self.timers, guard.seal, token())
        self.router = Router(guard, self.transactions, token, places.host)
        self.registrar: Registrar[Way] = Registrar(now, limits or Limits())
        self._kept = None if bindings is None else KeptBindings(bindings, before, self.registrar, directory, now)
        door = RegistrarDoor(self.registrar, directory, places, self.router, self._kept)
        routing = self.routing = Routing(self.registrar, directory, places)
        self.bridge = Bridge(self.router, self.registrar, directory, self.timers, routing)
        self.proxy = Proxy(self.router, routing, places, self.timers, self.bridge)
        self.router.handlers[("REGISTER", "*")] = self.router.at_once["REGISTER"] = door.handle
        self.router.fallback = self.router.carry = self.proxy.handle
        self.router.is_abroad = routing.is_abroad
        self._numbers = itertools.count(1)
        self._restoring: list[Restoring] = []
        self._deaf = feed.listen({"directory"}, self.people_changed) if feed is not None else None

    def add(self, handlers: Handlers) -> None:
        """Serve more methods and event packages. Raises ``ValueError`` where one is taken."""
        taken = self.router.handlers.keys() & handlers.keys()
        if taken:
            raise ValueError(f"Served twice: {sorted(taken)}")
        self.router.handlers.update(handlers)

    def on_datagrams(self, restore: Restoring) -> None:
        """Call ``restore`` with the place of each UDP listener once it is bound and its registrations are back."""
        self._restoring.append(restore)

    # --- what listeners call

    def bound(self, host: str, port: int) -> None:
        """A listener is bound: addresses that name it are the server's own."""
        self.places.bound.add((host, port))

    def open(
        self,
        transport: str,
        peer: tuple[str, int],
        local: tuple[str, int],
        write: Callable[[bytes], None],
        close: Callable[[], None],
        names: frozenset[str] = frozenset(),
        chain: frozenset[str] = frozenset(),
        partner: PartnerServer | None = None,
    ) -> Session:
        """A peer connected by ``tcp``, ``tls``, ``ws`` or ``wss``.

        ``names``: the hosts that its checked certificate is for.

        ``chain``: fingerprints of the certificates that vouch for it, which say nothing more here: all are issued by
        this site. ``partner``: it is another organisation's server.
        """
        if partner is None:
            # A listener on every address of the machine learns here which of them clients know it by.
            self.places.bound.add(local)
        flow = Flow(transport, peer, local, next(self._numbers), write, close, names, partner=partner)
        flow.on_lost(self.transactions.lost)
        return Session(self.router, self.registrar, flow, _MESSAGES if transport in _WEB else StreamReader())

    def hosted(
        self, peer: tuple[str, int], write: Callable[[bytes], None], close: Callable[[], None], *, sessions: bool = True
    ) -> Flow:
        """The flow to an endpoint that lives in the server; ``sessions``: it speaks in those, as Lync clients do."""
        flow = Flow("tls", peer, (self.places.host, 5061), next(self._numbers), write, close, hosted=sessions)
        flow.on_lost(self.transactions.lost)
        return flow

    def datagrams(self, local: tuple[str, int], send: Callable[[bytes, tuple[str, int]], None]) -> DatagramSession:
        """A UDP listener is bound."""
        flows = Datagrams(local, send, self._numbers, self.transactions.lost, self._signed_in)
        if self._kept is not None:
            self._kept.restore(local, flows.flow)
        for restore in self._restoring:
            restore(local, flows.flow)
        return DatagramSession(self.router, flows, send)

    def _signed_in(self, flow: Flow) -> bool:
        return flow.kept_until > self.now()

    def tick(self) -> None:
        """Ring timers and end registrations: to be called about every ``timers.TICK`` seconds."""
        try:
            self.timers.advance(self.now())
            self.registrar.expire()
        except Exception:
            log.exception("A SIP timer failed")

    def close(self) -> None:
        """Stop listening to the feed."""
        if self._deaf is not None:
            self._deaf()

    # --- people

    def people_changed(self, changes: Sequence[Change]) -> None:
        """See ``look_at``; what the feed tells."""
        guids = frozenset(change.guid for change in changes if isinstance(change, PersonChanged))
        if guids:
            self.look_at(guids)

    def look_at(self, guids: frozenset[str]) -> None:
        """Sign out whoever of these was removed, disabled or given another address; none named: look at everyone."""
        for guid in guids or self.registrar.people():
            for address in self.registrar.addresses(guid):
                person = self.directory.by_guid(guid)
                if person is None or not person.enabled or person.sip.lower() != address:
                    self.registrar.sign_out(address, "rejected")
