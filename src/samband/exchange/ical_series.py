"""Series in iCalendar: a rule, dates left out and dates added [RFC5545 3.8.5]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any

import msgspec

from samband.exchange.ical_zones import instant_of
from samband.model import calendar_items
from samband.model.items import CalendarProperties
from samband.model.occurrences import Series
from samband.model.recurrence import Daily, DeletedOccurrence, Numbered, Recurrence
from samband.model.zone_rules import told, zone_of
from samband.wire.ical.lines import BadCalendar, Line
from samband.wire.ical.reading import GivenEvent, read_moment
from samband.wire.ical.rules import read_rule

_DAY = timedelta(days=1)
MAX_SPAN = 800
"""Days over which dates that follow no rule are kept."""
MAX_DATES = 300


def series_values(event: GivenEvent, values: Mapping[str, Any], zone: tzinfo) -> dict[str, Any]:
    """The recurrence of an event, and the occurrences that it leaves out; nothing for one that is no series.

    Times without a zone are in ``zone``. Raises ``BadCalendar``.
    """
    rule, added = event.text("RRULE"), _added(event, zone)
    if not rule and not added:
        return {}
    known = values["start_time_zone"]
    clock = zone if known is None else zone_of(known)
    start = values["start"].astimezone(clock)
    properties = CalendarProperties(
        start=values["start"],
        end=values["end"],
        is_all_day_event=values["is_all_day_event"],
        start_time_zone=known or told(zone),
    )
    gone = {instant_of(moment, zone) for moment in event.left_out}
    if not rule:
        return _dated(properties, {values["start"], *added} - gone, clock) or {}
    try:
        recurrence = msgspec.convert(read_rule(_until_local(rule, start), start.date()), Recurrence)
    except msgspec.ValidationError:
        raise BadCalendar("a recurrence rule that cannot be kept") from None
    series = _series(properties, recurrence)
    if added and series.days.count is not None and series.days.count <= MAX_DATES:
        ruled = [series.occurrence(ordinal) for ordinal in range(1, series.days.count + 1)]
        dates = {one.start for one in ruled if one is not None} | added
        found = _dated(properties, dates - gone, clock)
        if found is not None:
            return found
    return {"recurrence": recurrence, "deleted_occurrences": _deleted(series, gone)}


def _series(properties: CalendarProperties, recurrence: Recurrence) -> Series:
    arranged = calendar_items.arranged(msgspec.structs.replace(properties, recurrence=recurrence))
    return calendar_items.series_of_item(arranged)


def _deleted(series: Series, gone: Iterable[datetime]) -> tuple[DeletedOccurrence, ...]:
    found = {ordinal: start for start in gone if (ordinal := series.ordinal(start)) is not None}
    return tuple(DeletedOccurrence(ordinal, found[ordinal]) for ordinal in sorted(found))


def _added(event: GivenEvent, zone: tzinfo) -> set[datetime]:
    """The starts that RDATE adds; of a period its start."""
    return {
        instant_of(read_moment(Line(line.name, value.partition("/")[0], line.parameters), event.zones), zone)
        for line in event.component.lines
        if line.name == "RDATE"
        for value in line.value.split(",")[:MAX_DATES]
    }


def _dated(properties: CalendarProperties, starts: set[datetime], clock: tzinfo) -> dict[str, Any] | None:
    """Dates that follow no rule, as what the model has for them: every day of their span, most of them left out.

    None where that cannot say it: two on one day, or at different times of the day, or too far apart.
    """
    local = sorted(start.astimezone(clock) for start in starts)
    days = {one.date() for one in local}
    if not local or len(days) < len(local) or len({one.time() for one in local}) > 1 or len(local) > MAX_DATES:
        return None
    span = (local[-1].date() - local[0].date()).days + 1
    assert properties.start is not None and properties.end is not None
    length = properties.end - properties.start
    if span > MAX_SPAN or length > _DAY:
        return None
    if len(local) == 1:
        return {"start": local[0].astimezone(UTC), "end": local[0].astimezone(UTC) + length}
    begin = local[0].astimezone(UTC)
    recurrence = Recurrence(Daily(1), Numbered(local[0].date(), span))
    series = _series(msgspec.structs.replace(properties, start=begin, end=begin + length), recurrence)
    left_out = [one for place in range(span) if (one := series.occurrence(place + 1)) is not None]
    gone = {one.start for one in left_out if _day(one.start, clock) not in days}
    return {
        "start": begin,
        "end": begin + length,
        "recurrence": recurrence,
        "deleted_occurrences": _deleted(series, gone),
    }


def _day(moment: datetime, clock: tzinfo) -> date:
    return moment.astimezone(clock).date()


def _until_local(rule: str, start: datetime) -> str:
    """``rule`` with its UNTIL as the last day on which an occurrence may begin, where ``start`` is: it is an instant in
    UTC as a rule, which may be another day there."""
    parts = [part.partition("=")[::2] for part in rule.split(";") if part]
    return ";".join(f"{name}={_last_day(value, start) if name.upper() == 'UNTIL' else value}" for name, value in parts)


def _last_day(value: str, start: datetime) -> str:
    try:
        last = read_moment(Line("UNTIL", value))
    except BadCalendar:
        return value
    if last.day:
        return value
    there = last.at.astimezone(start.tzinfo) if last.at.tzinfo is not None else last.at
    day = there.date() if there.time() >= start.time() else there.date() - _DAY
    return f"{day:%Y%m%d}"
