"""Starting servers on a core of their own, loading them from another, and reading their CPU time."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SERVER_CORE = 1
LOAD_CORE = 0


@dataclass(frozen=True, slots=True)
class Server:
    """A server that runs: its name, processes and port. Without processes its CPU time is not known."""

    name: str
    pids: tuple[int, ...]
    port: int
    tls_port: int = 0
    folder: str = ""
    """Where it keeps what its clients need to sign in with."""
    words: tuple[str, ...] = ()
    """What a load generator is told of how to speak with it."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One run: operations a second, CPU microseconds of the server an operation, latencies in milliseconds."""

    rate: float
    cpu_us: float
    p50_ms: float
    p99_ms: float


def pinned(core: int) -> list[str]:
    """What to put before a command so that it runs on ``core`` (nothing on a machine with one)."""
    return ["taskset", "-c", str(core)] if (os.cpu_count() or 1) > 1 else []


def cpu_seconds(pids: Sequence[int]) -> float:
    """CPU time of all threads of ``pids`` so far, at the scheduler's resolution (nanoseconds)."""
    tasks = [task for pid in pids for task in Path(f"/proc/{pid}/task").iterdir()]
    return sum(int((task / "schedstat").read_text().split()[0]) / 1e9 for task in tasks)


def resident_mb(pids: Sequence[int]) -> float:
    """Proportional memory of ``pids`` in megabytes."""
    lines = [line for pid in pids for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()]
    return sum(int(line.split()[1]) / 1024 for line in lines if line.startswith("Pss:"))


@contextmanager
def started(name: str, *module: str) -> Iterator[Server]:
    """A Python module as a server, on a core of its own; its first line of output, in JSON, is its port or ports."""
    command = [*pinned(SERVER_CORE), sys.executable, "-m", *module]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        if not line.strip():
            raise RuntimeError(f"{name} did not start")
        found = json.loads(line)
        ports = {"port": found} if isinstance(found, int) else found
        yield Server(name, (process.pid,), **ports)
    finally:
        stop(process)


@contextmanager
def other_program(name: str, program: str, port: int, answers: Callable[[Server], object]) -> Iterator[Server]:
    """A Python program that takes a port; it stands once ``answers`` no longer raises ``OSError``."""
    process = subprocess.Popen([*pinned(SERVER_CORE), sys.executable, program, str(port)], stdout=subprocess.DEVNULL)
    server = Server(name, (process.pid,), port)
    try:
        for _ in range(100):
            time.sleep(0.1)
            try:
                answers(server)
                break
            except OSError:
                continue
        yield server
    finally:
        stop(process)


def stop(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def load(server: Server, data: bytes, *module: str, patience: float) -> tuple[dict[str, Any], float]:
    """What a load generator found, and the CPU seconds the server spent. Raises ``RuntimeError`` on wrong answers."""
    before = cpu_seconds(server.pids)
    command = [*pinned(LOAD_CORE), sys.executable, "-m", *module]
    done = subprocess.run(command, input=data, capture_output=True, timeout=patience)
    used = cpu_seconds(server.pids) - before
    if done.returncode:
        raise RuntimeError(f"{server.name}: {done.stderr.decode('utf-8', 'replace')[-1500:]}")
    found: dict[str, Any] = json.loads(done.stdout)
    if found["bad"]:
        raise RuntimeError(f"{server.name}: {found['bad']} wrong answers, the first: {found['first_bad']}")
    return found, found.get("cpu_seconds", used)
