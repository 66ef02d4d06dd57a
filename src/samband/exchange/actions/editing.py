"""Changes of one item inside a write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from samband.exchange.actions.items import stale
from samband.model import bodies, item_edits, task_series
from samband.model.failures import Failure
from samband.model.item_requests import ConflictResolution, Edit, ItemRef
from samband.model.items import Item, ItemProperties, MessageProperties, TaskProperties
from samband.model.people import Person
from samband.store import items as rows
from samband.store.api import Blobs, WriteTx
from samband.store.items import Tally


def check_conflict(item: Item, ref: ItemRef, conflict: ConflictResolution) -> None:
    """Raise ``Failure`` where the client has not seen the item's last write and wants to be told."""
    if conflict is not ConflictResolution.NEVER_OVERWRITE:
        return
    if ref.change_key is None:
        raise Failure(
            "ErrorChangeKeyRequiredForWriteOperations",
            "The change key is required for this operation. Please make sure to provide one.",
        )
    if ref.change_key != item.change_key:
        raise stale()


def edited(
    tx: WriteTx, blobs: Blobs, tally: Tally, item: Item, edits: Sequence[Edit], person: Person, now: datetime
) -> Item:
    """``item`` after ``edits``, written. Raises ``Failure``."""
    if item_edits.only_reads(edits) and hasattr(item.properties, "is_read"):
        return rows.set_read(tx, tally, item, bool(edits[-1].value))
    if isinstance(item.properties, MessageProperties):
        item_edits.check_sent(item.properties, edits)
    message = next((edit.value for edit in edits if edit.attribute == "mime"), None)
    properties = item.properties if message is None else _replaced(item.properties, message.properties)
    properties = item_edits.apply(properties, edits)
    properties = msgspec.structs.replace(
        properties,
        last_modified_name=person.displayName,
        last_modified_time=now,
        preview=bodies.preview(properties.body) if properties.body != item.properties.body else properties.preview,
    )
    kept: Any = None if not item_edits.touches_message(edits) else b"" if message is None else message.mime
    item_class = next((edit.value for edit in reversed(edits) if edit.attribute == "item_class"), "")
    return rows.update(tx, blobs, tally, item, properties, item_class=item_class, mime=kept)


def settled(tx: WriteTx, blobs: Blobs, tally: Tally, before: Item, changed: Item, now: datetime) -> Item:
    """What a client changed: a recurring task that went on to its next time leaves a new item, which it is then."""
    if not isinstance(before.properties, TaskProperties) or not isinstance(changed.properties, TaskProperties):
        return changed
    parts = task_series.parted(before.properties, changed.properties, now.date())
    if parts is None:
        return changed
    left_behind, rest = parts
    rows.update(tx, blobs, tally, changed, rest)
    return rows.insert(tx, blobs, tally, changed.mailbox, changed.folder, changed.kind, changed.item_class, left_behind)


def _replaced(now: ItemProperties, message: ItemProperties) -> ItemProperties:
    """An item whose message is another one; what was said of it beside its message stays."""
    kept = (
        "date_time_created",
        "date_time_received",
        "is_draft",
        "is_read",
        "is_read_receipt_settled",
        "is_from_me",
        "flag",
        "categories",
        "conversation",
        "extended",
        "culture",
    )
    return msgspec.structs.replace(message, **{name: getattr(now, name) for name in kept if hasattr(message, name)})
