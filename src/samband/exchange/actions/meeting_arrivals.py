"""What a message about a meeting does to the calendar of the mailbox it comes into, in the write that brings it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

import msgspec

from samband.exchange.actions.calendar_writes import Entry, calendar_properties, entry, keep, keep_all
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model import calendar_items, meetings
from samband.model.failures import Failure
from samband.model.folders import CALENDAR
from samband.model.item_values import CalendarItemType, MeetingRequestType
from samband.model.items import (
    Item,
    ItemKind,
    ItemProperties,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.rooms import Automation
from samband.store import attachments as hanging
from samband.store import calendar as entries
from samband.store import item_lists, rooms
from samband.store import items as rows
from samband.store.api import Blobs, Tx, WriteTx
from samband.store.items import Tally

_APPOINTMENT = "IPM.Appointment"


class MeetingArrivals:
    """Keeps calendars in step with what came by mail."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes) -> None:
        self._blobs = base.store.blobs
        self._directory = base.directory
        self._mailboxes = mailboxes

    def find(self, tx: Tx, mailbox: str, message: MeetingMessageProperties) -> Entry | None:
        """What of the default calendar of ``mailbox`` a message speaks of; None where there is nothing."""
        known = entries.by_uid(tx, mailbox, message.uid)
        if not known:
            return None
        calendar = self._mailboxes.default(tx, mailbox, CALENDAR)
        return find(tx, self._blobs, [one.item for one in known if one.folder == calendar], message)

    def delivered(self, tx: WriteTx, tally: Tally, message: Item) -> None:
        """A message came into a mailbox. What a calendar cannot hold leaves it as it was; the message is there."""
        properties = message.properties
        if not isinstance(properties, MeetingMessageProperties) or not properties.uid or properties.is_delegated:
            return  # a delegate's copy speaks of the calendar of somebody else
        now = properties.date_time_received or properties.date_time_sent
        if now is None or self._leaves_mail_alone(tx, message.mailbox):
            return
        found = self.find(tx, message.mailbox, properties)
        # Strangers write such messages too: none of them may keep the mail of everybody in it from being delivered.
        with suppress(Failure):
            if isinstance(properties, MeetingRequestProperties):
                self._requested(tx, tally, message, properties, found, now)
            elif isinstance(properties, MeetingCancellationProperties):
                self._cancelled(tx, tally, message, properties, found, now)
            elif isinstance(properties, MeetingResponseProperties):
                self._answered(tx, tally, message, properties, found, now)

    def _leaves_mail_alone(self, tx: Tx, mailbox: str) -> bool:
        """Whether a resource's mail is a person's to read."""
        person = self._directory.by_mailbox(mailbox)
        if person is None or not person.is_resource:
            return False
        return rooms.policy(tx, mailbox).automate_processing is Automation.NONE

    def _requested(
        self,
        tx: WriteTx,
        tally: Tally,
        message: Item,
        request: MeetingRequestProperties,
        found: Entry | None,
        now: datetime,
    ) -> None:
        if found is not None and found.properties.is_organizer:
            return
        if found is not None and meetings.is_outdated(request, found.properties):
            outdated = msgspec.structs.replace(
                request, is_out_of_date=True, meeting_request_type=MeetingRequestType.OUTDATED
            )
            self._mark(tx, tally, message, outdated, found.item.id)
            return
        if found is not None:
            self._outdate(tx, tally, message, request)
            request = msgspec.structs.replace(request, change_highlights=meetings.highlights(found.properties, request))
        kept = self.put(tx, tally, message, request, found, now)
        self._mark(tx, tally, message, request, kept.item.id)

    def _outdate(self, tx: WriteTx, tally: Tally, message: Item, word: MeetingMessageProperties) -> None:
        """What came earlier of the same meeting is out of date once ``word`` is there."""
        related = item_lists.conversation(tx, message.mailbox, word.conversation) if word.conversation else []
        for one in rows.get_many(tx, self._blobs, [item for item in related if item != message.id]).values():
            before = one.properties
            if (
                isinstance(before, MeetingRequestProperties)
                and (before.uid, before.recurrence_id) == (word.uid, word.recurrence_id)
                and before.appointment_sequence_number < word.appointment_sequence_number
                and not before.is_out_of_date
                and not before.is_from_me
            ):
                rows.update(tx, self._blobs, tally, one, msgspec.structs.replace(before, is_out_of_date=True))

    def put(
        self,
        tx: WriteTx,
        tally: Tally,
        message: Item,
        request: MeetingRequestProperties,
        found: Entry | None,
        now: datetime,
        mailbox: str = "",
    ) -> Entry:
        """Make the attendee's item of a request, or make the one that was ``found`` what the request says.

        The attendee's is ``mailbox``, where that is not the one the message is in.
        """
        properties = meetings.accepted_into(request, None if found is None else found.properties, now)
        if found is not None:
            return keep(tx, self._blobs, tally, found, properties)
        mailbox = mailbox or message.mailbox
        folder = self._mailboxes.default(tx, mailbox, CALENDAR)
        files = hanging.contents(tx, self._blobs, message.id) if message.attachments else ()
        item = rows.insert(
            tx,
            self._blobs,
            tally,
            mailbox,
            folder,
            ItemKind.CALENDAR_ITEM,
            _APPOINTMENT,
            properties,
            files,
        )
        self._move_occurrences(tx, item, request)
        return Entry(item, 0, properties)

    def _move_occurrences(self, tx: WriteTx, item: Item, request: MeetingRequestProperties) -> None:
        """Occurrences that the organizer had moved before the attendee was asked stand where they were moved to."""
        series = calendar_properties(item)
        plain = calendar_items.without_exceptions(series)
        for moved in request.modified_occurrences:
            exception = msgspec.structs.replace(
                calendar_items.occurrence_of(plain, moved.ordinal),
                start=moved.start,
                end=moved.end,
                calendar_item_type=CalendarItemType.EXCEPTION,
            )
            entries.put_exception(tx, item.id, moved.ordinal, exception)
        if request.modified_occurrences:
            entries.index(tx, item.mailbox, item.folder, item.id, series)

    def _cancelled(
        self,
        tx: WriteTx,
        tally: Tally,
        message: Item,
        word: MeetingCancellationProperties,
        found: Entry | None,
        now: datetime,
    ) -> None:
        if found is None or found.properties.is_organizer or meetings.is_outdated(word, found.properties):
            return
        self._outdate(tx, tally, message, word)
        keep_all(tx, self._blobs, tally, found, lambda properties: meetings.cancelled(properties, word, now))
        self._mark(tx, tally, message, word, found.item.id)

    def _answered(
        self,
        tx: WriteTx,
        tally: Tally,
        message: Item,
        response: MeetingResponseProperties,
        found: Entry | None,
        now: datetime,
    ) -> None:
        if found is None or not found.properties.is_organizer:
            return
        if meetings.is_outdated(response, found.properties):
            self._mark(tx, tally, message, msgspec.structs.replace(response, is_out_of_date=True), found.item.id)
            return
        answered = meetings.answered(found.properties, self._addresses(response), response, now)
        keep(tx, self._blobs, tally, found, answered)
        self._mark(tx, tally, message, response, found.item.id)

    def _addresses(self, response: MeetingResponseProperties) -> set[str]:
        """Every address of who answers."""
        address = response.from_.address if response.from_ is not None else ""
        person = self._directory.by_smtp(address)
        return {one.lower() for one in (address, *(person.smtp_addresses if person is not None else ()))}

    def _mark(
        self, tx: WriteTx, tally: Tally, message: Item, properties: MeetingMessageProperties, calendar_item: int
    ) -> None:
        """Say on the message that it is done with, and of which item it speaks."""
        marked: ItemProperties = msgspec.structs.replace(
            properties, associated_calendar_item=calendar_item, has_been_processed=True
        )
        rows.update(tx, self._blobs, tally, message, marked)


def find(tx: Tx, blobs: Blobs, known: Sequence[int], message: MeetingMessageProperties) -> Entry | None:
    """What of the items ``known`` a message speaks of: an item, or the occurrence it names of a series."""
    for item in rows.get_many(tx, blobs, known).values():
        properties = calendar_properties(item)
        if properties.recurrence is None:
            if properties.recurrence_id == message.recurrence_id:
                return Entry(item, 0, properties)
            continue
        if message.recurrence_id is None:
            return Entry(item, 0, properties)
        ordinal = calendar_items.series_of_item(properties).ordinal(message.recurrence_id)
        if ordinal is not None:
            try:
                return entry(tx, item, ordinal)
            except Failure:
                return None
    return None
