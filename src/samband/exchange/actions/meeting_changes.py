"""What an organizer's change of a meeting makes of it, and what its attendees are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from samband.exchange.actions.calendar_writes import Entry
from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.making import Maker, address_of
from samband.exchange.actions.meeting_post import Letter, MeetingPost
from samband.exchange.actions.online_meetings import Booking
from samband.model import bodies, calendar_items, item_edits, meetings, reminders
from samband.model.failures import Failure
from samband.model.item_requests import DraftAttachment, Edit, SendInvitations
from samband.model.item_values import Attendee, CalendarItemType, MeetingRequestType
from samband.model.items import CalendarProperties
from samband.model.people import Person

COPIES = frozenset({SendInvitations.ALL_AND_SAVE, SendInvitations.CHANGED_AND_SAVE})
_TO_ALL = frozenset({SendInvitations.ALL_AND_SAVE, SendInvitations.ONLY_TO_ALL})
_LISTS = ("required_attendees", "optional_attendees", "resources")


@dataclass(frozen=True, slots=True)
class Plan:
    """What an update makes of an item, and the letters that go with it."""

    after: CalendarProperties
    letters: tuple[Letter, ...] = ()


class MeetingChanges:
    """Decides on changes; writes nothing."""

    def __init__(self, maker: Maker, delivery: Delivery, post: MeetingPost) -> None:
        self._maker = maker
        self._delivery = delivery
        self._post = post

    def arranged(self, properties: CalendarProperties, owner: Person) -> CalendarProperties:
        """The owner's own item: times in agreement, attendees with the names the directory has."""
        known = {
            name: tuple(
                msgspec.structs.replace(one, mailbox=self._delivery.known(one.mailbox))
                for one in getattr(properties, name)
            )
            for name in _LISTS
        }
        arranged = calendar_items.arranged(msgspec.structs.replace(properties, **known))
        return meetings.organized(arranged, address_of(owner))

    async def planned(
        self,
        owner: Person,
        known: Entry,
        edits: Sequence[Edit],
        send: SendInvitations,
        files: tuple[DraftAttachment, ...],
        booking: Booking,
    ) -> Plan:
        """What ``edits`` make of an entry of ``owner``'s calendar, and who is told. Raises ``Failure``.

        ``booking`` is about its online meeting; one occurrence of a series shares that of the series.
        """
        before, now = known.properties, self._maker.now()
        edited = item_edits.apply(_anew(before, edits), edits)
        if known.ordinal and edited.recurrence is not None:
            raise Failure("ErrorInvalidPropertySet", "An occurrence has no recurrence of its own.")
        if known.ordinal:
            edited = msgspec.structs.replace(edited, calendar_item_type=CalendarItemType.EXCEPTION)
        if before.is_organizer:
            after = self.arranged(_with_answers(before, edited), owner)
        else:
            after = calendar_items.arranged(edited)
        after = reminders.carried(before, edited, after, now)
        if not known.ordinal:
            after = await booking.settle(before, after, now)
        after = msgspec.structs.replace(
            after,
            last_modified_name=owner.displayName,
            last_modified_time=now,
            date_time_stamp=now,
            preview=bodies.preview(after.body) if after.body != before.body else after.preview,
        )
        if send is SendInvitations.NONE or not before.is_organizer:
            return Plan(after)
        return await self._told(known, after, owner, send, files)

    async def _told(
        self,
        known: Entry,
        after: CalendarProperties,
        owner: Person,
        send: SendInvitations,
        files: tuple[DraftAttachment, ...],
    ) -> Plan:
        """The letters that an organizer's change asks for."""
        before, copy = known.properties, send in COPIES
        added, removed = meetings.newcomers(before, after)
        if not before.meeting_request_was_sent:
            added, removed = meetings.attendees(after), []
        new = {one.address.lower() for one in added}
        others = [one for one in meetings.attendees(after) if one.address.lower() not in new] if send in _TO_ALL else []
        moved = meetings.is_moved(before, after)
        if others or removed:
            after = meetings.next_word(meetings.unanswered(after) if moved and others else after)
        letters = []
        if others:
            kind = MeetingRequestType.FULL_UPDATE if moved else MeetingRequestType.INFORMATIONAL_UPDATE
            letters.append(await self._post.request(owner, after, kind, others, copy=copy, files=files))
        if added:
            kind = MeetingRequestType.NEW_MEETING_REQUEST
            letters.append(await self._post.request(owner, after, kind, added, copy=copy, files=files))
        if removed:
            gone = msgspec.structs.replace(before, appointment_sequence_number=after.appointment_sequence_number)
            letters.append(await self._post.cancellation(owner, gone, removed, copy=copy))
        if letters:
            after = msgspec.structs.replace(after, meeting_request_was_sent=True)
        return Plan(after, tuple(letters))


def _anew(before: CalendarProperties, edits: Sequence[Edit]) -> CalendarProperties:
    """``before`` with what MIME content says anew of it, where that is among ``edits``."""
    draft = next((edit.value for edit in edits if edit.attribute == "mime"), None)
    if draft is None:
        return before
    return msgspec.structs.replace(before, **{name: getattr(draft.properties, name) for name in draft.given})


def _with_answers(before: CalendarProperties, after: CalendarProperties) -> CalendarProperties:
    """``after``, its attendees with the answers they gave: what a client says of answers is not theirs."""
    known = {one.mailbox.address.lower(): one for name in _LISTS for one in getattr(before, name)}
    lists = {}
    for name in _LISTS:
        people = []
        for one in getattr(after, name):
            answered = known.get(one.mailbox.address.lower(), Attendee(one.mailbox))
            people.append(msgspec.structs.replace(answered, mailbox=one.mailbox))
        lists[name] = tuple(people)
    return msgspec.structs.replace(after, **lists)
