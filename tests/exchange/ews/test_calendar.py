"""Calendar items through the endpoint: every answer valid by the schema."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.exchange.ews.calendar_requests import (
    BERLIN,
    DAILY,
    RANGES,
    RECURRENCES,
    TIMES,
    create,
    delete,
    get,
    item,
    look,
    made,
    occurrence,
    update,
)
from tests.exchange.world import ALICE, Answer, World, run


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
        assert answer.text("//t:IsRecurring") == "false"
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
