"""Repeating items: the patterns and ranges of EWS as values, and what a series has of exceptions.

A pattern speaks of calendar days in the series' own time zone, never of instants; ``samband.model.occurrences`` turns
both into instants. Patterns, ranges and their texts: [MS-OXWSCDATA] and [MS-OXOCAL].
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

import msgspec

# Days of a week as bits, Sunday lowest, as [MS-OXOCAL] writes them. Monday is 2.
SUNDAY, MONDAY, TUESDAY, WEDNESDAY, THURSDAY, FRIDAY, SATURDAY = (1 << bit for bit in range(7))
DAY = 0x7F
WEEKDAY = MONDAY | TUESDAY | WEDNESDAY | THURSDAY | FRIDAY
WEEKEND_DAY = SATURDAY | SUNDAY

DAY_NAMES: dict[str, int] = {
    "Sunday": SUNDAY,
    "Monday": MONDAY,
    "Tuesday": TUESDAY,
    "Wednesday": WEDNESDAY,
    "Thursday": THURSDAY,
    "Friday": FRIDAY,
    "Saturday": SATURDAY,
    "Day": DAY,
    "Weekday": WEEKDAY,
    "WeekendDay": WEEKEND_DAY,
}
"""The names of DayOfWeekType; the last three name sets of days."""
MONTH_NAMES = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
INDEX_NAMES: dict[str, int] = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": 5}
"""DayOfWeekIndex; ``Last`` is 5 and means the last one, also where a month has only four."""


def bit_of(day: date) -> int:
    """The bit of the day of week of ``day``."""
    return 1 << (day.isoweekday() % 7)


def days_of(names: Iterable[str]) -> int:
    """The bits of day names. Raises ``KeyError`` for a name that is none."""
    bits = 0
    for name in names:
        bits |= DAY_NAMES[name]
    return bits


def names_of(days: int) -> list[str]:
    """The single days in ``days``, Sunday first."""
    return [name for name, bit in list(DAY_NAMES.items())[:7] if days & bit]


class Daily(msgspec.Struct, frozen=True, tag=True):
    """Every ``interval`` days."""

    interval: int = 1


class Weekly(msgspec.Struct, frozen=True, tag=True):
    """On ``days`` of every ``interval``-th week; a week begins on the day ``first_day`` (one bit)."""

    days: int
    interval: int = 1
    first_day: int = SUNDAY


class AbsoluteMonthly(msgspec.Struct, frozen=True, tag=True):
    """On day ``day`` (1-31) of every ``interval``-th month; the last day where a month is shorter."""

    day: int
    interval: int = 1


class RelativeMonthly(msgspec.Struct, frozen=True, tag=True):
    """On the ``index``-th (5: last) of ``days`` in every ``interval``-th month."""

    days: int
    index: int
    interval: int = 1


class AbsoluteYearly(msgspec.Struct, frozen=True, tag=True):
    """On day ``day`` of ``month`` (1-12) every year; the last day where the month is shorter."""

    day: int
    month: int


class RelativeYearly(msgspec.Struct, frozen=True, tag=True):
    """On the ``index``-th (5: last) of ``days`` in ``month`` (1-12) every year."""

    days: int
    index: int
    month: int


class Regeneration(msgspec.Struct, frozen=True, tag=True):
    """A task that returns ``interval`` units (``Daily``, ``Weekly``, ``Monthly``, ``Yearly``) after it was done."""

    unit: str
    interval: int = 1


Pattern = Daily | Weekly | AbsoluteMonthly | RelativeMonthly | AbsoluteYearly | RelativeYearly
"""What a calendar item may repeat by."""
TaskPattern = Pattern | Regeneration


class NoEnd(msgspec.Struct, frozen=True, tag=True):
    """For ever from ``start`` on."""

    start: date


class EndDate(msgspec.Struct, frozen=True, tag=True):
    """From ``start`` to ``end``, both included."""

    start: date
    end: date


class Numbered(msgspec.Struct, frozen=True, tag=True):
    """``count`` occurrences from ``start`` on."""

    start: date
    count: int


Range = NoEnd | EndDate | Numbered


class Recurrence(msgspec.Struct, frozen=True):
    """What a calendar item repeats by (RecurrenceType)."""

    pattern: Pattern
    range: Range


class TaskRecurrence(msgspec.Struct, frozen=True):
    """What a task repeats by (TaskRecurrenceType): a calendar's patterns and regeneration."""

    pattern: TaskPattern
    range: Range


class ModifiedOccurrence(msgspec.Struct, frozen=True):
    """An occurrence that differs from its series. Instants are aware UTC; ``ordinal`` counts from 1.

    What it differs in beyond its times is kept with the store's exceptions, by the same ordinal.
    """

    ordinal: int
    original_start: datetime
    start: datetime
    end: datetime


class DeletedOccurrence(msgspec.Struct, frozen=True):
    """An occurrence taken out of its series: its ``ordinal`` from 1 and where it would have begun (aware UTC)."""

    ordinal: int
    start: datetime
