"""How long a serving process lives: until a signal, or until the process that started it is gone."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lifetime(*, with_parent: bool) -> Iterator[asyncio.Future[str]]:
    """Catch SIGTERM, SIGINT and SIGHUP from now on, and (``with_parent``) the end of the parent process.

    SIGHUP, which tells of a closed terminal, stays ignored where it was (``nohup``). The future says which it was:
    whoever is still starting looks at it when ready, so that nothing is left half done.
    """
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[str] = loop.create_future()

    def stop(why: str) -> None:
        if not stopped.done():
            stopped.set_result(why)

    caught = [signal.SIGTERM, signal.SIGINT]
    if signal.getsignal(signal.SIGHUP) != signal.SIG_IGN:
        caught.append(signal.SIGHUP)
    for number in caught:
        loop.add_signal_handler(number, stop, number.name)
    parent = os.pidfd_open(os.getppid()) if with_parent else None
    if parent is not None:
        loop.add_reader(parent, stop, "the parent process ended")
    try:
        yield stopped
    finally:
        for number in caught:
            loop.remove_signal_handler(number)
        if parent is not None:
            loop.remove_reader(parent)
            os.close(parent)
