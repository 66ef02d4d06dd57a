"""Calendars of one person: items, series, exceptions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import (
    ConflictResolution,
    Draft,
    Edit,
    EditAction,
    ItemRef,
)
from samband.model.item_values import (
    CalendarItemType,
    FreeBusy,
)
from samband.model.items import (
    CalendarProperties,
    ItemKind,
)
from samband.model.recurrence import Daily, NoEnd, Recurrence
from samband.model.timezones import ZoneDefinition
from tests.exchange.office import (
    ALWAYS,
    BERLIN,
    FIVE,
    HOUR,
    NINE,
    NONE,
    Office,
    calendar,
    occurrence,
    play,
)
from tests.exchange.world import ALICE, BOB


def test_what_is_left_unsaid(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        day = await office.book(ALICE, is_all_day_event=True, start_time_zone=BERLIN, end=NINE + 25 * HOUR)
        properties = calendar(day)
        assert properties.start == datetime(2026, 11, 30, 23, tzinfo=UTC)
        assert properties.end == datetime(2026, 12, 2, 23, tzinfo=UTC)
        assert properties.legacy_free_busy_status is FreeBusy.FREE
        assert properties.end_time_zone == BERLIN
        assert properties.reminder_is_set and properties.reminder_minutes_before_start == 15
        plain = await office.book(ALICE, start=None, end=None)
        assert calendar(plain).start == datetime(2026, 11, 23, 9, tzinfo=UTC)
        assert calendar(plain).end == datetime(2026, 11, 23, 9, 30, tzinfo=UTC)

    play(story, tmp_path)


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"end": NINE - HOUR}, "ErrorCalendarEndDateIsEarlierThanStartDate"),
        ({"end": NINE + timedelta(days=2000)}, "ErrorCalendarDurationIsTooLong"),
        ({"start_time_zone": ZoneDefinition(id="Nowhere")}, "ErrorTimeZone"),
        (
            {"recurrence": Recurrence(Daily(), NoEnd(date(2026, 12, 1))), "end": NINE + 25 * HOUR},
            "ErrorOccurrenceTimeSpanTooBig",
        ),
        ({"recurrence": Recurrence(Daily(0), NoEnd(date(2026, 12, 1)))}, "ErrorCalendarOutOfRange"),
    ],
)
def test_items_that_cannot_be(values: dict[str, Any], code: str, tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        with pytest.raises(Failure, match=code):
            await office.book(ALICE, **values)
        assert await office.contents(ALICE, "calendar") == []

    play(story, tmp_path)


def test_calendar_items_stand_in_calendars(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        place = Place(ALICE.msExchMailboxGuid, await office.folder(ALICE, "inbox"))
        draft = Draft(kind=ItemKind.CALENDAR_ITEM, properties=CalendarProperties(start=NINE, end=NINE))
        with pytest.raises(Failure, match="ErrorCannotCreateCalendarItemInNonCalendarFolder"):
            await office.calendar.create(Caller(ALICE, "basic"), draft, place, NONE)

    play(story, tmp_path)


def test_a_series_and_its_exceptions(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, recurrence=FIVE, send=NONE)
        properties = calendar(mine)
        assert properties.calendar_item_type is CalendarItemType.RECURRING_MASTER
        assert properties.first_occurrence is not None and properties.first_occurrence.start == NINE
        assert properties.last_occurrence is not None
        assert properties.last_occurrence.start == NINE + timedelta(days=4)
        second = await occurrence(office, mine, 2)
        assert calendar(second).calendar_item_type is CalendarItemType.OCCURRENCE
        assert calendar(second).start == NINE + timedelta(days=1)

        day2 = NINE + timedelta(days=1)
        moved = await office.change(ALICE, mine, NONE, 2, start=day2 + 3 * HOUR, end=day2 + 4 * HOUR, subject="Late")
        assert moved.occurrence == 2 and calendar(moved).calendar_item_type is CalendarItemType.EXCEPTION
        assert calendar(moved).original_start == day2
        mine = await office.only(ALICE)
        assert moved.change_key == mine.change_key
        assert [(one.ordinal, one.start) for one in calendar(mine).modified_occurrences] == [(2, day2 + 3 * HOUR)]
        assert mine.properties.subject == "Plan"

        await office.delete(ALICE, mine, NONE, 3)
        with pytest.raises(Failure, match="ErrorCalendarOccurrenceIsDeletedFromRecurrence"):
            await occurrence(office, mine := await office.only(ALICE), 3)
        with pytest.raises(Failure, match="ErrorCalendarOccurrenceIndexIsOutOfRecurrenceRange"):
            await occurrence(office, mine, 6)
        assert [start for start, _ in await office.busy(ALICE, days=9)] == [
            NINE,
            day2 + 3 * HOUR,
            NINE + timedelta(days=3),
            NINE + timedelta(days=4),
        ]
        with pytest.raises(Failure, match="ErrorOccurrenceCrossingBoundary"):
            await office.change(ALICE, mine, NONE, 2, start=NINE, end=NINE + HOUR)

        mine = await office.change(ALICE, mine, NONE, subject="Other")
        assert len(calendar(mine).modified_occurrences) == 1, "what is not the pattern keeps the exceptions"
        assert (await occurrence(office, mine, 2)).properties.subject == "Late"
        assert (await occurrence(office, mine, 1)).properties.subject == "Other"
        mine = await office.change(ALICE, mine, NONE, start=NINE - HOUR, end=NINE)
        assert calendar(mine).modified_occurrences == calendar(mine).deleted_occurrences == ()
        assert [start for start, _ in await office.busy(ALICE, days=9)] == [
            NINE - HOUR + timedelta(days=number) for number in range(5)
        ]
        for number in range(1, 6):
            await office.delete(ALICE, mine, NONE, number)
        assert await office.contents(ALICE, "calendar") == []

    play(story, tmp_path)


def test_conflicts(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, send=NONE)
        await office.change(ALICE, mine, NONE, subject="Newer")
        edits = [Edit(EditAction.SET, "subject", "Older")]
        never = ConflictResolution.NEVER_OVERWRITE
        ref = ItemRef(mine.mailbox, mine.id, change_key=mine.change_key)
        with pytest.raises(Failure, match="ErrorIrresolvableConflict"):
            await office.calendar.update(Caller(ALICE, "basic"), ref, edits, never, NONE)
        with pytest.raises(Failure, match="ErrorAccessDenied"):
            await office.calendar.update(Caller(BOB, "basic"), ref, edits, ALWAYS, NONE)
        assert (await office.only(ALICE)).properties.subject == "Newer"

    play(story, tmp_path)


def test_an_occurrence_may_take_the_place_of_one_that_is_gone(tmp_path: Path) -> None:
    async def story(office: Office) -> None:
        mine = await office.book(ALICE, recurrence=FIVE, send=NONE)
        await office.delete(ALICE, mine, NONE, 3)
        day3 = NINE + timedelta(days=2)
        mine = await office.only(ALICE)
        await office.change(ALICE, mine, NONE, 4, start=day3, end=day3 + HOUR)
        with pytest.raises(Failure, match="ErrorOccurrenceCrossingBoundary"):
            await office.change(ALICE, mine, NONE, 4, start=NINE + timedelta(days=1), end=day3)
        assert (await office.busy(ALICE, days=9))[2] == (day3, "Busy")

    play(story, tmp_path)
