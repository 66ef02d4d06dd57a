"""The Lync 2013 user model as an open load: what so many users do in an hour, at the times they do it.

Figures of the model (TechNet "Lync Server 2013 user models"): 4 changes of presence an hour, 60 polls, 6 short
subscriptions; 50 contacts of one's own organisation, 40 of them in one batch; 1.5 endpoints a user (without mobility);
6 IM sessions in 8 hours with 10 messages, each after 2 typing notices; everyone signs in within two hours.
Left out is what is not SIP: photos, address book, meetings' media.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import re
import time
from collections.abc import Callable
from typing import Any

import uvloop

from bench import sip_lync_requests as ask
from bench.processes import cpu_seconds, load, resident_mb, started
from bench.sip_lines import Answer, Load
from bench.sip_requests import field, user_name
from bench.sip_scenarios import ask_for_all, summary
from bench.sip_sessions import Session
from bench.table import OURS

CONTACTS = 40
ENDPOINTS_A_USER = 1.5
ENDPOINTS_A_CONNECTION = 12
"""A load generator may not have open as many connections as there are users; servers take some associations on one."""
PUBLICATIONS, POLLS, SHORT = 4 / 3600, 60 / 3600, 6 / 3600
"""A user and second."""
SESSIONS = 6 / (8 * 3600)
SIGN_INS = 1 / 7200
"""An endpoint and second; as many sign out."""
REFRESHES = 1 / 7200
KEEP_ALIVES = 1 / 300
WATCHED_FOR, BETWEEN_MESSAGES = 5.0, 0.3
"""Seconds: a short subscription, and the pause after each message and notice of a session."""
_MARK = re.compile(rb"seq-(\d+)\.")
_STATES = (3500, 6500, 15500)


def run(users: int, seconds: float, sign: str, haste: float) -> None:
    """Play it against ours and print what it took. ``sign``: NTLM over TLS, or nothing: Digest over TCP."""
    with started(OURS, "bench.samband_server", "sip", str(users)) as server:
        empty = resident_mb(server.pids)
        port = server.tls_port if sign else server.port
        words = [str(port), "--users", str(users), "--seconds", str(seconds), "--haste", str(haste)]
        words += ["--pids", *map(str, server.pids)]
        if sign:
            words += ["--sign", sign]
        found = load(server, b"", "bench.sip_model", *words, patience=seconds + 900)[0]
    how = "signed, over TLS" if sign else "plain, over TCP"
    print(f"{users} users of the Lync 2013 user model, {found['endpoints']} endpoints, {how}, for {seconds:g} s")
    if haste != 1:
        print(f"{haste:g} times as much as the model does")
    print(f"signed in, published and watching after {found['set_up']:.0f} s of {found['set_up_cpu']:.0f} s CPU")
    print(f"{'':24}{'rate/s':>10}{'p50 ms':>9}{'p99 ms':>9}")
    for name, one in found["kinds"].items():
        print(f"{name:24}{one['rate']:10.1f}{one['p50_ms']:9.2f}{one['p99_ms']:9.2f}")
    lost = found["expected"] - found["told"]
    print(f"{lost} of {found['expected']} BENOTIFYs did not come" if lost > 0 else "every BENOTIFY came")
    print(f"memory: {empty:.0f} MB with {users} people, {found['memory_mb']:.0f} MB with all signed in")
    print(f"CPU: {100 * found['cpu_seconds'] / found['seconds']:.1f} % of one core", flush=True)


class Model:
    """All users, and what each kind of their doings took."""

    def __init__(self, load: Load) -> None:
        self.load = load
        self.people = load.options.people
        self.random = random.Random(2013)
        self.offsets = self.random.sample(range(1, max(self.people, CONTACTS + 1)), CONTACTS)
        self.times: dict[str, list[float]] = {}
        self.started: dict[str, int] = {}
        self.versions = [0] * self.people
        self.published: dict[bytes, float] = {}
        """When a change was due, by its number."""
        self.expected = 0
        self.busy = [0] * len(load.users)
        """How much an endpoint has under way that would end if it signed out: a client ends it first."""
        self.away: set[int] = set()
        """Endpoints that have signed out, and not in again."""
        self.seconds = float(load.options.seconds)
        self.over = 0.0

    # --- before the clock starts

    async def set_up(self) -> None:
        """Everyone signs in, says how they are, and watches their contacts."""
        load, everyone = self.load, len(self.load.users)
        await load.all(everyone, load.register)
        await load.all(self.people, lambda n, done: self._publish(n, "here", done))
        await load.all(everyone, self._watch_self)
        await load.all(everyone, self._watch_contacts)

    def _watch_self(self, n: int, done: Answer) -> None:
        call = self.load.call()
        self.load.once(n, call, ask.roaming_self(self.load.users[n], call), done)

    def _watch_contacts(self, n: int, done: Answer) -> None:
        owner = n % self.people
        names = [user_name((owner + offset) % self.people) for offset in self.offsets]
        ask_for_all(self.load, n, names, done)

    # --- what users do

    def publish(self, n: int, due: float, done: Answer) -> None:
        """Change the state and note of a user, at the first endpoint."""
        number = b"%d" % len(self.published)
        self.published[number] = due
        self.expected += sum(self._endpoints(n - offset) for offset in self.offsets)
        self._publish(n % self.people, f"seq-{number.decode()}.", done)

    def poll(self, n: int, due: float, done: Answer) -> None:
        """Look at somebody once."""
        n = self._present(n)
        call = self.load.call()
        self.load.once(n, call, ask.poll(self.load.users[n], self._anybody(), call), done)

    def short(self, n: int, due: float, done: Answer) -> None:
        """Watch somebody for a little while."""
        n = self._present(n)
        call, user = self.load.call(), self.load.users[n]
        self.busy[n] += 1

        def end(receiver: bytes) -> None:
            self.load.once(n, call, ask.leave(user, call, receiver), lambda message: self._free([n]))

        def begun(answer: bytes) -> None:
            asyncio.get_running_loop().call_later(WATCHED_FOR, end, field(answer, b"To"))
            done(answer)

        self.load.once(n, call, ask.watch(user, self._anybody(), call), begun)

    def sign_in(self, n: int, due: float, done: Answer) -> None:
        """Sign a second endpoint out and in again, with all that it then asks for."""
        load, call, second = self.load, self.load.call(), len(self.load.users) - self.people
        candidates = (self.people + (n + step) % second for step in range(second))
        found = next((one for one in candidates if not self.busy[one] and one not in self.away), None)
        if found is None:
            asyncio.get_running_loop().call_later(1.0, self.sign_in, n, due, done)
            return
        self.away.add(found)

        def again(answer: bytes) -> None:
            load.register(found, lambda answer: self._watch_self(found, watching))

        def watching(answer: bytes) -> None:
            self.away.discard(found)
            self._watch_contacts(found, done)

        load.once(found, call, load.users[found].register_unproved(call, 1, 0), again)

    def refresh(self, n: int, due: float, done: Answer) -> None:
        """REGISTER again."""
        self.load.register(self._present(n), done)

    def session(self, n: int, due: float, done: Answer) -> None:
        """Write to somebody; timed is the whole session without its pauses' share."""
        n, other = self._present(n), self.random.randrange(self.people)
        theirs = [other, self.people + other] if self._endpoints(other) == 2 else [other]
        for one in (n, *theirs):
            self.busy[one] += 1

        def over(answer: bytes) -> None:
            self._free([n, *theirs])
            done(answer)

        Session(self.load, n, other, over, typing=2, pause=BETWEEN_MESSAGES).open()

    def keep_alive(self, n: int, due: float, done: Answer) -> None:
        """An empty line on a connection; nothing is waited for."""
        self.load.lines[n % len(self.load.lines)].write(b"\r\n\r\n")

    # --- the clock

    async def play(self) -> None:
        """Everything at its time; then until the last answers are there."""
        loop = asyncio.get_running_loop()
        users, endpoints = self.people, len(self.load.users)
        self.load.notified = self._notified
        began = loop.time() + 0.1
        self.over = began + self.seconds
        kinds: list[tuple[str, float, Callable[[int, float, Answer], None]]] = [
            ("publication", users * PUBLICATIONS, self.publish),
            ("poll", users * POLLS, self.poll),
            ("short subscription", users * SHORT, self.short),
            ("IM session", users * SESSIONS, self.session),
            ("sign-out and sign-in", endpoints * SIGN_INS, self.sign_in),
            ("REGISTER", endpoints * REFRESHES, self.refresh),
            ("keep-alive", endpoints * KEEP_ALIVES, self.keep_alive),
        ]
        for name, rate, start in kinds:
            self.times[name] = []
            self.started[name] = 0
            rate *= self.load.options.haste
            due = began + self.random.expovariate(rate)
            while due < self.over:
                loop.call_at(due, self._start, name, due, start)
                due += self.random.expovariate(rate)
        self.times["BENOTIFY"] = []
        await asyncio.sleep(self.over - loop.time())

    async def settle(self) -> None:
        """Wait for the notifications that are still on their way."""
        for _ in range(200):
            if len(self.times["BENOTIFY"]) < self.expected:
                await asyncio.sleep(0.05)

    def _start(self, name: str, due: float, start: Callable[[int, float, Answer], None]) -> None:
        loop, times = asyncio.get_running_loop(), self.times[name]
        self.started[name] += 1
        start(self.random.randrange(len(self.load.users)), due, lambda answer: times.append(loop.time() - due))

    def _publish(self, n: int, text: str, done: Answer) -> None:
        call, version = self.load.call(), self.versions[n]
        self.versions[n] += 1
        availability = _STATES[version % len(_STATES)]
        self.load.once(n, call, ask.publish(self.load.users[n], call, version, availability, text), done)

    def _notified(self, notify: bytes) -> None:
        found = _MARK.search(notify)
        due = self.published.get(found[1]) if found is not None else None
        if due is not None and b"roaming-self" not in notify[:2000]:
            self.times["BENOTIFY"].append(asyncio.get_running_loop().time() - due)

    def _present(self, n: int) -> int:
        """``n``, or its user's first endpoint, which signs out never, where it is away."""
        return n % self.people if n in self.away else n

    def _free(self, endpoints: list[int]) -> None:
        for one in endpoints:
            self.busy[one] -= 1

    def _anybody(self) -> str:
        return user_name(self.random.randrange(self.people))

    def _endpoints(self, person: int) -> int:
        """How many endpoints a person has."""
        return 2 if self.people + person % self.people < len(self.load.users) else 1


