from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ews.matching import matcher

COMPARISONS = (
    "Exact", "IgnoreCase", "IgnoreNonSpacingCharacters", "Loose", "IgnoreCaseAndNonSpacingCharacters",
    "LooseAndIgnoreCase", "LooseAndIgnoreNonSpace", "LooseAndIgnoreCaseAndIgnoreNonSpace",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "wanted", "mode", "found"),
    [
        ("one two", "one two", "FullString", True),
        ("one two", "one", "FullString", False),
        ("one two", "on", "Prefixed", True),
        ("one two", "two", "Prefixed", False),
        ("one two", "e t", "Substring", True),
        ("one two", "tw", "PrefixOnWords", True),
        ("one two", "wo", "PrefixOnWords", False),
        ("one two", "tw", "ExactPhrase", False),
        ("one two three", "two three", "ExactPhrase", True),
        ("(one)", "one", "ExactPhrase", True),
        ("a.b", "a?b", "Substring", False),
    ],
)
def test_modes(text: str, wanted: str, mode: str, found: bool) -> None:
    assert matcher(wanted, mode, "Exact")(text) is found


@pytest.mark.parametrize(
    ("text", "wanted", "comparisons"),
    [
        ("Ärende", "Ärende", COMPARISONS),
        ("Ärende", "ärende", [c for c in COMPARISONS if "Case" in c or "Loose" in c]),
        ("Ärende", "Arende", [c for c in COMPARISONS if "NonSpac" in c or "Loose" in c]),
        ("Ärende", "arende", [c for c in COMPARISONS if c == "IgnoreCaseAndNonSpacingCharacters" or "Loose" in c]),
    ],
)
def test_comparisons(text: str, wanted: str, comparisons: list[str]) -> None:
    assert [c for c in COMPARISONS if matcher(wanted, "FullString", c)(text)] == list(comparisons)


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_part_is_found(before: str, wanted: str, after: str) -> None:
    assert matcher(wanted, "Substring", "Exact")(before + wanted + after)
