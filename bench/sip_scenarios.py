"""What SIP users are made to do, and what is measured of it."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Sequence
from itertools import chain
from typing import Any

from bench.processes import cpu_seconds
from bench.sip_lines import PATIENCE, Answer, Load
from bench.sip_requests import field, user_name
from bench.sip_sessions import start as start_session

CONTACTS = 100


class Loop:
    """A closed loop: ``window`` operations at a time until the time is over; a tenth of it warms up."""

    def __init__(self, load: Load, start: Callable[[int, Answer], object]) -> None:
        self.load = load
        self.start = start
        self.times: list[float] = []
        self.next = 0
        self.running = 0
        self.over = asyncio.Event()

    async def run(self) -> dict[str, Any]:
        options = self.load.options
        self.until = time.perf_counter() + 0.1 * options.seconds
        await self._phase(options.window)
        self.times.clear()
        before, began = cpu_seconds(options.pids), time.perf_counter()
        self.until = began + options.seconds
        await self._phase(options.window)
        return summary(self.load, self.times, time.perf_counter() - began, cpu_seconds(options.pids) - before)

    async def _phase(self, window: int) -> None:
        self.over.clear()
        for _ in range(window):
            self._one()
        async with asyncio.timeout(self.load.options.seconds + PATIENCE):
            await self.over.wait()

    def _one(self) -> None:
        began = time.perf_counter()
        self.running += 1

        def done(message: bytes) -> None:
            now = time.perf_counter()
            self.times.append(now - began)
            self.running -= 1
            if now < self.until and not self.load.bad:
                self._one()
            elif not self.running:
                self.over.set()

        number, self.next = self.next, self.next + 1
        self.start(number, done)


def summary(load: Load, times: list[float], took: float, used: float, count: int = 0) -> dict[str, Any]:
    """What is printed. ``count`` operations where that is not the number of ``times``."""
    times.sort()
    bad = load.bad
    return {
        "count": count or len(times),
        "rate": (count or len(times)) / took,
        "cpu_seconds": used,
        "p50_ms": 1000 * times[len(times) // 2] if times else 0.0,
        "p99_ms": 1000 * times[len(times) * 99 // 100] if times else 0.0,
        "bad": len(bad),
        "first_bad": bad[0].decode("utf-8", "replace") if bad else "",
    }


async def register(load: Load) -> dict[str, Any]:
    """Operation: REGISTER with an outdated proof, 401, REGISTER with a fresh one, 200: what clients do to stay."""
    users = len(load.users)
    await load.all(users, load.register)
    return await Loop(load, lambda n, done: load.register(n % users, done)).run()


async def message(load: Load) -> dict[str, Any]:
    """Operation: MESSAGE relayed to another user, whose 200 is relayed back."""
    users = len(load.users)
    await load.all(users, load.register)
    return await Loop(load, lambda n, done: load.message(n % users, (n + 1 + n // users) % users, done)).run()


async def session(load: Load) -> dict[str, Any]:
    """Operation: an IM session: INVITE, its 200 and ACK, ten MESSAGEs in turn, BYE; each relayed and answered."""
    await load.all(len(load.users), load.register)
    return await Loop(load, lambda n, done: start_session(load, n, done)).run()


class FanOut:
    """One user who publishes, and the others who are told; with ``best_effort`` as Lync clients are, unanswered."""

    def __init__(self, load: Load, watchers: int, publisher: int, *, best_effort: bool = False) -> None:
        self.load = load
        self.watchers = watchers
        self.best_effort = best_effort
        self.publisher = publisher
        self.sequence = publisher * 1_000_000
        """Another one for each publisher, so that it says whose a notification is."""
        self.tag = ""
        self.mark = b""
        self.left = 0
        self.answered = False
        self.arrived = asyncio.Event()

    async def subscribe(self) -> None:
        """Everyone subscribes, and waits for the first NOTIFY."""
        told: set[bytes] = set()
        self.load.notified = lambda notify: told.add(field(notify, b"Call-ID"))
        everyone, me = len(self.load.users), self.publisher
        first = (me + 1) % everyone
        if self.best_effort:
            names = [user_name(me)]
            await self.load.all(
                self.watchers,
                lambda n, done: ask_for_all(self.load, (first + n % (everyone - 1)) % everyone, names, done),
            )
            return
        await self.load.all(
            self.watchers, lambda n, done: self.load.subscribe((first + n % (everyone - 1)) % everyone, me, done)
        )
        async with asyncio.timeout(PATIENCE):
            while len(told) < self.watchers:
                await asyncio.sleep(0.01)

    async def publish(self) -> float:
        """Publish once; the seconds until the last watcher was told and the publisher answered."""
        self.sequence += 1
        self.mark = b"seq-%d." % self.sequence
        self.left, self.answered = self.watchers, False
        self.arrived.clear()
        call = self.load.call()
        request = self.load.users[self.publisher].publish(call, self.sequence, self.tag)
        began = time.perf_counter()
        self.load.once(self.publisher, call, request, self._published)
        async with asyncio.timeout(PATIENCE):
            await self.arrived.wait()
        return time.perf_counter() - began

    def hear(self, notify: bytes) -> None:
        """A notification to somebody, perhaps of another publisher."""
        if self.mark in notify:
            self.left -= 1
            self._look()

    def _published(self, answer: bytes) -> None:
        self.tag = field(answer, b"SIP-ETag").decode()
        self.answered = True
        self._look()

    def _look(self) -> None:
        if not self.left and self.answered:
            self.arrived.set()


async def presence(load: Load) -> dict[str, Any]:
    """Operation: a NOTIFY. The times are from PUBLISH to the last of its NOTIFYs."""
    return await _fan_out(load, best_effort=False)


async def presence_lync(load: Load) -> dict[str, Any]:
    """The same to watchers who batch, and are told by BENOTIFY."""
    return await _fan_out(load, best_effort=True)


async def _fan_out(load: Load, *, best_effort: bool) -> dict[str, Any]:
    options, everyone = load.options, len(load.users)
    first = time.time_ns() // 1000
    # Others in each run, so that subscriptions of earlier runs are not in the way.
    publishers = [(first + n * everyone // options.publishers) % everyone for n in range(options.publishers)]
    fan_outs = [FanOut(load, options.watchers, one, best_effort=best_effort) for one in publishers]
    await load.all(everyone, load.register)
    for one in fan_outs:
        await one.subscribe()
    load.notified = _hearing(fan_outs)
    await asyncio.gather(*(_publish(one, 3, 60.0) for one in fan_outs))
    before, began = cpu_seconds(options.pids), time.perf_counter()
    rounds = await asyncio.gather(*(_publish(one, sys.maxsize, options.seconds) for one in fan_outs))
    took, used = time.perf_counter() - began, cpu_seconds(options.pids) - before
    times = list(chain.from_iterable(rounds))
    return summary(load, times, took, used, len(times) * options.watchers)


def _hearing(fan_outs: Sequence[FanOut]) -> Callable[[bytes], None]:
    def hear(notify: bytes) -> None:
        for one in fan_outs:
            one.hear(notify)

    return fan_outs[0].hear if len(fan_outs) == 1 else hear


async def _publish(fan_out: FanOut, most: int, seconds: float) -> list[float]:
    """Publish again and again; the time of each."""
    times: list[float] = []
    began = time.perf_counter()
    while len(times) < most and time.perf_counter() - began < seconds and not fan_out.load.bad:
        times.append(await fan_out.publish())
    return times


def ask_for_all(load: Load, number: int, contacts: list[str], done: Answer) -> None:
    """SUBSCRIBE to all of ``contacts`` at once; the answer must hold everyone's presence."""
    call = load.call()

    def answered(answer: bytes) -> None:
        if answer.count(b"<categories") < len(contacts):
            load.fail(answer)
        done(answer)

    load.once(number, call, load.users[number].subscribe_all(contacts, call), answered)


