"""Values of query strings: sizes and days, alone, as ranges and with comparisons [AQS]."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

from samband.wire.ews.restrictions import Bound, Restriction

Read = Callable[[str], Restriction]

_SIZE = re.compile(r"(\d{1,12})\s*(b|kb|mb|gb)?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_OPERATORS = re.compile(r"(<=|>=|<|>|=)?\s*(.*)", re.DOTALL)
_SIZES = {
    "empty": (0, 1),
    "tiny": (0, 10 * 1024),
    "small": (10 * 1024, 100 * 1024),
    "medium": (100 * 1024, 1024**2),
    "large": (1024**2, 16 * 1024**2),
    "huge": (16 * 1024**2, 128 * 1024**2),
    "gigantic": (128 * 1024**2, 2**62),
}


def nothing() -> Restriction:
    """What a value means that nobody understands: nothing has it."""
    return Restriction(lambda item: False)


def read_size(value: str) -> Restriction:
    """A size such as ``>10kb``, ``10kb..1mb`` or ``large``."""
    operator, rest = _operator(value)
    first, dots, last = rest.partition("..")
    low, high = _size(first), _size(last if dots else first)
    if low is None or high is None:
        return nothing()
    return _between(lambda item: item.size, "size", operator, low[0], high[1])


def _size(text: str) -> tuple[int, int] | None:
    text = text.strip().lower()
    if text in _SIZES:
        return _SIZES[text]
    found = _SIZE.fullmatch(text)
    if not found:
        return None
    size = int(found.group(1)) * _UNITS[(found.group(2) or "").lower()]
    return size, size + 1


def _operator(value: str) -> tuple[str, str]:
    found = _OPERATORS.fullmatch(value.replace('"', ""))
    return (found.group(1) or "", found.group(2)) if found else ("", value)


def _between(get: Callable[[Any], Any], column: str, operator: str, low: Any, high: Any) -> Restriction:
    """Compare with a stretch [``low``, ``high``), by ``column`` too where there is one."""
    least = {">": high, ">=": low}.get(operator, low if operator in ("", "=") else None)
    less = {"<": low, "<=": high}.get(operator, high if operator in ("", "=") else None)

    def test(item: Any) -> bool:
        value = get(item)
        if value is None:
            return False
        return (least is None or value >= least) and (less is None or value < less)

    bounds = []
    if column and least is not None:
        bounds.append(Bound(column, ">=", least))
    if column and less is not None:
        bounds.append(Bound(column, "<", less))
    return Restriction(test, tuple(bounds), bool(bounds))


_DATES = (re.compile(r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)"), re.compile(r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4})"))
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_COLUMNS = {"date_time_received": "received", "start": "start_time", "end": "end_time"}


class Days:
    """Days in the asker's zone as stretches of time."""

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone = zone
        self._today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    def stretch(self, text: str) -> tuple[datetime, datetime] | None:
        """The beginning and end of ``today``, ``last week``, ``2026-11-23``, ``2026`` ..., None for anything else."""
        text = " ".join(text.lower().split())
        local = self._named(text.replace(" ", "")) or self._date(text)
        try:
            return (self._utc(local[0]), self._utc(local[1])) if local else None
        except OverflowError:
            return None

    def _named(self, name: str) -> tuple[datetime, datetime] | None:
        today, day = self._today, timedelta(days=1)
        week, month = today - timedelta(days=today.weekday()), today.replace(day=1)
        if name in _WEEKDAYS:
            # A weekday is the latest of its name.
            start = today - timedelta(days=(today.weekday() - _WEEKDAYS.index(name)) % 7)
            return start, start + day
        return {
            "today": (today, today + day),
            "yesterday": (today - day, today),
            "tomorrow": (today + day, today + 2 * day),
            "thisweek": (week, week + 7 * day),
            "lastweek": (week - 7 * day, week),
            "nextweek": (week + 7 * day, week + 14 * day),
            "thismonth": (month, _months(month, 1)),
            "lastmonth": (_months(month, -1), month),
            "nextmonth": (_months(month, 1), _months(month, 2)),
            "thisyear": _year(today.year),
            "lastyear": _year(today.year - 1),
            "nextyear": _year(today.year + 1),
        }.get(name)

    def _date(self, text: str) -> tuple[datetime, datetime] | None:
        for form in _DATES:
            found = form.fullmatch(text)
            if found:
                try:
                    day = datetime(int(found["y"]), int(found["m"]), int(found["d"]))
                    return day, day + timedelta(days=1)
                except (ValueError, OverflowError):
                    return None
        return _year(int(text)) if re.fullmatch(r"[1-9]\d{3}", text) and text != "9999" else None

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def reader(self, attribute: str) -> Read:
        """Reads dates, ``first..last`` and comparisons with dates."""

        def get(item: Any) -> Any:
            return getattr(item.properties, attribute, None)

        def read(value: str) -> Restriction:
            operator, rest = _operator(value)
            first, dots, last = rest.partition("..")
            low, high = self.stretch(first), self.stretch(last if dots else first)
            if low is None or high is None:
                return nothing()
            return _between(get, _COLUMNS.get(attribute, ""), operator, low[0], high[1])

        return read


def _year(year: int) -> tuple[datetime, datetime]:
    return datetime(year, 1, 1), datetime(year + 1, 1, 1)


def _months(first: datetime, by: int) -> datetime:
    """The first day of the month ``by`` months after that of ``first``."""
    month = first.year * 12 + first.month - 1 + by
    return first.replace(year=month // 12, month=month % 12 + 1)
