"""What the items in a folder amount to."""

from __future__ import annotations

from typing import cast

from samband.store.api import Row, Tx

_ALL = "associated IN (0, 1)"
"""True of every item; an index by size is used for it, so that the items themselves are not read."""


def size_of_folder(tx: Tx, folder: int) -> int:
    """The bytes of every item of a folder, associated ones too."""
    return _number(tx.one(f"SELECT SUM(size) FROM items WHERE folder = ? AND {_ALL}", folder))


def size_of_mailbox(tx: Tx, mailbox: str) -> int:
    """The bytes of every item of a mailbox."""
    folders = "SELECT id FROM folders WHERE mailbox = ?"
    return _number(tx.one(f"SELECT SUM(size) FROM items WHERE folder IN ({folders}) AND {_ALL}", mailbox))


def last_change(tx: Tx, folder: int) -> int:
    """The number of the latest write of an item that is or was in a folder, 0 where there was none."""
    written = _number(tx.one("SELECT MAX(seq) FROM items WHERE folder = ?", folder))
    return max(written, _number(tx.one("SELECT MAX(seq) FROM items_gone WHERE folder = ?", folder)))


def _number(row: Row | None) -> int:
    return int(cast(int, row[0])) if row and row[0] is not None else 0
