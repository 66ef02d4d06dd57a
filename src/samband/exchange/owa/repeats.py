"""How a new appointment repeats, as a form has it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Literal

from samband.model.failures import Failure
from samband.model.recurrence import (
    MONDAY,
    WEEKDAY,
    AbsoluteMonthly,
    AbsoluteYearly,
    Daily,
    EndDate,
    NoEnd,
    Pattern,
    Recurrence,
    Weekly,
    bit_of,
)
from samband.model.timezones import zone_named

Repeat = Literal["never", "day", "weekdays", "week", "month", "year"]


def recurrence(repeat: Repeat, start: datetime, zone: str, until: date | None) -> Recurrence | None:
    """The series that begins at ``start``, by its day in the zone with a Windows id; None where it does not repeat.

    Raises ``Failure``.
    """
    if repeat == "never":
        return None
    first = start.astimezone(zone_named(zone) or UTC).date()
    if until is not None and until < first:
        raise Failure("ErrorRecurrenceEndDateTooBig", "It ends to repeat before it begins.")
    return Recurrence(_pattern(repeat, first), NoEnd(first) if until is None else EndDate(first, until))


def _pattern(repeat: Repeat, first: date) -> Pattern:
    if repeat in ("week", "weekdays"):
        return Weekly(bit_of(first) if repeat == "week" else WEEKDAY, first_day=MONDAY)
    if repeat == "month":
        return AbsoluteMonthly(first.day)
    return AbsoluteYearly(first.day, first.month) if repeat == "year" else Daily()
