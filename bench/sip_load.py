"""A SIP load generator over TCP: a process of its own with raw bytes, minimal parsing and a closed loop.

``python -m bench.sip_load PORT register|message|presence|signin --seconds 3 --users 1000 ...`` prints one line of JSON.
The people are ``u0`` and on at ``bench.test``; they share 100 connections. What a scenario needs beforehand (everyone
registered, everyone subscribed) happens before the clock and the server's CPU time are looked at.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from collections.abc import Callable
from typing import Any, cast

import uvloop

from bench.processes import cpu_seconds
from bench.sip_requests import User, accept, field, user_name

CONNECTIONS = 100
PATIENCE = 10.0
"""Seconds without any progress after which a run has failed."""

Answer = Callable[[bytes], None]


class Line(asyncio.Protocol):
    """One connection: cuts the stream into messages, answers requests, hands responses to whoever asked."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.rest = b""
        self.port = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.write = cast(asyncio.Transport, transport).write
        self.port = transport.get_extra_info("sockname")[1]

    def data_received(self, data: bytes) -> None:
        if self.rest:
            data = self.rest + data
        start, end = 0, len(data)
        while start < end:
            head = data.find(b"\r\n\r\n", start)
            if head < 0:
                break
            length = data.rfind(b"Content-Length:", start, head + 2)
            stop = head + 4 + (int(data[length + 15 : data.find(b"\r", length)]) if length >= 0 else 0)
            if stop > end:
                break
            self._message(data[start:stop])
            start = stop
        self.rest = data[start:]

    def connection_lost(self, error: Exception | None) -> None:
        self.load.fail(b"the server closed a connection")

    def _message(self, message: bytes) -> None:
        if message.startswith(b"SIP/2.0 "):
            if message[8:9] != b"1":
                answer = self.load.waiting.get(field(message, b"Call-ID"))
                if answer is not None:
                    answer(message)
        else:
            self.write(accept(message))
            if message.startswith(b"NOTIFY"):
                self.load.notified(message)


