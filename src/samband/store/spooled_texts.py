"""Texts that people wrote, as they are before ``kept_texts`` puts them into conversations: cheap to write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from samband.model.conversation_history import Said
from samband.store.api import Tx, WriteTx
from samband.store.counters import next_id

encode = msgspec.msgpack.Encoder().encode
"""What ``said`` of a row holds."""
_decode = msgspec.msgpack.Decoder(Said).decode


class Spooled(NamedTuple):
    """A row."""

    id: int
    sent: int
    """Milliseconds since 1970."""
    said: Said


def add(tx: WriteTx, texts: Sequence[tuple[int, bytes]]) -> list[int]:
    """Add texts, each as when it was sent and what ``encode`` made of it; their numbers."""
    ids = [next_id(tx, "spooled_texts") for _ in texts]
    tx.many(
        "INSERT INTO spooled_texts (id, sent, said) VALUES (?, ?, ?)",
        [(number, sent, said) for number, (sent, said) in zip(ids, texts, strict=True)],
    )
    return ids


def drop(tx: WriteTx, ids: Sequence[int]) -> None:
    """Remove texts."""
    if ids:
        tx.many("DELETE FROM spooled_texts WHERE id = ?", [(number,) for number in ids])


def after(tx: Tx, number: int, limit: int) -> list[Spooled]:
    """The texts with the next numbers, the oldest first."""
    rows: Any = tx.all("SELECT id, sent, said FROM spooled_texts WHERE id > ? ORDER BY id LIMIT ?", number, limit)
    return [Spooled(number, sent, _decode(bytes(said))) for number, sent, said in rows]
