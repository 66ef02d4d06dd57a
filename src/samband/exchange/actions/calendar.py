"""Calendar items: single ones, series and their occurrences, and meetings with local people."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from datetime import datetime
from typing import TypeVar

import msgspec

from samband.exchange.actions import neighbours
from samband.exchange.actions.access import Access
from samband.exchange.actions.calendar_view import Bounds, CalendarView, check_range, ranges, view
from samband.exchange.actions.calendar_writes import (
    Bins,
    Entry,
    calendar_properties,
    dispose,
    entry,
    keep,
    take_occurrence,
    unchanged,
    until_fresh,
)
from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.editing import check_conflict
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.making import Maker, attached
from samband.exchange.actions.meeting_arrivals import MeetingArrivals
from samband.exchange.actions.meeting_changes import COPIES, MeetingChanges
from samband.exchange.actions.meeting_post import Letter, MeetingPost
from samband.exchange.actions.meeting_responses import MeetingResponses
from samband.exchange.actions.online_meetings import Booking, OnlineMeetings
from samband.exchange.actions.search_folders import require_real
from samband.exchange.actions.senders import Senders
from samband.model import calendar_items, meetings, reminders
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import CALENDAR, FolderKind, Place
from samband.model.global_object_id import RANDOM_BYTES, new_uid
from samband.model.item_requests import (
    ConflictResolution,
    DeleteType,
    Disposition,
    Draft,
    DraftAttachment,
    Edit,
    ItemRef,
    Response,
    ResponseKind,
    SendInvitations,
)
from samband.model.item_values import MeetingRequestType, ResponseType
from samband.model.items import CalendarProperties, Item, ItemKind, MeetingMessageProperties
from samband.model.people import Person
from samband.model.permissions import Need
from samband.store import attachments as hanging
from samband.store import calendar as entries
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally

T = TypeVar("T")


class Calendar:
    """Verbs on calendar items. A meeting's letters are posted in the write that keeps the organizer's item."""

    def __init__(
        self,
        base: Foundation,
        mailboxes: Mailboxes,
        items: Items,
        maker: Maker,
        delivery: Delivery,
        senders: Senders,
        access: Access,
    ) -> None:
        self._access = access
        self._base = base
        self._store = base.store
        self._mailboxes = mailboxes
        self._items = items
        self._maker = maker
        self._delivery = delivery
        self._senders = senders
        self._post = MeetingPost(base, mailboxes, maker, delivery)
        self.online_meetings = OnlineMeetings(base.directory)
        self._changes = MeetingChanges(maker, delivery, self._post)
        self.arrivals = MeetingArrivals(base, mailboxes)
        self.responses = MeetingResponses(base, mailboxes, items, self._post, self.arrivals)

    def delivered(self, tx: WriteTx, tally: Tally, message: Item) -> None:
        """A message just came into a mailbox, in the same write; one about a meeting changes the calendar."""
        self.arrivals.delivered(tx, tally, message)

    def occurrence(self, tx: Tx, master: Item, ordinal: int) -> Item:
        """One occurrence of the series ``master``, as an item with ``occurrence`` set. Raises ``Failure``."""
        return entry(tx, master, ordinal).shown

    async def view(
        self, place: Place, start: datetime, end: datetime, *, limit: int, heavy: bool = False
    ) -> CalendarView:
        """What overlaps [``start``, ``end``) of the calendar at ``place`` (which the caller may open), by start.

        Series are expanded. Raises ``Failure``.
        """
        check_range(start, end)
        blobs = self._store.blobs
        return await self._store.read(lambda tx: view(tx, blobs, place, start, end, limit, heavy))

    async def beside(self, item: Item) -> Item:
        """An appointment or a request of a meeting, with its neighbours; what is neither has none.

        Who only visits the mailbox is not told of them.
        """
        if item.kind not in (ItemKind.CALENDAR_ITEM, ItemKind.MEETING_REQUEST) or item.rights is not None:
            return item
        own = item.kind is ItemKind.CALENDAR_ITEM
        calendar = item.folder if own else (await self._mailboxes.ensure(item.mailbox))["calendar"]
        return await self._store.read(lambda tx: neighbours.among(tx, self._store.blobs, item, calendar))

    async def exceptions(self, item: Item) -> dict[int, CalendarProperties]:
        """The occurrences of a series that differ from it, by ordinal; none where ``item`` is no series."""
        if calendar_properties(item).recurrence is None:
            return {}
        return await self._store.read(lambda tx: entries.exceptions_of(tx, item.id))

    async def ranges(self, caller: Caller, ref: ItemRef, bounds: Sequence[Bounds]) -> list[Item]:
        """A series and those of its occurrences that begin within ``bounds``, each once. Raises ``Failure``."""
        checked = self._items.check(caller, ref)
        return await self._store.read(lambda tx: ranges(tx, self._items.load(tx, checked), bounds))

    async def create(self, caller: Caller, draft: Draft, place: Place, send: SendInvitations) -> Item:
        """Make a calendar item in ``place`` and invite its attendees as ``send`` says. Raises ``Failure``."""
        owner, now = self._owner(place.mailbox), self._maker.now()
        if not isinstance(draft.properties, CalendarProperties):
            raise Failure("ErrorInvalidOperation", "The item is not a calendar item.")
        properties = self._changes.arranged(calendar_items.completed(draft.properties, draft.given, now), owner)
        properties = msgspec.structs.replace(
            self._maker.made(reminders.begun(properties, {}, now), owner, now),
            uid=properties.uid or new_uid(now, self._base.entropy(RANDOM_BYTES)),
            date_time_stamp=now,
            creator="" if place.visitor is None else place.visitor.guid,
        )
        booking = self.online_meetings.booking(owner)
        properties = await booking.settle(None, properties, now)
        letters: list[Letter] = []
        if properties.is_meeting and send is not SendInvitations.NONE:
            properties = msgspec.structs.replace(properties, meeting_request_was_sent=True)
            people = meetings.attendees(properties)
            kind = MeetingRequestType.NEW_MEETING_REQUEST
            letters.append(
                await self._post.request(owner, properties, kind, people, copy=send in COPIES, files=draft.attachments)
            )
            letters = await self._signed(caller, owner, letters)
        files = attached(draft.attachments, now)

        def work(tx: WriteTx) -> Item:
            tally = Tally()
            folder = require_real(tx, place, "ErrorSavedItemFolderNotFound", Need.CREATE)
            if folder.kind is not FolderKind.CALENDAR:
                text = "A calendar item can be created only in a calendar folder."
                raise Failure("ErrorCannotCreateCalendarItemInNonCalendarFolder", text)
            item = rows.insert(
                tx,
                self._store.blobs,
                tally,
                place.mailbox,
                place.folder,
                ItemKind.CALENDAR_ITEM,
                self._maker.item_class(draft),
                properties,
                files,
            )
            self._post_all(tx, tally, letters, item.id)
            tally.settle(tx)
            return item

        return await self._booked(booking, self._store.write(work))

    async def _booked(self, booking: Booking, write: Awaitable[T]) -> T:
        """The result of ``write``, and the online meeting as it then is."""
        try:
            result = await write
        except BaseException:
            await booking.give_up()
            raise
        await booking.finish()
        return result

    def _owner(self, mailbox: str) -> Person:
        person = self._base.directory.by_mailbox(mailbox)
        if person is None:
            raise Failure("ErrorNonExistentMailbox", "No mailbox with such guid.")
        return person

    async def _signed(self, caller: Caller, owner: Person, letters: Sequence[Letter]) -> list[Letter]:
        """Letters about meetings of ``owner``, sent by the caller. Raises ``Failure`` ErrorSendAsDenied."""
        if not letters or caller.person is None:
            return list(letters)
        sender = await self._senders.sender(caller.person, owner)
        return [letter.signed(sender) for letter in letters]

    def _post_all(self, tx: WriteTx, tally: Tally, letters: Sequence[Letter], about: int) -> None:
        for letter in letters:
            self._post.post(tx, tally, letter, about)

    async def update(
        self,
        caller: Caller,
        ref: ItemRef,
        edits: Sequence[Edit],
        conflict: ConflictResolution,
        send: SendInvitations,
    ) -> Item:
        """Change a calendar item, a series or one occurrence, and tell its attendees as ``send`` says.

        Exceptions of a series do not outlive a change of its pattern or times. Raises ``Failure``.
        """
        ref = self._items.visit(caller, ref)
        item_class = next((edit.value for edit in reversed(edits) if edit.attribute == "item_class"), "")
        folders = await self._mailboxes.ensure(ref.mailbox)
        booking = self.online_meetings.booking(self._owner(ref.mailbox))

        async def attempt() -> Item:
            known, files = await self._store.read(
                lambda tx: self._look(tx, ref, Need.EDIT, send is not SendInvitations.NONE)
            )
            check_conflict(known.item, ref, conflict)
            if send is not SendInvitations.NONE and known.item.folder == folders["deleteditems"]:
                text = "A calendar item in Deleted Items cannot be updated and its attendees told."
                raise Failure("ErrorCalendarCannotUpdateDeletedItem", text)
            owner = self._owner(ref.mailbox)
            plan = await self._changes.planned(owner, known, edits, send, files, booking)
            letters = await self._signed(caller, owner, plan.letters)

            def work(tx: WriteTx) -> Item:
                tally = Tally()
                unchanged(tx, self._store.blobs, known)
                kept = keep(tx, self._store.blobs, tally, known, plan.after, item_class)
                self._post_all(tx, tally, letters, known.item.id)
                tally.settle(tx)
                return kept.shown

            return await self._store.write(work)

        return await self._booked(booking, until_fresh(attempt))

    def _look(self, tx: Tx, ref: ItemRef, need: Need, files: bool) -> tuple[Entry, tuple[DraftAttachment, ...]]:
        """The entry that ``ref`` names; with ``files`` also the files that hang on it."""
        item = self._items.load(tx, msgspec.structs.replace(ref, occurrence=0), need)
        found = hanging.contents(tx, self._store.blobs, item.id) if files and item.attachments else ()
        letters = tuple(DraftAttachment(one.head, one.content) for one in found if one.head.kind is None)
        return entry(tx, item, ref.occurrence), letters

    async def delete(self, caller: Caller, ref: ItemRef, how: DeleteType, send: SendInvitations) -> None:
        """Delete a calendar item, a series or one occurrence, and tell its attendees as ``send`` says.

        An attendee who deletes a meeting declines it where anything is sent. Raises ``Failure``.
        """
        ref = self._items.visit(caller, ref)
        folders = await self._mailboxes.ensure(ref.mailbox)
        bins = Bins(folders["deleteditems"], folders["recoverableitemsdeletions"])
        booking = self.online_meetings.booking(self._owner(ref.mailbox))

        async def attempt() -> None:
            known, _ = await self._store.read(lambda tx: self._look(tx, ref, Need.DELETE, False))
            letter = await self._farewell(known, send)
            letters = await self._signed(caller, self._owner(ref.mailbox), [letter] if letter is not None else [])
            if not known.ordinal:
                booking.leave(known.properties)

            def work(tx: WriteTx) -> None:
                tally = Tally()
                unchanged(tx, self._store.blobs, known)
                self._post_all(tx, tally, letters, known.item.id)
                if known.ordinal:
                    take_occurrence(tx, self._store.blobs, tally, known)
                else:
                    dispose(tx, tally, known.item, how, bins)
                tally.settle(tx)

            await self._store.write(work)

        await self._booked(booking, until_fresh(attempt))

    async def _farewell(self, known: Entry, send: SendInvitations) -> Letter | None:
        """What is said of a meeting that is deleted: it is called off, or the attendee does not come."""
        meeting, copy = known.properties, send in COPIES
        if send is SendInvitations.NONE or not meeting.is_meeting or meeting.is_cancelled:
            return None
        person = self._owner(known.item.mailbox)
        if meeting.is_organizer:
            if not meeting.meeting_request_was_sent:
                return None
            people = meetings.attendees(meeting)
            return await self._post.cancellation(person, meetings.next_word(meeting), people, copy=copy)
        nothing: tuple[datetime | None, datetime | None] = (None, None)
        return await self._post.response(person, meeting, ResponseType.DECLINE, None, nothing, copy=copy)

    async def respond(
        self, caller: Caller, response: Response, place: Place | None, disposition: Disposition
    ) -> list[Item]:
        """Accept, decline, cancel ... a meeting; the items that came of it, the calendar's first. May fail."""
        ref = self._items.visit(caller, response.reference)
        owner = await self._store.read(lambda tx: self._principal(tx, ref))
        await self._check_calendar(caller, owner)
        sender = owner
        if disposition is not Disposition.SAVE_ONLY and caller.person is not None:
            sender = await self._senders.sender(caller.person, owner)
        booking = self.online_meetings.booking(owner)
        if response.kind is ResponseKind.CANCEL and not ref.occurrence:
            item = await self._store.read(lambda tx: rows.get(tx, self._store.blobs, ref.item))
            if item is not None and isinstance(item.properties, CalendarProperties):
                booking.leave(item.properties)
        answer = self.responses.respond(owner, response, ref, place, disposition, sender)
        return await self._booked(booking, answer)

    def _principal(self, tx: Tx, ref: ItemRef) -> Person:
        """Whose meeting an item or message speaks of: its mailbox's owner's, or whose delegate got a copy."""
        properties = self._items.load(tx, ref, Need.READ).properties
        if isinstance(properties, MeetingMessageProperties) and properties.is_delegated:
            represented = properties.received_representing
            person = None if represented is None else self._base.directory.by_smtp(represented.address)
            if person is None or not person.msExchMailboxGuid:
                raise Failure("ErrorNonExistentMailbox", "Whom the message was for has no mailbox.")
            return person
        return self._owner(ref.mailbox)

    async def _check_calendar(self, caller: Caller, owner: Person) -> None:
        """Raise ``Failure`` where the caller may not change what is in the calendar of ``owner``."""
        mailbox = owner.msExchMailboxGuid
        visitor = self._access.visitor(caller, mailbox)
        if visitor is not None:
            place = Place(mailbox, (await self._mailboxes.ensure(mailbox))[CALENDAR], visitor)
            await self._store.read(lambda tx: require(tx, place, need=Need.EDIT))
