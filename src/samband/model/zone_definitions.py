"""Full definitions of the known zones, found from the IANA rules year by year.

Years in which a zone follows the same rule stand in one group of recurring transitions; a year that fits no rule (a
zone that changed its mind, a pause for Ramadan) is told change by change as absolute dates. Period ids have the form
that Exchange gives them, ``trule:Microsoft/Registry/<zone>/<year>-Standard``.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache

from samband.model.timezones import (
    Period,
    Transition,
    TransitionsGroup,
    ZoneDefinition,
    cities,
    known_id,
    zone_named,
)

FIRST_YEAR, LAST_YEAR = 2000, 2037
"""The years told; what holds in the first and last is told of all before and after."""
_STEP = timedelta(days=14)
_MINUTE = timedelta(minutes=1)

_Rule = tuple[int, int, int, int]
"""Month, weekday (Sunday 0), occurrence (-1: last), minutes after midnight."""


@dataclass(frozen=True, slots=True)
class _Turn:
    """A change of a clock: where it stood, and how many minutes are to add for UTC before and after."""

    local: datetime
    before: int
    after: int

    def rules(self) -> frozenset[_Rule]:
        """Every rule that gives this day in its year."""
        day = self.local.day
        month, weekday = self.local.month, self.local.isoweekday() % 7
        minutes = self.local.hour * 60 + self.local.minute
        nth = (day - 1) // 7 + 1
        found = {(month, weekday, nth, minutes)} if nth < 5 else set()
        if day + 7 > monthrange(self.local.year, month)[1]:
            found.add((month, weekday, -1, minutes))
        return frozenset(found)


def _bias(zone: tzinfo, instant: datetime) -> int:
    offset = instant.astimezone(zone).utcoffset() or timedelta(0)
    return -round(offset / _MINUTE)


def _turns(zone: tzinfo, year: int) -> list[_Turn]:
    """The changes of a zone's clock in the UTC year ``year``."""
    turns = []
    at, end = datetime(year, 1, 1, tzinfo=UTC), datetime(year + 1, 1, 1, tzinfo=UTC)
    before = _bias(zone, at)
    while at < end:
        step = min(at + _STEP, end)
        after = _bias(zone, step)
        if after != before:
            low, high = at, step
            while high - low > _MINUTE:
                middle = low + (high - low) // _MINUTE // 2 * _MINUTE
                low, high = (middle, high) if _bias(zone, middle) == before else (low, middle)
            turns.append(_Turn((high - before * _MINUTE).replace(tzinfo=None), before, after))
        at, before = step, after
    return turns


def turns(zone: tzinfo, first: int, last: int) -> tuple[int, list[tuple[datetime, int, int]]]:
    """Minutes to add for UTC at the start of the year ``first``, and every change of the clock from then to the end of
    ``last``: when it is in local time, and the minutes before and after."""
    found = [(one.local, one.before, one.after) for year in range(first, last + 1) for one in _turns(zone, year)]
    return _bias(zone, datetime(first, 1, 1, tzinfo=UTC)), found


@dataclass(slots=True)
class _Stretch:
    """Years under one rule: a fixed bias (no turns), two recurring turns, or one year's turns told as dates."""

    year: int
    bias: int
    turns: list[_Turn] = field(default_factory=list)
    rules: list[frozenset[_Rule]] = field(default_factory=list)
    dated: bool = False

    def takes(self, other: _Stretch) -> bool:
        """Widen this stretch by the year after it where that follows the same rule."""
        if self.dated or other.dated or self.bias != other.bias or len(self.turns) != len(other.turns):
            return False
        if [turn.after for turn in self.turns] != [turn.after for turn in other.turns]:
            return False
        common = [mine & theirs for mine, theirs in zip(self.rules, other.rules, strict=True)]
        if not all(common):
            return False
        self.rules = common
        return True


