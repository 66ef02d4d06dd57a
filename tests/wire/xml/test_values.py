from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.xml.values import (
    has_offset,
    read_boolean,
    read_duration,
    read_instant,
    read_integer,
    write_boolean,
    write_duration,
    write_instant,
)

INSTANTS = st.datetimes(datetime(1601, 1, 1), datetime(4500, 1, 1), timezones=st.just(UTC))


@given(INSTANTS)
def test_instants_read_back_to_the_second(value: datetime) -> None:
    assert read_instant(write_instant(value)) == value.replace(microsecond=0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-11-23T07:28:07Z", datetime(2026, 11, 23, 7, 28, 7, tzinfo=UTC)),
        ("2026-11-23T07:28:07.1234567+02:00", datetime(2026, 11, 23, 5, 28, 7, 123456, tzinfo=UTC)),
        ("2026-11-23T07:28:07", datetime(2026, 11, 23, 12, 28, 7, tzinfo=UTC)),
        ("2026-11-23", datetime(2026, 11, 23, 5, tzinfo=UTC)),
        ("2026-11-23T24:00:00Z", datetime(2026, 11, 24, tzinfo=UTC)),
    ],
)
def test_ways_to_write_an_instant(text: str, expected: datetime) -> None:
    assert read_instant(text, timezone(timedelta(hours=-5))) == expected


@pytest.mark.parametrize(
    "text",
    ["", "now", "2026-13-01T00:00:00Z", "2026-11-23T25:00:00Z", "0000-01-01", "0001-01-01T00:00:00+14:00",
     "2026-11-23T07:28:07+15:00", "9999-12-31T24:00:00Z", "٢٠٢٦-١١-٢٣"],
)  # fmt: skip
def test_other_instants_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        read_instant(text)


def test_whether_an_offset_is_said() -> None:
    assert has_offset("2026-11-23T07:28:07Z")
    assert not has_offset("2026-11-23T07:28:07")


@given(st.booleans())
def test_booleans(value: bool) -> None:
    assert read_boolean(write_boolean(value)) is value


@pytest.mark.parametrize("text", ["", "True", "yes", "2"])
def test_other_booleans_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="boolean"):
        read_boolean(text)


def test_integers() -> None:
    assert read_integer(" -12 ") == -12
    for text in ("", "1.0", "0x1", "1_000", "٣", "9" * 30):
        with pytest.raises(ValueError, match="integer"):
            read_integer(text)


@given(st.integers(-(10**8), 10**8))
def test_durations_read_back(seconds: int) -> None:
    value = timedelta(seconds=seconds)
    assert read_duration(write_duration(value)) == value


@pytest.mark.parametrize("text", ["", "P", "PT", "P1DT", "1D", "PT1X"])
def test_other_durations_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="duration"):
        read_duration(text)
