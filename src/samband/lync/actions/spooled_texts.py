"""Texts that people write to each other, on disk before they are acknowledged, and in their conversations soon after.

What an answer waits for is one small row a text, in as few commits as there are; a moment later many of them together
are put where they belong. A text may be spooled while it is still on its way to its receiver. If that does not take it,
it is withdrawn before the sender hears so; what was on its way when the process ended counts as taken, since nobody
knows.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any
from zlib import crc32

from samband.model.conversation_history import Said
from samband.store import spooled_texts as rows
from samband.store.api import RowsTx, Store

log = logging.getLogger(__name__)

GATHERING = 1.0
"""Seconds from the first text to when all that came meanwhile are filed: the more of a conversation, the cheaper."""
AGAIN = 5.0
"""Seconds until that is tried again."""
TOGETHER = 200
"""Most texts that are written together."""
MOST_SPOOLED = 50_000
"""Most texts that wait to be filed; more are not kept."""

Waiting = asyncio.Future[Any]
"""What an answer waits for, with many others: whoever may be cancelled has to shield it."""
File = Callable[[Sequence["SpooledText"]], Awaitable[None]]
"""Puts texts where they belong and out of the spool. Raises ``OSError`` where the store cannot do it now."""


class _Batch:
    """What is written in one commit."""

    __slots__ = ("begun", "kept", "texts", "withdrawn")

    def __init__(self) -> None:
        self.kept: Waiting = asyncio.get_running_loop().create_future()
        self.begun = False
        self.texts: list[SpooledText] = []
        self.withdrawn: list[int] = []

    def work(self) -> Callable[[RowsTx], None]:
        """What the store is to do."""
        texts, withdrawn = [(text.id, text.sent, text.written) for text in self.texts], self.withdrawn

        def work(tx: RowsTx) -> None:
            if withdrawn:
                rows.drop(tx, withdrawn)
            if texts:
                rows.add(tx, texts)

        return work

    def end(self, *, well: bool) -> None:
        """Let go of its texts, which know it."""
        texts, self.texts = self.texts, []
        if well:
            for text in texts:
                text.arrive()


class SpooledText:
    """One text in the spool, or on its way there."""

    __slots__ = ("_batch", "_on_disk", "_spool", "_taken", "id", "said", "sent", "written")

    def __init__(self, spool: Spool, batch: _Batch, number: int, sent: int, said: Said, written: bytes) -> None:
        self._spool = spool
        self._batch = batch
        self._on_disk = self._taken = False
        self.id = number
        self.sent = sent
        self.said = said
        self.written = written

    def taken(self) -> Waiting | None:
        """Its receiver took it. None where it is on disk; else it is when what is given back is done."""
        self._taken = True
        if not self._on_disk:
            return self._batch.kept
        self._spool.file_later(self)
        return None

    def not_taken(self) -> Waiting | None:
        """Its receiver did not take it: what ``taken`` gives, for its withdrawal."""
        return self._spool.withdraw(self, self._batch)

    def arrive(self) -> None:
        """It is on disk."""
        self._on_disk = True
        if self._taken:
            self._spool.file_later(self)


class Spool:
    """One for a Lync side."""

    def __init__(self, store: Store, now: Callable[[], int], file: File, word: str) -> None:
        """``now``: milliseconds since 1970; ``word``: what no other process has, as its texts have other numbers."""
        self._store = store
        self._now = now
        self._file = file
        self._last = crc32(word.encode()) << 31
        """The number of the latest text."""
        self._batches: deque[_Batch] = deque()
        """What waits to be written: as much as there are answers that wait for it."""
        self._writing: _Batch | None = None
        self._ready: list[SpooledText] = []
        """What is to be filed."""
        self._timer: asyncio.TimerHandle | None = None
        self._filing: asyncio.Task[None] | None = None
        self._closed = False

    async def recover(self) -> None:
        """File what the process before this one left."""
        number = 0
        nowhere = _Batch()
        while found := await self._store.read(partial(rows.after, number=number, limit=TOGETHER)):
            number = found[-1].id
            await self._file([SpooledText(self, nowhere, row.id, row.sent, row.said, b"") for row in found])

    def add(self, said: Said) -> SpooledText | None:
        """Write a text; None where it cannot be kept, which the log says."""
        if len(self._ready) >= MOST_SPOOLED:
            log.error("a text is not kept: too many wait to be put into their conversations")
            return None
        try:
            written = rows.encode(said)
        except UnicodeEncodeError:
            log.exception("a text cannot be kept")
            return None
        batch = self._next_batch()
        self._last += 1
        text = SpooledText(self, batch, self._last, self._now(), said, written)
        batch.texts.append(text)
        self._write_next()
        return text

    def withdraw(self, text: SpooledText, batch: _Batch) -> Waiting | None:
        """Remove a text that is written with ``batch``."""
        if not batch.begun:
            batch.texts.remove(text)
            return None
        following = self._next_batch()
        following.withdrawn.append(text.id)
        self._write_next()
        return following.kept

    def file_later(self, text: SpooledText) -> None:
        """Put a text that was taken where it belongs, in a moment."""
        self._ready.append(text)
        if self._timer is None and self._filing is None and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(GATHERING, self._begin_filing)

    async def close(self) -> None:
        """Write and file what there is. What cannot be filed now is when the next process starts."""
        self._closed = True
        if self._timer is not None:
            self._timer.cancel()
        if self._filing is not None:
            await asyncio.gather(self._filing, return_exceptions=True)
        while self._writing is not None:
            await asyncio.wait([self._writing.kept])
        await self._file_ready()

    def _next_batch(self) -> _Batch:
        """What the next text is written with; ``_write_next`` is to be called then."""
        batches = self._batches
        if not batches or len(batches[-1].texts) + len(batches[-1].withdrawn) >= TOGETHER:
            batch = _Batch()
            # Before anybody waits for it: what comes next is begun first.
            batch.kept.add_done_callback(partial(self._written, batch))
            batches.append(batch)
        return batches[-1]

    def _write_next(self) -> None:
        """Begin to write what waits, unless something is being written: then that is together afterwards."""
        while self._writing is None and self._batches:
            batch = self._batches.popleft()
            batch.begun = True
            if batch.texts or batch.withdrawn:
                self._writing = batch
                self._store.post(batch.work(), batch.kept)
            else:
                batch.kept.set_result(None)

    def _written(self, batch: _Batch, kept: Waiting) -> None:
        if self._writing is batch:
            self._writing = None
            self._write_next()
        # An exception is seen here, whether or not anybody waits for it.
        batch.end(well=not kept.cancelled() and kept.exception() is None)

    def _begin_filing(self) -> None:
        self._timer = None
        self._filing = asyncio.get_running_loop().create_task(self._file_in_turn())

    async def _file_in_turn(self) -> None:
        again = await self._file_ready()
        self._filing = None
        if self._ready and not self._closed:
            self._timer = asyncio.get_running_loop().call_later(again, self._begin_filing)

    async def _file_ready(self) -> float:
        """File what there is now; after how many seconds to look again."""
        ready, self._ready = self._ready, []
        # One place after the other: a conversation is then looked up and changed once for all its texts.
        ready.sort(key=_place)
        for start in range(0, len(ready), TOGETHER):
            try:
                await self._file(ready[start : start + TOGETHER])
            except Exception as error:
                # What ended well before is not in the spool any more, and is passed over.
                unexpected = None if isinstance(error, OSError) else error
                why = {"why": str(error)}
                log.warning("texts wait to be put into their conversations", extra=why, exc_info=unexpected)
                self._ready[:0] = ready[start:]
                return AGAIN
        return GATHERING


def _place(text: SpooledText) -> str:
    return text.said.place
