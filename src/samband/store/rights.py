"""Rows of management rights."""

from __future__ import annotations

from samband.model.rights import GrantedRight, Right
from samband.store.api import Tx, WriteTx


def everything(tx: Tx) -> list[GrantedRight]:
    """All that was given, by right and holder."""
    rows = tx.all("SELECT name, holder, scope FROM rights ORDER BY name, holder, scope")
    return [GrantedRight(Right(str(name)), str(holder), str(over)) for name, holder, over in rows]


def give(tx: WriteTx, granted: GrantedRight) -> bool:
    """Keep a right; False where it is there."""
    sql = "INSERT INTO rights (name, holder, scope) VALUES (?, ?, ?) ON CONFLICT DO NOTHING"
    return tx.run(sql, granted.right.value, granted.holder, granted.over) > 0


def take(tx: WriteTx, granted: GrantedRight) -> bool:
    """Forget a right; False where there is none."""
    sql = "DELETE FROM rights WHERE name = ? AND holder = ? AND scope = ?"
    return tx.run(sql, granted.right.value, granted.holder, granted.over) > 0


def forget(tx: WriteTx, guid: str) -> bool:
    """Forget what a person or group holds and what others hold over it; False where that is nothing."""
    return tx.run("DELETE FROM rights WHERE holder = ? OR scope = ?", guid, guid) > 0
