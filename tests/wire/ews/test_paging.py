from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ews.paging import FractionalPage, IndexedPage, Window
from tests.wire.ews.parts import attributes_of

TOTALS = st.integers(0, 50)
LIMITS = st.integers(1, 20)


def rows(window: Window, total: int) -> list[int]:
    return list(range(total))[window.start : window.start + window.count]


@given(TOTALS, LIMITS)
def test_pages_from_the_beginning_are_everything_once(total: int, limit: int) -> None:
    seen: list[int] = []
    offset = 0
    for _ in range(60):
        window = IndexedPage(offset, limit).window(total)
        seen += rows(window, total)
        said = attributes_of(window.attributes)
        assert said["TotalItemsInView"] == str(total)
        if said["IncludesLastItemInRange"] == "true":
            assert "IndexedPagingOffset" not in said
            break
        offset = int(said["IndexedPagingOffset"])
    assert seen == list(range(total))


@given(TOTALS, LIMITS)
def test_pages_from_the_end_are_everything_once(total: int, limit: int) -> None:
    seen: list[int] = []
    offset = 0
    for _ in range(60):
        window = IndexedPage(offset, limit, from_end=True).window(total)
        seen = rows(window, total) + seen
        said = attributes_of(window.attributes)
        if said["IncludesLastItemInRange"] == "true":
            break
        offset = int(said["IndexedPagingOffset"])
    assert seen == list(range(total))


@given(TOTALS, LIMITS, st.integers(1, 9), st.integers(0, 9))
def test_fractions_begin_where_they_say(total: int, limit: int, denominator: int, numerator: int) -> None:
    numerator = min(numerator, denominator)
    window = FractionalPage(numerator, denominator, limit).window(total)
    assert window.start == total * numerator // denominator
    assert rows(window, total) == list(range(total))[window.start : window.start + limit]
    said = attributes_of(window.attributes)
    assert (said["IncludesLastItemInRange"] == "true") is (window.start + window.count == total)
