"""Time zones as a calendar defines them: VTIMEZONE with its observances [RFC5545 3.6.5]."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from samband.wire.ical.lines import Line

MAX_OBSERVANCES = 400
_OFFSET = re.compile(r"([+-])(\d{2})(\d{2})(\d{2})?", re.ASCII)
_LOCAL = re.compile(r"(\d{8})T(\d{6})Z?", re.ASCII)


class Lines(Protocol):
    """A component with its lines and those inside it."""

    @property
    def name(self) -> str: ...

    @property
    def lines(self) -> Sequence[Line]: ...

    @property
    def inside(self) -> Sequence[Lines]: ...


@dataclass(frozen=True, slots=True)
class Observance:
    """STANDARD or DAYLIGHT: minutes ahead of UTC ``before`` and ``after`` it begins, in local time as it was before:
    at ``start``, at each of ``more``, and as ``rule`` says."""

    daylight: bool
    start: datetime
    before: int
    after: int
    rule: str = ""
    more: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class GivenZone:
    """A zone as written; ``place`` is its IANA name where it says one."""

    name: str
    place: str
    observances: tuple[Observance, ...]


def read_zones(components: Sequence[Lines]) -> Mapping[str, GivenZone]:
    """The zones among ``components`` by name; what makes no sense in them is passed over."""
    found: dict[str, GivenZone] = {}
    for one in components:
        if one.name != "VTIMEZONE":
            continue
        said = {line.name: line.value.strip() for line in one.lines}
        observances = [_observance(part) for part in one.inside[:MAX_OBSERVANCES]]
        known = tuple(part for part in observances if part is not None)
        if said.get("TZID"):
            found[said["TZID"]] = GivenZone(said["TZID"], said.get("X-LIC-LOCATION", ""), known)
    return found


def _observance(component: Lines) -> Observance | None:
    said = {line.name: line.value.strip() for line in component.lines}
    start, before, after = _local(said.get("DTSTART", "")), _minutes(said, "FROM"), _minutes(said, "TO")
    if component.name not in ("STANDARD", "DAYLIGHT") or start is None or before is None or after is None:
        return None
    dates = [value for line in component.lines if line.name == "RDATE" for value in line.value.split(",")]
    more = tuple(moment for moment in map(_local, dates) if moment is not None)
    return Observance(component.name == "DAYLIGHT", start, before, after, said.get("RRULE", "").upper(), more)


def _local(value: str) -> datetime | None:
    found = _LOCAL.fullmatch(value.strip())
    try:
        return None if found is None else datetime.strptime("".join(found.groups()), "%Y%m%d%H%M%S")
    except ValueError:
        return None


def _minutes(said: Mapping[str, str], which: str) -> int | None:
    """An offset in whole minutes; those of seconds are from before clocks were set by law."""
    found = _OFFSET.fullmatch(said.get(f"TZOFFSET{which}", ""))
    if found is None:
        return None
    minutes = int(found[2]) * 60 + int(found[3])
    return -minutes if found[1] == "-" else minutes
