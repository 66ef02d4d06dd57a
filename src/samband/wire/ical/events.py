"""Events written as iCalendar: VCALENDAR, VTIMEZONE, VEVENT, VALARM [RFC5545 3.6], with Exchange's own properties."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from samband.wire.ical.lines import escaped, quoted, write_lines

PRODUCT = "-//Samband//Samband 1.0//EN"
_DAYS = ("SU", "MO", "TU", "WE", "TH", "FR", "SA")


@dataclass(frozen=True, slots=True)
class When:
    """A moment: an aware ``at`` is written in UTC, a naive one as local time of ``zone``, or (``day``) as a day."""

    at: datetime
    zone: str = ""
    day: bool = False

    def line(self, name: str) -> str:
        """The property ``name`` with this value."""
        if self.day:
            return f"{name};VALUE=DATE:{self.at:%Y%m%d}"
        if self.at.tzinfo is not None:
            return f"{name}:{stamp(self.at)}"
        return f"{name};TZID={quoted(self.zone)}:{self.at:%Y%m%dT%H%M%S}"


def stamp(moment: datetime) -> str:
    """An aware moment in UTC."""
    return f"{moment.astimezone(UTC):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True, slots=True)
class Party:
    """An organizer or attendee."""

    name: str
    address: str
    role: str = ""
    status: str = ""
    kind: str = ""

    def line(self, name: str) -> str:
        """ORGANIZER or ATTENDEE."""
        parts = [name]
        if self.kind:
            parts.append(f"CUTYPE={self.kind}")
        if self.role:
            parts.append(f"ROLE={self.role}")
        if self.status:
            parts.append(f"PARTSTAT={self.status}")
        if self.status == "NEEDS-ACTION":
            parts.append("RSVP=TRUE")
        parts.append(f"CN={quoted(self.name or self.address)}")
        return f"{';'.join(parts)}:mailto:{''.join(c for c in self.address if ' ' < c <= '~')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One VEVENT. ``busy`` and ``intended`` are FREE, TENTATIVE, BUSY, OOF or WORKINGELSEWHERE."""

    uid: str
    start: When
    end: When
    stamp: datetime
    summary: str = ""
    description: str = ""
    location: str = ""
    sequence: int = 0
    organizer: Party | None = None
    attendees: Sequence[Party] = ()
    rule: str = ""
    left_out: Sequence[When] = ()
    instance: When | None = None
    kind: str = "PUBLIC"
    priority: int = 5
    categories: Sequence[str] = ()
    cancelled: bool = False
    busy: str = "BUSY"
    intended: str = ""
    alarm: int | None = None
    """How many minutes before its start it reminds."""
    created: datetime | None = None
    modified: datetime | None = None
    online_link: str = ""
    """Where its online meeting is joined in a browser, and (``conf_link``) by a client."""
    conf_link: str = ""

    def lines(self) -> Iterable[str]:
        """The component, line by line."""
        yield "BEGIN:VEVENT"
        if self.organizer is not None:
            yield self.organizer.line("ORGANIZER")
        for attendee in self.attendees:
            yield attendee.line("ATTENDEE")
        if self.description:
            yield f"DESCRIPTION:{escaped(self.description)}"
        if self.rule:
            yield f"RRULE:{self.rule}"
        for moment in self.left_out:
            yield moment.line("EXDATE")
        yield f"UID:{escaped(self.uid)}"
        if self.instance is not None:
            yield self.instance.line("RECURRENCE-ID")
        yield f"SUMMARY:{escaped(self.summary)}"
        yield self.start.line("DTSTART")
        yield self.end.line("DTEND")
        yield from self._standing()
        yield from self._alarm()
        yield "END:VEVENT"

    def _standing(self) -> Iterable[str]:
        yield f"CLASS:{self.kind}"
        yield f"PRIORITY:{self.priority}"
        yield f"DTSTAMP:{stamp(self.stamp)}"
        if self.created is not None:
            yield f"CREATED:{stamp(self.created)}"
        if self.modified is not None:
            yield f"LAST-MODIFIED:{stamp(self.modified)}"
        yield f"TRANSP:{'TRANSPARENT' if self.busy == 'FREE' else 'OPAQUE'}"
        yield f"STATUS:{'CANCELLED' if self.cancelled else 'TENTATIVE' if self.busy == 'TENTATIVE' else 'CONFIRMED'}"
        yield f"SEQUENCE:{self.sequence}"
        if self.location:
            yield f"LOCATION:{escaped(self.location)}"
        if self.categories:
            yield f"CATEGORIES:{','.join(map(escaped, self.categories))}"
        yield f"X-MICROSOFT-CDO-APPT-SEQUENCE:{self.sequence}"
        yield f"X-MICROSOFT-CDO-BUSYSTATUS:{self.busy}"
        if self.intended:
            yield f"X-MICROSOFT-CDO-INTENDEDSTATUS:{self.intended}"
        if self.online_link:
            yield f"X-MICROSOFT-ONLINEMEETINGEXTERNALLINK:{escaped(self.online_link)}"
        if self.conf_link:
            yield f"X-MICROSOFT-ONLINEMEETINGCONFLINK:{escaped(self.conf_link)}"
        yield f"X-MICROSOFT-CDO-ALLDAYEVENT:{'TRUE' if self.start.day else 'FALSE'}"
        yield f"X-MICROSOFT-CDO-INSTTYPE:{1 if self.rule else 3 if self.instance is not None else 0}"

    def _alarm(self) -> Iterable[str]:
        if self.alarm is not None:
            yield "BEGIN:VALARM"
            yield "DESCRIPTION:REMINDER"
            yield f"TRIGGER;RELATED=START:-PT{self.alarm}M"
            yield "ACTION:DISPLAY"
            yield "END:VALARM"


