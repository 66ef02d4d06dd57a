"""Values of several texts, apart and together again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ical.lines import escaped, pieces, values_of
from samband.wire.vcard import read_card, structured, write_card

_TEXT = st.text(st.characters(exclude_characters="\r\x7f", min_codepoint=32, exclude_categories=["Cs"]) | st.just("\n"))


@given(st.lists(_TEXT, min_size=1, max_size=7))
def test_parts_stay_what_they_were(texts: list[str]) -> None:
    (_, line) = read_card(write_card([structured("N", texts)]))
    assert line.parts == texts


@given(st.lists(_TEXT.filter(bool), max_size=7))
def test_lists_stay_what_they_were(texts: list[str]) -> None:
    assert values_of(",".join(map(escaped, texts))) == texts


@pytest.mark.parametrize(
    ("written", "found"),
    [("", [""]), (";", ["", ""]), ("a\\\\;b", ["a\\\\", "b"]), ("a\\;b;", ["a\\;b", ""]), ("a;b\\", ["a", "b\\"])],
)
def test_pieces(written: str, found: list[str]) -> None:
    assert pieces(written, ";") == found
