"""Conferences of a serving site: over SIP, and the pages behind their links."""

from __future__ import annotations

import os
from contextlib import AsyncExitStack

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.lync.actions.conferences import Conferences
from samband.lync.actions.guests import GuestPolicy, Guests
from samband.lync.actions.kept_rooms import KeptRooms
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.conference_doors import ConferenceDoors
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.presence_doors import PresenceDoors
from samband.lync.web.join_page import JoinPages
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.serve.lync_web import WebProofs
from samband.wire.conference.join_links import JoinLinks


class Conferencing:
    """What the doors of conferences share."""

    def __init__(self, ground: Ground, places: Places) -> None:
        self._ground = ground
        self._places = places
        self.conferences = Conferences(ground.store, ground.directory, utc_now, os.urandom)
        domains = ground.site.organisation.all_sip_domains
        policy = ground.site.conferencing_policy
        self.guests = Guests(
            self.conferences,
            GuestPolicy(policy.allow_anonymous_participants, policy.max_guests_a_meeting, policy.max_guests),
            os.urandom,
        )
        self.links = JoinLinks({domain.lower(): places.https(f"meet.{domain}") for domain in domains})
        self.kept = KeptRooms(ground.store, utc_now)

    async def add_sip(self, stack: AsyncExitStack, side: LyncSide, doors: PresenceDoors, meters: Meters) -> Rooms:
        """Serve them over SIP; the rooms of those that somebody is in come back."""
        await self.kept.start()
        rooms = Rooms(self.conferences, self._ground.feed, self.kept)
        stack.callback(rooms.close)
        ConferenceDoors(side, doors, self.conferences, rooms, self.links)
        meters.gauge("samband_guests", "Guests of conferences.", lambda: len(self.guests))
        meters.gauge("samband_conferences", "Conferences with somebody in them.", lambda: len(rooms))
        return rooms

    @property
    def hosts(self) -> frozenset[str]:
        """The names of meetings."""
        return frozenset(f"meet.{domain}" for domain in self.links.domains)

    def add_web(self, routes: HttpRoutes, meters: Meters, proofs: WebProofs) -> None:
        """Serve join pages: on the names of meetings, and below ``/meet``; with them what the pages ask for tokens."""
        host = self._ground.site.host_names.lync
        pages = meters.around("join page", JoinPages(host, self.conferences, self.links, proofs.grants))
        routes.add("/meet/*", pages)
        routes.add("/*", pages, self.hosts)
        routes.add("/webticket/oauthtoken", meters.around("lync web", proofs.tokens), self.hosts)
