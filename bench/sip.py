"""SIP over TCP: every scenario through our Lync side, beside the floor and whatever peer is named, in one run."""

from __future__ import annotations

import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench.processes import Measured, Server, load, resident_mb, started
from bench.table import OURS, compare, heading

USERS = 1000


@dataclass(frozen=True, slots=True)
class Scenario:
    """What ``bench.sip_load`` is to do."""

    name: str
    words: tuple[str, ...]


SCENARIOS = [
    Scenario("REGISTER with Digest", ("register",)),
    Scenario("MESSAGE relayed and answered", ("message",)),
    *(Scenario(f"NOTIFY to {count} watchers", ("presence", "--watchers", str(count))) for count in (1, 10, 100, 1000)),
    Scenario("sign-in, 100 SUBSCRIBEs", ("signin",)),
    Scenario("sign-in, 1 SUBSCRIBE for 100", ("signin-batch",)),
]


def run(seconds: float, runs: int, only: str, peer: Server | None) -> None:
    """Print the whole table."""
    with ExitStack() as stack:
        servers = [
            stack.enter_context(started(OURS, "bench.samband_server", "sip", str(USERS))),
            stack.enter_context(started("floor", "bench.floor_sip", str(USERS))),
            *([peer] if peer is not None else []),
        ]
        heading()
        for scenario in SCENARIOS:
            if only.lower() in scenario.name.lower():
                _measure(scenario, servers, seconds, runs)
        print(f"memory: {resident_mb(servers[0].pids):.0f} MB")


def _measure(scenario: Scenario, servers: list[Server], seconds: float, runs: int) -> None:
    compare(scenario.name, servers, runs, lambda server: load_sip(server, scenario, seconds))


def load_sip(server: Server, scenario: Scenario, seconds: float) -> Measured:
    """One run of one scenario."""
    words = [str(server.port), *scenario.words, "--seconds", str(seconds), "--users", str(USERS)]
    if server.pids:
        words += ["--pids", *map(str, server.pids)]
    found, _ = load(server, b"", "bench.sip_load", *words, patience=seconds + 90)
    time.sleep(0.05)
    used = 1e6 * found["cpu_seconds"] / max(1, found["count"])
    return Measured(found["rate"], used, found["p50_ms"], found["p99_ms"])
