"""ApplyConversationAction, read [MS-OXWSCONV]."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import Any
from uuid import UUID

from samband.wire.ews.conversations import MAX_CONVERSATIONS, read_conversation_id
from samband.wire.ews.fields.codecs import STRINGS, Plain
from samband.wire.ews.fields.contents import FLAG
from samband.wire.ews.folder_ids import GivenFolder, read_target
from samband.wire.ews.ids import ObjectId
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import Element, at_most, bad_element, missing, one_of, required
from samband.wire.xml.values import read_boolean, read_instant

_ACTIONS = frozenset(
    {
        "AlwaysCategorize",
        "AlwaysDelete",
        "AlwaysMove",
        "Delete",
        "Move",
        "Copy",
        "SetReadState",
        "SetRetentionPolicy",
        "Flag",
    }
)
_FLAGS = (
    ("EnableAlwaysDelete", "enable"),
    ("IsRead", "is_read"),
    ("SuppressReadReceipts", "suppress_receipts"),
)
_DELETES = frozenset({"HardDelete", "SoftDelete", "MoveToDeletedItems"})


@dataclass(frozen=True, slots=True)
class GivenAction:
    """One ConversationAction; ``values`` are what it says of itself, by attribute of the model's action."""

    kind: str
    conversation: ObjectId | None
    context: GivenFolder | None
    destination: GivenFolder | None
    values: dict[str, Any] = field(default_factory=dict)
    flag: Plain = None


def read_actions(request: Element, zone: tzinfo) -> list[GivenAction]:
    """The actions of an ApplyConversationAction request, in order. Raises ``SchemaViolation``."""
    container = required(request, M + "ConversationActions")
    if len(container) == 0:
        raise missing(container, T + "ConversationAction")
    at_most(container, MAX_CONVERSATIONS)
    return [_action(child, zone) for child in container]


def _action(element: Element, zone: tzinfo) -> GivenAction:
    flag = element.find(T + "Flag")
    return GivenAction(
        kind=one_of(required(element, T + "Action"), _ACTIONS),
        conversation=read_conversation_id(required(element, T + "ConversationId")),
        context=_folder(element, "ContextFolderId"),
        destination=_folder(element, "DestinationFolderId"),
        values=_values(element, zone),
        flag=None if flag is None else FLAG.read(flag),
    )


def _folder(element: Element, name: str) -> GivenFolder | None:
    return read_target(element, T + name) if element.find(T + name) is not None else None


def _values(element: Element, zone: tzinfo) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, attribute in _FLAGS:
        found = element.find(T + name)
        if found is not None:
            values[attribute] = _boolean(found)
    at_once = element.find(T + "ProcessRightAway")
    if at_once is not None:
        _boolean(at_once)
    categories, how = element.find(T + "Categories"), element.find(T + "DeleteType")
    if categories is not None:
        read: Any = STRINGS.read(categories)
        values["categories"] = tuple(read)
    if how is not None:
        values["how"] = one_of(how, _DELETES)
    before = element.find(T + "ConversationLastSyncTime")
    if before is not None:
        values["before"] = _instant(before, zone)
    return values | _retention(element)


def _retention(element: Element) -> dict[str, Any]:
    policy, tag = element.find(T + "RetentionPolicyType"), element.find(T + "RetentionPolicyTagId")
    values: dict[str, Any] = {}
    if policy is not None:
        values["archives"] = one_of(policy, frozenset({"Delete", "Archive"})) == "Archive"
    if tag is not None and (tag.text or "").strip():
        try:
            values["tag"] = str(UUID((tag.text or "").strip()))
        except ValueError:
            raise bad_element(tag) from None
    return values


def _boolean(element: Element) -> bool:
    try:
        return read_boolean(element.text or "")
    except ValueError:
        raise bad_element(element) from None


def _instant(element: Element, zone: tzinfo) -> datetime:
    try:
        return read_instant(element.text or "", zone)
    except ValueError:
        raise bad_element(element) from None
