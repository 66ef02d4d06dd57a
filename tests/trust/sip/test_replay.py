"""The replay window against a plain set."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from samband.trust.sip.replay import WIDTH, ReplayWindow


def test_in_order_repeated_and_overtaken() -> None:
    window = ReplayWindow()
    assert [window.accept(number) for number in (1, 2, 2, 5, 4, 4, 3, 1)] == [
        True,
        True,
        False,
        True,
        True,
        False,
        True,
        False,
    ]


def test_older_than_the_window() -> None:
    window = ReplayWindow()
    assert window.accept(1000)
    assert not window.fresh(1000 - WIDTH)
    assert window.accept(1000 - WIDTH + 1)
    assert not window.accept(0)
    assert not window.accept(-3)
    assert window.accept(1 << 40)
    assert not window.accept(1000)


@given(st.lists(st.integers(-5, 1200)))
def test_like_a_set_of_everything_seen(numbers: list[int]) -> None:
    window, seen = ReplayWindow(), set[int]()
    for number in numbers:
        highest = max(seen, default=0)
        expected = number > 0 and number not in seen and number > highest - WIDTH
        assert window.fresh(number) == expected
        assert window.accept(number) == expected
        if expected:
            seen.add(number)
