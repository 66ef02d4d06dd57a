"""Codec of time zone definitions [MS-OXWSCDATA]: by id alone, or with periods and transitions.

Plain values have the form of the model's records: offsets are minutes to add to local time to get UTC, weekdays count
from Sunday 0, the last week is -1.
"""

from __future__ import annotations

from typing import Any

from samband.wire.ews.fields.codecs import Codec, Plain, Write, required_child
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, bad_attribute, bad_element, local_name
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import read_duration, read_integer

_WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_MAX_PARTS = 500
_KINDS = {
    "Transition": "first",
    "AbsoluteDateTransition": "absolute",
    "RecurringDayTransition": "day",
    "RecurringDateTransition": "date",
}


def _minutes(text: str) -> int:
    return round(read_duration(text).total_seconds() / 60)


def _read_period(element: Element) -> Plain:
    try:
        bias = _minutes(element.get("Bias", ""))
    except ValueError:
        raise bad_attribute("Bias", element.get("Bias", "")) from None
    return {"id": element.get("Id", ""), "name": element.get("Name", ""), "bias": bias}


def _value(element: Element, name: str, lowest: int, highest: int) -> int:
    found = required_child(element, name)
    try:
        value = read_integer(found.text or "")
    except ValueError:
        raise bad_element(found) from None
    if not lowest <= value <= highest:
        raise bad_element(found)
    return value


def _read_transition(element: Element) -> Plain:
    kind = _KINDS.get(local_name(element))
    if kind is None:
        raise SchemaViolation(f"The element '{local_name(element)}' is no transition.")
    target = required_child(element, "To")
    transition: dict[str, Plain] = {"kind": kind}
    transition["group" if target.get("Kind") == "Group" else "period"] = target.text or ""
    if kind == "absolute":
        transition["at"] = (required_child(element, "DateTime").text or "").strip()
    if kind in ("day", "date"):
        offset = required_child(element, "TimeOffset")
        try:
            transition["offset"] = _minutes(offset.text or "")
        except ValueError:
            raise bad_element(offset) from None
        transition["month"] = _value(element, "Month", 1, 12)
    if kind == "day":
        day = required_child(element, "DayOfWeek")
        if day.text not in _WEEK:
            raise bad_element(day)
        transition["weekday"] = _WEEK.index(day.text)
        transition["occurrence"] = _value(element, "Occurrence", -1, 5)
    elif kind == "date":
        transition["day"] = _value(element, "Day", 1, 31)
    return transition


def _children(element: Element | None) -> list[Element]:
    found = [] if element is None else list(element)
    if len(found) > _MAX_PARTS:
        raise SchemaViolation("The time zone definition is too long.")
    return found


def read_zone(element: Element) -> Plain:
    """A TimeZoneDefinitionType as the plain form of a ``ZoneDefinition``. Raises ``SchemaViolation``."""
    zone: dict[str, Plain] = {"id": element.get("Id", ""), "name": element.get("Name", "")}
    zone["periods"] = [_read_period(period) for period in _children(element.find(T + "Periods"))]
    zone["groups"] = [
        {"id": group.get("Id", ""), "transitions": [_read_transition(part) for part in _children(group)]}
        for group in _children(element.find(T + "TransitionsGroups"))
    ]
    zone["transitions"] = [_read_transition(part) for part in _children(element.find(T + "Transitions"))]
    return zone


def _duration(minutes: int) -> str:
    sign = "-" if minutes < 0 else ""
    hours, rest = divmod(abs(minutes), 60)
    return f"{sign}PT{hours}H{rest}M"


def _write_transition(value: Any) -> str:
    name = next(element for element, kind in _KINDS.items() if kind == value.kind)
    kind, target = ("Group", value.group) if value.group else ("Period", value.period)
    parts = [f'<t:{name}><t:To Kind="{kind}">{escape(target)}</t:To>']
    if value.kind == "absolute":
        parts.append(f"<t:DateTime>{escape(value.at)}</t:DateTime>")
    if value.kind in ("day", "date"):
        parts.append(f"<t:TimeOffset>{_duration(value.offset)}</t:TimeOffset><t:Month>{value.month}</t:Month>")
    if value.kind == "day":
        day = _WEEK[value.weekday]
        parts.append(f"<t:DayOfWeek>{day}</t:DayOfWeek><t:Occurrence>{value.occurrence}</t:Occurrence>")
    elif value.kind == "date":
        parts.append(f"<t:Day>{value.day}</t:Day>")
    parts.append(f"</t:{name}>")
    return "".join(parts)


def write_zone(name: str, value: Any) -> str:
    """A TimeZoneDefinitionType called ``name``; its parts only where it has periods."""
    head = f'<t:{name} Id="{escape_attribute(value.id)}" Name="{escape_attribute(value.name or value.id)}"'
    if not value.periods:
        return head + "/>"
    periods = "".join(
        f'<t:Period Bias="{_duration(period.bias)}" Name="{escape_attribute(period.name)}" '
        f'Id="{escape_attribute(period.id)}"/>'
        for period in value.periods
    )
    groups = "".join(
        f'<t:TransitionsGroup Id="{escape_attribute(group.id)}">'
        f"{''.join(map(_write_transition, group.transitions))}</t:TransitionsGroup>"
        for group in value.groups
    )
    parts = [f"{head}><t:Periods>{periods}</t:Periods>"]
    if groups:
        parts.append(f"<t:TransitionsGroups>{groups}</t:TransitionsGroups>")
    if value.transitions:
        parts.append(f"<t:Transitions>{''.join(map(_write_transition, value.transitions))}</t:Transitions>")
    parts.append(f"</t:{name}>")
    return "".join(parts)


def _zone_writer(name: str) -> Write:
    return lambda value: "" if value is None else write_zone(name, value)


ZONE = Codec(read_zone, _zone_writer)
