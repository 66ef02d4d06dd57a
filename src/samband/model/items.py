"""Items of a mailbox: what kinds there are and the properties each has.

An attribute is a FieldURI in snake case. Instants are aware UTC. What can be computed from other properties (display
names of recipients, ``IsRecurring``, ``Duration`` ...) is not kept. Records only ever gain fields with defaults, so
that what an older version stored still reads.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec

from samband.model.item_values import (
    Attendee,
    Body,
    CalendarItemType,
    CompleteName,
    EmailAddress,
    ExtendedValue,
    Flag,
    FreeBusy,
    Importance,
    ListMember,
    MeetingRequestType,
    PhysicalAddress,
    ResponseType,
    Sensitivity,
    TaskStatus,
)
from samband.model.recurrence import DeletedOccurrence, ModifiedOccurrence, Recurrence, TaskRecurrence
from samband.model.timezones import ZoneDefinition


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


class ItemProperties(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What every item has [MS-OXWSCORE]."""

    subject: str = ""
    body: Body | None = None
    sensitivity: Sensitivity = Sensitivity.NORMAL
    importance: Importance = Importance.NORMAL
    categories: tuple[str, ...] = ()
    date_time_received: datetime | None = None
    date_time_sent: datetime | None = None
    date_time_created: datetime | None = None
    in_reply_to: str = ""
    is_submitted: bool = False
    is_draft: bool = False
    is_from_me: bool = False
    is_resend: bool = False
    is_unmodified: bool = False
    is_associated: bool = False
    internet_headers: tuple[tuple[str, str], ...] = ()
    """Header fields of the message as it came, in order, unfolded."""
    reminder_due_by: datetime | None = None
    reminder_is_set: bool = False
    reminder_next_time: datetime | None = None
    reminder_minutes_before_start: int = 0
    has_attachments: bool = False
    culture: str = ""
    last_modified_name: str = ""
    last_modified_time: datetime | None = None
    conversation: bytes = b""
    """16 bytes that all items of a conversation in a mailbox share; empty: in no conversation."""
    flag: Flag = Flag()
    preview: str = ""
    mime: str = ""
    """Key of the blob that holds the item's MIME as it came; empty: built when asked for."""
    extended: dict[str, ExtendedValue] = {}


class MessageProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """An e-mail message [MS-OXWSMSG]."""

    sender: EmailAddress | None = None
    from_: EmailAddress | None = None
    to_recipients: tuple[EmailAddress, ...] = ()
    cc_recipients: tuple[EmailAddress, ...] = ()
    bcc_recipients: tuple[EmailAddress, ...] = ()
    reply_to: tuple[EmailAddress, ...] = ()
    is_read: bool = False
    is_read_receipt_requested: bool = False
    is_delivery_receipt_requested: bool = False
    is_response_requested: bool = False
    conversation_index: bytes = b""
    conversation_topic: str = ""
    internet_message_id: str = ""
    references: str = ""
    received_by: EmailAddress | None = None
    received_representing: EmailAddress | None = None


class CalendarProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """An appointment or meeting in a calendar [MS-OXWSMTGS]. ``start_time_zone`` says where all-day means midnight."""

    uid: str = ""
    recurrence_id: datetime | None = None
    date_time_stamp: datetime | None = None
    start: datetime | None = None
    end: datetime | None = None
    original_start: datetime | None = None
    is_all_day_event: bool = False
    legacy_free_busy_status: FreeBusy = FreeBusy.BUSY
    intended_free_busy_status: FreeBusy | None = None
    location: str = ""
    when: str = ""
    is_meeting: bool = False
    is_cancelled: bool = False
    meeting_request_was_sent: bool = False
    is_response_requested: bool = False
    calendar_item_type: CalendarItemType = CalendarItemType.SINGLE
    my_response_type: ResponseType = ResponseType.UNKNOWN
    organizer: EmailAddress | None = None
    required_attendees: tuple[Attendee, ...] = ()
    optional_attendees: tuple[Attendee, ...] = ()
    resources: tuple[Attendee, ...] = ()
    appointment_reply_time: datetime | None = None
    appointment_sequence_number: int = 0
    appointment_state: int = 0
    recurrence: Recurrence | None = None
    modified_occurrences: tuple[ModifiedOccurrence, ...] = ()
    deleted_occurrences: tuple[DeletedOccurrence, ...] = ()
    start_time_zone: ZoneDefinition | None = None
    end_time_zone: ZoneDefinition | None = None
    conference_type: int = 0
    allow_new_time_proposal: bool = True
    is_online_meeting: bool = False
    meeting_workspace_url: str = ""
    net_show_url: str = ""
    join_online_meeting_url: str = ""
    is_organizer: bool = False
    do_not_forward_meeting: bool = False


