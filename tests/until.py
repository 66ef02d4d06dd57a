"""Waiting on the event loop for what happens in its own time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def until(look: Callable[[], T | None], seconds: float = 20.0) -> T:
    """The first truthy answer of ``look``. Raises ``TimeoutError`` where there is none in time."""
    async with asyncio.timeout(seconds):
        while not (found := look()):
            await asyncio.sleep(0.002)
    return found
