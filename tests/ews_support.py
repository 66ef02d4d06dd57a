"""Writes docs/ews-support.md: which operations and FieldURIs of the EWS schema are there.

    .venv/bin/python -m tests.ews_support

The names of the schema stand in ``tests/ews_operations.txt`` and ``tests/ews_fields.txt``; what is there is read from
the literal tables that the endpoint answers by. ``PARTLY`` says of what is there what it lacks.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from samband.exchange.ews import absent_features
from samband.exchange.ews.operations import OPERATIONS
from samband.wire.ews.conversation_fields import FIELDS as CONVERSATION_FIELDS
from samband.wire.ews.fields.indexed import INDEXED
from samband.wire.ews.fields.table import FIELDS, UNKEPT
from samband.wire.ews.folder_fields import FIELDS as FOLDER_FIELDS
from samband.wire.ews.persona_fields import FIELDS as PERSONA_FIELDS

HERE = Path(__file__).parent
PAGE = HERE.parent / "docs" / "ews-support.md"

PARTLY = {
    "ExportItems": "a stream of our own: only the server that exported it uploads it",
    "UploadItems": "a stream of our own: only the server that exported it uploads it",
}
PARTLY |= {
    **{name: f"not set up here: answered with {reason.code}" for name, (reason, _) in absent_features.REFUSED.items()},
    "CreateManagedFolder": "there are no managed folders: refused",
    "GetAppManifests": "there are no add-ins: an empty list",
    "GetClientAccessToken": "there are no add-ins: refused",
    "GetDiscoverySearchConfiguration": "no searches are kept: an empty list",
    "GetUserRetentionPolicyTags": "nobody has a retention policy: an empty list",
}
"""Operations that are there, and what they lack."""

_ONLINE = "Exchange Online only"
LEFT_OUT = {
    **dict.fromkeys(
        (
            *("AddTag", "FindTags", "HideTag", "ReportMessage", "GetSpecificUserConfiguration"),
            *("CreateMeetingInstance", "DeleteMeetingInstance", "GetMeetingInstance", "UpdateMeetingInstance"),
            *("CreateMeetingSpace", "DeleteMeetingSpace", "FindMeetingSpaceByJoinUrl", "GetMeetingSpace"),
            *("UpdateMeetingSpace", "FindAvailableMeetingTimes", "FindMeetingTimeCandidates"),
            *("StartSearchSession", "ExecuteSearch", "EndSearchSession", "GetSearchSuggestions"),
            *("DeleteSearchSuggestion", "GetLastPrivateCatalogUpdate", "GetPrivateCatalogAddIns"),
        ),
        _ONLINE,
    ),
    "FindMessageTrackingReport": "what became of a message is in the log, not kept to be searched",
    "GetMessageTrackingReport": "what became of a message is in the log, not kept to be searched",
    "GetAppMarketplaceUrl": "there is no marketplace",
    "UpdateItemInRecoverableItems": "there are no holds that would keep versions of items",
}
"""Why operations are not there; each is answered with the fault of an invalid request."""


BEYOND = ("GetReminders", "PerformReminderAction")
"""Operations that the schema of messages has and the service description leaves out."""


def operation(name: str) -> tuple[str, str]:
    """Yes, Partly or No, and a remark."""
    if name not in OPERATIONS and f"{name}Request" not in OPERATIONS:
        return "No", LEFT_OUT.get(name, "")
    return ("Partly", PARTLY[name]) if name in PARTLY else ("Yes", "")


_TAGGED = "nothing is {} by it"
ONLY_KEPT = {
    "calendar:InboxReminders": "nobody is reminded by mail",
    "folder:ArchiveTag": _TAGGED.format("archived"),
    "folder:PolicyTag": _TAGGED.format("deleted"),
    "item:ArchiveTag": _TAGGED.format("archived"),
    "item:PolicyTag": _TAGGED.format("deleted"),
}
"""What is kept and told again, and means nothing to this server."""

_CONSUMERS = "of Outlook.com's address book, in no Exchange mailbox"
_CLOUD = "of Exchange Online alone"
WHY = {
    "abchperson:": _CONSUMERS,
    "network:": _CONSUMERS,
    "rolemember:": _CLOUD,
    "booking:": "of Microsoft Bookings, which is online alone",
    "insight:": _CLOUD,
    "person:": "of LinkedIn and Delve, which are online alone",
    "contacts:": _CONSUMERS,
    "contacts:DirectoryId": "the directory has no such identifier",
    "contacts:DirectReports": "the directory does not know who leads whom",
    "contacts:ManagerMailbox": "the directory does not know who leads whom",
    "contacts:Photo": "GetUserPhoto and the photo's attachment have it",
    "conversation:": _CLOUD,
    "item:": _CLOUD,
    "item:EntityExtractionResult": "nothing is read out of bodies",
    "item:FirstBody": "the schema has no element for it",
    "item:MimeContentUTF8": "the schema has no place for it in an item",
    "item:RightsManagementLicenseData": "there is no rights management",
    "item:WebClientEditFormQueryString": "the web client opens no item by its address",
    "item:WebClientReadFormQueryString": "the web client opens no item by its address",
    "message:": _CLOUD,
    "message:ApprovalRequestData": "there is no moderation",
    "message:ReminderMessageData": "reminders do not come as mail",
    "message:PublishedCalendarItemIcs": "the schema has no element for it",
    "message:PublishedCalendarItemName": "the schema has no element for it",
    "calendar:CalendarActivityData": "what clients measure of their users",
    "task:IsAssignmentEditable": "tasks are not assigned to others",
    "persona:": "no place here that personas come from knows it",
    "sharingMessage:": "there are no sharing messages",
    "folder:ManagedFolderInformation": "managed folders are of Exchange 2007",
    "folder:ReplicaList": "there are no public folders",
    "folder:SharingEffectiveRights": "folder:EffectiveRights says what one may do",
}
"""Why a field that is not there is not: by its name, or by how it begins."""


def why(uri: str) -> str:
    """The reason, empty where none is told."""
    return WHY.get(uri) or WHY.get(uri.partition(":")[0] + ":", "")


def field(uri: str) -> tuple[str, str]:
    """Yes, Partly or No, and a remark."""
    if uri in UNKEPT:
        return "No", why(uri) or "may be asked for; there is never a value"
    known = FIELDS.get(uri) or FOLDER_FIELDS.get(uri)
    if uri in CONVERSATION_FIELDS:
        return "Yes", "read, sort" if CONVERSATION_FIELDS[uri].sortable else "read"
    if uri in PERSONA_FIELDS:
        return "Yes", "read"
    if known is None:
        return ("Yes", "by entry") if uri in INDEXED else ("No", why(uri))
    can = [word for word, true in (("write", known.writable), ("search", known.searchable)) if true]
    said = ", ".join(["read", *can])
    return ("Partly", f"{said}; {ONLY_KEPT[uri]}") if uri in ONLY_KEPT else ("Yes", said)


def names(file: str) -> list[str]:
    """The names in a file beside this one."""
    return (HERE / file).read_text().split()


def page() -> str:
    """The whole page."""
    parts = [
        "# What of EWS is there",
        "Written by `python -m tests.ews_support` from the tables that the endpoint answers by; the lists are those of "
        "the schema of Exchange 2019.",
    ]
    for title, head, rows in (
        (
            "Operations",
            "Operation",
            [(name, *operation(name)) for name in sorted((*names("ews_operations.txt"), *BEYOND))],
        ),
        ("Fields", "FieldURI", [(uri, *field(uri)) for uri in names("ews_fields.txt")]),
    ):
        counts = Counter(row[1] for row in rows)
        told = ", ".join(f"{counts[word]} {word}" for word in ("Yes", "Partly", "No"))
        table = "\n".join(f"| {' | '.join(row)} |" for row in rows)
        parts += [f"## {title}", f"{len(rows)}: {told}.", f"| {head} | There | Remark |\n|---|---|---|\n{table}"]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page())
