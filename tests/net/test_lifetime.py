"""A process ends on signals and with its parent."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

_WAIT = """
import asyncio
from samband.net.lifetime import lifetime
async def main():
    with lifetime(with_parent=True) as stopped:
        print("ready", flush=True)
        return await stopped
print(asyncio.run(main()))
"""
_PARENT = f"""
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", {_WAIT!r}])
print(child.pid, flush=True)
input()
"""


def _gone(pid: int) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        if state == "Z":
            return True
        time.sleep(0.05)
    return False


def test_it_ends_with_its_parent() -> None:
    parent = subprocess.Popen([sys.executable, "-c", _PARENT], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout is not None
    said = {parent.stdout.readline(), parent.stdout.readline()}
    child = int((said - {b"ready\n"}).pop())
    os.kill(child, 0)
    parent.kill()
    parent.wait()
    assert _gone(child)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_it_ends_on_a_signal(number: signal.Signals) -> None:
    # Shells that run tests may have SIGHUP ignored.
    usual = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
    child = subprocess.Popen([sys.executable, "-c", f"{usual}\n{_WAIT}"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(number)
    assert child.wait(20) == 0
    assert child.stdout.read() == f"{number.name}\n".encode()


def test_a_closed_terminal_is_nothing_to_nohup() -> None:
    ignored = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    child = subprocess.Popen([sys.executable, "-c", f"{ignored}\n{_WAIT}"], stdout=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stdout.readline() == b"ready\n"
    child.send_signal(signal.SIGHUP)
    child.send_signal(signal.SIGTERM)
    assert child.wait(20) == 0
    assert child.stdout.read() == b"SIGTERM\n"
