"""Where a test's store lives, and opening it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from samband.store.engine import Engine, open_store, tell_nobody
from samband.store.writer import OnCommitted


@dataclass(frozen=True)
class Place:
    """A database and a directory of blobs."""

    url: str
    blobs: Path

    @asynccontextmanager
    async def store(self, on_committed: OnCommitted = tell_nobody) -> AsyncIterator[Engine]:
        """The store opened here, closed at the end."""
        store = await open_store(self.url, self.blobs, on_committed)
        try:
            yield store
        finally:
            await store.close()

    @property
    def is_sqlite(self) -> bool:
        return not self.url.startswith("postgresql:")
