"""Federation of a serving site: the policy, the access edge's listener, and connections to partners."""

from __future__ import annotations

import asyncio
import logging
import random
import ssl
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import lru_cache, partial
from pathlib import Path

from samband.deployment.places import Places
from samband.ground import Ground
from samband.lync.actions.federation import Federation
from samband.lync.sip import places as sip_places
from samband.lync.sip.federation_dns import FederationDns
from samband.lync.sip.federation_links import FederationLinks, Line, Untrusted
from samband.lync.sip.flow import PartnerServer
from samband.lync.sip.lync_side import LyncSide, Session
from samband.lync.sip.visitors import Visitors
from samband.model.federation import FederationPolicy
from samband.net import tls
from samband.net.metering import Meters
from samband.net.sip_server import SipServer
from samband.net.sip_side import Bounds, DatagramSession
from samband.net.sip_stream import SipStream
from samband.serve.naming import resolver
from samband.serve.sip_proofs import random_token

log = logging.getLogger(__name__)

_BOUNDS = Bounds(connections=2000, connections_each=50)


class AccessEdge:
    """What a site needs to speak with others; ``visitors`` judges what comes in, ``open`` lets it come."""

    def __init__(self, ground: Ground, places: Places, where: sip_places.Places) -> None:
        self._ground = ground
        self._places = places
        self._where = where
        self.federation = Federation(ground.store, ground.feed, ground.site.organisation.all_sip_domains)
        self._dns = FederationDns(resolver(places), time.monotonic, random.random)
        self.visitors = Visitors(
            self._policy,
            self._dns,
            ground.directory,
            where,
            fingerprints=lru_cache(maxsize=1024)(tls.fingerprints),
            token=random_token,
            now=time.monotonic,
        )

    def _policy(self) -> FederationPolicy:
        return self.federation.policy

    async def open(self, stack: AsyncExitStack, side: LyncSide, meters: Meters) -> None:
        """Listen, and let requests out. Raises ``OSError`` where the port is taken."""
        port = self._places.ports.sip_federation
        if port is None:
            return
        stack.callback(self.federation.close)
        await self.federation.start()
        address = self._ground.site.listen.address
        names = [*self._places.hosts, address]
        pem = await asyncio.to_thread(self._ground.certificates.listener, names)
        listening = await asyncio.to_thread(tls.PartnerListener, pem, _authorities(self._policy()))
        server = SipServer(_PartnersSide(side), _BOUNDS)
        stack.push_async_callback(server.close)
        await server.listen(address, port, listening.context)
        links = FederationLinks(
            self._policy,
            self._dns,
            partial(_dial, pem),
            partial(_session, side, (self._where.host, port)),
            side.timers,
        )
        stack.callback(links.close)
        side.routing.partners = links

        def changed() -> None:
            listening.trust(_authorities(self._policy()))
            links.changed()
            self.visitors.changed()

        self.federation.mirror.listen(changed)
        meters.gauge("samband_federation_connections", "Connections made to partners.", lambda: len(links))
        meters.gauge("samband_federation_visits", "Connections made by partners.", lambda: server.connections)


class _PartnersSide:
    """The SIP side as the access edge's listener meets it: everyone there is another organisation's server."""

    def __init__(self, side: LyncSide) -> None:
        self._side = side
        self.bound = side.bound

    def open(
        self,
        transport: str,
        peer: tuple[str, int],
        local: tuple[str, int],
        write: Callable[[bytes], None],
        close: Callable[[], None],
        names: frozenset[str],
        chain: frozenset[str],
    ) -> Session:
        return self._side.open(transport, peer, local, write, close, partner=PartnerServer(names, chain))

    def datagrams(self, local: tuple[str, int], send: Callable[[bytes, tuple[str, int]], None]) -> DatagramSession:
        raise OSError("partners come by TLS alone")

    def tick(self) -> None:
        """The other listeners see to the timers."""


def _session(
    side: LyncSide,
    local: tuple[str, int],
    partner: PartnerServer,
    write: Callable[[bytes], None],
    close: Callable[[], None],
) -> Session:
    """A connection of ours: what it says of itself is where this site listens, not the port it happens to have."""
    return side.open("tls", (partner.domain, 0), local, write, close, partner=partner)


async def _dial(
    own: Path,
    address: str,
    port: int,
    host: str,
    authorities: str,
    feed: Callable[[bytes], None],
    lost: Callable[[], None],
) -> Line:
    """See ``federation_links.Dial``."""
    try:
        context = await asyncio.to_thread(tls.partner_caller_context, own, authorities)
        stream = await SipStream.connect(address, port, host, context, feed, lost)
    except ssl.SSLError as error:
        raise Untrusted(error.reason or "TLS failed") from None
    if host not in stream.names:
        # What a wildcard names may be anybody's [RFC5922 7.2].
        stream.close()
        raise Untrusted(f"its certificate does not name {host}")
    return stream


def _authorities(policy: FederationPolicy) -> str:
    return "\n".join(one.authorities for one in policy.domains if one.authorities and not one.blocked)
