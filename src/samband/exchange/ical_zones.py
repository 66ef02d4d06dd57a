"""Zones that a calendar defines itself, as the model keeps them: right on both sides of every change of the clock."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta, tzinfo
from functools import lru_cache

from samband.model.failures import Failure
from samband.model.timezones import UTC_ID, Period, Transition, TransitionsGroup, ZoneDefinition, known_id, windows_id
from samband.model.zone_rules import DefinedZone, zone_of
from samband.wire.ical.reading import GivenMoment
from samband.wire.ical.zones import GivenZone, Observance

_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")
_FIRST_YEAR, _LAST_YEAR = 1970, 2037
"""Years in which changes are told one by one where no rule of ours says them."""
_GROUP = "0"


@lru_cache(maxsize=256)
def defined(given: GivenZone) -> ZoneDefinition | None:
    """The zone, None where its definition is of no use: the known one at the place that it names, else as written."""
    known = known_id(given.place) or windows_id(given.place)
    if known is not None:
        return ZoneDefinition(id=known)
    if not given.observances:
        return None
    definition = _Definition(given).whole()
    try:
        DefinedZone(definition)
    except Failure:
        return None
    return definition


class _Definition:
    """Collects the periods, changes and rules of one zone."""

    def __init__(self, given: GivenZone) -> None:
        self._given = given
        self._periods: dict[str, Period] = {}

    def _period(self, offset: int, daylight: bool) -> str:
        kind = "Daylight" if daylight else "Standard"
        name = f"{kind}{-offset:+d}"
        self._periods.setdefault(name, Period(name, kind, -offset))
        return name

    def whole(self) -> ZoneDefinition:
        observances = sorted(self._given.observances, key=lambda one: one.start)
        rules = {one: rule for one in observances if (rule := self._rule(one)) is not None}
        begin = max((one.start for one in rules), default=None)
        changes = sorted(
            (at, self._period(one.after, one.daylight))
            for one in observances
            for at in _onsets(one)
            if begin is None or at < begin
        )
        recent = [one for one in changes if one[0].year >= _FIRST_YEAR]
        old = [period for at, period in changes if at.year < _FIRST_YEAR]
        first = old[-1] if old else self._period(observances[0].before, False)
        groups = (TransitionsGroup(_GROUP, tuple(rules.values())),) if rules else ()
        if begin is not None and begin.year <= _FIRST_YEAR:
            transitions = [Transition("first", group=_GROUP)]
        else:
            transitions = [Transition("first", period=first)]
            transitions += [Transition("absolute", period=period, at=at.isoformat()) for at, period in recent]
            if begin is not None:
                transitions.append(Transition("absolute", group=_GROUP, at=begin.isoformat()))
        name = self._given.name
        return ZoneDefinition(name, name, tuple(self._periods.values()), groups, tuple(transitions))

    def _rule(self, one: Observance) -> Transition | None:
        """The rule of an observance that goes on for ever, where the model can say it."""
        parts = _parts(one.rule)
        if not parts or {"UNTIL", "COUNT"} & parts.keys() or parts.get("INTERVAL", "1") != "1":
            return None
        week = _week(parts)
        if parts.get("FREQ") != "YEARLY" or week is None or not parts.get("BYMONTH", "").isdigit():
            return None
        occurrence, weekday = week
        offset = one.start.hour * 60 + one.start.minute
        period = self._period(one.after, one.daylight)
        month = int(parts["BYMONTH"])
        if not 1 <= month <= 12:
            return None
        return Transition("day", period, month=month, weekday=weekday, occurrence=occurrence, offset=offset)


def _parts(rule: str) -> dict[str, str]:
    return dict(part.partition("=")[::2] for part in rule.split(";") if part)


def _week(parts: dict[str, str]) -> tuple[int, int] | None:
    """(which, weekday) of a day such as the second Sunday, however it is said; -1: the last."""
    day = parts.get("BYDAY", "")
    if day[-2:] not in _DAYS:
        return None
    weekday, which = _DAYS.index(day[-2:]), day[:-2]
    if "BYMONTHDAY" in parts:
        days = _numbers(parts["BYMONTHDAY"])
        if which or len(days) != 7 or days != list(range(days[0], days[0] + 7)) or days[0] not in (1, 8, 15, 22):
            return None
        return (days[0] - 1) // 7 + 1, weekday
    if which.removeprefix("+") in ("1", "2", "3", "4"):
        return int(which), weekday
    return (-1, weekday) if which == "-1" else None


def _numbers(value: str) -> list[int]:
    return sorted(int(one) for one in value.split(",") if one.lstrip("+-").isdigit())


def _onsets(one: Observance) -> Iterator[datetime]:
    """When an observance begins, year after year."""
    yield one.start
    yield from one.more
    parts = _parts(one.rule)
    if parts.get("FREQ") != "YEARLY":
        return
    until = parts.get("UNTIL", "")[:8]
    last = int(until[:4]) if len(until) == 8 and until.isdigit() else _LAST_YEAR
    left = int(parts["COUNT"]) - 1 if parts.get("COUNT", "").isdigit() else _LAST_YEAR
    for year in range(max(one.start.year + 1, _FIRST_YEAR), min(last, _LAST_YEAR) + 1):
        day = _day(parts, one.start, year)
        if day is None or left <= 0 or (until and f"{day:%Y%m%d}" > until):
            return
        left -= 1
        yield datetime.combine(day, one.start.time())


def _day(parts: dict[str, str], start: datetime, year: int) -> date | None:
    """The first day in ``year`` that a rule means."""
    month = int(parts["BYMONTH"]) if parts.get("BYMONTH", "").isdigit() else start.month
    if not 1 <= month <= 12:
        return None
    length = monthrange(year, month)[1]
    days = [date(year, month, 1) + timedelta(days=place) for place in range(length)]
    name = parts.get("BYDAY", "")
    if "BYMONTHDAY" in parts:
        wanted = {number if number > 0 else length + 1 + number for number in _numbers(parts["BYMONTHDAY"])}
        days = [day for day in days if day.day in wanted]
    elif not name:
        days = [day for day in days if day.day == start.day]
    if name[-2:] in _DAYS:
        days = [day for day in days if day.isoweekday() % 7 == _DAYS.index(name[-2:])]
        which = int(name[:-2]) if name[:-2].lstrip("+-").isdigit() else 1
        place = which - 1 if which > 0 else which
        return days[place] if -len(days) <= place < len(days) else None
    return days[0] if days else None


def named(moment: GivenMoment) -> ZoneDefinition | None:
    """The zone a moment names, where it is known or the calendar defines it."""
    if moment.at.tzinfo is not None:
        return ZoneDefinition(id=UTC_ID)
    place = "/".join(moment.zone.split("/")[-2:])
    found = known_id(moment.zone) or windows_id(moment.zone) or windows_id(place)
    if found is None and moment.defined is not None:
        return defined(moment.defined)
    return None if found is None else ZoneDefinition(id=found)


def instant_of(moment: GivenMoment, zone: tzinfo) -> datetime:
    """A moment as written, in UTC; in ``zone`` where it names none that is known."""
    if moment.at.tzinfo is not None:
        return moment.at
    known = named(moment)
    return moment.at.replace(tzinfo=zone if known is None else zone_of(known)).astimezone(UTC)
