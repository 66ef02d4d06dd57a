"""Mail on its way out: taken from the queue to be sent, and what came of it written down.

What is sent is taken for this server (claimed) first, and its result is written before the next message is taken: only
what was under way when a server died is tried again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

import msgspec

from samband.exchange.actions.attachments import unpacked
from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.making import Maker
from samband.model.item_requests import Draft
from samband.model.item_values import EmailAddress
from samband.model.items import Attachment, Item
from samband.model.outbound import Fate, Queued, Result, Waiting, pause
from samband.store import outbound as rows
from samband.store.api import BlobDamaged, WriteTx
from samband.store.items import Tally

CLAIM = 3600
"""Seconds for which a server has what it took; one that died has it no longer than that, its successor at once."""
RECIPIENTS_AT_ONCE = 100
"""Recipients of one message that every server takes [RFC5321 4.5.3.1.8]."""
_OVERDUE_AT_ONCE = 100
_PUT_OFF_AT_ONCE = 1000

Content = tuple[Item, tuple[tuple[Attachment, bytes], ...], bytes]
"""An item, what hangs on it, and its MIME where it came as such."""


class Outbound:
    """The queue of mail to other organisations. ``owner`` names this server among those on one database."""

    def __init__(self, base: Foundation, maker: Maker, delivery: Delivery) -> None:
        self._store = base.store
        self._settings = base.settings.outbound
        self._maker = maker
        self._delivery = delivery

    def _now(self) -> int:
        return int(self._maker.now().timestamp())

    async def start(self, owner: str) -> None:
        """Take back what a server called ``owner`` had taken when it died."""
        await self._store.write(lambda tx: rows.release_all(tx, owner))

    async def due_domains(self, busy: Sequence[str], limit: int) -> list[str]:
        """Domains with mail to be sent now, without ``busy`` ones."""
        now = self._now()
        return await self._store.read(lambda tx: rows.due_domains(tx, now, busy, limit))

    async def wait(self) -> float | None:
        """Seconds until somebody's next turn (0: it is now), None where nobody waits."""
        now = self._now()
        at = await self._store.read(lambda tx: rows.next_time(tx, now))
        return None if at is None else max(0.0, float(at - now))

    async def take(self, domain: str | None, owner: str) -> tuple[Queued, Content | None] | None:
        """Take the message that has waited longest for ``domain`` (None: for any); None where there is none.

        Its content is None where the disk has lost it.
        """
        now = self._now()
        taken = await self._store.write(lambda tx: rows.claim(tx, domain, owner, now, now + CLAIM, RECIPIENTS_AT_ONCE))
        return None if taken is None else (taken, await self.content(taken.id))

    async def overdue(self) -> list[tuple[Queued, list[Result]]]:
        """What is not tried any more, and what takes so long that its sender is to know; ``settle`` both."""
        now = self._now()
        expired, slow = now - self._settings.expiry, now - self._settings.notice
        found = await self._store.read(lambda tx: rows.overdue(tx, expired, slow, now, _OVERDUE_AT_ONCE))
        return [(one, [_late(person, one.created <= expired) for person in one.recipients]) for one in found]

    async def content(self, message: int) -> Content | None:
        """A message that waits; None where it does not any more, or where the disk has lost it."""
        try:
            found = await self._store.read(lambda tx: rows.content(tx, self._store.blobs, message))
            return None if found is None else unpacked(found)
        except (KeyError, BlobDamaged, msgspec.MsgspecError):
            return None

    async def settle(self, queued: Queued, results: Sequence[Result], report: Draft | None) -> None:
        """Write down what came of it and, where there is a ``report``, put that into its sender's mailbox or queue.

        All of it in one write, so that nobody is told twice. Of what was dropped meanwhile nobody is told.
        """
        now = self._maker.now()
        route = None
        if report is not None and queued.sender:
            report = self._maker.incoming(report, now)
            route = await self._delivery.route([EmailAddress("", queued.sender)], None)

        def work(tx: WriteTx) -> None:
            changed = self._record(tx, queued, results, now)
            if route is not None and report is not None and changed:
                tally = Tally()
                self._delivery.carry(tx, tally, route, report, now)
                tally.settle(tx)

        await self._store.write(work)

    def _record(self, tx: WriteTx, queued: Queued, results: Iterable[Result], now: datetime) -> bool:
        """Whether anybody's fate was decided here of whom the sender is told."""
        at = int(now.timestamp())
        told: list[Waiting] = []
        over: list[Waiting] = []
        changed: list[int] = []
        for one in results:
            if one.fate is Fate.DEFERRED:
                rows.defer(tx, queued.id, one.waiting, at + self._pause(one.waiting), one.reply)
            else:
                (told if one.fate is Fate.DELAYED else over).append(one.waiting)
        if told:
            changed += rows.told(tx, queued.id, told)
        if over:
            changed += rows.done(tx, queued.id, over)
        return bool(changed)

    def _pause(self, waiting: Waiting) -> int:
        return pause(waiting.attempts + 1, self._settings.first_retry, self._settings.longest_retry)

    async def put_off(self, domain: str | None, reply: str) -> None:
        """Nobody in ``domain`` (None: anywhere) can be reached now: all whose turn it is wait for their next one."""
        now = self._now()

        def work(tx: WriteTx) -> None:
            for message, waiting in rows.due(tx, domain, now, _PUT_OFF_AT_ONCE):
                rows.defer(tx, message, waiting, now + self._pause(waiting), reply)

        await self._store.write(work)

    async def release(self, queued: Queued) -> None:
        """Put back what was taken, as if it had not been."""
        await self._store.write(lambda tx: rows.release(tx, queued.id, queued.recipients))


def _late(waiting: Waiting, expired: bool) -> Result:
    reply = waiting.last_reply or "421 4.4.1 The other server was not reached"
    return Result(waiting, Fate.FAILED if expired else Fate.DELAYED, reply)
