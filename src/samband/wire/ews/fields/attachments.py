"""The attachments of an item, as an item lists them: no contents."""

from __future__ import annotations

from typing import Any

from samband.wire.ews.ids import IdKind, write_id
from samband.wire.xml.text import escape
from samband.wire.xml.values import write_boolean, write_instant


def write_attachment_id(mailbox: str, row: int, root: str = "") -> str:
    """``<t:AttachmentId>``; ``root`` are the attributes that name the item it hangs on."""
    return f'<t:AttachmentId Id="{write_id(IdKind.ATTACHMENT, mailbox, row)}"{root}/>'


def write_head(mailbox: str, attachment: Any, root: str = "") -> str:
    """The properties that files and items have in common, in the schema's order."""
    parts = [write_attachment_id(mailbox, attachment.id, root), f"<t:Name>{escape(attachment.name)}</t:Name>"]
    for name, text in (
        ("ContentType", attachment.content_type),
        ("ContentId", attachment.content_id),
        ("ContentLocation", attachment.content_location),
    ):
        if text:
            parts.append(f"<t:{name}>{escape(text)}</t:{name}>")
    parts.append(f"<t:Size>{attachment.size}</t:Size>")
    if attachment.last_modified_time is not None:
        parts.append(f"<t:LastModifiedTime>{write_instant(attachment.last_modified_time)}</t:LastModifiedTime>")
    parts.append(f"<t:IsInline>{write_boolean(attachment.is_inline)}</t:IsInline>")
    return "".join(parts)


def element_name(attachment: Any) -> str:
    """The element an attachment is written as."""
    return "FileAttachment" if attachment.kind is None else "ItemAttachment"


def write_attachments(item: Any) -> str:
    """``<t:Attachments>`` of an item."""
    if not item.attachments:
        return ""
    written = []
    for attachment in item.attachments:
        name = element_name(attachment)
        photo = ""
        if attachment.kind is None:
            photo = f"<t:IsContactPhoto>{write_boolean(attachment.is_contact_photo)}</t:IsContactPhoto>"
        written.append(f"<t:{name}>{write_head(item.mailbox, attachment)}{photo}</t:{name}>")
    return f"<t:Attachments>{''.join(written)}</t:Attachments>"
