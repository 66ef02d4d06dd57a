"""Looking for items of a folder by what stands in columns, and reading through all of them for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple, cast

from samband.model.item_queries import Condition
from samband.model.item_sync import ItemHead
from samband.model.items import Item, ItemKind
from samband.store.api import Blobs, Tx, Value
from samband.store.items import HEAVY, LIGHT, get_many, item_of_row

_INSTANTS = frozenset({"received", "start_time", "end_time"})
_NUMBERS = frozenset({"size", "article"})
_TEXTS = frozenset({"item_class", "subject"})
_AT_LEAST = {">": ">=", ">=": ">=", "<": "<=", "<=": "<=", "=": "="}
_CHUNK = 256
_KINDS = {kind.value: kind for kind in ItemKind}

ORDERED_IN_SQL = _INSTANTS | _NUMBERS
"""Columns whose order is the same in every database."""
ORDERED_HERE = ORDERED_IN_SQL | _TEXTS
"""Columns that hold all it takes to sort by them."""


class Where(NamedTuple):
    """Conditions as SQL. ``exact``: they leave nothing to be tested."""

    sql: str
    params: tuple[Value, ...]
    exact: bool


def where(folder: int, associated: bool, conditions: Sequence[Condition]) -> Where:
    """What is true of every row that can meet ``conditions``."""
    sql, params, exact = ["folder = ? AND associated = ?"], [folder, int(associated)], True
    values: list[Value] = list(params)
    for condition in conditions:
        written = _written(condition)
        if written is None:
            exact = False
            continue
        text, value, whole = written
        sql.append(text)
        values.append(value)
        exact = exact and whole
    return Where(" AND ".join(sql), tuple(values), exact)


def _written(condition: Condition) -> tuple[str, Value, bool] | None:
    """A condition as SQL, its parameter, and whether it says all; None where the column cannot tell."""
    column, operator, value = condition
    if column in _INSTANTS and isinstance(value, datetime):
        # Columns hold whole seconds: let those of the same second through, the test decides.
        return f"{column} {_AT_LEAST[operator]} ?", int(value.timestamp()), False
    if column in _NUMBERS and isinstance(value, int | float):
        return f"{column} {operator} ?", value, True
    if column in _TEXTS and isinstance(value, str) and operator == "=":
        return f"{column} = ?", value, True
    if column == "is_read" and operator == "=" and not value:
        return "is_read = ?", 0, True
    return None


def count(tx: Tx, found: Where) -> int:
    """How many rows there are."""
    row = tx.one(f"SELECT COUNT(*) FROM items WHERE {found.sql}", *found.params)
    return cast(int, row[0]) if row else 0


def order_by(orders: Sequence[tuple[str, bool]]) -> str:
    """An ORDER BY of (column, descending), columns of ``ORDERED_IN_SQL``; the latest received first after all else.

    Rows without a value come first in ascending order and last in descending order.
    """
    given = [f"{column} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}" for column, down in orders]
    return ", ".join([*given, "received DESC NULLS LAST", "id DESC"])


def heads(tx: Tx, found: Where, order: str, limit: int, offset: int) -> list[ItemHead]:
    """A page of rows, by their names only."""
    sql = f"SELECT id, mailbox, folder, kind, seq FROM items WHERE {found.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = cast(list[tuple[int, str, int, str, int]], tx.all(sql, *found.params, limit, offset))
    return [ItemHead(item, mailbox, folder, _KINDS[kind], seq) for item, mailbox, folder, kind, seq in rows]


def page(tx: Tx, blobs: Blobs, found: Where, order: str, limit: int, offset: int) -> list[Item]:
    """A page of rows as items without bodies and attachments."""
    sql = f"SELECT {LIGHT} FROM items WHERE {found.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    return [item_of_row(blobs, row, False) for row in tx.all(sql, *found.params, limit, offset)]


def column_values(tx: Tx, found: Where, columns: Sequence[str]) -> list[tuple[Value, ...]]:
    """(row, then the value of each of ``columns``) of every row, the latest received first."""
    names = "".join(f", {column}" for column in columns)
    return tx.all(f"SELECT id{names} FROM items WHERE {found.sql} ORDER BY {order_by(())}", *found.params)


def through(tx: Tx, blobs: Blobs, found: Where, *, heavy: bool, attachments: bool) -> Iterator[Item]:
    """Every row as an item, the latest received first; never many of them in memory at once."""
    if attachments:
        rows = [cast(int, row[0]) for row in column_values(tx, found, ())]
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            items = get_many(tx, blobs, part, heavy=heavy, attachments=True)
            yield from (items[row] for row in part)
        return
    columns = HEAVY if heavy else LIGHT
    offset = 0
    sql = f"SELECT {columns} FROM items WHERE {found.sql} ORDER BY {order_by(())} LIMIT ? OFFSET ?"
    while some := tx.all(sql, *found.params, _CHUNK, offset):
        yield from (item_of_row(blobs, row, heavy) for row in some)
        offset += len(some)
