"""Codecs of recurrences and of what a series says of its occurrences [MS-OXWSCDATA].

Plain values have the form of the model's tagged records: ``{"pattern": {"type": "Weekly", "days": 2, ...}, "range":
{"type": "NoEnd", ...}}``. Days are bits, Sunday lowest; weeks of a month count from 1, 5 is the last one.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from samband.wire.ews.fields.codecs import Codec, Plain, Write, child, required_child
from samband.wire.ews.fields.contents import no_reading
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.xml.reading import Element, SchemaViolation, bad_element, local_name
from samband.wire.xml.values import read_integer, write_instant

_WEEK = ("Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
_DAYS = {name: 1 << place for place, name in enumerate(_WEEK)} | {"Day": 0x7F, "Weekday": 0x3E, "WeekendDay": 0x41}
_SETS = {bits: name for name, bits in _DAYS.items()}
_INDEXES = ("First", "Second", "Third", "Fourth", "Last")
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


def _number(element: Element, name: str, lowest: int, highest: int) -> int:
    found = required_child(element, name)
    try:
        value = read_integer(found.text or "")
    except ValueError:
        raise bad_element(found) from None
    if not lowest <= value <= highest:
        raise bad_element(found)
    return value


def _days(element: Element, name: str = "DaysOfWeek") -> int:
    found = required_child(element, name)
    bits = 0
    for day in (found.text or "").split():
        if day not in _DAYS:
            raise bad_element(found)
        bits |= _DAYS[day]
    if not bits:
        raise bad_element(found)
    return bits


def _place(element: Element, name: str, names: tuple[str, ...]) -> int:
    found = required_child(element, name)
    if found.text not in names:
        raise bad_element(found)
    return names.index(found.text) + 1


def _interval(element: Element) -> int:
    return _number(element, "Interval", 1, 999)


def _read_pattern(element: Element) -> dict[str, Plain] | None:
    match local_name(element):
        case "DailyRecurrence":
            return {"type": "Daily", "interval": _interval(element)}
        case "WeeklyRecurrence":
            first = _days(element, "FirstDayOfWeek") if child(element, "FirstDayOfWeek") is not None else 1
            return {"type": "Weekly", "days": _days(element), "interval": _interval(element), "first_day": first}
        case "AbsoluteMonthlyRecurrence":
            return {
                "type": "AbsoluteMonthly",
                "day": _number(element, "DayOfMonth", 1, 31),
                "interval": _interval(element),
            }
        case "RelativeMonthlyRecurrence":
            index = _place(element, "DayOfWeekIndex", _INDEXES)
            return {"type": "RelativeMonthly", "days": _days(element), "index": index, "interval": _interval(element)}
        case "AbsoluteYearlyRecurrence":
            month = _place(element, "Month", _MONTHS)
            return {"type": "AbsoluteYearly", "day": _number(element, "DayOfMonth", 1, 31), "month": month}
        case "RelativeYearlyRecurrence":
            index, month = _place(element, "DayOfWeekIndex", _INDEXES), _place(element, "Month", _MONTHS)
            return {"type": "RelativeYearly", "days": _days(element), "index": index, "month": month}
        case name if name.endswith("Regeneration"):
            return {"type": "Regeneration", "unit": name.removesuffix("Regeneration"), "interval": _interval(element)}
    return None


def read_date(element: Element) -> date:
    """xs:date; an offset, which Exchange writes too, is dropped."""
    try:
        return date.fromisoformat((element.text or "").strip()[:10])
    except ValueError:
        raise bad_element(element) from None


def _read_range(element: Element) -> dict[str, Plain] | None:
    name = local_name(element)
    if name not in ("NoEndRecurrence", "EndDateRecurrence", "NumberedRecurrence"):
        return None
    span: dict[str, Plain] = {
        "type": name.removesuffix("Recurrence"),
        "start": read_date(required_child(element, "StartDate")),
    }
    if name == "EndDateRecurrence":
        span["end"] = read_date(required_child(element, "EndDate"))
    elif name == "NumberedRecurrence":
        span["count"] = _number(element, "NumberOfOccurrences", 1, 999)
    return span


def _read(element: Element) -> Plain:
    pattern = span = None
    for part in element:
        pattern = pattern or _read_pattern(part)
        span = span or _read_range(part)
    if pattern is None or span is None:
        raise SchemaViolation(f"The element '{local_name(element)}' has incomplete content.")
    return {"pattern": pattern, "range": span}


def _day_names(bits: int) -> str:
    return _SETS.get(bits) or " ".join(name for name in _WEEK if bits & _DAYS[name])


def _leaf(name: str, value: object) -> str:
    return f"<t:{name}>{value}</t:{name}>"


def _write_pattern(pattern: Any) -> str:
    name = type(pattern).__name__
    interval = _leaf("Interval", pattern.interval) if hasattr(pattern, "interval") else ""
    if name == "Regeneration":
        return f"<t:{pattern.unit}Regeneration>{interval}</t:{pattern.unit}Regeneration>"
    parts = [interval]
    if name.startswith("Absolute"):
        parts.append(_leaf("DayOfMonth", pattern.day))
    elif name == "Weekly":
        days = " ".join(day for day in _WEEK if pattern.days & _DAYS[day])
        parts.append(_leaf("DaysOfWeek", days) + _leaf("FirstDayOfWeek", _day_names(pattern.first_day)))
    elif name.startswith("Relative"):
        parts.append(_leaf("DaysOfWeek", _day_names(pattern.days)))
        parts.append(_leaf("DayOfWeekIndex", _INDEXES[pattern.index - 1]))
    if hasattr(pattern, "month"):
        parts.append(_leaf("Month", _MONTHS[pattern.month - 1]))
    return f"<t:{name}Recurrence>{''.join(parts)}</t:{name}Recurrence>"


def _write_range(span: Any) -> str:
    """The range of a recurrence. Its days end in ``Z`` because clients tell them from instants by that."""
    name = type(span).__name__
    parts = [_leaf("StartDate", f"{span.start.isoformat()}Z")]
    if name == "EndDate":
        parts.append(_leaf("EndDate", f"{span.end.isoformat()}Z"))
    elif name == "Numbered":
        parts.append(_leaf("NumberOfOccurrences", span.count))
    return f"<t:{name}Recurrence>{''.join(parts)}</t:{name}Recurrence>"


def _recurrence_writer(name: str) -> Write:
    def write(value: Any) -> str:
        if value is None:
            return ""
        return f"<t:{name}>{_write_pattern(value.pattern)}{_write_range(value.range)}</t:{name}>"

    return write


RECURRENCE = Codec(_read, _recurrence_writer)


def _write_occurrence(name: str, item: Any, value: Any) -> str:
    identifier = write_id(IdKind.OCCURRENCE, item.mailbox, item.id, value.ordinal)
    return (
        f'<t:{name}><t:ItemId Id="{identifier}"/><t:Start>{write_instant(value.start)}</t:Start>'
        f"<t:End>{write_instant(value.end)}</t:End>"
        f"<t:OriginalStart>{write_instant(value.original_start)}</t:OriginalStart></t:{name}>"
    )


def first_occurrence(item: Any) -> str:
    """``<t:FirstOccurrence>`` of a series."""
    value = item.properties.first_occurrence
    return "" if value is None else _write_occurrence("FirstOccurrence", item, value)


def last_occurrence(item: Any) -> str:
    """``<t:LastOccurrence>`` of a series that ends."""
    value = item.properties.last_occurrence
    return "" if value is None else _write_occurrence("LastOccurrence", item, value)


def modified_occurrences(item: Any) -> str:
    """``<t:ModifiedOccurrences>`` of a series."""
    written = [_write_occurrence("Occurrence", item, value) for value in item.properties.modified_occurrences]
    return f"<t:ModifiedOccurrences>{''.join(written)}</t:ModifiedOccurrences>" if written else ""


def _deleted_writer(name: str) -> Write:
    def write(values: Any) -> str:
        written = [
            f"<t:DeletedOccurrence><t:Start>{write_instant(value.start)}</t:Start></t:DeletedOccurrence>"
            for value in values
        ]
        return f"<t:{name}>{''.join(written)}</t:{name}>" if written else ""

    return write


DELETED_OCCURRENCES = Codec(no_reading, _deleted_writer)
