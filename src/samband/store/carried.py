"""What was carried between a mailbox and places elsewhere. ``place`` and ``item`` are names that the carrier gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from samband.store.api import Tx, WriteTx

_MARKS = 200


def known(tx: Tx, mailbox: str, place: str, items: Sequence[str]) -> set[str]:
    """Those of ``items`` that were carried already."""
    found: set[str] = set()
    for start in range(0, len(items), _MARKS):
        part = items[start : start + _MARKS]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT item FROM carried WHERE mailbox = ? AND place = ? AND item IN ({marks})"
        found.update(cast(str, row[0]) for row in tx.all(sql, mailbox, place, *part))
    return found


def add(tx: WriteTx, mailbox: str, place: str, item: str) -> bool:
    """Note that ``item`` is carried in this write; whether it was not before."""
    sql = "INSERT INTO carried (mailbox, place, item) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return tx.run(sql, mailbox, place, item) > 0


def forget(tx: WriteTx, mailbox: str, place: str) -> None:
    """Let everything of ``place`` be carried anew."""
    tx.run("DELETE FROM carried WHERE mailbox = ? AND place = ?", mailbox, place)
