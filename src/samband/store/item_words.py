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

_MARKS = 200
"""How many rows one statement asks for by number."""


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
    return sum(_settle(tx, items[at : at + _MARKS], found) for at in range(0, len(items), _MARKS))


def _settle(tx: WriteTx, items: Sequence[int], found: Sequence[Entry]) -> int:
    rows = tx.all(f"SELECT id, seq FROM items WHERE id {_one_of(items)}", *items)
    seqs = dict(cast(list[tuple[int, int]], rows))
    read = {entry.item: entry for entry in found}
    known = [item for item in items if seqs.get(item) == (read[item].seq if item in read else None)]
    if not known:
        return 0
    rows = tx.all(f"DELETE FROM words_pending WHERE item {_one_of(known)} AND too_many = 0 RETURNING item", *known)
    settled = [cast(int, row[0]) for row in rows]
    if settled:
        tx.run(f"DELETE FROM item_words WHERE rowid {_one_of(settled)}", *settled)
        _put(tx, [read[item] for item in settled if item in read])
    return len(settled)


def _one_of(items: Sequence[int]) -> str:
    return f"IN ({', '.join('?' * len(items))})"


def _put(tx: WriteTx, entries: Sequence[Entry]) -> None:
    words = [(entry.item, entry.keys) for entry in entries if entry.keys is not None]
    tx.many("INSERT INTO item_words (rowid, words) VALUES (?, ?)", words)
    many = "INSERT INTO words_pending (item, mailbox, too_many) SELECT id, mailbox, 1 FROM items WHERE id = ?"
    tx.many(many, [(entry.item,) for entry in entries if entry.keys is None])
    keys = "UPDATE items SET subject_key = ?, sender_key = ? WHERE id = ? AND subject_key IS NULL"
    tx.many(keys, [(*entry.sort_keys, entry.item) for entry in entries])
