"""Looking for items of folders by what stands in columns, and reading through all of them for the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, cast

from samband.model.item_sync import ItemHead
from samband.model.items import Item, ItemKind
from samband.store.api import Blobs, Tx
from samband.store.item_conditions import Where
from samband.store.items import HEAVY, LIGHT, get_many, item_of_row

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


def _page(tx: Tx, columns: str, found: Where, orders: Order, limit: int, offset: int, total: int) -> list[Any]:
    """Rows of a page of ``total``, counted from whichever end is nearer.

    Rows without a value come first in ascending order and last in descending order.
    """
    limit = min(limit, max(total - offset, 0))
    if limit == 0:
        return []
    after = total - offset - limit
    backwards = after < offset
    whole = [(name, down is not backwards) for name, down in _whole(orders)]
    order = ", ".join([f"{name} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}" for name, down in whole])
    sql = f"SELECT {columns} FROM {found.source} WHERE {found.sql} ORDER BY {order} LIMIT ? OFFSET ?"
    rows = tx.all(sql, *found.params, limit, after if backwards else offset)
    return rows[::-1] if backwards else rows


def heads(tx: Tx, found: Where, orders: Order, limit: int, offset: int, total: int) -> list[ItemHead]:
    """A page of ``total`` rows, by their names only."""
    rows = _page(tx, "id, mailbox, folder, kind, seq", found, orders, limit, offset, total)
    return [ItemHead(item, mailbox, folder, _KINDS[kind], seq) for item, mailbox, folder, kind, seq in rows]


def page(tx: Tx, blobs: Blobs, found: Where, orders: Order, limit: int, offset: int, total: int) -> list[Item]:
    """A page of ``total`` rows as items without bodies and attachments."""
    rows = _page(tx, LIGHT, found, orders, limit, offset, total)
    return [item_of_row(blobs, row, False) for row in rows]


def through(tx: Tx, blobs: Blobs, found: Where, *, heavy: bool, attachments: bool) -> Iterator[Item]:
    """Every row as an item, in the order in which they came; never many of them in memory at once."""
    if attachments or found.by_words:
        rows = [cast(int, row[0]) for row in tx.all(f"SELECT id FROM {found.source} WHERE {found.sql}", *found.params)]
        rows.sort()
        for start in range(0, len(rows), _CHUNK):
            part = rows[start : start + _CHUNK]
            items = get_many(tx, blobs, part, heavy=heavy, attachments=attachments)
            yield from (items[row] for row in part)
        return
    columns = HEAVY if heavy else LIGHT
    last = 0
    sql = f"SELECT {columns} FROM {found.source} WHERE {found.sql} AND id > ? ORDER BY id LIMIT ?"
    while some := tx.all(sql, *found.params, last, _CHUNK):
        yield from (item_of_row(blobs, row, heavy) for row in some)
        last = cast(int, some[-1][0])
