"""Items: rows, what left its folder, and the counts of folders. Every write appends its typed change.

Functions that write take a ``Tally``, which collects what happens to the counts of folders; whoever opened the write
calls ``tally.settle(tx)`` at its end.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec

from samband.model.changes import FolderModified, ItemCreated, ItemModified
from samband.model.item_values import Body
from samband.model.items import PROPERTIES, CalendarProperties, Item, ItemKind, ItemProperties, MessageProperties
from samband.store import attachments as hanging
from samband.store import calendar, folders
from samband.store.api import Blobs, Row, Tx, Value, WriteTx
from samband.store.attachments import NewAttachment, keep, kept
from samband.store.counters import next_id

LIGHT = "id, mailbox, folder, kind, item_class, created_seq, seq, size, attached, properties, article"
HEAVY = f"{LIGHT}, body, body_blob"
"""Columns of a whole item; ``LIGHT`` are those of a partial one."""
MAX_MESSAGE_ID = 998
"""How much of a message identifier is looked for by: a line of a message has no more [RFC5322 2.1.1]."""
_MARKS = 200
"""How many rows one statement asks for by number."""

_encode = msgspec.msgpack.Encoder().encode
_decoders: dict[str, Any] = {kind.value: msgspec.msgpack.Decoder(record).decode for kind, record in PROPERTIES.items()}
_kinds = {kind.value: kind for kind in ItemKind}


class _Heavy(msgspec.Struct, frozen=True, array_like=True):
    """What lists do not read."""

    body: Body | None
    internet_headers: tuple[tuple[str, str], ...] = ()


_decode_heavy = msgspec.msgpack.Decoder(_Heavy).decode


class Tally:
    """What one write does to the counts of folders."""

    def __init__(self) -> None:
        self._counts: dict[int, list[int]] = {}
        self._told: dict[int, FolderModified] = {}

    def arrive(self, tx: WriteTx, folder: int, properties: ItemProperties) -> int:
        """Count an item that comes to ``folder``, at once; its number there."""
        counted = not properties.is_associated
        article, told = folders.take_in(tx, folder, int(counted), int(counted and is_unread(properties)))
        if told is not None:
            self._told[folder] = told
        return article

    def add(self, folder: int, total: int, unread: int) -> None:
        """``total`` items, ``unread`` of them unread, came to ``folder`` (left it, where negative)."""
        counts = self._counts.setdefault(folder, [0, 0])
        counts[0] += total
        counts[1] += unread

    def settle(self, tx: WriteTx) -> None:
        """Write the counts of every folder that changed otherwise, and tell of all."""
        for folder, (total, unread) in self._counts.items():
            if total or unread:
                folders.adjust_counts(tx, folder, total, unread)
                self._told.pop(folder, None)
        for told in self._told.values():
            tx.append(told)
        self._counts.clear()
        self._told.clear()


def is_unread(properties: ItemProperties) -> bool:
    """Whether an item counts as unread in its folder: only what can be read does."""
    return getattr(properties, "is_read", True) is False


def _seconds(moment: datetime | None) -> int | None:
    return None if moment is None else int(moment.timestamp())


def _split(properties: ItemProperties) -> tuple[bytes, bytes]:
    """The packed properties without what lists do not read, and that."""
    if properties.body is None and not properties.internet_headers:
        return _encode(properties), b""
    heavy = _encode(_Heavy(properties.body, properties.internet_headers))
    return _encode(msgspec.structs.replace(properties, body=None, internet_headers=())), heavy


def sort_keys(properties: ItemProperties) -> tuple[str, str]:
    """What lists are sorted by in any case: subject, and the name of whom it is from."""
    sender = getattr(properties, "from_", None)
    return properties.subject.casefold(), (sender.name or sender.address).casefold() if sender is not None else ""


def mark(tx: WriteTx, mailbox: str, item: int) -> None:
    """The words of ``item`` may have changed, or it came or went: let the index follow."""
    tx.run(
        "INSERT INTO words_pending (item, mailbox, too_many) VALUES (?, ?, 0) "
        "ON CONFLICT (item) DO UPDATE SET too_many = 0",
        item,
        mailbox,
    )


def _columns(properties: ItemProperties) -> tuple[Value, ...]:
    """Copies for searching and sorting, from associated to message_id as ``insert`` names them."""
    return (
        int(properties.is_associated),
        int(not is_unread(properties)),
        _seconds(properties.date_time_received),
        _seconds(getattr(properties, "start", None)),
        _seconds(getattr(properties, "end", None)),
        properties.subject,
        properties.conversation,
        *sort_keys(properties),
        getattr(properties, "internet_message_id", "")[:MAX_MESSAGE_ID],
    )


def insert(
    tx: WriteTx,
    blobs: Blobs,
    tally: Tally,
    mailbox: str,
    folder: int,
    kind: ItemKind,
    item_class: str,
    properties: ItemProperties,
    attachments: Sequence[NewAttachment] = (),
    *,
    mime: bytes = b"",
    new_mail: bool = False,
) -> Item:
    """Make an item. ``mime`` is the message as it came, kept beside the properties."""
    item = next_id(tx, "items")
    article = tally.arrive(tx, folder, properties)
    if attachments:
        shown = any(not one.head.is_inline for one in attachments)
        properties = msgspec.structs.replace(properties, has_attachments=shown)
    light, heavy = _split(properties)
    size = len(light) + len(heavy) + len(mime) + sum(len(one.content) for one in attachments)
    body, body_blob = keep(blobs, heavy)
    mime_row, mime_blob = keep(blobs, mime)
    tx.run(
        "INSERT INTO items (id, mailbox, folder, kind, item_class, created_seq, content_seq, seq, attached, size, "
        "article, associated, is_read, received, start_time, end_time, subject, conversation, subject_key, "
        "sender_key, message_id, properties, body_blob, mime_blob, body, mime) "
        "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        *(item, mailbox, folder, kind.value, item_class, tx.seq, tx.seq, tx.seq, len(attachments), size, article),
        *_columns(properties),
        *(light, body_blob, mime_blob, body, mime_row),
    )
    mark(tx, mailbox, item)
    found = hanging.insert(tx, blobs, mailbox, item, attachments) if attachments else ()
    if isinstance(properties, CalendarProperties):
        calendar.add(tx, mailbox, folder, item, properties)
    made = Item(
        id=item,
        mailbox=mailbox,
        folder=folder,
        kind=kind,
        item_class=item_class,
        change_key=tx.seq,
        created_seq=tx.seq,
        size=size,
        article=article,
        properties=properties,
        attachments=found,
    )
    tx.append(_created(made, new_mail))
    return made


def _created(item: Item, new_mail: bool) -> ItemCreated:
    return ItemCreated(
        scope=item.mailbox,
        item=item.id,
        folder=item.folder,
        change_key=item.change_key,
        new_mail=new_mail,
        calendar=item.kind is ItemKind.CALENDAR_ITEM,
    )


def count(tally: Tally, folder: int, properties: ItemProperties, by: int) -> None:
    """An item came to ``folder`` (1) or left it (-1); associated items are not counted."""
    if not properties.is_associated:
        tally.add(folder, by, by if is_unread(properties) else 0)


def item_of_row(blobs: Blobs, row: Row, heavy: bool) -> Item:
    """The item in a row of ``HEAVY`` columns, or of ``LIGHT`` ones."""
    values: Any = row
    properties = _decoders[values[3]](values[9])
    if heavy:
        packed = kept(blobs, values[11], values[12])
        if packed:
            more = _decode_heavy(packed)
            properties = msgspec.structs.replace(properties, body=more.body, internet_headers=more.internet_headers)
    return Item(
        id=values[0],
        mailbox=values[1],
        folder=values[2],
        kind=_kinds[values[3]],
        item_class=values[4],
        created_seq=values[5],
        change_key=values[6],
        size=values[7],
        article=values[10],
        properties=properties,
        partial=not heavy,
    )


def get(tx: Tx, blobs: Blobs, item: int) -> Item | None:
    """One whole item, None where there is none."""
    return get_many(tx, blobs, [item]).get(item)


def get_many(
    tx: Tx, blobs: Blobs, items: Sequence[int], *, heavy: bool = True, attachments: bool = True
) -> dict[int, Item]:
    """Those of ``items`` that are there, by number; with body and header fields (``heavy``) and attachments."""
    found: dict[int, Item] = {}
    columns = HEAVY if heavy else LIGHT
    attached: list[int] = []
    for start in range(0, len(items), _MARKS):
        part = items[start : start + _MARKS]
        marks = ", ".join("?" * len(part))
        for row in tx.all(f"SELECT {columns} FROM items WHERE id IN ({marks})", *part):
            found[cast(int, row[0])] = item_of_row(blobs, row, heavy)
            if row[8]:
                attached.append(cast(int, row[0]))
    if attachments and attached:
        for item, heads in hanging.of_items(tx, attached).items():
            found[item] = msgspec.structs.replace(found[item], attachments=heads)
    return found


def mime(tx: Tx, blobs: Blobs, item: int) -> bytes:
    """The message as it came; empty where the item did not come as one, or was changed since."""
    row = tx.one("SELECT mime, mime_blob FROM items WHERE id = ?", item)
    return kept(blobs, row[0], row[1]) if row else b""


def update(
    tx: WriteTx,
    blobs: Blobs,
    tally: Tally,
    item: Item,
    properties: ItemProperties,
    *,
    item_class: str = "",
    mime: bytes | None = None,
    attachments: int | None = None,
) -> Item:
    """Write other ``properties`` of ``item``, which must be whole.

    ``mime`` None keeps the message as it came, empty drops it. ``attachments`` is how many there are now, None where
    that did not change.
    """
    if item.partial:
        raise ValueError("an item without its body cannot be written back")
    light, heavy = _split(properties)
    body, body_blob = keep(blobs, heavy)
    sets = "seq = ?, content_seq = ?, item_class = ?, properties = ?, body_blob = ?, body = ?"
    values: list[Value] = [tx.seq, tx.seq, item_class or item.item_class, light, body_blob, body]
    if mime is not None:
        mime_row, mime_blob = keep(blobs, mime)
        sets += ", mime = ?, mime_blob = ?"
        values += [mime_row, mime_blob]
    if attachments is not None:
        sets += ", attached = ?"
        values.append(attachments)
    size = _size(tx, item, len(light) + len(heavy), mime)
    sets += ", size = ?, associated = ?, is_read = ?, received = ?, start_time = ?, end_time = ?, subject = ?"
    values += [size, *_columns(properties)]
    sets += ", conversation = ?, subject_key = ?, sender_key = ?, message_id = ?"
    tx.run(f"UPDATE items SET {sets} WHERE id = ?", *values, item.id)
    mark(tx, item.mailbox, item.id)
    if isinstance(properties, CalendarProperties):
        calendar.index(tx, item.mailbox, item.folder, item.id, properties)
    count(tally, item.folder, item.properties, -1)
    count(tally, item.folder, properties, 1)
    tx.append(_modified(item, tx.seq))
    return msgspec.structs.replace(
        item, properties=properties, item_class=item_class or item.item_class, change_key=tx.seq, size=size
    )


def _size(tx: Tx, item: Item, properties: int, mime: bytes | None) -> int:
    if mime is None:
        row = tx.one("SELECT size, length(properties), length(body), body_blob FROM items WHERE id = ?", item.id)
        assert row is not None
        before, light, body, blob = cast(tuple[int, int, int | None, str], row)
        if not blob:
            return before - light - (body or 0) + properties
        return before - light + properties
    return properties + len(mime) + sum(attachment.size for attachment in item.attachments)


def _modified(item: Item, seq: int, *, read_flag: bool = False) -> ItemModified:
    return ItemModified(
        scope=item.mailbox,
        item=item.id,
        folder=item.folder,
        change_key=seq,
        read_flag=read_flag,
        calendar=item.kind is ItemKind.CALENDAR_ITEM,
    )


def set_read(tx: WriteTx, tally: Tally, item: Item, is_read: bool) -> Item:
    """Change nothing but the read flag of a message or post; nothing at all where it stands so, or where there is none.

    ``item`` may be partial.
    """
    if getattr(item.properties, "is_read", is_read) is is_read:
        return item
    properties = msgspec.structs.replace(item.properties, is_read=is_read)
    light = _encode(msgspec.structs.replace(properties, body=None, internet_headers=()))
    sql = "UPDATE items SET seq = ?, is_read = ?, properties = ? WHERE id = ?"
    tx.run(sql, tx.seq, int(is_read), light, item.id)
    if not properties.is_associated:
        tally.add(item.folder, 0, -1 if is_read else 1)
    tx.append(_modified(item, tx.seq, read_flag=True))
    return msgspec.structs.replace(item, properties=properties, change_key=tx.seq)


def settle_receipt(tx: WriteTx, item: Item) -> Item:
    """The read receipt that a message asks for is dealt with, by another write of this transaction to the message.

    Who follows the folder hears of that one, so that a message that was read is told of as just that. ``item`` may be
    partial.
    """
    if not isinstance(item.properties, MessageProperties):
        return item
    properties = msgspec.structs.replace(item.properties, is_read_receipt_settled=True)
    light = _encode(msgspec.structs.replace(properties, body=None, internet_headers=()))
    tx.run("UPDATE items SET properties = ? WHERE id = ?", light, item.id)
    return msgspec.structs.replace(item, properties=properties)


def attach(tx: WriteTx, blobs: Blobs, tally: Tally, item: Item, new: Sequence[NewAttachment]) -> Item:
    """Hang more on ``item``."""
    found = hanging.insert(tx, blobs, item.mailbox, item.id, new)
    return _rehang(tx, blobs, tally, item, item.attachments + found)


def detach(tx: WriteTx, blobs: Blobs, tally: Tally, item: Item, attachment: int) -> Item:
    """Take one attachment off ``item``."""
    hanging.remove(tx, attachment)
    return _rehang(tx, blobs, tally, item, tuple(one for one in item.attachments if one.id != attachment))


def _rehang(tx: WriteTx, blobs: Blobs, tally: Tally, item: Item, now: tuple[Any, ...]) -> Item:
    properties = msgspec.structs.replace(item.properties, has_attachments=any(not one.is_inline for one in now))
    item = msgspec.structs.replace(item, attachments=now)
    return update(tx, blobs, tally, item, properties, mime=b"", attachments=len(now))
