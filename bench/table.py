"""Medians of interleaved runs, printed with our share of every floor and peer beside them."""

from __future__ import annotations

import statistics
from collections.abc import Callable

from bench.processes import Measured, Server

OURS = "samband"


def heading() -> None:
    """What the columns are. ``share``: our rate by theirs; ``of CPU``: their CPU time an operation by ours.

    Where load generator and server are both busy the second is the steadier of the two.
    """
    columns = f"{'rate/s':>10}{'CPU us':>9}{'p50 ms':>9}{'p99 ms':>9}{'share':>8}{'of CPU':>8}"
    print(f"{'scenario':32}{'server':16}{columns}", flush=True)


def skipped(name: str, reason: str) -> None:
    """Say why a scenario has no figures."""
    print(f"{name:31} skipped: {reason[:150]}", flush=True)


def compare(name: str, servers: list[Server], runs: int, measure: Callable[[Server], Measured]) -> None:
    """Measure every server in turn, ``runs`` times over, and print the medians."""
    found: dict[str, list[Measured]] = {server.name: [] for server in servers}
    for _ in range(runs):
        for server in servers:
            if server.name in found:
                try:
                    found[server.name].append(measure(server))
                except RuntimeError as reason:
                    skipped(f"{name}: {server.name}", " ".join(str(reason).split()))
                    del found[server.name]
    ours = found.get(OURS)
    for server_name, measured in found.items():
        rate, cpu = _median(measured, "rate"), _median(measured, "cpu_us")
        line = f"{rate:10.0f}{cpu:9.1f}{_median(measured, 'p50_ms'):9.2f}{_median(measured, 'p99_ms'):9.2f}"
        if ours and server_name != OURS:
            line += f"{_median(ours, 'rate') / rate:8.2f}"
            line += f"{cpu / _median(ours, 'cpu_us'):8.2f}" if cpu else ""
        print(f"{name:32}{server_name:16}{line}", flush=True)


def _median(measured: list[Measured], field: str) -> float:
    return float(statistics.median(getattr(one, field) for one in measured))
