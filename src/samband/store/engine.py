"""Opening the store: SQLite for one machine, PostgreSQL for several nodes, one code path."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar, cast

from samband.model.changes import Change
from samband.store import changes
from samband.store.api import RowsTx, StoreUnavailable, Tx, WriteTx
from samband.store.blobs import FileBlobs
from samband.store.connection import Connection, Database
from samband.store.migrate import migrate, migrations
from samband.store.readers import Reader
from samband.store.sqlite import SqliteDatabase
from samband.store.workers import Workers
from samband.store.writer import OnCommitted, Writer

T = TypeVar("T")

READS_WAITING = 4096
WRITES_WAITING = 1024
WRITES_IN_ONE_COMMIT = 256


def tell_nobody(upto: int, news: Sequence[Change]) -> None:
    """For a process in which nobody listens."""


async def open_store(url: str, blob_dir: Path, on_committed: OnCommitted = tell_nobody) -> Engine:
    """Open the store, made or migrated where that is needed.

    ``url`` is ``postgresql://...`` or the path of a SQLite file. ``on_committed(upto, changes)`` is called on this
    event loop: at once with the number found and no change, then with each batch of committed changes in order, also
    those that another process wrote before it. Raises ``StoreUnavailable``.
    """
    database = database_of(url)
    writing, reading, told = await asyncio.to_thread(_connect, database)
    on_committed(told, ())
    return Engine(
        writer=Workers(
            "writer", [Writer(writing, on_committed, told)], batch=WRITES_IN_ONE_COMMIT, limit=WRITES_WAITING
        ),
        readers=Workers(
            "reader", [Reader(connection) for connection in reading], batch=database.read_batch, limit=READS_WAITING
        ),
        blobs=await asyncio.to_thread(FileBlobs, blob_dir),
    )


def database_of(url: str) -> Database:
    """The kind of database that ``url`` names. Raises ``StoreUnavailable`` where its driver is not installed."""
    if not url.startswith(("postgresql://", "postgres://")):
        return SqliteDatabase(Path(url))
    try:
        from samband.store.postgresql import PostgresDatabase
    except ImportError as error:
        raise StoreUnavailable(
            f"PostgreSQL needs the package psycopg (pip install samband[postgresql]): {error}"
        ) from error
    return PostgresDatabase(url)


def _connect(database: Database) -> tuple[Connection, list[Connection], int]:
    migrate(database, migrations())
    writing = database.connect(read_only=False)
    told = changes.last(writing)
    return writing, [database.connect(read_only=True) for _ in range(database.readers)], told


class Engine:
    """The ``Store`` over a database and a directory of blobs."""

    def __init__(self, *, writer: Workers, readers: Workers, blobs: FileBlobs) -> None:
        self._writer = writer
        self._readers = readers
        self.blobs = blobs

    async def read(self, work: Callable[[Tx], T]) -> T:
        return cast(T, await self._readers.submit(work))

    async def write(self, work: Callable[[WriteTx], T]) -> T:
        return cast(T, await self._writer.submit(work))

    def post(self, work: Callable[[RowsTx], T], told: asyncio.Future[T]) -> None:
        self._writer.post(work, told)

    async def log(self, scope: str | None, after: int, limit: int) -> list[Change]:
        return await self.read(partial(changes.read, scope=scope, after=after, limit=limit))

    async def last(self) -> int:
        return await self.read(changes.last)

    async def trim(self, before: int) -> None:
        await self.write(partial(changes.trim, before=before))

    async def close(self) -> None:
        await self._writer.close()
        await self._readers.close()
