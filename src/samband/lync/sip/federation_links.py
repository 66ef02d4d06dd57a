"""Connections to other organisations' access edges: one a domain, made when there is something to send."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from typing import Final, Protocol

from samband.lync.sip import diagnostics
from samband.lync.sip.federation_dns import FederationDns, Unreachable
from samband.lync.sip.flow import Flow, PartnerServer
from samband.lync.sip.routing import Nowhere
from samband.lync.sip.timers import Timer, Timers
from samband.model.federation import FederatedDomain, FederationPolicy

log = logging.getLogger(__name__)

MOST: Final = 1000
"""Most partners connected to at one time."""
WAITING: Final = 256 * 1024
"""Most bytes that wait for a connection."""
PATIENCE: Final = 20.0
"""Seconds to find a partner and connect: less than a transaction lives."""
ADDRESSES: Final = 4
"""Most addresses of one server that are tried."""
FIRST_REST, LONGEST_REST = 2.0, 120.0
"""Seconds in which a partner that could not be reached is not tried again; twice as long each time."""
PING: Final = 240.0
"""Seconds between two keep-alives [RFC5626 3.5.1]."""


class Line(Protocol):
    """An open connection."""

    def send(self, data: bytes) -> None: ...

    def close(self) -> None:
        """Close; ``lost`` follows."""
        ...


class Untrusted(OSError):
    """The server's certificate is not good, or not for its host."""


