"""ArchiveItem."""

from __future__ import annotations

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.item_references import item_refs
from samband.exchange.ews.references import target_ref
from samband.model.failures import Failure
from samband.model.items import Item
from samband.wire.ews.items import NO_ITEMS, write_items, write_reference
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element


async def archive_item(call: Call, element: Element) -> str:
    """Move items into the archive; where there is none, one that is not there is still not found."""
    source, refs = target_ref(element, M + "ArchiveSourceFolderId"), item_refs(element, M + "ItemIds")
    moved: list[Item | Failure]
    try:
        moved = await call.exchange.archive.put(call.caller, source, refs)
    except Failure as failure:
        found = await call.exchange.items.get(call.caller, refs, heavy=False, attachments=False)
        moved = [one if isinstance(one, Failure) else failure for one in found]
    return write_batch("ArchiveItem", answers(moved, _written), NO_ITEMS)


def _written(item: Item) -> str:
    return write_items(write_reference(item.kind.value, item.mailbox, item.id, item.change_key))
