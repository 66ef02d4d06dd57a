"""Codecs of what an item is made of: bodies, flags, header fields, conversations, effective rights."""

from __future__ import annotations

import binascii
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from samband.wire.ews.fields.codecs import Codec, Plain, Write, child, read_local, required_child
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.xml.reading import Element, SchemaViolation, bad_attribute, bad_element, local_name
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import write_boolean, write_instant

_BODY_KINDS = frozenset({"Text", "HTML"})


def _read_body(element: Element) -> Plain:
    kind = element.get("BodyType")
    if kind is None:
        raise SchemaViolation("The required attribute 'BodyType' is missing.")
    if kind not in _BODY_KINDS:
        raise bad_attribute("BodyType", kind)
    return {"kind": kind, "content": element.text or ""}


def _body_writer(name: str) -> Write:
    end = f"</t:{name}>"
    starts = {kind: f'<t:{name} BodyType="{kind}">' for kind in _BODY_KINDS}

    def write(value: Any) -> str:
        return "" if value is None else f"{starts[value.kind]}{escape(value.content)}{end}"

    return write


BODY = Codec(_read_body, _body_writer, str, lambda value: () if value is None else (value.content,))


def no_reading(element: Element) -> Plain:
    """What the element of a property says that only the server sets: nothing."""
    return None


def _read_flag(element: Element) -> Plain:
    # Thunderbird writes FlagStatus in the namespace of messages, which Exchange lets pass.
    found = next((inner for inner in element if local_name(inner) == "FlagStatus"), None)
    if found is None:
        found = required_child(element, "FlagStatus")
    status = found.text or ""
    if status not in ("NotFlagged", "Flagged", "Complete"):
        raise bad_element(found)
    flag: dict[str, Plain] = {"status": status}
    for name, attribute in _FLAG_TIMES:
        text = child(element, name)
        if text is not None:
            try:
                flag[attribute] = read_local(text)
            except ValueError:
                raise bad_element(required_child(element, name)) from None
    return flag


_FLAG_TIMES = (("StartDate", "start"), ("DueDate", "due"), ("CompleteDate", "complete"))


def _flag_writer(name: str) -> Write:
    def write(value: Any) -> str:
        times = [
            f"<t:{element}>{write_instant(instant)}</t:{element}>"
            for element, attribute in _FLAG_TIMES
            if (instant := getattr(value, attribute)) is not None
        ]
        return f"<t:{name}><t:FlagStatus>{value.status.value}</t:FlagStatus>{''.join(times)}</t:{name}>"

    return write


FLAG = Codec(_read_flag, _flag_writer)


def _headers_writer(name: str) -> Write:
    def write(values: Sequence[tuple[str, str]]) -> str:
        if not values:
            return ""
        fields = [
            f'<t:InternetMessageHeader HeaderName="{escape_attribute(field)}">{escape(value)}</t:InternetMessageHeader>'
            for field, value in values
        ]
        return f"<t:{name}>{''.join(fields)}</t:{name}>"

    return write


HEADERS = Codec(no_reading, _headers_writer)


def _raw_writer(name: str) -> Write:
    def write(value: str) -> str:
        return value

    return write


WRITTEN = Codec(no_reading, _raw_writer)
"""A value that is already the whole written element."""


_RIGHTS = (
    ("CreateAssociated", "associated"),
    ("CreateContents", "contents"),
    ("CreateHierarchy", "hierarchy"),
    ("Delete", "delete"),
    ("Modify", "modify"),
    ("Read", "read"),
    ("ViewPrivateItems", "private"),
)


def write_rights(rights: Any) -> str:
    """``<t:EffectiveRights>`` of somebody who is not the owner."""
    written = "".join(
        f"<t:{name}>{write_boolean(getattr(rights, attribute))}</t:{name}>" for name, attribute in _RIGHTS
    )
    return f"<t:EffectiveRights>{written}</t:EffectiveRights>"


def effective_rights(item: Any) -> str:
    """The owner of a mailbox may do everything with an item but put others into it."""
    if item.rights is not None:
        return write_rights(item.rights)
    return (
        "<t:EffectiveRights><t:CreateAssociated>false</t:CreateAssociated><t:CreateContents>false</t:CreateContents>"
        "<t:CreateHierarchy>false</t:CreateHierarchy><t:Delete>true</t:Delete><t:Modify>true</t:Modify>"
        "<t:Read>true</t:Read><t:ViewPrivateItems>true</t:ViewPrivateItems></t:EffectiveRights>"
    )


