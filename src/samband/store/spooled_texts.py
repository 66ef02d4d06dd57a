"""Texts that people wrote, as they are before ``kept_texts`` puts them into conversations: cheap to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from samband.model.conversation_history import Said
from samband.store.api import RowsTx, Tx

encode = msgspec.msgpack.Encoder().encode
"""What ``said`` of a row holds."""
_decode = msgspec.msgpack.Decoder(Said).decode
Row = tuple[int, int, bytes]


class Spooled(NamedTuple):
    """A row."""

    id: int
    sent: int
    """Milliseconds since 1970."""
    said: Said


def add(tx: RowsTx, texts: Sequence[Row]) -> None:
    """Add texts: number, when it was sent, and what ``encode`` made of it."""
    tx.many("INSERT INTO spooled_texts (id, sent, said) VALUES (?, ?, ?)", texts)


def drop(tx: RowsTx, ids: Sequence[int]) -> set[int]:
    """Remove texts; the numbers of those that were there."""
    marks = ", ".join("?" * len(ids))
    rows: Any = tx.all(f"DELETE FROM spooled_texts WHERE id IN ({marks}) RETURNING id", *ids)
    return {number for (number,) in rows}


def after(tx: Tx, number: int, limit: int) -> list[Spooled]:
    """The texts with the next numbers, the oldest first."""
    rows: Any = tx.all("SELECT id, sent, said FROM spooled_texts WHERE id > ? ORDER BY id LIMIT ?", number, limit)
    return [Spooled(number, sent, _decode(bytes(said))) for number, sent, said in rows]
