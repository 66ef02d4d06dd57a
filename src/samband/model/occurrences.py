"""From a recurrence to its occurrences: days by arithmetic, then instants by the series' time zone.

Nothing here walks from a series' beginning: the ordinal of a day and the day of an ordinal are computed, so a window
over a daily series of ten years costs as much as one over yesterday's. Ordinals count from 1 over the pattern as it
was defined; a deleted occurrence keeps its ordinal.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from samband.model.failures import Failure
from samband.model.recurrence import (
    DAY,
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    EndDate,
    Numbered,
    Pattern,
    Recurrence,
    RelativeMonthly,
    RelativeYearly,
    Weekly,
    bit_of,
)

FIRST_DAY = date(1601, 1, 2)
"""The first day of calendars: a day after the epoch of [MS-OXOCAL], so that it is one in every time zone."""
LAST_DAY = date(4500, 8, 31)
"""The last day a series can reach: where [MS-OXOCAL] puts the end of a series without end."""
_ONE_DAY = timedelta(days=1)


def _day_in_month(year: int, month: int, day: int) -> date:
    return date(year, month, min(day, monthrange(year, month)[1]))


@lru_cache(maxsize=4096)
def _relative_day(year: int, month: int, days: int, index: int) -> date:
    """The ``index``-th day of ``days`` in a month; 5 is the last."""
    if index == 5:
        day, step, left = _day_in_month(year, month, 31), -_ONE_DAY, 1
    else:
        day, step, left = date(year, month, 1), _ONE_DAY, index
    while True:
        if bit_of(day) & days:
            left -= 1
            if not left:
                return day
        day += step


def check(recurrence: Recurrence) -> None:
    """Refuse a recurrence that cannot be: ``Failure`` with the code of [MS-OXWSCDATA] for the fault found."""
    pattern, where = recurrence.pattern, recurrence.range
    _check_pattern(pattern)
    if isinstance(where, EndDate) and where.end < where.start:
        raise Failure("ErrorCalendarEndDateIsEarlierThanStartDate", "The series ends before it begins.")
    if isinstance(where, EndDate) and where.end > LAST_DAY + _ONE_DAY:
        raise Failure("ErrorRecurrenceEndDateTooBig", "The series ends after 1 September 4500.")
    if isinstance(where, Numbered) and not 1 <= where.count <= 999:
        raise Failure("ErrorCalendarOutOfRange", "A series has 1 to 999 occurrences.")
    if where.start < FIRST_DAY:
        raise Failure("ErrorCalendarOutOfRange", "The series begins before the calendar does.")
    if where.start > LAST_DAY or Days(recurrence).day(1) is None:
        raise Failure("ErrorRecurrenceHasNoOccurrence", "The series has no occurrence.")


def _check_pattern(pattern: Pattern) -> None:
    interval = getattr(pattern, "interval", 1)
    if not 1 <= interval <= (999 if isinstance(pattern, Daily) else 99):
        raise Failure("ErrorCalendarOutOfRange", "The interval of the series is out of range.")
    if not 1 <= getattr(pattern, "day", 1) <= 31 or not 1 <= getattr(pattern, "month", 1) <= 12:
        raise Failure("ErrorCalendarOutOfRange", "The day or month of the series is out of range.")
    if not 1 <= getattr(pattern, "index", 1) <= 5:
        raise Failure("ErrorCalendarOutOfRange", "A month has a first to a last such day, no more.")
    if not 1 <= getattr(pattern, "days", 1) <= DAY:
        raise Failure("ErrorCalendarInvalidRecurrence", "The series names no day of the week.")


@dataclass(frozen=True, slots=True)
class _Monthly:
    """One day in every ``interval``-th month, counted from the month of ``start``."""

    start: date
    interval: int
    anchor: int
    day_in: Callable[[int, int], date]

    def day(self, ordinal: int) -> date:
        month = self.anchor + (ordinal - 1 + self._skipped()) * self.interval
        return self.day_in(*_year_and_month(month))

    def ordinal(self, day: date) -> int:
        months = day.year * 12 + day.month - 1 - self.anchor
        period = max(0, -(-months // self.interval))
        while self.day_in(*_year_and_month(self.anchor + period * self.interval)) < max(day, self.start):
            period += 1
        return period + 1 - self._skipped()

    def _skipped(self) -> int:
        return 1 if self.day_in(*_year_and_month(self.anchor)) < self.start else 0


def _year_and_month(months: int) -> tuple[int, int]:
    return months // 12, months % 12 + 1


@dataclass(frozen=True, slots=True)
class _Daily:
    start: date
    interval: int

    def day(self, ordinal: int) -> date:
        return self.start + timedelta(days=(ordinal - 1) * self.interval)

    def ordinal(self, day: date) -> int:
        return max(0, -(-(day - self.start).days // self.interval)) + 1


@dataclass(frozen=True, slots=True)
class _Weekly:
    """``offsets`` are the pattern's days as distances from the first day of a week, ascending."""

    start: date
    interval: int
    week: date
    offsets: tuple[int, ...]

    def day(self, ordinal: int) -> date:
        number = ordinal - 1 + self._skipped()
        period, place = divmod(number, len(self.offsets))
        return self.week + timedelta(days=period * self.interval * 7 + self.offsets[place])

    def ordinal(self, day: date) -> int:
        day = max(day, self.start)
        period, rest = divmod((day - self.week).days, self.interval * 7)
        before = sum(1 for offset in self.offsets if offset < rest)
        return period * len(self.offsets) + before + 1 - self._skipped()

    def _skipped(self) -> int:
        first = (self.start - self.week).days
        return sum(1 for offset in self.offsets if offset < first)


