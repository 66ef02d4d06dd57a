"""Serving in a thread of the test's process, with an event loop of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from typing import TypeVar

T = TypeVar("T")
_STARTS_WITHIN = 60.0


@contextmanager
def in_thread(begin: Callable[[AsyncExitStack], Awaitable[T]]) -> Iterator[T]:
    """What ``begin`` opened, served until the context ends; the stack closes it. What fails there fails here."""
    ready: list[T] = []
    failed: list[BaseException] = []
    started, ended = threading.Event(), threading.Event()

    async def serve() -> None:
        async with AsyncExitStack() as stack:
            ready.append(await begin(stack))
            started.set()
            while not ended.is_set():
                await asyncio.sleep(0.02)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:  # handed to the test's thread
            failed.append(error)
            started.set()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    started.wait(_STARTS_WITHIN)
    try:
        if failed or not ready:
            raise failed[0] if failed else TimeoutError("the server did not start")
        yield ready[0]
    finally:
        ended.set()
        thread.join(_STARTS_WITHIN)
    if failed:
        raise failed[0]
