from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.directory.group_index import GroupIndex
from samband.exchange.actions.settings import ExchangeSettings
from samband.model.caller import Caller
from samband.model.freebusy import STATES, Stretch, WorkingHours, WorkingPeriod, merge
from samband.model.groups import Group
from samband.model.item_values import FreeBusy, Sensitivity
from samband.model.items import CalendarProperties
from samband.model.people import Person
from samband.model.recurrence import NoEnd, Recurrence, Weekly
from samband.model.timezones import ZoneDefinition
from samband.store import calendar
from tests.exchange.world import ALICE, BOB, CAROL, PARTNER, Answer, World, person, run

UTC_ZONE = (
    "<t:TimeZone><t:Bias>0</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder>"
    "<t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>0</t:Bias>"
    "<t:Time>00:00:00</t:Time><t:DayOrder>0</t:DayOrder><t:Month>0</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
    "</t:DaylightTime></t:TimeZone>"
)
BERLIN_ZONE = (
    "<t:TimeZone><t:Bias>-60</t:Bias><t:StandardTime><t:Bias>0</t:Bias><t:Time>03:00:00</t:Time><t:DayOrder>5</t:DayOrder>"
    "<t:Month>10</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek></t:StandardTime><t:DaylightTime><t:Bias>-60</t:Bias>"
    "<t:Time>02:00:00</t:Time><t:DayOrder>5</t:DayOrder><t:Month>3</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
    "</t:DaylightTime></t:TimeZone>"
)
MONDAY = datetime(2027, 3, 1, tzinfo=UTC)


def ask(
    *addresses: str,
    view: str = "FreeBusyMerged",
    start: str = "2027-03-01T00:00:00",
    end: str = "2027-03-02T00:00:00",
    interval: int = 60,
    zone: str = UTC_ZONE,
) -> str:
    boxes = "".join(
        f"<t:MailboxData><t:Email><t:Address>{one}</t:Address></t:Email><t:AttendeeType>Required</t:AttendeeType>"
        "<t:ExcludeConflicts>false</t:ExcludeConflicts></t:MailboxData>"
        for one in addresses
    )
    return (
        f"<m:GetUserAvailabilityRequest>{zone}<m:MailboxDataArray>{boxes}</m:MailboxDataArray><t:FreeBusyViewOptions>"
        f"<t:TimeWindow><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:TimeWindow>"
        f"<t:MergedFreeBusyIntervalInMinutes>{interval}</t:MergedFreeBusyIntervalInMinutes>"
        f"<t:RequestedView>{view}</t:RequestedView></t:FreeBusyViewOptions></m:GetUserAvailabilityRequest>"
    )


async def book(world: World, who: Person, item: int, hour: float, hours: float, **more: object) -> None:
    """Put an appointment on Monday into somebody's calendar."""
    folder = (await world.exchange.folders.ensure(who.msExchMailboxGuid))["calendar"]
    start = MONDAY + timedelta(hours=hour)
    plain = CalendarProperties(start=start, end=start + timedelta(hours=hours), subject="Plan", location="R1")
    properties = msgspec.structs.replace(plain, **more)
    await world.store.write(lambda tx: calendar.index(tx, who.msExchMailboxGuid, folder, item, properties))


def merged(answer: Answer) -> list[str]:
    return answer.texts("//t:MergedFreeBusy")


