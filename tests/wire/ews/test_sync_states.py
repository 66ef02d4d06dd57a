from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.wire.ews.notifications import GivenMark, read_mark, write_mark
from samband.wire.ews.sync_states import (
    HierarchyMark,
    ItemsMark,
    MalformedState,
    read_hierarchy_mark,
    read_items_mark,
    write_hierarchy_mark,
    write_items_mark,
)

NUMBERS = st.integers(0, 2**63 - 1)


@given(NUMBERS, NUMBERS)
def test_marks_of_hierarchies_read_back(folder: int, seq: int) -> None:
    mark = HierarchyMark(folder, seq)
    text = write_hierarchy_mark(mark)
    assert read_hierarchy_mark(text) == mark
    with pytest.raises(MalformedState):
        read_items_mark(text)


@given(NUMBERS, NUMBERS, NUMBERS, NUMBERS)
def test_marks_of_items_read_back(folder: int, known: int, seq: int, row: int) -> None:
    mark = ItemsMark(folder, known, seq, row)
    text = write_items_mark(mark)
    assert read_items_mark(f"\r\n {text}\t") == mark
    with pytest.raises(MalformedState):
        read_hierarchy_mark(text)


@given(st.text(max_size=60))
def test_other_texts_are_no_states(text: str) -> None:
    for read in (read_hierarchy_mark, read_items_mark):
        with pytest.raises(MalformedState):
            read(text)


@given(st.integers(1, 2**63 - 1), st.integers(0, 2**32 - 1))
def test_watermarks_read_back(seq: int, place: int) -> None:
    assert read_mark(write_mark(seq, place)) == GivenMark(seq, place)


@given(st.text(max_size=40))
def test_other_texts_are_no_watermarks(text: str) -> None:
    assert read_mark(text) is None
