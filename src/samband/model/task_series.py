"""Recurring tasks: one that is done leaves a task of its own behind and goes on to its next day. Pure [MS-OXWSTASK]."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta

import msgspec

from samband.model.contact_properties import TaskProperties
from samband.model.item_values import TaskStatus
from samband.model.occurrences import Days, check
from samband.model.recurrence import EndDate, NoEnd, Numbered, Range, Recurrence, Regeneration, TaskRecurrence

_MONTHS = {"Monthly": 1, "Yearly": 12}
_DAYS = {"Daily": 1, "Weekly": 7}


def parted(before: TaskProperties, after: TaskProperties, today: date) -> tuple[TaskProperties, TaskProperties] | None:
    """A recurring task that was changed from ``before`` to ``after``, as the task that is left behind and the rest.

    None where it stays one: nothing was done or moved, or there is no next time. What regenerates goes on from
    ``today``, and only when it is done; anything else also parts when its days are moved. Raises ``Failure`` for a
    recurrence that cannot be.
    """
    if before.recurrence is None or after.recurrence is None:
        return None
    done = after.is_complete and not before.is_complete
    if not done and not _is_moved(before, after):
        return None
    current = _due(before) or before.recurrence.range.start
    left = _left(after.recurrence.range)
    day = _next(after.recurrence if done else before.recurrence, current, today)
    if left is None or day is None or (isinstance(left, EndDate) and day > left.end):
        return None
    left_behind = msgspec.structs.replace(after, recurrence=None, due_date=after.due_date or _midnight(current))
    by = day - current
    rest = msgspec.structs.replace(
        after,
        recurrence=msgspec.structs.replace(after.recurrence, range=left),
        due_date=before.due_date + by if before.due_date else _midnight(day),
        start_date=before.start_date + by if before.start_date else None,
        reminder_due_by=before.reminder_due_by + by if before.reminder_due_by else None,
        status=TaskStatus.NOT_STARTED,
        percent_complete=0.0,
        complete_date=None,
        change_count=before.change_count + 1,
    )
    return left_behind, rest


def skipped(task: TaskProperties, today: date) -> TaskProperties | None:
    """A recurring task without the time it stands at; None where there is no next one. Raises ``Failure``."""
    parts = parted(task, msgspec.structs.replace(task, status=TaskStatus.COMPLETED), today)
    return None if parts is None else parts[1]


def _is_moved(before: TaskProperties, after: TaskProperties) -> bool:
    if before.recurrence is None or after.recurrence is None or isinstance(after.recurrence.pattern, Regeneration):
        return False
    days = [(one.start_date, one.due_date) for one in (before, after)]
    return days[0] != days[1] or before.recurrence.range.start != after.recurrence.range.start


def _due(task: TaskProperties) -> date | None:
    return task.due_date.astimezone(UTC).date() if task.due_date else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def _left(range_: Range) -> Range | None:
    """What is left of a range after one time; None where nothing is."""
    if isinstance(range_, Numbered):
        return Numbered(range_.start, range_.count - 1) if range_.count > 1 else None
    return range_


def _next(recurrence: TaskRecurrence, current: date, today: date) -> date | None:
    """The first day of a recurrence after ``current``; what regenerates counts from ``today``."""
    pattern = recurrence.pattern
    if isinstance(pattern, Regeneration):
        return _later(today, pattern)
    endless = Recurrence(pattern, NoEnd(recurrence.range.start))
    check(endless)
    days = Days(endless)
    return days.day(days.first_from(current + timedelta(days=1)))


def _later(day: date, pattern: Regeneration) -> date | None:
    try:
        if pattern.unit in _DAYS:
            return day + timedelta(days=_DAYS[pattern.unit] * pattern.interval)
        year, month = divmod(day.year * 12 + day.month - 1 + _MONTHS[pattern.unit] * pattern.interval, 12)
        return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
    except (ValueError, OverflowError):
        return None
