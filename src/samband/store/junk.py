"""Senders whose mail a mailbox's owner does not want."""

from __future__ import annotations

from samband.store.api import Tx, WriteTx


def is_blocked(tx: Tx, mailbox: str, address: str) -> bool:
    """Whether mail from ``address`` goes to Junk Email."""
    sql = "SELECT 1 FROM blocked_senders WHERE mailbox = ? AND address = ?"
    return tx.one(sql, mailbox, address.lower()) is not None


def count(tx: Tx, mailbox: str) -> int:
    """How many senders a mailbox blocks."""
    row = tx.one("SELECT count(*) FROM blocked_senders WHERE mailbox = ?", mailbox)
    assert row is not None
    return int(row[0] or 0)


def block(tx: WriteTx, mailbox: str, address: str) -> None:
    """Send mail from ``address`` to Junk Email from now on."""
    sql = "INSERT INTO blocked_senders (mailbox, address) VALUES (?, ?) ON CONFLICT DO NOTHING"
    tx.run(sql, mailbox, address.lower())


def allow(tx: WriteTx, mailbox: str, address: str) -> None:
    """Let mail from ``address`` into the inbox again."""
    tx.run("DELETE FROM blocked_senders WHERE mailbox = ? AND address = ?", mailbox, address.lower())
