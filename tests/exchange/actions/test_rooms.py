"""Rooms that are booked: what each answers by its policy, and what its calendar holds afterwards."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from samband.directory.group_index import GroupIndex
from samband.model.failures import Failure
from samband.model.freebusy import WorkingHours, WorkingPeriod
from samband.model.groups import Group
from samband.model.item_values import Body, BodyKind, ResponseType, Sensitivity
from samband.model.items import Item, MeetingResponseProperties
from samband.model.people import ROOM
from samband.model.recurrence import Daily, NoEnd, Recurrence
from samband.model.rooms import ResourcePolicy
from samband.store import calendar as entries
from samband.store import rooms as policies
from tests.exchange.office import ALL, FIVE, HOUR, NINE, Office, calendar, play
from tests.exchange.world import ALICE, BOB, CAROL, person

AULA = replace(person("aula"), displayName="Aula", enabled=False, msExchRecipientDisplayType=ROOM)
DAY = timedelta(days=1)
ENDLESS = Recurrence(Daily(1), NoEnd(date(2026, 12, 1)))


async def attend(office: Office) -> None:
    """Let the room read its mail once."""
    await office.world.exchange.room_attendant.answers.process(AULA.msExchMailboxGuid)


async def furnished(office: Office, **policy: Any) -> None:
    office.world.people.everyone.append(AULA)
    kept = msgspec.structs.replace(ResourcePolicy(), **policy)
    await office.world.store.write(lambda tx: policies.put_policy(tx, AULA.msExchMailboxGuid, kept))


async def replies(office: Office, who: Any = ALICE) -> list[tuple[str, str]]:
    """What the room answered, oldest first: the answer and what it says."""
    found = []
    for item in sorted(await office.contents(who, "inbox"), key=lambda one: one.id):
        if isinstance(item.properties, MeetingResponseProperties):
            assert item.properties.from_ is not None and item.properties.from_.address == AULA.mail
            body = item.properties.body
            found.append((item.properties.response_type.value, body.content if body is not None else ""))
    return found


async def asked(office: Office, item: Item) -> list[str]:
    mine = next(one for one in await office.contents(ALICE, "calendar") if one.id == item.id)
    return [one.response_type.value for one in calendar(mine).required_attendees]


def test_a_free_room_accepts_and_a_taken_one_names_who_has_it(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(office)
        mine = await office.book(
            ALICE, AULA, subject="Secret", body=Body(BodyKind.TEXT, "x"), sensitivity=Sensitivity.PRIVATE
        )
        assert await office.busy(AULA) == [(NINE, "Tentative")]
        await attend(office)
        assert await office.busy(AULA) == [(NINE, "Busy")]
        held = calendar(await office.only(AULA))
        assert (held.subject, held.body, held.sensitivity) == ("Alice", None, Sensitivity.NORMAL)
        assert await replies(office) == [("Accept", "Your request was accepted.")]
        assert await asked(office, mine) == ["Accept"]
        assert await office.contents(AULA, "inbox") == []

        await office.book(BOB, AULA, start=NINE + HOUR / 2, end=NINE + 2 * HOUR)
        await attend(office)
        [(answer, text)] = await replies(office, BOB)
        assert answer == "Decline"
        assert text.splitlines() == [
            "Your request was declined because there are conflicts.",
            "The conflicts are:",
            "Alice: 2026-12-01 09:00 - 10:00",
        ]
        assert len(await office.contents(AULA, "calendar")) == 1

        await office.delete(ALICE, mine, send=ALL)
        await attend(office)
        assert await office.contents(AULA, "calendar") == []
        await office.book(BOB, AULA)
        await attend(office)
        assert [answer for answer, _ in await replies(office, BOB)] == ["Decline", "Accept"]

    play(story, tmp_path)


def test_who_comes_first_is_served_first(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(office)
        await office.book(ALICE, AULA)
        await office.book(BOB, AULA)
        await asyncio.gather(attend(office), attend(office))
        assert [answer for answer, _ in await replies(office)] == ["Accept"]
        assert [answer for answer, _ in await replies(office, BOB)] == ["Decline"]
        # Nothing is left to answer.
        await attend(office)
        assert len(await replies(office)) == 1

    play(story, tmp_path)


def test_a_moved_meeting_is_judged_anew_and_one_that_stays_is_not_answered_again(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(office)
        taken = await office.book(BOB, AULA, start=NINE + 3 * HOUR, end=NINE + 4 * HOUR)
        await attend(office)
        mine = await office.book(ALICE, AULA)
        await attend(office)
        mine = await office.change(ALICE, mine, location="R2")
        await attend(office)
        assert [answer for answer, _ in await replies(office)] == ["Accept"]
        assert calendar((await office.contents(AULA, "calendar"))[-1]).subject in ("Alice", "Bob")
        mine = await office.change(ALICE, mine, start=NINE + HOUR / 2, end=NINE + HOUR)
        await attend(office)
        mine = await office.change(ALICE, mine, start=taken.properties.start, end=taken.properties.end)
        await attend(office)
        assert [answer for answer, _ in await replies(office)] == ["Accept", "Accept", "Decline"]
        assert await office.busy(AULA) == [(NINE + 3 * HOUR, "Busy")]

    play(story, tmp_path)


def test_a_series_with_some_conflicts(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(office, conflict_percentage_allowed=50, maximum_conflict_instances=2)
        await office.book(BOB, AULA, start=NINE + DAY, end=NINE + DAY + HOUR)
        await attend(office)
        mine = await office.book(ALICE, AULA, recurrence=FIVE)
        await attend(office)
        said = await replies(office)
        assert sorted(answer for answer, _ in said) == ["Accept", "Decline"]
        assert all("Bob: 2026-12-02 09:00 - 10:00" in text for _, text in said)
        assert len(await office.busy(AULA, days=7)) == 5
        assert await asked(office, mine) == ["Accept"]
        exceptions = await office.calendar.exceptions(await office.only(ALICE))
        assert [one.required_attendees[0].response_type for one in exceptions.values()] == [ResponseType.DECLINE]
        assert list(exceptions) == [2]

        await office.book(BOB, AULA, start=NINE, end=NINE + HOUR, recurrence=FIVE)
        await attend(office)
        assert [answer for answer, _ in await replies(office, BOB)] == ["Accept", "Decline"]

    play(story, tmp_path)


@pytest.mark.parametrize(
    ("policy", "asked_for", "reason"),
    [
        ({"maximum_duration_in_minutes": 30}, {}, "the duration is longer than 30 minutes."),
        ({"booking_window_in_days": 3}, {}, "it cannot be booked more than 3 days in advance."),
        ({"booking_window_in_days": 10}, {"recurrence": FIVE}, "it cannot be booked more than 10 days in advance."),
        ({}, {"recurrence": ENDLESS}, "it cannot be booked more than 180 days in advance."),
        ({"allow_recurring_meetings": False}, {"recurrence": FIVE}, "this resource does not allow recurring meetings."),
        ({"all_book_in_policy": False}, {}, "you do not have permission to book this resource."),
        (
            {"schedule_only_during_work_hours": True},
            {"start": NINE + 12 * HOUR, "end": NINE + 13 * HOUR},
            "it can be booked during its working hours only.",
        ),
        ({"enable_response_details": False, "all_book_in_policy": False}, {}, ""),
    ],
)
def test_what_a_policy_refuses(policy: dict[str, Any], asked_for: dict[str, Any], reason: str, tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(office, additional_response="Ask the desk.", **policy)
        await office.book(ALICE, AULA, **asked_for)
        await attend(office)
        said = f"Your request was declined because {reason}" if reason else "Your request was declined."
        assert await replies(office) == [("Decline", f"{said}\n\nAsk the desk.")]
        assert await office.busy(AULA, days=7) == []

    play(story, tmp_path)


def test_what_a_policy_allows(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(
            office,
            allow_conflicts=True,
            all_book_in_policy=False,
            book_in_policy=("alice@contoso.test", "staff@contoso.test"),
            delete_subject=False,
            delete_comments=False,
            schedule_only_during_work_hours=True,
            booking_window_in_days=8,
        )
        staff = Group(
            objectGUID="g", sAMAccountName="s", displayName="S", mail="staff@contoso.test", member=(BOB.objectGUID,)
        )
        office.world.people.groups = GroupIndex([staff])
        night = WorkingHours("UTC", (WorkingPeriod(0x7F, 0, 1440),))
        await office.world.store.write(lambda tx: entries.put_working_hours(tx, AULA.msExchMailboxGuid, night))
        for who in (ALICE, BOB, CAROL):
            await office.book(who, AULA, start=NINE + 12 * HOUR, end=NINE + 13 * HOUR, body=Body(BodyKind.TEXT, "x"))
            await attend(office)
        got = [[answer for answer, _ in await replies(office, who)] for who in (ALICE, BOB, CAROL)]
        assert got == [["Accept"], ["Accept"], ["Decline"]]
        held = await office.contents(AULA, "calendar")
        assert {calendar(one).subject for one in held} == {"Alice Plan", "Bob Plan"}
        assert calendar(held[0]).body == Body(BodyKind.TEXT, "x")

    play(story, tmp_path)


@pytest.mark.parametrize(("automation", "busy"), [("AutoUpdate", [(NINE, "Tentative")]), ("None", [])])
def test_rooms_that_people_answer_for(automation: str, busy: list[Any], tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.world.people.everyone.append(AULA)
        rooms = office.world.exchange.rooms
        await rooms.set_policy(AULA, {"automateprocessing": [automation]})
        await office.book(ALICE, AULA)
        await attend(office)
        assert await replies(office) == []
        assert await office.busy(AULA) == busy
        assert len(await office.contents(AULA, "inbox")) == 1

    play(story, tmp_path)


def test_the_attendant_answers_by_itself_also_what_came_before_it(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        await furnished(office)
        await office.book(ALICE, AULA)
        task = asyncio.create_task(office.world.exchange.room_attendant.run())
        while len(await replies(office)) < 1:
            await asyncio.sleep(0.01)
        await office.book(BOB, AULA, start=NINE + HOUR, end=NINE + 2 * HOUR)
        while len(await replies(office, BOB)) < 1:
            await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    play(story, tmp_path)


@pytest.mark.parametrize(
    ("name", "values", "says"),
    [
        ("Colour", ["red"], "there is no parameter Colour"),
        ("AllowConflicts", ["maybe"], "AllowConflicts cannot be 'maybe'"),
        ("BookingWindowInDays", ["1081"], "BookingWindowInDays cannot be '1081'"),
        ("BookInPolicy", ["zoe"], "nobody has the login zoe"),
        ("AutomateProcessing", [], "AutomateProcessing has one value"),
    ],
)
def test_a_policy_that_cannot_be(name: str, values: list[str], says: str, tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.world.people.everyone.append(AULA)
        with pytest.raises(Failure, match=says):
            await office.world.exchange.rooms.set_policy(AULA, {name: values})
        assert await office.world.exchange.rooms.policy(AULA) == ResourcePolicy()
        with pytest.raises(Failure, match="neither a room nor equipment"):
            await office.world.exchange.rooms.set_policy(ALICE, {})

    play(story, tmp_path)


def test_a_policy_as_it_is_typed(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        office.world.people.everyone.append(AULA)
        rooms = office.world.exchange.rooms
        values = {"AllowConflicts": ["$true"], "BookInPolicy": ["bob"], "bookingwindowindays": ["7"]}
        policy = await rooms.set_policy(AULA, values)
        assert policy == ResourcePolicy(
            allow_conflicts=True, book_in_policy=("bob@contoso.test",), booking_window_in_days=7
        )
        assert await rooms.policy(AULA) == policy

    play(story, tmp_path)
