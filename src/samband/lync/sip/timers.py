"""Timers by the thousand: a wheel of slots, no task and no system timer for any single one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TICK = 0.05
"""Width of a slot in seconds; a timer rings at most this much late (plus the delay of ``advance``)."""


class Timer:
    """A running timer. Rings by calling ``call(argument)`` once."""

    __slots__ = ("argument", "call", "slot")

    def __init__(self, slot: int, call: Callable[[Any], None], argument: object) -> None:
        self.slot = slot
        self.call = call
        self.argument = argument


class Timers:
    """A wheel. Whoever has a clock calls ``advance`` about every ``TICK``; starting and stopping cost O(1)."""

    __slots__ = ("_slots", "_turned", "now")

    def __init__(self, now: float) -> None:
        """``now``: seconds on a clock that never goes back."""
        self.now = now
        """Time of the latest ``advance``."""
        self._turned = int(now / TICK)
        self._slots: dict[int, dict[Timer, None]] = {}

    def __len__(self) -> int:
        return sum(len(slot) for slot in self._slots.values())

    def after(self, seconds: float, call: Callable[[Any], None], argument: object = None) -> Timer:
        """Ring in ``seconds``."""
        number = max(int((self.now + seconds) / TICK) + 1, self._turned + 1)
        timer = Timer(number, call, argument)
        slot = self._slots.get(number)
        if slot is None:
            self._slots[number] = {timer: None}
        else:
            slot[timer] = None
        return timer

    def cancel(self, timer: Timer) -> None:
        """Stop a timer; one that rang or was stopped before is left alone."""
        slot = self._slots.get(timer.slot)
        if slot is not None:
            slot.pop(timer, None)

    def advance(self, now: float) -> None:
        """Ring everything that is due. One that raises does not keep the others from ringing; the first is raised."""
        self.now = max(now, self.now)
        target = int(self.now / TICK)
        if target - self._turned > len(self._slots):
            due = sorted(number for number in self._slots if number <= target)
        else:
            due = [number for number in range(self._turned + 1, target + 1) if number in self._slots]
        self._turned = max(target, self._turned)
        failures: list[Exception] = []
        for number in due:
            slot = self._slots[number]
            while slot:
                timer, _ = slot.popitem()
                try:
                    timer.call(timer.argument)
                except Exception as failure:
                    failures.append(failure)
            del self._slots[number]
        if failures:
            raise failures[0]
