"""What an attendee does with a meeting (accept, decline ...), and the organizer's calling it off."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from samband.exchange.actions.calendar_writes import (
    Bins,
    Entry,
    Stale,
    dispose,
    entry,
    keep_all,
    take_occurrence,
    unchanged,
    until_fresh,
)
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.meeting_arrivals import MeetingArrivals
from samband.exchange.actions.meeting_post import Letter, MeetingPost
from samband.model import meetings
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import DeleteType, Disposition, ItemRef, Response, ResponseKind
from samband.model.item_values import ResponseType
from samband.model.items import (
    CalendarProperties,
    Item,
    MeetingCancellationProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.people import Person
from samband.model.permissions import Need
from samband.store import item_places
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally

_ANSWERS = {
    ResponseKind.ACCEPT: ResponseType.ACCEPT,
    ResponseKind.TENTATIVE: ResponseType.TENTATIVE,
    ResponseKind.DECLINE: ResponseType.DECLINE,
}
_SUFFIX = {
    ResponseKind.ACCEPT: "Accept",
    ResponseKind.TENTATIVE: "Tentative",
    ResponseKind.DECLINE: "Decline",
    ResponseKind.REMOVE: "Remove",
}
_OPERATION = {
    ResponseKind.ACCEPT: "AcceptItem",
    ResponseKind.TENTATIVE: "Tentative",
    ResponseKind.DECLINE: "DeclineItem",
    ResponseKind.REMOVE: "RemoveItem",
    ResponseKind.CANCEL: "CancelItem",
}


@dataclass(frozen=True, slots=True)
class _Case:
    """What a response is about: the message it refers to, if it is one, and the calendar's entry, if there is one."""

    message: Item | None
    known: Entry | None
    request: MeetingRequestProperties | None = None
    word: MeetingCancellationProperties | None = None

    @property
    def properties(self) -> CalendarProperties | None:
        return None if self.known is None else self.known.properties


@dataclass(frozen=True, slots=True)
class Terms:
    """What an answer depends on and does besides: ``still`` raises ``Stale`` inside the write where it is not to be
    given any more; ``kept`` says how the meeting is kept in the calendar."""

    still: Callable[[Tx], None]
    kept: Callable[[CalendarProperties], CalendarProperties]


