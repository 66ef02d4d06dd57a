"""Which conversation a message belongs to: that of the first message it refers to [RFC5322 3.6.4]."""

from __future__ import annotations

import hashlib
import re
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec

from samband.model.items import MessageProperties

M = TypeVar("M", bound=MessageProperties)

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


def key(properties: MessageProperties) -> bytes:
    """16 bytes that the messages of a conversation share."""
    first = [*message_ids(properties.references), *message_ids(properties.in_reply_to)][:1]
    root = first[0] if first else properties.internet_message_id or properties.subject
    return hashlib.sha256(root.encode("utf-8", "replace")).digest()[:16]


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


def joined(properties: M, at: datetime) -> M:
    """``properties`` with conversation, topic and index, as far as they have none."""
    conversation = properties.conversation or key(properties)
    return msgspec.structs.replace(
        properties,
        conversation=conversation,
        conversation_topic=properties.conversation_topic or topic(properties.subject),
        conversation_index=properties.conversation_index or new_index(conversation, at),
    )
