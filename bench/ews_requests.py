"""EWS requests for measuring: the same for every server, by address of the mailbox."""

from __future__ import annotations

import base64
from datetime import datetime, timedelta

TYPES = "http://schemas.microsoft.com/exchange/services/2006/types"
MESSAGES = "http://schemas.microsoft.com/exchange/services/2006/messages"
FIRST_DAY = datetime(2027, 3, 1)
TEXT = "Words that stand for the body of a message, as long as a short letter is. " * 60
_ZONE = "".join(
    f"<t:{part}><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month>"
    f"<t:DayOfWeek>Sunday</t:DayOfWeek></t:{part}>"
    for part in ("StandardTime", "DaylightTime")
)


def http(address: str, password: str, body: str) -> bytes:
    """One whole HTTP request with Basic credentials."""
    envelope = (
        '<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        f'xmlns:t="{TYPES}" xmlns:m="{MESSAGES}"><s:Header><t:RequestServerVersion Version="Exchange2013"/></s:Header>'
        f"<s:Body>{body}</s:Body></s:Envelope>"
    ).encode()
    credentials = base64.b64encode(f"{address}:{password}".encode()).decode()
    head = (
        "POST /EWS/Exchange.asmx HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/xml; charset=utf-8\r\n"
        f"Authorization: Basic {credentials}\r\nContent-Length: {len(envelope)}\r\n\r\n"
    )
    return head.encode() + envelope


def http_get(address: str, password: str, path: str, known: str = "") -> bytes:
    """One whole GET with Basic credentials; ``known``: the ETag that the client has."""
    credentials = base64.b64encode(f"{address}:{password}".encode()).decode()
    condition = f'If-None-Match: "{known}"\r\n' if known else ""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic {credentials}\r\n{condition}\r\n".encode()


def get_photo(address: str) -> str:
    return f"<m:GetUserPhoto><m:Email>{address}</m:Email><m:SizeRequested>HR96x96</m:SizeRequested></m:GetUserPhoto>"


def set_photo(address: str, picture: bytes) -> str:
    content = base64.b64encode(picture).decode()
    return f"<m:SetUserPhoto><m:Email>{address}</m:Email><m:Content>{content}</m:Content></m:SetUserPhoto>"


def message(number: int, to: str, size: int = 4000) -> str:
    return (
        f"<t:Message><t:Subject>Message number {number} about project {number % 17}</t:Subject>"
        f'<t:Body BodyType="Text">{TEXT[:size]}</t:Body><t:ToRecipients><t:Mailbox>'
        f"<t:EmailAddress>{to}</t:EmailAddress></t:Mailbox></t:ToRecipients><t:IsRead>true</t:IsRead></t:Message>"
    )


def appointment(number: int, attendees: tuple[str, ...] = ()) -> str:
    start = FIRST_DAY + timedelta(days=number % 60, hours=8 + number * 7 % 10)
    end = start + timedelta(minutes=30 + 30 * (number % 3))
    people = "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox></t:Attendee>" for one in attendees
    )
    return (
        f"<t:CalendarItem><t:Subject>Meeting {number}</t:Subject><t:Body BodyType='Text'>{TEXT[:120]}</t:Body>"
        f"<t:Start>{start.isoformat()}Z</t:Start><t:End>{end.isoformat()}Z</t:End>"
        f"<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>Room {number % 9}</t:Location>"
        + (f"<t:RequiredAttendees>{people}</t:RequiredAttendees>" if people else "")
        + "</t:CalendarItem>"
    )


def create_messages(items: str, folder: str = "inbox") -> str:
    return (
        '<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>'
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId><m:Items>{items}</m:Items></m:CreateItem>'
    )


def create_appointments(items: str, send: str = "SendToNone") -> str:
    return (
        f'<m:CreateItem SendMeetingInvitations="{send}"><m:SavedItemFolderId>'
        f'<t:DistinguishedFolderId Id="calendar"/></m:SavedItemFolderId><m:Items>{items}</m:Items></m:CreateItem>'
    )


def get_folder(folder: str = "inbox") -> str:
    return (
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
        f'<t:DistinguishedFolderId Id="{folder}"/></m:FolderIds></m:GetFolder>'
    )


def get_items(identifiers: list[str]) -> str:
    ids = "".join(f'<t:ItemId Id="{one}"/>' for one in identifiers)
    return (
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{ids}</m:ItemIds></m:GetItem>"
    )


def find_items(count: int = 50, folder: str = "inbox") -> str:
    return (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        f'<m:IndexedPageItemView MaxEntriesReturned="{count}" Offset="0" BasePoint="Beginning"/><m:ParentFolderIds>'
        f'<t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds></m:FindItem>'
    )


def get_folder_size(folder: str = "inbox") -> str:
    return (
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>"
        '<t:ExtendedFieldURI PropertyTag="0xe08" PropertyType="Long"/></t:AdditionalProperties></m:FolderShape>'
        f'<m:FolderIds><t:DistinguishedFolderId Id="{folder}"/></m:FolderIds></m:GetFolder>'
    )


def find_page(offset: int, *, more: str = "", query: str = "", count: int = 50, folder: str = "inbox") -> str:
    """A page of 50 items; ``more``: a restriction or a sort order."""
    asked = f"<m:QueryString>{query}</m:QueryString>" if query else ""
    return (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        f'<m:IndexedPageItemView MaxEntriesReturned="{count}" Offset="{offset}" BasePoint="Beginning"/>{more}'
        f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{folder}"/></m:ParentFolderIds>{asked}</m:FindItem>'
    )


def calendar_view(first: int, days: int = 7) -> str:
    start = FIRST_DAY + timedelta(days=first)
    return (
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        f'<m:CalendarView StartDate="{start.isoformat()}Z" EndDate="{(start + timedelta(days=days)).isoformat()}Z"/>'
        '<m:ParentFolderIds><t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
    )


def sync(state: str = "", count: int = 100, folder: str = "inbox") -> str:
    known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SyncFolderId>{known}'
        f"<m:MaxChangesReturned>{count}</m:MaxChangesReturned></m:SyncFolderItems>"
    )


def availability(addresses: list[str], first: int, days: int = 7) -> str:
    start = FIRST_DAY + timedelta(days=first)
    people = "".join(
        f"<t:MailboxData><t:Email><t:Address>{one}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
        "<t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData>"
        for one in addresses
    )
    return (
        f"<m:GetUserAvailabilityRequest><t:TimeZone><t:Bias>0</t:Bias>{_ZONE}</t:TimeZone>"
        f"<m:MailboxDataArray>{people}</m:MailboxDataArray><t:FreeBusyViewOptions><t:TimeWindow>"
        f"<t:StartTime>{start.isoformat()}</t:StartTime><t:EndTime>{(start + timedelta(days=days)).isoformat()}"
        "</t:EndTime></t:TimeWindow><t:MergedFreeBusyIntervalInMinutes>30</t:MergedFreeBusyIntervalInMinutes>"
        "<t:RequestedView>FreeBusy</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"
    )
