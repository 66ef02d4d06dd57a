"""The features of the integration, each a task of its own while a site serves."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import AsyncExitStack
from datetime import timedelta
from zoneinfo import ZoneInfo

from samband.deployment.places import Places
from samband.ground import Ground, utc_now
from samband.integration.calendar_presence import CalendarPresence
from samband.integration.conversation_history import ConversationHistoryWriter
from samband.integration.conversation_logs import MailboxLogs
from samband.integration.exchange_client import ExchangeClient
from samband.integration.sight_board import SightBoard
from samband.integration.unified_contacts import UcsPolicy, UnifiedContactStore
from samband.lync.actions.conversation_history import ConversationHistory
from samband.lync.actions.conversation_logs import ConversationLogs
from samband.lync.actions.mailbox_presence import MailboxPresence
from samband.lync.actions.presence import Presence
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.serve.client_policy import sight_policy
from samband.serve.trust import SideTrust
from samband.trust.oauth.names import EXCHANGE
from samband.trust.oauth.partner_gate import PartnerGate
from samband.wire.http import HttpClient

log = logging.getLogger(__name__)


async def start_calendar_presence(
    stack: AsyncExitStack,
    ground: Ground,
    places: Places,
    http: HttpClient,
    trust: SideTrust,
    presence: Presence,
) -> None:
    """Start the feature where the Lync side knows its way to Exchange (``oauth.exchange_autodiscover_url``)."""
    url = places.exchange_autodiscover_url
    if not url:
        return
    gate = PartnerGate(trust.client, trust.partners, EXCHANGE, "Exchange")
    board = SightBoard(MailboxPresence(presence, sight_policy(ground.site.client_policy)), utc_now)
    feature = CalendarPresence(ExchangeClient(http, gate, url), ground.directory, board, utc_now)
    stack.callback(ground.directory.listen(lambda _: feature.people_changed()))
    stack.callback(ground.feed.listen(("trust",), lambda _: feature.trust_changed()))
    _run(stack, feature.run(), "calendar presence")


async def start_unified_contacts(
    stack: AsyncExitStack,
    ground: Ground,
    places: Places,
    http: HttpClient,
    trust: SideTrust,
    ucs: UnifiedContacts,
) -> None:
    """Start the feature where the Lync side knows its way to Exchange."""
    feature = unified_contact_store(ground, places, http, trust, ucs)
    if feature is None:
        return
    ucs.listen(feature.changed)
    stack.callback(ground.directory.listen(feature.people_changed))
    stack.callback(ground.feed.listen(("trust",), lambda _: feature.changed()))
    _run(stack, feature.run(), "unified contact store")


async def start_conversation_history(
    stack: AsyncExitStack,
    ground: Ground,
    places: Places,
    http: HttpClient,
    trust: SideTrust,
    history: ConversationHistory,
) -> ConversationLogs | None:
    """Start the feature where the Lync side knows its way to Exchange; what reads there what it wrote."""
    url = places.exchange_autodiscover_url
    if not url:
        return None
    gate = PartnerGate(trust.client, trust.partners, EXCHANGE, "Exchange")
    zone = ZoneInfo(ground.site.organisation.time_zone)
    client = ExchangeClient(http, gate, url)
    feature = ConversationHistoryWriter(client, ground.directory, history, utc_now, zone)
    history.listen(feature.changed)
    stack.callback(ground.directory.listen(lambda _: feature.try_again()))
    stack.callback(ground.feed.listen(("trust",), lambda _: feature.try_again()))
    _run(stack, feature.run(), "conversation history")
    logs = ConversationLogs(MailboxLogs(client, ground.directory), ground.directory)
    stack.callback(logs.close)
    feature.listen(logs.written)
    stack.callback(ground.directory.listen(logs.changed))
    stack.callback(ground.feed.listen(("trust",), lambda _: logs.changed()))
    return logs


def unified_contact_store(
    ground: Ground, places: Places, http: HttpClient, trust: SideTrust, ucs: UnifiedContacts
) -> UnifiedContactStore | None:
    """The verbs that move contact lists; None where the Lync side does not know its way to Exchange."""
    url = places.exchange_autodiscover_url
    if not url:
        return None
    gate = PartnerGate(trust.client, trust.partners, EXCHANGE, "Exchange")
    services = ground.site.user_services
    policy = UcsPolicy(services.ucs_allowed, timedelta(seconds=services.ucs_delay))
    return UnifiedContactStore(ExchangeClient(http, gate, url), ground.directory, ucs, policy, utc_now)


def _run(stack: AsyncExitStack, work: Coroutine[None, None, None], name: str) -> None:
    task = asyncio.create_task(work, name=name)
    task.add_done_callback(_ended)

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(stop)


def _ended(task: asyncio.Task[None]) -> None:
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("%s ended", task.get_name(), exc_info=error)
