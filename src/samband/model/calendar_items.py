"""Rules of calendar items: times put right, series and their occurrences. Pure; refusals are ``Failure``."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta, tzinfo
from typing import Any

import msgspec

from samband.model.failures import Failure
from samband.model.item_properties import CalendarProperties
from samband.model.item_values import CalendarItemType, FreeBusy
from samband.model.occurrences import FIRST_DAY, LAST_DAY, Series, check
from samband.model.recurrence import DeletedOccurrence, ModifiedOccurrence
from samband.model.series import first_occurrence, last_occurrence, series_of
from samband.model.timezones import UTC_ID, ZoneDefinition
from samband.model.zone_rules import short, zone_of

MAX_DURATION = timedelta(days=5 * 366)
_HALF_HOUR = timedelta(minutes=30)
_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_GAPS_LOOKED_AT = 60

REMINDER_MINUTES = 15
"""How long before its start an item reminds of itself where nobody said."""


def completed(properties: CalendarProperties, given: Collection[str], now: datetime) -> CalendarProperties:
    """A new item with what was not ``given`` (names of attributes) filled in."""
    start = properties.start or _next_half_hour(now)
    usual: dict[str, Any] = {
        "is_response_requested": True,
        "reminder_is_set": True,
        "reminder_minutes_before_start": REMINDER_MINUTES,
    }
    if properties.is_all_day_event:
        usual["legacy_free_busy_status"] = FreeBusy.FREE
    return msgspec.structs.replace(
        properties,
        start=start,
        end=properties.end or start + (_DAY if properties.is_all_day_event else _HALF_HOUR),
        start_time_zone=properties.start_time_zone or ZoneDefinition(id=UTC_ID),
        **{name: value for name, value in usual.items() if name not in given},
    )


def _next_half_hour(now: datetime) -> datetime:
    whole = now.replace(minute=0, second=0, microsecond=0)
    return whole + -(-(now - whole) // _HALF_HOUR) * _HALF_HOUR


def arranged(properties: CalendarProperties) -> CalendarProperties:
    """An item whose times agree with each other, its zones and its recurrence.

    An all-day event reaches from midnight to midnight in its zone; a series begins with its first occurrence.
    """
    zone = short(properties.start_time_zone)
    properties = msgspec.structs.replace(
        properties, start_time_zone=zone, end_time_zone=short(properties.end_time_zone) or zone
    )
    start, end = _times(properties)
    if properties.recurrence is None:
        if properties.calendar_item_type is CalendarItemType.RECURRING_MASTER:
            properties = msgspec.structs.replace(properties, calendar_item_type=CalendarItemType.SINGLE)
        return _reminded(
            msgspec.structs.replace(properties, start=start, end=end, first_occurrence=None, last_occurrence=None)
        )
    check(properties.recurrence)
    series = series_of(properties.recurrence, start, end, zone)
    first = first_occurrence(series)
    if first is None:
        raise Failure("ErrorRecurrenceHasNoOccurrence", "The series has no occurrence.")
    _check_gaps(series)
    return _reminded(
        msgspec.structs.replace(
            properties,
            start=first.start,
            end=first.end,
            calendar_item_type=CalendarItemType.RECURRING_MASTER,
            first_occurrence=first,
            last_occurrence=last_occurrence(series),
        )
    )


def _reminded(properties: CalendarProperties) -> CalendarProperties:
    """With the reminder's times where they follow from the start."""
    if not properties.reminder_is_set or properties.start is None:
        return msgspec.structs.replace(properties, reminder_due_by=None, reminder_next_time=None)
    before = timedelta(minutes=properties.reminder_minutes_before_start)
    return msgspec.structs.replace(
        properties, reminder_due_by=properties.start, reminder_next_time=properties.start - before
    )


def _times(properties: CalendarProperties) -> tuple[datetime, datetime]:
    start, end = properties.start, properties.end
    if start is None or end is None:
        raise Failure("ErrorCalendarInvalidPropertyState", "A calendar item has a start and an end.")
    if not all(FIRST_DAY <= moment.date() <= LAST_DAY for moment in (start, end)):
        raise Failure("ErrorCalendarOutOfRange", "The times are out of the range of calendars.")
    if not 0 <= properties.reminder_minutes_before_start <= MAX_DURATION // _MINUTE:
        raise Failure("ErrorCalendarOutOfRange", "The reminder is out of range.")
    if properties.is_all_day_event:
        start, end = whole_days(start, end, zone_of(properties.start_time_zone))
    if end < start:
        raise Failure("ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate.")
    if end - start > MAX_DURATION:
        raise Failure("ErrorCalendarDurationIsTooLong", "The duration of the calendar item is too long.")
    return start, end


def whole_days(start: datetime, end: datetime, zone: tzinfo) -> tuple[datetime, datetime]:
    """The midnights in ``zone`` around [``start``, ``end``]: at least one day."""
    first = start.astimezone(zone).date()
    local_end = end.astimezone(zone)
    last = local_end.date() if local_end.time() == time() else local_end.date() + _DAY
    midnights = (datetime.combine(day, time(), zone) for day in (first, max(last, first + _DAY)))
    begins, ends = (midnight.astimezone(UTC) for midnight in midnights)
    return begins, ends


