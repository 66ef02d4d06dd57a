"""The MIME content of items, for answers."""

from __future__ import annotations

import base64

from samband.exchange.actions.attachments import unpacked
from samband.exchange.actions.items import Found
from samband.exchange.ews.call import Call
from samband.exchange.ical import calendar_text
from samband.exchange.messages import mime_of
from samband.model.items import Attachment, Item, ItemKind


async def mime_element(call: Call, found: Found) -> str:
    """``<t:MimeContent>`` of an item that was got with what is kept of its MIME."""
    item = found.item
    if item.kind is ItemKind.CALENDAR_ITEM:
        return _element(calendar_text(item, await call.exchange.calendar.exceptions(item)).encode())
    files = () if found.mime or not item.attachments else await call.exchange.attachments.files(item)
    return written(item, files, found.mime)


def written(item: Item, files: tuple[tuple[Attachment, bytes], ...], kept: bytes) -> str:
    """``<t:MimeContent>`` of an item with what hangs on it."""
    if item.kind is ItemKind.CALENDAR_ITEM:
        return _element(calendar_text(item, {}).encode())
    return _element(mime_of(item, files, kept, unpacked))


def _element(content: bytes) -> str:
    return f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(content).decode("ascii")}</t:MimeContent>'
