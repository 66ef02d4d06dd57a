"""The clock of a zone that a client described itself, as a ``tzinfo``."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, MINYEAR, UTC, date, datetime, time, timedelta, tzinfo
from functools import lru_cache

from samband.model.failures import Failure
from samband.model.timezones import UTC_ID, Transition, ZoneDefinition, known_id, windows_id, zone_named

_MINUTE = timedelta(minutes=1)
_YEARS_KEPT = 256


def zone_of(definition: ZoneDefinition | None) -> tzinfo:
    """The clock of a definition; UTC where there is none.

    A known id decides alone; else the periods and transitions do. Raises ``Failure`` ErrorTimeZone where neither is
    of use.
    """
    if definition is None:
        return UTC
    return zone_named(definition.id) or _defined(definition)


def short(definition: ZoneDefinition | None) -> ZoneDefinition | None:
    """The definition as it is worth keeping: its id alone where that is known. Raises ``Failure`` ErrorTimeZone."""
    if definition is None:
        return None
    found = known_id(definition.id)
    if found is not None:
        return ZoneDefinition(id=found)
    _defined(definition)
    return definition


def told(clock: tzinfo) -> ZoneDefinition | None:
    """What names a clock that ``zone_of`` gave; None for any other."""
    if isinstance(clock, DefinedZone):
        return clock.definition
    found = UTC_ID if clock is UTC else windows_id(str(clock))
    return None if found is None else ZoneDefinition(id=found)


@lru_cache(maxsize=256)
def _defined(definition: ZoneDefinition) -> tzinfo:
    return DefinedZone(definition)


def day_of_rule(rule: Transition, year: int) -> date:
    """The day in ``year`` a recurring transition (kind ``day`` or ``date``) falls on."""
    last = monthrange(year, rule.month)[1]
    if not rule.occurrence and rule.kind == "day":
        raise ValueError("no week of the month")
    if rule.kind == "date":
        return date(year, rule.month, min(rule.day, last))
    if rule.occurrence < 0:
        end = date(year, rule.month, last)
        return end - timedelta(days=(end.isoweekday() - rule.weekday) % 7)
    first = date(year, rule.month, 1)
    days = (rule.weekday - first.isoweekday()) % 7 + 7 * (rule.occurrence - 1)
    return first + timedelta(days=days if days < last else days - 7)


class _Change:
    """One turn of the clock: its instant (naive UTC) and the minutes to UTC before and after."""

    __slots__ = ("after", "earlier", "instant", "later")

    def __init__(self, local: datetime, before: int, after: int) -> None:
        self.instant = local + before * _MINUTE
        self.after = after
        ends, begins = local, self.instant - after * _MINUTE
        self.earlier, self.later = min(ends, begins), max(ends, begins)


class DefinedZone(tzinfo):
    """A ``tzinfo`` by a ``ZoneDefinition``. Raises ``Failure`` ErrorTimeZone for a definition that makes no sense."""

    def __init__(self, definition: ZoneDefinition) -> None:
        self.definition = definition
        self._bias = {period.id: period.bias for period in definition.periods}
        self._rules = {group.id: group.transitions for group in definition.groups}
        self._years: dict[int, tuple[int, list[_Change]]] = {}
        try:
            self._spans = _spans(definition)
            for year in (2000, 2001):
                self._around(year)
        except (KeyError, ValueError, IndexError, OverflowError) as error:
            raise Failure("ErrorTimeZone", "The time zone's definition makes no sense.") from error
        if any(abs(bias) >= 24 * 60 for bias in self._bias.values()):
            raise Failure("ErrorTimeZone", "The time zone's bias is a day or more.")

    def utcoffset(self, moment: datetime | None) -> timedelta:
        """How far this clock is ahead of UTC when it shows ``moment``."""
        local = (moment or datetime(2000, 1, 1)).replace(tzinfo=None, fold=0)
        bias, changes = self._around(local.year)
        for change in changes:
            if local < (change.earlier if moment is not None and moment.fold else change.later):
                break
            bias = change.after
        return -bias * _MINUTE

    def fromutc(self, moment: datetime) -> datetime:
        """What this clock shows at an instant (given, as ``tzinfo`` asks, as UTC with this zone attached)."""
        instant = moment.replace(tzinfo=None)
        bias, changes = self._around(instant.year)
        fold = 0
        for change in changes:
            if instant < change.instant:
                break
            bias = change.after
            fold = int(instant - bias * _MINUTE < change.later)
        return (instant - bias * _MINUTE).replace(tzinfo=self, fold=fold)

    def dst(self, moment: datetime | None) -> timedelta:
        """How much of the offset is daylight saving: it is not kept apart, so none."""
        return timedelta(0)

    def tzname(self, moment: datetime | None) -> str:
        """The zone's id, or its name."""
        return self.definition.id or self.definition.name

    def _around(self, year: int) -> tuple[int, list[_Change]]:
        """The bias at the start of the year before ``year``, and the changes from then to the end of the year after."""
        found = self._years.get(year)
        if found is None:
            if len(self._years) >= _YEARS_KEPT:
                self._years.clear()
            found = self._years[year] = self._changes(max(MINYEAR, year - 1), min(MAXYEAR, year + 1))
        return found

    def _changes(self, first: int, last: int) -> tuple[int, list[_Change]]:
        begin = datetime(first, 1, 1)
        moments = {at for at, _, _ in self._spans if begin < at and at.year <= last}
        for year in range(first, last + 1):
            for _, _, group in self._spans:
                moments.update(at for at, _ in self._turns(group, year) if at > begin)
        current = initial = self._bias_at(begin)
        changes = []
        for moment in sorted(moments):
            bias = self._bias_at(moment)
            if bias != current:
                changes.append(_Change(moment, current, bias))
                current = bias
        return initial, changes

    def _bias_at(self, local: datetime) -> int:
        """The bias in force at a time of the clock as it was before any change at that time."""
        period, group = next((period, group) for at, period, group in reversed(self._spans) if at <= local)
        if period:
            return self._bias[period]
        turns = self._turns(group, local.year)
        passed = [period for at, period in turns if at <= local]
        return self._bias[passed[-1] if passed else turns[-1][1]]

    def _turns(self, group: str, year: int) -> list[tuple[datetime, str]]:
        """When in ``year`` the rules of a group turn to which period, in order."""
        if not group:
            return []
        turns = []
        for rule in self._rules[group]:
            midnight = (
                datetime(year, 1, 1) if rule.kind == "first" else datetime.combine(day_of_rule(rule, year), time())
            )
            turns.append((midnight + rule.offset * _MINUTE, rule.period))
        return sorted(turns)


def _spans(definition: ZoneDefinition) -> list[tuple[datetime, str, str]]:
    """From which local time on which period or group holds, in order; the first from the beginning of time."""
    spans = []
    for change in definition.transitions:
        at = datetime.min if change.kind == "first" else datetime.fromisoformat(change.at.removesuffix("Z"))
        spans.append((at.replace(tzinfo=None), change.period, change.group))
    if not spans and definition.groups:
        spans = [(datetime.min, "", definition.groups[0].id)]
    if not spans:
        spans = [(datetime.min, definition.periods[0].id, "")]
    spans.sort(key=lambda span: span[0])
    spans[0] = (datetime.min, spans[0][1], spans[0][2])
    return spans
