"""A private PostgreSQL for tests: Debian's programs, a directory of its own, reached by a Unix socket only."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import psycopg

_PR_SET_PDEATHSIG = 1


def binaries() -> Path | None:
    """The newest installed PostgreSQL's programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: float(path.parts[4]))
    return found[-1].parent if found else None


class PostgresServer:
    """A running server; each test gets a schema of its own in it."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def _url(self, options: str = "") -> str:
        return f"postgresql:///postgres?host={quote(str(self._directory), safe='')}&user=postgres{options}"

    def new_schema(self) -> str:
        """The address of a new, empty schema."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self._url(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return self._url(f"&options=-csearch_path%3D{name}")

    def foreign_schema(self) -> str:
        """The address of an empty schema in which its account may make nothing."""
        name = f"t{uuid.uuid4().hex}"
        with psycopg.connect(self._url(), autocommit=True) as connection:
            for statement in (
                f"CREATE SCHEMA {name}",
                f"CREATE ROLE {name} LOGIN",
                f"GRANT USAGE ON SCHEMA {name} TO {name}",
            ):
                connection.execute(statement.encode())
        return self._url(f"&options=-csearch_path%3D{name}").replace("user=postgres", f"user={name}")

    def disconnect_everyone(self) -> None:
        """Cut every other connection, as a restart of the server would."""
        with psycopg.connect(self._url(), autocommit=True) as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )

    def is_ready(self) -> bool:
        """Whether it answers."""
        try:
            psycopg.connect(self._url(), connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True


@contextmanager
def running(programs: Path) -> Iterator[PostgresServer]:
    """Start a server; stop it and remove its directory at the end. It ends with this process in any case."""
    directory = Path(tempfile.mkdtemp(prefix="samband-pg-", dir="/tmp"))
    user = "postgres" if os.geteuid() == 0 else None
    if user:
        shutil.chown(directory, user, user)
    data = str(directory / "data")
    initdb = [str(programs / "initdb"), "-D", data, "-U", "postgres", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        [*initdb, "--locale=C.UTF-8", "--no-sync"], user=user, group=user, check=True, capture_output=True, cwd="/"
    )
    settings = {"listen_addresses": "", "unix_socket_directories": str(directory), "fsync": "off"}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    server = subprocess.Popen(
        [str(programs / "postgres"), "-D", data, *options],
        user=user,
        group=user,
        cwd="/",
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        preexec_fn=_end_with(os.getpid()),
    )
    try:
        yield _when_ready(PostgresServer(directory), server)
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(timeout=30)
        shutil.rmtree(directory, ignore_errors=True)


def _when_ready(server: PostgresServer, process: subprocess.Popen[bytes]) -> PostgresServer:
    for _ in range(600):
        if server.is_ready():
            return server
        if process.poll() is not None:
            break
        time.sleep(0.05)
    raise RuntimeError("PostgreSQL does not start")


def _end_with(parent: int) -> Callable[[], None]:
    """Runs in the new process: it is told to stop when the process that started it dies."""
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            os.kill(os.getpid(), signal.SIGINT)

    return ask
