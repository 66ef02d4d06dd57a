"""CreateItem, GetItem, UpdateItem, DeleteItem, MoveItem, CopyItem, SendItem [MS-OXWSCORE]."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.ews.fields.changes import GivenChange, read_changes
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.reading import GivenItem, read_item
from samband.wire.ews.folder_ids import GivenFolder, read_target
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.item_ids import ITEM_IDS, GivenItemId, read_item_id
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import (
    Element,
    SchemaViolation,
    attribute,
    attribute_of,
    bad_attribute,
    bad_element,
    first,
    local_name,
    missing,
    required,
)
from samband.wire.xml.values import read_boolean

NO_ITEMS = "<m:Items/>"
"""What an error still holds in an answer that would hold items."""

DISPOSITIONS = frozenset({"SaveOnly", "SendOnly", "SendAndSaveCopy"})
SEND = frozenset({"SendToNone", "SendOnlyToAll", "SendToAllAndSaveCopy"})
SEND_UPDATES = SEND | {"SendOnlyToChanged", "SendToChangedAndSaveCopy"}
CONFLICTS = frozenset({"NeverOverwrite", "AutoResolve", "AlwaysOverwrite"})
OCCURRENCES = frozenset({"AllOccurrences", "SpecifiedOccurrenceOnly"})
DELETES = frozenset({"HardDelete", "SoftDelete", "MoveToDeletedItems"})

REPLIES = frozenset({"ReplyToItem", "ReplyAllToItem", "ForwardItem", "CancelCalendarItem", "PostReplyItem"})
"""Response objects with what a message has; those below are answers to meetings, or say nothing of their own."""
ANSWERS = frozenset({"AcceptItem", "TentativelyAcceptItem", "DeclineItem"})
BARE = frozenset({"RemoveItem", "SuppressReadReceipt"})


@dataclass(frozen=True, slots=True)
class GivenResponse:
    """A response object: what of, the item it is made of, and what it says."""

    name: str
    reference: GivenItemId | None
    item: GivenItem
    new_body: bool


@dataclass(frozen=True, slots=True)
class CreateItem:
    """A request to make items. ``items`` are read one by one, so that a bad one fails in its place."""

    folder: GivenFolder | None
    items: tuple[Element, ...]
    disposition: str | None
    send: str | None


def _target(element: Element, tag: str) -> GivenFolder | None:
    return read_target(element, tag) if first(element, tag) is not None else None


def _choice(element: Element, name: str, allowed: frozenset[str]) -> str | None:
    return attribute_of(element, name, allowed) if element.get(name) is not None else None


def read_create(element: Element) -> CreateItem:
    """A CreateItem request. Raises ``SchemaViolation``."""
    items = required(element, M + "Items")
    if len(items) == 0:
        raise missing(items, T + "Item")
    return CreateItem(
        _target(element, M + "SavedItemFolderId"),
        tuple(items),
        _choice(element, "MessageDisposition", DISPOSITIONS),
        _choice(element, "SendMeetingInvitations", SEND),
    )


def has_mime(element: Element) -> bool:
    """Whether an item to be made is given as MIME content."""
    return first(element, T + "MimeContent") is not None


def read_response(element: Element) -> GivenResponse:
    """A response object of a CreateItem request. Raises ``SchemaViolation`` and ``PropertyError``."""
    name = local_name(element)
    reference = first(element, T + "ReferenceItemId")
    given = None
    if reference is not None:
        given = read_item_id(_as_item_id(reference))
    new_body = first(element, T + "NewBodyContent")
    item = read_item(element, "MeetingResponse" if name in ANSWERS else "Message")
    if new_body is not None:
        from_body = read_item(_renamed(new_body, "Body"), "Message")
        item.values.update(from_body.values)
    return GivenResponse(name, given, item, new_body is not None)


def _as_item_id(reference: Element) -> Element:
    copy = reference.makeelement(T + "ItemId")
    copy.attrib.update(dict(reference.attrib))
    return copy


def _renamed(element: Element, name: str) -> Element:
    """An item with nothing but ``element`` under another name."""
    holder = element.makeelement(T + "Message")
    copy = element.makeelement(T + name)
    copy.attrib.update(dict(element.attrib))
    copy.text = element.text
    holder.append(copy)
    return holder


@dataclass(frozen=True, slots=True)
class ItemChange:
    """One item of an UpdateItem request, and its changes or why they cannot be read."""

    item: GivenItemId
    changes: list[GivenChange] | PropertyError


@dataclass(frozen=True, slots=True)
class UpdateItem:
    """A request to change items."""

    folder: GivenFolder | None
    changes: tuple[ItemChange, ...]
    conflict: str
    disposition: str | None
    send: str | None
    suppress_receipts: bool = False


def read_update(element: Element) -> UpdateItem:
    """An UpdateItem request. Raises ``SchemaViolation``."""
    changes = required(element, M + "ItemChanges")
    if len(changes) == 0:
        raise missing(changes, T + "ItemChange")
    return UpdateItem(
        _target(element, M + "SavedItemFolderId"),
        tuple(_read_change(change) for change in changes),
        attribute_of(element, "ConflictResolution", CONFLICTS),
        _choice(element, "MessageDisposition", DISPOSITIONS),
        _choice(element, "SendMeetingInvitationsOrCancellations", SEND_UPDATES),
        _boolean(element, "SuppressReadReceipts"),
    )


def _boolean(element: Element, name: str) -> bool:
    """An optional attribute, false where it is absent."""
    value = element.get(name)
    try:
        return value is not None and read_boolean(value)
    except ValueError:
        raise bad_attribute(name, value or "") from None


def _read_change(element: Element) -> ItemChange:
    named = next((child for child in element if child.tag in ITEM_IDS), None)
    if named is None:
        raise missing(element, T + "ItemId")
    item = read_item_id(named)
    try:
        return ItemChange(item, read_changes(required(element, T + "Updates")))
    except PropertyError as error:
        return ItemChange(item, error)


@dataclass(frozen=True, slots=True)
class DeleteItem:
    """How items are deleted: who is told of cancelled meetings, and how much of a recurring task goes."""

    how: str
    send: str | None
    occurrences: str | None
    suppress_receipts: bool


def read_delete(element: Element) -> DeleteItem:
    """A DeleteItem request, but for its items. Raises ``SchemaViolation``."""
    return DeleteItem(
        attribute_of(element, "DeleteType", DELETES),
        _choice(element, "SendMeetingCancellations", SEND),
        _choice(element, "AffectedTaskOccurrences", OCCURRENCES),
        _boolean(element, "SuppressReadReceipts"),
    )


def read_send(element: Element) -> tuple[bool, GivenFolder | None]:
    """Whether a SendItem request keeps a copy, and where."""
    try:
        keep = read_boolean(attribute(element, "SaveItemToFolder"))
    except SchemaViolation:
        raise
    except ValueError:
        raise bad_element(element) from None
    return keep, _target(element, M + "SavedItemFolderId")


def wants_new_ids(element: Element) -> bool:
    """Whether a MoveItem or CopyItem request wants the new identifiers; unsaid it does."""
    found = first(element, M + "ReturnNewItemIds")
    try:
        return found is None or read_boolean(found.text or "")
    except ValueError:
        raise bad_element(found if found is not None else element) from None


def write_items(written: str) -> str:
    """``<m:Items>`` around written items."""
    return f"<m:Items>{written}</m:Items>"


def write_reference(
    kind: str, mailbox: str, row: int, change_key: int, *, occurrence: int = 0, attachments: str = ""
) -> str:
    """An item with nothing but its identifier (and the identifiers of its ``attachments``, written)."""
    id_kind = IdKind.OCCURRENCE if occurrence else IdKind.ITEM
    identifier = write_id(id_kind, mailbox, row, occurrence)
    return f'<t:{kind}><t:ItemId Id="{identifier}" ChangeKey="{write_change_key(change_key)}"/>{attachments}</t:{kind}>'


CONFLICT_RESULTS = "<m:ConflictResults><t:Count>0</t:Count></m:ConflictResults>"
"""What every successful UpdateItem says: nothing of the client's was given up."""
