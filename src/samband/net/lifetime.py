"""How long a serving process lives: until a signal, or until the process that started it is gone."""

from __future__ import annotations

import asyncio
import os
import signal


async def until_stopped(*, with_parent: bool) -> str:
    """Wait for SIGTERM or SIGINT, or (``with_parent``) for the end of the parent process; says which it was."""
    loop = asyncio.get_running_loop()
    stopped: asyncio.Future[str] = loop.create_future()

    def stop(why: str) -> None:
        if not stopped.done():
            stopped.set_result(why)

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number.name)
    parent = os.pidfd_open(os.getppid()) if with_parent else None
    if parent is not None:
        loop.add_reader(parent, stop, "the parent process ended")
    try:
        return await stopped
    finally:
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
        if parent is not None:
            loop.remove_reader(parent)
            os.close(parent)
