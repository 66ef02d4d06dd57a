"""A recurring calendar item as a series of instants: from its own properties, in its own time zone."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

from samband.model.occurrences import Series
from samband.model.recurrence import ModifiedOccurrence, Recurrence
from samband.model.timezones import ZoneDefinition
from samband.model.zone_rules import zone_of

_NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@lru_cache(maxsize=1024)
def series_of(recurrence: Recurrence, start: datetime, end: datetime, zone: ZoneDefinition | None) -> Series:
    """The series that ``recurrence`` makes of an item from ``start`` to ``end`` (aware UTC) in ``zone``.

    Only the time of day of ``start`` counts, and how much later on the local clock ``end`` is. The recurrence must
    have passed ``occurrences.check``.
    """
    clock = zone_of(zone)
    begins, ends = (moment.astimezone(clock).replace(tzinfo=None, fold=0) for moment in (start, end))
    return Series(recurrence, clock, begins.time(), ends - begins)


def first_occurrence(series: Series) -> ModifiedOccurrence | None:
    """What FirstOccurrence of a series says: the pattern's first, whatever became of it."""
    return _info(series, 1)


def last_occurrence(series: Series) -> ModifiedOccurrence | None:
    """What LastOccurrence of a series says; None where there is no end."""
    return None if series.days.count is None else _info(series, series.days.count)


def _info(series: Series, ordinal: int) -> ModifiedOccurrence | None:
    found = series.occurrence(ordinal)
    return None if found is None else ModifiedOccurrence(ordinal, found.start, found.start, found.end)


def span(series: Series) -> tuple[datetime, datetime]:
    """When a series begins and ends; one without end (or that ends out of reach) ends in the year 9999."""
    first, last = series.occurrence(1), series.last()
    begins = first.start if first else _NEVER
    return begins, last.end if last else _NEVER
