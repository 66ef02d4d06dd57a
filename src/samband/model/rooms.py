"""How rooms and equipment answer requests by themselves, as ``Set-CalendarProcessing`` has it. Pure rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Annotated, NamedTuple

import msgspec
from msgspec import Meta

from samband.model.freebusy import WorkingHours
from samband.model.item_properties import CalendarProperties
from samband.model.item_values import ResponseType, Sensitivity

_DAY = timedelta(days=1)
_NAMED = 10
"""So many conflicts are named in an answer."""

Percentage = Annotated[int, Meta(ge=0, le=100)]
Number = Annotated[int, Meta(ge=0, le=2**31 - 1)]
WindowDays = Annotated[int, Meta(ge=0, le=1080)]


class Automation(StrEnum):
    """AutomateProcessing: nothing, requests put into the calendar, or answered too."""

    NONE = "None"
    AUTO_UPDATE = "AutoUpdate"
    AUTO_ACCEPT = "AutoAccept"


class ResourcePolicy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a resource answers requests by; the names are the cmdlet's parameters in lower case."""

    automate_processing: Automation = Automation.AUTO_ACCEPT
    allow_conflicts: bool = False
    conflict_percentage_allowed: Percentage = 0
    maximum_conflict_instances: Number = 0
    booking_window_in_days: WindowDays = 180
    maximum_duration_in_minutes: Number = 1440
    """0: as long as one likes."""
    allow_recurring_meetings: bool = True
    schedule_only_during_work_hours: bool = False
    all_book_in_policy: bool = True
    book_in_policy: tuple[str, ...] = ()
    """Addresses of people and groups, in lower case, who may book where not all may."""
    add_organizer_to_subject: bool = True
    delete_subject: bool = True
    delete_comments: bool = True
    delete_non_calendar_items: bool = True
    remove_private_property: bool = True
    process_external_meeting_messages: bool = False
    enable_response_details: bool = True
    """Whether a refusal says why."""
    additional_response: str = ""
    """What every answer says besides; empty: nothing."""

    def window_end(self, now: datetime) -> datetime:
        """The moment from which on nothing may be booked yet."""
        return now + _DAY * (self.booking_window_in_days + 1)


class Conflict(NamedTuple):
    """Who has the resource already, and when; ``ordinal`` is the occurrence asked for that cannot be."""

    organizer: str
    start: datetime
    end: datetime
    ordinal: int = 0


class Slot(NamedTuple):
    """A time asked for: an appointment, or one occurrence of a series (``ordinal`` > 0)."""

    start: datetime
    end: datetime
    ordinal: int = 0


class Verdict(NamedTuple):
    """The answer to a request, what is said with it, and the occurrences of an accepted series that are declined."""

    answer: ResponseType
    text: str
    declined: tuple[int, ...] = ()


class Booking(NamedTuple):
    """A request as it is judged: what is asked for, by whom, and what stands against it."""

    wanted: CalendarProperties
    slots: Sequence[Slot]
    conflicts: Sequence[Conflict]
    permitted: bool
    """Whether the organizer may book the resource by themselves."""
    clock: tzinfo
    """The zone that times are told in."""


def judge(policy: ResourcePolicy, booking: Booking, hours: WorkingHours, zone: tzinfo, now: datetime) -> Verdict:
    """The answer to a request by a resource that works ``hours`` in ``zone``."""
    refusal = _refusal(policy, booking, hours, zone, now)
    if refusal:
        return _declined(policy, [refusal])
    clashing = tuple(sorted({one.ordinal for one in booking.conflicts}))
    if not booking.conflicts or policy.allow_conflicts:
        return Verdict(ResponseType.ACCEPT, _said(policy, ["Your request was accepted."]))
    named = _named(booking.conflicts, booking.clock)
    if booking.wanted.recurrence is None or not _tolerable(policy, len(clashing), len(booking.slots)):
        return _declined(policy, ["there are conflicts.", *named])
    lines = ["Your request was accepted, but not for these dates, where there are conflicts:", *named[1:]]
    return Verdict(ResponseType.ACCEPT, _said(policy, lines), clashing)