def _weekly(pattern: Weekly, start: date) -> _Weekly:
    first = pattern.first_day.bit_length() - 1
    week = start - timedelta(days=(start.isoweekday() - first) % 7)
    offsets = sorted((bit - first) % 7 for bit in range(7) if pattern.days >> bit & 1)
    return _Weekly(start, pattern.interval, week, tuple(offsets))


def _sequence(pattern: Pattern, start: date) -> _Daily | _Weekly | _Monthly:
    match pattern:
        case Daily(interval):
            return _Daily(start, interval)
        case Weekly():
            return _weekly(pattern, start)
        case AbsoluteMonthly(day, interval):
            return _Monthly(start, interval, start.year * 12 + start.month - 1, lambda y, m: _day_in_month(y, m, day))
        case RelativeMonthly(days, index, interval):
            anchor = start.year * 12 + start.month - 1
            return _Monthly(start, interval, anchor, lambda y, m: _relative_day(y, m, days, index))
        case AbsoluteYearly(day, month):
            return _Monthly(start, 12, start.year * 12 + month - 1, lambda y, m: _day_in_month(y, m, day))
        case RelativeYearly(days, index, month):
            return _Monthly(start, 12, start.year * 12 + month - 1, lambda y, m: _relative_day(y, m, days, index))


class Days:
    """The days of a recurrence, in order and numbered from 1. ``recurrence`` must have passed ``check``."""

    __slots__ = ("_sequence", "count", "start")

    def __init__(self, recurrence: Recurrence) -> None:
        self.start = recurrence.range.start
        self._sequence = _sequence(recurrence.pattern, self.start)
        self.count: int | None
        """How many days there are; None where the series has no end."""
        match recurrence.range:
            case Numbered(_, count):
                self.count = count
            case EndDate(_, end):
                self.count = self._sequence.ordinal(min(end, LAST_DAY) + _ONE_DAY) - 1
            case _:
                self.count = None

    def day(self, ordinal: int) -> date | None:
        """The day with a number, or None where the series has no such."""
        if ordinal < 1 or (self.count is not None and ordinal > self.count):
            return None
        try:
            day = self._sequence.day(ordinal)
        except (ValueError, OverflowError):
            return None
        return day if day <= LAST_DAY else None

    def first_from(self, day: date) -> int:
        """The number of the first day at or after ``day``: it may be beyond the end of the series."""
        return self._sequence.ordinal(min(day, LAST_DAY))

    def ordinal(self, day: date) -> int | None:
        """The number of exactly ``day``, or None where the series does not meet it."""
        number = self.first_from(day)
        return number if self.day(number) == day else None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One occurrence as the pattern has it: instants in aware UTC."""

    ordinal: int
    start: datetime
    end: datetime


def to_utc(local: datetime, zone: tzinfo) -> datetime:
    """The instant of a naive local time. One that a clock change skips is moved on by the change; the first of two."""
    return local.replace(tzinfo=zone).astimezone(UTC)


class Series:
    """A recurrence at a time of day in a zone.

    ``at`` is the local time each occurrence begins at, ``length`` how much later on the local clock it ends: an
    occurrence over a clock change keeps its local end, and an all-day event stays midnight to midnight.
    """

    __slots__ = ("at", "days", "length", "zone")

    def __init__(self, recurrence: Recurrence, zone: tzinfo, at: time, length: timedelta) -> None:
        self.days = Days(recurrence)
        self.zone = zone
        self.at = at
        self.length = length

    def occurrence(self, ordinal: int) -> Occurrence | None:
        """The occurrence with a number, or None where the series has no such."""
        day = self.days.day(ordinal)
        return None if day is None else self._on(ordinal, day)

    def ordinal(self, start: datetime) -> int | None:
        """The number of the occurrence that begins at exactly ``start`` (aware), or None."""
        day = start.astimezone(self.zone).date()
        for number in {self.days.ordinal(day), self.days.ordinal(day - _ONE_DAY)} - {None}:
            found = self.occurrence(number) if number else None
            if found and found.start == start:
                return number
        return None

    def window(self, start: datetime, end: datetime) -> Iterator[Occurrence]:
        """Every occurrence that overlaps [``start``, ``end``), in order; one of no length counts where it begins."""
        try:
            first = (start.astimezone(self.zone) - self.length).date() - _ONE_DAY
        except OverflowError:
            first = self.days.start
        ordinal = self.days.first_from(max(first, self.days.start))
        while (found := self.occurrence(ordinal)) is not None and found.start < end:
            if found.end > start or found.start >= start:
                yield found
            ordinal += 1

    def last(self) -> Occurrence | None:
        """The last occurrence, or None where there is no end."""
        return None if self.days.count is None else self.occurrence(self.days.count)

    def _on(self, ordinal: int, day: date) -> Occurrence:
        begin = datetime.combine(day, self.at)
        return Occurrence(ordinal, to_utc(begin, self.zone), to_utc(begin + self.length, self.zone))
