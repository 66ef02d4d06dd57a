"""Sends what waits in the queue for other organisations [RFC5321 4.5.4].

A bounded number of workers each hold one conversation and hand over one message of its destination after another. A
result is written down before the next message is taken. So a message is sent twice only where this process, or the
disk, dies between the other server's 250 and that write: it is tried again then, since nothing else would be safe.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Callable, Sequence

from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.outbound import Content
from samband.exchange.smtp.composing import composed
from samband.exchange.smtp.reports import report
from samband.feed.api import Feed
from samband.model.changes import Change
from samband.model.items import ItemProperties
from samband.model.outbound import SCOPE, Fate, Queued, Result
from samband.wire.smtp import Addressed, Letter, Reply, SmtpClient, SmtpSession, Unreachable

log = logging.getLogger(__name__)

PER_DESTINATION = 2
"""Conversations with one destination at a time; with the one server that takes everything, as many as there are."""
LOOK = 60.0
"""Seconds between two looks into the queue where nothing else causes one."""
LAST_WORDS = 5.0
"""Seconds in which a server that closes lets messages go that are under way."""
LOST = "554 5.3.0 The message cannot be read any more"
ONE_MESSAGE = 2400.0
"""Seconds within which one message is handed over, or not; less than a server keeps what it took."""


class MailSender:
    """The workers of one server. ``host`` is its name, ``owner`` what it is called among those on one database."""

    def __init__(
        self, exchange: Exchange, client: SmtpClient, feed: Feed, host: str, owner: str, connections: int
    ) -> None:
        self._exchange = exchange
        self._client = client
        self._host = host
        self._owner = owner
        self._connections = connections
        self._feed = feed
        self._news = asyncio.Event()
        self._workers: dict[asyncio.Task[None], str] = {}
        self._closing = False
        self._task: asyncio.Task[None] | None = None
        self._deaf: Callable[[], None] = lambda: None

    async def start(self) -> None:
        """Begin, with what a server of this name left behind first."""
        await self._exchange.outbound.start(self._owner)
        self._deaf = self._feed.listen([SCOPE], self._hear)
        self._task = asyncio.create_task(self._rounds(), name="the outbound queue")

    async def close(self) -> None:
        """End every conversation after its message; what takes longer than ``LAST_WORDS`` is tried again by whoever
        comes next."""
        self._deaf()
        self._closing = True
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        workers = list(self._workers)
        if workers:
            await asyncio.wait(workers, timeout=LAST_WORDS)
        for worker in workers:
            worker.cancel()
        await asyncio.gather(*workers, return_exceptions=True)

    def look(self) -> None:
        """Look into the queue now."""
        self._news.set()

    def _hear(self, _: Sequence[Change]) -> None:
        self.look()

    async def _rounds(self) -> None:
        while True:
            self._news.clear()
            pause = LOOK
            try:
                await self._overdue()
                pause = await self._round()
            except Exception:
                log.exception("a look into the outbound queue failed")
            try:
                async with asyncio.timeout(pause):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _round(self) -> float:
        """Start workers where there is mail and room; seconds until there may be more to do."""
        room = self._connections - len(self._workers)
        if room <= 0:
            return LOOK  # a worker that ends wakes this
        if self._client.one_way:
            wait = await self._exchange.outbound.wait()
            if wait == 0:
                # One after another: a burst is sent by several, a single message by one.
                self._start("")
                return 0.1
        else:
            busy = [domain for domain, count in Counter(self._workers.values()).items() if count >= PER_DESTINATION]
            for domain in await self._exchange.outbound.due_domains(busy, room):
                self._start(domain)
            wait = await self._exchange.outbound.wait()
        return LOOK if not wait else min(LOOK, wait + 0.5)

    def _start(self, domain: str) -> None:
        worker = asyncio.create_task(self._work(domain or None), name=f"mail to {domain or 'the smarthost'}")
        self._workers[worker] = domain
        worker.add_done_callback(self._ended)

    def _ended(self, worker: asyncio.Task[None]) -> None:
        self._workers.pop(worker, None)
        self._news.set()

    async def _work(self, domain: str | None) -> None:
        """Send everything there is for ``domain``, over one conversation for as long as it lasts."""
        session: SmtpSession | None = None
        try:
            while not self._closing:
                taken = await self._exchange.outbound.take(domain, self._owner)
                if taken is None:
                    break
                session = await self._send(*taken, domain, session)
                if session is None:
                    break
        except Exception:
            log.exception("sending mail failed")
        finally:
            if session is not None:
                await session.close()

    async def _send(
        self, queued: Queued, content: Content | None, domain: str | None, session: SmtpSession | None
    ) -> SmtpSession | None:
        """One message; the conversation to go on with, None where there is none."""
        written = await asyncio.to_thread(composed, content)
        if not written:
            await self._settle(queued, content, [Result(one, Fate.FAILED, LOST) for one in queued.recipients])
            return session
        letter = _letter(queued, written)
        first = session is None
        try:
            async with asyncio.timeout(ONE_MESSAGE):
                if session is None:
                    session = await self._client.connect(domain or "")
                replies = await session.send(letter)
        except Unreachable as broken:
            return await self._broken(queued, content, domain, session, broken.reply, first)
        except TimeoutError:
            reply = Reply(421, "4.4.2 The conversation took too long")
            return await self._broken(queued, content, domain, session, reply, first)
        results = [
            Result(one, _fate(reply, session.reports), str(reply), session.host)
            for one, reply in zip(queued.recipients, replies, strict=True)
        ]
        await self._settle(queued, content, results)
        return session

    async def _broken(
        self,
        queued: Queued,
        content: Content | None,
        domain: str | None,
        session: SmtpSession | None,
        reply: Reply,
        first: bool,
    ) -> SmtpSession | None:
        """The conversation broke off. One that had gone well before may only have been closed: the message is taken
        again at once, over a new one."""
        if session is not None:
            await session.close()
        if not first:
            await self._exchange.outbound.release(queued)
            self._news.set()
            return None
        log.info("mail to %s is put off: %s", domain or "the smarthost", reply)
        fate = Fate.FAILED if reply.is_permanent else Fate.DEFERRED
        host = session.host if session is not None else ""
        await self._settle(queued, content, [Result(one, fate, str(reply), host) for one in queued.recipients])
        if fate is Fate.DEFERRED and session is None:
            await self._exchange.outbound.put_off(domain, str(reply))
        return None

    async def _overdue(self) -> None:
        for queued, results in await self._exchange.outbound.overdue():
            await self._settle(queued, await self._exchange.outbound.content(queued.id), results)

    async def _settle(self, queued: Queued, content: Content | None, results: Sequence[Result]) -> None:
        for one in results:
            log.info("message %x to %s: %s (%s)", queued.id, one.waiting.address, one.fate.value, one.reply)
        told = [one for one in results if one.is_told]
        draft = None
        if told and queued.sender:
            original = await asyncio.to_thread(composed, content)
            about = ItemProperties() if content is None else content[0].properties
            draft = report(queued, about, original, told, self._host, self._exchange)
        await self._exchange.outbound.settle(queued, results, draft)


def _fate(reply: Reply, reports: bool) -> Fate:
    if reply.code < 400:
        return Fate.HANDED_ON if reports else Fate.RELAYED
    return Fate.FAILED if reply.is_permanent else Fate.DEFERRED


def _letter(queued: Queued, content: bytes) -> Letter:
    people = [Addressed(one.address, one.notify, one.original) for one in queued.recipients]
    return Letter(queued.sender, people, content, queued.ret, queued.envelope_id)
