"""The MIME content of items, for answers."""

from __future__ import annotations

import base64

from samband.exchange.actions.attachments import unpacked
from samband.exchange.actions.items import Found
from samband.exchange.ews.call import Call
from samband.exchange.messages import mime_of
from samband.model.items import Attachment, Item


async def mime_element(call: Call, found: Found) -> str:
    """``<t:MimeContent>`` of an item that was got with what is kept of its MIME."""
    item = found.item
    files = () if found.mime or not item.attachments else await call.exchange.attachments.files(item)
    return written(item, files, found.mime)


def written(item: Item, files: tuple[tuple[Attachment, bytes], ...], kept: bytes) -> str:
    """``<t:MimeContent>`` of an item with what hangs on it."""
    content = base64.b64encode(mime_of(item, files, kept, unpacked)).decode("ascii")
    return f'<t:MimeContent CharacterSet="UTF-8">{content}</t:MimeContent>'
