"""Starting servers on a core of their own, loading them from another, and reading their CPU time."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE = 1
LOAD_CORE = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: answers a second, CPU microseconds of the server an answer, latencies in milliseconds."""

    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def pinned(core: int) -> list[str]:
    """What to put before a command so that it runs on ``core`` (nothing on a machine with one)."""
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


def cpu_seconds(pid: int) -> float:
    """CPU time of all threads of ``pid`` so far, at the scheduler's resolution (nanoseconds)."""
    return sum(int((task / "schedstat").read_text().split()[0]) / 1e9 for task in Path(f"/proc/{pid}/task").iterdir())


def resident_mb(pid: int) -> float:
    """Proportional memory of ``pid`` in megabytes."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Pss:"):
            return int(line.split()[1]) / 1024
    return 0.0


def load_http(pid: int, port: int, requests: Sequence[bytes], connections: int, seconds: float) -> Measured:
    """Load ``port`` with ``requests`` in turn; the server is ``pid``. Raises ``RuntimeError`` on a wrong answer."""
    data = b"".join(struct.pack(">I", len(one)) + one for one in requests)
    before = cpu_seconds(pid)
    command = [*pinned(LOAD_CORE), sys.executable, "-m", "bench.http_load", str(port), str(connections), str(seconds)]
    done = subprocess.run(command, input=data, capture_output=True, timeout=seconds + 60, check=True)
    used = cpu_seconds(pid) - before
    found = json.loads(done.stdout)
    if found["bad"]:
        raise RuntimeError(f"{found['bad']} wrong answers, the first: {found['first_bad']}")
    return Measured(found["rate"], 1e6 * used / max(1, found["count"]), found["p50_ms"], found["p99_ms"])
