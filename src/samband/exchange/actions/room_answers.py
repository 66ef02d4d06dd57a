"""What rooms and equipment do with their mail: requests are answered, cancellations free the time.

A resource's Inbox is the queue. A message leaves it in the write that answers it, so that after a crash, or with
several processes on one store, each is answered once.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from functools import partial

from samband.exchange.actions.calendar_writes import Bins, Entry, Stale, dispose, until_fresh
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.meeting_arrivals import MeetingArrivals
from samband.exchange.actions.meeting_responses import MeetingResponses, Terms
from samband.exchange.actions.room_calendar import booking
from samband.exchange.actions.rooms import Rooms
from samband.model import rooms as rules
from samband.model.failures import Failure
from samband.model.freebusy import WorkingHours
from samband.model.item_requests import DeleteType, Disposition, Draft, ItemRef, Response, ResponseKind
from samband.model.item_values import Body, BodyKind, ResponseType
from samband.model.items import (
    Item,
    ItemKind,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.people import Person
from samband.model.rooms import Automation, ResourcePolicy, Verdict
from samband.model.timezones import UTC_ID, ZoneDefinition, known_id, windows_id
from samband.model.zone_rules import zone_of
from samband.store import calendar as entries
from samband.store import item_lists
from samband.store import items as rows
from samband.store import rooms as policies
from samband.store.api import StoreUnavailable, Tx, WriteTx
from samband.store.items import Tally

log = logging.getLogger(__name__)

_KINDS = {ResponseType.ACCEPT: ResponseKind.ACCEPT, ResponseType.DECLINE: ResponseKind.DECLINE}
_GIVEN_UP = 10_000
"""So many messages that could not be answered are remembered, and passed over."""


@dataclass(frozen=True, slots=True)
class _Case:
    """A message in a resource's Inbox, by what it is judged, and the entry of the calendar that it speaks of."""

    message: Item
    policy: ResourcePolicy
    known: Entry | None
    hours: WorkingHours

    @property
    def ref(self) -> ItemRef:
        return ItemRef(self.message.mailbox, self.message.id)


