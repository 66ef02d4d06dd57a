"""The properties of items, messages, calendar items and messages about meetings.

An attribute is a FieldURI in snake case. Instants are aware UTC. What can be computed from other properties (display
names of recipients, ``is_recurring``, ``duration`` ...) is not kept. Records only ever gain fields with defaults, so
that what an older version stored still reads.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from samband.model import bodies, quotes
from samband.model.item_values import (
    Attendee,
    Body,
    BodyKind,
    CalendarItemType,
    ChangeHighlights,
    EmailAddress,
    EnhancedLocation,
    ExtendedValue,
    Flag,
    FreeBusy,
    Importance,
    InboxReminder,
    MeetingRequestType,
    OnlineMeetingSettings,
    Receipt,
    ResponseType,
    Sensitivity,
)
from samband.model.recurrence import DeletedOccurrence, ModifiedOccurrence, Recurrence
from samband.model.timezones import ZoneDefinition
from samband.model.user_configurations import UserConfiguration

MAX_SUBJECT = 255
"""How many characters of a subject are kept."""


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
    policy_tag: str = ""
    """The guid of the tag that says when it is deleted, empty where none was given it."""
    archive_tag: str = ""
    """The guid of the tag that says when it is archived, empty where none was given it."""
    preview: str = ""
    mime: str = ""
    """Key of the blob that holds the item's MIME as it came; empty: built when asked for."""
    extended: dict[str, ExtendedValue] = {}
    configuration: UserConfiguration | None = None
    """What a client's settings hold that are kept as an associated item."""
    creator: str = ""
    """objectGUID of who made it in the mailbox of somebody else; empty: its owner, or it came by mail."""

    @property
    def retention_date(self) -> datetime | None:
        """When what has a retention tag is deleted, where somebody said so."""
        said = self.extended.get("0x301c:SystemTime")
        return datetime.fromisoformat(said) if isinstance(said, str) else None

    def body_as(self, kind: str) -> Body | None:
        """The body as ``Text`` or ``HTML``, or as it is kept for ``Best``."""
        return None if self.body is None else bodies.as_kind(self.body, kind)

    def unique_body(self, kind: str) -> Body | None:
        """What of the body is new in its conversation, as ``body_as``: an answer without what it answers."""
        body = self.body_as(kind)
        answers = bool(self.in_reply_to or getattr(self, "references", ""))
        return body if body is None or not answers else quotes.without(body)

    @property
    def text_body(self) -> Body | None:
        """The body as text."""
        return self.body_as(BodyKind.TEXT)

    @property
    def display_to(self) -> str:
        """Names of the primary recipients, by semicolons."""
        return ""

    @property
    def display_cc(self) -> str:
        return ""

    @property
    def display_bcc(self) -> str:
        return ""


def _names(people: Iterable[EmailAddress]) -> str:
    return "; ".join([person.name or person.address for person in people])


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
    is_read_receipt_settled: bool = False  # it was sent, or never will be
    is_delivery_receipt_requested: bool = False
    is_response_requested: bool = False
    conversation_index: bytes = b""
    conversation_topic: str = ""
    internet_message_id: str = ""
    references: str = ""
    received_by: EmailAddress | None = None
    received_representing: EmailAddress | None = None
    receipt: Receipt | None = None
    """What it reports on other mail, where it is a receipt written here."""

    @property
    def display_to(self) -> str:
        return _names(self.to_recipients)

    @property
    def display_cc(self) -> str:
        return _names(self.cc_recipients)

    @property
    def display_bcc(self) -> str:
        return _names(self.bcc_recipients)


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
    online_meeting_id: str = ""
    """By which the organizer's Lync side knows the online meeting; empty where there is none."""
    online_meeting_conf_link: str = ""
    """The ``conf:`` URI by which clients join it."""
    is_organizer: bool = False
    do_not_forward_meeting: bool = False
    enhanced_location: EnhancedLocation | None = None
    online_meeting_settings: OnlineMeetingSettings | None = None
    inbox_reminders: tuple[InboxReminder, ...] = ()
    first_occurrence: ModifiedOccurrence | None = None
    last_occurrence: ModifiedOccurrence | None = None

    @property
    def display_to(self) -> str:
        return _names(attendee.mailbox for attendee in self.required_attendees)

    @property
    def display_cc(self) -> str:
        return _names(attendee.mailbox for attendee in self.optional_attendees)

    @property
    def is_recurring(self) -> bool:
        """Whether it belongs to a series. The series itself does not, as Exchange has it."""
        return self.calendar_item_type in (CalendarItemType.OCCURRENCE, CalendarItemType.EXCEPTION)

    @property
    def duration(self) -> timedelta | None:
        return _span(self.start, self.end)

    @property
    def time_zone(self) -> str:
        """The name of the zone the item starts in."""
        return _zone_name(self.start_time_zone)

    @property
    def start_time_zone_id(self) -> str:
        return _zone_id(self.start_time_zone)

    @property
    def end_time_zone_id(self) -> str:
        return _zone_id(self.end_time_zone)


def _span(start: datetime | None, end: datetime | None) -> timedelta | None:
    return None if start is None or end is None else end - start


def _zone_name(zone: ZoneDefinition | None) -> str:
    return zone.name or zone.id if zone is not None else ""


def _zone_id(zone: ZoneDefinition | None) -> str:
    return zone.id if zone is not None else ""


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
    enhanced_location: EnhancedLocation | None = None


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
    online_meeting_id: str = ""
    """By which the organizer's Lync side knows the online meeting; empty where there is none."""
    online_meeting_conf_link: str = ""
    """The ``conf:`` URI by which clients join it."""
    change_highlights: ChangeHighlights | None = None

    @property
    def is_recurring(self) -> bool:
        """Whether the meeting is a series or belongs to one."""
        return self.calendar_item_type is not CalendarItemType.SINGLE

    @property
    def duration(self) -> timedelta | None:
        return _span(self.start, self.end)

    @property
    def time_zone(self) -> str:
        """The name of the zone the meeting starts in."""
        return _zone_name(self.start_time_zone)

    @property
    def start_time_zone_id(self) -> str:
        return _zone_id(self.start_time_zone)

    @property
    def end_time_zone_id(self) -> str:
        return _zone_id(self.end_time_zone)


class MeetingResponseProperties(MeetingMessageProperties, frozen=True, omit_defaults=True, kw_only=True):
    """An attendee's answer to a meeting request."""

    proposed_start: datetime | None = None
    proposed_end: datetime | None = None


class MeetingCancellationProperties(MeetingMessageProperties, frozen=True, omit_defaults=True, kw_only=True):
    """The organizer's word that a meeting will not take place."""