def test_one_answer_for_each_address_in_order(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await book(world, BOB, 1 << 20, 9, 1.5)
        await book(world, BOB, 2 << 20, 12, 1, legacy_free_busy_status=FreeBusy.OOF)
        await book(world, BOB, 3 << 20, 12.5, 1, legacy_free_busy_status=FreeBusy.TENTATIVE)
        answer = await world.ask(
            ALICE, ask(BOB.legacyExchangeDN, "nobody@contoso.test", "x@y.test", ALICE.mail), version=""
        )
        assert answer.codes == ["NoError", "ErrorMailRecipientNotFound", "ErrorMailRecipientNotFound", "NoError"]
        assert merged(answer) == ["000000000220310000000000", "0" * 24]
        assert answer.texts("//t:FreeBusyViewType") == ["FreeBusyMerged", "None", "None", "FreeBusyMerged"]
        assert answer.texts("//t:CalendarEvent/t:BusyType") == ["Busy", "OOF", "Tentative"]
        assert answer.texts("//t:CalendarEvent/t:StartTime")[0] == "2027-03-01T09:00:00"
        assert not answer.all("//t:CalendarEventDetails")
        hours = answer.all("//t:WorkingHours")[0]
        assert [one.text for one in hours.iter("{*}DayOfWeek")][-1] == "Monday Tuesday Wednesday Thursday Friday"
        assert [one.text for one in hours.iter("{*}StartTimeInMinutes", "{*}EndTimeInMinutes")] == ["480", "1020"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("caller", "settings", "view"),
    [
        (BOB, ExchangeSettings(), "DetailedMerged"),
        (ALICE, ExchangeSettings(), "FreeBusyMerged"),
        (ALICE, ExchangeSettings(availability_details=True), "DetailedMerged"),
        (PARTNER, ExchangeSettings(), "DetailedMerged"),
    ],
)
def test_details_are_for_the_owner_applications_and_who_is_let(
    caller: Person | Caller, settings: ExchangeSettings, view: str, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await book(world, BOB, 1 << 20, 9, 1, is_meeting=True)
        await book(world, BOB, 2 << 20, 11, 1, sensitivity=Sensitivity.PRIVATE)
        answer = await world.ask(caller, ask(BOB.mail, view="DetailedMerged"))
        assert answer.texts("//t:FreeBusyViewType") == [view]
        if view == "FreeBusyMerged":
            assert not answer.all("//t:CalendarEventDetails")
            return
        first, second = answer.all("//t:CalendarEventDetails")
        assert first.findtext("{*}Subject") == "Plan" and first.findtext("{*}Location") == "R1"
        assert first.findtext("{*}IsMeeting") == "true" and first.findtext("{*}IsPrivate") == "false"
        assert second.findtext("{*}IsPrivate") == "true"
        assert second.findtext("{*}Subject") == ("Plan" if caller is BOB else None)

    run(story, tmp_path, settings)


@pytest.mark.parametrize(
    ("view", "parts"),
    [
        ("MergedOnly", {"FreeBusyViewType", "MergedFreeBusy"}),
        ("FreeBusy", {"FreeBusyViewType", "CalendarEventArray", "WorkingHours"}),
        ("Detailed", {"FreeBusyViewType", "CalendarEventArray", "WorkingHours"}),
        ("MergedOnly Detailed", {"FreeBusyViewType", "MergedFreeBusy", "CalendarEventArray", "WorkingHours"}),
        ("DetailedMerged", {"FreeBusyViewType", "MergedFreeBusy", "CalendarEventArray", "WorkingHours"}),
    ],
)
def test_each_view_has_its_parts(view: str, parts: set[str], tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await book(world, BOB, 1 << 20, 9, 1)
        answer = await world.ask(BOB, ask(BOB.mail, view=view))
        assert {one.tag.rpartition("}")[2] for one in answer.one("//m:FreeBusyView")} == parts

    run(story, tmp_path)


def test_times_are_those_of_the_requests_zone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        weekly = Recurrence(Weekly(0x7F), NoEnd(date(2027, 3, 1)))
        zone = ZoneDefinition(id="W. Europe Standard Time")
        await book(world, BOB, 1 << 20, 8, 1, recurrence=weekly, start_time_zone=zone)
        answer = await world.ask(
            ALICE, ask(BOB.mail, zone=BERLIN_ZONE, start="2027-03-27T00:00:00", end="2027-03-30T00:00:00")
        )
        assert answer.texts("//t:CalendarEvent/t:StartTime") == [f"2027-03-{day}T09:00:00" for day in (27, 28, 29)]
        assert len(merged(answer)[0]) == 71, "the day of the change has 23 hours"
        header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Tokyo Standard Time"/></t:TimeZoneContext>'
        answer = await world.ask(ALICE, ask(BOB.mail, zone=""), header=header)
        assert answer.texts("//t:CalendarEvent/t:StartTime") == ["2027-03-01T17:00:00"]

    run(story, tmp_path)


def test_of_a_group_only_what_all_together_do(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        def group(name: str, *members: Person) -> Group:
            guids = tuple(one.objectGUID for one in members)
            return Group(
                objectGUID=name, sAMAccountName=name, displayName=name, mail=f"{name}@contoso.test", member=guids
            )

        crowd = [person(f"p{place}") for place in range(101)]
        world.people.everyone += crowd
        world.people.groups = GroupIndex([group("staff", BOB, CAROL), group("all", *crowd), group("none")])
        await book(world, BOB, 1 << 20, 9, 1)
        await book(world, CAROL, 2 << 20, 10, 1, legacy_free_busy_status=FreeBusy.TENTATIVE)
        answer = await world.ask(
            ALICE, ask("Staff@contoso.test", "all@contoso.test", "none@contoso.test", view="DetailedMerged")
        )
        assert answer.codes == ["NoError", "ErrorFreeBusyDLLimitReached", "NoError"]
        assert answer.texts("//t:FreeBusyViewType") == ["MergedOnly", "None", "MergedOnly"]
        assert merged(answer) == ["000000000210000000000000", "0" * 24]
        assert not answer.all("//t:CalendarEvent")

    run(story, tmp_path)


def test_working_hours_are_the_mailboxs_own(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        hours = WorkingHours("Romance Standard Time", (WorkingPeriod(0x22, 420, 900),))
        await world.exchange.availability.set_working_hours(Caller(BOB, "basic"), hours)
        answer = await world.ask(ALICE, ask(BOB.mail, CAROL.mail))
        mine, default = answer.all("//t:WorkingHours")
        assert mine.findtext("{*}TimeZone/{*}Bias") == "-60"
        assert mine.findtext("{*}TimeZone/{*}DaylightTime/{*}Month") == "3"
        assert mine.findtext(".//{*}WorkingPeriod/{*}DayOfWeek") == "Monday Friday"
        assert default.findtext("{*}TimeZone/{*}Bias") == "300"

    run(story, tmp_path, ExchangeSettings(time_zone="America/New_York"))


@pytest.mark.parametrize(
    ("request_body", "code"),
    [
        (ask(), "ErrorMailboxDataArrayEmpty"),
        (ask(*[f"u{n}@contoso.test" for n in range(101)]), "ErrorMailboxDataArrayTooBig"),
        (ask(BOB.mail, end="2027-03-01T00:00:00"), "ErrorInvalidTimeInterval"),
        (ask(BOB.mail, end="2027-05-01T00:00:00"), "ErrorTimeIntervalTooBig"),
        (ask(BOB.mail, interval=4), "ErrorInvalidMergedFreeBusyInterval"),
        (ask(BOB.mail, interval=1441), "ErrorInvalidMergedFreeBusyInterval"),
        (ask(BOB.mail, view="None"), "ErrorInvalidFreeBusyViewType"),
        (ask(BOB.mail, start="soon"), "ErrorSchemaValidation"),
    ],
)
def test_requests_without_sense_are_faults(request_body: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, request_body, status=500)).codes == [code]

    run(story, tmp_path)


stretches = st.lists(
    st.builds(
        lambda start, length, busy: Stretch(start, start + length, busy),
        st.integers(-500, 1500),
        st.integers(0, 700),
        st.integers(0, len(STATES) - 1),
    ),
    max_size=8,
)


@given(stretches, st.integers(1, 900), st.integers(1, 120))
def test_merged_digits_against_every_second(found: list[Stretch], length: int, interval: int) -> None:
    order = {"Free": 0, "WorkingElsewhere": 0, "Tentative": 1, "Busy": 2, "OOF": 3, "NoData": 4}
    digits = []
    for begin in range(0, length, interval):
        seconds = range(begin, min(begin + interval, length))
        states = [
            order[STATES[one.busy].value] for one in found if any(one.start <= second < one.end for second in seconds)
        ]
        digits.append(str(max(states, default=0)))
    assert merge(found, 0, length, interval) == "".join(digits)
