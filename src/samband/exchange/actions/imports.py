"""Items that come into a mailbox from elsewhere, whole and once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.making import Maker, address_of, attached
from samband.model import bodies, calendar_items, conversations, meetings
from samband.model.failures import Failure
from samband.model.folders import FolderKind, Place
from samband.model.global_object_id import RANDOM_BYTES, new_uid
from samband.model.item_requests import Draft
from samband.model.item_values import CalendarItemType, ResponseType
from samband.model.items import CalendarProperties, ItemProperties, MessageProperties
from samband.model.people import Person
from samband.model.recurrence import ModifiedOccurrence
from samband.store import carried, item_streams
from samband.store import items as rows
from samband.store.api import WriteTx
from samband.store.items import Tally


class Arrival(msgspec.Struct, frozen=True, kw_only=True):
    """An item of another place. ``key`` names it there; ``exceptions`` of a series are by their original start."""

    key: str
    draft: Draft
    exceptions: Mapping[datetime, CalendarProperties] = {}


class Imports:
    """Verbs of whoever brings a mailbox here. What they put in is kept as it was: nobody is told, nothing is sent."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker) -> None:
        self._base = base
        self._store = base.store
        self._mailboxes = mailboxes
        self._maker = maker

    async def known(self, mailbox: str, source: str, keys: Sequence[str]) -> set[str]:
        """Those of ``keys`` that came from ``source`` before, whatever became of them here."""
        return await self._store.read(lambda tx: carried.known(tx, mailbox, source, keys))

    async def note(self, mailbox: str, source: str, key: str) -> None:
        """Note that something came that is no item."""
        await self._store.write(lambda tx: carried.add(tx, mailbox, source, key))

    async def put(self, place: Place, source: str, arrival: Arrival) -> bool:
        """Keep an item in ``place``, in one write with the note that it came; False where it had come before.

        Raises ``Failure``.
        """
        await self._mailboxes.ensure(place.mailbox)
        owner = self._base.directory.by_mailbox(place.mailbox)
        if owner is None:
            raise Failure("ErrorNonExistentMailbox", "No mailbox with such guid.")
        now, draft = self._maker.now(), arrival.draft
        properties, exceptions = self._whole(owner, arrival, now)
        files = attached(draft.attachments, now)

        def work(tx: WriteTx) -> bool:
            folder = require(tx, place, "ErrorFolderNotFound")
            if isinstance(properties, CalendarProperties) and folder.kind is not FolderKind.CALENDAR:
                raise Failure("ErrorCannotCreateCalendarItemInNonCalendarFolder", "The folder is no calendar.")
            if not carried.add(tx, place.mailbox, source, arrival.key):
                return False
            tally = Tally()
            item = rows.insert(
                tx,
                self._store.blobs,
                tally,
                place.mailbox,
                place.folder,
                draft.kind,
                self._maker.item_class(draft),
                properties,
                files,
                mime=draft.mime,
            )
            if exceptions:
                item_streams.put_exceptions(tx, item, exceptions)
            tally.settle(tx)
            return True

        return await self._store.write(work)

    def _whole(
        self, owner: Person, arrival: Arrival, now: datetime
    ) -> tuple[ItemProperties, dict[int, CalendarProperties]]:
        """The properties with what an item here must have, and a series' exceptions by ordinal."""
        properties = arrival.draft.properties
        properties = msgspec.structs.replace(
            properties,
            date_time_created=properties.date_time_created or now,
            date_time_sent=properties.date_time_sent or properties.date_time_created or now,
            date_time_received=properties.date_time_received or properties.date_time_sent or now,
            last_modified_time=properties.last_modified_time or now,
            preview=properties.preview or bodies.preview(properties.body),
        )
        if isinstance(properties, MessageProperties):
            return conversations.joined(properties, now), {}
        if isinstance(properties, CalendarProperties):
            return self._entry(owner, arrival, properties, now)
        return properties, {}

    def _entry(
        self, owner: Person, arrival: Arrival, properties: CalendarProperties, now: datetime
    ) -> tuple[CalendarProperties, dict[int, CalendarProperties]]:
        own = calendar_items.arranged(calendar_items.completed(properties, arrival.draft.given, now))
        own = msgspec.structs.replace(
            _owned(own, owner),
            uid=own.uid or new_uid(now, self._base.entropy(RANDOM_BYTES)),
            date_time_stamp=own.date_time_stamp or now,
        )
        kept = _exceptions(own, owner, arrival.exceptions) if own.recurrence is not None else {}
        modified = tuple(
            ModifiedOccurrence(ordinal, one.original_start, one.start, one.end)
            for ordinal, one in sorted(kept.items())
            if one.original_start is not None and one.start is not None and one.end is not None
        )
        return msgspec.structs.replace(own, modified_occurrences=modified), kept


def _owned(entry: CalendarProperties, owner: Person) -> CalendarProperties:
    """An entry of ``owner``'s calendar: theirs, or a meeting that somebody else asked them to."""
    own = {address.lower() for address in owner.smtp_addresses}
    organizer = entry.organizer
    if organizer is None or entry.my_response_type is ResponseType.ORGANIZER or organizer.address.lower() in own:
        return meetings.organized(entry, address_of(owner))
    answers = {one.mailbox.address.lower(): one.response_type for one in entry.required_attendees}
    answers |= {one.mailbox.address.lower(): one.response_type for one in entry.optional_attendees}
    if entry.my_response_type is ResponseType.UNKNOWN:
        said = [answers[address] for address in own if address in answers]
        return _asked(entry, said[0] if said else ResponseType.NO_RESPONSE_RECEIVED)
    return _asked(entry, entry.my_response_type)


def _asked(entry: CalendarProperties, answer: ResponseType) -> CalendarProperties:
    return msgspec.structs.replace(entry, is_organizer=False, is_meeting=True, my_response_type=answer)


def _exceptions(
    series_item: CalendarProperties, owner: Person, exceptions: Mapping[datetime, CalendarProperties]
) -> dict[int, CalendarProperties]:
    """A series' exceptions by ordinal. Raises ``Failure`` for one that is no occurrence of it."""
    series = calendar_items.series_of_item(series_item)
    kept: dict[int, CalendarProperties] = {}
    for original, one in exceptions.items():
        ordinal = series.ordinal(original)
        if ordinal is None or one.start is None or one.end is None:
            raise Failure("ErrorCorruptData", f"The series has no occurrence at {original:%Y-%m-%d %H:%M} UTC.")
        kept[ordinal] = msgspec.structs.replace(
            _owned(one, owner),
            uid=series_item.uid,
            recurrence=None,
            start_time_zone=one.start_time_zone or series_item.start_time_zone,
            end_time_zone=one.end_time_zone or series_item.end_time_zone,
            date_time_created=one.date_time_created or series_item.date_time_created,
            date_time_stamp=one.date_time_stamp or series_item.date_time_stamp,
            original_start=original,
            recurrence_id=original,
            calendar_item_type=CalendarItemType.EXCEPTION,
            preview=one.preview or bodies.preview(one.body),
        )
    return kept
