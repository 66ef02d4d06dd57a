"""Series at their edges: clock changes, patterns that change under exceptions, occurrences called off and left out."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from samband.model.item_requests import ResponseKind
from samband.model.item_values import ResponseType
from samband.model.items import Item, MeetingCancellationProperties
from samband.model.people import Person
from samband.model.recurrence import Daily, Numbered, Recurrence, Weekly
from tests.exchange.office import (
    ALL,
    BERLIN,
    CHANGED,
    FIVE,
    HOUR,
    NINE,
    Office,
    answers,
    attendee,
    calendar,
    occurrence,
    play,
)
from tests.exchange.world import ALICE, BOB, CAROL

MARCH = datetime(2027, 3, 15, 8, 0, tzinfo=UTC)
"""Nine in Berlin, a fortnight before the clocks change."""
MONDAYS = Recurrence(Weekly(0x02), Numbered(date(2027, 3, 15), 4))
DAY = timedelta(days=1)


async def starts(office: Office, who: Person, begin: datetime, days: int) -> list[str]:
    return [f"{start:%m-%d %H:%M}" for start, _ in await office.busy(who, begin, days)]


async def master(office: Office, who: Person) -> Item:
    return await office.only(who)


def test_an_occurrence_moves_over_a_clock_change(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, start=MARCH, end=MARCH + HOUR, recurrence=MONDAYS, start_time_zone=BERLIN)
        for letter in await office.contents(BOB, "inbox"):
            await office.respond(BOB, letter, ResponseKind.ACCEPT)
        # The second Monday is put on the Sunday of the change, nine in Berlin, which is seven in UTC by then.
        moved = datetime(2027, 3, 28, 7, 0, tzinfo=UTC)
        mine = await office.change(ALICE, mine, occurrence=2, start=moved, end=moved + HOUR)
        expected = ["03-15 08:00", "03-28 07:00", "03-29 07:00", "04-05 07:00"]
        for who in (ALICE, BOB):
            assert await starts(office, who, MARCH - DAY, 30) == expected
            second = calendar(await occurrence(office, await master(office, who), 2))
            assert second.original_start == datetime(2027, 3, 22, 8, 0, tzinfo=UTC)
            assert second.recurrence_id == second.original_start
        assert calendar(await occurrence(office, await master(office, BOB), 2)).my_response_type is (
            ResponseType.NO_RESPONSE_RECEIVED
        )
        await office.respond(BOB, await master(office, BOB), ResponseKind.DECLINE, occurrence=2)
        assert await starts(office, BOB, MARCH - DAY, 30) == [expected[0], *expected[2:]]
        assert answers(await occurrence(office, await master(office, ALICE), 2)) == ["Decline"]
        assert answers(await master(office, ALICE)) == ["Accept"]

    play(story, tmp_path)


def test_a_pattern_changes_under_its_exceptions(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, CAROL, recurrence=FIVE)
        for who in (BOB, CAROL):
            [letter] = await office.contents(who, "inbox")
            await office.respond(who, letter, ResponseKind.ACCEPT)
        mine = await office.change(ALICE, mine, occurrence=2, start=NINE + DAY + HOUR, end=NINE + DAY + 2 * HOUR)
        await office.delete(ALICE, mine, occurrence=4)
        mine = await master(office, ALICE)
        assert await starts(office, BOB, NINE - 9 * HOUR, 7) == [
            *("12-01 09:00", "12-02 10:00", "12-03 09:00", "12-04 09:00", "12-05 09:00")
        ], "the one that was called off stands there, free"
        every_other = Recurrence(Daily(2), Numbered(date(2026, 12, 1), 3))
        await office.change(ALICE, mine, recurrence=every_other)
        for who in (ALICE, BOB, CAROL):
            assert await starts(office, who, NINE - 9 * HOUR, 9) == ["12-01 09:00", "12-03 09:00", "12-05 09:00"]
            properties = calendar(await master(office, who))
            assert not properties.modified_occurrences and not properties.deleted_occurrences
            assert await office.calendar.exceptions(await master(office, who)) == {}
        assert answers(await master(office, ALICE)) == ["Unknown", "Unknown"]

    play(story, tmp_path)


def test_an_occurrence_that_is_called_off_is_removed_alone(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, recurrence=FIVE)
        [letter] = await office.contents(BOB, "inbox")
        await office.respond(BOB, letter, ResponseKind.ACCEPT)
        await office.delete(ALICE, mine, ALL, occurrence=3)
        third = calendar(await occurrence(office, await master(office, BOB), 3))
        assert third.is_cancelled and third.subject == "Canceled: Plan"
        assert not calendar(await master(office, BOB)).is_cancelled
        [word] = [
            one
            for one in await office.contents(BOB, "inbox")
            if isinstance(one.properties, MeetingCancellationProperties)
        ]
        await office.respond(BOB, word, ResponseKind.REMOVE)
        for who in (ALICE, BOB):
            assert await starts(office, who, NINE - 9 * HOUR, 7) == [
                *("12-01 09:00", "12-02 09:00", "12-04 09:00", "12-05 09:00")
            ]

    play(story, tmp_path)


def test_who_is_added_to_one_occurrence_has_it_alone(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, BOB, recurrence=FIVE)
        people = calendar(await occurrence(office, mine, 2)).required_attendees
        await office.change(ALICE, mine, CHANGED, occurrence=2, required_attendees=(*people, attendee(CAROL)))
        assert len(await office.contents(BOB, "inbox")) == 1, "who was there already hears nothing"
        assert await starts(office, CAROL, NINE - 9 * HOUR, 7) == ["12-02 09:00"]
        [letter] = await office.contents(CAROL, "inbox")
        await office.respond(CAROL, letter, ResponseKind.ACCEPT)
        assert answers(await occurrence(office, await master(office, ALICE), 2)) == ["Unknown", "Accept"]
        assert answers(await master(office, ALICE)) == ["Unknown"]

    play(story, tmp_path)
