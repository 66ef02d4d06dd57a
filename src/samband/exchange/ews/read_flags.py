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
    """Mark whole folders as read or unread. No read receipts are sent, so there are none to suppress."""
    is_read = read_mark_all(element)
    marked = await call.exchange.read_flags.mark_all(call.caller, folder_refs(element, M + "FolderIds"), is_read)
    return write_batch("MarkAllItemsAsRead", answers(marked))
