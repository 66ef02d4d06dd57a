"""Recurring tasks: what is left behind, and what goes on."""

from __future__ import annotations

from datetime import UTC, date, datetime

import msgspec
import pytest

from samband.model.contact_properties import TaskProperties
from samband.model.item_values import TaskStatus
from samband.model.recurrence import Daily, EndDate, NoEnd, Numbered, Range, Regeneration, TaskPattern, TaskRecurrence
from samband.model.task_series import parted

START = date(2016, 1, 31)
TODAY = date(2026, 11, 30)


def task(pattern: TaskPattern, range_: Range) -> TaskProperties:
    return TaskProperties(subject="Water the plants", recurrence=TaskRecurrence(pattern, range_))


def done(one: TaskProperties) -> TaskProperties:
    return msgspec.structs.replace(one, status=TaskStatus.COMPLETED, percent_complete=100.0)


@pytest.mark.parametrize(
    ("pattern", "due"),
    [
        (Daily(2), date(2016, 2, 2)),
        (Regeneration("Daily", 3), date(2026, 12, 3)),
        (Regeneration("Weekly", 2), date(2026, 12, 14)),
        (Regeneration("Monthly", 3), date(2027, 2, 28)),
        (Regeneration("Yearly", 1), date(2027, 11, 30)),
    ],
)
def test_what_is_done_is_left_behind(pattern: TaskPattern, due: date) -> None:
    before = task(pattern, Numbered(START, 4))
    parts = parted(before, done(before), TODAY)
    assert parts is not None
    once, rest = parts
    assert (once.is_complete, once.is_recurring) == (True, False)
    assert once.due_date == datetime(2016, 1, 31, tzinfo=UTC)
    assert rest.recurrence == TaskRecurrence(pattern, Numbered(START, 3))
    assert rest.due_date is not None and rest.due_date.date() == due
    assert (rest.status, rest.percent_complete, rest.change_count) == (TaskStatus.NOT_STARTED, 0.0, 2)


def test_days_keep_their_distance() -> None:
    start, due = datetime(2016, 1, 30, tzinfo=UTC), datetime(2016, 1, 31, 8, tzinfo=UTC)
    before = msgspec.structs.replace(task(Daily(7), NoEnd(START)), start_date=start, due_date=due)
    parts = parted(before, done(before), TODAY)
    assert parts is not None
    assert parts[1].start_date == datetime(2016, 2, 6, tzinfo=UTC)
    assert parts[1].due_date == datetime(2016, 2, 7, 8, tzinfo=UTC)


def test_moving_parts_a_pattern_but_not_a_regeneration() -> None:
    for pattern, expected in ((Daily(1), True), (Regeneration("Daily", 1), False)):
        before = task(pattern, NoEnd(START))
        after = msgspec.structs.replace(before, recurrence=TaskRecurrence(pattern, NoEnd(date(2016, 3, 1))))
        assert (parted(before, after, TODAY) is not None) is expected


@pytest.mark.parametrize("range_", [Numbered(START, 1), EndDate(START, START)])
def test_the_last_time_is_the_end(range_: Range) -> None:
    before = task(Daily(1), range_)
    assert parted(before, done(before), TODAY) is None


def test_other_changes_and_other_tasks_stay_one() -> None:
    before = task(Daily(1), NoEnd(START))
    assert parted(before, msgspec.structs.replace(before, subject="Other"), TODAY) is None
    assert parted(TaskProperties(), done(TaskProperties()), TODAY) is None
    assert parted(done(before), done(before), TODAY) is None
