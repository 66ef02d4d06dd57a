"""What a mailbox says of its owner, as category instances: calendarState, the OOF note, calendarData.

The instances and containers are those a Lync client uses when it publishes its own calendar, so that watchers need not
know who published.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from samband.model.mailbox_sight import MailboxSight, away, is_out, running
from samband.model.presence import (
    BE_RIGHT_BACK_FROM,
    BUSY,
    BUSY_FROM,
    DO_NOT_DISTURB_FROM,
    IN_A_MEETING,
    OUT_OF_OFFICE,
    Activity,
    Draft,
    ExpireType,
    FreeBusy,
    Note,
    NoteKind,
    State,
    StateKind,
    WorkingHours,
)

SOURCE = "calendar"
"""Whose publications these are, among those of servers."""
_BUSY_INSTANCE, _OUT_INSTANCE, _NOTE_INSTANCE, _FREE_BUSY_INSTANCE = 0x3B5A0D10, 0x3B5A0D11, 0x3B5A0D12, 0x3B5A0D13
_STATE_CONTAINERS = (2, 3)
_NOTE_CONTAINERS = (200, 300, 400)
_HOURS_CONTAINERS = (1, 200, 300, 400)
_FREE_BUSY_CONTAINERS = (200, 300, 400)


def publications(sight: MailboxSight, now: datetime) -> list[Draft]:
    """Everything to publish at ``now``, and nothing else."""
    return [*_states(sight, now), *_note(sight, now), *_calendar_data(sight)]


def _states(sight: MailboxSight, now: datetime) -> Iterator[Draft]:
    meeting = running(sight.appointments, now)
    if meeting is not None:
        activity = Activity(token=IN_A_MEETING, lowest=BUSY_FROM, highest=DO_NOT_DISTURB_FROM - 1)
        state = State(
            kind=StateKind.CALENDAR,
            availability=BUSY,
            activity=activity if meeting.is_meeting else None,
            start=meeting.start,
            meeting_subject=meeting.subject,
            meeting_location=meeting.location,
            uri=sight.address,
        )
        yield from (_draft("state", _BUSY_INSTANCE, container, state) for container in _STATE_CONTAINERS)
    leave = away(sight.appointments, now)
    if leave is not None or is_out(sight.out_of_office, now):
        # No availability: being out of office is told beside whatever else somebody is.
        state = State(
            kind=StateKind.CALENDAR,
            activity=Activity(token=OUT_OF_OFFICE, lowest=BE_RIGHT_BACK_FROM),
            start=leave.start if leave is not None else None,
            uri=sight.address,
        )
        yield from (_draft("state", _OUT_INSTANCE, container, state) for container in _STATE_CONTAINERS)


def _note(sight: MailboxSight, now: datetime) -> Iterator[Draft]:
    settings = sight.out_of_office
    if settings is not None and settings.note and is_out(settings, now):
        scheduled = settings.state == "Scheduled"
        note = Note(
            text=settings.note,
            kind=NoteKind.OUT_OF_OFFICE,
            start=settings.start if scheduled else None,
            end=settings.end if scheduled else None,
        )
        yield from (_draft("note", _NOTE_INSTANCE, container, note) for container in _NOTE_CONTAINERS)


def _calendar_data(sight: MailboxSight) -> Iterator[Draft]:
    if sight.working_hours:
        hours = WorkingHours(mailbox=sight.address, document=sight.working_hours)
        yield from (_draft("calendarData", 0, container, hours) for container in _HOURS_CONTAINERS)
    if sight.merged:
        free_busy = FreeBusy(mailbox=sight.address, start=sight.start, interval=sight.interval, slots=sight.merged)
        for container in _FREE_BUSY_CONTAINERS:
            yield _draft("calendarData", _FREE_BUSY_INSTANCE, container, free_busy)


def _draft(category: str, instance: int, container: int, value: State | Note | WorkingHours | FreeBusy) -> Draft:
    return Draft(category=category, instance=instance, container=container, expire_type=ExpireType.STATIC, value=value)
