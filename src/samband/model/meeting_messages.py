"""Messages about meetings: what organizers and attendees write to each other. Pure.

A message about a meeting carries the sequence number of the organizer's item, which grows with every word to the
attendees: what is older than a calendar already knows is out of date.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import datetime
from typing import TypeVar

import msgspec

from samband.model.item_properties import (
    CalendarProperties,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
)
from samband.model.item_values import Body, BodyKind, EmailAddress, FreeBusy, MeetingRequestType, ResponseType
from samband.model.meetings import CANCELED, IS_MEETING, LISTS, SHARED, WAS_RECEIVED

M = TypeVar("M", bound=MeetingMessageProperties)

REQUEST_CLASS = "IPM.Schedule.Meeting.Request"
FORWARD_NOTICE_CLASS = "IPM.Schedule.Meeting.Notification.Forward"
CANCELLATION_CLASS = "IPM.Schedule.Meeting.Canceled"
RESPONSE_CLASSES = {
    ResponseType.ACCEPT: "IPM.Schedule.Meeting.Resp.Pos",
    ResponseType.TENTATIVE: "IPM.Schedule.Meeting.Resp.Tent",
    ResponseType.DECLINE: "IPM.Schedule.Meeting.Resp.Neg",
}
_RESPONSE_PREFIXES = {
    ResponseType.ACCEPT: "Accepted: ",
    ResponseType.TENTATIVE: "Tentative: ",
    ResponseType.DECLINE: "Declined: ",
}


def conversation_of(uid: str) -> bytes:
    """The conversation of everything that is said about a meeting."""
    return hashlib.sha256(uid.encode("utf-8", "replace")).digest()[:16]


def request_of(
    meeting: CalendarProperties, kind: MeetingRequestType, recipients: Iterable[EmailAddress], now: datetime
) -> MeetingRequestProperties:
    """What the organizer of ``meeting`` asks ``recipients``."""
    wanted = {one.address.lower() for one in recipients}
    to, cc, bcc = (
        tuple(one.mailbox for one in getattr(meeting, name) if one.mailbox.address.lower() in wanted) for name in LISTS
    )
    shared = {name: getattr(meeting, name) for name in SHARED}
    return MeetingRequestProperties(
        **shared,
        meeting_request_type=kind,
        intended_free_busy_status=meeting.legacy_free_busy_status,
        legacy_free_busy_status=FreeBusy.TENTATIVE,
        to_recipients=to,
        cc_recipients=cc,
        bcc_recipients=bcc,
        date_time_sent=now,
        date_time_stamp=now,
        appointment_state=IS_MEETING | WAS_RECEIVED,
        modified_occurrences=meeting.modified_occurrences,
        deleted_occurrences=meeting.deleted_occurrences,
        conversation=conversation_of(meeting.uid),
        conversation_topic=meeting.subject,
    )


def cancellation_of(
    meeting: CalendarProperties, recipients: Iterable[EmailAddress], body: Body | None, now: datetime
) -> MeetingCancellationProperties:
    """What the organizer tells ``recipients`` of a meeting that will not be, or not with them."""
    return msgspec.structs.replace(
        _about(MeetingCancellationProperties(), meeting, now),
        subject=CANCELED + meeting.subject,
        body=body or meeting.body,
        to_recipients=tuple(recipients),
        is_organizer=False,
    )


def response_of(
    meeting: CalendarProperties,
    response: ResponseType,
    body: Body | None,
    proposed: tuple[datetime | None, datetime | None],
    now: datetime,
) -> MeetingResponseProperties:
    """What an attendee of ``meeting`` answers its organizer."""
    return msgspec.structs.replace(
        _about(MeetingResponseProperties(), meeting, now),
        subject=_RESPONSE_PREFIXES[response] + meeting.subject,
        body=body,
        to_recipients=(meeting.organizer,) if meeting.organizer is not None else (),
        response_type=response,
        proposed_start=proposed[0],
        proposed_end=proposed[1],
        is_organizer=False,
    )


def forward_notice_of(
    request: MeetingRequestProperties, organizer: EmailAddress, recipients: Iterable[EmailAddress], now: datetime
) -> MeetingMessageProperties:
    """What the organizer is told of a meeting that an attendee sent on to ``recipients``."""
    people = "\r\n".join(f"{one.name or one.address} <{one.address}>" for one in recipients)
    return MeetingMessageProperties(
        subject=f"Meeting Forward Notification: {request.conversation_topic or request.subject}",
        body=Body(BodyKind.TEXT, f"Your meeting was forwarded to:\r\n{people}\r\n"),
        to_recipients=(organizer,),
        uid=request.uid,
        recurrence_id=request.recurrence_id,
        date_time_sent=now,
        date_time_stamp=now,
        conversation=conversation_of(request.uid),
        conversation_topic=request.conversation_topic,
    )


def _about(message: M, meeting: CalendarProperties, now: datetime) -> M:
    return msgspec.structs.replace(
        message,
        uid=meeting.uid,
        recurrence_id=meeting.recurrence_id,
        recurrence=meeting.recurrence,
        calendar_item_type=meeting.calendar_item_type,
        start=meeting.start,
        end=meeting.end,
        location=meeting.location,
        appointment_sequence_number=meeting.appointment_sequence_number,
        date_time_sent=now,
        date_time_stamp=now,
        conversation=conversation_of(meeting.uid),
        conversation_topic=meeting.subject,
    )
