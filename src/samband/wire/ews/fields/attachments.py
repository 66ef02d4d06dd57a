"""Attachments: as an item lists them, and as clients give them [MS-OXWSATT]."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from samband.wire.ews.fields.codecs import BOOLEAN, INTEGER, TEXT, Plain, child, read_base64
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.records import record
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, bad_element, local_name, unexpected
from samband.wire.xml.text import escape
from samband.wire.xml.values import read_boolean, write_boolean, write_instant

MAX_ATTACHMENTS = 1000
"""How many attachments one element may hold."""

_TEXTS = (
    ("Name", "name"),
    ("ContentType", "content_type"),
    ("ContentId", "content_id"),
    ("ContentLocation", "content_location"),
)


REFERENCE = record(
    ("AttachLongPathName", "path", TEXT),
    ("ProviderType", "provider_type", TEXT),
    ("ProviderEndpointUrl", "provider_endpoint_url", TEXT),
    ("AttachmentThumbnailUrl", "thumbnail_url", TEXT),
    ("AttachmentPreviewUrl", "preview_url", TEXT),
    ("PermissionType", "permission_type", INTEGER),
    ("OriginalPermissionType", "original_permission_type", INTEGER),
    ("AttachmentIsFolder", "is_folder", BOOLEAN),
)
"""What a reference attachment has besides what all have."""


def _write_reference(reference: Any) -> str:
    return _REFERENCE_PARTS(reference)[len("<t:x>") : -len("</t:x>")]


_REFERENCE_PARTS = REFERENCE.writer("x")


@dataclass(frozen=True, slots=True)
class GivenAttachment:
    """An attachment as a client gives it. ``head`` are plain values by attribute; exactly one of the others is set."""

    head: dict[str, Plain]
    content: bytes | None = None
    item: Element | None = None
    """The element of an item attachment, to be read like any item."""


def read_attachments(element: Element) -> tuple[GivenAttachment, ...]:
    """``t:Attachments``. Raises ``SchemaViolation`` and ``PropertyError``."""
    if len(element) > MAX_ATTACHMENTS:
        raise bad_element(element)
    return tuple(_read_attachment(found) for found in element)


def _read_attachment(element: Element) -> GivenAttachment:
    name = local_name(element)
    if name not in ("FileAttachment", "ItemAttachment", "ReferenceAttachment"):
        parent = element.getparent()
        raise unexpected(element if parent is None else parent, element)
    head: dict[str, Plain] = {attribute: text for tag, attribute in _TEXTS if (text := child(element, tag)) is not None}
    for tag, attribute in (("IsInline", "is_inline"), ("IsContactPhoto", "is_contact_photo")):
        found = element.find(T + tag)
        if found is not None:
            head[attribute] = _boolean(found)
    if name == "ReferenceAttachment":
        return GivenAttachment({**head, "reference": REFERENCE.read(element)}, content=b"")
    if name == "ItemAttachment":
        return GivenAttachment(head, item=_item_of(element))
    content = element.find(T + "Content")
    if content is None:
        return GivenAttachment(head, content=b"")
    try:
        return GivenAttachment(head, content=read_base64(content.text or ""))
    except ValueError:
        raise bad_element(content) from None


def _item_of(element: Element) -> Element:
    for found in element:
        if local_name(found) in _ITEMS:
            return found
    raise PropertyError("ErrorMissingItemForCreateItemAttachment", "An item attachment holds no item.")


_ITEMS = frozenset(
    {
        "Item",
        "Message",
        "CalendarItem",
        "Contact",
        "MeetingMessage",
        "MeetingRequest",
        "MeetingResponse",
        "MeetingCancellation",
        "Task",
        "PostItem",
    }
)
"""What may hang on an item, in ItemAttachmentType."""


def _boolean(element: Element) -> bool:
    try:
        return read_boolean(element.text or "")
    except ValueError:
        raise bad_element(element) from None


def write_attachment_id(mailbox: str, attachment: Any, root: str = "") -> str:
    """``<t:AttachmentId>``; ``root`` are the attributes that name the item it hangs on."""
    return f'<t:AttachmentId Id="{write_id(IdKind.ATTACHMENT, mailbox, attachment.id, attachment.ordinal)}"{root}/>'


def write_root(mailbox: str, item: int, change_key: int) -> str:
    """The attributes that name the item an attachment hangs on, and its change key after it was hung on."""
    identifier, key = write_id(IdKind.ITEM, mailbox, item), write_change_key(change_key)
    return f' RootItemId="{identifier}" RootItemChangeKey="{key}"'


def write_new(mailbox: str, attachment: Any, root: str = "") -> str:
    """A new attachment with nothing but its identifier."""
    name = _element(attachment)
    return f"<t:{name}>{write_attachment_id(mailbox, attachment, root)}</t:{name}>"


def _element(attachment: Any) -> str:
    if attachment.reference is not None:
        return "ReferenceAttachment"
    return "FileAttachment" if attachment.kind is None else "ItemAttachment"


def write_head(mailbox: str, attachment: Any, root: str = "") -> str:
    """The properties that files and items have in common, in the schema's order."""
    parts = [write_attachment_id(mailbox, attachment, root), f"<t:Name>{escape(attachment.name)}</t:Name>"]
    for tag, attribute in _TEXTS[1:]:
        text = getattr(attachment, attribute)
        if text:
            parts.append(f"<t:{tag}>{escape(text)}</t:{tag}>")
    parts.append(f"<t:Size>{attachment.size}</t:Size>")
    if attachment.last_modified_time is not None:
        parts.append(f"<t:LastModifiedTime>{write_instant(attachment.last_modified_time)}</t:LastModifiedTime>")
    parts.append(f"<t:IsInline>{write_boolean(attachment.is_inline)}</t:IsInline>")
    return "".join(parts)


def write_attachment(mailbox: str, attachment: Any, content: str = "", root: str = "") -> str:
    """An attachment as its element; ``content`` is the written content that comes last, of a file or an item."""
    head = write_head(mailbox, attachment, root)
    if attachment.kind is not None:
        return f"<t:ItemAttachment>{head}{content}</t:ItemAttachment>"
    if attachment.reference is not None:
        return f"<t:ReferenceAttachment>{head}{_write_reference(attachment.reference)}</t:ReferenceAttachment>"
    photo = f"<t:IsContactPhoto>{write_boolean(attachment.is_contact_photo)}</t:IsContactPhoto>"
    return f"<t:FileAttachment>{head}{photo}{content}</t:FileAttachment>"


def write_attachments(item: Any) -> str:
    """``<t:Attachments>`` of an item: no contents."""
    if not item.attachments:
        return ""
    written = [write_attachment(item.mailbox, attachment) for attachment in item.attachments]
    return f"<t:Attachments>{''.join(written)}</t:Attachments>"
