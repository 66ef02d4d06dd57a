"""A mailbox with something of everything in it, made over EWS."""

from __future__ import annotations

import base64

from tests.scenarios.ews_session import EwsSession, T

MIME = (
    b"From: Greta <greta@fabrikam.test>\r\nTo: Alice <alice@contoso.test>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    b"Date: Mon, 02 Mar 2026 09:00:00 +0100\r\nMessage-ID: <one@fabrikam.test>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n'
    b"<p>gr\xc3\xbc\xc3\x9fe</p>\r\n--b\r\nContent-Type: application/pdf\r\n"
    b'Content-Disposition: attachment; filename="plan.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\n'
    b"JVBERi0xLjQK\r\n--b--\r\n"
)
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c6360f8cf50000003010100f7037f2d0000000049454e44ae426082"
)
_CREATE = (
    '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone"><m:SavedItemFolderId>{folder}'
    "</m:SavedItemFolderId><m:Items>{item}</m:Items></m:CreateItem>"
)
_ZONE = '<t:StartTimeZone Id="W. Europe Standard Time"/><t:EndTimeZone Id="W. Europe Standard Time"/>'


def create(session: EwsSession, folder: str, item: str) -> str:
    """Make one item in a distinguished folder or the one with an identifier; its identifier."""
    place = folder if folder.startswith("<") else f'<t:DistinguishedFolderId Id="{folder}"/>'
    answer = session.ask(_CREATE.format(folder=place, item=item))
    return str(next(answer.iter(T + "ItemId")).get("Id"))


