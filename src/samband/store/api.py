"""What other rooms may ask of the store: transactions, the change log, blobs.

Functions over rows live in one module a table (``store/people.py``, ``store/items.py``, ...) and take a ``Tx`` first.
They are synchronous and run inside a transaction on a thread of the store; nothing in them awaits. SQL is the subset
that SQLite and PostgreSQL share, with ``?`` for parameters.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from samband.model.changes import Change
from samband.model.failures import Unavailable
from samband.model.item_queries import WordQuery

T = TypeVar("T")
Value = str | int | float | bytes | None
Row = tuple[Value, ...]


class StoreUnavailable(Unavailable):
    """The store could not do it now: it is closed, its disk is full, its server is away. Nothing was acknowledged."""


class LogTrimmed(Exception):
    """Changes after the number asked for are no longer in the log: read state anew."""


class Tx(Protocol):
    """A consistent view of the store."""

    def all(self, sql: str, *params: Value) -> list[Row]:
        """Every row of a query."""
        ...

    def one(self, sql: str, *params: Value) -> Row | None:
        """The first row of a query, or None."""
        ...

    def word_query(self, query: WordQuery) -> str:
        """What ``item_words MATCH ?`` takes for ``query``."""
        ...


class RowsTx(Tx, Protocol):
    """A view that may change rows; all of it is committed, or none."""

    def run(self, sql: str, *params: Value) -> int:
        """Run a statement; the number of rows it touched."""
        ...

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run a statement once a row."""
        ...


class WriteTx(RowsTx, Protocol):
    """Such a view with a number."""

    @property
    def seq(self) -> int:
        """The number of this write: greater than that of every write committed before it."""
        ...

    def append(self, change: Change) -> None:
        """Append a typed change to the log under ``seq``."""
        ...

    def serial(self, name: str) -> int:
        """0, 1, 2, ... in this write, counted for each name (``store.counters.next_id`` builds on it)."""
        ...


class BlobDamaged(Exception):
    """What is kept under a blob's key is not what was put there."""


class Blobs(Protocol):
    """Large bodies and attachments by the SHA-256 of their content. Bytes are durable before a key is given out."""

    def put(self, content: bytes) -> str:
        """Keep ``content``; its key (64 hex digits). The same content is kept once. Blocks: call it inside a write."""
        ...

    def get(self, key: str) -> bytes:
        """The content of ``key``. Raises ``KeyError``, or ``BlobDamaged`` where it is not what was put."""
        ...


class Store(Protocol):
    """The one way to durable state. Every method but ``blobs`` may be called from the event loop only."""

    @property
    def blobs(self) -> Blobs: ...

    async def read(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` over a consistent view on a reader's thread."""
        ...

    async def write(self, work: Callable[[WriteTx], T]) -> T:
        """Run ``work`` in a write transaction; when this returns, it is on disk and its changes are in the feed.

        Writes run one after another in the order asked for; several share one commit (group commit). A ``work`` that
        raises leaves no trace of itself and its exception comes out here. ``work`` is run to its end
        also where the caller stops waiting. Raises ``StoreUnavailable``.
        """
        ...

    def post(self, work: Callable[[RowsTx], T], told: asyncio.Future[T]) -> None:
        """``write`` for who cannot wait, not even for the queue, and has few of them under way: ``told`` gets what
        ``write`` returns or raises. It has no number, so that nobody hears of it, and no other write may change the
        rows that it does."""
        ...

    async def log(self, scope: str | None, after: int, limit: int) -> list[Change]:
        """Committed changes of ``scope`` (None: all) with a number greater than ``after``, oldest first.

        About ``limit`` of them: the changes of one write are never parted, so that the last number is a place to go
        on from. Raises ``LogTrimmed`` where changes after ``after`` have been trimmed.
        """
        ...

    async def last(self) -> int:
        """The number of the latest committed write."""
        ...

    async def trim(self, before: int) -> None:
        """Drop changes with numbers less than ``before`` from the log."""
        ...

    async def close(self) -> None:
        """Finish what was asked for, then leave the database."""
        ...
