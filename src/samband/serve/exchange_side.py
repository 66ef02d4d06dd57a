"""The mailbox side of a serving site: verbs, doors and their paths."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass

from samband.deployment.places import Places
from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.settings import ExchangeSettings
from samband.exchange.autodiscover.endpoint import POX_PATH, SOAP_PATH, AutodiscoverEndpoint
from samband.exchange.autodiscover.settings import AutodiscoverSettings
from samband.exchange.ews.endpoint import EwsEndpoint
from samband.exchange.ews.photo_endpoint import PHOTO_PATH, UPLOAD_PATH, PhotoEndpoint, PhotoUploadEndpoint
from samband.exchange.ews.push import Pusher
from samband.exchange.ews.throttling import Throttling, ThrottlingPolicy
from samband.ground import Ground, utc_now
from samband.integration.online_meetings import LyncMeetings
from samband.net.http_routes import HttpRoutes
from samband.net.metering import Meters
from samband.serve.mail import listen_smtp, open_outbound, outbound_settings
from samband.serve.naming import resolver
from samband.serve.owa import open_owa
from samband.serve.proofs import http_authenticator
from samband.serve.trust import SideTrust
from samband.trust.oauth.names import LYNC
from samband.trust.oauth.partner_gate import PartnerGate
from samband.wire.http import HttpClient


@dataclass(frozen=True, slots=True)
class ExchangeParts:
    """What others need of the running side."""

    exchange: Exchange


def exchange_of(ground: Ground) -> Exchange:
    """The verbs of the side on a site's ground; ``close`` them before it."""
    organisation = ground.site.organisation
    settings = ExchangeSettings(
        organization=organisation.name,
        time_zone=organisation.time_zone,
        language=organisation.language,
        domains=organisation.accepted_domains,
        outbound=outbound_settings(ground.site.mail),
        subscriptions_per_caller=ground.site.throttling.ews_max_subscriptions or sys.maxsize,
    )
    return Exchange(ground.store, ground.feed, ground.directory, utc_now, settings, os.urandom, rights=ground.rights)


def _throttling(ground: Ground) -> Throttling:
    found = ground.site.throttling
    policy = ThrottlingPolicy(
        max_concurrency=found.ews_max_concurrency,
        hanging_connections=found.ews_hanging_connections,
        max_burst=found.ews_max_burst,
        recharge_rate=found.ews_recharge_rate,
        cutoff_balance=found.ews_cutoff_balance,
    )
    return Throttling(policy, time.monotonic)


async def open_exchange(
    stack: AsyncExitStack,
    ground: Ground,
    places: Places,
    routes: HttpRoutes,
    meters: Meters,
    trust: SideTrust,
    client: HttpClient,
) -> ExchangeParts:
    """Build the side and add its paths; ``stack`` closes it."""
    organisation = ground.site.organisation
    exchange = exchange_of(ground)
    stack.callback(exchange.close)
    gate = PartnerGate(trust.client, trust.partners, LYNC, "Lync")
    exchange.calendar.online_meetings.service = LyncMeetings(client, resolver(places), gate)
    stack.push_async_callback(
        _stopped, asyncio.create_task(exchange.room_attendant.run(), name="rooms read their mail")
    )
    stack.push_async_callback(_stopped, asyncio.create_task(exchange.text_index.keep_up(), name="index of words"))
    authenticator = http_authenticator(ground, ground.site.host_names.mail, trust.validator)
    pusher = Pusher(exchange, client)
    stack.push_async_callback(pusher.close)
    ews = EwsEndpoint(
        exchange,
        authenticator,
        pusher=pusher,
        password_expires=ground.passwords.expires,
        throttling=_throttling(ground),
    )
    routes.add("/EWS/Exchange.asmx", meters.around("ews", ews))
    routes.add(PHOTO_PATH, meters.around("ews photos", PhotoEndpoint(exchange, authenticator)))
    routes.add(UPLOAD_PATH, meters.around("ews photos", PhotoUploadEndpoint(exchange, authenticator)))
    autodiscover = AutodiscoverEndpoint(
        ground.directory,
        http_authenticator(ground, ground.site.host_names.autodiscover, trust.validator),
        AutodiscoverSettings(
            base_url=places.https(ground.site.host_names.autodiscover),
            ews_url=places.ews_url,
            server=ground.site.host_names.mail,
            accepted_domains=organisation.accepted_domains,
            http_auth=ground.site.trust.http,
        ),
        utc_now,
    )
    door = meters.around("autodiscover", autodiscover)
    for path in (POX_PATH, SOAP_PATH, f"{SOAP_PATH}/*"):
        routes.add(path, door)
    await open_owa(stack, ground, places, routes, meters, exchange)
    await listen_smtp(stack, ground, places, exchange)
    await open_outbound(stack, ground, exchange)
    return ExchangeParts(exchange)


async def _stopped(task: asyncio.Task[None]) -> None:
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