async def play(options: argparse.Namespace) -> dict[str, Any]:
    """The whole model, once."""
    load = Load(options)
    began, before = time.perf_counter(), cpu_seconds(options.pids)
    try:
        await load.connect()
        model = Model(load)
        await model.set_up()
        set_up, set_up_cpu = time.perf_counter() - began, cpu_seconds(options.pids) - before
        began, before = time.perf_counter(), cpu_seconds(options.pids)
        await model.play()
        took, used = time.perf_counter() - began, cpu_seconds(options.pids) - before
        await model.settle()
        memory = resident_mb(options.pids)
    except TimeoutError:
        load.fail(b"no answer in time")
        return summary(load, [], 1.0, 0.0)
    finally:
        load.close()
        await asyncio.sleep(0)
    begun = model.started | {"BENOTIFY": len(model.times["BENOTIFY"])}
    kinds = {name: _summed(times, begun[name] / options.seconds) for name, times in model.times.items() if times}
    return {
        "bad": len(load.bad),
        "first_bad": load.bad[0].decode("utf-8", "replace") if load.bad else "",
        "endpoints": len(load.users),
        "set_up": set_up,
        "set_up_cpu": set_up_cpu,
        "seconds": took,
        "cpu_seconds": used,
        "kinds": kinds,
        "expected": model.expected,
        "told": len(model.times["BENOTIFY"]),
        "memory_mb": memory,
    }


def _summed(times: list[float], rate: float) -> dict[str, float]:
    """How often something was begun a second, and how long it took where it ended in time."""
    times.sort()
    return {
        "rate": rate,
        "p50_ms": 1000 * times[len(times) // 2],
        "p99_ms": 1000 * times[len(times) * 99 // 100],
    }


def options_of(words: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for, and what a ``Load`` wants to know beside it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--users", type=int, default=20_000)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--haste", type=float, default=1.0, help="how many times as much as the model is done")
    parser.add_argument("--sign", choices=("NTLM",), default="")
    parser.add_argument("--pids", type=int, nargs="*", default=[], help="whose memory and CPU time are read")
    options = parser.parse_args(words)
    options.people, options.users = options.users, int(options.users * ENDPOINTS_A_USER)
    options.connections = -(-options.users // ENDPOINTS_A_CONNECTION)
    options.tls, options.folder, options.password, options.lync = bool(options.sign), "", "pw", True
    options.stamp = f"{time.time_ns():x}"
    return options


if __name__ == "__main__":
    gc.disable()
    print(json.dumps(uvloop.run(play(options_of()))))
