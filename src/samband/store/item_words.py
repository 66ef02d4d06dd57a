"""The index of the words of items.

A write marks what it does to an item; the index follows in writes of its own. Until then the item is looked at
itself, so what a search finds never depends on how far the index has come.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, cast

from samband.model.items import Item
from samband.model.words import keys
from samband.store.api import Blobs, Tx, Value, WriteTx
from samband.store.items import get_many, sort_keys


def waiting(tx: Tx, limit: int) -> list[int]:
    """Items that the index does not know as they are, oldest first; those with too many words are left out."""
    rows = tx.all("SELECT item FROM words_pending WHERE too_many = 0 ORDER BY item LIMIT ?", limit)
    return [cast(int, row[0]) for row in rows]


def is_behind(tx: Tx, mailbox: str) -> bool:
    """Whether the index does not know some item of ``mailbox`` as it is."""
    return tx.one("SELECT 1 FROM words_pending WHERE mailbox = ? LIMIT 1", mailbox) is not None


def too_many_words(tx: Tx, mailbox: str) -> int:
    """How many items of ``mailbox`` have too many words to be kept in the index."""
    row = tx.one("SELECT COUNT(*) FROM words_pending WHERE mailbox = ? AND too_many = 1", mailbox)
    return cast(int, row[0]) if row else 0


class Entry(NamedTuple):
    """What the index is to say of an item that was written last with ``seq``; ``keys`` None: it has too many words."""

    item: int
    seq: int
    keys: str | None
    sort_keys: tuple[Value, ...]


def entries(tx: Tx, blobs: Blobs, items: Sequence[int]) -> list[Entry]:
    """What the index is to say of those of ``items`` that are there."""
    return [_entry(item) for item in get_many(tx, blobs, items).values()]


def _entry(item: Item) -> Entry:
    return Entry(item.id, item.change_key, keys(item), sort_keys(item.properties))


def settle(tx: WriteTx, items: Sequence[int], found: Sequence[Entry]) -> int:
    """Bring the index up to date with ``items``, of which ``found`` are there; with how many of them.

    What was written since they were read waits on.
    """
    settled = 0
    entry_of = {entry.item: entry for entry in found}
    for item in items:
        row = tx.one("SELECT seq FROM items WHERE id = ?", item)
        entry = entry_of.get(item)
        if (row[0] if row else None) != (entry.seq if entry else None):
            continue
        if tx.run("DELETE FROM words_pending WHERE item = ? AND too_many = 0", item):
            _put(tx, item, entry)
            settled += 1
    return settled


def _put(tx: WriteTx, item: int, entry: Entry | None) -> None:
    tx.run("DELETE FROM item_words WHERE rowid = ?", item)
    if entry is None:
        return
    if entry.keys is None:
        sql = "INSERT INTO words_pending (item, mailbox, too_many) SELECT id, mailbox, 1 FROM items WHERE id = ?"
        tx.run(sql, item)
    else:
        tx.run("INSERT INTO item_words (rowid, words) VALUES (?, ?)", item, entry.keys)
    sql = "UPDATE items SET subject_key = ?, sender_key = ? WHERE id = ? AND subject_key IS NULL"
    tx.run(sql, *entry.sort_keys, item)
