"""A demo in a process of its own, found by everything a test in this process resolves."""

from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_WORKER = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
_WORKERS = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
_STANDARD_ADDRESSES = tuple(f"127.0.0.{last}" for last in range(51 + _WORKER, 61, _WORKERS))
"""This process' own, where several run the suite: two that begin at once would find the same one free."""
_STARTS_WITHIN = 120.0


@dataclass(frozen=True)
class Demo:
    """What the demo said of itself, and its process."""

    table: dict[str, Any]
    process: subprocess.Popen[str]
    log: Path

    def person(self, name: str) -> dict[str, str]:
        """One of the people by the name before the @."""
        return next(one for one in self.table["people"] if one["upn"].startswith(f"{name}@"))

    @property
    def folder(self) -> str:
        return str(self.table["folder"])

    def fault(self, **fault: Any) -> None:
        """Have it do something wrong; ``sender`` stands for ``from``, which is a word of Python."""
        if "sender" in fault:
            fault["from"] = fault.pop("sender")
        self.faults("POST", fault)

    def faults(self, how: str = "GET", fault: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        """What it was told to do wrong, and how often it did."""
        body = json.dumps(fault).encode() if fault else None
        fields = {"Content-Type": "application/json"} if fault else {}
        request = urllib.request.Request(self.table["faults_url"], body, fields, method=how)
        with urllib.request.urlopen(request, timeout=30) as answer:
            said: list[dict[str, Any]] = json.load(answer)
        return said

    def samband(self, *words: str) -> str:
        """Run a command against the demo's folder; what it printed."""
        command = [sys.executable, "-m", "samband.cli.main", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout


@contextmanager
def running_demo(*words: str) -> Iterator[Demo]:
    """``samband demo --json`` with ``words``; ends with SIGTERM and must end well."""
    with tempfile.NamedTemporaryFile("w", prefix="samband-demo-", suffix=".log", delete=False) as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "samband.cli.main", "demo", "--json", "--log", "info", *words],
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    assert process.stdout is not None
    try:
        ready, _, _ = select.select([process.stdout], [], [], _STARTS_WITHIN)
        line = process.stdout.readline() if ready else ""
        if not line:
            raise RuntimeError(f"the demo did not start: {Path(log.name).read_text()[-3000:]}")
        yield Demo(json.loads(line), process, Path(log.name))
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def standard_address(among: Sequence[str] = _STANDARD_ADDRESSES) -> str:
    """A loopback address on whose port 443 this process may listen and nobody else does; empty where there is none."""
    for address in among:
        try:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((address, 443))
        except OSError:
            continue
        return address
    return ""


@contextmanager
def names_of(demo: Demo) -> Iterator[None]:
    """Resolve the demo's names, and only those, to the demo; trust its CA in ``requests``."""
    real = socket.getaddrinfo
    hosts: dict[str, str] = demo.table["hosts"]

    def getaddrinfo(host: Any, *rest: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name is not None and name.lower().endswith(".test") and name.lower() not in hosts:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return real(hosts.get(name.lower(), name) if name else name, *rest, **named)

    before = os.environ.get("REQUESTS_CA_BUNDLE")
    os.environ["REQUESTS_CA_BUNDLE"] = demo.table["ca_file"]
    socket.getaddrinfo = getaddrinfo
    try:
        yield
    finally:
        socket.getaddrinfo = real
        if before is None:
            del os.environ["REQUESTS_CA_BUNDLE"]
        else:
            os.environ["REQUESTS_CA_BUNDLE"] = before
