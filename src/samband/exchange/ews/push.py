"""Push subscriptions: what happens is sent to the subscriber's own web service [MS-OXWSNTIF].

Each subscription has a task that sends one notification at a time, the events in order; what was not taken is sent
again, after pauses that double, until the subscriber has been out of reach for as long as its status interval. A
subscriber ends its subscription by saying so in its answer. Nothing secret is sent: events name items, no more.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from urllib.parse import urlsplit

from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.notifications import EVENTS_AT_ONCE, missed
from samband.exchange.actions.subscriptions import Connection, Subscription
from samband.model.failures import Failure
from samband.model.notifications import Mark
from samband.wire.ews.notifications import (
    read_send_notification_result,
    write_mark,
    write_pulled,
    write_sent,
    write_sent_refusal,
)
from samband.wire.ews.responses import Refusal
from samband.wire.http import HttpClient
from samband.wire.soap.envelope import CONTENT_TYPE
from samband.wire.xml.reading import Malformed, SchemaViolation

log = logging.getLogger(__name__)

AT_ONCE = 32
"""How many notifications are under way at the same time."""
_TIMEOUT = 30.0
_HEADERS = (
    ("Content-Type", CONTENT_TYPE),
    ("SOAPAction", '"http://schemas.microsoft.com/exchange/services/2006/messages/SendNotification"'),
)


@dataclass(frozen=True, slots=True)
class Target:
    """Where notifications go, and how many minutes may pass between two of them."""

    url: str
    minutes: int


class Pusher:
    """Sends the notifications of a process; ``close`` ends every task."""

    def __init__(self, exchange: Exchange, client: HttpClient) -> None:
        self._exchange = exchange
        self._client = client
        self._tasks: set[asyncio.Task[None]] = set()
        self._room = asyncio.Semaphore(AT_ONCE)

    def start(self, connection: Connection, begin: Mark, target: Target) -> None:
        """Send what happens to the one subscription of ``connection`` after ``begin``."""
        task = asyncio.create_task(self._tell(connection, begin, target))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End every task and wait for it."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _tell(self, connection: Connection, begin: Mark, target: Target) -> None:
        subscription = connection.subscriptions[0]
        try:
            await self._pump(connection, subscription, begin, target)
        finally:
            self._exchange.notifications.end(subscription)

    async def _pump(self, connection: Connection, subscription: Subscription, mark: Mark, target: Target) -> None:
        interval = target.minutes * self._exchange.settings.push_minute
        more = False
        while connection.subscriptions:
            happened = more or await connection.wait(interval)
            if subscription.overflowed:
                await self._deliver(write_sent_refusal(_missed()), target, interval)
                return
            events, more = subscription.after(mark, EVENTS_AT_ONCE)
            if happened and not events:
                continue
            last = events[-1].mark if events else mark
            marks = write_mark(*mark), write_mark(*last)
            content = write_pulled(subscription.id, subscription.mailbox, marks[0], events, marks[1], more)
            if not await self._deliver(write_sent(content), target, interval):
                return
            mark = subscription.seen = last

    async def _deliver(self, letter: bytes, target: Target, interval: float) -> bool:
        """Send until it is taken; False where the subscriber wants no more, or is out of reach for too long."""
        pause, waited = self._exchange.settings.push_retry, 0.0
        while True:
            status = await self._send(letter, target.url)
            if status:
                return status == "OK"
            if waited and waited + pause > interval:
                log.info("a push subscriber is out of reach; its subscription ends")
                return False
            await asyncio.sleep(pause)
            waited += pause
            pause *= 2

    async def _send(self, letter: bytes, url: str) -> str:
        """What the subscriber says to a notification; empty where it gives no answer that makes sense."""
        try:
            async with self._room:
                answer = await self._client.send("POST", url, headers=_HEADERS, body=letter, timeout=_TIMEOUT)
            return read_send_notification_result(answer.content) if answer.status == 200 else ""
        except (OSError, ValueError, Malformed, SchemaViolation) as reason:
            log.debug("a push notification was not taken: %s", type(reason).__name__)
            return ""


def _missed() -> Refusal:
    failure = missed()
    return Refusal(failure.code, failure.text)


def check_url(url: str) -> str:
    """The address notifications go to. Raises ``Failure`` where it is none."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        usable = False
    if not usable or not url.isascii() or not url.isprintable() or "@" in parts.netloc:
        raise Failure("ErrorInvalidPushSubscriptionUrl", "The push subscription URL is not valid.")
    return url
