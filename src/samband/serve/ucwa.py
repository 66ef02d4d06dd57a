"""UCWA of a serving site."""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import AsyncExitStack

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.conversation_logs import ConversationLogs
from samband.lync.actions.own_presence import OwnPresence
from samband.lync.actions.presence import Presence
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.hosted_endpoints import HostedEndpoints
from samband.lync.sip.hosted_guests import HostedGuests
from samband.lync.sip.lync_side import LyncSide
from samband.lync.ucwa.application import AnyApplication, build
from samband.lync.ucwa.endpoint import UcwaEndpoint
from samband.lync.ucwa.meetings import OnlineMeetings
from samband.lync.ucwa.places import UcwaPlaces
from samband.lync.ucwa.sessions import Sessions
from samband.lync.ucwa.speakers import Speakers
from samband.lync.ucwa.verbs import Verbs
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.serve.conferencing import Conferencing
from samband.serve.lync_web import WebProofs
from samband.serve.media import SiteMedia
from samband.serve.sip_proofs import random_token

log = logging.getLogger(__name__)
SWEEP = 5.0
"""Seconds between two looks at what is over."""


def open_ucwa(
    stack: AsyncExitStack,
    ground: Ground,
    places: Places,
    routes: HttpRoutes,
    meters: Meters,
    proofs: WebProofs,
    side: LyncSide,
    presence: Presence,
    contacts: Contacts,
    book: AddressBook,
    conferencing: Conferencing,
    rooms: Rooms,
    media: SiteMedia,
    logs: ConversationLogs | None,
) -> None:
    """Serve it below ``/ucwa`` until ``stack`` is closed."""
    endpoints = HostedEndpoints(side, rooms)
    verbs = Verbs(
        directory=ground.directory,
        book=book,
        presence=presence,
        own=OwnPresence(presence),
        contacts=contacts,
        conferences=conferencing.conferences,
        links=conferencing.links,
        im=endpoints,
        im_guests=HostedGuests(side, rooms, conferencing.guests),
        guests=conferencing.guests,
        media=media.meetings,
        relay=media.relay,
        logs=logs,
        clock=utc_now,
        token=random_token,
    )
    sessions = Sessions(utc_now, os.urandom, lambda session, person: build(session, person, verbs))
    stack.callback(sessions.close_all)

    def may_stay(guid: str) -> bool:
        person = ground.directory.by_guid(guid)
        return person is not None and person.enabled and bool(person.sip)

    stack.callback(ground.directory.listen(lambda guids: sessions.end_of(guids, may_stay)))
    host = ground.site.host_names.lync
    where = UcwaPlaces(host, f"{places.web_url}/WebTicket/WebTicketService.svc", proofs.token_offer)
    door = UcwaEndpoint(
        where,
        Speakers(where, proofs.tickets, proofs.bearer, proofs.guests),
        sessions,
        random_token,
        OnlineMeetings(
            conferencing.conferences, conferencing.links, text_only=media.meetings.availability == "TextOnly"
        ),
        book,
        conferencing.guests,
    )
    routes.add("/ucwa/*", meters.around("ucwa", door), ["*", *conferencing.hosts])
    meters.gauge("samband_ucwa_applications", "UCWA applications.", lambda: len(sessions))
    meters.gauge("samband_ucwa_endpoints", "People made available by UCWA.", lambda: len(endpoints))
    _keep_sweeping(stack, sessions)


def _keep_sweeping(stack: AsyncExitStack, sessions: Sessions[AnyApplication]) -> None:
    """Look for what is over until ``stack`` is closed."""
    task = asyncio.create_task(_sweep(sessions), name="ucwa")

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(stop)


async def _sweep(sessions: Sessions[AnyApplication]) -> None:
    while True:
        await asyncio.sleep(SWEEP)
        try:
            sessions.sweep()
        except Exception:
            log.exception("UCWA could not look for what is over")
