"""The timer wheel."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.lync.sip.timers import TICK, Timers


def test_order_and_cancelling() -> None:
    timers = Timers(100.0)
    rung: list[object] = []
    timers.after(2.0, rung.append, "two")
    stopped = timers.after(1.0, rung.append, "never")
    timers.after(0.5, rung.append, "half")
    timers.cancel(stopped)
    timers.cancel(stopped)
    timers.advance(100.4)
    assert rung == []
    timers.advance(100.6)
    assert rung == ["half"]
    timers.advance(1000.0)
    assert rung == ["half", "two"]
    assert len(timers) == 0


def test_a_timer_may_stop_or_start_others() -> None:
    timers = Timers(0.0)
    rung: list[object] = []
    victims = [timers.after(1.0, rung.append, number) for number in range(3)]

    def stop_all(_argument: object) -> None:
        rung.append("stop")
        for victim in victims:
            timers.cancel(victim)
        timers.after(0.0, rung.append, "new")

    timers.after(0.5, stop_all)
    timers.advance(0.7)
    timers.advance(5.0)
    assert rung == ["stop", "new"]


def test_stopping_within_one_slot() -> None:
    timers = Timers(0.0)
    rung: list[str] = []
    pair = {}

    def ring(name: str) -> None:
        rung.append(name)
        timers.cancel(pair["b" if name == "a" else "a"])

    pair["a"] = timers.after(1.0, ring, "a")
    pair["b"] = timers.after(1.0, ring, "b")
    timers.advance(2.0)
    assert len(rung) == 1


def test_a_failure_keeps_nobody_from_ringing() -> None:
    timers = Timers(0.0)
    rung: list[object] = []

    def fail(_argument: object) -> None:
        raise ValueError("no")

    timers.after(1.0, fail)
    timers.after(1.0, rung.append, 1)
    timers.after(2.0, rung.append, 2)
    with pytest.raises(ValueError, match="no"):
        timers.advance(3.0)
    assert rung == [1, 2]


@given(st.lists(st.tuples(st.floats(0, 50), st.booleans()), max_size=30), st.lists(st.floats(0.01, 9), max_size=30))
def test_each_rings_once_and_in_its_time(wanted: list[tuple[float, bool]], steps: list[float]) -> None:
    timers = Timers(7.0)
    rung: dict[int, float] = {}

    def ring(number: int) -> None:
        assert number not in rung
        rung[number] = now

    now, last = 7.0, 7.0
    for number, (seconds, stopped) in enumerate(wanted):
        timer = timers.after(seconds, ring, number)
        if stopped:
            timers.cancel(timer)
    for step in [*steps, 100.0]:
        last, now = now, now + step
        timers.advance(now)
        for number, at in rung.items():
            if at == now:
                assert last - TICK <= 7.0 + wanted[number][0] <= now
    assert rung.keys() == {number for number, (_, stopped) in enumerate(wanted) if not stopped}
