"""What is asked of items: how one is named, how a new one is described, what is changed of one."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

import msgspec

from samband.model.items import Attachment, ItemKind, ItemProperties
from samband.model.permissions import Visitor


class ItemRef(msgspec.Struct, frozen=True):
    """An item named by its identifier; with ``occurrence`` (from 1, deleted ones counted) one occurrence of a series.

    ``change_key`` is the number in the client's change key, None where it gave none.
    """

    mailbox: str
    item: int
    occurrence: int = 0
    change_key: int | None = None
    visitor: Visitor | None = None
    """Who asks for it, where the mailbox is not theirs."""


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """An item as somebody describes it. ``item_class`` is empty for the usual one of its kind.

    ``given`` names the attributes that were said, where that differs from what has another value than its default.
    """

    kind: ItemKind
    item_class: str = ""
    properties: ItemProperties
    attachments: tuple[DraftAttachment, ...] = ()
    mime: bytes = b""
    given: frozenset[str] = frozenset()


class DraftAttachment(msgspec.Struct, frozen=True):
    """What is to hang on an item: a file's ``content``, or an ``item``."""

    head: Attachment
    content: bytes = b""
    item: Draft | None = None


class Disposition(StrEnum):
    """MessageDisposition."""

    SAVE_ONLY = "SaveOnly"
    SEND_ONLY = "SendOnly"
    SEND_AND_SAVE_COPY = "SendAndSaveCopy"


class SendInvitations(StrEnum):
    """SendMeetingInvitations, SendMeetingCancellations and SendMeetingInvitationsOrCancellations in one."""

    NONE = "SendToNone"
    ONLY_TO_ALL = "SendOnlyToAll"
    ALL_AND_SAVE = "SendToAllAndSaveCopy"
    ONLY_TO_CHANGED = "SendOnlyToChanged"
    CHANGED_AND_SAVE = "SendToChangedAndSaveCopy"


class DeleteType(StrEnum):
    """DisposalType."""

    HARD = "HardDelete"
    SOFT = "SoftDelete"
    MOVE_TO_DELETED = "MoveToDeletedItems"


class ConflictResolution(StrEnum):
    """What an update does where the item was written since the client read it."""

    NEVER_OVERWRITE = "NeverOverwrite"
    AUTO_RESOLVE = "AutoResolve"
    ALWAYS_OVERWRITE = "AlwaysOverwrite"


class EditAction(StrEnum):
    SET = "set"
    APPEND = "append"
    DELETE = "delete"


class Edit(msgspec.Struct, frozen=True):
    """A change of one property: ``attribute`` of the item's properties gets ``value``.

    ``key`` names one entry of a dictionary, ``part`` one attribute of that entry. An extended property is ``key`` of
    the attribute ``extended``. The attribute ``item_class`` is the item's own, ``mime`` is the whole message anew.
    ``path`` is how answers name the property.
    """

    action: EditAction
    attribute: str
    value: Any = None
    key: str = ""
    part: str = ""
    path: str = ""


class ResponseKind(StrEnum):
    """What a client makes of an item: the EWS elements of response objects."""

    REPLY = "ReplyToItem"
    REPLY_ALL = "ReplyAllToItem"
    FORWARD = "ForwardItem"
    ACCEPT = "AcceptItem"
    TENTATIVE = "TentativelyAcceptItem"
    DECLINE = "DeclineItem"
    CANCEL = "CancelCalendarItem"
    REMOVE = "RemoveItem"
    SUPPRESS_RECEIPT = "SuppressReadReceipt"
    POST_REPLY = "PostReplyItem"


class Response(msgspec.Struct, frozen=True, kw_only=True):
    """A response object: ``reference`` is the item it answers, ``draft`` what the client says in it.

    The draft of an answer to a meeting is a MeetingResponse, of anything else a Message. ``new_body``: its body goes
    before the original's (NewBodyContent) instead of being all there is.
    """

    kind: ResponseKind
    reference: ItemRef
    draft: Draft
    new_body: bool = False
