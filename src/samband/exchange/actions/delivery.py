"""Delivery: from one mailbox to others and into the queue of what leaves the organisation, in the write that keeps
the sender's copy."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import NamedTuple

import msgspec

from samband.exchange.actions.conversation_arrivals import arrival, threaded
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker, attached
from samband.exchange.actions.routing import Letter, Route, Routing, Stop
from samband.model import bounces, conversations
from samband.model.failures import Failure
from samband.model.item_requests import Draft
from samband.model.item_values import EmailAddress, Flag
from samband.model.items import Item, ItemKind, MeetingMessageProperties, MessageProperties
from samband.model.outbound import RECEIPT, WayOut
from samband.model.people import Person
from samband.store import items as rows
from samband.store import outbound as queue
from samband.store.api import WriteTx
from samband.store.attachments import NewAttachment, pack
from samband.store.items import Tally

log = logging.getLogger(__name__)

Delivered = Callable[[WriteTx, Tally, Item], None]
"""Told of each message that came into a mailbox, inside the same write."""

MAX_LETTERS = 1000
"""How many messages one message sets off, however its recipients' rules send it on."""


class Incoming(NamedTuple):
    """A message about to come into a mailbox: as it was sent, and ``received`` as it is there."""

    stop: Stop
    sender: str
    draft: Draft
    received: MessageProperties
    files: Sequence[NewAttachment]
    folder: int = 0
    """Where it goes, whatever the owner's rules say; 0: where they say."""


@dataclass(slots=True)
class Placing:
    """Where a message goes in a mailbox and what it is there, the first place first; and what is sent because of it."""

    places: list[tuple[int, MessageProperties]]
    letters: list[Letter] = field(default_factory=list)


