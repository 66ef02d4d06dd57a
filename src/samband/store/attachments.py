"""What hangs on items: files, and items packed with what hangs on them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, cast

import msgspec

from samband.model.items import PROPERTIES, Attachment, ItemKind, ItemProperties
from samband.store.api import Blobs, Tx, WriteTx
from samband.store.counters import next_id

INLINE = 16 * 1024
"""Contents up to this many bytes stand in their row, larger ones are blobs."""

_encode = msgspec.msgpack.Encoder().encode
_decode_head = msgspec.msgpack.Decoder(Attachment).decode


class NewAttachment(NamedTuple):
    """An attachment to be kept: its properties (``id`` and ``size`` are set here) and its content."""

    head: Attachment
    content: bytes


class PackedItem(msgspec.Struct, frozen=True, array_like=True):
    """The content of an item attachment. ``properties`` are packed; ``attachments`` are heads with their contents."""

    kind: ItemKind
    item_class: str
    properties: bytes
    attachments: tuple[tuple[Attachment, bytes], ...] = ()
    mime: bytes = b""


_decode_item = msgspec.msgpack.Decoder(PackedItem).decode
_decoders = {kind: msgspec.msgpack.Decoder(record).decode for kind, record in PROPERTIES.items()}


def pack(
    kind: ItemKind, item_class: str, properties: ItemProperties, attachments: Iterable[NewAttachment], mime: bytes = b""
) -> bytes:
    """An item as the content of an attachment."""
    heads = tuple((one.head, one.content) for one in attachments)
    return _encode(PackedItem(kind, item_class, _encode(properties), heads, mime))


class Unpacked(NamedTuple):
    """The item in an attachment."""

    kind: ItemKind
    item_class: str
    properties: ItemProperties
    attachments: tuple[NewAttachment, ...]
    mime: bytes


def unpack(content: bytes) -> Unpacked:
    """The item in the content of an attachment: what ``pack`` was given."""
    packed = _decode_item(content)
    attachments = tuple(NewAttachment(head, inner) for head, inner in packed.attachments)
    properties = _decoders[packed.kind](packed.properties)
    return Unpacked(packed.kind, packed.item_class, properties, attachments, packed.mime)


def keep(blobs: Blobs, content: bytes) -> tuple[bytes | None, str]:
    """(content for the row, key of the blob): exactly one of them says something."""
    return (content, "") if len(content) <= INLINE else (None, blobs.put(content))


def kept(blobs: Blobs, content: object, key: object) -> bytes:
    """What ``keep`` kept."""
    return blobs.get(str(key)) if key else bytes(cast(bytes, content or b""))


def insert(
    tx: WriteTx, blobs: Blobs, mailbox: str, item: int, attachments: Sequence[NewAttachment]
) -> tuple[Attachment, ...]:
    """Hang ``attachments`` on ``item``; as they are kept."""
    found = []
    for head, content in attachments:
        row, key = keep(blobs, content)
        attachment = msgspec.structs.replace(head, id=next_id(tx, "attachments"), size=len(content), blob=key)
        tx.run(
            "INSERT INTO attachments (id, item, mailbox, head, blob, content) VALUES (?, ?, ?, ?, ?, ?)",
            attachment.id,
            item,
            mailbox,
            _encode(attachment),
            key,
            row,
        )
        found.append(attachment)
    return tuple(found)


def of_items(tx: Tx, items: Sequence[int]) -> dict[int, tuple[Attachment, ...]]:
    """The attachments of each of ``items``, oldest first; items without any are left out."""
    found: dict[int, list[Attachment]] = {}
    for start in range(0, len(items), 200):
        part = items[start : start + 200]
        marks = ", ".join("?" * len(part))
        sql = f"SELECT item, head FROM attachments WHERE item IN ({marks}) ORDER BY item, id"
        for item, head in tx.all(sql, *part):
            found.setdefault(cast(int, item), []).append(_decode_head(cast(bytes, head)))
    return {item: tuple(heads) for item, heads in found.items()}


class Hanging(NamedTuple):
    """An attachment and the item it hangs on."""

    attachment: Attachment
    item: int
    mailbox: str


def get(tx: Tx, attachment: int) -> Hanging | None:
    """One attachment, None where there is none."""
    row = tx.one("SELECT head, item, mailbox FROM attachments WHERE id = ?", attachment)
    return Hanging(_decode_head(cast(bytes, row[0])), cast(int, row[1]), cast(str, row[2])) if row else None


def content(tx: Tx, blobs: Blobs, attachment: int) -> bytes:
    """The content of an attachment. Raises ``KeyError`` where there is none."""
    row = tx.one("SELECT content, blob FROM attachments WHERE id = ?", attachment)
    if row is None:
        raise KeyError(attachment)
    return kept(blobs, row[0], row[1])


def contents(tx: Tx, blobs: Blobs, item: int) -> tuple[NewAttachment, ...]:
    """The attachments of ``item`` with their contents."""
    heads = of_items(tx, [item]).get(item, ())
    return tuple(NewAttachment(head, content(tx, blobs, head.id)) for head in heads)


def remove(tx: WriteTx, attachment: int) -> None:
    """Delete one attachment."""
    tx.run("DELETE FROM attachments WHERE id = ?", attachment)


def remove_of(tx: WriteTx, item: int) -> None:
    """Delete what hangs on ``item``."""
    tx.run("DELETE FROM attachments WHERE item = ?", item)


def move(tx: WriteTx, item: int, to: int) -> None:
    """Hang what hangs on ``item`` on ``to`` instead."""
    tx.run("UPDATE attachments SET item = ? WHERE item = ?", to, item)


def copy(tx: WriteTx, item: int, to: int, mailbox: str) -> None:
    """Hang a copy of what hangs on ``item`` on ``to``, which is in ``mailbox``."""
    for head, key, inner in tx.all("SELECT head, blob, content FROM attachments WHERE item = ? ORDER BY id", item):
        attachment = msgspec.structs.replace(_decode_head(cast(bytes, head)), id=next_id(tx, "attachments"))
        tx.run(
            "INSERT INTO attachments (id, item, mailbox, head, blob, content) VALUES (?, ?, ?, ?, ?, ?)",
            attachment.id,
            to,
            mailbox,
            _encode(attachment),
            key,
            inner,
        )
