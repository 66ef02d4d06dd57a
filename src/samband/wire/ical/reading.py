"""Events read from iCalendar, as plain values. What EWS has no place for is passed over."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from samband.wire.ical.lines import BadCalendar, Line, read_lines, unescaped, values_of
from samband.wire.ical.zones import GivenZone, read_zones

MAX_DEPTH = 10
_MOMENT = re.compile(r"(\d{8})(?:T(\d{6})(Z?))?", re.ASCII)
_DURATION = re.compile(r"([+-]?)P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?")


@dataclass(slots=True)
class Component:
    """A component: its lines, and those inside it."""

    name: str
    lines: list[Line] = field(default_factory=list)
    inside: list[Component] = field(default_factory=list)

    def line(self, name: str) -> Line | None:
        """The first line called ``name``."""
        return next((line for line in self.lines if line.name == name), None)

    def text(self, name: str) -> str:
        """The text of the first line called ``name``, empty where there is none."""
        found = self.line(name)
        return "" if found is None else unescaped(found.value)


def read_component(text: str) -> Component:
    """The VCALENDAR in a text. Raises ``BadCalendar``."""
    root = Component("")
    open_ones = [root]
    for line in read_lines(text):
        if line.name == "BEGIN":
            component = Component(line.value.strip().upper())
            open_ones[-1].inside.append(component)
            open_ones.append(component)
            if len(open_ones) > MAX_DEPTH:
                raise BadCalendar("components are nested too deeply")
        elif line.name == "END":
            if len(open_ones) == 1 or open_ones.pop().name != line.value.strip().upper():
                raise BadCalendar("a component ends that did not begin")
        else:
            open_ones[-1].lines.append(line)
    calendar = next((one for one in root.inside if one.name == "VCALENDAR"), None)
    if calendar is None or len(open_ones) > 1:
        raise BadCalendar("no whole VCALENDAR")
    return calendar


@dataclass(frozen=True, slots=True)
class GivenMoment:
    """A moment as written: aware where it said UTC, else naive in the zone ``zone``; ``day``: a day without a time."""

    at: datetime
    zone: str = ""
    day: bool = False
    defined: GivenZone | None = None
    """The zone as the calendar defines it, where it does."""


@dataclass(frozen=True, slots=True)
class GivenParty:
    """An organizer or attendee as written, parameters in upper case."""

    name: str
    address: str
    role: str = ""
    status: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class GivenEvent:
    """One VEVENT as written."""

    component: Component
    start: GivenMoment
    end: GivenMoment
    organizer: GivenParty | None
    attendees: tuple[GivenParty, ...]
    left_out: tuple[GivenMoment, ...]
    instance: GivenMoment | None
    alarm: int | None
    zones: Mapping[str, GivenZone] = field(default_factory=dict)
    """The zones that its calendar defines."""

    def text(self, name: str) -> str:
        """The text of a property, empty where there is none."""
        return self.component.text(name)

    def moment(self, name: str) -> GivenMoment | None:
        """The moment of a property, None where there is none or it says none."""
        line = self.component.line(name)
        try:
            return None if line is None else read_moment(line)
        except BadCalendar:
            return None

    @property
    def categories(self) -> tuple[str, ...]:
        """Every category."""
        return tuple(
            value for line in self.component.lines if line.name == "CATEGORIES" for value in values_of(line.value)
        )


def read_events(calendar: Component) -> list[GivenEvent]:
    """The events of a VCALENDAR. Raises ``BadCalendar``."""
    zones = read_zones(calendar.inside)
    return [_event(one, zones) for one in calendar.inside if one.name == "VEVENT"]


def _event(component: Component, zones: Mapping[str, GivenZone]) -> GivenEvent:
    begins = component.line("DTSTART")
    if begins is None:
        raise BadCalendar("an event without a start")
    start = read_moment(begins, zones)
    organizer, instance = component.line("ORGANIZER"), component.line("RECURRENCE-ID")
    return GivenEvent(
        component,
        start,
        _end(component, start, zones),
        None if organizer is None else _party(organizer),
        tuple(_party(line) for line in component.lines if line.name == "ATTENDEE"),
        tuple(
            read_moment(Line(line.name, value, line.parameters), zones)
            for line in component.lines
            if line.name == "EXDATE"
            for value in line.value.split(",")
        ),
        None if instance is None else read_moment(instance, zones),
        _alarm(component),
        zones,
    )


def _end(component: Component, start: GivenMoment, zones: Mapping[str, GivenZone]) -> GivenMoment:
    ends, lasts = component.line("DTEND"), component.line("DURATION")
    if ends is not None:
        return read_moment(ends, zones)
    length = read_length(lasts.value) if lasts is not None else timedelta(days=1 if start.day else 0)
    return GivenMoment(start.at + length, start.zone, start.day, start.defined)


_NO_ZONES: Mapping[str, GivenZone] = {}


def read_moment(line: Line, zones: Mapping[str, GivenZone] = _NO_ZONES) -> GivenMoment:
    """The moment a line says; ``zones`` are those that the calendar defines. Raises ``BadCalendar``."""
    found = _MOMENT.fullmatch(line.value.strip())
    if found is None:
        raise BadCalendar("not a moment")
    day, time, utc = found.groups()
    try:
        at = datetime.strptime(day + (time or "000000"), "%Y%m%d%H%M%S")
    except ValueError:
        raise BadCalendar("not a moment") from None
    if time is None:
        return GivenMoment(at, "", True)
    zone = line.parameters.get("TZID", "")
    return GivenMoment(at.replace(tzinfo=UTC)) if utc else GivenMoment(at, zone, defined=zones.get(zone))


def read_length(value: str) -> timedelta:
    """A duration. Raises ``BadCalendar``."""
    found = _DURATION.fullmatch(value.strip())
    if found is None:
        raise BadCalendar("not a duration")
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if found.group(1) == "-" else length


def _party(line: Line) -> GivenParty:
    address = re.sub(r"^mailto:", "", line.value.strip(), flags=re.IGNORECASE)
    parameters = line.parameters
    return GivenParty(
        parameters.get("CN", ""),
        address,
        *(parameters.get(name, "").upper() for name in ("ROLE", "PARTSTAT", "CUTYPE")),
    )


def _alarm(component: Component) -> int | None:
    """How many minutes before the start the first alarm is."""
    for alarm in component.inside:
        trigger = alarm.line("TRIGGER") if alarm.name == "VALARM" else None
        if trigger is not None and _DURATION.fullmatch(trigger.value.strip()):
            return max(0, round(-read_length(trigger.value).total_seconds() / 60))
    return None
