"""Who is signed in to the web client, a row each browser."""

from __future__ import annotations

from typing import Any

from samband.model.changes import OwaSessionEnded
from samband.model.owa_sessions import OwaSession
from samband.store.api import Tx, WriteTx

SESSIONS = "owa-sessions"
"""Scope of their changes."""
_COLUMNS = "key, guid, mark, began, used"


def put(tx: WriteTx, session: OwaSession) -> None:
    """Keep a new one."""
    row = (session.key, session.guid, session.mark, session.began, session.used)
    tx.run(f"INSERT INTO owa_sessions ({_COLUMNS}) VALUES (?, ?, ?, ?, ?)", *row)


def get(tx: Tx, key: str) -> OwaSession | None:
    """One by its key."""
    row: Any = tx.one(f"SELECT {_COLUMNS} FROM owa_sessions WHERE key = ?", key)
    return None if row is None else OwaSession(row[0], row[1], bytes(row[2]), row[3], row[4])


def touch(tx: WriteTx, key: str, used: int) -> None:
    """It is in use; nothing where it is gone."""
    tx.run("UPDATE owa_sessions SET used = ? WHERE key = ? AND used < ?", used, key, used)


def remove(tx: WriteTx, key: str) -> None:
    """End it, and say so."""
    if tx.run("DELETE FROM owa_sessions WHERE key = ?", key):
        tx.append(OwaSessionEnded(scope=SESSIONS, key=key))


def remove_all(tx: WriteTx, guid: str) -> None:
    """End every one of a person, and say so."""
    found: Any = tx.all("SELECT key FROM owa_sessions WHERE guid = ?", guid)
    for (key,) in found:
        remove(tx, key)


def remove_old(tx: WriteTx, used: int, began: int) -> None:
    """Forget those that were used last at ``used`` or before, or began then at ``began``: their time is over anyhow."""
    tx.run("DELETE FROM owa_sessions WHERE used <= ? OR began <= ?", used, began)


def make_room(tx: WriteTx, guid: str, each: int, most: int) -> None:
    """End those of one person, and of all, that were not used for longest, where there is no room for one more."""
    of_all = "SELECT key FROM owa_sessions ORDER BY used DESC, began DESC LIMIT ? OFFSET ?"
    of_one = "SELECT key FROM owa_sessions WHERE guid = ? ORDER BY used DESC, began DESC LIMIT ? OFFSET ?"
    found: Any = [*tx.all(of_one, guid, each, each - 1), *tx.all(of_all, most, most - 1)]
    for (key,) in found:
        remove(tx, key)
