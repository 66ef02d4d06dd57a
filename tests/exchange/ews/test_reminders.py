"""GetReminders and PerformReminderAction, and reminders that outlive edits."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.calendar_requests import get, item, made, update
from tests.exchange.world import ALICE, BOB, Answer, World, run

DAILY = (
    "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
    "<t:StartDate>2026-11-20</t:StartDate><t:NumberOfOccurrences>8</t:NumberOfOccurrences></t:NumberedRecurrence>"
    "</t:Recurrence>"
)


def appointment(day: int, subject: str, more: str = "", minutes: int = 15) -> str:
    return (
        f"<t:Subject>{subject}</t:Subject><t:ReminderMinutesBeforeStart>{minutes}</t:ReminderMinutesBeforeStart>"
        f"<t:Start>2026-11-{day}T12:00:00Z</t:Start><t:End>2026-11-{day}T13:00:00Z</t:End>{more}"
    )


def asked(more: str = "") -> str:
    return f"<m:GetReminders>{more}</m:GetReminders>"


def act(kind: str, identifier: str, until: str = "") -> str:
    time = f"<t:NewReminderTime>{until}</t:NewReminderTime>" if until else ""
    return (
        f"<m:PerformReminderAction><m:ReminderItemActions><t:ReminderItemAction><t:ActionType>{kind}</t:ActionType>"
        f'<t:ItemId Id="{identifier}"/>{time}</t:ReminderItemAction></m:ReminderItemActions></m:PerformReminderAction>'
    )


def told(answer: Answer) -> list[tuple[str, str, str]]:
    return list(
        zip(answer.texts("//t:Subject"), answer.texts("//t:ReminderTime"), answer.texts("//t:StartDate"), strict=True)
    )


async def reminders(world: World, more: str = "") -> list[tuple[str, str, str]]:
    answer = await world.ask(ALICE, asked(more))
    assert answer.codes == ["NoError"]
    return told(answer)


def test_appointments_and_tasks_remind_until_they_are_dismissed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert await reminders(world) == []
        late = await made(world, ALICE, appointment(25, "late", minutes=60))
        await made(world, ALICE, appointment(24, "soon", "<t:Location>R1</t:Location>"))
        await made(world, ALICE, "<t:Subject>never</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>")
        await world.ask(
            ALICE, '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Task><t:Subject>task</t:Subject>'
            "<t:ReminderDueBy>2026-11-24T10:00:00Z</t:ReminderDueBy><t:ReminderIsSet>true</t:ReminderIsSet>"
            "</t:Task></m:Items></m:CreateItem>",
        )  # fmt: skip
        assert await reminders(world) == [
            ("task", "2026-11-24T10:00:00Z", "2026-11-24T10:00:00Z"),
            ("soon", "2026-11-24T11:45:00Z", "2026-11-24T12:00:00Z"),
            ("late", "2026-11-25T11:00:00Z", "2026-11-25T12:00:00Z"),
        ]
        assert len(await reminders(world, "<m:MaxItems>1</m:MaxItems>")) == 1
        window = "<m:BeginTime>2026-11-24T11:00:00Z</m:BeginTime><m:EndTime>2026-11-25T10:00:00Z</m:EndTime>"
        assert [one[0] for one in await reminders(world, window)] == ["soon"]
        world.clock.advance(days=1, hours=5)
        assert [one[0] for one in await reminders(world, "<m:ReminderType>Old</m:ReminderType>")] == ["task", "soon"]
        assert [one[0] for one in await reminders(world, "<m:ReminderType>Current</m:ReminderType>")] == ["late"]

        done = await world.ask(ALICE, act("Dismiss", late))
        assert done.codes == ["NoError"] and done.one("//t:ItemId").get("Id") == late
        assert [one[0] for one in await reminders(world)] == ["task", "soon"]
        assert (await world.ask(ALICE, get(item(late)))).text("//t:ReminderIsSet") == "false"
        assert (await world.ask(ALICE, act("Dismiss", late), status=500)).codes == ["ErrorInvalidOperation"]
        assert (await world.ask(BOB, act("Dismiss", late), status=500)).codes == ["ErrorAccessDenied"]

    run(story, tmp_path)


def test_a_snooze_is_kept_by_edits_that_do_not_touch_the_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = await made(world, ALICE, appointment(24, "soon"))
        snoozed = await world.ask(ALICE, act("Snooze", one, "2026-11-24T11:58:00Z"))
        assert snoozed.codes == ["NoError"]
        await world.ask(ALICE, update(item(one), ("item:Subject", "<t:Subject>new</t:Subject>")))
        assert await reminders(world) == [("new", "2026-11-24T11:58:00Z", "2026-11-24T12:00:00Z")]
        await world.ask(ALICE, update(item(one), ("calendar:Start", "<t:Start>2026-11-24T11:30:00Z</t:Start>")))
        assert await reminders(world) == [("new", "2026-11-24T11:15:00Z", "2026-11-24T11:30:00Z")]

    run(story, tmp_path)


def test_a_series_reminds_of_one_occurrence_after_the_other(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        series = await made(world, ALICE, appointment(20, "daily", DAILY))
        first = await world.ask(ALICE, asked())
        assert told(first) == [("daily", "2026-11-23T11:45:00Z", "2026-11-23T12:00:00Z")]
        assert first.one("//t:RecurringMasterItemId").get("Id") == series
        due = first.one("//t:ItemId").get("Id") or ""
        assert (await world.ask(ALICE, get(item(due)))).text("//t:CalendarItemType") == "Occurrence"
        master = await world.ask(ALICE, get(item(series)))
        assert master.text("//t:ReminderDueBy") == "2026-11-23T12:00:00Z"

        await world.ask(ALICE, act("Dismiss", due))
        assert await reminders(world) == [("daily", "2026-11-24T11:45:00Z", "2026-11-24T12:00:00Z")]
        await world.ask(ALICE, act("Snooze", series, "2026-11-24T11:59:00Z"))
        assert await reminders(world) == [("daily", "2026-11-24T11:59:00Z", "2026-11-24T12:00:00Z")]
        # Nobody looked for two days: the latest that has come is shown, and dismissing it leaves the next.
        world.clock.advance(days=3)
        assert await reminders(world) == [("daily", "2026-11-25T11:45:00Z", "2026-11-25T12:00:00Z")]
        await world.ask(ALICE, act("Dismiss", series))
        assert await reminders(world) == [("daily", "2026-11-26T11:45:00Z", "2026-11-26T12:00:00Z")]
        world.clock.advance(days=30)
        assert await reminders(world) == [("daily", "2026-11-27T11:45:00Z", "2026-11-27T12:00:00Z")]
        await world.ask(ALICE, act("Dismiss", series))
        assert await reminders(world) == []

    run(story, tmp_path)


def test_moved_and_deleted_occurrences(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        series = await made(world, ALICE, appointment(20, "daily", DAILY))
        third = f'<t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="4"/>'
        await world.ask(
            ALICE, '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
            f"{third}</m:ItemIds></m:DeleteItem>",
        )  # fmt: skip
        assert await reminders(world) == [("daily", "2026-11-24T11:45:00Z", "2026-11-24T12:00:00Z")]
        fifth = third.replace('"4"', '"5"')
        await world.ask(ALICE, update(fifth, ("calendar:Start", "<t:Start>2026-11-24T11:00:00Z</t:Start>")))
        assert await reminders(world) == [("daily", "2026-11-24T10:45:00Z", "2026-11-24T11:00:00Z")]

    run(story, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        asked("<m:MaxItems>201</m:MaxItems>"),
        asked("<m:ReminderType>New</m:ReminderType>"),
        asked("<m:BeginTime>soon</m:BeginTime>"),
        "<m:PerformReminderAction><m:ReminderItemActions/></m:PerformReminderAction>",
        act("Snooze", "x"),
        act("Snooze", "x", "tomorrow"),
        act("Forget", "x"),
    ],
)
def test_what_is_no_request(body: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, body, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
