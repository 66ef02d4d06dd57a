"""Windows zones against the IANA database, clients' own definitions against Python's clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from samband.model.failures import Failure
from samband.model.simple_zones import SimpleZone, YearlyChange, clock_of, simple_zone
from samband.model.timezones import (
    Period,
    Transition,
    ZoneDefinition,
    known_id,
    windows_id,
    windows_ids,
    zone_named,
)
from samband.model.zone_definitions import definition_of
from samband.model.zone_rules import DefinedZone, short, zone_of

instants = st.datetimes(datetime(2000, 1, 3), datetime(2037, 12, 28), timezones=st.just(UTC))


def test_the_table_has_what_clients_look_for() -> None:
    assert 100 <= len(windows_ids()) <= 160
    assert known_id("w. europe standard time") == "W. Europe Standard Time"
    assert windows_id("Europe/Copenhagen") == "Romance Standard Time"
    assert windows_id("Europe/Stockholm") == "W. Europe Standard Time"
    assert zone_named("Romance Standard Time") == ZoneInfo("Europe/Paris")
    assert zone_named("Custom") is None


@given(st.sampled_from(windows_ids()), instants)
@settings(deadline=None, max_examples=600)
def test_a_definition_tells_the_zone(name: str, instant: datetime) -> None:
    definition, zone = definition_of(name), zone_named(name)
    assert definition is not None and zone is not None
    defined = DefinedZone(definition)
    local = instant.astimezone(zone)
    mine = instant.astimezone(defined)
    assert mine.replace(tzinfo=None) == local.replace(tzinfo=None)
    assert zone is UTC or mine.fold == local.fold
    assert mine.astimezone(UTC) == instant


@pytest.mark.parametrize("name", windows_ids())
def test_a_definition_tells_every_week(name: str) -> None:
    definition, zone = definition_of(name), zone_named(name)
    assert definition is not None and zone is not None
    defined, instant = DefinedZone(definition), datetime(2000, 1, 3, tzinfo=UTC)
    while instant.year < 2038:
        assert instant.astimezone(defined).replace(tzinfo=None) == instant.astimezone(zone).replace(tzinfo=None)
        instant += timedelta(hours=167)


@given(st.sampled_from(["W. Europe Standard Time", "Pacific Standard Time", "Lord Howe Standard Time"]), instants)
@settings(deadline=None)
def test_local_times_that_are_not_or_are_twice_go_as_in_python(name: str, instant: datetime) -> None:
    zone, definition = zone_named(name), definition_of(name)
    assert zone is not None and definition is not None
    naive = instant.replace(tzinfo=None)
    for fold in (0, 1):
        local = naive.replace(fold=fold)
        assert local.replace(tzinfo=DefinedZone(definition)).utcoffset() == local.replace(tzinfo=zone).utcoffset()


@pytest.mark.parametrize("month", [3, 10])
@pytest.mark.parametrize("minute", range(60, 241, 15))
def test_every_quarter_around_a_change(month: int, minute: int) -> None:
    definition = definition_of("W. Europe Standard Time")
    assert definition is not None
    day = datetime(2027, month, 28 if month == 3 else 31) + timedelta(minutes=minute)
    for fold in (0, 1):
        local = day.replace(fold=fold)
        python = local.replace(tzinfo=ZoneInfo("Europe/Berlin"))
        assert local.replace(tzinfo=DefinedZone(definition)).astimezone(UTC) == python.astimezone(UTC)


@pytest.mark.parametrize("name", windows_ids())
def test_the_rule_of_a_year_fits_the_simple_form(name: str) -> None:
    zone = zone_named(name)
    assert zone is not None
    for year in (2026, 2027):
        simple = clock_of(simple_zone(name, year))
        for day in range(2, 364, 5):
            instant = datetime(year, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
            assert instant.astimezone(simple).utcoffset() == instant.astimezone(zone).utcoffset()


def test_groups_have_the_form_that_clients_read() -> None:
    for name in windows_ids():
        definition = definition_of(name)
        assert definition is not None and definition.name.startswith("(UTC")
        periods = {period.id: period.name for period in definition.periods}
        assert len(periods) == len(definition.periods)
        assert set(periods.values()) <= {"Standard", "Daylight"}
        for group in definition.groups:
            assert 1 <= len(group.transitions) <= 2
            assert "Standard" in {periods[change.period] for change in group.transitions}
        ids = [group.id for group in definition.groups]
        assert ids == sorted(ids)


def test_known_ids_win_and_are_kept_short() -> None:
    full = definition_of("Romance Standard Time")
    assert zone_of(full) == ZoneInfo("Europe/Paris")
    assert short(full) == ZoneDefinition(id="Romance Standard Time")
    assert short(None) is None
    assert zone_of(None) is UTC


@pytest.mark.parametrize(
    "definition",
    [
        ZoneDefinition(id="Nowhere"),
        ZoneDefinition(id="x", periods=(Period("p", "Standard", 0),), transitions=(Transition("first", "other"),)),
        ZoneDefinition(id="x", periods=(Period("p", "Standard", 99999),)),
        ZoneDefinition(id="x", periods=(Period("p", "S", 0),), transitions=(Transition("absolute", "p", at="never"),)),
    ],
)
def test_nonsense_is_an_error_of_the_time_zone(definition: ZoneDefinition) -> None:
    for ask in (zone_of, short):
        with pytest.raises(Failure, match="ErrorTimeZone"):
            ask(definition)


def test_the_simple_zone_of_a_request() -> None:
    change = {"month": 10, "order": 5, "weekday": 0}
    zone = SimpleZone(-60, YearlyChange(0, 180, **change), YearlyChange(-60, 120, month=3, order=5, weekday=0))
    berlin = ZoneInfo("Europe/Berlin")
    for day in range(0, 1500, 3):
        instant = datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(days=day)
        assert instant.astimezone(clock_of(zone)).utcoffset() == instant.astimezone(berlin).utcoffset()
    assert clock_of(SimpleZone(300)).utcoffset(None) == timedelta(hours=-5)
    with pytest.raises(Failure, match="ErrorTimeZone"):
        clock_of(SimpleZone(5000))
