"""Hearing of what other processes commit to the same database, such as the command line or another node."""

from __future__ import annotations

import asyncio
import logging

from samband.feed.local import LocalFeed
from samband.store.api import LogTrimmed, Store, StoreUnavailable

log = logging.getLogger(__name__)

_BATCH = 1000


async def follow(store: Store, feed: LocalFeed, interval: float = 0.25) -> None:
    """Look into the log every ``interval`` seconds and hand on what nobody told the feed of. Runs until cancelled."""
    reachable = True
    while True:
        await asyncio.sleep(interval)
        try:
            await catch_up(store, feed)
            reachable = True
        except StoreUnavailable as error:
            if reachable:
                log.warning("the feed cannot read the log: %s", error)
            reachable = False


async def hear_now(store: Store, feed: LocalFeed) -> None:
    """Hand on everything committed so far, and wait until everybody has taken it in."""
    await catch_up(store, feed)
    await feed.settled()


async def catch_up(store: Store, feed: LocalFeed) -> None:
    """Hand on everything committed so far."""
    last = await store.last()
    while last > feed.published:
        try:
            changes = await store.log(None, feed.published, _BATCH)
        except LogTrimmed:
            log.warning("changes after %d were trimmed before the feed read them", feed.published)
            feed.skip(last)
            return
        # An empty answer says that the writes up to ``last`` made no change that is not handed on.
        feed.publish(changes[-1].seq if changes else last, changes)
