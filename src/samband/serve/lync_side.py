"""The communications side of a serving site: verbs, doors, SIP listeners."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from functools import partial

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.bindings import Bindings
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.conversation_history import ConversationHistory
from samband.lync.actions.kept_rooms import KeptRooms
from samband.lync.actions.kept_subscriptions import KeptSubscriptions
from samband.lync.actions.media_relay import MediaRelay
from samband.lync.actions.presence import Presence
from samband.lync.actions.trusted_applications import TrustedApplications
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.lync.sip import places as sip_places
from samband.lync.sip.admission import Gate
from samband.lync.sip.conference_doors import personal_settings
from samband.lync.sip.conversation_history import ConversationWatch
from samband.lync.sip.group_messages import GroupMessages
from samband.lync.sip.known_servers import KnownServers
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.media_relay_door import MediaRelayDoor, mras_settings
from samband.lync.sip.presence_doors import PresenceDoors
from samband.lync.sip.provisioning_door import Provisioning
from samband.lync.sip.revocation import Revocation
from samband.lync.sip.security import Guard
from samband.net import tls
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.net.sip_server import SipServer
from samband.net.sip_side import SipSide
from samband.net.sip_websocket import SipWebSockets, allows_origins
from samband.serve.client_policy import endpoint_settings, largest_photo
from samband.serve.conferencing import Conferencing
from samband.serve.faults import Faults
from samband.serve.features import start_calendar_presence, start_conversation_history, start_unified_contacts
from samband.serve.federation import AccessEdge
from samband.serve.lync_web import WebProofs, add_web_services
from samband.serve.media import open_media, open_relay
from samband.serve.sip_proofs import random_token, sip_guard
from samband.serve.trust import SideTrust
from samband.serve.ucwa import open_ucwa
from samband.trust.sip.tls_dsk.issued import IssuedCertificates
from samband.wire.http import HttpClient

GRACE = 2.0
"""Seconds that requests under way get to be answered when the site ends."""
LOOK = 0.02
"""Seconds between two looks whether they are."""
RETURN = 30
"""Whoever begins something meanwhile is told to come again within so many seconds, each at another time."""


@dataclass(frozen=True, slots=True)
class LyncParts:
    """What others need of the running side. It listens when told to: clients come to it by the web services."""

    side: LyncSide
    presence: Presence
    websockets: SipWebSockets | None
    kept_rooms: KeptRooms
    listen: Callable[[], Awaitable[None]]

    async def end(self) -> None:
        """End what is under way, and keep everything as it is then."""
        await drain(self.side)
        self.kept_rooms.freeze()


async def open_lync(
    stack: AsyncExitStack,
    ground: Ground,
    places: Places,
    routes: HttpRoutes,
    meters: Meters,
    trust: SideTrust,
    http: HttpClient,
    faults: Faults | None = None,
) -> LyncParts:
    """Build the side and add its paths; ``stack`` closes it. ``faults`` strike what it says and hears."""
    issued = IssuedCertificates(ground.certificates, ground.store, ground.directory, utc_now)
    book = AddressBook(ground.directory, largest_photo(ground.site.client_policy))
    stack.callback(book.close)
    conferencing = Conferencing(ground, places)
    proofs = await add_web_services(ground, places, routes, meters, trust, issued, book, conferencing.guests)
    conferencing.add_web(routes, meters, proofs)
    where = _where(ground, places)
    edge = AccessEdge(ground, places, where)
    known = await _known_servers(stack, ground, where)
    guard = await sip_guard(ground, issued, places.web_url, where, known, edge.visitors)
    side = await _open_side(stack, ground, where, guard, guard if faults is None else faults.before_guard(guard))
    history = await _keep_history(stack, ground, side)
    presence = await _open_presence(stack, ground)
    contacts = Contacts(ground.store, ground.feed, ground.site.client_policy.maximum_number_of_contacts)
    ucs = await _open_unified_contacts(stack, ground, contacts)
    relay = await open_relay(ground)
    doors = await _presence_doors(ground, side, presence, contacts, ucs, proofs, book, relay)
    GroupMessages(side, book)
    rooms = await conferencing.add_sip(stack, side, doors, meters)
    media = await open_media(stack, ground, rooms, http, meters, relay)
    logs = (
        await start_conversation_history(stack, ground, places, http, trust, history) if history is not None else None
    )
    open_ucwa(
        stack, ground, places, routes, meters, proofs, side, presence, contacts, book, conferencing, rooms, media, logs
    )
    meters.gauge("samband_sip_subscriptions", "SIP subscriptions.", lambda: len(doors.subscriptions))
    listened = side if faults is None else faults.before_sip(side, guard)
    server = SipServer(listened)
    stack.push_async_callback(server.close)
    meters.gauge("samband_sip_connections", "Open SIP connections.", lambda: server.connections)
    websockets = _open_websockets(ground, places, listened, meters)
    await edge.open(stack, side, meters)
    await start_calendar_presence(stack, ground, places, http, trust, presence)
    await start_unified_contacts(stack, ground, places, http, trust, ucs)
    return LyncParts(side, presence, websockets, conferencing.kept, partial(_listen, server, ground, places))


def _where(ground: Ground, places: Places) -> sip_places.Places:
    return sip_places.Places(
        host=ground.site.host_names.lync,
        domains=frozenset(ground.site.organisation.all_sip_domains),
        names=frozenset(places.hosts) | {ground.site.listen.address},
    )


async def _known_servers(stack: AsyncExitStack, ground: Ground, where: sip_places.Places) -> KnownServers:
    """Who is believed by its certificate, as the list of trusted applications says at any time."""
    applications = TrustedApplications(ground.store, ground.feed)
    stack.callback(applications.close)
    await applications.start()
    known = KnownServers(applications, ground.directory, where.host, random_token)
    applications.mirror.listen(known.changed)
    return known


async def _open_side(
    stack: AsyncExitStack, ground: Ground, where: sip_places.Places, guard: Guard, gate: Gate
) -> LyncSide:
    """The registrar and proxy, with the registrations that outlived the last server; it follows the directory."""
    bindings = Bindings(ground.store, utc_now)
    side = LyncSide(
        directory=ground.directory,
        guard=gate,
        places=where,
        now=time.monotonic,
        token=random_token,
        bindings=bindings,
        before=await bindings.load(),
    )
    stack.callback(side.close)
    stack.callback(ground.directory.listen(side.look_at))
    stack.callback(ground.feed.listen({"directory"}, Revocation(side, guard).hear))
    return side


async def _open_presence(stack: AsyncExitStack, ground: Ground) -> Presence:
    presence = Presence(ground.store, ground.feed, ground.directory, utc_now)
    stack.push_async_callback(presence.stop)
    await presence.start()
    stack.callback(ground.directory.listen(presence.people_changed))
    return presence


async def _open_unified_contacts(stack: AsyncExitStack, ground: Ground, contacts: Contacts) -> UnifiedContacts:
    ucs = UnifiedContacts(ground.store, ground.feed, ground.directory, contacts, utc_now)
    stack.callback(ucs.close)
    await ucs.start()
    return ucs


async def _presence_doors(
    ground: Ground,
    side: LyncSide,
    presence: Presence,
    contacts: Contacts,
    ucs: UnifiedContacts,
    proofs: WebProofs,
    book: AddressBook,
    relay: MediaRelay | None,
) -> PresenceDoors:
    """The doors of presence and contacts, with the subscriptions that outlived the last server."""
    site = ground.site
    provisioning = Provisioning(
        organization=site.organisation.name,
        server={**proofs.settings, **(mras_settings(relay, side.places.host) if relay is not None else {})},
        personal=personal_settings,
        endpoint=endpoint_settings(site.client_policy),
    )
    refuses = site.user_services.ucs_subscriptions == "refused"
    kept = KeptSubscriptions(ground.store, utc_now)
    before = await kept.load()
    doors = PresenceDoors(side, presence, contacts, utc_now, provisioning, ucs, refuses, book, kept, before)
    if relay is not None:
        MediaRelayDoor(doors.services, relay)
    return doors


async def drain(side: LyncSide, grace: float = GRACE) -> None:
    """Begin nothing new, and wait for what is under way, ``grace`` seconds at the longest."""
    side.router.draining = lambda: random.randint(1, RETURN)
    for _ in range(int(grace / LOOK)):
        if not side.transactions.owed:
            return
        await asyncio.sleep(LOOK)


async def _keep_history(stack: AsyncExitStack, ground: Ground, side: LyncSide) -> ConversationHistory | None:
    """Where what people write to each other is kept, if the policy wants that."""
    if not ground.site.user_services.server_conversation_history:
        return None
    history = ConversationHistory(ground.store, ground.directory, utc_now, random_token)
    stack.push_async_callback(history.close)
    await history.start()
    side.proxy.history = ConversationWatch(history)
    return history


async def _listen(server: SipServer, ground: Ground, places: Places) -> None:
    address, ports = ground.site.listen.address, places.ports
    pem = await asyncio.to_thread(ground.certificates.listener, [*places.hosts, address])
    await server.listen(address, ports.sip_tls, tls.server_context(pem, pem))
    if ports.sip_servers is not None:
        # Not where clients come: some of them ask their user for a password when they are asked for a certificate.
        servers = tls.server_context(pem, pem, ground.certificates.authority_file)
        await server.listen(address, ports.sip_servers, servers)
    if ports.sip_tcp is not None:
        await server.listen(address, ports.sip_tcp)
    if ports.sip_udp is not None:
        await server.listen_udp(address, ports.sip_udp)


def _open_websockets(ground: Ground, places: Places, side: SipSide, meters: Meters) -> SipWebSockets | None:
    """What serves SIP to web pages, over the HTTP listeners."""
    wanted = ground.site.sip_websocket
    if not wanted.enabled:
        return None
    sockets = SipWebSockets(side, allows_origins(places.origins, wanted.origins))
    meters.gauge("samband_sip_websockets", "Open SIP connections over WebSocket.", lambda: sockets.connections)
    for port in (places.ports.https, places.ports.http):
        if port is not None:
            side.bound(ground.site.listen.address, port)
    return sockets