def _check_gaps(series: Series) -> None:
    """An occurrence must be over before the next begins."""
    before = series.occurrence(1)
    for ordinal in range(2, _GAPS_LOOKED_AT):
        following = series.occurrence(ordinal)
        if before is None or following is None:
            return
        if before.end > following.start:
            raise Failure("ErrorOccurrenceTimeSpanTooBig", "An occurrence reaches into the next one.")
        before = following


def series_of_item(properties: CalendarProperties) -> Series:
    """The series an item is. Raises ``Failure`` where it is none."""
    if properties.recurrence is None or properties.start is None or properties.end is None:
        raise Failure("ErrorCalendarCannotUseIdForRecurringMasterId", "The item is not a series.")
    return series_of(properties.recurrence, properties.start, properties.end, properties.start_time_zone)


def same_series(before: CalendarProperties, after: CalendarProperties) -> bool:
    """Whether the occurrences of two states of an item are the same, so that its exceptions still mean something."""
    names = ("recurrence", "start", "end", "start_time_zone", "is_all_day_event")
    return all(getattr(before, name) == getattr(after, name) for name in names)


def occurrence_of(
    master: CalendarProperties, ordinal: int, exception: CalendarProperties | None = None
) -> CalendarProperties:
    """One occurrence of a series, as an item of its own; ``exception`` is what it is where it differs."""
    found = series_of_item(master).occurrence(ordinal)
    if found is None:
        raise Failure(
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "Occurrence index is out of recurrence range."
        )
    if any(gone.ordinal == ordinal for gone in master.deleted_occurrences):
        raise Failure(
            "ErrorCalendarOccurrenceIsDeletedFromRecurrence", "Occurrence with this index was deleted from recurrence."
        )
    if exception is not None:
        return exception
    return _reminded(
        msgspec.structs.replace(
            master,
            start=found.start,
            end=found.end,
            original_start=found.start,
            recurrence_id=found.start,
            calendar_item_type=CalendarItemType.OCCURRENCE,
            recurrence=None,
            modified_occurrences=(),
            deleted_occurrences=(),
            first_occurrence=None,
            last_occurrence=None,
        )
    )


def with_modified(master: CalendarProperties, ordinal: int, exception: CalendarProperties) -> CalendarProperties:
    """``master`` once the occurrence ``ordinal`` is as ``exception`` says. Raises ``Failure`` where it has no place."""
    start, end, original = exception.start, exception.end, exception.original_start
    if start is None or end is None or original is None:
        raise Failure("ErrorCalendarInvalidPropertyState", "An occurrence has a start and an end.")
    _check_place(master, ordinal, start, end)
    others = [one for one in master.modified_occurrences if one.ordinal != ordinal]
    others.append(ModifiedOccurrence(ordinal, original, start, end))
    return msgspec.structs.replace(master, modified_occurrences=tuple(sorted(others, key=lambda one: one.ordinal)))


def _check_place(master: CalendarProperties, ordinal: int, start: datetime, end: datetime) -> None:
    """An occurrence stays between those before and after it."""
    before, after = _neighbour(master, ordinal, -1), _neighbour(master, ordinal, 1)
    if (before is not None and start < before[1]) or (after is not None and end > after[0]):
        raise Failure(
            "ErrorOccurrenceCrossingBoundary", "Modified occurrence is crossing or overlapping adjacent occurrence."
        )


def _neighbour(master: CalendarProperties, ordinal: int, step: int) -> tuple[datetime, datetime] | None:
    """When the nearest occurrence that is there takes place."""
    series = series_of_item(master)
    gone = {one.ordinal for one in master.deleted_occurrences}
    ordinal += step
    while ordinal in gone:
        ordinal += step
    moved = next((one for one in master.modified_occurrences if one.ordinal == ordinal), None)
    found = moved or series.occurrence(ordinal)
    return None if found is None else (found.start, found.end)


def without_occurrence(master: CalendarProperties, ordinal: int) -> CalendarProperties:
    """``master`` once the occurrence ``ordinal`` is deleted."""
    found = series_of_item(master).occurrence(ordinal)
    if found is None:
        raise Failure(
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange", "Occurrence index is out of recurrence range."
        )
    gone = {one.ordinal: one for one in master.deleted_occurrences}
    gone[ordinal] = DeletedOccurrence(ordinal, found.start)
    return msgspec.structs.replace(
        master,
        deleted_occurrences=tuple(gone[number] for number in sorted(gone)),
        modified_occurrences=tuple(one for one in master.modified_occurrences if one.ordinal != ordinal),
    )


def is_empty(master: CalendarProperties) -> bool:
    """Whether every occurrence of a series is deleted."""
    count = series_of_item(master).days.count
    return count is not None and len(master.deleted_occurrences) >= count


def without_exceptions(master: CalendarProperties) -> CalendarProperties:
    """``master`` with all its occurrences as the pattern has them."""
    return msgspec.structs.replace(master, modified_occurrences=(), deleted_occurrences=())
