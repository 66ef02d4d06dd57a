"""PostgreSQL, for several nodes on one store. Imported only where a site names such a database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import psycopg
from psycopg.abc import AdaptContext, Buffer
from psycopg.adapt import Dumper, Loader

from samband.model.item_queries import WordQuery
from samband.store.api import Row, StoreUnavailable, Value

_MIGRATION_LOCK = 0x53616D62616E64
"""Key of the advisory lock around migrations ("Samband" in ASCII)."""

_SESSION = (
    "SET synchronous_commit = on",
    "SET statement_timeout = '60s'",
    "SET idle_in_transaction_session_timeout = '5min'",
    "SET client_encoding = 'UTF8'",
)


class _BoolAsNumber(Dumper):
    """Flags are kept in integer columns, as in SQLite."""

    oid = psycopg.postgres.types["int2"].oid

    def dump(self, obj: object) -> bytes:
        return b"1" if obj else b"0"


class _PlainNumber(Loader):
    """``SUM`` over integers answers numeric here; it is an int as in SQLite."""

    def load(self, data: Buffer) -> int | float:
        text = bytes(data).decode()
        return int(text) if text.lstrip("-").isdigit() else float(text)


@lru_cache(maxsize=4096)
def translate(sql: str) -> bytes:
    """A statement with ``?`` parameters in psycopg's form; quoted text is left as it is."""
    sql = sql.replace("item_words MATCH ?", "item_words.words @@ CAST(? AS tsquery)")
    parts = re.split(r"('[^']*'|\"[^\"]*\")", sql.replace("%", "%%"))
    parts[::2] = [part.replace("?", "%s") for part in parts[::2]]
    return "".join(parts).encode()


class PostgresConnection:
    """A connection that mends itself when a transaction begins after the server went away."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._db = self._open()

    def _open(self) -> psycopg.Connection[Row]:
        db: psycopg.Connection[Any] = psycopg.connect(
            self._url, autocommit=True, connect_timeout=10, prepare_threshold=3, application_name="samband"
        )
        context: AdaptContext = db
        context.adapters.register_dumper(bool, _BoolAsNumber)
        context.adapters.register_loader("numeric", _PlainNumber)
        db.prepared_max = 500
        for statement in _SESSION:
            db.execute(statement.encode())
        return db

    def all(self, sql: str, *params: Value) -> list[Row]:
        cursor = self._db.execute(translate(sql), params)
        return cursor.fetchall() if cursor.description is not None else []

    def one(self, sql: str, *params: Value) -> Row | None:
        cursor = self._db.execute(translate(sql), params)
        return cursor.fetchone() if cursor.description is not None else None

    def run(self, sql: str, *params: Value) -> int:
        return self._db.execute(translate(sql), params).rowcount

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        with self._db.cursor() as cursor:
            cursor.executemany(translate(sql), rows)

    def word_query(self, query: WordQuery) -> str:
        alternatives = (" | ".join([f"'{key}':*" if more else f"'{key}'" for key, more in some]) for some in query)
        return " & ".join([f"({some})" for some in alternatives])

    def begin_read(self) -> None:
        self._begin(b"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")

    def begin_write(self) -> None:
        self._begin(b"BEGIN ISOLATION LEVEL READ COMMITTED")

    def begin_migration(self) -> None:
        self._begin(b"BEGIN ISOLATION LEVEL READ COMMITTED")
        self._db.execute(b"SELECT pg_advisory_xact_lock(%s)", (_MIGRATION_LOCK,))

    def _begin(self, statement: bytes) -> None:
        if not self._db.closed:
            try:
                self._db.execute(statement)
                return
            except psycopg.OperationalError:
                if not self._db.closed:
                    raise
        self._db = self._open()
        self._db.execute(statement)

    def commit(self) -> None:
        # A transaction that an error has spoiled answers COMMIT with a rollback and no error.
        if self._db.execute(b"COMMIT").statusmessage != "COMMIT":
            raise StoreUnavailable("the transaction was rolled back")

    def rollback(self) -> None:
        if not self._db.closed:
            self._db.rollback()

    def savepoint(self) -> None:
        self._db.execute(b"SAVEPOINT one_write")

    def release_savepoint(self) -> None:
        self._db.execute(b"RELEASE one_write")

    def rollback_to_savepoint(self) -> None:
        self._db.execute(b"ROLLBACK TO one_write")
        self._db.execute(b"RELEASE one_write")

    def is_outage(self, error: BaseException) -> bool:
        return isinstance(error, psycopg.OperationalError | psycopg.errors.InsufficientPrivilege)

    def close(self) -> None:
        self._db.close()


class PostgresDatabase:
    """The database that a ``postgresql://`` address names."""

    readers = 4
    # Each read waits for the server, so they are spread over the connections; a few share the cost of a view.
    read_batch = 4

    def __init__(self, url: str) -> None:
        self._url = url

    def connect(self, *, read_only: bool) -> PostgresConnection:
        """Views opened by ``begin_read`` are read-only in any case."""
        try:
            return PostgresConnection(self._url)
        except psycopg.OperationalError as error:
            raise StoreUnavailable(f"cannot open the PostgreSQL database: {error}") from error
        except psycopg.Error:
            # What is said of an address that cannot be read holds the address, with its password.
            raise StoreUnavailable("cannot open the PostgreSQL database: its address cannot be read") from None

    def ddl(self, statement: str) -> str:
        """Text compares by code point as in SQLite, whatever the database's locale."""
        if re.match(r"(CREATE|ALTER) TABLE\b", statement):
            return re.sub(r"\bTEXT\b", 'TEXT COLLATE "C"', statement)
        return statement
