"""Reminders of appointments, series and tasks: which one is next, and what becomes of it. Pure rules.

A series has one reminder at a time: of the occurrence at ``reminder_due_by``, at ``reminder_next_time``.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

import msgspec

from samband.model.calendar_items import series_of_item
from samband.model.items import CalendarProperties, TaskProperties

Reminding = CalendarProperties | TaskProperties
Exceptions = Mapping[int, CalendarProperties]

_SECOND = timedelta(seconds=1)
_LOOKED_AT = 400
"""So many occurrences are looked at for the next that reminds of itself."""


class Due(NamedTuple):
    """A reminder: when it comes, and of what; ``ordinal`` is the occurrence of a series, 0 elsewhere."""

    at: datetime
    start: datetime
    end: datetime
    ordinal: int = 0


def following(series: CalendarProperties, exceptions: Exceptions, after: datetime) -> Due | None:
    """The reminder of the first occurrence that begins after ``after``; None where there is none any more."""
    pattern = series_of_item(series)
    ordinal = max(1, pattern.days.first_from(max(after.astimezone(pattern.zone).date(), pattern.days.start)) - 1)
    for number in range(ordinal, ordinal + _LOOKED_AT):
        if pattern.occurrence(number) is None:
            return None
        due = _due(series, exceptions, number)
        if due is not None and due.start > after:
            return due
    return None


def _due(series: CalendarProperties, exceptions: Exceptions, ordinal: int) -> Due | None:
    """The reminder of one occurrence as it is set, None where it is deleted or reminds of nothing."""
    if any(gone.ordinal == ordinal for gone in series.deleted_occurrences):
        return None
    found = series_of_item(series).occurrence(ordinal)
    said = exceptions.get(ordinal, series)
    if found is None or not said.reminder_is_set:
        return None
    start, end = (said.start, said.end) if ordinal in exceptions else (found.start, found.end)
    assert start is not None and end is not None
    return Due(start - timedelta(minutes=said.reminder_minutes_before_start), start, end, ordinal)


def current(properties: CalendarProperties, exceptions: Exceptions, now: datetime) -> Due | None:
    """The reminder an appointment or a series has now: of a series, the latest that has come, else the next."""
    if not properties.reminder_is_set or properties.start is None or properties.end is None:
        return None
    at = properties.reminder_next_time or properties.start
    if properties.recurrence is None:
        return Due(at, properties.start, properties.end)
    due = following(properties, exceptions, (properties.reminder_due_by or properties.start) - _SECOND)
    if due is None:
        return None
    if due.start == properties.reminder_due_by:
        due = due._replace(at=at)
    return _latest(properties, exceptions, due, now)


def _latest(series: CalendarProperties, exceptions: Exceptions, due: Due, now: datetime) -> Due:
    upcoming = following(series, exceptions, now)
    if upcoming is not None and upcoming.at <= now:
        return max(due, upcoming, key=lambda one: one.start)
    last = upcoming.ordinal if upcoming is not None else series_of_item(series).days.count
    for ordinal in range((last or 0) - (upcoming is not None), due.ordinal, -1):
        found = _due(series, exceptions, ordinal)
        if found is not None and found.at <= now:
            return found
    return due


def begun(properties: CalendarProperties, exceptions: Exceptions, now: datetime) -> CalendarProperties:
    """A series that was made or changed: it reminds of what is still to come."""
    if properties.recurrence is None or not properties.reminder_is_set:
        return properties
    due = following(properties, exceptions, now)
    if due is None:
        return properties
    return msgspec.structs.replace(properties, reminder_due_by=due.start, reminder_next_time=due.at)


_OWN = ("reminder_is_set", "reminder_due_by", "reminder_next_time", "reminder_minutes_before_start")
_TIMES = ("start", "end", "recurrence", "start_time_zone", "reminder_is_set", "reminder_minutes_before_start")


def carried(
    before: CalendarProperties, edited: CalendarProperties, after: CalendarProperties, now: datetime
) -> CalendarProperties:
    """``after``, made of ``edited``, with the reminder as it was where its time was not touched: a snooze is kept.

    A client that sets the next time itself has set it.
    """
    said = edited.reminder_next_time
    if said is not None and said != before.reminder_next_time and after.reminder_is_set:
        return msgspec.structs.replace(after, reminder_next_time=said)
    if any(getattr(before, name) != getattr(after, name) for name in _TIMES):
        return begun(after, {}, now)
    return msgspec.structs.replace(after, **{name: getattr(before, name) for name in _OWN})


def snoozed(properties: Reminding, due: Due, until: datetime) -> Reminding:
    """An item whose reminder comes again."""
    return msgspec.structs.replace(
        properties, reminder_is_set=True, reminder_due_by=due.start, reminder_next_time=until
    )


def dismissed(properties: Reminding, due: Due, exceptions: Exceptions) -> Reminding:
    """An item whose reminder was seen: a series reminds of its next occurrence, anything else of nothing."""
    if isinstance(properties, CalendarProperties) and properties.recurrence is not None:
        after = following(properties, exceptions, due.start)
        if after is not None:
            return msgspec.structs.replace(properties, reminder_due_by=after.start, reminder_next_time=after.at)
    return msgspec.structs.replace(properties, reminder_is_set=False, reminder_due_by=None, reminder_next_time=None)


def of_task(task: TaskProperties) -> Due | None:
    """The reminder a task has."""
    at = task.reminder_next_time or task.reminder_due_by
    if not task.reminder_is_set or at is None:
        return None
    return Due(at, task.start_date or task.due_date or at, task.due_date or task.start_date or at)
