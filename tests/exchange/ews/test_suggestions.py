"""GetUserAvailability with suggestions: which times suit whom, and how well."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from samband.directory.group_index import GroupIndex
from samband.model.freebusy import STATES, Stretch
from samband.model.groups import Group
from samband.model.item_values import FreeBusy
from samband.model.people import ROOM
from samband.model.suggestions import Options, Party, Quality, Role, suggest
from tests.exchange.ews.test_availability import BERLIN_ZONE, UTC_ZONE, book
from tests.exchange.world import ALICE, BOB, CAROL, DAVE, Answer, World, person, run

AULA = replace(person("aula"), msExchRecipientDisplayType=ROOM)
HALL = replace(person("hall"), msExchRecipientDisplayType=ROOM)


def ask(
    *people: tuple[str, str],
    options: str = "",
    minimum: str = "",
    current: str = "",
    start: str = "2027-03-01T00:00:00",
    end: str = "2027-03-02T00:00:00",
    zone: str = UTC_ZONE,
    exclude: str = "",
) -> str:
    boxes = "".join(
        f"<t:MailboxData><t:Email><t:Address>{address}</t:Address></t:Email><t:AttendeeType>{role}</t:AttendeeType>"
        f"<t:ExcludeConflicts>{'true' if address == exclude else 'false'}</t:ExcludeConflicts></t:MailboxData>"
        for address, role in people
    )
    least = f"<t:MinimumSuggestionQuality>{minimum}</t:MinimumSuggestionQuality>" if minimum else ""
    now = f"<t:CurrentMeetingTime>{current}</t:CurrentMeetingTime>" if current else ""
    return (
        f"<m:GetUserAvailabilityRequest>{zone}<m:MailboxDataArray>{boxes}</m:MailboxDataArray>"
        f"<t:SuggestionsViewOptions>{options}{least}<t:DetailedSuggestionsWindow><t:StartTime>{start}</t:StartTime>"
        f"<t:EndTime>{end}</t:EndTime></t:DetailedSuggestionsWindow>{now}</t:SuggestionsViewOptions>"
        "</m:GetUserAvailabilityRequest>"
    )


def times(answer: Answer) -> list[str]:
    return [one[11:16] for one in answer.texts("//t:MeetingTime")]


def test_times_that_suit_everybody_come_first(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await book(world, ALICE, 1 << 20, 8, 4)
        await book(world, BOB, 2 << 20, 13, 4)
        body = ask((ALICE.mail, "Organizer"), (BOB.mail, "Required"), (CAROL.mail, "Optional"))
        answer = await world.ask(ALICE, body)
        assert answer.codes == ["NoError"]
        assert answer.texts("//t:DayQuality") == ["Excellent"]
        assert times(answer)[0] == "12:00"
        assert answer.texts("//t:SuggestionQuality")[:2] == ["Excellent", "Fair"]
        assert set(answer.texts("//t:IsWorkTime")) == {"true"} and len(times(answer)) == 10
        first, second = answer.all("//t:AttendeeConflictDataArray")[:2]
        assert [one.findtext("{*}BusyType") for one in first] == ["Free", "Free", "Free"]
        assert [one.findtext("{*}BusyType") for one in second] == ["Busy", "Free", "Free"]
        excellent = await world.ask(
            ALICE,
            body.replace(
                "<t:Detailed", "<t:MinimumSuggestionQuality>Excellent</t:MinimumSuggestionQuality><t:Detailed"
            ),
        )
        assert times(excellent) == ["12:00"]

    run(story, tmp_path)


def test_lengths_numbers_and_hours(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        options = (
            "<t:MaximumResultsByDay>20</t:MaximumResultsByDay>"
            "<t:MaximumNonWorkHourResultsByDay>2</t:MaximumNonWorkHourResultsByDay>"
            "<t:MeetingDurationInMinutes>480</t:MeetingDurationInMinutes>"
        )
        answer = await world.ask(ALICE, ask((BOB.mail, "Required"), options=options))
        assert times(answer) == ["00:00", "00:30", "08:00", "08:30", "09:00"]
        assert answer.texts("//t:IsWorkTime") == ["false", "false", "true", "true", "true"]
        berlin = await world.ask(
            ALICE, ask((BOB.mail, "Required"), zone=BERLIN_ZONE, start="2027-03-27T00:00:00", end="2027-03-30T00:00:00")
        )
        assert berlin.texts("//t:Date") == [f"2027-03-{day}T00:00:00" for day in (27, 28, 29)]
        assert berlin.texts("//t:DayQuality") == ["Poor", "Poor", "Excellent"], "nobody works on a weekend"
        assert berlin.texts("//t:MeetingTime")[0] == "2027-03-29T10:00:00", "eight in UTC"
        world.clock.now = world.clock.now.replace(year=2027, month=3, day=1, hour=15, minute=10)
        late = await world.ask(ALICE, ask((BOB.mail, "Required")))
        assert times(late) == ["15:30", "16:00"], "none of the past"

    run(story, tmp_path)


def test_rooms_groups_strangers_and_a_meeting_that_moves(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.everyone += [AULA, HALL]
        staff = Group(
            objectGUID="g", sAMAccountName="s", displayName="S", mail="staff@contoso.test",
            member=(BOB.objectGUID, DAVE.objectGUID),
        )  # fmt: skip
        world.people.groups = GroupIndex([staff])
        await book(world, AULA, 1 << 20, 8, 9)
        await book(world, BOB, 2 << 20, 9, 1)
        people = ((staff.mail, "Required"), ("x@y.test", "Required"), (AULA.mail, "Room"), (HALL.mail, "Room"))
        answer = await world.ask(ALICE, ask(*people))
        assert times(answer)[0] == "08:00" and "09:00" not in times(answer)[:8], "a free room is enough"
        first = answer.all("//t:AttendeeConflictDataArray")[0]
        assert [one.tag.rpartition("}")[2] for one in first] == [
            *("GroupAttendeeConflictData", "UnknownAttendeeConflictData"),
            *("IndividualAttendeeConflictData", "IndividualAttendeeConflictData"),
        ]
        assert [one.text for one in first[0]] == ["2", "2", "0", "0"]
        assert [one.findtext("{*}BusyType") for one in first[2:]] == ["Busy", "Free"]
        await book(world, HALL, 3 << 20, 8, 9)
        none = await world.ask(ALICE, ask((BOB.mail, "Required"), (AULA.mail, "Room"), (HALL.mail, "Room")))
        assert times(none) == [] and none.texts("//t:DayQuality") == ["Poor"]

        moving = ask((BOB.mail, "Required"), exclude=BOB.mail, minimum="Poor")
        assert "09:00" not in times(await world.ask(ALICE, moving))
        kept = ask((BOB.mail, "Required"), exclude=BOB.mail, current="2027-03-01T09:00:00")
        assert "09:00" in times(await world.ask(ALICE, kept))

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (ask(), "ErrorMailboxDataArrayEmpty"),
        (ask(*[(f"u{n}@contoso.test", "Required") for n in range(101)]), "ErrorMailboxDataArrayTooBig"),
        (ask((BOB.mail, "Required"), end="2027-03-01T00:00:00"), "ErrorInvalidTimeInterval"),
        (ask((BOB.mail, "Required"), end="2027-05-01T00:00:00"), "ErrorTimeIntervalTooBig"),
        (ask((BOB.mail, "Required"), options="<t:GoodThreshold>50</t:GoodThreshold>"), "ErrorInvalidArgument"),
        (ask((BOB.mail, "Required"), options="<t:MeetingDurationInMinutes>29</t:MeetingDurationInMinutes>"),
         "ErrorInvalidArgument"),
        (ask((BOB.mail, "Chair")), "ErrorSchemaValidation"),
        (ask((BOB.mail, "Required"), minimum="Superb"), "ErrorSchemaValidation"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(body: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, body, status=500)).codes == [code]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("busy", "quality"), [(0, Quality.EXCELLENT), (1, Quality.GOOD), (3, Quality.FAIR), (5, Quality.POOR)]
)
def test_quality_is_the_share_of_who_cannot_come(busy: int, quality: Quality) -> None:
    away = [Stretch(0, 3600, STATES.index(FreeBusy.TENTATIVE))]
    parties = [Party(Role.REQUIRED, [away if place < busy else []]) for place in range(10)]
    options = Options(minimum=Quality.POOR)
    [day] = suggest(parties, options, [(0, [0])], lambda start, end: True)
    assert day.quality is quality and day.suggestions[0].quality is quality
