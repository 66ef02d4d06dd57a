"""A serving site: both sides, their listeners, and the integration between them."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Literal

from samband.deployment.places import Places, Ports
from samband.deployment.settings import Listen
from samband.ground import Ground
from samband.net import ports, tls
from samband.net.http_client import InProcessClient, SocketClient
from samband.net.http_routes import HttpRoutes
from samband.net.http_server import HttpServer
from samband.net.metering import Meters
from samband.serve.exchange_side import ExchangeParts, open_exchange
from samband.serve.lync_side import LyncParts, open_lync
from samband.wire.http import HttpRequest, HttpResponse

log = logging.getLogger(__name__)

Listener = Literal["https", "http", "smtp", "sip_tls", "sip_tcp", "sip_udp"]


@dataclass(frozen=True, slots=True)
class Served:
    """What is served, and where."""

    places: Places
    exchange: ExchangeParts | None
    lync: LyncParts | None


@asynccontextmanager
async def serve_site(ground: Ground) -> AsyncIterator[Served]:
    """Serve the site of ``ground`` for as long as the context lasts. Raises ``OSError`` where a port is taken."""
    site = ground.site
    places = Places(site, _ports(site.listen))
    _say_where(site.listen.address)
    meters = Meters()
    routes = HttpRoutes()
    async with AsyncExitStack() as stack:
        client = await _client(stack, ground, places, routes)
        exchange = None
        if site.roles.exchange:
            exchange = await open_exchange(stack, ground, places, routes, meters, client)
        lync = await open_lync(stack, ground, places, routes, meters) if site.roles.lync else None
        routes.add("/healthz", _healthy)
        routes.add("/metrics", meters.metrics)
        await _listen_http(stack, ground, places, routes)
        yield Served(places, exchange, lync)


def _ports(listen: Listen) -> Ports:
    def found(name: Listener) -> int | None:
        port = listen.port(name)
        return None if port is None else ports.take(listen.address, port, datagram=name == "sip_udp")

    return Ports(
        https=found("https") or 0,
        http=found("http"),
        smtp=found("smtp"),
        sip_tls=found("sip_tls") or 0,
        sip_tcp=found("sip_tcp"),
        sip_udp=found("sip_udp"),
    )


def _say_where(address: str) -> None:
    if not ipaddress.ip_address(address).is_loopback:
        log.warning("listening beyond this machine", extra={"address": address})


async def _client(stack: AsyncExitStack, ground: Ground, places: Places, routes: HttpRoutes) -> InProcessClient:
    """Outgoing HTTP: to this site's own names without a socket, else over TLS that trusts the site's CA too."""
    context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file)
    outside = SocketClient(context, places.hosts)
    stack.push_async_callback(outside.close)
    client = InProcessClient(outside)
    client.add((f"{name}:{places.ports.https}" for name in places.hosts), routes)
    return client


async def _listen_http(stack: AsyncExitStack, ground: Ground, places: Places, routes: HttpRoutes) -> None:
    server = HttpServer(routes)
    stack.push_async_callback(server.close)
    address = ground.site.listen.address
    names = [*places.hosts, address]
    pem = await asyncio.to_thread(ground.certificates.server, "web", names)
    await server.listen(address, places.ports.https, tls.server_context(pem, pem))
    if places.ports.http is not None:
        await server.listen(address, places.ports.http, None)


async def _healthy(_: HttpRequest) -> HttpResponse:
    return HttpResponse(200, [("Content-Type", "application/json")], b'{"status":"ok"}')
