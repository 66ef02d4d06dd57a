"""A serving site: both sides, their listeners, and the integration between them."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial

from samband.deployment.places import Places
from samband.feed.follow import hear_now
from samband.ground import Ground
from samband.net import tls
from samband.net.garbage import rare_collections
from samband.net.http_routes import HttpRoutes
from samband.net.http_server import HttpServer
from samband.net.knock import answering
from samband.net.metering import Meters
from samband.serve.exchange_side import ExchangeParts, open_exchange
from samband.serve.faults import Faults
from samband.serve.lync_side import LyncParts, open_lync
from samband.serve.naming import open_name_server
from samband.serve.outgoing import open_client
from samband.serve.paths import add_metadata, taken_ports
from samband.serve.trust import open_trust
from samband.serve.upkeep import start_upkeep
from samband.wire.http import HttpHandler, HttpRequest, HttpResponse
from samband.wire.sip.native import READER

SIP_PATH = "/sip"
"""Where SIP over WebSocket is served."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, and where."""

    places: Places
    exchange: ExchangeParts | None
    lync: LyncParts | None


@asynccontextmanager
async def serve_site(ground: Ground, faults: Faults | None = None) -> AsyncIterator[Served]:
    """Serve the site of ``ground`` for as long as the context lasts. Raises ``OSError`` where a port is taken.

    ``faults`` are those of a demo, which has them strike what it serves.
    """
    site = ground.site
    places = Places(site, taken_ports(site.listen, probe=True))
    _say_where(site.listen.address)
    meters = Meters()
    routes = HttpRoutes()
    async with AsyncExitStack() as stack:
        stack.enter_context(rare_collections())
        await stack.enter_async_context(answering(ground.folder, partial(hear_now, ground.store, ground.feed)))
        client = await stack.enter_async_context(open_client(ground, places, routes))
        trusts = await stack.enter_async_context(open_trust(ground, places, client))
        add_metadata(routes, site.host_names, trusts)
        start_upkeep(stack, trusts)
        exchange = lync = None
        if site.roles.exchange:
            exchange = await open_exchange(stack, ground, places, routes, meters, trusts["exchange"], client)
        if site.roles.lync:
            log.info("SIP is read in %s", READER)
            lync = await open_lync(stack, ground, places, routes, meters, trusts["lync"], client, faults)
        routes.add("/healthz", _healthy)
        routes.add("/metrics", meters.metrics)
        handler = routes if faults is None else faults.before_http(routes, places.origins)
        await _listen_http(stack, ground, places, handler, lync)
        if lync is not None:
            # A Lync client that is back before the web services, where it gets its certificate, gives up for good.
            await lync.listen()
        await open_name_server(stack, ground, places)
        if lync is not None:
            stack.push_async_callback(lync.end)
        yield Served(places, exchange, lync)


def _say_where(address: str) -> None:
    if not ipaddress.ip_address(address).is_loopback:
        log.warning("listening beyond this machine", extra={"address": address})


async def _listen_http(
    stack: AsyncExitStack, ground: Ground, places: Places, routes: HttpHandler, lync: LyncParts | None
) -> None:
    sockets = lync.websockets if lync is not None else None
    server = HttpServer(routes, upgrades={} if sockets is None else {SIP_PATH: sockets})
    stack.push_async_callback(server.close)
    address = ground.site.listen.address
    names = [*places.hosts, address]
    pem = await asyncio.to_thread(ground.certificates.listener, names)
    await server.listen(address, places.ports.https, tls.server_context(pem, pem))
    if places.ports.http is not None:
        await server.listen(address, places.ports.http, None)


async def _healthy(_: HttpRequest) -> HttpResponse:
    return HttpResponse(200, [("Content-Type", "application/json")], b'{"status":"ok"}')
