"""Recurrence rules [RFC5545 3.3.10], between text and plain values.

Plain values have the form of the model's tagged records, as ``wire.ews.fields.recurrence`` has them: days are bits,
Sunday lowest; weeks of a month count from 1, 5 is the last one.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from samband.wire.ical.lines import BadCalendar

_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_ALL = 0x7F


def _days(bits: int) -> str:
    return ",".join(day for place, day in enumerate(_DAYS) if bits >> place & 1)


def _month_days(day: int) -> str:
    """A day of a month; where the month is shorter, its last."""
    if day <= 28:
        return f"BYMONTHDAY={day}"
    return f"BYMONTHDAY={','.join(map(str, range(28, day + 1)))};BYSETPOS=-1"


def _place(days: int, index: int) -> str:
    return f"BYDAY={_days(days)};BYSETPOS={-1 if index == 5 else index}"


def write_rule(recurrence: Any, until: str) -> str:
    """The value of RRULE; ``until`` is the last start as it is to be written, for a series that ends by date."""
    pattern = recurrence.pattern
    name = type(pattern).__name__
    if name == "Daily":
        rule = f"FREQ=DAILY;INTERVAL={pattern.interval}"
    elif name == "Weekly":
        rule = f"FREQ=WEEKLY;INTERVAL={pattern.interval};BYDAY={_days(pattern.days)};WKST={_days(pattern.first_day)}"
    elif name == "AbsoluteMonthly":
        rule = f"FREQ=MONTHLY;INTERVAL={pattern.interval};{_month_days(pattern.day)}"
    elif name == "RelativeMonthly":
        rule = f"FREQ=MONTHLY;INTERVAL={pattern.interval};{_place(pattern.days, pattern.index)}"
    elif name == "AbsoluteYearly":
        rule = f"FREQ=YEARLY;BYMONTH={pattern.month};{_month_days(pattern.day)}"
    else:
        rule = f"FREQ=YEARLY;BYMONTH={pattern.month};{_place(pattern.days, pattern.index)}"
    if hasattr(recurrence.range, "count"):
        return f"{rule};COUNT={recurrence.range.count}"
    return f"{rule};UNTIL={until}" if hasattr(recurrence.range, "end") else rule


def read_rule(value: str, start: date) -> dict[str, Any]:
    """The recurrence of something that begins on ``start``. Raises ``BadCalendar`` for what EWS cannot say."""
    parts = dict(part.upper().partition("=")[::2] for part in value.split(";") if part)
    try:
        return {"pattern": _pattern(parts, start), "range": _range(parts, start)}
    except (ValueError, KeyError, IndexError):
        raise BadCalendar("a recurrence rule that cannot be kept") from None


def _pattern(parts: dict[str, str], start: date) -> dict[str, Any]:
    interval = int(parts.get("INTERVAL", "1"))
    match parts["FREQ"]:
        case "DAILY":
            return {"type": "Daily", "interval": interval}
        case "WEEKLY":
            bits = _bits(parts["BYDAY"])[0] if "BYDAY" in parts else 1 << (start.isoweekday() % 7)
            first = 1 << _DAYS.index(parts.get("WKST", "MO"))
            return {"type": "Weekly", "days": bits, "interval": interval, "first_day": first}
        case "MONTHLY":
            return _monthly(parts, start) | {"interval": interval}
        case "YEARLY" if interval == 1:
            month = int(parts.get("BYMONTH", start.month))
            found = _monthly(parts, start)
            return found | {"type": found["type"].replace("Monthly", "Yearly"), "month": month}
    raise ValueError(parts["FREQ"])


def _monthly(parts: dict[str, str], start: date) -> dict[str, Any]:
    if "BYDAY" not in parts:
        days = [int(day) for day in parts.get("BYMONTHDAY", str(start.day)).split(",")]
        day = 31 if days == [-1] else max(days)
        if not 1 <= day <= 31 or (len(days) > 1 and parts.get("BYSETPOS") != "-1"):
            raise ValueError("days of a month")
        return {"type": "AbsoluteMonthly", "day": day}
    bits, index = _bits(parts["BYDAY"])
    place = index or int(parts["BYSETPOS"])
    if place not in (1, 2, 3, 4, -1):
        raise ValueError("a week of a month")
    return {"type": "RelativeMonthly", "days": bits, "index": 5 if place == -1 else place}


def _bits(value: str) -> tuple[int, int]:
    """The days in a BYDAY, and the number before them (0: none)."""
    bits = index = 0
    for day in value.split(","):
        bits |= 1 << _DAYS.index(day[-2:])
        index = int(day[:-2] or 0)
    return bits, index


def _range(parts: dict[str, str], start: date) -> dict[str, Any]:
    if "COUNT" in parts:
        return {"type": "Numbered", "start": start, "count": int(parts["COUNT"])}
    if "UNTIL" in parts:
        return {"type": "EndDate", "start": start, "end": datetime.strptime(parts["UNTIL"][:8], "%Y%m%d").date()}
    return {"type": "NoEnd", "start": start}