def _tolerable(policy: ResourcePolicy, clashing: int, slots: int) -> bool:
    few = clashing <= policy.maximum_conflict_instances
    return few and clashing * 100 <= policy.conflict_percentage_allowed * slots and clashing < slots


def _refusal(policy: ResourcePolicy, booking: Booking, hours: WorkingHours, zone: tzinfo, now: datetime) -> str:
    wanted, slots = booking.wanted, booking.slots
    if not booking.permitted:
        return "you do not have permission to book this resource."
    if wanted.recurrence is not None and not policy.allow_recurring_meetings:
        return "this resource does not allow recurring meetings."
    longest = timedelta(minutes=policy.maximum_duration_in_minutes)
    if longest and any(slot.end - slot.start > longest for slot in slots):
        return f"the duration is longer than {policy.maximum_duration_in_minutes} minutes."
    last = wanted.last_occurrence
    ends = wanted.end if wanted.recurrence is None else last.end if last is not None else None
    if ends is None or ends > policy.window_end(now) or not slots:
        return f"it cannot be booked more than {policy.booking_window_in_days} days in advance."
    if policy.schedule_only_during_work_hours and not all(_works(hours, zone, slot) for slot in slots):
        return "it can be booked during its working hours only."
    return ""


def _works(hours: WorkingHours, zone: tzinfo, slot: Slot) -> bool:
    start, end = slot.start.astimezone(zone), slot.end.astimezone(zone)
    day = 1 << (start.isoweekday() % 7)
    begins = start.hour * 60 + start.minute
    ends = end.hour * 60 + end.minute + (1440 if end.date() > start.date() else 0)
    same = end.date() - start.date() <= _DAY
    return same and any(one.days & day and one.start <= begins and ends <= one.end for one in hours.periods)


def _named(conflicts: Iterable[Conflict], clock: tzinfo) -> list[str]:
    found = sorted(conflicts, key=lambda one: one.start)
    lines = [
        f"{one.organizer or 'Busy'}: {one.start.astimezone(clock):%Y-%m-%d %H:%M} - {one.end.astimezone(clock):%H:%M}"
        for one in found[:_NAMED]
    ]
    more = [f"and {len(found) - _NAMED} more"] if len(found) > _NAMED else []
    return ["The conflicts are:", *lines, *more]


def _declined(policy: ResourcePolicy, reasons: Sequence[str]) -> Verdict:
    first = "Your request was declined because " + reasons[0]
    lines = [first, *reasons[1:]] if policy.enable_response_details else ["Your request was declined."]
    return Verdict(ResponseType.DECLINE, _said(policy, lines))


def _said(policy: ResourcePolicy, lines: Sequence[str]) -> str:
    return "\n".join([*lines, *(["", policy.additional_response] if policy.additional_response else [])])


def kept(policy: ResourcePolicy, properties: CalendarProperties) -> CalendarProperties:
    """A meeting as a resource keeps it in its calendar: without what is nobody's business."""
    organizer = properties.organizer.name if properties.organizer is not None else ""
    subject = "" if policy.delete_subject else properties.subject
    if policy.add_organizer_to_subject and organizer and not subject.startswith(organizer):
        subject = f"{organizer} {subject}".strip()
    properties = msgspec.structs.replace(properties, subject=subject)
    if policy.delete_comments:
        properties = msgspec.structs.replace(properties, body=None, preview="")
    if policy.remove_private_property and properties.sensitivity is Sensitivity.PRIVATE:
        properties = msgspec.structs.replace(properties, sensitivity=Sensitivity.NORMAL)
    return properties


def conflicts_of(slots: Sequence[Slot], taken: Sequence[tuple[str, datetime, datetime]]) -> list[Conflict]:
    """Where ``slots`` meet what is ``taken`` (by whom, from, until); both by start."""
    found: list[Conflict] = []
    first = 0
    for slot in slots:
        while first < len(taken) and taken[first][2] <= slot.start:
            first += 1
        for who, start, end in taken[first:]:
            if start >= slot.end:
                break
            if end > slot.start:
                found.append(Conflict(who, start, end, slot.ordinal))
    return found
