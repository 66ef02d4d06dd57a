"""What it takes to hold many endpoints: memory of each kind, and how fast the server is meanwhile."""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import time
from typing import Any

import uvloop

from bench.kamailio import kamailio
from bench.processes import Server, load, resident_mb, started
from bench.sip_lines import Load
from bench.sip_requests import user_name
from bench.sip_scenarios import CONTACTS, Loop, ask_for_all, summary
from bench.table import OURS

PEOPLE = 10_000
ENDPOINTS = 50_000
"""Plain ones, five a person, over ``CONNECTIONS`` connections."""
CONNECTIONS = 500
WATCHERS = 500
"""How many of them watch ``CONTACTS`` people each."""
SIGNED = 2_000
"""Lync clients with a TLS connection each, signed in by NTLM."""
_QUIET, _LONG_QUIET = 0.5, 6.0
"""Seconds before memory is looked at; after subscriptions Kamailio keeps their transactions for five."""


def held(with_kamailio: bool) -> None:
    """Print what ours, the floor and Kamailio need."""
    columns = f"{'endpoint KB':>12}{'subscription KB':>17}{'REGISTER/s':>12}{'CPU us':>9}{'p50 ms':>9}{'p99 ms':>9}"
    print(
        f"\n{ENDPOINTS} registered endpoints held, of {PEOPLE} people, over {CONNECTIONS} TCP connections", flush=True
    )
    print(f"{'server':16}{columns}", flush=True)
    with started(OURS, "bench.samband_server", "sip", str(PEOPLE)) as server:
        _print(server.name, _plain(server))
    with started(OURS, "bench.samband_server", "sip", str(SIGNED)) as server:
        found = _load(server, server.tls_port, "--stage", "signed", "--people", str(SIGNED))
        print(
            f"{SIGNED} signed in over TLS by NTLM, each with a batch of {CONTACTS}: {found['connection']:.1f} KB a "
            f"connection, {found['endpoint']:.1f} KB a signed-in endpoint with it, {found['batched']:.2f} KB a person "
            f"watched; the server {resident_mb(server.pids):.0f} MB",
            flush=True,
        )
    with started("floor", "bench.floor_sip", str(PEOPLE)) as server:
        _print(server.name, _plain(server))
    if with_kamailio:
        with kamailio() as server:
            _print(server.name, _plain(server))


def _plain(server: Server) -> dict[str, Any]:
    return _load(server, server.port, "--stage", "plain")


def _load(server: Server, port: int, *words: str) -> dict[str, Any]:
    pids = ["--pids", *map(str, server.pids)]
    return load(server, b"", "bench.sip_held", str(port), *words, *pids, patience=300)[0]


def _print(name: str, found: dict[str, Any]) -> None:
    used = 1e6 * found["cpu_seconds"] / max(1, found["count"])
    line = f"{found['endpoint']:12.2f}{found['subscription']:17.2f}{found['rate']:12.0f}{used:9.1f}"
    print(f"{name:16}{line}{found['p50_ms']:9.2f}{found['p99_ms']:9.2f}", flush=True)


# --- the load


async def _memory(pids: list[int], quiet: float = _QUIET) -> float:
    """Kilobytes once what was asked is forgotten."""
    await asyncio.sleep(quiet)
    return 1024 * resident_mb(pids)


async def plain(load: Load) -> dict[str, Any]:
    """Endpoints on few connections; some watch; then all of them refresh, one after the other."""
    options = load.options
    await load.connect()
    before = await _memory(options.pids)
    await load.all(options.users, load.register)
    registered = await _memory(options.pids)
    told = [0]

    def hear(notify: bytes) -> None:
        told[0] += 1

    def watch(n: int, done: Any) -> None:
        load.subscribe(n // CONTACTS, (n // CONTACTS + 1 + n % CONTACTS) % options.people, done)

    load.notified = hear
    await load.all(options.watchers * CONTACTS, watch)
    async with asyncio.timeout(30):
        while told[0] < options.watchers * CONTACTS:
            await asyncio.sleep(0.05)
    subscribed = await _memory(options.pids, options.quiet)
    load.notified = lambda notify: None
    found = await Loop(load, lambda n, done: load.register(n % options.users, done)).run()
    return found | {
        "endpoint": (registered - before) / options.users,
        "subscription": (subscribed - registered) / (options.watchers * CONTACTS),
    }


async def signed(load: Load) -> dict[str, Any]:
    """Lync clients with a connection each."""
    options = load.options
    contacts = min(CONTACTS, options.people - 1)
    before = await _memory(options.pids)
    await load.connect()
    connected = await _memory(options.pids)
    await load.all(options.users, load.register)
    registered = await _memory(options.pids)

    def batch(n: int, done: Any) -> None:
        ask_for_all(load, n, [user_name((n + 1 + one) % options.people) for one in range(contacts)], done)

    await load.all(options.users, batch, 8)
    watching = await _memory(options.pids)
    return summary(load, [], 1.0, 0.0) | {
        "connection": (connected - before) / options.users,
        "endpoint": (registered - before) / options.users,
        "batched": (watching - registered) / (options.users * contacts),
    }


async def run(options: argparse.Namespace) -> dict[str, Any]:
    load = Load(options)
    try:
        return await (signed if options.tls else plain)(load)
    except TimeoutError:
        load.fail(b"no answer in time")
        return summary(load, [], 1.0, 0.0)
    finally:
        load.close()
        await asyncio.sleep(0)


def options_of(words: list[str] | None = None) -> argparse.Namespace:
    """What the command line asks for, and what a ``Load`` wants to know beside it."""
    parser = argparse.ArgumentParser()
    parser.add_argument("port", type=int)
    parser.add_argument("--stage", choices=("plain", "signed"), required=True)
    parser.add_argument("--endpoints", type=int, default=0)
    parser.add_argument("--people", type=int, default=PEOPLE)
    parser.add_argument("--connections", type=int, default=0)
    parser.add_argument("--watchers", type=int, default=WATCHERS)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--quiet", type=float, default=_LONG_QUIET)
    parser.add_argument("--pids", type=int, nargs="*", default=[], help="whose memory and CPU time are read")
    options = parser.parse_args(words)
    options.tls = options.stage == "signed"
    options.users = options.endpoints or (SIGNED if options.tls else ENDPOINTS)
    options.connections = options.connections or (options.users if options.tls else CONNECTIONS)
    options.sign, options.folder, options.password, options.window = "NTLM" if options.tls else "", "", "pw", 32
    options.lync = options.tls
    options.stamp = f"{time.time_ns():x}"
    return options


if __name__ == "__main__":
    gc.disable()
    print(json.dumps(uvloop.run(run(options_of()))))
