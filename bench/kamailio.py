"""Debian's Kamailio with its presence modules, as a peer on the server's core.

Packages: ``kamailio kamailio-presence-modules kamailio-sqlite-modules``. It runs in a folder of its own, which is gone
afterwards; the SQLite file there is what its presence modules insist on, though they keep everything in memory.
"""

from __future__ import annotations

import os
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.processes import SERVER_CORE, Server, pinned, stop

MEMORY_MB = 2048
"""Most memory its processes share: a subscription takes 24 KB of it while its transactions live."""
_TABLES = Path("/usr/share/kamailio/db_sqlite")
_PATIENCE = 30.0


class NotInstalled(Exception):
    """Why there is no Kamailio to compare with."""


@contextmanager
def kamailio() -> Iterator[Server]:
    """Kamailio, ready to be loaded. Raises ``NotInstalled``."""
    program = shutil.which("kamailio") or shutil.which("kamailio", path="/usr/sbin")
    modules = next((path.parent for path in Path("/usr/lib").glob("*/kamailio/modules/presence.so")), None)
    if program is None or modules is None or not (_TABLES / "presence-create.sql").exists():
        raise NotInstalled("apt-get install kamailio kamailio-presence-modules kamailio-sqlite-modules")
    with tempfile.TemporaryDirectory(prefix="kamailio-bench-") as name:
        folder, port = Path(name), _free_port()
        with sqlite3.connect(folder / "presence.db") as database:
            for part in ("standard", "presence"):
                database.executescript((_TABLES / f"{part}-create.sql").read_text())
        database.close()
        text = (Path(__file__).parent / "kamailio.cfg").read_text()
        for word, value in (("FOLDER", name), ("PORT", str(port)), ("MODULES", str(modules))):
            text = text.replace(f"@{word}@", value)
        (folder / "kamailio.cfg").write_text(text)
        command = [*pinned(SERVER_CORE), program, "-f", str(folder / "kamailio.cfg"), "-Y", name, "-w", name, "-DD"]
        with (folder / "log").open("wb") as output:
            process = subprocess.Popen([*command, "-m", str(MEMORY_MB), "-M", "32"], stdout=output, stderr=output)
        try:
            _wait(process, port, folder / "log")
            yield Server("kamailio", (process.pid, *_children(process.pid)), port)
        finally:
            stop(process)


def _wait(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    until = time.monotonic() + _PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"Kamailio did not start: {log.read_text(errors='replace')[-1500:]}")


def _children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def _free_port() -> int:
    """A port below those that systems give to outgoing connections."""
    for port in range(20_000 + os.getpid() % 5_000, 32_000):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError("no free port")
