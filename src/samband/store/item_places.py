"""Where items stand: moved, copied, gone for good. Every write appends its typed change."""

from __future__ import annotations

import msgspec

from samband.model.changes import ItemCopied, ItemCreated, ItemDeleted, ItemMoved
from samband.model.items import CalendarProperties, Item, ItemKind
from samband.store import attachments as hanging
from samband.store import calendar
from samband.store.api import WriteTx
from samband.store.counters import next_id
from samband.store.items import Tally, count, mark


def remove(tx: WriteTx, tally: Tally, item: Item) -> None:
    """Delete an item for good. ``item`` may be partial."""
    hanging.remove_of(tx, item.id)
    if item.kind is ItemKind.CALENDAR_ITEM:
        calendar.drop(tx, item.id)
        calendar.drop_exceptions(tx, item.id)
    _leave(tx, tally, item)
    tx.append(
        ItemDeleted(
            scope=item.mailbox,
            item=item.id,
            folder=item.folder,
            change_key=tx.seq,
            calendar=item.kind is ItemKind.CALENDAR_ITEM,
        )
    )


def _leave(tx: WriteTx, tally: Tally, item: Item) -> None:
    tx.run("DELETE FROM items WHERE id = ?", item.id)
    mark(tx, item.mailbox, item.id)
    tx.run(
        "INSERT INTO items_gone (folder, seq, item, created_seq, associated) VALUES (?, ?, ?, ?, ?)",
        item.folder,
        tx.seq,
        item.id,
        item.created_seq,
        int(item.properties.is_associated),
    )
    count(tally, item.folder, item.properties, -1)


_COPIED = (
    "kind, item_class, associated, is_read, attached, size, received, start_time, end_time, subject, conversation, "
    "subject_key, sender_key, message_id, properties, body_blob, mime_blob, body, mime"
)


def _duplicate(tx: WriteTx, tally: Tally, item: Item, mailbox: str, folder: int) -> Item:
    """The same item under a new number elsewhere. The caller sees to what hangs on it, and appends the change."""
    to = next_id(tx, "items")
    article = tally.arrive(tx, folder, item.properties)
    tx.run(
        f"INSERT INTO items (id, mailbox, folder, created_seq, content_seq, seq, article, {_COPIED}) "
        f"SELECT CAST(? AS BIGINT), CAST(? AS TEXT), CAST(? AS BIGINT), CAST(? AS BIGINT), CAST(? AS BIGINT), "
        f"CAST(? AS BIGINT), CAST(? AS BIGINT), {_COPIED} FROM items WHERE id = ?",
        to,
        mailbox,
        folder,
        tx.seq,
        tx.seq,
        tx.seq,
        article,
        item.id,
    )
    mark(tx, mailbox, to)
    return msgspec.structs.replace(
        item, id=to, mailbox=mailbox, folder=folder, change_key=tx.seq, created_seq=tx.seq, article=article
    )


def _reindex(tx: WriteTx, item: Item) -> None:
    if isinstance(item.properties, CalendarProperties):
        calendar.index(tx, item.mailbox, item.folder, item.id, item.properties)


def move(tx: WriteTx, tally: Tally, item: Item, folder: int) -> Item:
    """Put ``item`` (which may be partial) into another folder of its mailbox; it gets a new number."""
    moved = _duplicate(tx, tally, item, item.mailbox, folder)
    hanging.move(tx, item.id, moved.id)
    if item.kind is ItemKind.CALENDAR_ITEM:
        calendar.copy_exceptions(tx, item.id, moved.id)
        calendar.drop(tx, item.id)
        calendar.drop_exceptions(tx, item.id)
        _reindex(tx, moved)
    _leave(tx, tally, item)
    tx.append(
        ItemMoved(
            scope=item.mailbox,
            item=moved.id,
            folder=folder,
            change_key=tx.seq,
            old_item=item.id,
            old_folder=item.folder,
            calendar=item.kind is ItemKind.CALENDAR_ITEM,
        )
    )
    return moved


def copy(tx: WriteTx, tally: Tally, item: Item, mailbox: str, folder: int) -> Item:
    """Put a copy of ``item`` (which may be partial) into a folder."""
    copied = _duplicate(tx, tally, item, mailbox, folder)
    hanging.copy(tx, item.id, copied.id, mailbox)
    if item.kind is ItemKind.CALENDAR_ITEM:
        calendar.copy_exceptions(tx, item.id, copied.id)
        _reindex(tx, copied)
    if mailbox == item.mailbox:
        tx.append(
            ItemCopied(
                scope=mailbox,
                item=copied.id,
                folder=folder,
                change_key=tx.seq,
                old_item=item.id,
                old_folder=item.folder,
                calendar=item.kind is ItemKind.CALENDAR_ITEM,
            )
        )
    else:
        tx.append(ItemCreated(scope=mailbox, item=copied.id, folder=folder, change_key=tx.seq))
    return copied


def transfer(tx: WriteTx, tally: Tally, item: Item, mailbox: str, folder: int) -> Item:
    """Put ``item`` (which may be partial) into a folder of any mailbox; it gets a new number."""
    if mailbox == item.mailbox:
        return move(tx, tally, item, folder)
    came = copy(tx, tally, item, mailbox, folder)
    remove(tx, tally, item)
    return came
