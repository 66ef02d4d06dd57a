"""Conversations: which a folder has, what is in one, and what is always done with what comes into it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import cast

import msgspec

from samband.model.conversation_actions import Standing
from samband.model.items import Item
from samband.store.api import Blobs, Tx, Value, WriteTx
from samband.store.items import HEAVY, LIGHT, get_many, item_of_row

_MARKS = 200
_HALF = 1 << 63
_SUMS = {
    "last": "MAX(received)",
    "count": "COUNT(*)",
    "size": "SUM(size)",
    "unread": "SUM(1 - is_read)",
}
SUMMED = frozenset(_SUMS)
"""What the rows of a folder tell of its conversations without their properties, to sort by."""

_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Standing).decode


def _in(folders: Sequence[int]) -> str:
    return f"folder IN ({', '.join('?' * len(folders))}) AND associated = 0 AND conversation <> ?"


_NONE = b""


def in_folders(
    tx: Tx, folders: Sequence[int], orders: Sequence[tuple[str, bool]], limit: int, offset: int
) -> list[bytes]:
    """A page of the conversations that have items in ``folders``, in the order of (sum of ``SUMMED``, descending);
    those heard of last come first after all else."""
    if not folders:
        return []
    given = [f"{_SUMS[name]} {'DESC NULLS LAST' if down else 'ASC NULLS FIRST'}" for name, down in orders]
    order = ", ".join([*given, f"{_SUMS['last']} DESC NULLS LAST", "conversation"])
    sql = f"SELECT conversation FROM items WHERE {_in(folders)} GROUP BY conversation ORDER BY {order} LIMIT ? OFFSET ?"
    return [bytes(cast(bytes, row[0])) for row in tx.all(sql, *folders, _NONE, limit, offset)]


def count(tx: Tx, folders: Sequence[int]) -> int:
    """How many conversations have items in ``folders``."""
    if not folders:
        return 0
    row = tx.one(f"SELECT COUNT(DISTINCT conversation) FROM items WHERE {_in(folders)}", *folders, _NONE)
    return cast(int, row[0]) if row else 0


def all_in_folders(tx: Tx, folders: Sequence[int]) -> list[bytes]:
    """Every conversation that has items in ``folders``."""
    if not folders:
        return []
    sql = f"SELECT DISTINCT conversation FROM items WHERE {_in(folders)} ORDER BY conversation"
    return [bytes(cast(bytes, row[0])) for row in tx.all(sql, *folders, _NONE)]


def of_items(tx: Tx, items: Sequence[int]) -> list[bytes]:
    """The conversations that ``items`` are in, each once."""
    found: dict[bytes, None] = {}
    for start in range(0, len(items), _MARKS):
        part = items[start : start + _MARKS]
        sql = f"SELECT conversation FROM items WHERE id IN ({', '.join('?' * len(part))}) AND conversation <> ?"
        found.update((bytes(cast(bytes, row[0])), None) for row in tx.all(sql, *part, _NONE))
    return list(found)


def items_of(
    tx: Tx, blobs: Blobs, mailbox: str, keys: Sequence[bytes], *, heavy: bool = False, attachments: bool = False
) -> list[Item]:
    """Everything of a mailbox in the conversations ``keys`` but associated items, the latest received first."""
    found: list[Item] = []
    columns = HEAVY if heavy else LIGHT
    for start in range(0, len(keys), _MARKS):
        part = keys[start : start + _MARKS]
        sql = (
            f"SELECT {columns} FROM items WHERE mailbox = ? AND associated = 0 "
            f"AND conversation IN ({', '.join('?' * len(part))}) ORDER BY received DESC NULLS LAST, id DESC"
        )
        found += [item_of_row(blobs, row, heavy) for row in tx.all(sql, mailbox, *part)]
    if attachments:
        whole = get_many(tx, blobs, [item.id for item in found], heavy=heavy)
        return [whole[item.id] for item in found]
    return found


def of_number(tx: Tx, mailbox: str, number: int) -> list[bytes]:
    """The conversations whose keys have ``number`` as the lower 63 bits of their first eight bytes: at most a few."""
    found: dict[bytes, None] = {}
    for high in (0, _HALF):
        low = (high | number).to_bytes(8, "big")
        most = low + b"\xff" * 9
        for table in ("items", "conversation_actions"):
            sql = f"SELECT DISTINCT conversation FROM {table} WHERE mailbox = ? AND conversation BETWEEN ? AND ?"
            found.update((bytes(cast(bytes, row[0])), None) for row in tx.all(sql, mailbox, low, most))
    return list(found)


def of_message(tx: Tx, blobs: Blobs, mailbox: str, message_ids: Iterable[str]) -> Item | None:
    """The latest message of a mailbox with the first of ``message_ids`` that it has one of; None where none."""
    for message_id in message_ids:
        sql = f"SELECT {LIGHT} FROM items WHERE mailbox = ? AND message_id = ? ORDER BY id DESC LIMIT 1"
        row = tx.one(sql, mailbox, message_id)
        if row is not None:
            return item_of_row(blobs, row, False)
    return None


def standing(tx: Tx, mailbox: str, conversation: bytes) -> Standing | None:
    """What is always done with what comes into a conversation, None where nothing is."""
    sql = "SELECT action FROM conversation_actions WHERE mailbox = ? AND conversation = ?"
    row = tx.one(sql, mailbox, conversation) if conversation else None
    return _decode(cast(bytes, row[0])) if row else None


def put_standing(tx: WriteTx, mailbox: str, conversation: bytes, action: Standing) -> None:
    """Set what is always done with what comes into a conversation; nothing any more for an empty ``action``."""
    where: tuple[Value, ...] = (mailbox, conversation)
    tx.run("DELETE FROM conversation_actions WHERE mailbox = ? AND conversation = ?", *where)
    if action != Standing():
        sql = "INSERT INTO conversation_actions (mailbox, conversation, action) VALUES (?, ?, ?)"
        tx.run(sql, *where, _encode(action))
