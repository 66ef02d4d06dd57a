"""Keeping the index of words up with what is written.

Which items it does not know stands in the database beside them, so nothing is lost when a process ends, and several
processes may do this for the same database.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from functools import partial

from samband.exchange.actions.foundation import Foundation
from samband.model.changes import Change
from samband.store import item_words
from samband.store.api import StoreUnavailable, Tx
from samband.store.item_words import Entry

log = logging.getLogger(__name__)

BATCH = 200
"""How many items one write brings into the index: other writes wait for it."""
PAUSE = 0.5
"""Seconds that more writes may follow in, so that one segment of the index holds them together."""
_AWAY = 5.0


class TextIndex:
    """Brings the index of words up to date."""

    def __init__(self, base: Foundation) -> None:
        self._store = base.store
        self._feed = base.feed

    async def catch_up(self) -> int:
        """Index what waits; how many items that were. What is written meanwhile waits for the next time."""
        done = 0
        while found := await self._batch():
            done += found
        return done

    async def _batch(self) -> int:
        """Index some items. Their words are found on a reader's thread, so that the writer's is not held up."""
        blobs = self._store.blobs

        def read(tx: Tx) -> tuple[list[int], list[Entry]]:
            rows = item_words.waiting(tx, BATCH)
            return rows, item_words.entries(tx, blobs, rows)

        rows, entries = await self._store.read(read)
        if not rows:
            return 0
        return await self._store.write(partial(item_words.settle, items=rows, found=entries))

    async def keep_up(self) -> None:
        """Index what is written, as it is written. Runs until cancelled."""
        news = asyncio.Event()
        news.set()

        def hear(_: Sequence[Change]) -> None:
            news.set()

        stop = self._feed.listen(None, hear)
        try:
            while True:
                await news.wait()
                await asyncio.sleep(PAUSE)
                news.clear()
                await self._try()
        finally:
            stop()

    async def _try(self) -> None:
        try:
            await self.catch_up()
        except StoreUnavailable as error:
            log.warning("the index of words falls behind: %s", error)
            await asyncio.sleep(_AWAY)
        except Exception:
            # Searches look at what is not indexed themselves, so they stay right.
            log.exception("the index of words falls behind")
            await asyncio.sleep(_AWAY)
