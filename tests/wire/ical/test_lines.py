from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ical.lines import BadCalendar, escaped, folded, quoted, read_lines, unescaped, values_of, write_lines
from samband.wire.ical.reading import read_component, read_events, read_length

texts = st.text(st.characters(exclude_categories=("Cc", "Cs"), include_characters="\n"), max_size=300)


@given(texts)
def test_text_survives_escaping_and_folding(text: str) -> None:
    written = write_lines([f"SUMMARY:{escaped(text)}"])
    assert all(len(line.encode()) <= 75 for line in written.split("\r\n"))
    (line,) = read_lines(written)
    assert line.name == "SUMMARY" and unescaped(line.value) == text


@given(st.lists(texts.filter(bool), max_size=5))
def test_lists_of_texts(values: list[str]) -> None:
    simple = [value.replace("\\", "") or "x" for value in values]
    assert values_of(",".join(map(escaped, simple))) == simple


@given(st.text(st.characters(exclude_categories=("Cc", "Cs")), max_size=40))
def test_parameters(name: str) -> None:
    (line,) = read_lines(f"ATTENDEE;CN={quoted(name)};ROLE=CHAIR:mailto:a@b")
    assert line.parameters == {"CN": name.replace('"', "'"), "ROLE": "CHAIR"} and line.value == "mailto:a@b"


def test_a_folded_line_is_never_cut_inside_a_character() -> None:
    assert folded("x" + "å" * 80).replace("\r\n ", "") == "x" + "å" * 80


@given(st.text(max_size=400))
def test_any_text_is_read_or_refused(text: str) -> None:
    with suppress(BadCalendar):
        read_events(read_component(text))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "BEGIN:VCALENDAR",
        "BEGIN:VCALENDAR\nEND:VEVENT\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR",
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:never\nEND:VEVENT\nEND:VCALENDAR",
        "BEGIN:A\n" * 50,
        ":no name",
        "NAME;PARAMETER",
    ],
)
def test_what_is_no_calendar(text: str) -> None:
    with pytest.raises(BadCalendar):
        read_events(read_component(text))


def test_lengths() -> None:
    assert read_length("-P1DT2H").total_seconds() == -93600
    assert read_length("PT15M").total_seconds() == 900
    with pytest.raises(BadCalendar):
        read_length("15 minutes")
