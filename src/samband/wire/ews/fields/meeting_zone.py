"""Codec of MeetingTimeZone, the time zone as clients of Exchange 2007 say it [MS-OXWSMTGS].

Plain values have the form of a ``ZoneDefinition``, as those of StartTimeZone: both are the zone an item starts in.
"""

from __future__ import annotations

from typing import Any

from samband.wire.ews.fields.codecs import Codec, Plain, Write, required_child
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, bad_element, text
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import read_duration

_WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_WEEKS = {"First": 1, "Second": 2, "Third": 3, "Fourth": 4, "Last": -1}
_MONTHS = (
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


def _minutes(element: Element) -> int:
    try:
        return round(read_duration(text(element)).total_seconds() / 60)
    except ValueError:
        raise bad_element(element) from None


def _one_of(element: Element, name: str, allowed: Any) -> str:
    found = required_child(element, name)
    value = text(found).strip()
    if value not in allowed:
        raise bad_element(found)
    return value


def _change(element: Element, period: str) -> Plain:
    """When a clock turns to ``period``; a change on one date is taken as that date of every year."""
    time = required_child(element, "Time")
    parts = text(time).split(":")
    if len(parts) < 2 or not (parts[0].isdigit() and parts[1].isdigit()):
        raise bad_element(time)
    change: dict[str, Plain] = {"period": period, "offset": int(parts[0]) * 60 + int(parts[1])}
    yearly = element.find(T + "RelativeYearlyRecurrence")
    if yearly is not None:
        month = _MONTHS.index(_one_of(yearly, "Month", _MONTHS)) + 1
        weekday = _WEEK.index(_one_of(yearly, "DaysOfWeek", _WEEK))
        occurrence = _WEEKS[_one_of(yearly, "DayOfWeekIndex", _WEEKS)]
        return change | {"kind": "day", "month": month, "weekday": weekday, "occurrence": occurrence}
    date = required_child(element, "AbsoluteDate")
    numbers = text(date).strip()[:10].split("-")
    if len(numbers) != 3 or not all(number.isdigit() for number in numbers):
        raise bad_element(date)
    month, day = int(numbers[1]), int(numbers[2])
    if not (1 <= month <= 12 and 1 <= day <= 31):
        raise bad_element(date)
    return change | {"kind": "date", "month": month, "day": day}


def read_meeting_zone(element: Element) -> Plain:
    """A TimeZoneType. Raises ``SchemaViolation``."""
    zone: dict[str, Plain] = {"id": element.get("TimeZoneName", ""), "name": element.get("TimeZoneName", "")}
    base = element.find(T + "BaseOffset")
    if base is None:
        if not zone["id"]:
            raise SchemaViolation("The element 'MeetingTimeZone' has incomplete content.")
        return zone
    bias = _minutes(base)
    standard, daylight = element.find(T + "Standard"), element.find(T + "Daylight")
    if standard is None or daylight is None:
        return zone | {"periods": [{"id": "s", "name": "Standard", "bias": bias}]}
    winter, summer = (bias + _minutes(required_child(one, "Offset")) for one in (standard, daylight))
    periods = [{"id": "s", "name": "Standard", "bias": winter}, {"id": "d", "name": "Daylight", "bias": summer}]
    rules = [_change(standard, "s"), _change(daylight, "d")]
    return zone | {"periods": periods, "groups": [{"id": "0", "transitions": rules}]}


def _writer(name: str) -> Write:
    def write(value: Any) -> str:
        named = "" if value is None else value.id or value.name
        return f'<t:{name} TimeZoneName="{escape_attribute(named)}"/>' if named else ""

    return write


MEETING_ZONE = Codec(read_meeting_zone, _writer)
