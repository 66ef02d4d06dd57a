"""ExportItems and UploadItems."""

from __future__ import annotations

from samband.exchange.actions.transfer import Upload, UploadAction
from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.item_references import item_ref, item_refs
from samband.exchange.ews.references import folder_ref
from samband.model.failures import Failure
from samband.model.items import Item
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.ews.transfer import GivenUpload, read_uploads, write_data, write_item_id
from samband.wire.xml.reading import Element


async def export_items(call: Call, element: Element) -> str:
    """Items as opaque streams that hold all of them."""
    found: list[tuple[Item, bytes] | Failure] = []
    for ref in item_refs(element, M + "ItemIds"):
        try:
            found.append(await call.exchange.transfer.export(call.caller, ref))
        except Failure as failure:
            found.append(failure)
    return write_batch("ExportItems", answers(found, lambda one: _identifier(one[0]) + write_data(one[1])))


async def upload_items(call: Call, element: Element) -> str:
    """Items from such streams, in the order given."""
    found: list[Item | Failure] = []
    for given in read_uploads(element):
        try:
            found.append(await call.exchange.transfer.upload(call.caller, _upload(given)))
        except Failure as failure:
            found.append(failure)
    return write_batch("UploadItems", answers(found, _identifier))


def _identifier(item: Item) -> str:
    return write_item_id(item.mailbox, item.id, item.change_key)


def _upload(given: GivenUpload) -> Upload:
    return Upload(
        action=UploadAction(given.action),
        folder=folder_ref(given.folder),
        item=None if given.item is None else item_ref(given.item),
        data=given.data,
        associated=given.associated,
    )
