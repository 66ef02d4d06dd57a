"""Values of query strings: sizes and days, alone, as ranges and with comparisons [AQS]."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, tzinfo
from typing import Any

Test = Callable[[Any], bool]
Read = Callable[[str], Test]

_SIZE = re.compile(r"(\d{1,12})\s*(b|kb|mb|gb)?", re.IGNORECASE)
_UNITS = {"": 1, "b": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3}
_OPERATORS = re.compile(r"(<=|>=|<|>|=)?\s*(.*)", re.DOTALL)


def read_size(value: str) -> Test:
    """A size such as ``>10kb``."""
    operator, rest = _operator(value)
    found = _SIZE.fullmatch(rest.strip())
    if not found:
        return _never
    wanted = int(found.group(1)) * _UNITS[(found.group(2) or "").lower()]
    return _between(lambda item: item.size, operator, wanted, wanted + 1)


def _operator(value: str) -> tuple[str, str]:
    found = _OPERATORS.fullmatch(value.replace('"', ""))
    return (found.group(1) or "", found.group(2)) if found else ("", value)


def _between(get: Callable[[Any], Any], operator: str, low: Any, high: Any) -> Test:
    """Compare with a stretch [``low``, ``high``)."""

    def test(item: Any) -> bool:
        value = get(item)
        if value is None:
            return False
        if operator == ">":
            return bool(value >= high)
        if operator == ">=":
            return bool(value >= low)
        if operator == "<":
            return bool(value < low)
        if operator == "<=":
            return bool(value < high)
        return bool(low <= value < high)

    return test


def _never(_: Any) -> bool:
    return False


_DATES = (re.compile(r"(?P<y>\d{4})-(?P<m>\d\d?)-(?P<d>\d\d?)"), re.compile(r"(?P<m>\d\d?)/(?P<d>\d\d?)/(?P<y>\d{4})"))


class Days:
    """Days in the asker's zone as stretches of time."""

    def __init__(self, zone: tzinfo, now: datetime) -> None:
        self._zone = zone
        self._today = now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)

    def stretch(self, text: str) -> tuple[datetime, datetime] | None:
        """The beginning and end of ``today``, ``last week``, ``2026-11-23`` ..., None for anything else."""
        text = text.strip().lower()
        today, week = self._today, self._today - timedelta(days=self._today.weekday())
        month = today.replace(day=1)
        last_month = (month - timedelta(days=1)).replace(day=1)
        named = {
            "today": (today, today + timedelta(days=1)),
            "yesterday": (today - timedelta(days=1), today),
            "tomorrow": (today + timedelta(days=1), today + timedelta(days=2)),
            "this week": (week, week + timedelta(days=7)),
            "last week": (week - timedelta(days=7), week),
            "this month": (month, (month + timedelta(days=32)).replace(day=1)),
            "last month": (last_month, month),
            "this year": (today.replace(month=1, day=1), today.replace(year=today.year + 1, month=1, day=1)),
        }
        local = named.get(text) or self._date(text)
        return (self._utc(local[0]), self._utc(local[1])) if local else None

    def _date(self, text: str) -> tuple[datetime, datetime] | None:
        for form in _DATES:
            found = form.fullmatch(text)
            if found:
                try:
                    day = datetime(int(found["y"]), int(found["m"]), int(found["d"]))
                    return day, day + timedelta(days=1)
                except (ValueError, OverflowError):
                    return None
        return None

    def _utc(self, local: datetime) -> datetime:
        return local.replace(tzinfo=self._zone).astimezone(UTC)

    def reader(self, attribute: str) -> Read:
        """Reads dates, ``first..last`` and comparisons with dates."""

        def get(item: Any) -> Any:
            return getattr(item.properties, attribute, None)

        def read(value: str) -> Test:
            operator, rest = _operator(value)
            first, dots, last = rest.partition("..")
            low, high = self.stretch(first), self.stretch(last if dots else first)
            if low is None or high is None:
                return _never
            return _between(get, operator, low[0], high[1])

        return read
