"""The event channel of one application: what happened waits, bounded, until the client's hanging GET takes it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from enum import Enum
from urllib.parse import parse_qs

from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Event, Next, write_events, write_resync
from samband.wire.ucwa.resources import Resource

MOST, MOST_CHARACTERS = 500, 512 * 1024
"""Most events that wait, and what may be embedded in them; beyond that all of them are dropped, and the client is told
to read everything anew.
"""
_SHORTEST, _LONGEST, _USUAL_TIMEOUT = 5, 1800, 180


class Urgency(Enum):
    """How long an event may wait for others."""

    HIGH = "high"
    """Not at all, and everything else goes with it."""
    MEDIUM = "medium"
    LOW = "low"


@dataclass(slots=True)
class Wishes:
    """What the query of a GET asks for, in seconds; what it does not name is as the client had it before."""

    medium: int = _SHORTEST
    low: int = 15
    timeout: int = _USUAL_TIMEOUT
    priority: int = 0


@dataclass(slots=True, eq=False)
class _Waiter:
    priority: int
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    replaced: bool = False


class EventChannel:
    """``href`` is where it is read."""

    def __init__(self, href: str) -> None:
        self._href = href
        self._wishes = Wishes()
        self._pending: list[tuple[Event, Urgency, float]] = []
        self._last: list[Event] = []
        """What the latest answer told, until the next GET shows that it arrived."""
        self._number = 0
        """Of the latest answer."""
        self._led: Next = "next"
        """How the latest answer led on."""
        self._held = False
        """Whether nothing has shown yet that the latest answer arrived."""
        self._weight = 0
        """Of what waits."""
        self._at_once = False
        self._leads: Next = "next"
        """How the next answer leads on; any other way than ``next`` is told at once."""
        self._waiter: _Waiter | None = None

    @property
    def here(self) -> str:
        """Where the next answer is."""
        return f"{self._href}?ack={self._number + 1}"

    @property
    def waiting(self) -> bool:
        """Whether a client waits for events."""
        return self._waiter is not None

    def restart(self) -> None:
        """The client has forgotten everything and reads it anew: nothing that waits is news to it."""
        self._begin_anew("next")
        self._dismiss()

    def resume(self) -> None:
        """The client was away for so long that it must read everything anew: what waited is no news to it either, and
        what it asked for is forgotten.
        """
        self._begin_anew("resume")
        self._wishes = Wishes()

    def _begin_anew(self, leads: Next) -> None:
        self._forget()
        self._last.clear()
        self._at_once = self._held = False
        self._leads = leads

    def close(self) -> None:
        """End a GET that waits: there will be nothing more."""
        self._dismiss()

    def tell(self, event: Event, urgency: Urgency) -> None:
        """Something happened."""
        since = self._now()
        if event.repeats:
            for index, (known, before, earlier) in enumerate(self._pending):
                if known == event and before is urgency:
                    del self._pending[index]
                    since = earlier
                    break
        self._pending.append((event, urgency, since))
        self._weight += _weight(event)
        if len(self._pending) > MOST or self._weight > MOST_CHARACTERS:
            self._forget()
            if self._leads == "next":
                self._leads = "resync"
        if self._waiter is not None:
            self._waiter.wake.set()

    async def get(self, query: str) -> Resource:
        """Wait for events, or until the time the client set is over. Raises ``UcwaError``.

        Whoever asks for another answer than the next one, or the one that may not have arrived, has lost their place:
        they are told it, and nothing changes.
        """
        ack, wishes = self._read(query)
        if ack != self._number + 1 and not (self._held and ack == self._number):
            return write_resync(f"{self._href}?ack={self._number if self._held else self._number + 1}")
        if self._waiter is not None and self._waiter.priority > wishes.priority:
            raise _replaced()
        self._dismiss()
        self._wishes = wishes
        self._acknowledge(ack)
        waiter = self._waiter = _Waiter(wishes.priority)
        try:
            await self._wait(waiter)
        finally:
            if self._waiter is waiter:
                self._waiter = None
        if waiter.replaced:
            raise _replaced()
        return self._take()

    async def _wait(self, waiter: _Waiter) -> None:
        until = self._now() + self._wishes.timeout
        while not waiter.replaced and (left := min(self._due(), until) - self._now()) > 0:
            waiter.wake.clear()
            await self._sleep(waiter.wake, left)

    def _due(self) -> float:
        """When something must be told."""
        if self._at_once or self._leads != "next":
            return 0.0
        waits = {Urgency.HIGH: 0.0, Urgency.MEDIUM: self._wishes.medium, Urgency.LOW: self._wishes.low}
        return min((since + waits[urgency] for _, urgency, since in self._pending), default=float("inf"))

    def _take(self) -> Resource:
        here = self.here
        self._number += 1
        leads, due = self._leads, self._due() <= self._now()
        self._at_once, self._held, self._led, self._leads = False, True, leads, "next"
        if leads == "resync":
            return write_resync(self.here)
        if due:
            self._last = [event for event, _, _ in self._pending]
            self._forget()
        return write_events(self._last, here, leads, self.here)

    def _acknowledge(self, ack: int) -> None:
        """``ack`` names the answer that is wanted: the next one, or the latest one again."""
        if ack == self._number:
            self._number -= 1
            self._pending[:0] = [(event, Urgency.HIGH, 0.0) for event in self._last]
            self._weight += sum(map(_weight, self._last))
            self._at_once = bool(self._last)
            if self._led != "next":
                self._leads = self._led
        self._last = []
        self._held = False

    def _forget(self) -> None:
        self._pending.clear()
        self._weight = 0

    def _dismiss(self) -> None:
        if self._waiter is not None:
            self._waiter.replaced = True
            self._waiter.wake.set()
            self._waiter = None

    def _read(self, query: str) -> tuple[int, Wishes]:
        found = {name.lower(): values[-1] for name, values in parse_qs(query).items()}
        wrong: dict[str, str] = {}

        def number(name: str, least: int, most: int, usual: int) -> int:
            text = found.get(name, str(usual))
            if not (text.isascii() and text.isdigit() and len(text) < 18 and least <= int(text) <= most):
                wrong[name] = f"not a number from {least} to {most}"
                return usual
            return int(text)

        before = self._wishes
        ack = number("ack", 0, 10**17, -1)
        wishes = Wishes(
            medium=number("medium", _SHORTEST, _LONGEST, before.medium),
            low=number("low", _SHORTEST, _LONGEST, before.low),
            timeout=number("timeout", _USUAL_TIMEOUT, _LONGEST, before.timeout),
            priority=number("priority", 0, 10**6, 0),
        )
        if wrong:
            raise UcwaError("BadRequest", "The query cannot be understood", "ParameterValidationFailure", wrong)
        return ack, wishes

    @staticmethod
    async def _sleep(wake: asyncio.Event, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _weight(event: Event) -> int:
    return len(repr(event.embedded)) if event.embedded is not None else 0


def _replaced() -> UcwaError:
    return UcwaError("Conflict", "Another request reads the events now", "PGetReplaced")
