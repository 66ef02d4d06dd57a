"""Guessing gets slow; knowing does not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.trust.passwords import MOST_WAITING
from samband.trust.throttle import FREE_FOR_ACCOUNT, FREE_FOR_ADDRESS, LONGEST_DELAY, PATIENCE, Throttle, network
from tests.trust.fakes import Clock


def attempts(throttle: Throttle, clock: Clock, account: str, address: str, count: int) -> list[float | None]:
    """Waits of attempts made one after another, each as soon as the one before it was checked."""
    waits = []
    for _ in range(count):
        wait = throttle.reserve(account, address)
        waits.append(wait)
        clock.now += wait or 0.0
    return waits


def test_delays_double_up_to_a_bound() -> None:
    clock = Clock()
    waits = attempts(Throttle(clock), clock, "alice", "10.0.0.1", FREE_FOR_ACCOUNT + 9)
    assert waits == [0.0] * (FREE_FOR_ACCOUNT + 1) + [0.25, 0.5, 1.0, 2.0, 4.0, 8.0, 8.0, 8.0]


def test_a_thousand_attempts_at_once_are_refused_unchecked() -> None:
    throttle = Throttle(Clock())
    waits = [throttle.reserve("alice", "10.0.0.1") for _ in range(1000)]
    checked = [wait for wait in waits if wait is not None]
    assert len(checked) < FREE_FOR_ACCOUNT + 10
    assert max(checked) <= PATIENCE


def test_an_account_guessed_from_many_addresses_is_slowed_but_not_for_who_signed_in_before() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    throttle.reserve("alice", "10.0.0.1")
    throttle.succeeded("alice", "10.0.0.1")
    for number in range(100):
        throttle.reserve("ALICE", f"10.9.{number}.1")
    assert throttle.reserve("alice", "10.9.200.1") is None
    assert throttle.reserve("alice", "10.0.0.1") == 0.0
    clock.now += LONGEST_DELAY + PATIENCE
    assert throttle.reserve("alice", "10.9.200.1") == 0.0


def test_an_address_that_tries_many_accounts_is_slowed() -> None:
    throttle = Throttle(Clock())
    waits = [throttle.reserve(f"user{number}", "10.0.0.1") for number in range(400)]
    assert waits[:FREE_FOR_ADDRESS] == [0.0] * FREE_FOR_ADDRESS
    assert waits[-1] is None
    assert throttle.reserve("user1", "10.0.0.2") == 0.0


def test_right_passwords_behind_one_address_never_slow_each_other() -> None:
    throttle = Throttle(Clock())
    for number in range(500):
        assert throttle.reserve(f"user{number}", "10.0.0.1") == 0.0
        throttle.succeeded(f"user{number}", "10.0.0.1")
    # Nor do those of a crowd that all wait to be checked at the same moment.
    assert MOST_WAITING <= FREE_FOR_ADDRESS
    assert [throttle.reserve(f"other{number}", "10.0.0.1") for number in range(MOST_WAITING)] == [0.0] * MOST_WAITING


def test_who_signed_in_is_trusted_until_something_is_wrong() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    assert not throttle.trusted("alice", "10.0.0.1")
    throttle.reserve("alice", "10.0.0.1")
    throttle.succeeded("alice", "10.0.0.1")
    assert throttle.trusted("Alice", "10.0.0.1")
    assert not throttle.trusted("alice", "10.0.0.2")
    assert not throttle.trusted("bob", "10.0.0.1")
    throttle.reserve("alice", "10.0.0.1")
    assert not throttle.trusted("alice", "10.0.0.1")
    throttle.succeeded("alice", "10.0.0.1")
    assert throttle.trusted("alice", "10.0.0.1")
    for number in range(FREE_FOR_ADDRESS):
        throttle.reserve(f"user{number}", "10.0.0.1")
    assert not throttle.trusted("alice", "10.0.0.1")
    clock.now += LONGEST_DELAY
    assert throttle.reserve("alice", "10.0.0.1") == 0.0


def test_whoever_is_trusted_is_remembered_before_others() -> None:
    throttle = Throttle(Clock(), limit=2)
    for name in ("alice", "bob"):
        throttle.reserve(name, "10.0.0.1")
        throttle.succeeded(name, "10.0.0.1")
    assert throttle.trusted("alice", "10.0.0.1")
    throttle.reserve("carol", "10.0.0.1")
    throttle.succeeded("carol", "10.0.0.1")
    assert [throttle.trusted(name, "10.0.0.1") for name in ("alice", "bob", "carol")] == [True, False, True]


def test_attempts_are_forgotten_after_some_quiet() -> None:
    clock = Clock()
    throttle = Throttle(clock)
    attempts(throttle, clock, "alice", "10.0.0.1", 20)
    clock.now += 700
    assert attempts(throttle, clock, "alice", "10.0.0.1", 2) == [0.0, 0.0]


@pytest.mark.parametrize("flood", ["of addresses", "of accounts"])
def test_a_flood_frees_nobody_who_is_held_up(flood: str) -> None:
    clock = Clock()
    throttle = Throttle(clock, limit=100)
    guessers = [("alice", f"10.0.0.{number}") for number in range(30)]
    for account, address in guessers:
        attempts(throttle, clock, account, address, FREE_FOR_ACCOUNT + 9)
    clock.now += LONGEST_DELAY
    for number in range(1000):
        name = "bob" if flood == "of addresses" else f"user{number}"
        throttle.reserve(name, f"10.9.{number // 250}.{number % 250}")
    again = [attempts(throttle, clock, account, address, 2)[1] for account, address in guessers]
    assert again == [LONGEST_DELAY] * len(guessers)
    assert max(len(throttle._accounts), len(throttle._addresses), len(throttle._pairs)) <= 100


def test_where_everybody_is_held_up_the_least_of_the_oldest_gives_way() -> None:
    clock = Clock()
    throttle = Throttle(clock, limit=10)
    for number in range(10):
        attempts(throttle, clock, f"user{number}", "10.0.0.1", FREE_FOR_ACCOUNT + (3 if number == 4 else 9))
    throttle.reserve("late", "10.0.0.1")
    assert "user4" not in throttle._accounts.meters
    assert len(throttle._accounts) == 10


@given(st.lists(st.tuples(st.text(max_size=400), st.text(max_size=100)), max_size=200))
def test_tables_are_bounded(tries: list[tuple[str, str]]) -> None:
    throttle = Throttle(Clock(), limit=10)
    for account, address in tries:
        if throttle.reserve(account, address) is not None:
            throttle.succeeded(account, address)
    assert max(len(throttle._accounts), len(throttle._addresses), len(throttle._pairs), len(throttle._known)) <= 10


def test_an_ipv6_client_has_a_whole_network() -> None:
    assert network("2001:db8::1") == network("[2001:db8::ffff:1]") != network("2001:db8:1::1")
    assert network("10.0.0.1") == "10.0.0.1"
    assert network("not:an:address") == "not:an:address"