def make_folder(session: EwsSession, name: str, parent: str = "inbox") -> str:
    """A folder below a default one; its written reference."""
    answer = session.ask(
        f'<m:CreateFolder><m:ParentFolderId><t:DistinguishedFolderId Id="{parent}"/></m:ParentFolderId><m:Folders>'
        f"<t:Folder><t:DisplayName>{name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )
    return f'<t:FolderId Id="{next(answer.iter(T + "FolderId")).get("Id")}"/>'


def fill(session: EwsSession) -> None:
    """Make everything."""
    _mail(session)
    _calendar(session)
    _others(session)


def _mail(session: EwsSession) -> None:
    mime = f'<t:MimeContent CharacterSet="UTF-8">{base64.b64encode(MIME).decode()}</t:MimeContent>'
    came = (
        '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/><t:Value>1</t:Value>'
        '</t:ExtendedProperty><t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
        "<t:Value>2026-03-02T08:00:05Z</t:Value></t:ExtendedProperty>"
    )
    words = "<t:Categories><t:String>Blue</t:String><t:String>Plan, later</t:String></t:Categories>"
    create(session, "inbox", f"<t:Message>{mime}{words}{came}</t:Message>")
    old = make_folder(session, "Åre &amp; co")
    flag = "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"
    create(session, old, f"<t:Message>{mime}{came}{flag}</t:Message>")
    create(
        session,
        "drafts",
        '<t:Message><t:Subject>a draft</t:Subject><t:Body BodyType="Text">not yet</t:Body><t:Importance>High'
        "</t:Importance><t:ToRecipients><t:Mailbox><t:Name>Greta</t:Name><t:EmailAddress>greta@fabrikam.test"
        "</t:EmailAddress></t:Mailbox></t:ToRecipients><t:BccRecipients><t:Mailbox><t:EmailAddress>"
        "hidden@fabrikam.test</t:EmailAddress></t:Mailbox></t:BccRecipients></t:Message>",
    )
    create(session, "notes", '<t:PostItem><t:Subject>a post</t:Subject><t:Body BodyType="HTML">x</t:Body></t:PostItem>')


def _calendar(session: EwsSession) -> None:
    create(
        session,
        "calendar",
        "<t:CalendarItem><t:Subject>a day</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>"
        "<t:Start>2026-05-01T00:00:00+02:00</t:Start><t:End>2026-05-02T00:00:00+02:00</t:End>"
        f"<t:IsAllDayEvent>true</t:IsAllDayEvent>{_ZONE}</t:CalendarItem>",
    )
    create(
        session,
        "calendar",
        "<t:CalendarItem><t:Subject>with Greta</t:Subject><t:Start>2026-05-04T08:00:00Z</t:Start>"
        "<t:End>2026-05-04T09:00:00Z</t:End><t:Location>Room 5</t:Location><t:RequiredAttendees><t:Attendee>"
        "<t:Mailbox><t:Name>Greta</t:Name><t:EmailAddress>greta@fabrikam.test</t:EmailAddress></t:Mailbox>"
        f"</t:Attendee></t:RequiredAttendees>{_ZONE}</t:CalendarItem>",
    )
    series = create(
        session,
        "calendar",
        '<t:CalendarItem><t:Subject>weekly</t:Subject><t:Body BodyType="Text">as ever</t:Body>'
        "<t:Start>2026-03-02T09:00:00+01:00</t:Start><t:End>2026-03-02T10:00:00+01:00</t:End>"
        "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Monday</t:DaysOfWeek>"
        "</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-03-02</t:StartDate><t:NumberOfOccurrences>10"
        f"</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>{_ZONE}</t:CalendarItem>",
    )
    changes = (
        '<t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:CalendarItem><t:Subject>another time</t:Subject>'
        '</t:CalendarItem></t:SetItemField><t:SetItemField><t:FieldURI FieldURI="calendar:Start"/><t:CalendarItem>'
        "<t:Start>2026-03-17T12:00:00Z</t:Start></t:CalendarItem></t:SetItemField><t:SetItemField>"
        '<t:FieldURI FieldURI="calendar:End"/><t:CalendarItem><t:End>2026-03-17T13:30:00Z</t:End></t:CalendarItem>'
        "</t:SetItemField>"
    )
    session.ask(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
        f'<m:ItemChanges><t:ItemChange><t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="3"/>'
        f"<t:Updates>{changes}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )
    session.ask(
        '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
        f'<t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="5"/></m:ItemIds></m:DeleteItem>'
    )


def _others(session: EwsSession) -> None:
    contact = create(
        session,
        "contacts",
        "<t:Contact><t:Subject>Greta Garbo</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
        '<t:Body BodyType="Text">first line\r\nsecond, with; signs\\</t:Body>'
        "<t:Categories><t:String>Film</t:String></t:Categories><t:FileAs>Garbo, Greta</t:FileAs>"
        "<t:DisplayName>Greta Garbo</t:DisplayName><t:GivenName>Greta</t:GivenName><t:Initials>GG</t:Initials>"
        "<t:CompanyName>MGM; Studios</t:CompanyName><t:EmailAddresses>"
        '<t:Entry Key="EmailAddress1">greta@fabrikam.test</t:Entry><t:Entry Key="EmailAddress3">g@x.test</t:Entry>'
        '</t:EmailAddresses><t:PhysicalAddresses><t:Entry Key="Home"><t:Street>Blekingegatan 32</t:Street>'
        "<t:City>Stockholm</t:City><t:CountryOrRegion>Sverige</t:CountryOrRegion></t:Entry></t:PhysicalAddresses>"
        '<t:PhoneNumbers><t:Entry Key="BusinessPhone2">+46 8 1</t:Entry><t:Entry Key="Telex">22</t:Entry>'
        "</t:PhoneNumbers><t:Birthday>1905-09-18T00:00:00Z</t:Birthday><t:Department>Film</t:Department>"
        '<t:ImAddresses><t:Entry Key="ImAddress1">sip:greta@fabrikam.test</t:Entry></t:ImAddresses>'
        "<t:JobTitle>Actress</t:JobTitle><t:Surname>Garbo</t:Surname></t:Contact>",
    )
    photo = base64.b64encode(PICTURE).decode()
    session.ask(
        f'<m:CreateAttachment><m:ParentItemId Id="{contact}"/><m:Attachments><t:FileAttachment>'
        "<t:Name>ContactPicture.jpg</t:Name><t:IsContactPhoto>true</t:IsContactPhoto>"
        f"<t:Content>{photo}</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
    )
    create(
        session,
        "contacts",
        "<t:DistributionList><t:Subject>Film people</t:Subject><t:DisplayName>Film people</t:DisplayName>"
        "<t:FileAs>Film people</t:FileAs>"
        '<t:Members><t:Member Key="k1"><t:Mailbox><t:Name>Greta</t:Name><t:EmailAddress>greta@fabrikam.test'
        "</t:EmailAddress><t:RoutingType>SMTP</t:RoutingType></t:Mailbox></t:Member></t:Members></t:DistributionList>",
    )
    create(
        session,
        "tasks",
        "<t:Task><t:Subject>to do</t:Subject><t:DueDate>2026-06-01T00:00:00Z</t:DueDate><t:PercentComplete>25"
        "</t:PercentComplete><t:Status>InProgress</t:Status></t:Task>",
    )
    session.ask(
        "<m:SetUserOofSettingsRequest><t:Mailbox><t:Address>alice@contoso.test</t:Address></t:Mailbox>"
        "<t:UserOofSettings><t:OofState>Enabled</t:OofState><t:ExternalAudience>All</t:ExternalAudience>"
        "<t:InternalReply><t:Message>away</t:Message></t:InternalReply><t:ExternalReply><t:Message>gone</t:Message>"
        "</t:ExternalReply></t:UserOofSettings></m:SetUserOofSettingsRequest>"
    )
