"""Items of a mailbox: what kinds there are, and one item where it stands."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from samband.model.contact_properties import (
    ContactProperties,
    DistributionListProperties,
    PostItemProperties,
    TaskProperties,
)
from samband.model.icons import icon_of
from samband.model.item_properties import (
    CalendarProperties,
    ItemProperties,
    MeetingCancellationProperties,
    MeetingMessageProperties,
    MeetingRequestProperties,
    MeetingResponseProperties,
    MessageProperties,
)
from samband.model.permissions import EffectiveRights

__all__ = [
    "DEFAULT_CLASS",
    "PROPERTIES",
    "Attachment",
    "CalendarProperties",
    "ContactProperties",
    "DistributionListProperties",
    "Item",
    "ItemKind",
    "ItemProperties",
    "MeetingCancellationProperties",
    "MeetingMessageProperties",
    "MeetingRequestProperties",
    "MeetingResponseProperties",
    "MessageProperties",
    "PostItemProperties",
    "Reference",
    "TaskProperties",
]


class ItemKind(StrEnum):
    """The EWS element an item is written as."""

    ITEM = "Item"
    MESSAGE = "Message"
    CALENDAR_ITEM = "CalendarItem"
    MEETING_MESSAGE = "MeetingMessage"
    MEETING_REQUEST = "MeetingRequest"
    MEETING_RESPONSE = "MeetingResponse"
    MEETING_CANCELLATION = "MeetingCancellation"
    CONTACT = "Contact"
    DISTRIBUTION_LIST = "DistributionList"
    TASK = "Task"
    POST_ITEM = "PostItem"


PROPERTIES: dict[ItemKind, type[ItemProperties]] = {
    ItemKind.ITEM: ItemProperties,
    ItemKind.MESSAGE: MessageProperties,
    ItemKind.CALENDAR_ITEM: CalendarProperties,
    ItemKind.MEETING_MESSAGE: MeetingMessageProperties,
    ItemKind.MEETING_REQUEST: MeetingRequestProperties,
    ItemKind.MEETING_RESPONSE: MeetingResponseProperties,
    ItemKind.MEETING_CANCELLATION: MeetingCancellationProperties,
    ItemKind.CONTACT: ContactProperties,
    ItemKind.DISTRIBUTION_LIST: DistributionListProperties,
    ItemKind.TASK: TaskProperties,
    ItemKind.POST_ITEM: PostItemProperties,
}
"""The record that holds the properties of each kind."""

DEFAULT_CLASS: dict[ItemKind, str] = {
    ItemKind.ITEM: "IPM.Note",
    ItemKind.MESSAGE: "IPM.Note",
    ItemKind.CALENDAR_ITEM: "IPM.Appointment",
    ItemKind.MEETING_MESSAGE: "IPM.Schedule.Meeting.Request",
    ItemKind.MEETING_REQUEST: "IPM.Schedule.Meeting.Request",
    ItemKind.MEETING_RESPONSE: "IPM.Schedule.Meeting.Resp.Pos",
    ItemKind.MEETING_CANCELLATION: "IPM.Schedule.Meeting.Canceled",
    ItemKind.CONTACT: "IPM.Contact",
    ItemKind.DISTRIBUTION_LIST: "IPM.DistList",
    ItemKind.TASK: "IPM.Task",
    ItemKind.POST_ITEM: "IPM.Post",
}
"""The item class an item gets where its maker names none."""


class Reference(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where a file is that an item only points to, and what its provider lets the recipients do with it."""

    path: str = ""
    provider_type: str = ""
    provider_endpoint_url: str = ""
    thumbnail_url: str = ""
    preview_url: str = ""
    permission_type: int = 0
    original_permission_type: int = 0
    is_folder: bool = False


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """A file or an item that hangs on an item; its content is the blob ``blob``.

    ``kind`` is None for a file. The blob of an item attachment holds its item class and its properties as the store
    packs them.
    """

    id: int
    name: str
    content_type: str = ""
    content_id: str = ""
    content_location: str = ""
    size: int = 0
    last_modified_time: datetime | None = None
    is_inline: bool = False
    is_contact_photo: bool = False
    kind: ItemKind | None = None
    reference: Reference | None = None
    """Set for a file that is somewhere else: it has no content."""
    blob: str = ""
    ordinal: int = 0
    """Which attachment inside the item attachment ``id`` this is, 0 for that itself; a byte a level."""


class Item(msgspec.Struct, frozen=True, kw_only=True):
    """One item where it stands: which mailbox and folder, and its properties.

    ``change_key`` is the number of its last write (read flag included); ``created_seq`` of the write that brought it
    into its folder. ``partial``: ``properties`` came without body and header fields, for lists; such an item cannot
    be written back.
    """

    id: int
    mailbox: str
    folder: int
    kind: ItemKind
    item_class: str
    change_key: int
    created_seq: int = 0
    size: int = 0
    article: int = 0
    """Grows from item to item of a folder, and is given once in it."""
    occurrence: int = 0
    """The ordinal of an occurrence, which stands for itself; 0 for an item or a whole series."""
    properties: ItemProperties
    attachments: tuple[Attachment, ...] = ()
    partial: bool = False
    rights: EffectiveRights | None = None
    """What the caller may do with it; None: it is the caller's own."""
    conflicting: tuple[Item, ...] | None = None
    """Meetings at the same time, where somebody looked for them; None where nobody did."""
    adjacent: tuple[Item, ...] | None = None
    """Meetings right before and after."""

    @property
    def icon_index(self) -> str:
        """The icon a list shows beside it."""
        return icon_of(self.item_class, self.properties)
