from __future__ import annotations

from datetime import date
from itertools import islice

import msgspec
import pytest
from hypothesis import given, settings

from samband.model import recurrence as r
from samband.model.occurrences import Days
from samband.wire.ical.lines import BadCalendar
from samband.wire.ical.rules import read_rule, write_rule
from tests.model.test_occurrences import patterns, recurrences, walk

START = date(2027, 3, 2)


@given(recurrences)
@settings(deadline=None)
def test_what_is_written_has_the_same_days_when_read(recurrence: r.Recurrence) -> None:
    until = recurrence.range.end.strftime("%Y%m%d") if isinstance(recurrence.range, r.EndDate) else ""
    plain = read_rule(write_rule(recurrence, until), recurrence.range.start)
    again = msgspec.convert(plain, r.Recurrence)
    assert again.range == recurrence.range
    expected = list(islice(walk(recurrence), 12))
    assert [Days(again).day(n) for n in range(1, len(expected) + 1)] == expected


@given(patterns)
def test_a_pattern_that_repeats_by_the_same_rule_is_the_same(pattern: r.Pattern) -> None:
    plain = read_rule(write_rule(r.Recurrence(pattern, r.NoEnd(START)), ""), START)
    assert msgspec.convert(plain["pattern"], r.Pattern) == pattern  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rule", "pattern"),
    [
        ("FREQ=WEEKLY", r.Weekly(r.TUESDAY, 1, r.MONDAY)),
        ("FREQ=MONTHLY;BYDAY=-1FR", r.RelativeMonthly(r.FRIDAY, 5)),
        ("FREQ=MONTHLY", r.AbsoluteMonthly(2)),
        ("FREQ=MONTHLY;BYMONTHDAY=-1", r.AbsoluteMonthly(31)),
        ("FREQ=YEARLY", r.AbsoluteYearly(2, 3)),
        ("FREQ=YEARLY;BYDAY=2SU;BYMONTH=5", r.RelativeYearly(r.SUNDAY, 2, 5)),
        ("freq=daily;interval=3", r.Daily(3)),
    ],
)
def test_rules_of_others(rule: str, pattern: r.Pattern) -> None:
    assert msgspec.convert(read_rule(rule, START)["pattern"], r.Pattern) == pattern  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "rule",
    [
        "",
        "FREQ=HOURLY",
        "FREQ=YEARLY;INTERVAL=2",
        "FREQ=WEEKLY;BYDAY=XX",
        "FREQ=MONTHLY;BYDAY=5MO",
        "FREQ=DAILY;INTERVAL=x",
        "FREQ=MONTHLY;BYMONTHDAY=1,15",
        "FREQ=DAILY;UNTIL=soon",
    ],
)
def test_rules_that_cannot_be_kept(rule: str) -> None:
    with pytest.raises(BadCalendar):
        read_rule(rule, START)
