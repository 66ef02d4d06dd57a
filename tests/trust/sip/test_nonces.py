"""Nonces: ours, bound, in time, counted, and few in memory."""

from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.trust.sip.nonces import Nonces
from tests.trust.fakes import Clock


def nonces(clock: Clock, limit: int = 20_000) -> Nonces:
    return Nonces(bytes(32), clock, os.urandom, lifetime=300, limit=limit)


def test_life_of_a_nonce() -> None:
    clock = Clock()
    all_of_them = nonces(clock)
    one = all_of_them.new("7")
    assert all_of_them.current(one, "7")
    assert not all_of_them.current(one, "8")
    assert not Nonces(bytes(31) + b"x", clock, os.urandom).current(one, "7")
    assert [all_of_them.use(one, "7", count) for count in (1, 1, 2, 4, 3, 3)] == [True, False, True, True, True, False]
    assert not all_of_them.use(one, "8", 9)
    clock.now += 300
    assert all_of_them.use(one, "7", 9)
    clock.now += 0.01
    assert not all_of_them.current(one, "7")
    assert not all_of_them.use(one, "7", 10)


def test_two_are_never_the_same() -> None:
    clock = Clock()
    assert len({nonces(clock).new("7") for _ in range(100)}) == 100


def test_what_is_forgotten_counts_as_old() -> None:
    clock = Clock(now=0)
    few = nonces(clock, limit=2)
    made = []
    for _ in range(4):
        made.append(few.new("7"))
        clock.now += 1
    unused = few.new("7")
    for one in made:
        assert few.use(one, "7", 1)
    assert [few.current(one, "7") for one in made] == [False, False, True, True]
    assert not few.use(made[0], "7", 1), "forgetting must not let a repetition pass"
    assert few.use(unused, "7", 1)


@pytest.mark.parametrize(
    "text", ["", "A", "AAAA", "=", "ä", "A" * 64, "a" * 63, " a" * 32, "a" * 64, "A" * 10_000, "\udc80"]
)
def test_what_is_no_nonce(text: str) -> None:
    assert not nonces(Clock()).current(text, "7")


@given(st.integers(0, 63), st.characters())
def test_any_changed_character(at: int, character: str) -> None:
    all_of_them = nonces(Clock())
    one = all_of_them.new("7")
    changed = one[:at] + character + one[at + 1 :]
    assert all_of_them.current(changed, "7") == (changed == one)
