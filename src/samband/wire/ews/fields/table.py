"""The table of fields: every FieldURI, and what each kind of item has, in the schema's order."""

from __future__ import annotations

from samband.wire.ews.fields.calendar import (
    CALENDAR,
    CANCELLATION_ORDER,
    MEETING,
    MEETING_MESSAGE_ORDER,
    REQUEST_ORDER,
    RESPONSE_ORDER,
)
from samband.wire.ews.fields.contact import CONTACT, LIST, LIST_ORDER, TASK
from samband.wire.ews.fields.item import ITEM
from samband.wire.ews.fields.message import MESSAGE, POST, POST_ORDER
from samband.wire.ews.fields.row import Field, composed

FIELDS: dict[str, Field] = {
    field.uri: field for table in (ITEM, MESSAGE, POST, CALENDAR, MEETING, CONTACT, LIST, TASK) for field in table
}
"""Every field by its FieldURI."""


def _named(*uris: str) -> tuple[Field, ...]:
    return tuple(FIELDS[uri] for uri in uris)


_MEETING_MESSAGE = (*ITEM, *MESSAGE, *_named(*MEETING_MESSAGE_ORDER))

KINDS: dict[str, tuple[Field, ...]] = {
    "Item": ITEM,
    "Message": (*ITEM, *MESSAGE),
    "CalendarItem": (*ITEM, *CALENDAR),
    "MeetingMessage": _MEETING_MESSAGE,
    "MeetingRequest": (*_MEETING_MESSAGE, *_named(*REQUEST_ORDER)),
    "MeetingResponse": (*_MEETING_MESSAGE, *_named(*RESPONSE_ORDER)),
    "MeetingCancellation": (*_MEETING_MESSAGE, *_named(*CANCELLATION_ORDER)),
    "Contact": (*ITEM, *CONTACT),
    "DistributionList": (*ITEM, *_named(*LIST_ORDER)),
    "Task": (*ITEM, *TASK),
    "PostItem": (*ITEM, *_named(*POST_ORDER)),
}
"""The fields of each kind of item, in the order its element has them."""

ELEMENTS: dict[str, dict[str, Field]] = {
    kind: {field.element: field for field in fields} for kind, fields in KINDS.items()
}
"""The fields of each kind by the name of their element."""

UNKEPT = frozenset(
    f"{space}:{name}"
    for space, names in {
        "item": (
            "EntityExtractionResult PredictedActionReasons IsClutter "
            "RightsManagementLicenseData WebClientReadFormQueryString "
            "WebClientEditFormQueryString MimeContentUTF8 Mentions MentionedMe MentionsPreview MentionsEx "
            "Hashtags "
            "AppliedHashtags AppliedHashtagsPreview Likes LikesPreview PendingSocialActivityTagIds "
            "AtAllMention CanDelete InferenceClassification FirstBody "
        ),
        "message": (
            "ApprovalRequestData ReminderMessageData PublishedCalendarItemIcs PublishedCalendarItemName MessageSafety "
        ),
        "sharingMessage": "SharingMessageAction",
        "calendar": "CalendarActivityData",
        "task": "IsAssignmentEditable",
        "contacts": (
            "DirectoryId DirectReports AbchEmailAddresses ManagerMailbox Photo AccountName "
            "IsAutoUpdateDisabled IsMessengerEnabled Comment ContactShortId ContactType CreatedBy Gender "
            "IsHidden ObjectId PassportId IsPrivate SourceId TrustLevel Urls Cid SkypeAuthCertificate "
            "SkypeContext SkypeId XboxLiveTag SkypeRelationship YomiNickname InviteFree "
            "HidePresenceAndProfile IsPendingOutbound SupportGroupFeeds UserTileHash UnifiedInbox Mris Wlid "
            "AbchContactId NotInBirthdayCalendar ShellContactType ImMri PresenceTrustLevel OtherMri "
            "ProfileLastChanged MobileIMEnabled PartnerNetworkProfilePhotoUrl PartnerNetworkThumbnailPhotoUrl "
            "PersonId ConversationGuid "
        ),
    }.items()
    for name in names.split()
)
"""FieldURIs of items that no item here has a value for: a client may ask for them and gets nothing."""

FIELDS |= {
    "meeting:DoNotForwardMeeting": FIELDS["calendar:DoNotForwardMeeting"],
    "contacts:Culture": FIELDS["item:Culture"],
}
"""What the schema has a second name for."""

FIELDS |= {uri: composed(uri, lambda item: "", listed=False) for uri in UNKEPT}

FOREIGN = (
    "folder:",
    "conversation:",
    "persona:",
    "person:",
    "rolemember:",
    "network:",
    "abchperson:",
    "booking:",
    "insight:",
)
"""How FieldURIs begin that are the schema's, but not an item's."""
