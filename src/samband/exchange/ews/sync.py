"""SyncFolderItems."""

from __future__ import annotations

from typing import Any

from samband.exchange.actions.folders import bad_sync_state
from samband.exchange.actions.sync import Wanted
from samband.exchange.ews.answers import refused
from samband.exchange.ews.call import Call
from samband.exchange.ews.references import folder_ref
from samband.model.failures import Failure
from samband.model.item_sync import ItemArrived, ItemGone, ItemsState, ItemsSync, ItemUpdated, SyncChange
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.responses import write_batch
from samband.wire.ews.sync import (
    SyncItemsRequest,
    read_sync_items,
    write_created,
    write_deleted,
    write_read_flag,
    write_sync_items,
    write_updated,
)
from samband.wire.ews.sync_states import ItemsMark, MalformedState, read_items_mark, write_items_mark
from samband.wire.xml.reading import Element


async def sync_folder_items(call: Call, element: Element) -> str:
    """SyncFolderItems: one message."""
    try:
        request = read_sync_items(element, call.version)
        state = ItemsState(*read_items_mark(request.state)) if request.state else None
        step = await call.exchange.sync.items(call.caller, folder_ref(request.folder), state, _wanted(request))
    except (PropertyError, Failure) as reason:
        return write_batch("SyncFolderItems", [refused(reason)])
    except MalformedState:
        return write_batch("SyncFolderItems", [refused(bad_sync_state())])
    return write_batch("SyncFolderItems", [_written(step, request.shape)])


def _wanted(request: SyncItemsRequest) -> Wanted:
    shape = request.shape
    return Wanted(
        limit=request.limit,
        associated=request.associated,
        ignored=request.ignored,
        properties=shape.base != "IdOnly" or bool(shape.paths),
        heavy=shape.heavy,
        attachments=shape.wants_attachments,
    )


def _written(step: ItemsSync, shape: Shape) -> str:
    after = step.state
    mark = write_items_mark(ItemsMark(after.folder, after.known, after.seq, after.row))
    return write_sync_items(mark, step.complete, [_change(change, step.mailbox, shape) for change in step.changes])


def _change(change: SyncChange, mailbox: str, shape: Shape) -> str:
    if isinstance(change, ItemArrived | ItemUpdated):
        # A shape that asks for identifiers alone reads no more than a head has.
        item: Any = change.item
        write = write_created if isinstance(change, ItemArrived) else write_updated
        return write(shape.write(item))
    if isinstance(change, ItemGone):
        return write_deleted(mailbox, change.id, change.change_key)
    return write_read_flag(mailbox, change.id, change.change_key, change.is_read)
