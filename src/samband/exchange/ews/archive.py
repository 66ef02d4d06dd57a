"""ArchiveItem. No mailbox has an archive, and clients are told so as Exchange tells them."""

from __future__ import annotations

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.item_references import item_refs
from samband.exchange.ews.references import target_ref
from samband.model.failures import Failure
from samband.wire.ews.items import NO_ITEMS
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element

_NO_ARCHIVE = Failure("ErrorInvalidOperation", "Archive mailbox is not enabled for this user.")


async def archive_item(call: Call, element: Element) -> str:
    """Refuse each item that is there to be refused; one that is not is not found."""
    target_ref(element, M + "ArchiveSourceFolderId")
    refs = item_refs(element, M + "ItemIds")
    found = await call.exchange.items.get(call.caller, refs, heavy=False, attachments=False)
    refused = [one if isinstance(one, Failure) else _NO_ARCHIVE for one in found]
    return write_batch("ArchiveItem", answers(refused), NO_ITEMS)
