"""The zone of availability requests and working hours: a bias and two yearly changes, as Windows keeps them.

[MS-OXWAVLS] calls it SerializableTimeZone. Biases are minutes to add to local time for UTC; those of the two changes
are added to the zone's own.
"""

from __future__ import annotations

from datetime import timedelta, timezone, tzinfo
from functools import lru_cache

import msgspec

from samband.model.failures import Failure
from samband.model.timezones import Period, Transition, TransitionsGroup, ZoneDefinition, known_id
from samband.model.zone_definitions import definition_of
from samband.model.zone_rules import DefinedZone


class YearlyChange(msgspec.Struct, frozen=True):
    """When a clock changes each year: the ``order``-th (5: last) ``weekday`` (0 Sunday) of ``month`` at ``minutes``.

    ``month`` 0: never. With a ``year`` it happens once, on day ``order`` of the month.
    """

    bias: int = 0
    minutes: int = 0
    order: int = 0
    month: int = 0
    weekday: int = 0
    year: int = 0


class SimpleZone(msgspec.Struct, frozen=True):
    """A zone by its bias, the change to standard time and the change to daylight time."""

    bias: int = 0
    standard: YearlyChange = YearlyChange()
    daylight: YearlyChange = YearlyChange()


@lru_cache(maxsize=256)
def clock_of(zone: SimpleZone) -> tzinfo:
    """The zone as a ``tzinfo``. Raises ``Failure`` ErrorTimeZone where it makes no sense."""
    if not zone.standard.month or not zone.daylight.month:
        bias = zone.bias + zone.standard.bias
        if abs(bias) >= 24 * 60:
            raise Failure("ErrorTimeZone", "The time zone's bias is a day or more.")
        return timezone(timedelta(minutes=-bias))
    periods = (
        Period("s", "Standard", zone.bias + zone.standard.bias),
        Period("d", "Daylight", zone.bias + zone.daylight.bias),
    )
    rules = (_transition(zone.standard, "s"), _transition(zone.daylight, "d"))
    return DefinedZone(ZoneDefinition(periods=periods, groups=(TransitionsGroup("0", rules),)))


def _transition(change: YearlyChange, period: str) -> Transition:
    if change.year:
        return Transition("date", period, month=change.month, day=change.order, offset=change.minutes)
    occurrence = -1 if change.order >= 5 else change.order
    return Transition(
        "day", period, month=change.month, weekday=change.weekday, occurrence=occurrence, offset=change.minutes
    )


@lru_cache(maxsize=256)
def simple_zone(name: str, year: int) -> SimpleZone:
    """The rules of a Windows zone in ``year`` in the simple form; UTC where the id is unknown."""
    definition = definition_of(known_id(name) or "UTC")
    if definition is None:
        return SimpleZone()
    bias = {period.id: period for period in definition.periods}
    groups = {group.id: group for group in definition.groups}
    begun = [change.group for change in definition.transitions if change.group and int(change.at[:4] or 0) <= year]
    rules = groups[begun[-1]].transitions
    if len(rules) == 1:
        return SimpleZone(bias[rules[0].period].bias)
    base = max(bias[rule.period].bias for rule in rules)
    changes = {
        bias[rule.period].name: YearlyChange(
            bias[rule.period].bias - base,
            rule.offset,
            5 if rule.occurrence < 0 else rule.occurrence,
            rule.month,
            rule.weekday,
        )
        for rule in rules
    }
    return SimpleZone(base, changes["Standard"], changes["Daylight"])