def conversation_id(item: Any) -> str:
    """``ConversationId``: an identifier around the first eight bytes of the conversation."""
    conversation = item.properties.conversation
    if not conversation:
        return ""
    row = int.from_bytes(conversation[:8], "big") & 0x7FFFFFFFFFFFFFFF
    return f'<t:ConversationId Id="{write_id(IdKind.CONVERSATION, item.mailbox, row)}"/>'


def instance_key(item: Any) -> str:
    """``<t:InstanceKey>``: bytes that name the item within its folder's contents."""
    return _binary("InstanceKey", item.id.to_bytes(8, "big")) if item.id else ""


def store_entry_id(item: Any) -> str:
    """``<t:StoreEntryId>``: bytes that name the item in its mailbox."""
    return _binary("StoreEntryId", UUID(item.mailbox).bytes + item.id.to_bytes(8, "big")) if item.id else ""


def _binary(name: str, value: bytes) -> str:
    return f"<t:{name}>{binascii.b2a_base64(value, newline=False).decode('ascii')}</t:{name}>"


_REPLIES = "<t:ReplyToItem/><t:ReplyAllToItem/>"
_ANSWERS = "<t:AcceptItem/><t:TentativelyAcceptItem/><t:DeclineItem/>"
_FORWARD = "<t:ForwardItem/>"


def response_objects(item: Any) -> str:
    """What may be made of an item: answers and forwards by its kind."""
    objects = _response_objects(item)
    return f"<t:ResponseObjects>{objects}</t:ResponseObjects>" if objects else ""


def _response_objects(item: Any) -> str:
    kind, properties = item.kind, item.properties
    if not item.id:
        return ""
    if kind == "MeetingRequest":
        return f"{_ANSWERS}{_REPLIES}{_FORWARD}"
    if kind == "MeetingCancellation":
        return f"<t:RemoveItem/>{_REPLIES}{_FORWARD}"
    if kind in ("Message", "MeetingResponse", "MeetingMessage"):
        if properties.is_draft:
            return ""
        wanted = properties.is_read_receipt_requested and not properties.is_read_receipt_settled
        receipt = "<t:SuppressReadReceipt/>" if wanted else ""
        return f"{_REPLIES}{_FORWARD}{receipt}"
    if kind == "CalendarItem":
        return _calendar_responses(properties)
    return "<t:PostReplyItem/>" + _FORWARD if kind == "PostItem" else ""


def _calendar_responses(properties: Any) -> str:
    if properties.is_meeting and properties.my_response_type == "Organizer":
        return f"<t:CancelCalendarItem/>{_FORWARD}"
    if properties.is_meeting and not properties.is_cancelled:
        return f"{_ANSWERS}{_REPLIES}{_FORWARD}"
    return _FORWARD


def item_id(item: Any) -> str:
    """``<t:ItemId>`` of an item, or of one of its occurrences; nothing for an item inside an attachment."""
    if not item.id:
        return ""
    return f'<t:ItemId Id="{item_id_text(item)}" ChangeKey="{write_change_key(item.change_key)}"/>'


def item_id_text(item: Any) -> str:
    """The identifier of an item, or of one of its occurrences."""
    if item.occurrence:
        return write_id(IdKind.OCCURRENCE, item.mailbox, item.id, item.occurrence)
    return write_id(IdKind.ITEM, item.mailbox, item.id)


def parent_folder_id(item: Any) -> str:
    """``<t:ParentFolderId>``; nothing for an item that stands in no folder."""
    if not item.folder:
        return ""
    return f'<t:ParentFolderId Id="{write_id(IdKind.FOLDER, item.mailbox, item.folder)}"/>'


def associated_calendar_item(item: Any) -> str:
    """``<t:AssociatedCalendarItemId>`` of a meeting message."""
    row = item.properties.associated_calendar_item
    return f'<t:AssociatedCalendarItemId Id="{write_id(IdKind.ITEM, item.mailbox, row)}"/>' if row else ""
