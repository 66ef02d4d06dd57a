"""Occurrences against an oracle that walks day by day and knows no arithmetic."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice, takewhile
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samband.model import recurrence as r
from samband.model.failures import Failure
from samband.model.occurrences import LAST_DAY, Days, Occurrence, Series, check

BERLIN = ZoneInfo("Europe/Berlin")
ONE = timedelta(days=1)


def matches(pattern: r.Pattern, start: date, day: date) -> bool:
    """Whether a walk from ``start`` that has come to ``day`` stops there."""
    months = (day.year - start.year) * 12 + day.month - start.month
    match pattern:
        case r.Daily(interval):
            return (day - start).days % interval == 0
        case r.Weekly(days, interval, first):
            return bool(r.bit_of(day) & days) and (week(day, first) - week(start, first)).days // 7 % interval == 0
        case r.AbsoluteMonthly(number, interval):
            return months % interval == 0 and day.day == min(number, monthrange(day.year, day.month)[1])
        case r.RelativeMonthly(days, index, interval):
            return months % interval == 0 and is_index(day, days, index)
        case r.AbsoluteYearly(number, month):
            return day.month == month and day.day == min(number, monthrange(day.year, day.month)[1])
        case r.RelativeYearly(days, index, month):
            return day.month == month and is_index(day, days, index)


def week(day: date, first: int) -> date:
    while r.bit_of(day) != first:
        day -= ONE
    return day


def is_index(day: date, days: int, index: int) -> bool:
    last = monthrange(day.year, day.month)[1]
    month = [date(day.year, day.month, number) for number in range(1, last + 1)]
    fitting = [one for one in month if r.bit_of(one) & days]
    return fitting[-1] == day if index == 5 else fitting[index - 1] == day


def walk(recurrence: r.Recurrence) -> Iterator[date]:
    day, met = recurrence.range.start, 0
    while day <= LAST_DAY:
        if isinstance(recurrence.range, r.EndDate) and day > recurrence.range.end:
            return
        if matches(recurrence.pattern, recurrence.range.start, day):
            met += 1
            yield day
            if isinstance(recurrence.range, r.Numbered) and met == recurrence.range.count:
                return
        day += ONE


bits = st.sampled_from([1, 2, 4, 8, 16, 32, 64])
sets = st.one_of(bits, st.sampled_from([r.DAY, r.WEEKDAY, r.WEEKEND_DAY]))
patterns = st.one_of(
    st.builds(r.Daily, st.integers(1, 40)),
    st.builds(r.Weekly, st.integers(1, 127), st.integers(1, 6), bits),
    st.builds(r.AbsoluteMonthly, st.integers(1, 31), st.integers(1, 14)),
    st.builds(r.RelativeMonthly, sets, st.integers(1, 5), st.integers(1, 14)),
    st.builds(r.AbsoluteYearly, st.integers(1, 31), st.integers(1, 12)),
    st.builds(r.RelativeYearly, sets, st.integers(1, 5), st.integers(1, 12)),
)
starts = st.dates(date(1999, 1, 1), date(2030, 12, 31))
ranges = st.one_of(
    st.builds(r.NoEnd, starts),
    st.builds(r.Numbered, starts, st.integers(1, 12)),
    st.tuples(starts, st.integers(0, 900)).map(lambda pair: r.EndDate(pair[0], pair[0] + timedelta(days=pair[1]))),
)
recurrences = st.builds(r.Recurrence, patterns, ranges)


@given(recurrences)
@settings(deadline=None)
def test_days_are_those_of_the_walk(recurrence: r.Recurrence) -> None:
    expected = list(islice(walk(recurrence), 12))
    days = Days(recurrence)
    found = [days.day(ordinal) for ordinal in range(1, len(expected) + 1)]
    assert found == expected
    if len(expected) < 12:
        assert days.day(len(expected) + 1) is None
        assert days.count == len(expected)


@given(recurrences, st.integers(-40, 900))
@settings(deadline=None)
def test_first_from_is_the_inverse_of_day(recurrence: r.Recurrence, distance: int) -> None:
    probe = recurrence.range.start + timedelta(days=distance)
    days = Days(recurrence)
    met = list(takewhile(lambda day: day <= probe, walk(recurrence)))
    before = [day for day in met if day < probe]
    assert days.first_from(probe) == len(before) + 1 or days.day(len(before) + 1) is None
    assert days.ordinal(probe) == (len(met) if probe in met else None)


@given(
    recurrences,
    st.times(),
    st.integers(0, 4000),
    st.integers(-2000, 20000),
    st.integers(1, 3000),
    st.sampled_from(["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
)
@settings(deadline=None)
def test_a_window_holds_what_overlaps_it(
    recurrence: r.Recurrence, at: time, minutes: int, hours: int, span: int, name: str
) -> None:
    zone = ZoneInfo(name)
    at = at.replace(microsecond=0, tzinfo=None)
    series = Series(recurrence, zone, at, timedelta(minutes=minutes))
    begin = datetime.combine(recurrence.range.start, time(), UTC) + timedelta(hours=hours)
    end = begin + timedelta(hours=span)
    expected = []
    for ordinal, day in enumerate(walk(recurrence), 1):
        local = datetime.combine(day, at)
        start, stop = (one.replace(tzinfo=zone).astimezone(UTC) for one in (local, local + timedelta(minutes=minutes)))
        if day > end.date() + 3 * ONE:
            break
        if start < end and (stop > begin or start >= begin):
            expected.append((ordinal, start, stop))
    found = list(series.window(begin, end))
    assert [(one.ordinal, one.start, one.end) for one in found] == expected
    for one in found:
        assert series.ordinal(one.start) is not None


def test_an_old_daily_series_costs_no_walk() -> None:
    calls = 0

    class Counting(Series):
        def occurrence(self, ordinal: int) -> Occurrence | None:
            nonlocal calls
            calls += 1
            return super().occurrence(ordinal)

    series = Counting(r.Recurrence(r.Daily(1), r.NoEnd(date(1, 1, 1))), UTC, time(9), timedelta(hours=1))
    begin = datetime(4400, 1, 1, tzinfo=UTC)
    assert len(list(series.window(begin, begin + timedelta(days=7)))) == 7
    assert calls < 15
    assert series.occurrence(10**9) is None


def start_of(series: Series, ordinal: int) -> datetime:
    found = series.occurrence(ordinal)
    assert found is not None
    return found.start


def test_clock_changes_keep_the_local_hour() -> None:
    series = Series(r.Recurrence(r.Daily(), r.NoEnd(date(2027, 3, 27))), BERLIN, time(9), timedelta(minutes=30))
    assert [start_of(series, n).hour for n in (1, 2)] == [8, 7]


def test_a_skipped_local_time_moves_on_and_a_doubled_one_is_the_first() -> None:
    series = Series(r.Recurrence(r.Daily(), r.NoEnd(date(2027, 3, 28))), BERLIN, time(2, 30), timedelta(minutes=30))
    assert start_of(series, 1) == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    autumn = Series(r.Recurrence(r.Daily(), r.NoEnd(date(2027, 10, 31))), BERLIN, time(2, 30), timedelta(minutes=30))
    assert start_of(autumn, 1) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)


def test_all_day_events_stay_midnight_to_midnight() -> None:
    series = Series(r.Recurrence(r.Daily(), r.NoEnd(date(2027, 3, 28))), BERLIN, time(0), timedelta(days=1))
    first = series.occurrence(1)
    assert first is not None and first.end - first.start == timedelta(hours=23)


@pytest.mark.parametrize(
    ("pattern", "start", "expected"),
    [
        (r.AbsoluteMonthly(31), date(2027, 1, 31), [date(2027, 1, 31), date(2027, 2, 28), date(2027, 3, 31)]),
        (r.AbsoluteYearly(29, 2), date(2027, 1, 1), [date(2027, 2, 28), date(2028, 2, 29)]),
        (r.RelativeMonthly(r.WEEKDAY, 5), date(2027, 1, 30), [date(2027, 2, 26), date(2027, 3, 31)]),
        (r.RelativeYearly(r.THURSDAY, 4, 11), date(2026, 12, 1), [date(2027, 11, 25)]),
        (r.Weekly(r.MONDAY | r.SUNDAY, 2, r.MONDAY), date(2027, 1, 4), [date(2027, 1, 4), date(2027, 1, 10)]),
        (r.Weekly(r.MONDAY | r.SUNDAY, 2, r.SUNDAY), date(2027, 1, 4), [date(2027, 1, 4), date(2027, 1, 17)]),
    ],
)
def test_known_series(pattern: r.Pattern, start: date, expected: list[date]) -> None:
    days = Days(r.Recurrence(pattern, r.NoEnd(start)))
    assert [days.day(n) for n in range(1, len(expected) + 1)] == expected


@given(recurrences)
@settings(deadline=None)
def test_what_has_an_occurrence_passes_the_check(recurrence: r.Recurrence) -> None:
    if next(walk(recurrence), None) is not None:
        check(recurrence)
    else:
        with pytest.raises(Failure, match="ErrorRecurrenceHasNoOccurrence"):
            check(recurrence)


DAY1 = date(2027, 1, 1)


@pytest.mark.parametrize(
    ("recurrence", "code"),
    [
        (r.Recurrence(r.Daily(0), r.NoEnd(DAY1)), "ErrorCalendarOutOfRange"),
        (r.Recurrence(r.Daily(1000), r.NoEnd(DAY1)), "ErrorCalendarOutOfRange"),
        (r.Recurrence(r.Weekly(0), r.NoEnd(DAY1)), "ErrorCalendarInvalidRecurrence"),
        (r.Recurrence(r.AbsoluteMonthly(32), r.NoEnd(DAY1)), "ErrorCalendarOutOfRange"),
        (r.Recurrence(r.RelativeMonthly(r.MONDAY, 15), r.NoEnd(DAY1)), "ErrorCalendarOutOfRange"),
        (r.Recurrence(r.Daily(), r.Numbered(DAY1, 1000)), "ErrorCalendarOutOfRange"),
        (r.Recurrence(r.Daily(), r.EndDate(DAY1, date(2026, 12, 31))), "ErrorCalendarEndDateIsEarlierThanStartDate"),
        (r.Recurrence(r.Daily(), r.EndDate(DAY1, date(4501, 1, 1))), "ErrorRecurrenceEndDateTooBig"),
        (r.Recurrence(r.AbsoluteYearly(1, 5), r.EndDate(DAY1, date(2027, 4, 1))), "ErrorRecurrenceHasNoOccurrence"),
    ],
)
def test_impossible_series_are_refused(recurrence: r.Recurrence, code: str) -> None:
    with pytest.raises(Failure) as caught:
        check(recurrence)
    assert caught.value.code == code
