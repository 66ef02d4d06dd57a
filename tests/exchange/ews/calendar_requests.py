"""Requests about calendars, and looking at what came of them."""

from __future__ import annotations

from tests.exchange.world import Answer, World

TIMES = "<t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End>"
BERLIN = '<t:StartTimeZone Id="W. Europe Standard Time"/>'


def create(inner: str, send: str = "SendToNone", folder: str = "") -> str:
    return (
        f'<m:CreateItem SendMeetingInvitations="{send}">{folder}<m:Items><t:CalendarItem>{inner}</t:CalendarItem>'
        "</m:Items></m:CreateItem>"
    )


def attendees(*people: object) -> str:
    return "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{person.mail}</t:EmailAddress></t:Mailbox></t:Attendee>"  # type: ignore[attr-defined]
        for person in people
    )


def get(*ids: str, shape: str = "AllProperties", more: str = "") -> str:
    return (
        f"<m:GetItem><m:ItemShape><t:BaseShape>{shape}</t:BaseShape>{more}</m:ItemShape>"
        f"<m:ItemIds>{''.join(ids)}</m:ItemIds></m:GetItem>"
    )


def item(identifier: str) -> str:
    return f'<t:ItemId Id="{identifier}"/>'


def occurrence(identifier: str, index: int) -> str:
    return f'<t:OccurrenceItemId RecurringMasterId="{identifier}" InstanceIndex="{index}"/>'


def update(identifier: str, *fields: tuple[str, str], send: str = "SendToNone") -> str:
    changes = "".join(
        f'<t:SetItemField><t:FieldURI FieldURI="{uri}"/><t:CalendarItem>{xml}</t:CalendarItem></t:SetItemField>'
        for uri, xml in fields
    )
    return (
        f'<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="{send}">'
        f"<m:ItemChanges><t:ItemChange>{identifier}<t:Updates>{changes}</t:Updates></t:ItemChange></m:ItemChanges>"
        "</m:UpdateItem>"
    )


def delete(identifier: str, send: str = "SendToNone") -> str:
    return (
        f'<m:DeleteItem DeleteType="MoveToDeletedItems" SendMeetingCancellations="{send}">'
        f"<m:ItemIds>{identifier}</m:ItemIds></m:DeleteItem>"
    )


def respond(kind: str, identifier: str, more: str = "", disposition: str = "SendAndSaveCopy") -> str:
    return (
        f'<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:{kind}>'
        f'<t:ReferenceItemId Id="{identifier}"/>{more}</t:{kind}></m:Items></m:CreateItem>'
    )


def sync(folder: str) -> str:
    return (
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SyncFolderId><m:MaxChangesReturned>100</m:MaxChangesReturned>'
        "</m:SyncFolderItems>"
    )


async def made(world: World, who: object, inner: str, send: str = "SendToNone") -> str:
    answer = await world.ask(who, create(inner, send))  # type: ignore[arg-type]
    assert answer.codes == ["NoError"], answer.raw
    return answer.one("//t:ItemId").get("Id") or ""


async def look(world: World, who: object, identifier: str) -> Answer:
    answer = await world.ask(who, get(identifier))  # type: ignore[arg-type]
    assert answer.codes == ["NoError"], answer.raw
    return answer


async def only(world: World, who: object, folder: str) -> str:
    answer = await world.ask(who, sync(folder))  # type: ignore[arg-type]
    return answer.one("//t:ItemId").get("Id") or ""


RECURRENCES = {
    "daily": "<t:DailyRecurrence><t:Interval>2</t:Interval></t:DailyRecurrence>",
    "weekly": "<t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday Friday</t:DaysOfWeek>"
    "<t:FirstDayOfWeek>Monday</t:FirstDayOfWeek></t:WeeklyRecurrence>",
    "monthly": "<t:AbsoluteMonthlyRecurrence><t:Interval>1</t:Interval><t:DayOfMonth>31</t:DayOfMonth>"
    "</t:AbsoluteMonthlyRecurrence>",
    "third weekday": "<t:RelativeMonthlyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Weekday</t:DaysOfWeek>"
    "<t:DayOfWeekIndex>Third</t:DayOfWeekIndex></t:RelativeMonthlyRecurrence>",
    "yearly": "<t:AbsoluteYearlyRecurrence><t:DayOfMonth>29</t:DayOfMonth><t:Month>February</t:Month>"
    "</t:AbsoluteYearlyRecurrence>",
    "last sunday": "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
    "<t:DayOfWeekIndex>Last</t:DayOfWeekIndex><t:Month>May</t:Month></t:RelativeYearlyRecurrence>",
}


RANGES = {
    "no end": "<t:NoEndRecurrence><t:StartDate>2026-12-01Z</t:StartDate></t:NoEndRecurrence>",
    "end": "<t:EndDateRecurrence><t:StartDate>2026-12-01Z</t:StartDate><t:EndDate>2029-12-31Z</t:EndDate>"
    "</t:EndDateRecurrence>",
    "numbered": "<t:NumberedRecurrence><t:StartDate>2026-12-01Z</t:StartDate>"
    "<t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence>",
}


DAILY = f"<t:Recurrence>{RECURRENCES['daily']}{RANGES['numbered']}</t:Recurrence>"
MIME = "<t:IncludeMimeContent>true</t:IncludeMimeContent>"


async def mime(world: World, who: object, identifier: str) -> str:
    import base64

    answer = await world.ask(who, get(item(identifier), shape="IdOnly", more=MIME))  # type: ignore[arg-type]
    assert answer.codes == ["NoError"], answer.raw
    return base64.b64decode(answer.text("//t:MimeContent")).decode()


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").splitlines()


async def calendar_part(world: World, who: object, identifier: str) -> list[str]:
    import email

    message = email.message_from_string(await mime(world, who, identifier))
    part = next(one for one in message.walk() if one.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return unfolded(content.decode())