class Delivery(Routing):
    """Puts messages into mailboxes. ``heard`` are told of each; each may write more into the same transaction."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker) -> None:
        super().__init__(base, mailboxes, maker)
        self.heard: list[Delivered] = []
        self.placed: Callable[[WriteTx, Incoming, datetime], Placing] | None = None
        """Decides of what would come into an inbox, by what the owner has set."""
        self.receipts: Callable[[Route, Draft, datetime], list[Letter]] = lambda route, draft, now: []
        """Writes to senders who want to know that a message was delivered."""
        self.shared: Callable[[WriteTx, Incoming], list[Incoming]] = lambda tx, incoming: [incoming]
        """Says what comes into whose mailbox of a message that delegates may get."""

    def carry(self, tx: WriteTx, tally: Tally, route: Route, draft: Draft, now: datetime) -> list[Item]:
        """Put ``draft``, a message as its sender sent it, into every mailbox of ``route``; what came into them.

        Blind recipients stay unseen. What goes outside is queued, what could not be delivered is reported to the
        sender. What the recipients' rules and settings send because of it is carried in the same write.
        """
        came, waiting = self._carry_one(tx, tally, route, draft, now)
        letters = deque(waiting)
        for count in range(MAX_LETTERS):
            if not letters:
                break
            letter = letters.popleft()
            try:
                more = self._carry_one(tx, tally, self.route_within(tx, letter), letter.draft, now)[1]
            except Failure as failure:
                # Such as attachments that are nested too deeply. What set it off is delivered all the same.
                log.warning("a message that a mailbox sends by itself was not sent: %s", failure.code)
                continue
            letters.extend(more[: MAX_LETTERS - count])
        if letters:
            log.warning("one message set off more than %d others; the rest was not sent", MAX_LETTERS)
        return came

    def _carry_one(
        self, tx: WriteTx, tally: Tally, route: Route, draft: Draft, now: datetime
    ) -> tuple[list[Item], list[Letter]]:
        message = draft.properties
        if not isinstance(message, MessageProperties):
            raise TypeError("only messages are delivered")
        files = attached(draft.attachments, now)
        came: list[Item] = []
        letters = self.receipts(route, draft, now)
        for stop in route.stops:
            incoming = Incoming(stop, route.out.sender, draft, _as_received(message, stop, now), files)
            for copy in self.shared(tx, incoming):
                items, more = self._put(tx, tally, copy, now)
                came += items
                letters += more
        if route.out.recipients:
            self._leave(tx, route.out, draft, message, files, now)
        if route.undelivered and route.back is not None:
            report = bounces.report(message, route.undelivered, self._maker.postmaster(route.back.person), now)
            properties = _as_received(conversations.joined(report, now), route.back, now)
            items, more = self._put(tx, tally, Incoming(route.back, "", bounces.draft(report), properties, ()), now)
            came += items
            letters += more
        return came, letters

    def _leave(
        self,
        tx: WriteTx,
        way: WayOut,
        draft: Draft,
        message: MessageProperties,
        files: Sequence[NewAttachment],
        now: datetime,
    ) -> None:
        """Queue a message for those outside."""
        if message.is_delivery_receipt_requested:
            wished = tuple(replace(one, notify=one.notify or RECEIPT) for one in way.recipients)
            way = replace(way, recipients=wished)
        seen = msgspec.structs.replace(message, bcc_recipients=())
        content = pack(draft.kind, self._maker.item_class(draft), seen, files, draft.mime)
        queue.insert(tx, self._base.store.blobs, way, message.subject, content, int(now.timestamp()))

    def _put(self, tx: WriteTx, tally: Tally, incoming: Incoming, now: datetime) -> tuple[list[Item], list[Letter]]:
        """What comes into a mailbox of one message, and what is sent because of it."""
        stop, draft = incoming.stop, incoming.draft
        blobs = self._base.store.blobs
        folder = incoming.folder or stop.folder(tx, incoming.received)
        incoming = incoming._replace(received=threaded(tx, blobs, stop.mailbox, incoming.received))
        placing = Placing([(folder, incoming.received)])
        if folder == stop.inbox:
            placing = self._sorted(tx, incoming, now)
        items = [
            rows.insert(
                tx,
                blobs,
                tally,
                stop.mailbox,
                to,
                draft.kind,
                self._maker.item_class(draft),
                properties,
                incoming.files,
                mime=draft.mime,
                new_mail=True,
            )
            for to, properties in placing.places
        ]
        for item in items[:1]:
            for hear in self.heard:
                hear(tx, tally, item)
        return items, placing.letters

    def _sorted(self, tx: WriteTx, incoming: Incoming, now: datetime) -> Placing:
        """Where a message goes that would come into an inbox; what no rule moves, its conversation may."""
        stop = incoming.stop
        placing = Placing([(stop.inbox, incoming.received)])
        if self.placed is not None:
            placing = self.placed(tx, incoming, now)
        if placing.places and placing.places[0][0] == stop.inbox:
            message, folder = arrival(tx, self._mailboxes, stop.mailbox, placing.places[0][1], stop.inbox)
            placing.places[0] = (folder, message)
        return placing

    async def receive(
        self, recipients: Sequence[Person], draft: Draft, report: Draft | None = None, sender: str = ""
    ) -> list[Item]:
        """Take a message from outside for local ``recipients``. When this returns it is on disk.

        ``sender`` is the envelope's, empty for a report. ``report``, where there is one, goes to it in the same write.
        """
        stops = {person.msExchMailboxGuid: await self._stop(person) for person in recipients}
        return await self.post(Route(tuple(stops.values()), (), None, WayOut(sender=sender)), draft, report, sender)

    async def post(self, route: Route, draft: Draft, report: Draft | None = None, sender: str = "") -> list[Item]:
        """Put a message that came as a whole where ``route`` says; what came into mailboxes. See ``receive``."""
        now = self._maker.now()
        prepared = self._maker.incoming(draft, now)
        told = None if report is None else self._maker.incoming(report, now)
        back = None if report is None else await self.route([EmailAddress("", sender)], None)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            came = self.carry(tx, tally, route, prepared, now)
            if told is not None and back is not None:
                self.carry(tx, tally, back, told, now)
            tally.settle(tx)
            return came

        return await self._base.store.write(work)


def _as_received(message: MessageProperties, stop: Stop, now: datetime) -> MessageProperties:
    """``message`` as the copy in a recipient's mailbox.

    What its sender thought of it (categories, flag, reminder) stays behind; of extended properties the named ones
    travel.
    """
    me = EmailAddress(stop.person.displayName, stop.person.primary_smtp, "SMTP", "Mailbox")
    received = msgspec.structs.replace(
        message,
        bcc_recipients=(),
        date_time_received=now,
        date_time_created=now,
        last_modified_time=now,
        is_draft=False,
        is_from_me=False,
        is_submitted=False,
        is_read=False,
        received_by=me,
        received_representing=me,
        reminder_is_set=False,
        categories=(),
        flag=Flag(),
        extended={key: value for key, value in message.extended.items() if key.startswith("{")},
        creator="",
    )
    if isinstance(received, MeetingMessageProperties):
        received = msgspec.structs.replace(
            received, associated_calendar_item=0, has_been_processed=False, is_delegated=False
        )
    return received


def is_meeting_message(item: Item) -> bool:
    """Whether a message is about a meeting, so that calendars hear of it."""
    return item.kind in (
        ItemKind.MEETING_MESSAGE,
        ItemKind.MEETING_REQUEST,
        ItemKind.MEETING_RESPONSE,
        ItemKind.MEETING_CANCELLATION,
    )
