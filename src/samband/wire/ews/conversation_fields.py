"""Fields of conversations: one row a FieldURI, in the schema's order [MS-OXWSCONV 3.1.4.2]."""

from __future__ import annotations

import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from samband.wire.ews.fields.codecs import (
    BOOLEAN,
    CATEGORIES,
    INSTANT,
    INTEGER,
    STRINGS,
    TEXT,
    Codec,
    Term,
    enumeration,
)
from samband.wire.ews.fields.errors import unsupported_path
from samband.wire.ews.fields.item import ICON, IMPORTANCE
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element, attribute, bad_attribute
from samband.wire.xml.text import escape

_2013 = ServerVersion.Exchange2013
_2016 = ServerVersion.Exchange2016
_FLAG_STATUS = enumeration("NotFlagged", "Complete", "Flagged")

HERE, EVERYWHERE = "here", "everywhere"


@dataclass(frozen=True, slots=True, eq=False)
class ConversationField:
    """One FieldURI: ``attribute`` of a conversation, or of its sums ``here`` or ``everywhere``.

    ``summed``: the store's sum that orders conversations alike. ``whole`` writes what is made of more than one value.
    """

    uri: str
    codec: Codec
    attribute: str = ""
    side: str = ""
    summed: str = ""
    sortable: bool = True
    since: ServerVersion = ServerVersion.Exchange2010_SP1
    whole: Callable[[Any], str] | None = None

    searchable = True
    column = ""

    @property
    def element(self) -> str:
        return self.uri.rpartition(":")[2]

    @property
    def path_xml(self) -> str:
        """The field's path as answers name it."""
        return f'<t:FieldURI FieldURI="{self.uri}"/>'

    def value(self, conversation: Any) -> Any:
        """The property of ``conversation``."""
        return getattr(getattr(conversation, self.side) if self.side else conversation, self.attribute)

    def terms(self, conversation: Any) -> Sequence[Term]:
        """What filters compare and sorting orders."""
        value = self.value(conversation)
        return () if value is None else self.codec.terms(value)

    def constant(self, text: str) -> Term:
        """A filter's constant as a term. Raises ``ValueError``; also where the field cannot be compared."""
        if self.codec.constant is None:
            raise ValueError("the property cannot be compared")
        return self.codec.constant(text)

    def writer(self) -> Callable[[Any], str]:
        """The function that writes this property of a conversation."""
        if self.whole is not None:
            return self.whole
        write = self.codec.writer(self.element)
        return lambda conversation: write(self.value(conversation))


def _pair(name: str, codec: Codec, attribute: str, summed: str = "", **more: Any) -> tuple[ConversationField, ...]:
    """A property over the folder, and the same over the mailbox."""
    return (
        ConversationField(f"conversation:{name}", codec, attribute, HERE, summed, **more),
        ConversationField(f"conversation:Global{name}", codec, attribute, EVERYWHERE, **more),
    )


def _one(name: str, whole: Callable[[Any], str], **more: Any) -> ConversationField:
    return ConversationField(f"conversation:{name}", TEXT, whole=whole, sortable=False, **more)


def conversation_id(mailbox: str, number: int) -> str:
    """``<t:ConversationId>``."""
    return f'<t:ConversationId Id="{write_id(IdKind.CONVERSATION, mailbox, number)}"/>'


def _ids(name: str, items: Sequence[Any]) -> str:
    written = "".join(
        f'<t:ItemId Id="{write_id(IdKind.ITEM, item.mailbox, item.id)}" '
        f'ChangeKey="{write_change_key(item.change_key)}"/>'
        for item in items
    )
    return f"<t:{name}>{written}</t:{name}>" if written else ""


def _classes_writer(name: str) -> Callable[[Any], str]:
    def write(values: Sequence[str]) -> str:
        inside = "".join([f"<t:ItemClass>{escape(value)}</t:ItemClass>" for value in values])
        return f"<t:{name}>{inside}</t:{name}>" if inside else ""

    return write


_CLASSES = Codec(STRINGS.read, _classes_writer, str, tuple)


def _instance_key(conversation: Any) -> str:
    key = UUID(conversation.mailbox).bytes[:8] + conversation.key[:16]
    return f"<t:InstanceKey>{binascii.b2a_base64(key, newline=False).decode('ascii')}</t:InstanceKey>"


TABLE: tuple[ConversationField, ...] = (
    _one("ConversationId", lambda one: conversation_id(one.mailbox, one.number)),
    ConversationField("conversation:ConversationTopic", TEXT, "topic"),
    *_pair("UniqueRecipients", STRINGS, "recipients"),
    *_pair("UniqueUnreadSenders", STRINGS, "unread_senders"),
    *_pair("UniqueSenders", STRINGS, "senders"),
    *_pair("LastDeliveryTime", INSTANT, "last_delivery_time", "last"),
    *_pair("Categories", CATEGORIES, "categories"),
    *_pair("FlagStatus", _FLAG_STATUS, "flag_status"),
    *_pair("HasAttachments", BOOLEAN, "has_attachments"),
    *_pair("MessageCount", INTEGER, "message_count", "count"),
    *_pair("UnreadCount", INTEGER, "unread_count", "unread"),
    *_pair("Size", INTEGER, "size", "size"),
    *_pair("ItemClasses", _CLASSES, "item_classes"),
    *_pair("Importance", IMPORTANCE, "importance"),
    _one("ItemIds", lambda one: _ids("ItemIds", one.here.items)),
    _one("GlobalItemIds", lambda one: _ids("GlobalItemIds", one.everywhere.items)),
    ConversationField("conversation:LastModifiedTime", INSTANT, "last_modified_time", HERE, since=_2013),
    _one("InstanceKey", _instance_key, since=_2013),
    ConversationField("conversation:Preview", TEXT, "preview", sortable=False, since=_2013),
    *_pair("IconIndex", ICON, "icon_index", sortable=False, since=_2013),
    _one("DraftItemIds", lambda one: _ids("DraftItemIds", one.here.drafts), since=_2013),
    *_pair("HasIrm", BOOLEAN, "has_irm", since=_2013),
)

FIELDS: dict[str, ConversationField] = {field.uri: field for field in TABLE}
"""Every field of conversations by its FieldURI."""

UNKEPT = frozenset(
    {
        "conversation:HasClutter",
        "conversation:MentionedMe",
        "conversation:GlobalMentionedMe",
        "conversation:AtAllMention",
        "conversation:GlobalAtAllMention",
    }
)
"""FieldURIs of what an organisation of its own has not: there is never a value."""

_UNLISTED = frozenset({"conversation:HasIrm", "conversation:GlobalHasIrm"})
DEFAULTS = frozenset(field.uri for field in TABLE if field.uri not in _UNLISTED and field.since < _2013)
"""What the base shape Default has, and an answer to a request without a shape."""


def read_conversation_path(element: Element) -> ConversationField | None:
    """The property of conversations that a path names; None for one that no conversation has a value for.

    Raises ``SchemaViolation`` for what is no FieldURI, and ``PropertyError`` for one of items or folders.
    """
    uri = attribute(element, "FieldURI")
    field = FIELDS.get(uri)
    if field is not None or uri in UNKEPT:
        return field
    if ":" not in uri:
        raise bad_attribute("FieldURI", uri)
    raise unsupported_path(f'<t:FieldURI FieldURI="{uri}"/>')
