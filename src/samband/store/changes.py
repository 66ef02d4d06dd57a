"""The change log and the number of the latest write."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

import msgspec

from samband.model.changes import AnyChange, Change
from samband.store.api import LogTrimmed, Tx, Value, WriteTx
from samband.store.connection import Connection

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[AnyChange]).decode


def last(tx: Tx) -> int:
    """The number of the latest committed write."""
    row = tx.one("SELECT last FROM sequence_number WHERE id = 1")
    return int(row[0]) if row and isinstance(row[0], int) else 0


def claim(connection: Connection, count: int) -> int:
    """Take the next ``count`` numbers; the one before them. From here to the commit no other process writes."""
    row = connection.one("UPDATE sequence_number SET last = last + ? WHERE id = 1 RETURNING last", count)
    assert row is not None and isinstance(row[0], int)
    return row[0] - count


def store_last(connection: Connection, seq: int) -> None:
    """Make ``seq`` the number of the latest write."""
    connection.run("UPDATE sequence_number SET last = ? WHERE id = 1", seq)


def store(connection: Connection, changes: Iterable[Change]) -> None:
    """Append the changes of writes, in the order of their numbers."""
    rows: list[tuple[Value, ...]] = []
    for seq, written in groupby(changes, key=lambda change: change.seq):
        place = 0
        for scope, run in groupby(written, key=lambda change: change.scope):
            together = list(run)
            rows.append((seq, place, scope, _encode(together)))
            place += len(together)
    if rows:
        connection.many("INSERT INTO changes (seq, n, scope, body) VALUES (?, ?, ?, ?)", rows)


def read(tx: Tx, scope: str | None, after: int, limit: int) -> list[Change]:
    """Changes with a number greater than ``after``, oldest first, about ``limit``, whole writes only."""
    row = tx.one("SELECT trimmed FROM sequence_number WHERE id = 1")
    if row is not None and isinstance(row[0], int) and after < row[0]:
        raise LogTrimmed(f"the log begins after {row[0]}, not after {after}")
    rows = _rows(tx, scope, after, limit)
    found: list[Change] = []
    for _, body in rows:
        found.extend(_decode(body))
    return found


def between(tx: Tx, after: int, upto: int) -> list[Change]:
    """Every change that is still in the log with a number greater than ``after``, not greater than ``upto``."""
    rows = tx.all("SELECT seq, body FROM changes WHERE seq > ? AND seq <= ? ORDER BY seq, n", after, upto)
    return [change for _, body in _typed(rows) for change in _decode(body)]


def _rows(tx: Tx, scope: str | None, after: int, limit: int) -> list[tuple[int, bytes]]:
    """At least one write's rows; where ``limit`` cut a write in two, the write is read whole or left out."""
    where, params = ("scope = ? AND ", (scope,)) if scope is not None else ("", ())
    select = f"SELECT seq, body FROM changes WHERE {where}"
    limit = max(limit, 1)
    rows = _typed(tx.all(f"{select}seq > ? ORDER BY seq, n LIMIT ?", *params, after, limit))
    if len(rows) < limit:
        return rows
    cut = rows[-1][0]
    whole = [row for row in rows if row[0] < cut]
    return whole or _typed(tx.all(f"{select}seq = ? ORDER BY n", *params, cut))


def _typed(rows: Iterable[tuple[Value, ...]]) -> list[tuple[int, bytes]]:
    return [(seq, body) for seq, body in rows if isinstance(seq, int) and isinstance(body, bytes)]


def trim(tx: WriteTx, before: int) -> None:
    """Drop changes with numbers less than ``before``."""
    tx.run("DELETE FROM changes WHERE seq < ?", before)
    tx.run("UPDATE sequence_number SET trimmed = ? WHERE id = 1 AND trimmed < ?", before - 1, before - 1)
