"""What the base shape Default holds for each kind of item."""

from __future__ import annotations

_ANY = frozenset({"item:ItemId", "item:Subject", "item:HasAttachments"})
_MESSAGE = _ANY | {
    "item:Body",
    "item:Sensitivity",
    "item:Size",
    "item:DateTimeSent",
    "item:DateTimeCreated",
    "item:Attachments",
    "item:ResponseObjects",
    "item:IsAssociated",
    "message:From",
    "message:IsReadReceiptRequested",
    "message:IsDeliveryReceiptRequested",
    "message:IsRead",
    "message:ToRecipients",
    "message:CcRecipients",
}
_MEETING = _MESSAGE | {
    "meeting:AssociatedCalendarItemId",
    "meeting:IsDelegated",
    "meeting:IsOutOfDate",
    "meeting:HasBeenProcessed",
    "meeting:ResponseType",
    "meetingRequest:MeetingRequestType",
    "meetingRequest:IntendedFreeBusyStatus",
    "calendar:Start",
    "calendar:End",
    "calendar:Location",
    "calendar:Organizer",
}

DEFAULTS: dict[str, frozenset[str]] = {
    "Item": _MESSAGE,
    "Message": _MESSAGE,
    "CalendarItem": _ANY
    | {
        "item:ResponseObjects",
        "item:IsAssociated",
        "calendar:Start",
        "calendar:End",
        "calendar:LegacyFreeBusyStatus",
        "calendar:Location",
        "calendar:CalendarItemType",
        "calendar:Organizer",
    },
    "MeetingMessage": _MEETING,
    "MeetingRequest": _MEETING,
    "MeetingResponse": _MEETING,
    "MeetingCancellation": _MEETING,
    "Contact": _ANY
    | {
        "contacts:FileAs",
        "contacts:CompanyName",
        "contacts:CompleteName",
        "contacts:EmailAddresses",
        "contacts:ImAddresses",
        "contacts:JobTitle",
        "contacts:PhoneNumbers",
        "contacts:PhysicalAddresses",
    },
    "DistributionList": _ANY | {"contacts:DisplayName", "contacts:FileAs"},
    "Task": _ANY | {"task:DueDate", "task:PercentComplete", "task:StartDate", "task:Status"},
    "PostItem": _ANY | {"item:Body", "item:DateTimeCreated", "item:Size", "message:From", "postitem:PostedTime"},
}
"""FieldURIs by kind. Fields that FindItem does not have in its shapes are left out there."""
