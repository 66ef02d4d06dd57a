"""What a serving site looks after from time to time: partners' keys, its own keys."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from contextlib import AsyncExitStack

from samband.serve.trust import SideTrust

log = logging.getLogger(__name__)

EVERY = 3600.0
"""Seconds between two rounds: partners are asked for their keys once an hour."""


def start_upkeep(stack: AsyncExitStack, trusts: Mapping[str, SideTrust]) -> None:
    """Go round until ``stack`` is closed."""
    task = asyncio.create_task(_rounds(trusts), name="upkeep")

    async def stop() -> None:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    stack.push_async_callback(stop)


async def _rounds(trusts: Mapping[str, SideTrust]) -> None:
    while True:
        await asyncio.sleep(EVERY)
        for side, trust in trusts.items():
            try:
                await trust.keys.maintain()
                await trust.partners.refresh()
            except Exception:
                log.exception("upkeep of the trust of %s failed", side)
