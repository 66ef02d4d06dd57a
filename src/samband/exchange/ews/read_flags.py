"""MarkAllItemsAsRead."""

from __future__ import annotations

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.references import folder_refs
from samband.wire.ews.names import M
from samband.wire.ews.read_flags import read_mark_all
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element


async def mark_all_items_as_read(call: Call, element: Element) -> str:
    """Mark whole folders as read or unread."""
    is_read, suppress = read_mark_all(element)
    refs = folder_refs(element, M + "FolderIds")
    marked = await call.exchange.read_flags.mark_all(call.caller, refs, is_read, suppress=suppress)
    return write_batch("MarkAllItemsAsRead", answers(marked))
