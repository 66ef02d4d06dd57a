"""Calendar items through the endpoint: every answer valid by the schema."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.exchange.world import ALICE, BOB, CAROL, Answer, World, run

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


def test_an_appointment_and_what_it_says_of_itself(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made_id = await made(
            world,
            ALICE,
            '<t:Subject>Lunch</t:Subject><t:Body BodyType="Text">Soup</t:Body><t:ReminderIsSet>false</t:ReminderIsSet>'
            + TIMES
            + "<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Inn</t:Location>"
            + BERLIN,
        )
        answer = await look(world, ALICE, item(made_id))
        for name, expected in {
            "Subject": "Lunch",
            "Start": "2026-12-01T09:00:00Z",
            "End": "2026-12-01T10:00:00Z",
            "IsAllDayEvent": "false",
            "LegacyFreeBusyStatus": "OOF",
            "Location": "Inn",
            "IsMeeting": "false",
            "IsCancelled": "false",
            "IsRecurring": "false",
            "CalendarItemType": "Single",
            "MyResponseType": "Organizer",
            "Duration": "PT1H",
            "AppointmentSequenceNumber": "0",
            "ReminderIsSet": "false",
        }.items():
            assert answer.text(f"//t:CalendarItem/t:{name}") == expected
        assert answer.text("//t:Organizer/t:Mailbox/t:EmailAddress") == ALICE.mail
        assert answer.one("//t:StartTimeZone").get("Id") == "W. Europe Standard Time"
        assert len(answer.text("//t:UID")) == 112
        assert not answer.all("//t:RequiredAttendees")

    run(story, tmp_path)


def test_times_without_offset_are_in_the_items_or_the_requests_zone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        local = "<t:Start>2026-07-01T09:00:00</t:Start><t:End>2026-07-01T10:00:00</t:End>"
        own = await made(world, ALICE, local + BERLIN)
        assert (await look(world, ALICE, item(own))).text("//t:Start") == "2026-07-01T07:00:00Z"
        header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Tokyo Standard Time"/></t:TimeZoneContext>'
        answer = await world.ask(ALICE, create(local), header=header)
        asked = answer.one("//t:ItemId").get("Id") or ""
        found = await look(world, ALICE, item(asked))
        assert found.text("//t:Start") == "2026-07-01T00:00:00Z"
        assert found.one("//t:StartTimeZone").get("Id") == "Tokyo Standard Time"

    run(story, tmp_path)


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
    "no end": "<t:NoEndRecurrence><t:StartDate>2026-12-01</t:StartDate></t:NoEndRecurrence>",
    "end": "<t:EndDateRecurrence><t:StartDate>2026-12-01</t:StartDate><t:EndDate>2029-12-31</t:EndDate>"
    "</t:EndDateRecurrence>",
    "numbered": "<t:NumberedRecurrence><t:StartDate>2026-12-01</t:StartDate>"
    "<t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence>",
}


@pytest.mark.parametrize("extent", RANGES)
@pytest.mark.parametrize("pattern", RECURRENCES)
def test_every_recurrence_comes_back_as_it_was_said(pattern: str, extent: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        recurrence = f"<t:Recurrence>{RECURRENCES[pattern]}{RANGES[extent]}</t:Recurrence>"
        made_id = await made(world, ALICE, TIMES + recurrence + BERLIN)
        answer = await look(world, ALICE, item(made_id))
        said = [(one.tag, one.text) for one in answer.one("//t:Recurrence").iter()]
        given = Answer(200, _parsed(recurrence), b"")
        assert said == [(one.tag, one.text) for one in given.root.iter()]
        assert answer.text("//t:CalendarItemType") == "RecurringMaster"
        assert answer.text("//t:IsRecurring") == "true"
        first = answer.text("//t:FirstOccurrence/t:Start")
        assert first == answer.text("//t:CalendarItem/t:Start")
        assert bool(answer.all("//t:LastOccurrence")) is (extent != "no end")
        one = await look(world, ALICE, occurrence(made_id, 1))
        assert one.text("//t:CalendarItemType") == "Occurrence" and not one.all("//t:Recurrence")
        assert one.text("//t:OriginalStart") == first

    run(story, tmp_path)


def _parsed(xml: str) -> object:
    from lxml import etree

    from tests.exchange.world import NAMES

    return etree.fromstring(xml.replace("<t:Recurrence>", f'<t:Recurrence xmlns:t="{NAMES["t"]}">', 1))


DAILY = f"<t:Recurrence>{RECURRENCES['daily']}{RANGES['numbered']}</t:Recurrence>"


def test_occurrences_by_index_by_their_own_ids_and_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        series = await made(world, ALICE, "<t:Subject>S</t:Subject>" + TIMES + DAILY)
        second = await look(world, ALICE, occurrence(series, 2))
        identifier = second.one("//t:CalendarItem/t:ItemId").get("Id") or ""
        assert identifier != series and second.text("//t:Start") == "2026-12-03T09:00:00Z"
        assert (await look(world, ALICE, item(identifier))).text("//t:Start") == "2026-12-03T09:00:00Z"
        master = await look(world, ALICE, f'<t:RecurringMasterItemId OccurrenceId="{identifier}"/>')
        assert master.one("//t:CalendarItem/t:ItemId").get("Id") == series

        times = (
            ("calendar:Start", "<t:Start>2026-12-03T15:00:00Z</t:Start>"),
            ("calendar:End", "<t:End>2026-12-03T16:00:00Z</t:End>"),
        )
        changed = await world.ask(ALICE, update(item(identifier), *times))
        assert changed.codes == ["NoError"] and changed.one("//t:ItemId").get("Id") == identifier
        moved = await look(world, ALICE, item(identifier))
        assert moved.texts("//t:CalendarItemType | //t:CalendarItem/t:Start") == ["2026-12-03T15:00:00Z", "Exception"]
        assert (await world.ask(ALICE, delete(occurrence(series, 4)))).codes == ["NoError"]
        whole = await look(world, ALICE, item(series))
        assert whole.texts("//t:ModifiedOccurrences/t:Occurrence/t:OriginalStart") == ["2026-12-03T09:00:00Z"]
        assert whole.one("//t:ModifiedOccurrences/t:Occurrence/t:ItemId").get("Id") == identifier
        assert whole.texts("//t:DeletedOccurrence/t:Start") == ["2026-12-07T09:00:00Z"]
        refused = await world.ask(
            ALICE,
            get(occurrence(series, 4), occurrence(series, 9), occurrence(series, 0), occurrence(identifier, 1)),
        )
        assert refused.codes == [
            "ErrorCalendarOccurrenceIsDeletedFromRecurrence",
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
            "ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange",
            "ErrorCalendarCannotUseIdForRecurringMasterId",
        ]
        assert (await world.ask(ALICE, delete(item(series)))).codes == ["NoError"]
        gone = await world.ask(ALICE, get(item(series), item(identifier)))
        assert gone.codes == ["ErrorItemNotFound", "ErrorItemNotFound"]

    run(story, tmp_path)


def test_an_all_day_event_is_midnight_in_its_zone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = (
            "<t:Start>2026-12-24T00:00:00+01:00</t:Start><t:End>2026-12-27T00:00:00+01:00</t:End>"
            "<t:IsAllDayEvent>true</t:IsAllDayEvent>" + BERLIN
        )
        answer = await look(world, ALICE, item(await made(world, ALICE, inner)))
        assert answer.text("//t:CalendarItem/t:Start") == "2026-12-23T23:00:00Z"
        assert answer.text("//t:CalendarItem/t:End") == "2026-12-26T23:00:00Z"
        assert answer.text("//t:LegacyFreeBusyStatus") == "Free"

    run(story, tmp_path)


def test_a_meeting_from_invitation_to_cancellation(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = (
            "<t:Subject>Plan</t:Subject>"
            + TIMES
            + f"<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
            + f"<t:OptionalAttendees>{attendees(CAROL)}</t:OptionalAttendees>"
        )
        mine = await made(world, ALICE, inner, "SendToAllAndSaveCopy")
        request = await only(world, BOB, "inbox")
        letter = await look(world, BOB, item(request))
        assert letter.text("//t:ItemClass") == "IPM.Schedule.Meeting.Request"
        assert letter.text("//t:MeetingRequestType") == "NewMeetingRequest"
        theirs = await only(world, BOB, "calendar")
        assert letter.one("//t:AssociatedCalendarItemId").get("Id") == theirs
        both = [(await look(world, who, item(one))) for who, one in ((ALICE, mine), (BOB, theirs))]
        assert both[0].text("//t:UID") == both[1].text("//t:UID") == letter.text("//t:UID")
        assert both[1].text("//t:MyResponseType") == "NoResponseReceived"
        assert both[1].texts("//t:OptionalAttendees//t:EmailAddress") == [CAROL.mail]

        accepted = await world.ask(BOB, respond("AcceptItem", request, '<t:Body BodyType="Text">Yes</t:Body>'))
        assert accepted.codes == ["NoError"]
        kinds = [one.tag.rpartition("}")[2] for one in accepted.one("//m:Items")]
        assert kinds == ["CalendarItem", "MeetingRequest", "MeetingResponse"]
        assert (await look(world, ALICE, item(mine))).text("//t:RequiredAttendees//t:ResponseType") == "Accept"
        answer = await look(world, ALICE, item(await only(world, ALICE, "inbox")))
        assert answer.texts("//t:MeetingResponse/t:ResponseType | //t:MeetingResponse/t:Subject") == [
            "Accepted: Plan",
            "Accept",
        ]
        declined = await world.ask(CAROL, respond("DeclineItem", await only(world, CAROL, "inbox")))
        assert declined.codes == ["NoError"]
        assert (await look(world, ALICE, item(mine))).text("//t:OptionalAttendees//t:ResponseType") == "Decline"

        moved = await world.ask(
            ALICE,
            update(
                item(mine),
                ("calendar:Start", "<t:Start>2026-12-01T11:00:00Z</t:Start>"),
                ("calendar:End", "<t:End>2026-12-01T12:00:00Z</t:End>"),
                send="SendToAllAndSaveCopy",
            ),
        )
        assert moved.codes == ["NoError"]
        again = await look(world, BOB, item(await only(world, BOB, "inbox")))
        assert again.text("//t:MeetingRequestType") == "FullUpdate"
        assert again.text("//t:AppointmentSequenceNumber") == "1"
        assert (await look(world, BOB, item(theirs))).text("//t:CalendarItem/t:Start") == "2026-12-01T11:00:00Z"

        assert (await world.ask(ALICE, delete(item(mine), "SendOnlyToAll"))).codes == ["NoError"]
        called_off = await look(world, BOB, item(theirs))
        assert called_off.texts("//t:IsCancelled | //t:CalendarItem/t:Subject") == ["Canceled: Plan", "true"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    "kind", ["AcceptItem", "TentativelyAcceptItem", "DeclineItem", "CancelCalendarItem", "RemoveItem"]
)
def test_responses_to_what_is_not_there(kind: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mine = await made(world, ALICE, TIMES)
        await world.ask(ALICE, delete(item(mine)))
        assert (await world.ask(ALICE, respond(kind, mine))).codes == ["ErrorItemNotFound"]
        assert (await world.ask(ALICE, respond(kind, "AAAA"))).codes == ["ErrorInvalidIdMalformed"]
        nothing = respond(kind, "x").replace('<t:ReferenceItemId Id="x"/>', "")
        assert (await world.ask(ALICE, nothing)).codes == ["ErrorMissingInformationReferenceItemId"]

    run(story, tmp_path)


def test_proposing_another_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = TIMES + f"<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
        mine = await made(world, ALICE, inner, "SendOnlyToAll")
        proposal = (
            "<t:ProposedStart>2026-12-02T09:00:00Z</t:ProposedStart><t:ProposedEnd>2026-12-02T10:00:00Z</t:ProposedEnd>"
        )
        answer = await world.ask(BOB, respond("TentativelyAcceptItem", await only(world, BOB, "inbox"), proposal))
        assert answer.codes == ["NoError"]
        found = await look(world, ALICE, item(mine))
        assert found.text("//t:RequiredAttendees//t:ProposedStart") == "2026-12-02T09:00:00Z"
        letter = await look(world, ALICE, item(await only(world, ALICE, "inbox")))
        assert letter.text("//t:MeetingResponse/t:ProposedEnd") == "2026-12-02T10:00:00Z"

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("inner", "code"),
    [
        (
            "<t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T08:00:00Z</t:End>",
            "ErrorCalendarEndDateIsEarlierThanStartDate",
        ),
        (TIMES + '<t:StartTimeZone Id="Nowhere"/>', "ErrorTimeZone"),
    ],
)
def test_what_cannot_be_is_refused_in_its_place(inner: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, create(inner))).codes == [code]

    run(story, tmp_path)


def test_a_view_of_a_calendar(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await made(world, ALICE, "<t:Subject>S</t:Subject>" + TIMES + DAILY)
        await made(world, ALICE, "<t:Subject>A</t:Subject>" + TIMES)
        place = await world.exchange.folders.resolve(_caller(ALICE), _named("calendar"))
        begin, end = datetime(2026, 12, 1, tzinfo=UTC), datetime(2026, 12, 6, tzinfo=UTC)
        found = await world.exchange.calendar.view(place, begin, end, limit=3)
        told = [(one.properties.subject, one.occurrence) for one in found.items]
        assert sorted(told[:2]) == [("A", 0), ("S", 1)] and told[2:] == [("S", 2)]
        assert found.total == 4

    run(story, tmp_path)


def _caller(who: object) -> object:
    from samband.model.caller import Caller

    return Caller(who, "basic")  # type: ignore[arg-type]


def _named(name: str) -> object:
    from samband.model.folders import NamedFolder

    return NamedFolder(name)


MIME = "<t:IncludeMimeContent>true</t:IncludeMimeContent>"


async def mime(world: World, who: object, identifier: str) -> str:
    import base64

    answer = await world.ask(who, get(item(identifier), shape="IdOnly", more=MIME))  # type: ignore[arg-type]
    assert answer.codes == ["NoError"], answer.raw
    return base64.b64decode(answer.text("//t:MimeContent")).decode()


def unfolded(text: str) -> list[str]:
    return text.replace("\r\n ", "").splitlines()


def test_a_series_as_icalendar_and_made_of_it_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        import base64

        series = await made(
            world, ALICE, "<t:Subject>Å, B; C</t:Subject>" + TIMES + "<t:Location>R1</t:Location>" + DAILY + BERLIN
        )
        times = (
            ("calendar:Start", "<t:Start>2026-12-03T15:00:00Z</t:Start>"),
            ("calendar:End", "<t:End>2026-12-03T16:00:00Z</t:End>"),
        )
        await world.ask(ALICE, update(occurrence(series, 2), *times))
        await world.ask(ALICE, delete(occurrence(series, 4)))
        text = await mime(world, ALICE, series)
        lines = unfolded(text)
        assert lines[:2] == ["BEGIN:VCALENDAR", "METHOD:PUBLISH"]
        for expected in (
            "TZID:W. Europe Standard Time",
            "SUMMARY:Å\\, B\\; C",
            "DTSTART;TZID=W. Europe Standard Time:20261201T100000",
            "RRULE:FREQ=DAILY;INTERVAL=2;COUNT=5",
            "EXDATE;TZID=W. Europe Standard Time:20261207T100000",
            "RECURRENCE-ID;TZID=W. Europe Standard Time:20261203T100000",
            "DTSTART;TZID=W. Europe Standard Time:20261203T160000",
            "X-MICROSOFT-CDO-BUSYSTATUS:BUSY",
            "TRIGGER;RELATED=START:-PT15M",
        ):
            assert expected in lines, text

        content = f"<t:MimeContent>{base64.b64encode(text.encode()).decode()}</t:MimeContent>"
        copy = await made(world, BOB, content)
        found = await look(world, BOB, item(copy))
        assert found.texts("//t:CalendarItem/t:Subject | //t:CalendarItem/t:Location") == ["Å, B; C", "R1"]
        assert found.text("//t:CalendarItem/t:Start") == "2026-12-01T09:00:00Z"
        assert found.one("//t:StartTimeZone").get("Id") == "W. Europe Standard Time"
        assert found.text("//t:NumberOfOccurrences") == "5"
        assert found.texts("//t:DeletedOccurrence/t:Start") == ["2026-12-07T09:00:00Z"]
        changed = text.replace("R1", "R2").replace("COUNT=5", "COUNT=7")
        again = f"<t:MimeContent>{base64.b64encode(changed.encode()).decode()}</t:MimeContent>"
        assert (await world.ask(BOB, update(item(copy), ("item:MimeContent", again)))).codes == ["NoError"]
        found = await look(world, BOB, item(copy))
        assert found.texts("//t:CalendarItem/t:Location | //t:NumberOfOccurrences") == ["R2", "7"]

    run(story, tmp_path)


def test_what_is_no_icalendar_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, create("<t:MimeContent>QUJD</t:MimeContent>"))).codes == [
            "ErrorMimeContentInvalid"
        ]

    run(story, tmp_path)


def test_messages_about_meetings_carry_icalendar(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = "<t:Subject>Plan</t:Subject>" + TIMES + f"<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
        mine = await made(world, ALICE, inner, "SendOnlyToAll")
        uid = (await look(world, ALICE, item(mine))).text("//t:UID")
        request = await only(world, BOB, "inbox")
        said = await calendar_part(world, BOB, request)
        assert "METHOD:REQUEST" in said and f"UID:{uid}" in said
        assert f"ORGANIZER;CN=Alice:mailto:{ALICE.mail}" in said
        assert "ATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE;CN=Bob:mailto:bob@contoso.test" in said
        await world.ask(BOB, respond("AcceptItem", request))
        said = await calendar_part(world, ALICE, await only(world, ALICE, "inbox"))
        assert "METHOD:REPLY" in said and "PARTSTAT=ACCEPTED" in " ".join(said)
        await world.ask(ALICE, delete(item(mine), "SendOnlyToAll"))
        said = await calendar_part(world, BOB, await only(world, BOB, "inbox"))
        assert "METHOD:CANCEL" in said and "STATUS:CANCELLED" in said and "SEQUENCE:1" in said

    run(story, tmp_path)


async def calendar_part(world: World, who: object, identifier: str) -> list[str]:
    import email

    message = email.message_from_string(await mime(world, who, identifier))
    part = next(one for one in message.walk() if one.get_content_type() == "text/calendar")
    content = part.get_payload(decode=True)
    assert isinstance(content, bytes)
    return unfolded(content.decode())


OLD_BERLIN = (
    "<t:MeetingTimeZone><t:BaseOffset>-PT60M</t:BaseOffset><t:Standard><t:Offset>PT0M</t:Offset>"
    "<t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek><t:DayOfWeekIndex>Last</t:DayOfWeekIndex>"
    "<t:Month>October</t:Month></t:RelativeYearlyRecurrence><t:Time>03:00:00</t:Time></t:Standard>"
    "<t:Daylight><t:Offset>-PT60M</t:Offset><t:RelativeYearlyRecurrence><t:DaysOfWeek>Sunday</t:DaysOfWeek>"
    "<t:DayOfWeekIndex>Last</t:DayOfWeekIndex><t:Month>March</t:Month></t:RelativeYearlyRecurrence>"
    "<t:Time>02:00:00</t:Time></t:Daylight></t:MeetingTimeZone>"
)


@pytest.mark.parametrize("zone", [OLD_BERLIN, '<t:MeetingTimeZone TimeZoneName="W. Europe Standard Time"/>'])
def test_clients_of_2007_say_their_zone_in_their_way(zone: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        start = "<t:Start>2027-03-26T09:00:00+01:00</t:Start><t:End>2027-03-26T10:00:00+01:00</t:End>"
        series = (
            "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
            "<t:StartDate>2027-03-26</t:StartDate><t:NumberOfOccurrences>5</t:NumberOfOccurrences>"
            "</t:NumberedRecurrence></t:Recurrence>"
        )
        answer = await world.ask(ALICE, create(start + series + zone), version="Exchange2007_SP1")
        assert answer.codes == ["NoError"]
        made_id = answer.one("//t:ItemId").get("Id") or ""
        third = await look(world, ALICE, occurrence(made_id, 3))
        assert third.text("//t:CalendarItem/t:Start") == "2027-03-28T07:00:00Z"
        asked = '<t:AdditionalProperties><t:FieldURI FieldURI="calendar:MeetingTimeZone"/></t:AdditionalProperties>'
        found = await world.ask(ALICE, get(item(made_id), shape="IdOnly", more=asked), version="Exchange2007_SP1")
        named = [one.get("TimeZoneName") for one in found.all("//t:MeetingTimeZone")]
        assert named == (["W. Europe Standard Time"] if "TimeZoneName" in zone else [])

    run(story, tmp_path)
