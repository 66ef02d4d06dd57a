"""A demo in the background: the command that starts it ends when it is ready, and the demo goes on."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.clients.waiting import until

_DEMO = [sys.executable, "-m", "samband.cli.main", "demo", "--background", "--seed", "people"]


def _start(*words: str) -> subprocess.CompletedProcess[str]:
    """Runs it as a step of a pipeline does: in a shell that ends, and with pipes read until nobody holds them."""
    return subprocess.run([*_DEMO, *words], capture_output=True, text=True, timeout=200)


def _stop(pid: int, folder: str) -> None:
    os.kill(pid, signal.SIGTERM)
    until(lambda: not Path(folder).exists(), "the demo's folder is gone", 60)


def test_it_outlives_the_command_that_started_it() -> None:
    done = _start("--ports", "free", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    table = json.loads(done.stdout)
    try:
        host, _, port = table["https"].partition(":")
        with socket.create_connection((host, int(port)), timeout=60):
            pass
        assert os.getsid(table["pid"]) == table["pid"], "signals for the shell's processes do not reach it"
        log = Path(table["log_file"])
        assert log.parent == Path(table["folder"])
        assert log.stat().st_mode & 0o777 == 0o600
    finally:
        _stop(table["pid"], table["folder"])


def test_people_are_told_how_to_stop_it() -> None:
    done = _start("--ports", "free")
    assert (done.returncode, done.stderr) == (0, "")
    last = done.stdout.splitlines()[-1]
    pid = int(last.split()[1])
    try:
        assert last == f"kill {pid} ends it; nothing is kept."
    finally:
        folder = next(line for line in done.stdout.splitlines() if "tail -f" in line).split()[-1].rpartition("/")[0]
        _stop(pid, folder)


def test_one_that_cannot_start_says_why() -> None:
    with socket.socket() as taken:
        # An address of its own: other tests take ports of the usual one.
        taken.bind(("127.0.0.33", 443 if os.geteuid() == 0 else 18443))
        taken.listen()
        words = ("--ports", "standard") if os.geteuid() == 0 else ()
        done = _start("--address", "127.0.0.33", *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert "443 is in use by another program; --ports free takes whichever are free" in done.stderr
    assert "Traceback" not in done.stderr
