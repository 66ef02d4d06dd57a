"""Rows of delegates, and where requests for meetings go."""

from __future__ import annotations

from samband.model.delegates import Delegate, DeliverMeetingRequests
from samband.store.api import Row, Tx, WriteTx

_SELECT = "SELECT delegate, receive_copies, view_private FROM delegates WHERE mailbox = ?"


def of_mailbox(tx: Tx, mailbox: str) -> list[Delegate]:
    """The delegates of a mailbox, in no order that means anything."""
    return [_delegate(row) for row in tx.all(f"{_SELECT} ORDER BY delegate", mailbox)]


def get(tx: Tx, mailbox: str, delegate: str) -> Delegate | None:
    """One delegate of a mailbox by objectGUID."""
    row = tx.one(f"{_SELECT} AND delegate = ?", mailbox, delegate)
    return _delegate(row) if row else None


def put(tx: WriteTx, mailbox: str, delegate: Delegate) -> None:
    """Keep a delegate as it is now."""
    tx.run(
        "INSERT INTO delegates (mailbox, delegate, receive_copies, view_private) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (mailbox, delegate) DO UPDATE SET receive_copies = excluded.receive_copies, "
        "view_private = excluded.view_private",
        mailbox,
        delegate.guid,
        int(delegate.receive_copies),
        int(delegate.view_private_items),
    )


def remove(tx: WriteTx, mailbox: str, delegate: str) -> bool:
    """Forget a delegate; False where there was none."""
    return tx.run("DELETE FROM delegates WHERE mailbox = ? AND delegate = ?", mailbox, delegate) > 0


def forget(tx: WriteTx, delegate: str) -> None:
    """Forget a person who was delegate of anybody."""
    tx.run("DELETE FROM delegates WHERE delegate = ?", delegate)


def delivery(tx: Tx, mailbox: str) -> DeliverMeetingRequests:
    """Who gets messages about the owner's meetings."""
    row = tx.one("SELECT deliver FROM meeting_delivery WHERE mailbox = ?", mailbox)
    return DeliverMeetingRequests(str(row[0])) if row else DeliverMeetingRequests.NO_FORWARD


def set_delivery(tx: WriteTx, mailbox: str, deliver: DeliverMeetingRequests) -> None:
    """Say who gets messages about the owner's meetings."""
    tx.run(
        "INSERT INTO meeting_delivery (mailbox, deliver) VALUES (?, ?) "
        "ON CONFLICT (mailbox) DO UPDATE SET deliver = excluded.deliver",
        mailbox,
        deliver.value,
    )


def _delegate(row: Row) -> Delegate:
    guid, receive_copies, view_private = row
    return Delegate(guid=str(guid), receive_copies=bool(receive_copies), view_private_items=bool(view_private))
