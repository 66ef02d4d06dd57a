"""Which conversation a message belongs to: that of the first message it refers to [RFC5322 3.6.4]."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import msgspec

from samband.model.items import ItemProperties, MessageProperties, PostItemProperties

M = TypeVar("M", bound=MessageProperties | PostItemProperties)

MM = TypeVar("MM", bound=MessageProperties)

_MESSAGE_ID = re.compile(r"<[^<>\s]{1,998}>")
_PREFIX = re.compile(r"^\s*(?:(?:re|fw|fwd|sv|vs|aw|wg|antw|tr|rv)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE)
_FILETIME_EPOCH = datetime(1601, 1, 1)
_INDEX_HEAD = 22
_INDEX_MOST = _INDEX_HEAD + 5 * 200


def message_ids(text: str) -> list[str]:
    """The message identifiers in a ``References`` or ``In-Reply-To`` field, in order."""
    return _MESSAGE_ID.findall(text)


def topic(subject: str) -> str:
    """A subject without the prefixes of answers and forwards."""
    return _PREFIX.sub("", subject).strip()


def key(properties: MessageProperties | PostItemProperties) -> bytes:
    """16 bytes that the messages of a conversation share."""
    first = [*message_ids(properties.references), *message_ids(properties.in_reply_to)][:1]
    root = first[0] if first else properties.internet_message_id or properties.subject
    return hashlib.sha256(root.encode("utf-8", "replace")).digest()[:16]


def of_index(index: bytes) -> bytes:
    """The conversation that a ConversationIndex names, empty where it names none [MS-OXOMSG 2.2.1.3]."""
    whole = len(index) >= _INDEX_HEAD and index[:1] == b"\x01" and (len(index) - _INDEX_HEAD) % 5 == 0
    return index[6:_INDEX_HEAD] if whole else b""


def new_index(conversation: bytes, at: datetime) -> bytes:
    """The ConversationIndex of a conversation's first message: a reserved byte, when, which [MS-OXOMSG 2.2.1.3]."""
    ticks = (at.replace(tzinfo=None) - _FILETIME_EPOCH) // timedelta(microseconds=1) * 10
    return b"\x01" + (ticks >> 16).to_bytes(6, "big")[1:] + conversation


def answer_index(index: bytes, at: datetime) -> bytes:
    """The ConversationIndex of an answer to the message with ``index``: five bytes longer."""
    if not _INDEX_HEAD <= len(index) < _INDEX_MOST:
        return index
    ticks = (at.replace(tzinfo=None) - _FILETIME_EPOCH) // timedelta(microseconds=1) * 10
    begun = int.from_bytes(b"\x01" + index[1:6], "big") << 16
    since = abs(ticks - (begun & 0xFFFFFFFFFFFFFF))
    return index + ((since >> 18) & 0x7FFFFFFF).to_bytes(4, "big") + b"\x00"


def referred_to(properties: MessageProperties) -> list[str]:
    """The messages that one refers to, the nearest first."""
    nearest = [*message_ids(properties.in_reply_to), *reversed(message_ids(properties.references))]
    return list(dict.fromkeys(nearest))


def following(properties: MM, known: ItemProperties) -> MM:
    """``properties`` in the conversation of ``known``, which they refer to."""
    if properties.conversation == known.conversation or not known.conversation:
        return properties
    index = getattr(known, "conversation_index", b"")
    at = properties.date_time_received or _FILETIME_EPOCH.replace(tzinfo=UTC)
    return msgspec.structs.replace(
        properties,
        conversation=known.conversation,
        conversation_topic=getattr(known, "conversation_topic", "") or properties.conversation_topic,
        conversation_index=answer_index(index, at) if index else new_index(known.conversation, at),
    )


def joined(properties: M, at: datetime) -> M:
    """``properties`` with conversation, topic and index, as far as they have none."""
    conversation = properties.conversation or of_index(properties.conversation_index) or key(properties)
    return msgspec.structs.replace(
        properties,
        conversation=conversation,
        conversation_topic=properties.conversation_topic or topic(properties.subject),
        conversation_index=properties.conversation_index or new_index(conversation, at),
    )