class Load:
    """Everyone's connections, and who waits for which answer by Call-ID."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.waiting: dict[bytes, Answer] = {}
        self.notified: Callable[[bytes], None] = lambda message: None
        self.lines: list[Line] = []
        self.users: list[User] = []
        self.bad: list[bytes] = []
        self.calls = 0
        self.closing = False

    async def connect(self) -> None:
        """Open the connections and spread the users over them."""
        loop = asyncio.get_running_loop()
        for _ in range(min(CONNECTIONS, self.options.users)):
            line = Line(self)
            await loop.create_connection(lambda line=line: line, "127.0.0.1", self.options.port)  # type: ignore[misc]
            self.lines.append(line)
        lines = self.lines
        self.users = [User(n, self.options.password, lines[n % len(lines)].port) for n in range(self.options.users)]

    def fail(self, message: bytes) -> None:
        if not self.closing:
            self.bad.append(message[:1500])

    def call(self) -> str:
        """A Call-ID that was never used."""
        self.calls += 1
        return f"{self.calls:x}.{self.options.stamp}"

    def send(self, number: int, call: str, request: bytes, answer: Answer) -> None:
        self.waiting[call.encode()] = answer
        self.lines[number % len(self.lines)].write(request)

    # --- single operations; ``done`` is called with the final answer

    def register(self, number: int, done: Answer) -> None:
        """REGISTER, and again with a fresh proof: a proof is asked for also where the connection is known already."""
        user, call = self.users[number], self.call()

        def challenged(message: bytes) -> None:
            start = message.find(b'nonce="') + 7
            nonce = message[start : message.find(b'"', start)].decode()
            if start < 7:
                self.fail(message)
            self.send(number, call, user.register(call, nonce), accepted)

        def accepted(message: bytes) -> None:
            del self.waiting[call.encode()]
            self.end(message, done)

        self.send(number, call, user.register(call), challenged)

    def message(self, number: int, to: int, done: Answer) -> None:
        """MESSAGE to another user, who answers."""
        call = self.call()
        self.once(number, call, self.users[number].message(user_name(to), call), done)

    def subscribe(self, number: int, to: int, done: Answer) -> str:
        """SUBSCRIBE to the presence of another user; the Call-ID of the dialog."""
        call = self.call()
        self.once(number, call, self.users[number].subscribe(user_name(to), call), done)
        return call

    def once(self, number: int, call: str, request: bytes, done: Answer) -> None:
        def answered(message: bytes) -> None:
            del self.waiting[call.encode()]
            self.end(message, done)

        self.send(number, call, request, answered)

    def end(self, message: bytes, done: Answer) -> None:
        if message[8:9] != b"2":
            self.fail(message)
        done(message)

    # --- many of them

    async def all(self, count: int, start: Callable[[int, Answer], object], window: int = 32) -> None:
        """Run ``start`` for 0 to ``count - 1``, ``window`` at a time. Raises ``TimeoutError`` where it stands still."""
        turn = asyncio.Semaphore(window)
        for number in range(count):
            async with asyncio.timeout(PATIENCE):
                await turn.acquire()
            start(number, lambda message: turn.release())
        async with asyncio.timeout(PATIENCE):
            for _ in range(window):
                await turn.acquire()


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
    """Operation: REGISTER with an outdated proof, 401, REGISTER with a fresh one, 200."""
    users = len(load.users)
    return await Loop(load, lambda n, done: load.register(n % users, done)).run()


async def message(load: Load) -> dict[str, Any]:
    """Operation: MESSAGE relayed to another user, whose 200 is relayed back."""
    users = len(load.users)
    await load.all(users, load.register)
    return await Loop(load, lambda n, done: load.message(n % users, (n + 1 + n // users) % users, done)).run()


class FanOut:
    """One user who publishes, and the others who are told."""

    def __init__(self, load: Load, watchers: int) -> None:
        self.load = load
        self.watchers = watchers
        self.publisher = time.time_ns() // 1000 % len(load.users)
        """Another one in each run, so that subscriptions of earlier runs are not in the way."""
        self.sequence = 0
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
        await self.load.all(
            self.watchers, lambda n, done: self.load.subscribe((me + 1 + n % (everyone - 1)) % everyone, me, done)
        )
        async with asyncio.timeout(PATIENCE):
            while len(told) < self.watchers:
                await asyncio.sleep(0.01)
        self.load.notified = self._notified

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

    def _notified(self, notify: bytes) -> None:
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
    await load.all(len(load.users), load.register)
    fan_out = FanOut(load, load.options.watchers)
    await fan_out.subscribe()
    for _ in range(3):
        await fan_out.publish()
    times: list[float] = []
    before, began = cpu_seconds(load.options.pids), time.perf_counter()
    while time.perf_counter() - began < load.options.seconds and not load.bad:
        times.append(await fan_out.publish())
    took, used = time.perf_counter() - began, cpu_seconds(load.options.pids) - before
    return summary(load, times, took, used, len(times) * fan_out.watchers)


SCENARIOS = {"register": register, "message": message, "presence": presence}


async def run(options: argparse.Namespace) -> dict[str, Any]:
    """One scenario."""
    gc.disable()
    load = Load(options)
    await load.connect()
    try:
        return await SCENARIOS[options.scenario](load)
    except TimeoutError:
        load.fail(b"no answer for %d s" % PATIENCE)
        return summary(load, [], 1.0, 0.0)
    finally:
        load.closing = True


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("scenario", choices=SCENARIOS)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--users", type=int, default=1000)
    parser.add_argument("--watchers", type=int, default=100)
    parser.add_argument("--window", type=int, default=32)
    parser.add_argument("--password", default="pw")
    parser.add_argument("--stamp", default=f"{time.time_ns():x}", help="makes Call-IDs unique between runs")
    parser.add_argument("--pids", type=int, nargs="*", default=[], help="whose CPU time is read")
    print(json.dumps(uvloop.run(run(parser.parse_args()))))


if __name__ == "__main__":
    main()