def _stretches(zone: tzinfo) -> list[_Stretch]:
    found: list[_Stretch] = []
    for year in range(FIRST_YEAR, LAST_YEAR + 1):
        turns = _turns(zone, year)
        bias = turns[0].before if turns else _bias(zone, datetime(year, 1, 1, tzinfo=UTC))
        there_and_back = len(turns) == 2 and turns[1].after == bias and all(turn.local.year == year for turn in turns)
        rules = [turn.rules() for turn in turns]
        stretch = _Stretch(year, bias, turns, rules, bool(turns) and not (there_and_back and all(rules)))
        if not found or not found[-1].takes(stretch):
            found.append(stretch)
    return found


@dataclass(slots=True)
class _Builder:
    """Collects the parts of a definition."""

    id: str
    periods: dict[tuple[int, str], Period] = field(default_factory=dict)
    groups: list[TransitionsGroup] = field(default_factory=list)
    transitions: list[Transition] = field(default_factory=list)

    def period(self, year: int, bias: int, kind: str) -> str:
        known = self.periods.get((bias, kind))
        if known is None:
            name = f"trule:Microsoft/Registry/{self.id}/{year}-{kind}"
            same = sum(1 for period in self.periods.values() if period.id.startswith(name))
            known = Period(f"{name}-{same + 1}" if same else name, kind, bias)
            self.periods[bias, kind] = known
        return known.id

    def add(self, stretch: _Stretch, width: int) -> None:
        if not stretch.dated or not self.transitions:
            self._begin_group(stretch, width)
        else:
            # The rules of the year before must not turn the clock before the first of this year's dates does.
            period = self.period(stretch.year, stretch.bias, "Standard")
            self.transitions.append(Transition("absolute", period=period, at=f"{stretch.year:04}-01-01T00:00:00"))
        for turn in stretch.turns if stretch.dated else ():
            period = self.period(stretch.year, turn.after, "Standard")
            self.transitions.append(Transition("absolute", period=period, at=turn.local.isoformat()))

    def _begin_group(self, stretch: _Stretch, width: int) -> None:
        group = str(len(self.groups)).zfill(width)
        self.groups.append(TransitionsGroup(group, self._rules(stretch)))
        if self.transitions:
            self.transitions.append(Transition("absolute", group=group, at=f"{stretch.year:04}-01-01T00:00:00"))
        else:
            self.transitions.append(Transition("first", group=group))

    def _rules(self, stretch: _Stretch) -> tuple[Transition, ...]:
        if stretch.dated or not stretch.turns:
            return (Transition("first", period=self.period(stretch.year, stretch.bias, "Standard")),)
        winter = max(stretch.bias, stretch.turns[0].after)
        made = []
        for turn, rules in zip(stretch.turns, stretch.rules, strict=True):
            period = self.period(stretch.year, turn.after, "Standard" if turn.after == winter else "Daylight")
            month, weekday, occurrence, offset = min(rules, key=lambda rule: rule[2])
            made.append(Transition("day", period, month=month, weekday=weekday, occurrence=occurrence, offset=offset))
        return tuple(made)


def display_name(windows_id: str) -> str:
    """A name for people: offset from UTC without daylight saving, and up to four places."""
    zone = zone_named(windows_id)
    bias = max(_bias(zone, datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 7)) if zone else 0
    sign, minutes = ("-", bias) if bias > 0 else ("+", -bias)
    places = [name.rsplit("/", 1)[-1].replace("_", " ") for name in cities(windows_id) if not name.startswith("Etc/")]
    head = f"(UTC{sign}{minutes // 60:02}:{minutes % 60:02})" if bias else "(UTC)"
    return f"{head} {', '.join(places[:4]) or 'Coordinated Universal Time'}"


@lru_cache(maxsize=256)
def definition_of(name: str) -> ZoneDefinition | None:
    """The full definition of a zone by its Windows id, or None where it is unknown. Kept once computed."""
    windows_id = known_id(name)
    zone = zone_named(name)
    if windows_id is None or zone is None:
        return None
    stretches = _stretches(zone)
    builder = _Builder(windows_id)
    width = len(str(len(stretches)))
    for stretch in stretches:
        builder.add(stretch, width)
    return ZoneDefinition(
        windows_id,
        display_name(windows_id),
        tuple(builder.periods.values()),
        tuple(builder.groups),
        tuple(builder.transitions),
    )
