"""Rules of meetings: what they are in the calendars of organizers and attendees. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from samband.model.calendar_items import REMINDER_MINUTES, arranged, same_series
from samband.model.item_properties import (
    CalendarProperties,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.item_values import (
    Attendee,
    CalendarItemType,
    ChangeHighlights,
    EmailAddress,
    FreeBusy,
    ResponseType,
)
from samband.model.reminders import begun, carried

M = TypeVar("M", bound=MeetingMessageProperties)

IS_MEETING, WAS_RECEIVED, ISCANCELED = 1, 2, 4
"""Bits of AppointmentState."""

CANCELED = "Canceled: "
"""What the subject of a meeting begins with that was called off."""
ANSWERS = frozenset({ResponseType.ACCEPT, ResponseType.TENTATIVE, ResponseType.DECLINE})
LISTS = ("required_attendees", "optional_attendees", "resources")
SHARED = (
    "subject",
    "body",
    "sensitivity",
    "importance",
    "uid",
    "recurrence_id",
    "original_start",
    "start",
    "end",
    "is_all_day_event",
    "location",
    "enhanced_location",
    "when",
    "recurrence",
    "calendar_item_type",
    "appointment_sequence_number",
    "do_not_forward_meeting",
    "organizer",
    "required_attendees",
    "optional_attendees",
    "resources",
    "start_time_zone",
    "end_time_zone",
    "conference_type",
    "allow_new_time_proposal",
    "is_online_meeting",
    "meeting_workspace_url",
    "net_show_url",
    "join_online_meeting_url",
    "online_meeting_id",
    "online_meeting_conf_link",
    "is_response_requested",
)
"""What a request and a calendar item both say of a meeting."""


def attendees(properties: CalendarProperties | MeetingRequestProperties) -> list[EmailAddress]:
    """Everybody and everything asked to a meeting."""
    return [one.mailbox for name in LISTS for one in getattr(properties, name)]


def newcomers(before: CalendarProperties, after: CalendarProperties) -> tuple[list[EmailAddress], list[EmailAddress]]:
    """Who was added to a meeting, and who was taken off it."""
    old = {one.address.lower() for one in attendees(before)}
    new = {one.address.lower() for one in attendees(after)}
    added = [one for one in attendees(after) if one.address.lower() not in old]
    return added, [one for one in attendees(before) if one.address.lower() not in new]


def organized(properties: CalendarProperties, organizer: EmailAddress) -> CalendarProperties:
    """An item of its owner's own making: a meeting where it has attendees."""
    is_meeting = bool(attendees(properties))
    return msgspec.structs.replace(
        properties,
        organizer=organizer,
        is_organizer=True,
        is_meeting=is_meeting,
        my_response_type=ResponseType.ORGANIZER,
        appointment_state=IS_MEETING if is_meeting else 0,
    )


def unanswered(properties: CalendarProperties) -> CalendarProperties:
    """A meeting that every attendee is asked to anew."""

    def fresh(people: Iterable[Attendee]) -> tuple[Attendee, ...]:
        return tuple(Attendee(one.mailbox) for one in people)

    return msgspec.structs.replace(properties, **{name: fresh(getattr(properties, name)) for name in LISTS})


def next_word(meeting: CalendarProperties) -> CalendarProperties:
    """``meeting`` as it is when its attendees hear of it again: its number is one higher."""
    return msgspec.structs.replace(meeting, appointment_sequence_number=meeting.appointment_sequence_number + 1)


def is_moved(before: CalendarProperties, after: CalendarProperties) -> bool:
    """Whether a meeting takes place at another time, so that attendees must answer anew."""
    return any(
        getattr(before, name) != getattr(after, name) for name in ("start", "end", "recurrence", "is_all_day_event")
    )


def is_outdated(message: MeetingMessageProperties, known: CalendarProperties) -> bool:
    """Whether a calendar knows something newer of the meeting than ``message`` says."""
    return message.appointment_sequence_number < known.appointment_sequence_number


def highlights(before: CalendarProperties, request: MeetingRequestProperties) -> ChangeHighlights:
    """What ``request`` changes of a meeting that its attendee has already."""
    moved, ends, elsewhere = (getattr(before, name) != getattr(request, name) for name in ("start", "end", "location"))
    return ChangeHighlights(
        has_location_changed=elsewhere,
        location=before.location if elsewhere else "",
        has_start_time_changed=moved,
        start=before.start if moved else None,
        has_end_time_changed=ends,
        end=before.end if ends else None,
    )


