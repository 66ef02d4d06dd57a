"""One server a site: two would each know only half of who is signed in."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FILE = "serving.pid"


@contextmanager
def only_server(folder: Path) -> Iterator[None]:
    """Hold ``folder`` as the process that serves it; a process that ends in any way lets go.

    Raises ``OSError`` that names the process which holds it.
    """
    descriptor = os.open(folder / _FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "another"
            raise OSError(errno.EBUSY, f"{folder} is being served already, by process {holder}") from None
        os.ftruncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)
