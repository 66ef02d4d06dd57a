"""The values that properties of items are made of. Texts of the enums are those of EWS [MS-OXWSCDATA]."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

import msgspec


class Importance(StrEnum):
    LOW = "Low"
    NORMAL = "Normal"
    HIGH = "High"


class Sensitivity(StrEnum):
    NORMAL = "Normal"
    PERSONAL = "Personal"
    PRIVATE = "Private"
    CONFIDENTIAL = "Confidential"


class BodyKind(StrEnum):
    TEXT = "Text"
    HTML = "HTML"


class FreeBusy(StrEnum):
    """LegacyFreeBusyType."""

    FREE = "Free"
    TENTATIVE = "Tentative"
    BUSY = "Busy"
    OOF = "OOF"
    WORKING_ELSEWHERE = "WorkingElsewhere"
    NO_DATA = "NoData"


class ResponseType(StrEnum):
    """How somebody answered a meeting request."""

    UNKNOWN = "Unknown"
    ORGANIZER = "Organizer"
    TENTATIVE = "Tentative"
    ACCEPT = "Accept"
    DECLINE = "Decline"
    NO_RESPONSE_RECEIVED = "NoResponseReceived"


class CalendarItemType(StrEnum):
    SINGLE = "Single"
    OCCURRENCE = "Occurrence"
    EXCEPTION = "Exception"
    RECURRING_MASTER = "RecurringMaster"


class MeetingRequestType(StrEnum):
    NONE = "None"
    FULL_UPDATE = "FullUpdate"
    INFORMATIONAL_UPDATE = "InformationalUpdate"
    NEW_MEETING_REQUEST = "NewMeetingRequest"
    OUTDATED = "Outdated"
    SILENT_UPDATE = "SilentUpdate"
    PRINCIPAL_WANTS_COPY = "PrincipalWantsCopy"


class FlagStatus(StrEnum):
    NOT_FLAGGED = "NotFlagged"
    FLAGGED = "Flagged"
    COMPLETE = "Complete"


class TaskStatus(StrEnum):
    NOT_STARTED = "NotStarted"
    IN_PROGRESS = "InProgress"
    COMPLETED = "Completed"
    WAITING_ON_OTHERS = "WaitingOnOthers"
    DEFERRED = "Deferred"


class Body(msgspec.Struct, frozen=True):
    """The text of an item. Ends of lines are kept as they were given."""

    kind: BodyKind
    content: str


class EmailAddress(msgspec.Struct, frozen=True, array_like=True, omit_defaults=True):
    """A correspondent. ``address`` is ``user@domain`` where ``routing_type`` is SMTP."""

    name: str = ""
    address: str = ""
    routing_type: str = "SMTP"
    mailbox_type: str = ""
    """MailboxType as the client gave it (``Mailbox``, ``OneOff``, ``Contact`` ...), empty where it did not."""


class Attendee(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody or something asked to a meeting, and what they answered so far."""

    mailbox: EmailAddress
    response_type: ResponseType = ResponseType.UNKNOWN
    last_response_time: datetime | None = None
    proposed_start: datetime | None = None
    proposed_end: datetime | None = None


class Flag(msgspec.Struct, frozen=True, omit_defaults=True):
    """The follow-up flag of an item."""

    status: FlagStatus = FlagStatus.NOT_FLAGGED
    start: datetime | None = None
    due: datetime | None = None
    complete: datetime | None = None


class Receipt(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What a receipt says for programs: ``what`` happened (an Action or a Disposition) to the message with
    ``message_id``, which was ``sent`` then, at ``recipients``."""

    what: str
    recipients: tuple[str, ...]
    message_id: str = ""
    sent: datetime | None = None


class PostalAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a place is. Degrees and metres; ``location_source`` says who said so."""

    street: str = ""
    city: str = ""
    state: str = ""
    country: str = ""
    postal_code: str = ""
    post_office_box: str = ""
    type: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    altitude: float | None = None
    altitude_accuracy: float | None = None
    formatted_address: str = ""
    location_uri: str = ""
    location_source: str = ""


class EnhancedLocation(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is known of where a meeting is, besides the name of the place."""

    display_name: str = ""
    annotation: str = ""
    postal_address: PostalAddress | None = None


class OnlineMeetingSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who comes into an online meeting, and how."""

    lobby_bypass: str = "Disabled"
    access_level: str = "Internal"
    presenters: str = "Internal"


class InboxReminder(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reminder that is to come by mail, ``reminder_offset`` minutes before the start."""

    id: str = ""
    reminder_offset: int | None = None
    message: str = ""
    is_organizer_reminder: bool | None = None
    occurrence_change: str = ""
    send_option: str = ""


class ChangeHighlights(msgspec.Struct, frozen=True, omit_defaults=True):
    """What an update of a meeting changed, and what it was before."""

    has_location_changed: bool = False
    location: str = ""
    has_start_time_changed: bool = False
    start: datetime | None = None
    has_end_time_changed: bool = False
    end: datetime | None = None


class PhysicalAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """A postal address of a contact."""

    street: str = ""
    city: str = ""
    state: str = ""
    country_or_region: str = ""
    postal_code: str = ""


class CompleteName(msgspec.Struct, frozen=True, omit_defaults=True):
    """The parts of a contact's name that have no property of their own."""

    title: str = ""
    suffix: str = ""
    yomi_first_name: str = ""
    yomi_last_name: str = ""


class ListMember(msgspec.Struct, frozen=True, omit_defaults=True):
    """A member of a private distribution list; ``key`` names it within the list."""

    mailbox: EmailAddress
    key: str = ""


ExtendedValue = str | tuple[str, ...]
"""A MAPI property's value, or an array of them, as canonical text: ``true``, decimal numbers, UTC instants with ``Z``,
base64. Its type is the last part of its key (``samband.model.extended``), which compares and sorts it by that type."""