def accepted_into(
    request: MeetingRequestProperties, before: CalendarProperties | None, now: datetime
) -> CalendarProperties:
    """The attendee's item that a request makes, or makes of the one they have (``before``).

    Where the meeting takes place at another time than they answered to, it is tentative again. Occurrences that the
    attendee has taken out of a series stay out of it.
    """
    shared = {name: getattr(request, name) for name in SHARED}
    old = before or CalendarProperties(
        reminder_is_set=True, reminder_minutes_before_start=REMINDER_MINUTES, date_time_created=now
    )
    item = msgspec.structs.replace(
        old,
        **shared,
        date_time_stamp=request.date_time_stamp,
        date_time_sent=request.date_time_sent,
        date_time_received=now,
        last_modified_time=now,
        last_modified_name=request.from_.name if request.from_ else "",
        preview=request.preview,
        culture=request.culture,
        intended_free_busy_status=request.intended_free_busy_status,
        is_meeting=True,
        is_cancelled=False,
        is_organizer=False,
        meeting_request_was_sent=True,
        appointment_state=IS_MEETING | WAS_RECEIVED,
    )
    answered_to = before is not None and not is_moved(before, item) and before.my_response_type in ANSWERS
    if not answered_to:
        item = msgspec.structs.replace(
            item,
            my_response_type=ResponseType.NO_RESPONSE_RECEIVED,
            legacy_free_busy_status=FreeBusy.TENTATIVE
            if request.intended_free_busy_status is not FreeBusy.FREE
            else FreeBusy.FREE,
        )
    item = arranged(item)
    item = carried(before, before, item, now) if before is not None else begun(item, {}, now)
    if item.calendar_item_type is not CalendarItemType.RECURRING_MASTER:
        return item
    if before is not None and same_series(before, item):
        gone = {one.ordinal: one for one in (*before.deleted_occurrences, *request.deleted_occurrences)}
        modified = tuple(one for one in before.modified_occurrences if one.ordinal not in gone)
        deleted = tuple(gone[ordinal] for ordinal in sorted(gone))
    else:
        modified, deleted = request.modified_occurrences, request.deleted_occurrences
    return msgspec.structs.replace(item, modified_occurrences=modified, deleted_occurrences=deleted)


def responded(properties: CalendarProperties, response: ResponseType, now: datetime) -> CalendarProperties:
    """The attendee's item once they have answered ``response``."""
    busy = properties.intended_free_busy_status or FreeBusy.BUSY
    if response is ResponseType.TENTATIVE:
        busy = FreeBusy.TENTATIVE
    elif response is ResponseType.DECLINE:
        busy = FreeBusy.FREE
    return msgspec.structs.replace(
        properties, my_response_type=response, appointment_reply_time=now, legacy_free_busy_status=busy
    )


def answered(
    properties: CalendarProperties,
    addresses: Collection[str],
    response: MeetingResponseProperties,
    now: datetime,
) -> CalendarProperties:
    """The organizer's item once the attendee who has ``addresses`` (lower case) has answered.

    Somebody who was not asked is an optional attendee from now on.
    """
    found = False
    changed: dict[str, tuple[Attendee, ...]] = {}
    for name in LISTS:
        people = []
        for one in getattr(properties, name):
            if one.mailbox.address.lower() in addresses:
                found = True
                one = _answer(one, response, now)
            people.append(one)
        changed[name] = tuple(people)
    if not found and response.from_ is not None:
        changed["optional_attendees"] += (_answer(Attendee(response.from_), response, now),)
    return msgspec.structs.replace(properties, **changed)


def _answer(attendee: Attendee, response: MeetingResponseProperties, now: datetime) -> Attendee:
    return Attendee(
        attendee.mailbox,
        response.response_type,
        response.date_time_sent or now,
        response.proposed_start,
        response.proposed_end,
    )


def cancelled(
    properties: CalendarProperties, message: MeetingCancellationProperties, now: datetime
) -> CalendarProperties:
    """The attendee's item once the organizer has called it off: it stays, free, until they remove it."""
    subject = properties.subject
    return msgspec.structs.replace(
        properties,
        subject=subject if subject.startswith(CANCELED) else CANCELED + subject,
        is_cancelled=True,
        legacy_free_busy_status=FreeBusy.FREE,
        appointment_state=properties.appointment_state | ISCANCELED,
        appointment_sequence_number=message.appointment_sequence_number,
        reminder_is_set=False,
        last_modified_time=now,
    )
