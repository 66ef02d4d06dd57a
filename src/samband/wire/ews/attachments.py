"""CreateAttachment, GetAttachment, DeleteAttachment [MS-OXWSATT]."""

from __future__ import annotations

from samband.wire.ews.fields.shape import Shape, read_parts
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.item_ids import GivenItemId, read_item_id
from samband.wire.ews.names import M, T
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, required

NO_ATTACHMENTS = "<m:Attachments/>"
"""What an error still holds in an answer that would hold attachments."""


def read_parent(element: Element) -> GivenItemId:
    """``m:ParentItemId`` of a CreateAttachment request. Raises ``SchemaViolation``."""
    parent = required(element, M + "ParentItemId")
    named = parent.makeelement(T + "ItemId")
    named.attrib.update(dict(parent.attrib))
    return read_item_id(named)


def read_attachment_shape(element: Element, version: ServerVersion) -> Shape:
    """What of an attached item a GetAttachment request wants: all there is, and what its shape names besides."""
    shape = element.find(M + "AttachmentShape")
    if shape is None:
        return Shape(base="AllProperties", version=version)
    return read_parts(shape, "AllProperties", found=False, version=version)


def write_attachments_answer(written: str) -> str:
    """``<m:Attachments>`` around a written attachment."""
    return f"<m:Attachments>{written}</m:Attachments>"


def write_root_item(mailbox: str, item: int, change_key: int) -> str:
    """``<m:RootItemId>``: the item an attachment was taken off, as it is now."""
    identifier, key = write_id(IdKind.ITEM, mailbox, item), write_change_key(change_key)
    return f'<m:RootItemId RootItemId="{identifier}" RootItemChangeKey="{key}"/>'