class Dial(Protocol):
    """Connects, with this site's certificate, to a server whose certificate must be for ``host``.

    ``authorities`` (PEM) must have issued it, or where that is empty one the machine trusts. Raises ``OSError``,
    ``Untrusted`` among them.
    """

    async def __call__(
        self,
        address: str,
        port: int,
        host: str,
        authorities: str,
        feed: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> Line: ...


class Session(Protocol):
    """One connection, as the SIP side sees it."""

    flow: Flow

    def feed(self, data: bytes) -> None: ...

    def lost(self) -> None: ...


OpenSession = Callable[[PartnerServer, Callable[[bytes], None], Callable[[], None]], Session]
"""Makes a session for a partner: what writes to it, what closes it."""


class FederationLinks:
    """Every connection that this side made to partners."""

    def __init__(
        self,
        policy: Callable[[], FederationPolicy],
        dns: FederationDns,
        dial: Dial,
        open_session: OpenSession,
        timers: Timers,
    ) -> None:
        self.policy = policy
        self.dns = dns
        self.dial = dial
        self.open_session = open_session
        self.timers = timers
        self._links: dict[str, _Link] = {}
        self._failed: dict[str, tuple[float, float, diagnostics.Diagnosis]] = {}
        """Domain -> until when it rests, how long that is, and why."""

    def __len__(self) -> int:
        return len(self._links)

    def speaks_with(self, domain: str) -> bool:
        """Whether requests may go to ``domain``."""
        return self.policy().standing(domain).open

    def flow(self, domain: str) -> Flow | Nowhere:
        """The way to a partner, which may still be about to open; or why there is none."""
        if not self.speaks_with(domain):
            return Nowhere(403, diagnostics.DOMAIN_UNKNOWN)
        link = self._links.get(domain)
        if link is None:
            until, _, why = self._failed.get(domain, (0.0, 0.0, diagnostics.OFFLINE))
            if until > self.timers.now:
                return Nowhere(504, why)
            if len(self._links) >= MOST:
                return Nowhere(503, diagnostics.OFFLINE)
            link = self._links[domain] = _Link(self, domain, self.policy().entry(domain))
        return link.flow

    def changed(self) -> None:
        """The policy is another one: connections that it does not want any more end."""
        self._failed.clear()
        for domain, link in list(self._links.items()):
            if not self.speaks_with(domain) or self.policy().entry(domain) != link.entry:
                link.close()

    def close(self) -> None:
        """End every connection."""
        for link in list(self._links.values()):
            link.close()

    # --- what links call

    def opened(self, domain: str) -> None:
        """It is reached."""
        self._failed.pop(domain, None)

    def ended(self, domain: str, why: diagnostics.Diagnosis | None) -> None:
        """A link is no more; ``why`` it could not be made, where it was not."""
        self._links.pop(domain, None)
        if why is not None:
            _, before, _ = self._failed.pop(domain, (0.0, FIRST_REST / 2, why))
            rest = min(2 * before, LONGEST_REST)
            while len(self._failed) >= MOST:
                del self._failed[next(iter(self._failed))]
            self._failed[domain] = (self.timers.now + rest, rest, why)


class _Link:
    """One connection, from the wish for it to its end."""

    def __init__(self, links: FederationLinks, domain: str, entry: FederatedDomain) -> None:
        self._links = links
        self._domain = domain
        self.entry = entry
        self._line: Line | None = None
        self._waiting: list[bytes] = []
        self._size = 0
        self._ended = False
        self._ping: Timer | None = None
        self._session = links.open_session(PartnerServer(domain=domain), self._write, self.close)
        self.flow = self._session.flow
        self._task = asyncio.get_running_loop().create_task(self._connect(), name=f"federation with {domain}")

    def close(self) -> None:
        """End it, open or not."""
        if self._line is not None:
            self._line.close()
        else:
            self._task.cancel()
            self._end(None)

    def _write(self, data: bytes) -> None:
        if self._line is not None:
            self._line.send(data)
            return
        self._size += len(data)
        if self._size > WAITING:
            log.warning("too much waits for the connection with %s", self._domain)
            self.close()
        else:
            self._waiting.append(data)

    async def _connect(self) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                line, lost = await self._reach()
        except Unreachable as error:
            self._fail(error.diagnosis)
        except Untrusted as error:
            log.warning("federation: the server of %s is not to be trusted: %s", self._domain, error)
            self._fail(diagnostics.NOT_TRUSTED)
        except OSError as error:
            log.info("federation: no connection with %s: %s", self._domain, error)
            self._fail(diagnostics.OFFLINE)
        except Exception:
            log.exception("federation: no connection with %s", self._domain)
            self._fail(diagnostics.OFFLINE)
        else:
            self._open(line, lost)

    async def _reach(self) -> tuple[Line, asyncio.Event]:
        """The first server that answers, and what tells when it is lost. Raises ``Unreachable`` and ``OSError``."""
        server = self.entry.server
        found = await self._links.dns.servers(self._domain) if server is None else ()
        places = [server] if server is not None else [(one.target, one.port) for one in found]
        worst: Exception = Unreachable(diagnostics.NO_SRV)
        for host, port in places:
            try:
                addresses = await self._links.dns.addresses(host)
            except Unreachable as error:
                worst = error
                continue
            for address in addresses[:ADDRESSES]:
                lost = asyncio.Event()
                hear = partial(self._lost, lost)
                try:
                    line = await self._links.dial(address, port, host, self.entry.authorities, self._session.feed, hear)
                except OSError as error:
                    worst = error
                else:
                    return line, lost
        raise worst

    def _open(self, line: Line, lost: asyncio.Event) -> None:
        if self._ended or lost.is_set():
            line.close()
            self._fail(diagnostics.OFFLINE)
            return
        self._line = line
        self._links.opened(self._domain)
        waiting, self._waiting = self._waiting, []
        line.send(b"".join(waiting))
        self._rest()

    def _rest(self, _: object = None) -> None:
        if self._line is not None and not self._ended:
            if self._ping is not None:
                self._line.send(b"\r\n\r\n")
            self._ping = self._links.timers.after(PING, self._rest)

    def _fail(self, why: diagnostics.Diagnosis) -> None:
        self.flow.why = (504, why)
        self._end(why)

    def _lost(self, lost: asyncio.Event) -> None:
        lost.set()
        if self._line is not None:
            self._end(None)

    def _end(self, why: diagnostics.Diagnosis | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._line = None
        if self._ping is not None:
            self._links.timers.cancel(self._ping)
        self._links.ended(self._domain, why)
        self._session.lost()
