"""What is done with conversations, once or whenever something comes into them [MS-OXWSCONV]."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from samband.model.folders import FolderRef
from samband.model.item_requests import DeleteType
from samband.model.item_values import Flag


class ConversationRef(msgspec.Struct, frozen=True):
    """A conversation named by its identifier: ``number`` is in its key, see ``number_of``."""

    mailbox: str
    number: int


def number_of(conversation: bytes) -> int:
    """What of a conversation's key its identifier holds: the lower 63 bits of the first eight bytes."""
    return int.from_bytes(conversation[:8], "big") & (2**63 - 1)


class ActionKind(StrEnum):
    """ConversationActionTypeType."""

    ALWAYS_CATEGORIZE = "AlwaysCategorize"
    ALWAYS_DELETE = "AlwaysDelete"
    ALWAYS_MOVE = "AlwaysMove"
    DELETE = "Delete"
    MOVE = "Move"
    COPY = "Copy"
    SET_READ_STATE = "SetReadState"
    SET_RETENTION_POLICY = "SetRetentionPolicy"
    FLAG = "Flag"


class ConversationAction(msgspec.Struct, frozen=True, kw_only=True):
    """One action on one conversation.

    Without ``context`` everything of the mailbox is meant; ``before``: only what was received up to then.
    ``enable`` False ends AlwaysDelete; AlwaysMove and AlwaysCategorize end without destination and categories.
    ``tag`` is the retention tag's guid (empty: none any more), ``archives`` whether it is one that archives.
    """

    kind: ActionKind
    conversation: ConversationRef
    context: FolderRef | None = None
    before: datetime | None = None
    destination: FolderRef | None = None
    categories: tuple[str, ...] = ()
    enable: bool = True
    is_read: bool = True
    suppress_receipts: bool = False
    how: DeleteType = DeleteType.MOVE_TO_DELETED
    flag: Flag = Flag()
    tag: str = ""
    archives: bool = False


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is always done with what comes into a conversation. ``folder`` 0 and ``delete`` empty: it stays."""

    categories: tuple[str, ...] = ()
    folder: int = 0
    delete: DeleteType | None = None
