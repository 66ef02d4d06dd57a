"""What the engine needs of a database driver: one connection, its transactions and its dialect of DDL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from samband.store.api import Tx, Value


class Connection(Tx, Protocol):
    """One connection. It is used by one thread at a time and is a ``Tx`` while a transaction is open."""

    def run(self, sql: str, *params: Value) -> int:
        """Run a statement; the number of rows it touched."""
        ...

    def many(self, sql: str, rows: Sequence[Sequence[Value]]) -> None:
        """Run a statement once a row."""
        ...

    def begin_read(self) -> None:
        """Open a consistent read-only view."""
        ...

    def begin_write(self) -> None:
        """Open a write transaction."""
        ...

    def begin_migration(self) -> None:
        """Open a write transaction that no other process's migration overlaps."""
        ...

    def commit(self) -> None:
        """Make the open transaction durable."""
        ...

    def rollback(self) -> None:
        """Forget the open transaction, if any. Leaves the connection fit for the next ``begin``."""
        ...

    def savepoint(self) -> None:
        """Mark a point that ``rollback_to_savepoint`` returns to."""
        ...

    def release_savepoint(self) -> None:
        """Keep what was done since the savepoint."""
        ...

    def rollback_to_savepoint(self) -> None:
        """Undo what was done since the savepoint, and forget it."""
        ...

    def is_outage(self, error: BaseException) -> bool:
        """Whether ``error`` says that the database cannot be used now, rather than that the work was wrong."""
        ...

    def close(self) -> None:
        """Leave the database."""
        ...


class Database(Protocol):
    """A database that connections can be made to."""

    readers: int
    """How many reader threads pay on this database."""
    read_batch: int
    """How many waiting reads one reader takes into one view."""

    def connect(self, *, read_only: bool) -> Connection:
        """A new connection. Raises ``StoreUnavailable``."""
        ...

    def ddl(self, statement: str) -> str:
        """A statement of a migration in this database's dialect; empty where it needs none."""
        ...
