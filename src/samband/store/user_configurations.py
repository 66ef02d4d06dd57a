"""Configurations in folders: associated items found by their class."""

from __future__ import annotations

from samband.model.items import Item
from samband.model.user_configurations import CLASS_PREFIX
from samband.store.api import Blobs, Tx
from samband.store.items import HEAVY, item_of_row


def get(tx: Tx, blobs: Blobs, folder: int, name: str) -> Item | None:
    """The configuration ``name`` (in any case) of a folder, None where there is none."""
    sql = f"SELECT {HEAVY} FROM items WHERE folder = ? AND associated = 1 AND lower(item_class) = ? ORDER BY id LIMIT 1"
    row = tx.one(sql, folder, (CLASS_PREFIX + name).lower())
    return None if row is None else item_of_row(blobs, row, heavy=True)
