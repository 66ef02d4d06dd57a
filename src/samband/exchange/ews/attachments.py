"""Operations on attachments."""

from __future__ import annotations

import base64

from samband.exchange.actions.attachments import AttachmentRef, Content
from samband.exchange.ews.answers import answers, failure_of
from samband.exchange.ews.call import Call
from samband.exchange.ews.drafts import attachment_draft
from samband.exchange.ews.item_references import attachment_refs, item_ref
from samband.exchange.ews.mime import written
from samband.model.failures import Failure
from samband.model.item_requests import DraftAttachment
from samband.model.items import Attachment, Item
from samband.wire.ews.attachments import (
    NO_ATTACHMENTS,
    read_attachment_shape,
    read_parent,
    write_attachments_answer,
    write_root_item,
)
from samband.wire.ews.fields.attachments import read_attachments, write_attachment, write_new, write_root
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.shape import Shape
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element, missing, required


async def create_attachment(call: Call, element: Element) -> str:
    """CreateAttachment [MS-OXWSATT 3.1.4.1]: one message for each attachment; all are hung on, or none."""
    ref = item_ref(read_parent(element))
    container = required(element, M + "Attachments")
    if len(container) == 0:
        raise missing(container, T + "FileAttachment")
    try:
        drafts = _drafts(call, container)
        item, made = await call.exchange.attachments.create(call.caller, ref, drafts)
    except Failure as failure:
        return write_batch("CreateAttachment", answers([failure] * len(container)), NO_ATTACHMENTS)
    return write_batch("CreateAttachment", [_created(item, attachment) for attachment in made], NO_ATTACHMENTS)


def _drafts(call: Call, container: Element) -> list[DraftAttachment]:
    try:
        return [attachment_draft(given, call.zone) for given in read_attachments(container)]
    except PropertyError as error:
        raise failure_of(error) from None


def _created(item: Item, attachment: Attachment) -> str:
    root = write_root(item.mailbox, item.id, item.change_key)
    return write_attachments_answer(write_new(item.mailbox, attachment, root))


async def get_attachment(call: Call, element: Element) -> str:
    """GetAttachment [MS-OXWSATT 3.1.4.3]."""
    refs = attachment_refs(element, M + "AttachmentIds")
    try:
        shape = read_attachment_shape(element, call.version)
    except PropertyError as error:
        return write_batch("GetAttachment", answers([error] * len(refs)), NO_ATTACHMENTS)
    found = [await _get(call, ref) for ref in refs]
    return write_batch("GetAttachment", answers(found, lambda content: _written(content, shape)), NO_ATTACHMENTS)


async def _get(call: Call, ref: AttachmentRef | Failure) -> Content | Failure:
    try:
        return await call.exchange.attachments.get(call.caller, ref)
    except Failure as failure:
        return failure


def _written(content: Content, shape: Shape) -> str:
    if content.attachment.reference is not None:
        inner = ""
    elif content.item is None:
        data = base64.b64encode(content.data).decode("ascii")
        inner = f"<t:Content>{data}</t:Content>"
    else:
        mime = written(content.item, content.files, content.mime) if shape.wants_mime else ""
        inner = shape.write(content.item, mime)
    return write_attachments_answer(write_attachment(content.mailbox, content.attachment, inner))


async def delete_attachment(call: Call, element: Element) -> str:
    """DeleteAttachment [MS-OXWSATT 3.1.4.2]."""
    refs = attachment_refs(element, M + "AttachmentIds")
    found = [await _delete(call, ref) for ref in refs]
    return write_batch(
        "DeleteAttachment",
        answers(found, lambda item: write_root_item(item.mailbox, item.id, item.change_key)),
    )


async def _delete(call: Call, ref: AttachmentRef | Failure) -> Item | Failure:
    try:
        return await call.exchange.attachments.delete(call.caller, ref)
    except Failure as failure:
        return failure
