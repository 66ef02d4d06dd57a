"""What became of the items of a folder since a place in the order of writes: one range scan each.

Within one write items are ordered by their rows, so a place is a number and a row.
"""

from __future__ import annotations

from typing import NamedTuple, cast

from samband.model.item_sync import ItemHead
from samband.model.items import ItemKind
from samband.store.api import Tx

LAST_ROW = 2**63 - 1
"""No row comes after this in a write."""


class Written(NamedTuple):
    """An item whose last write was ``seq``, and whose last write of more than its read flag was ``content_seq``."""

    item: int
    seq: int
    content_seq: int
    is_read: bool


class Left(NamedTuple):
    """An item that left the folder with the write ``seq``."""

    item: int
    seq: int


def written_after(tx: Tx, folder: int, seq: int, row: int, known: int, associated: bool, limit: int) -> list[Written]:
    """Items up to row ``known`` written after the place (``seq``, ``row``), at most ``limit``, in order.

    ``associated``: associated items too.
    """
    only = "" if associated else "AND associated = 0 "
    sql = (
        "SELECT id, seq, content_seq, is_read FROM items WHERE folder = ? AND (seq, id) > (?, ?) AND id <= ? "
        f"{only}ORDER BY seq, id LIMIT ?"
    )
    rows = cast(list[tuple[int, int, int, int]], tx.all(sql, folder, seq, row, known, limit))
    return [Written(item, last, content, bool(is_read)) for item, last, content, is_read in rows]


def left_after(tx: Tx, folder: int, seq: int, row: int, known: int, associated: bool, limit: int) -> list[Left]:
    """Items up to row ``known`` that left after the place (``seq``, ``row``), at most ``limit``, in order."""
    only = "" if associated else "AND associated = 0 "
    sql = (
        "SELECT item, seq FROM items_gone WHERE folder = ? AND (seq, item) > (?, ?) AND item <= ? "
        f"{only}ORDER BY seq, item LIMIT ?"
    )
    return [Left(*row) for row in cast(list[tuple[int, int]], tx.all(sql, folder, seq, row, known, limit))]


def arrived_after(tx: Tx, folder: int, known: int, associated: bool, limit: int) -> list[ItemHead]:
    """Items after row ``known``, at most ``limit``, in the order in which they came."""
    only = "" if associated else "AND associated = 0 "
    sql = f"SELECT id, mailbox, folder, kind, seq FROM items WHERE folder = ? AND id > ? {only}ORDER BY id LIMIT ?"
    return _heads(tx, sql, folder, known, limit)


def heads(tx: Tx, items: list[int]) -> dict[int, ItemHead]:
    """Those of ``items`` that are there, by row."""
    found: dict[int, ItemHead] = {}
    for start in range(0, len(items), _MARKS):
        part = items[start : start + _MARKS]
        sql = f"SELECT id, mailbox, folder, kind, seq FROM items WHERE id IN ({', '.join('?' * len(part))})"
        found.update((head.id, head) for head in _heads(tx, sql, *part))
    return found


_MARKS = 200
_KINDS = {kind.value: kind for kind in ItemKind}


def _heads(tx: Tx, sql: str, *params: int) -> list[ItemHead]:
    rows = cast(list[tuple[int, str, int, str, int]], tx.all(sql, *params))
    return [ItemHead(item, mailbox, folder, _KINDS[kind], seq) for item, mailbox, folder, kind, seq in rows]