@dataclass(frozen=True, slots=True)
class Zone:
    """A VTIMEZONE: ``rules`` has the attributes of a simple zone (bias, standard, daylight)."""

    name: str
    rules: Any

    def lines(self) -> Iterable[str]:
        """The component, line by line."""
        standard, daylight = self.rules.standard, self.rules.daylight
        winter = self.rules.bias + standard.bias
        summer = self.rules.bias + daylight.bias if daylight.month else winter
        yield "BEGIN:VTIMEZONE"
        yield f"TZID:{escaped(self.name)}"
        yield from _observance("STANDARD", standard, summer, winter)
        if daylight.month:
            yield from _observance("DAYLIGHT", daylight, winter, summer)
        yield "END:VTIMEZONE"


@dataclass(frozen=True, slots=True)
class DatedZone:
    """A VTIMEZONE told change by change: ``first`` is how many minutes to add for UTC before all of ``turns``, each of
    which is when it is in local time, and the minutes before and after."""

    name: str
    first: int
    turns: Sequence[tuple[datetime, int, int]]

    def lines(self) -> Iterable[str]:
        """The component, line by line."""
        yield "BEGIN:VTIMEZONE"
        yield f"TZID:{escaped(self.name)}"
        for local, before, after in ((datetime(1601, 1, 1), self.first, self.first), *self.turns):
            kind = "DAYLIGHT" if after < before else "STANDARD"
            yield f"BEGIN:{kind}"
            yield f"DTSTART:{local:%Y%m%dT%H%M%S}"
            yield f"TZOFFSETFROM:{_offset(before)}"
            yield f"TZOFFSETTO:{_offset(after)}"
            yield f"END:{kind}"
        yield "END:VTIMEZONE"


def _observance(name: str, change: Any, before: int, after: int) -> Iterable[str]:
    midnight = datetime(1601, 1, 1) + timedelta(minutes=change.minutes)
    yield f"BEGIN:{name}"
    yield f"DTSTART:{midnight:%Y%m%dT%H%M%S}"
    yield f"TZOFFSETFROM:{_offset(before)}"
    yield f"TZOFFSETTO:{_offset(after)}"
    if change.month:
        week = -1 if change.order >= 5 else change.order
        yield f"RRULE:FREQ=YEARLY;INTERVAL=1;BYDAY={week}{_DAYS[change.weekday]};BYMONTH={change.month}"
    yield f"END:{name}"


def _offset(bias: int) -> str:
    hours, minutes = divmod(abs(bias), 60)
    return f"{'-' if bias > 0 else '+'}{hours:02}{minutes:02}"


def write_calendar(method: str, zones: Iterable[Zone | DatedZone], events: Iterable[Event]) -> str:
    """A whole VCALENDAR."""
    lines = ["BEGIN:VCALENDAR", f"METHOD:{method}", f"PRODID:{PRODUCT}", "VERSION:2.0"]
    for zone in zones:
        lines += zone.lines()
    for event in events:
        lines += event.lines()
    return write_lines([*lines, "END:VCALENDAR"])
