"""SQLite: one file, write-ahead log, every commit synced."""

from __future__ import annotations

import re
import sqlite3
import time
from collections.abc import Sequence
from pathlib import Path

from samband.model.item_queries import WordQuery
from samband.store.api import Row, StoreUnavailable, Value

BUSY_SECONDS = 30.0
"""How long a writer waits for another process's transaction."""

_PRAGMAS = (
    "synchronous = FULL",
    "foreign_keys = ON",
    # PostgreSQL's LIKE distinguishes case; one meaning for both.
    "case_sensitive_like = ON",
    "temp_store = MEMORY",
    "mmap_size = 1073741824",
    "cache_size = -16384",
    "wal_autocheckpoint = 4000",
    "journal_size_limit = 67108864",
)

_OUTAGES = {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_NOMEM,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
}


# Keys of words are ready to be kept: nothing is to be folded or split but at spaces.
_WORDS_TABLE = (
    """CREATE VIRTUAL TABLE item_words USING fts5(words, detail = 'none', tokenize = "ascii tokenchars '_'")"""
)


class SqliteConnection:
    """A connection to a SQLite file."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self._db = sqlite3.connect(
            path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        try:
            _use_write_ahead_log(self._db)
            for pragma in _PRAGMAS:
                self._db.execute(f"PRAGMA {pragma}")
            if read_only:
                self._db.execute("PRAGMA query_only = ON")
        except sqlite3.Error:
            self._db.close()
            raise

    def all(self, sql: str, *params: Value) -> list[Row]:
        return self._db.execute(sql, params).fetchall()

    def one(self, sql: str, *params: Value) -> Row | None:
        row: Row | None = self._db.execute(sql, params).fetchone()
        return row

    def run(self, sql: str, *params: Value) -> int:
        return self._db.execute(sql, params).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        self._db.executemany(sql, rows)

    def word_query(self, query: WordQuery) -> str:
        alternatives = (" OR ".join([f'"{key}"*' if more else f'"{key}"' for key, more in some]) for some in query)
        return " AND ".join([f"({some})" for some in alternatives])

    def begin_read(self) -> None:
        self._db.execute("BEGIN")

    def begin_write(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def begin_migration(self) -> None:
        self._db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self._db.execute("COMMIT")

    def rollback(self) -> None:
        if self._db.in_transaction:
            self._db.execute("ROLLBACK")

    def savepoint(self) -> None:
        self._db.execute("SAVEPOINT one_write")

    def release_savepoint(self) -> None:
        self._db.execute("RELEASE one_write")

    def rollback_to_savepoint(self) -> None:
        self._db.execute("ROLLBACK TO one_write")
        self._db.execute("RELEASE one_write")

    def is_outage(self, error: BaseException) -> bool:
        return isinstance(error, sqlite3.Error) and getattr(error, "sqlite_errorcode", 0) & 0xFF in _OUTAGES

    def close(self) -> None:
        self._db.close()


class SqliteDatabase:
    """The SQLite file at ``path``; it is made where there is none."""

    # More threads than this only pass the interpreter's lock around; two keep short reads going beside a long one.
    readers = 2
    read_batch = 16

    def __init__(self, path: Path) -> None:
        self._path = path

    def connect(self, *, read_only: bool) -> SqliteConnection:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            # The files beside it (-wal, -shm) take over its permissions.
            self._path.touch(mode=0o600)
            return SqliteConnection(self._path, read_only=read_only)
        except (sqlite3.Error, OSError) as error:
            raise StoreUnavailable(f"cannot open {self._path}: {error}") from error

    def ddl(self, statement: str) -> str:
        """Types and table options as SQLite wants them.

        ``BIGINT PRIMARY KEY`` becomes the row's own number (one tree less to walk), a table marked
        ``/* clustered */`` is kept in the order of its primary key, and every table checks its columns' types.
        The table of words is a full-text one, which is its own index. Where nothing stands is first in any index.
        """
        if "/* words */" in statement:
            return _WORDS_TABLE if statement.startswith("CREATE TABLE") else ""
        statement = statement.replace(" NULLS FIRST", "")
        statement = re.sub(r"\b(BIGINT|SMALLINT|INT)\b", "INTEGER", statement)
        statement = re.sub(r"\bBYTEA\b", "BLOB", statement)
        statement = re.sub(r"\bDOUBLE PRECISION\b", "REAL", statement)
        if re.match(r"CREATE TABLE\b", statement):
            clustered = "/* clustered */" in statement
            statement += " STRICT, WITHOUT ROWID" if clustered else " STRICT"
        return statement


def _use_write_ahead_log(db: sqlite3.Connection) -> None:
    """Two processes that make the same new file can refuse each other here without waiting: try again."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            if db.execute("PRAGMA journal_mode = WAL").fetchone() == ("wal",):
                return
            raise sqlite3.OperationalError("this file system cannot hold a write-ahead log")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
