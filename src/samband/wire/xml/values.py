"""XML Schema's simple values, read and written [XMLSCHEMA2 3.2]."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import lru_cache

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}
_DATE_TIME = re.compile(r"(\d{4})-(\d\d)-(\d\d)(?:T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_DURATION = re.compile(
    r"(-)?P(?:(\d{1,6})Y)?(?:(\d{1,6})M)?(?:(\d{1,8})D)?(?:T(?:(\d{1,8})H)?(?:(\d{1,8})M)?(?:(\d{1,8})(?:\.\d+)?S)?)?",
    re.ASCII,
)


def read_boolean(text: str) -> bool:
    """xs:boolean. Raises ``ValueError``."""
    try:
        return _BOOLEANS[text.strip()]
    except KeyError:
        raise ValueError("not a boolean") from None


def write_boolean(value: bool) -> str:
    """``true`` or ``false``."""
    return "true" if value else "false"


def read_integer(text: str) -> int:
    """xs:int or xs:long. Raises ``ValueError``."""
    text = text.strip()
    if not _INTEGER.fullmatch(text):
        raise ValueError("not an integer")
    return int(text)


def read_instant(text: str, zone: tzinfo = UTC) -> datetime:
    """xs:dateTime (or xs:date, its midnight) as aware UTC, in ``zone`` without an offset. Raises ``ValueError``."""
    found = _DATE_TIME.fullmatch(text.strip())
    if not found:
        raise ValueError("not a date and time")
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    whole_day = hour == "24" and minute == second == "00"
    local = datetime(
        int(year), int(month), int(day), 0 if whole_day else int(hour or 0), int(minute or 0), int(second or 0), micro
    )
    try:
        if whole_day:
            local += timedelta(days=1)
        return local.replace(tzinfo=_offset(offset, zone)).astimezone(UTC)
    except OverflowError:
        raise ValueError("date out of range") from None


def has_offset(text: str) -> bool:
    """Whether a written instant says its offset from UTC."""
    found = _DATE_TIME.fullmatch(text.strip())
    return bool(found and found.group(8))


def _offset(text: str | None, zone: tzinfo) -> tzinfo:
    if text is None:
        return zone
    if text == "Z":
        return UTC
    minutes = int(text[1:3]) * 60 + int(text[4:6])
    if minutes > 14 * 60:
        raise ValueError("offset out of range")
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


@lru_cache(maxsize=8192)
def write_instant(value: datetime) -> str:
    """Aware ``value`` as UTC, whole seconds, with ``Z``."""
    return value.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def read_duration(text: str) -> timedelta:
    """xs:duration; a year counts 365 days and a month 30. Raises ``ValueError``."""
    found = _DURATION.fullmatch(text.strip())
    if not found or text.strip().endswith(("P", "T")):
        raise ValueError("not a duration")
    years, months, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    try:
        length = timedelta(days=years * 365 + months * 30 + days, hours=hours, minutes=minutes, seconds=seconds)
    except OverflowError:
        raise ValueError("duration out of range") from None
    return -length if found.group(1) else length


def write_duration(value: timedelta) -> str:
    """xs:duration in days, hours, minutes and seconds."""
    sign, seconds = ("-", -int(value.total_seconds())) if value < timedelta(0) else ("", int(value.total_seconds()))
    days, seconds = divmod(seconds, 86400)
    hours, seconds = divmod(seconds, 3600)
    minutes, seconds = divmod(seconds, 60)
    date = f"{days}D" if days else ""
    time = "".join(f"{n}{unit}" for n, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if n)
    return f"{sign}P{date}{'T' + time if time else ''}" if date or time else "PT0S"