class RoomAnswers:
    """Answers what waits in the Inbox of a resource."""

    def __init__(
        self,
        base: Foundation,
        mailboxes: Mailboxes,
        rooms: Rooms,
        arrivals: MeetingArrivals,
        responses: MeetingResponses,
    ) -> None:
        self._base = base
        self._blobs = base.store.blobs
        self._mailboxes = mailboxes
        self._rooms = rooms
        self._arrivals = arrivals
        self._responses = responses
        self._given_up: dict[int, None] = {}
        zone = base.settings.time_zone
        self._hours = WorkingHours(known_id(zone) or windows_id(zone) or UTC_ID)

    async def process(self, mailbox: str) -> None:
        """Answer what waits in the Inbox of the resource with ``mailbox``. What cannot be answered is logged."""
        room = self._base.directory.by_mailbox(mailbox)
        if room is None or not room.is_resource:
            return
        for item in await self._base.store.read(lambda tx: self._waiting(tx, mailbox)):
            if item in self._given_up:
                continue
            try:
                await until_fresh(partial(self._attempt, room, item))
            except StoreUnavailable:
                raise
            except Failure as failure:
                # Somebody writes to the calendar all the time: the message waits for the next one.
                log.warning("%s could not answer the message %d: %s", room.displayName, item, failure)
                if failure.code != "ErrorServerBusy":
                    self._give_up(item)
            except Exception:
                log.exception("%s could not answer the message %d", room.displayName, item)
                self._give_up(item)

    def _give_up(self, item: int) -> None:
        if len(self._given_up) >= _GIVEN_UP:
            del self._given_up[next(iter(self._given_up))]
        self._given_up[item] = None

    def _waiting(self, tx: Tx, mailbox: str) -> list[int]:
        inbox = self._mailboxes.default(tx, mailbox, "inbox")
        if not inbox or policies.policy(tx, mailbox).automate_processing is not Automation.AUTO_ACCEPT:
            return []
        return item_lists.ids_in_folder(tx, inbox)

    def _look(self, tx: Tx, mailbox: str, item: int) -> _Case | None:
        message = rows.get(tx, self._blobs, item)
        if message is None or message.folder != self._mailboxes.default(tx, mailbox, "inbox"):
            return None
        properties = message.properties
        known = None
        if isinstance(properties, MeetingMessageProperties) and properties.uid:
            known = self._arrivals.find(tx, mailbox, properties)
        hours = entries.working_hours(tx, mailbox) or self._hours
        return _Case(message, policies.policy(tx, mailbox), known, hours)

    async def _attempt(self, room: Person, item: int) -> None:
        case = await self._base.store.read(lambda tx: self._look(tx, room.msExchMailboxGuid, item))
        if case is None:
            return None
        properties = case.message.properties
        outdated = isinstance(properties, MeetingRequestProperties) and properties.is_out_of_date
        if isinstance(properties, MeetingRequestProperties) and case.known is not None and not outdated:
            if not case.known.properties.is_organizer:
                return await self._answer(room, case, case.known)
        elif isinstance(properties, MeetingCancellationProperties) and case.known is not None:
            response = Response(kind=ResponseKind.REMOVE, reference=case.ref, draft=_said(""))
            await self._responses.respond(room, response, case.ref, None, Disposition.SAVE_ONLY)
            return None
        if isinstance(properties, MeetingMessageProperties) or case.policy.delete_non_calendar_items:
            await self._discard(case)
        return None

    async def _answer(self, room: Person, case: _Case, known: Entry) -> None:
        organizer = known.properties.organizer
        permitted = self._rooms.may_book(case.policy, organizer.address if organizer is not None else "")
        verdict = await self._base.store.read(lambda tx: self._judged(tx, case, known, permitted))
        for ordinal in verdict.declined:
            ref = ItemRef(known.item.mailbox, known.item.id, ordinal)
            response = Response(kind=ResponseKind.DECLINE, reference=ref, draft=_said(verdict.text))
            await self._responses.respond(room, response, ref, None, Disposition.SEND_ONLY)
        response = Response(kind=_KINDS[verdict.answer], reference=case.ref, draft=_said(verdict.text))

        def still(tx: Tx) -> None:
            now = self._look(tx, room.msExchMailboxGuid, case.message.id)
            if now is None or now.known is None:
                raise Stale
            again = self._judged(tx, now, now.known, permitted)
            if again.answer is not verdict.answer or again.declined:
                raise Stale

        terms = Terms(still, lambda properties: rules.kept(case.policy, properties))
        silent = self._is_answered(known) and verdict.answer is ResponseType.ACCEPT
        disposition = Disposition.SAVE_ONLY if silent else Disposition.SEND_ONLY
        await self._responses.answer(room, response, case.ref, None, disposition, terms)

    def _is_answered(self, known: Entry) -> bool:
        """Whether the organizer changed nothing that the answer given before does not hold for."""
        return known.properties.my_response_type is ResponseType.ACCEPT

    def _judged(self, tx: Tx, case: _Case, known: Entry, permitted: bool) -> Verdict:
        now = self._base.clock()
        asked = booking(tx, self._blobs, known, case.policy.window_end(now), permitted=permitted)
        zone = zone_of(ZoneDefinition(id=case.hours.zone))
        return rules.judge(case.policy, asked, case.hours, zone, now)

    async def _discard(self, case: _Case) -> None:
        folders = await self._mailboxes.ensure(case.message.mailbox)
        bins = Bins(folders["deleteditems"], folders["recoverableitemsdeletions"])

        def work(tx: WriteTx) -> None:
            now = rows.get(tx, self._blobs, case.message.id)
            if now is None or now.folder != case.message.folder:
                return
            tally = Tally()
            dispose(tx, tally, now, DeleteType.MOVE_TO_DELETED, bins)
            tally.settle(tx)

        await self._base.store.write(work)


def _said(text: str) -> Draft:
    body = Body(BodyKind.TEXT, text) if text else None
    return Draft(kind=ItemKind.MEETING_RESPONSE, properties=MeetingResponseProperties(body=body))
