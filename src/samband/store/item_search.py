"""Looking for items of folders by what stands in columns, and reading through all of them for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple, cast

from samband.model.item_sync import ItemHead
from samband.model.items import Item, ItemKind
from samband.store.api import Blobs, Row, Tx, Value
from samband.store.item_conditions import Where
from samband.store.items import LIGHT, get_many, item_of_row

_CHUNK = 256
_KINDS = {kind.value: kind for kind in ItemKind}
_ORDERED = {
    "received": "received",
    "start_time": "start_time",
    "end_time": "end_time",
    "size": "size",
    "article": "article",
    "subject": "subject_key",
    "sender": "sender_key",
}

ORDERED = frozenset(_ORDERED)
"""Columns that rows can be sorted by."""


class Span(NamedTuple):
    """``limit`` rows from ``offset`` on, of ``total``; ``after``: the sort values of the row before them, if known."""

    limit: int
    offset: int
    total: int
    after: tuple[Value, ...] = ()


Order = Sequence[tuple[str, bool]]
"""(column of ``ORDERED``, descending) from the most to the least important."""


def count(tx: Tx, found: Where) -> int:
    """How many rows there are."""
    row = tx.one(f"SELECT COUNT(*) FROM {found.source} WHERE {found.sql}", *found.params)
    return cast(int, row[0]) if row else 0


def can_sort(tx: Tx, found: Where, orders: Order) -> bool:
    """Whether every row has what ``orders`` sort by: those that an earlier version made get it a while later."""
    keys = [_ORDERED[column] for column, _ in orders if _ORDERED[column].endswith("_key")]
    if not keys:
        return True
    sql = f"SELECT 1 FROM {found.source} WHERE {found.sql} AND subject_key IS NULL LIMIT 1"
    return tx.one(sql, *found.params) is None


def _whole(orders: Order) -> list[tuple[str, bool]]:
    """``orders`` as columns of the table, until no two rows are the same; as the indexes have them, from either end.

    Without any the latest received comes first.
    """
    named = [(_ORDERED[column], down) for column, down in orders] or [("received", True)]
    last, down = named[-1]
    tail = ("received", "id") if last.endswith("_key") else ("id",)
    return [*named, *((name, down) for name in tail)]


def _ordered(name: str, down: bool) -> str:
    """A column of an ORDER BY, put so that both databases find it in an index."""
    if name in _ALWAYS_THERE:
        return f"{name} {'DESC' if down else 'ASC'}"
    return f"{name} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}"


_ALWAYS_THERE = frozenset({"id", "size", "article"})


def _ids(tx: Tx, found: Where, orders: Order, span: Span) -> list[int]:
    """A page of rows, by their numbers: they are sorted without what else stands in them."""
    return [cast(int, row[0]) for row in _page(tx, "id", found, orders, span)]


def _page(tx: Tx, columns: str, found: Where, orders: Order, span: Span) -> list[Row]:
    """A page of rows, counted from whichever end is nearer.

    Rows without a value come first in ascending order and last in descending order.
    """
    limit = min(span.limit, max(span.total - span.offset, 0))
    if limit == 0:
        return []
    if span.after and len(rows := _following(tx, columns, found, orders, limit, span.after)) == limit:
        return rows
    after = span.total - span.offset - limit
    backwards = after < span.offset
    order = ", ".join([_ordered(name, down is not backwards) for name, down in _whole(orders)])
    sql = f"SELECT {columns} FROM {found.source} WHERE {found.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = tx.all(sql, *found.params, limit, after if backwards else span.offset)
    return rows[::-1] if backwards else rows


def _following(tx: Tx, columns: str, found: Where, orders: Order, limit: int, after: tuple[Value, ...]) -> list[Row]:
    """Rows after one with the sort values ``after``, found without counting those before it."""
    whole = _whole(orders)
    names, down = ", ".join([name for name, _ in whole]), whole[0][1]
    beyond = f"({names}) {'<' if down else '>'} ({', '.join('?' * len(after))})"
    order = ", ".join([_ordered(name, down) for name, down in whole])
    sql = f"SELECT {columns} FROM {found.source} WHERE {found.sql} AND {beyond} ORDER BY {order} LIMIT ?"
    return tx.all(sql, *found.params, *after, limit)


def sort_values(tx: Tx, orders: Order, row: int) -> tuple[Value, ...]:
    """What decides where ``row`` stands; empty where what stands after it cannot be found by that."""
    whole = _whole(orders)
    if len({down for _, down in whole}) > 1:
        return ()
    found = tx.one(f"SELECT {', '.join([name for name, _ in whole])} FROM items WHERE id = ?", row)
    return found if found is not None and None not in found else ()


def heads(tx: Tx, found: Where, orders: Order, span: Span) -> list[ItemHead]:
    """A page of rows, by their names only."""
    rows: list[Any] = _page(tx, "id, mailbox, folder, kind, seq", found, orders, span)
    return [ItemHead(item, mailbox, folder, _KINDS[kind], seq) for item, mailbox, folder, kind, seq in rows]


def page(tx: Tx, blobs: Blobs, found: Where, orders: Order, span: Span) -> list[Item]:
    """A page of rows as items without bodies and attachments."""
    if found.narrow or span.offset > _CHUNK:
        rows = _ids(tx, found, orders, span)
        items = get_many(tx, blobs, rows, heavy=False, attachments=False)
        return [items[row] for row in rows]
    return [item_of_row(blobs, row, False) for row in _page(tx, LIGHT, found, orders, span)]


def through(tx: Tx, blobs: Blobs, found: Where, *, heavy: bool, attachments: bool) -> Iterator[Item]:
    """Every row as an item, in the order in which they came; never many of them in memory at once."""
    for rows in _in_chunks(tx, found):
        items = get_many(tx, blobs, rows, heavy=heavy, attachments=attachments)
        yield from (items[row] for row in rows)


def _in_chunks(tx: Tx, found: Where) -> Iterator[list[int]]:
    """The numbers of all rows, smallest first."""
    if found.narrow:
        # What is asked for is known before anything is read of the items themselves.
        all_rows = sorted(
            cast(int, row[0]) for row in tx.all(f"SELECT id FROM {found.source} WHERE {found.sql}", *found.params)
        )
        yield from (all_rows[start : start + _CHUNK] for start in range(0, len(all_rows), _CHUNK))
        return
    sql = f"SELECT id FROM {found.source} WHERE {found.sql} AND id > ? ORDER BY id LIMIT ?"
    last = 0
    while rows := [cast(int, row[0]) for row in tx.all(sql, *found.params, last, _CHUNK)]:
        yield rows
        last = rows[-1]
