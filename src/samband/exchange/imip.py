"""Messages about meetings from and to other calendars: iTIP by mail [RFC5546], [RFC6047].

A message with a calendar that asks, answers, proposes another time or calls off becomes the meeting message that it is;
any other stays a message, with its calendar as a file. What one message says beyond one meeting or one occurrence stays
in that file too.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from typing import Any

import msgspec

from samband.exchange.ical import event_values
from samband.exchange.ical_zones import instant_of
from samband.model import calendar_items
from samband.model.failures import Failure
from samband.model.item_properties import MAX_SUBJECT
from samband.model.item_requests import Draft, DraftAttachment
from samband.model.item_values import (
    CalendarItemType,
    EmailAddress,
    FreeBusy,
    MeetingRequestType,
    ResponseType,
)
from samband.model.items import (
    Attachment,
    CalendarProperties,
    ItemKind,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
    MessageProperties,
)
from samband.model.meeting_messages import CANCELLATION_CLASS, REQUEST_CLASS, RESPONSE_CLASSES, conversation_of
from samband.model.meetings import IS_MEETING, SHARED, WAS_RECEIVED
from samband.model.recurrence import ModifiedOccurrence
from samband.model.timezones import UTC_ID, ZoneDefinition
from samband.model.zone_rules import told
from samband.wire.ical.lines import BadCalendar
from samband.wire.ical.reading import GivenEvent, read_component, read_events

_ANSWERS = {
    "ACCEPTED": ResponseType.ACCEPT,
    "TENTATIVE": ResponseType.TENTATIVE,
    "DECLINED": ResponseType.DECLINE,
}
_REQUEST, _CANCEL, _REPLY, _COUNTER = "REQUEST", "CANCEL", "REPLY", "COUNTER"
_MAX_OVERRIDES = 200


def meeting_draft(draft: Draft, calendar: str, method: str, zone: tzinfo) -> Draft:
    """``draft``, a message that came with ``calendar``, as the message about a meeting that it is.

    Times without a zone are in ``zone``. Never fails: what is no meeting message keeps its calendar as a file.
    """
    message = draft.properties
    if not isinstance(message, MessageProperties):
        return draft
    try:
        component = read_component(calendar)
        events = read_events(component)
        method = method or component.text("METHOD").upper()
        event = next((one for one in events if one.instance is None), None) or events[0]
        made = _made(message, event, events, method, zone)
    except (BadCalendar, IndexError, OverflowError, Failure, ValueError):
        made = None
    if made is None:
        return _with_file(draft, calendar)
    kind, item_class, properties, whole = made
    meeting = msgspec.structs.replace(draft, kind=kind, item_class=item_class, properties=properties)
    return meeting if whole else _with_file(meeting, calendar)


def _with_file(draft: Draft, calendar: str) -> Draft:
    head = Attachment(id=0, name="calendar.ics", content_type="text/calendar")
    file = DraftAttachment(head, calendar.encode("utf-8", "replace"))
    return msgspec.structs.replace(draft, attachments=(*draft.attachments, file))


_Made = tuple[ItemKind, str, MeetingMessageProperties, bool]
"""Kind, class and properties, and whether they say all that the calendar does."""


def _made(
    message: MessageProperties, event: GivenEvent, events: Sequence[GivenEvent], method: str, zone: tzinfo
) -> _Made | None:
    if not event.text("UID"):
        return None
    values = event_values(event, zone)
    local = told(zone) or ZoneDefinition(id=UTC_ID)
    for name in ("start_time_zone", "end_time_zone"):
        values.setdefault(name, local)
    if method == _REQUEST:
        return _request(message, event, events, values, zone)
    about = _about(message, event, values, zone)
    whole = len(events) == 1
    if method == _CANCEL:
        kind = ItemKind.MEETING_CANCELLATION
        return kind, CANCELLATION_CLASS, MeetingCancellationProperties(**_plain(message, about)), whole
    if method in (_REPLY, _COUNTER):
        return _response(message, event, method, about, whole)
    return None


def _plain(message: MessageProperties, more: dict[str, Any]) -> dict[str, Any]:
    """The attributes of ``message``, and ``more`` over them."""
    return {name: getattr(message, name) for name in message.__struct_fields__} | more


def _about(message: MessageProperties, event: GivenEvent, values: dict[str, Any], zone: tzinfo) -> dict[str, Any]:
    """What every message about a meeting says of it."""
    sequence, stamp = event.text("SEQUENCE"), event.moment("DTSTAMP")
    kind = CalendarItemType.RECURRING_MASTER if "recurrence" in values else CalendarItemType.SINGLE
    return {
        "uid": values["uid"],
        "start": values["start"],
        "end": values["end"],
        "location": values.get("location", ""),
        "recurrence": values.get("recurrence"),
        "recurrence_id": None if event.instance is None else instant_of(event.instance, zone),
        "calendar_item_type": kind if event.instance is None else CalendarItemType.EXCEPTION,
        "appointment_sequence_number": int(sequence) if sequence.isascii() and sequence.isdigit() else 0,
        "date_time_stamp": instant_of(stamp, zone) if stamp is not None else message.date_time_sent,
        "conversation": conversation_of(values["uid"]),
        "conversation_topic": values.get("subject", "")[:MAX_SUBJECT] or message.subject,
    }


def _request(
    message: MessageProperties,
    event: GivenEvent,
    events: Sequence[GivenEvent],
    values: dict[str, Any],
    zone: tzinfo,
) -> _Made:
    """An invitation, or what changed of one; a series with the occurrences that were moved."""
    organizer = message.from_
    if event.organizer is not None:
        organizer = EmailAddress(event.organizer.name, event.organizer.address)
    meeting = calendar_items.arranged(
        CalendarProperties(**{name: value for name, value in values.items() if name in SHARED})
    )
    shared = {name: getattr(meeting, name) for name in SHARED}
    about = _about(message, event, values, zone)
    busy = values.get("legacy_free_busy_status", FreeBusy.BUSY)
    overrides = [one for one in events if one.instance is not None and one is not event]
    moved, left = _moved(meeting, overrides, zone) if meeting.recurrence is not None else ((), overrides)
    more = {
        **shared,
        **about,
        "start": meeting.start,
        "end": meeting.end,
        "original_start": about["recurrence_id"],
        "subject": values["subject"][:MAX_SUBJECT] or message.subject,
        "body": message.body or values["body"],
        "importance": message.importance,
        "organizer": organizer,
        "is_response_requested": True,
        "appointment_state": IS_MEETING | WAS_RECEIVED,
        "meeting_request_type": MeetingRequestType.FULL_UPDATE
        if about["appointment_sequence_number"]
        else MeetingRequestType.NEW_MEETING_REQUEST,
        "intended_free_busy_status": _intended(event, busy),
        "legacy_free_busy_status": FreeBusy.TENTATIVE,
        "deleted_occurrences": values.get("deleted_occurrences", ()),
        "modified_occurrences": moved,
    }
    properties = MeetingRequestProperties(**_plain(message, more))
    whole = not left and event.component.line("RDATE") is None
    return ItemKind.MEETING_REQUEST, REQUEST_CLASS, properties, whole


def _intended(event: GivenEvent, busy: FreeBusy) -> FreeBusy:
    word = event.text("X-MICROSOFT-CDO-INTENDEDSTATUS").upper()
    return next((state for state in FreeBusy if state.value.upper() == word), busy)


def _moved(
    meeting: CalendarProperties, overrides: Sequence[GivenEvent], zone: tzinfo
) -> tuple[tuple[ModifiedOccurrence, ...], list[GivenEvent]]:
    """Occurrences at other times than their series says, and what is said of occurrences beyond that."""
    series = calendar_items.series_of_item(meeting)
    found: dict[int, ModifiedOccurrence] = {}
    left: list[GivenEvent] = list(overrides[_MAX_OVERRIDES:])
    for one in overrides[:_MAX_OVERRIDES]:
        assert one.instance is not None
        original = instant_of(one.instance, zone)
        ordinal = series.ordinal(original)
        if ordinal is None or one.text("UID") != meeting.uid:
            left.append(one)
            continue
        start, end = instant_of(one.start, zone), instant_of(one.end, zone)
        found[ordinal] = ModifiedOccurrence(ordinal, original, start, end)
        if one.text("SUMMARY") != meeting.subject or one.text("LOCATION") != meeting.location:
            left.append(one)
    return tuple(found[ordinal] for ordinal in sorted(found)), left


def _response(
    message: MessageProperties, event: GivenEvent, method: str, about: dict[str, Any], whole: bool
) -> _Made | None:
    """An attendee's answer. The attendee is who the calendar says: people have several addresses."""
    if len(event.attendees) != 1:
        return None
    (attendee,) = event.attendees
    answer = _ANSWERS.get(attendee.status)
    proposed: dict[str, Any] = {}
    if method == _COUNTER:
        answer = answer or ResponseType.TENTATIVE
        proposed = {"proposed_start": about["start"], "proposed_end": about["end"]}
    if answer is None:
        return None
    author = message.from_
    if author is None or author.address.lower() != attendee.address.lower():
        author = EmailAddress(attendee.name or attendee.address, attendee.address)
    more = {**about, **proposed, "from_": author, "response_type": answer}
    properties = MeetingResponseProperties(**_plain(message, more))
    return ItemKind.MEETING_RESPONSE, RESPONSE_CLASSES[answer], properties, whole
