"""Zones that calendars define themselves show the right time on both sides of every change of the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from samband.exchange.ical_zones import defined
from samband.model.zone_rules import zone_of
from samband.wire.ical.reading import read_component
from samband.wire.ical.zones import GivenZone, read_zones


def read(*lines: str) -> GivenZone:
    text = "\r\n".join(["BEGIN:VCALENDAR", "BEGIN:VTIMEZONE", "TZID:Mine", *lines, "END:VTIMEZONE", "END:VCALENDAR"])
    return read_zones(read_component(text).inside)["Mine"]


def observance(kind: str, start: str, before: str, after: str, *more: str) -> list[str]:
    offsets = [f"TZOFFSETFROM:{before}", f"TZOFFSETTO:{after}"]
    return [f"BEGIN:{kind}", f"DTSTART:{start}", *offsets, *more, f"END:{kind}"]


def difference(given: GivenZone, name: str, first: int, last: int) -> list[datetime]:
    """Instants at which both clocks do not show the same: every half day, and all around a change of the true one."""
    definition = defined(given)
    assert definition is not None
    clock, truth = zone_of(definition), ZoneInfo(name)
    moment, found, before = datetime(first, 1, 1, tzinfo=UTC), [], None
    while moment.year < last:
        offset = moment.astimezone(truth).utcoffset()
        near = range(-48, 1) if before is not None and offset != before else (0,)
        for quarter in near:
            at = moment + timedelta(minutes=15 * quarter)
            if at.astimezone(clock).replace(tzinfo=None) != at.astimezone(truth).replace(tzinfo=None):
                found.append(at)
        moment, before = moment + timedelta(hours=12), offset
    return found


BERLIN = [
    *observance("DAYLIGHT", "19810329T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU"),
    *observance("STANDARD", "19961027T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU"),
]
OUTLOOK = [
    *observance("STANDARD", "16010101T030000", "+0200", "+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
    *observance("DAYLIGHT", "16010101T020000", "+0100", "+0200", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3"),
]
APPLE = [
    *observance(
        "DAYLIGHT", "19870405T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;UNTIL=20060402T070000Z;BYMONTH=4;BYDAY=1SU"
    ),
    *observance(
        "STANDARD",
        "19671029T020000",
        "-0400",
        "-0500",
        "RRULE:FREQ=YEARLY;UNTIL=20061029T060000Z;BYMONTH=10;BYDAY=-1SU",
    ),
    *observance("DAYLIGHT", "20070311T020000", "-0500", "-0400", "RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=2SU"),
    *observance("STANDARD", "20071104T020000", "-0400", "-0500", "RRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=1SU"),
]
BY_MONTH_DAY = [
    *observance(
        *("DAYLIGHT", "20070311T020000", "-0500", "-0400"),
        "RRULE:FREQ=YEARLY;BYMONTH=3;BYMONTHDAY=8,9,10,11,12,13,14;BYDAY=SU",
    ),
    *observance(
        *("STANDARD", "20071104T020000", "-0400", "-0500"),
        "RRULE:FREQ=YEARLY;BYMONTH=11;BYMONTHDAY=1,2,3,4,5,6,7;BYDAY=SU",
    ),
]
SOUTH = [
    *observance("STANDARD", "20080406T030000", "+1100", "+1000", "RRULE:FREQ=YEARLY;BYMONTH=4;BYDAY=1SU"),
    *observance("DAYLIGHT", "20081005T020000", "+1000", "+1100", "RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=1SU"),
]


@pytest.mark.parametrize(
    ("lines", "name", "first"),
    [
        (BERLIN, "Europe/Berlin", 1997),
        (OUTLOOK, "Europe/Berlin", 1997),
        (APPLE, "America/New_York", 1988),
        (BY_MONTH_DAY, "America/New_York", 2008),
        (SOUTH, "Australia/Sydney", 2009),
    ],
)
def test_rules_as_other_programs_write_them(lines: list[str], name: str, first: int) -> None:
    assert difference(read(*lines), name, first, 2037) == []


@pytest.mark.parametrize("name", ["Asia/Tehran", "Africa/Casablanca", "Asia/Jerusalem", "America/Sao_Paulo"])
def test_changes_that_follow_no_rule(name: str) -> None:
    lines: list[str] = []
    zone, moment = ZoneInfo(name), datetime(1999, 6, 1, tzinfo=UTC)
    before = moment.astimezone(zone).utcoffset()
    while moment.year < 2030:
        moment += timedelta(minutes=30)
        after = moment.astimezone(zone).utcoffset()
        assert before is not None and after is not None
        if after != before:
            words = [
                f"{'-' if one < timedelta(0) else '+'}{abs(one) // timedelta(minutes=1) // 60:02}"
                for one in (before, after)
            ]
            rest = [f"{abs(one) // timedelta(minutes=1) % 60:02}" for one in (before, after)]
            local = (moment + before).strftime("%Y%m%dT%H%M%S")
            lines += observance("STANDARD", local, words[0] + rest[0], words[1] + rest[1])
            before = after
    assert difference(read(*lines), name, 2000, 2030) == []


def test_a_zone_that_says_where_it_is() -> None:
    definition = defined(read("X-LIC-LOCATION:Europe/Berlin", *SOUTH))
    assert definition is not None and definition.id == "W. Europe Standard Time" and not definition.periods


@pytest.mark.parametrize(
    "lines",
    [
        [],
        ["BEGIN:STANDARD", "END:STANDARD"],
        observance("STANDARD", "20080406T030000", "+9900", "+9900"),
        observance("STANDARD", "nothing", "+0100", "+0200"),
    ],
)
def test_definitions_of_no_use(lines: list[str]) -> None:
    assert defined(read(*lines)) is None