class MeetingMessageProperties(MessageProperties, frozen=True, omit_defaults=True, kw_only=True):
    """A message about a meeting [MS-OXWSMTGS]."""

    associated_calendar_item: int = 0
    """Row of the calendar item in the same mailbox; 0 where there is none."""
    is_delegated: bool = False
    is_out_of_date: bool = False
    has_been_processed: bool = False
    response_type: ResponseType = ResponseType.UNKNOWN
    uid: str = ""
    recurrence_id: datetime | None = None
    date_time_stamp: datetime | None = None
    is_organizer: bool = False
    start: datetime | None = None
    end: datetime | None = None
    location: str = ""
    recurrence: Recurrence | None = None
    calendar_item_type: CalendarItemType = CalendarItemType.SINGLE
    appointment_sequence_number: int = 0
    do_not_forward_meeting: bool = False


class MeetingRequestProperties(MeetingMessageProperties, frozen=True, omit_defaults=True, kw_only=True):
    """A request to take part in a meeting: it carries the organizer's view of the meeting."""

    meeting_request_type: MeetingRequestType = MeetingRequestType.NEW_MEETING_REQUEST
    intended_free_busy_status: FreeBusy = FreeBusy.BUSY
    legacy_free_busy_status: FreeBusy = FreeBusy.BUSY
    original_start: datetime | None = None
    is_all_day_event: bool = False
    when: str = ""
    is_meeting: bool = True
    is_cancelled: bool = False
    meeting_request_was_sent: bool = True
    my_response_type: ResponseType = ResponseType.NO_RESPONSE_RECEIVED
    organizer: EmailAddress | None = None
    required_attendees: tuple[Attendee, ...] = ()
    optional_attendees: tuple[Attendee, ...] = ()
    resources: tuple[Attendee, ...] = ()
    appointment_reply_time: datetime | None = None
    appointment_state: int = 0
    modified_occurrences: tuple[ModifiedOccurrence, ...] = ()
    deleted_occurrences: tuple[DeletedOccurrence, ...] = ()
    start_time_zone: ZoneDefinition | None = None
    end_time_zone: ZoneDefinition | None = None
    conference_type: int = 0
    allow_new_time_proposal: bool = True
    is_online_meeting: bool = False
    meeting_workspace_url: str = ""
    net_show_url: str = ""
    join_online_meeting_url: str = ""


class MeetingResponseProperties(MeetingMessageProperties, frozen=True, omit_defaults=True, kw_only=True):
    """An attendee's answer to a meeting request."""

    proposed_start: datetime | None = None
    proposed_end: datetime | None = None


class MeetingCancellationProperties(MeetingMessageProperties, frozen=True, omit_defaults=True, kw_only=True):
    """The organizer's word that a meeting will not take place."""


class ContactProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """Somebody the owner of the mailbox knows [MS-OXWSCONT]. Keys of the dictionaries are EWS's."""

    file_as: str = ""
    file_as_mapping: str = ""
    display_name: str = ""
    given_name: str = ""
    initials: str = ""
    middle_name: str = ""
    nickname: str = ""
    complete_name: CompleteName = CompleteName()
    company_name: str = ""
    email_addresses: dict[str, EmailAddress] = {}
    physical_addresses: dict[str, PhysicalAddress] = {}
    phone_numbers: dict[str, str] = {}
    im_addresses: dict[str, str] = {}
    assistant_name: str = ""
    birthday: datetime | None = None
    business_home_page: str = ""
    children: tuple[str, ...] = ()
    companies: tuple[str, ...] = ()
    contact_source: str = ""
    department: str = ""
    generation: str = ""
    job_title: str = ""
    manager: str = ""
    mileage: str = ""
    office_location: str = ""
    postal_address_index: str = ""
    profession: str = ""
    spouse_name: str = ""
    surname: str = ""
    wedding_anniversary: datetime | None = None
    phonetic_full_name: str = ""
    phonetic_first_name: str = ""
    phonetic_last_name: str = ""
    alias: str = ""
    notes: str = ""
    user_smime_certificate: tuple[bytes, ...] = ()
    ms_exchange_certificate: tuple[bytes, ...] = ()


class DistributionListProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """A private distribution list [MS-OXWSDLIST]."""

    display_name: str = ""
    file_as: str = ""
    contact_source: str = ""
    members: tuple[ListMember, ...] = ()


class TaskProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """Something to do [MS-OXWSTASK]."""

    actual_work: int | None = None
    assigned_time: datetime | None = None
    billing_information: str = ""
    change_count: int = 1
    companies: tuple[str, ...] = ()
    complete_date: datetime | None = None
    contacts: tuple[str, ...] = ()
    delegation_state: str = ""
    delegator: str = ""
    due_date: datetime | None = None
    is_team_task: bool = False
    mileage: str = ""
    owner: str = ""
    percent_complete: float = 0.0
    recurrence: TaskRecurrence | None = None
    start_date: datetime | None = None
    status: TaskStatus = TaskStatus.NOT_STARTED
    total_work: int | None = None


class PostItemProperties(ItemProperties, frozen=True, omit_defaults=True, kw_only=True):
    """A note posted to a folder [MS-OXWSPOST]."""

    conversation_index: bytes = b""
    conversation_topic: str = ""
    from_: EmailAddress | None = None
    sender: EmailAddress | None = None
    internet_message_id: str = ""
    is_read: bool = False
    posted_time: datetime | None = None
    references: str = ""


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
    blob: str = ""


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
    properties: ItemProperties
    attachments: tuple[Attachment, ...] = ()
    partial: bool = False
