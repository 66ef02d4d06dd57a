"""Instant messaging lists of mailboxes: two folders read as one list, and the flag that says the list lives here."""

from __future__ import annotations

from samband.model.changes import ImListMigrated
from samband.model.im_lists import ImList, arranged
from samband.store import item_lists
from samband.store.api import Blobs, Tx, WriteTx


def get(tx: Tx, blobs: Blobs, contacts: int, groups: int) -> ImList:
    """The list in the folders ``contacts`` and ``groups``, its items whole."""
    return arranged(
        item_lists.in_folder(tx, blobs, contacts, heavy=True), item_lists.in_folder(tx, blobs, groups, heavy=True)
    )


def is_migrated(tx: Tx, mailbox: str) -> bool:
    """Whether the list of the mailbox's owner lives in the mailbox."""
    row = tx.one("SELECT migrated FROM im_lists WHERE mailbox = ?", mailbox)
    return bool(row and row[0])


def set_migrated(tx: WriteTx, mailbox: str, migrated: bool) -> None:
    """Say whether it does."""
    if is_migrated(tx, mailbox) == migrated:
        return
    tx.run(
        "INSERT INTO im_lists (mailbox, migrated) VALUES (?, ?) "
        "ON CONFLICT (mailbox) DO UPDATE SET migrated = excluded.migrated",
        mailbox,
        int(migrated),
    )
    tx.append(ImListMigrated(scope=mailbox, completed=migrated))