class MeetingResponses:
    """Response objects of meetings."""

    def __init__(
        self, base: Foundation, mailboxes: Mailboxes, items: Items, post: MeetingPost, arrivals: MeetingArrivals
    ) -> None:
        self._store = base.store
        self._clock: Callable[[], datetime] = base.clock
        self._mailboxes = mailboxes
        self._items = items
        self._post = post
        self._arrivals = arrivals

    async def respond(
        self,
        person: Person,
        response: Response,
        ref: ItemRef,
        place: Place | None,
        disposition: Disposition,
        sender: Person | None = None,
    ) -> list[Item]:
        """Do what ``response`` says in the calendar of ``person``; the items that came of it.

        ``ref`` names the message or item it refers to, which may be a delegate's copy. ``sender`` sends what is said on
        behalf of ``person``, by default ``person`` does.
        """
        sender = sender or person
        if response.kind is ResponseKind.CANCEL:
            return await until_fresh(lambda: self._cancel(person, response, ref, disposition, sender))
        if response.kind is ResponseKind.REMOVE:
            return await until_fresh(lambda: self._remove(person, response, ref))
        return await until_fresh(lambda: self.answer(person, response, ref, place, disposition, sender=sender))

    async def _case(self, ref: ItemRef, kind: ResponseKind, mailbox: str) -> _Case:
        return await self._store.read(lambda tx: self._look(tx, ref, kind, mailbox))

    def _look(self, tx: Tx, ref: ItemRef, kind: ResponseKind, mailbox: str) -> _Case:
        item = rows.get(tx, self._store.blobs, ref.item)
        if item is not None and item.mailbox == ref.mailbox:
            match item.properties:
                case CalendarProperties() if kind is not ResponseKind.REMOVE:
                    return _Case(None, entry(tx, item, ref.occurrence))
                case MeetingRequestProperties() as request if kind in _ANSWERS:
                    return _Case(item, self._arrivals.find(tx, mailbox, request), request=request)
                case MeetingCancellationProperties() as word if kind is ResponseKind.REMOVE:
                    return _Case(item, self._arrivals.find(tx, mailbox, word), word=word)
                case _:
                    text = "The response object does not fit the item."
                    raise Failure(f"ErrorInvalidItemForOperation{_OPERATION[kind]}", text)
        raise Failure("ErrorItemNotFound", "The specified object was not found in the store.")

    async def answer(
        self,
        person: Person,
        response: Response,
        ref: ItemRef,
        place: Place | None,
        disposition: Disposition,
        terms: Terms | None = None,
        sender: Person | None = None,
    ) -> list[Item]:
        """Accept or decline once; the items that came of it. Raises ``Stale`` where somebody wrote meanwhile."""
        case = await self._case(ref, response.kind, person.msExchMailboxGuid)
        self._check_answer(case, response.kind)
        answer, now = _ANSWERS[response.kind], self._clock().replace(microsecond=0)
        about = case.properties
        if about is None and case.request is not None:
            about = meetings.accepted_into(case.request, None, now)
        assert about is not None
        letter = None
        if disposition is not Disposition.SAVE_ONLY and about.organizer is not None:
            letter = (await self._letter(person, response, about, answer, disposition)).signed(sender or person)
        bins, mail = await self._bins(person.msExchMailboxGuid), await self._bins(ref.mailbox)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            self._still(tx, case, person.msExchMailboxGuid)
            if terms is not None:
                terms.still(tx)
            made = self._apply(tx, tally, case, answer, now, (person.msExchMailboxGuid, bins), terms)
            if case.message is not None and case.message.folder != mail.deleted:
                made.append(item_places.move(tx, tally, case.message, mail.deleted))
            copy = self._post.post(tx, tally, letter, made[0].id if made else 0) if letter is not None else None
            if copy is not None:
                made.append(copy if place is None else self._put(tx, tally, copy, place))
            tally.settle(tx)
            return made

        return await self._store.write(work)

    def _put(self, tx: WriteTx, tally: Tally, copy: Item, place: Place) -> Item:
        require(tx, place, "ErrorSavedItemFolderNotFound", Need.CREATE)
        return item_places.transfer(tx, tally, copy, place.mailbox, place.folder)

    async def _letter(
        self,
        person: Person,
        response: Response,
        about: CalendarProperties,
        answer: ResponseType,
        disposition: Disposition,
    ) -> Letter:
        said = response.draft.properties
        proposed: tuple[datetime | None, datetime | None] = (None, None)
        if isinstance(said, MeetingResponseProperties):
            proposed = said.proposed_start, said.proposed_end
        copy = disposition is Disposition.SEND_AND_SAVE_COPY
        return await self._post.response(person, about, answer, said.body, proposed, copy=copy)

    def _check_answer(self, case: _Case, kind: ResponseKind) -> None:
        properties, suffix = case.properties, _SUFFIX[kind]
        if properties is None:
            return
        if properties.is_organizer or not properties.is_meeting:
            raise Failure(f"ErrorCalendarIsOrganizerFor{suffix}", "The organizer does not answer their own meeting.")
        if properties.is_cancelled:
            raise Failure(f"ErrorCalendarIsCancelledFor{suffix}", "The meeting was cancelled.")
        if case.request is not None and meetings.is_outdated(case.request, properties):
            raise Failure("ErrorCalendarMeetingRequestIsOutOfDate", "The meeting request is out of date.")

    def _apply(
        self,
        tx: WriteTx,
        tally: Tally,
        case: _Case,
        answer: ResponseType,
        now: datetime,
        where: tuple[str, Bins],
        terms: Terms | None,
    ) -> list[Item]:
        """Write the answer into the attendee's calendar; a declined meeting leaves it."""
        mailbox, bins = where

        def change(properties: CalendarProperties) -> CalendarProperties:
            answered = meetings.responded(properties, answer, now)
            return answered if terms is None else terms.kept(answered)

        known = case.known
        if known is None and case.message is not None and case.request is not None:
            known = self._arrivals.put(tx, tally, case.message, case.request, None, now, mailbox)
        assert known is not None
        kept = keep_all(tx, self._store.blobs, tally, known, change)
        if answer is not ResponseType.DECLINE:
            return [kept.shown]
        if kept.ordinal:
            take_occurrence(tx, self._store.blobs, tally, kept)
            return []
        left = dispose(tx, tally, kept.item, DeleteType.MOVE_TO_DELETED, bins)
        return [left] if left is not None else []

    async def _cancel(
        self, person: Person, response: Response, ref: ItemRef, disposition: Disposition, sender: Person
    ) -> list[Item]:
        case = await self._case(ref, response.kind, person.msExchMailboxGuid)
        known = case.known
        assert known is not None
        if not known.properties.is_organizer:
            raise Failure("ErrorCalendarIsNotOrganizer", "Only the organizer can cancel a meeting.")
        letter = None
        if known.properties.is_meeting and disposition is not Disposition.SAVE_ONLY:
            people = meetings.attendees(known.properties)
            if not self._post.others(person, people):
                raise Failure("ErrorInvalidRecipients", "At least one recipient isn't valid.")
            letter = await self._post.cancellation(
                person,
                meetings.next_word(known.properties),
                people,
                copy=disposition is Disposition.SEND_AND_SAVE_COPY,
                body=response.draft.properties.body,
            )
            letter = letter.signed(sender)
        bins = await self._bins(ref.mailbox)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            self._still(tx, case, person.msExchMailboxGuid)
            if letter is not None:
                self._post.post(tx, tally, letter, known.item.id)
            if known.ordinal:
                left = take_occurrence(tx, self._store.blobs, tally, known)
            else:
                left = dispose(tx, tally, known.item, DeleteType.MOVE_TO_DELETED, bins)
            tally.settle(tx)
            return [] if left is None else [left]

        return await self._store.write(work)

    async def _remove(self, person: Person, response: Response, ref: ItemRef) -> list[Item]:
        case = await self._case(ref, response.kind, person.msExchMailboxGuid)
        message, known = case.message, case.known
        assert message is not None
        if known is not None and known.properties.is_organizer:
            raise Failure("ErrorCalendarIsOrganizerForRemove", "The organizer cancels a meeting instead.")
        bins, mail = await self._bins(person.msExchMailboxGuid), await self._bins(ref.mailbox)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            self._still(tx, case, person.msExchMailboxGuid)
            if known is not None and known.ordinal:
                take_occurrence(tx, self._store.blobs, tally, known)
            elif known is not None:
                dispose(tx, tally, known.item, DeleteType.MOVE_TO_DELETED, bins)
            moved = message
            if message.folder != mail.deleted:
                moved = item_places.move(tx, tally, message, mail.deleted)
            tally.settle(tx)
            return [moved]

        return await self._store.write(work)

    def _still(self, tx: Tx, case: _Case, mailbox: str) -> None:
        """Raise ``Stale`` where what the case is about was written since it was looked at."""
        if case.known is not None:
            unchanged(tx, self._store.blobs, case.known)
        message = case.message
        if message is None:
            return
        now = rows.get_many(tx, self._store.blobs, [message.id], heavy=False, attachments=False).get(message.id)
        if now is None or now.change_key != message.change_key:
            raise Stale
        about = case.request or case.word
        if case.known is None and about is not None and self._arrivals.find(tx, mailbox, about) is not None:
            raise Stale

    async def _bins(self, mailbox: str) -> Bins:
        folders = await self._mailboxes.ensure(mailbox)
        return Bins(folders["deleteditems"], folders["recoverableitemsdeletions"])
