"""Lists of items: of a folder, of a conversation, and what became of a folder since a write."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple, cast

from samband.model.items import Item
from samband.store.api import Blobs, Tx
from samband.store.items import HEAVY, LIGHT, item_of_row


def in_folder(tx: Tx, blobs: Blobs, folder: int, *, associated: bool = False, heavy: bool = False) -> list[Item]:
    """Every item of a folder, the latest received first."""
    columns = HEAVY if heavy else LIGHT
    sql = f"SELECT {columns} FROM items WHERE folder = ? AND associated = ? ORDER BY received DESC, id DESC"
    return [item_of_row(blobs, row, heavy) for row in tx.all(sql, folder, int(associated))]


def page(tx: Tx, blobs: Blobs, folder: int, associated: bool, limit: int, offset: int) -> list[Item]:
    """``limit`` items of a folder without their bodies from ``offset`` on, the latest received first."""
    sql = (
        f"SELECT {LIGHT} FROM items WHERE folder = ? AND associated = ? ORDER BY received DESC, id DESC "
        "LIMIT ? OFFSET ?"
    )
    return [item_of_row(blobs, row, False) for row in tx.all(sql, folder, int(associated), limit, offset)]


def with_read_flag(tx: Tx, blobs: Blobs, folder: int, is_read: bool) -> list[Item]:
    """The items of a folder that are (not) read, without their bodies; associated ones are left out."""
    sql = f"SELECT {LIGHT} FROM items WHERE folder = ? AND associated = 0 AND is_read = ? ORDER BY id"
    return [item_of_row(blobs, row, False) for row in tx.all(sql, folder, int(is_read))]


def ids_in_folder(tx: Tx, folder: int) -> list[int]:
    """The numbers of every item of a folder, associated ones too."""
    return [cast(int, row[0]) for row in tx.all("SELECT id FROM items WHERE folder = ? ORDER BY id", folder)]


def conversation(tx: Tx, mailbox: str, key: bytes) -> list[int]:
    """The items of a conversation in a mailbox, oldest first."""
    rows = tx.all("SELECT id FROM items WHERE mailbox = ? AND conversation = ? ORDER BY id", mailbox, key)
    return [cast(int, row[0]) for row in rows]


def known(tx: Tx, items: Iterable[int]) -> set[int]:
    """Those of ``items`` that are there."""
    return {item for item in items if tx.one("SELECT 1 FROM items WHERE id = ?", item) is not None}


def is_in(tx: Tx, mailbox: str, item: int) -> bool:
    """Whether ``item`` is there, and in that mailbox."""
    return tx.one("SELECT 1 FROM items WHERE id = ? AND mailbox = ?", item, mailbox) is not None


class Changed(NamedTuple):
    """An item of a folder that was written: its first write there, the last of more than its read flag, the last."""

    item: int
    created_seq: int
    content_seq: int
    seq: int
    associated: bool
    is_read: bool


def changed_after(tx: Tx, folder: int, seq: int, limit: int) -> list[Changed]:
    """Items of a folder written after the write ``seq``, in the order of their last writes."""
    sql = (
        "SELECT id, created_seq, content_seq, seq, associated, is_read FROM items "
        "WHERE folder = ? AND seq > ? ORDER BY seq, id LIMIT ?"
    )
    rows = cast(list[tuple[int, int, int, int, int, int]], tx.all(sql, folder, seq, limit))
    return [Changed(*row[:4], bool(row[4]), bool(row[5])) for row in rows]


class Gone(NamedTuple):
    """An item that left a folder with the write ``seq``; it came there with ``created_seq``."""

    item: int
    created_seq: int
    seq: int
    associated: bool


def gone_after(tx: Tx, folder: int, seq: int, limit: int) -> list[Gone]:
    """Items that left a folder after the write ``seq``, in the order in which they left."""
    sql = (
        "SELECT item, created_seq, seq, associated FROM items_gone "
        "WHERE folder = ? AND seq > ? ORDER BY seq, item LIMIT ?"
    )
    rows = cast(list[tuple[int, int, int, int]], tx.all(sql, folder, seq, limit))
    return [Gone(*row[:3], bool(row[3])) for row in rows]
