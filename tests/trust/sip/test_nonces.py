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
    opened = all_of_them.opened(one, "7")
    assert opened
    assert not all_of_them.opened(one, "8")
    assert not Nonces(bytes(31) + b"x", clock, os.urandom).opened(one, "7")
    assert [all_of_them.use(opened, count) for count in (1, 1, 2, 4, 3, 3)] == [True, False, True, True, True, False]
    clock.now += 300
    assert all_of_them.use(opened, 9)
    clock.now += 0.01
    assert not all_of_them.opened(one, "7")
    assert not all_of_them.use(opened, 10), "it became too old between the two"


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
    unused = few.opened(few.new("7"), "7")
    opened = [few.opened(one, "7") for one in made]
    for one in opened:
        assert few.use(one, 1)
    assert [bool(few.opened(one, "7")) for one in made] == [False, False, True, True]
    assert not few.use(opened[0], 1), "forgetting must not let a repetition pass"
    assert few.use(unused, 1)


@pytest.mark.parametrize(
    "text", ["", "A", "AAAA", "=", "ä", "A" * 64, "a" * 63, " a" * 32, "a" * 64, "A" * 10_000, "\udc80"]
)
def test_what_is_no_nonce(text: str) -> None:
    assert not nonces(Clock()).opened(text, "7")


@given(st.integers(0, 63), st.characters())
def test_any_changed_character(at: int, character: str) -> None:
    all_of_them = nonces(Clock())
    one = all_of_them.new("7")
    changed = one[:at] + character + one[at + 1 :]
    assert bool(all_of_them.opened(changed, "7")) == (changed == one)
