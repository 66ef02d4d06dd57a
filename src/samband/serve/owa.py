"""The web client of a serving site, and its instant messaging: Exchange as a trusted application of Lync."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable
from contextlib import AsyncExitStack
from functools import partial

from samband.deployment.places import Places
from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.owa import OwaSettings
from samband.exchange.actions.owa_sessions import OwaSessions
from samband.exchange.owa.endpoint import ROOT, OwaEndpoint
from samband.exchange.owa.pages import Pages
from samband.exchange.owa.sessions import Sessions
from samband.ground import Ground, utc_now
from samband.integration.owa_im.line import Dial, Stream
from samband.integration.owa_im.readiness import Readiness
from samband.integration.owa_im.service import OwaInstantMessaging
from samband.model.instant_messaging import checked_pool
from samband.net import tls
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.net.sip_stream import SipStream
from samband.serve.naming import resolver
from samband.wire.http import HttpRequest, HttpResponse

SIPS = 5061
"""The port of a Lync pool, for clients and for servers."""


async def open_owa(
    stack: AsyncExitStack, ground: Ground, places: Places, routes: HttpRoutes, meters: Meters, exchange: Exchange
) -> None:
    """Serve the web client on the mailbox side's name."""
    settings = OwaSettings(ground.store, ground.feed)
    stack.callback(settings.close)
    await settings.start()
    messaging = OwaInstantMessaging(
        Readiness(lambda: settings.now, resolver(places), time.monotonic),
        await _dialling(ground, places),
        ground.directory.by_guid,
        utc_now,
        lambda: os.urandom(12).hex(),
    )
    stack.push_async_callback(messaging.close)
    meters.gauge("samband_owa_im_people", "People with instant messaging in OWA.", lambda: messaging.signed_in)
    settings.mirror.listen(messaging.look_again)
    stack.callback(ground.directory.listen(lambda _: messaging.look_again()))
    kept = OwaSessions(ground.store, ground.feed)
    sessions = Sessions(ground.passwords, ground.directory, kept, time.time, os.urandom)
    stack.callback(sessions.close)
    pages = await asyncio.to_thread(Pages, ground.site.organisation.name)
    owa = meters.around("owa", OwaEndpoint(exchange, ground.passwords, sessions, pages, messaging))
    routes.add(
        "/", partial(_to_client, f"{places.https(ground.site.host_names.mail)}{ROOT}/"), [ground.site.host_names.mail]
    )
    hosts = ["*", ground.site.host_names.mail]
    for path in (ROOT, f"{ROOT}/*"):
        routes.add(path, owa, hosts)


async def _to_client(client: str, _: HttpRequest) -> HttpResponse:
    """Whoever names the host alone means the web client."""
    return HttpResponse(302, [("Location", client)])


async def _dialling(ground: Ground, places: Places) -> Dial:
    """Connects to Lync with the mailbox side's certificate."""
    host = ground.site.host_names.mail.lower()
    pem = await asyncio.to_thread(ground.certificates.server, "owa", [host])
    context = await asyncio.to_thread(tls.client_context, ground.certificates.authority_file, pem)
    own, asked = own_pool(places), resolver(places)

    async def dial(server: str, feed: Callable[[bytes], None], lost: Callable[[], None]) -> Stream:
        host, port = pool_of(places, server)
        found = await asked.addresses(host) or ((own[host],) if host in own else ())
        if not found:
            raise OSError(f"{host} does not resolve")
        return await SipStream.connect(found[0], port, host, context, feed, lost)

    return dial


def own_pool(places: Places) -> dict[str, str]:
    """The names of the site's own Lync pool, and where they lead; none where it has no pool."""
    return places.hosts if places.site.roles.lync else {}


def pool_of(places: Places, server: str) -> tuple[str, int]:
    """Host and port of a pool by its ``InstantMessagingServerName``, where none is named the one for servers.

    Raises ``TakesNoServers``.
    """
    host, port = checked_pool(server)
    if port is None:
        port = places.ports.sip_servers if host in own_pool(places) else SIPS
    if port is None:
        raise TakesNoServers("listen.sip_servers is off: Lync takes no connections of trusted applications")
    return host, port


class TakesNoServers(OSError):
    """The site's own Lync side has no listener for servers."""