class SignIns:
    """Users who register and then ask for the presence of ``CONTACTS`` others."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.users = len(load.users)
        self.contacts = min(CONTACTS, self.users - 1)
        self.waiting: dict[bytes, list[Any]] = {}
        """By the Call-ID of a subscription: how many NOTIFYs its sign-in still waits for, and who is told."""
        load.notified = self._notified

    def one_by_one(self, number: int, done: Answer) -> None:
        """A SUBSCRIBE for each contact, all at once; over when each has sent its NOTIFY."""
        number %= self.users
        mine: list[Any] = [self.contacts, done]

        def registered(answer: bytes) -> None:
            for contact in range(1, self.contacts + 1):
                call = self.load.subscribe(number, (number + contact) % self.users, lambda message: None)
                self.waiting[call.encode()] = mine

        self.load.register(number, registered)

    def at_once(self, number: int, done: Answer) -> None:
        """One SUBSCRIBE for all contacts, whose answer holds everyone's presence, as Lync clients ask for it."""
        number %= self.users
        contacts = [user_name((number + contact) % self.users) for contact in range(1, self.contacts + 1)]

        self.load.register(number, lambda answer: ask_for_all(self.load, number, contacts, done))

    def _notified(self, notify: bytes) -> None:
        mine = self.waiting.pop(field(notify, b"Call-ID"), None)
        if mine is not None:
            mine[0] -= 1
            if not mine[0]:
                mine[1](notify)


async def signin(load: Load) -> dict[str, Any]:
    """Operation: REGISTER, then 100 SUBSCRIBEs, until the last of their NOTIFYs. Four at a time.

    Everyone is there already, or each sign-in would also be told to whoever signed in before.
    """
    await load.all(len(load.users), load.register)
    load.options.window = 4
    return await Loop(load, SignIns(load).one_by_one).run()


async def signin_batch(load: Load) -> dict[str, Any]:
    """Operation: REGISTER, then one SUBSCRIBE for 100 people. Four at a time."""
    await load.all(len(load.users), load.register)
    load.options.window = 4
    return await Loop(load, SignIns(load).at_once).run()


SCENARIOS = {
    "register": register,
    "message": message,
    "session": session,
    "presence": presence,
    "presence-lync": presence_lync,
    "signin": signin,
    "signin-batch": signin_batch,
}
