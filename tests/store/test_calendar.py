"""Calendar entries: a window finds what a walk over every appointment finds."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from samband.model.freebusy import IS_EXCEPTION, IS_RECURRING, STATES, Stretch, WorkingHours, WorkingPeriod
from samband.model.item_values import FreeBusy
from samband.model.items import CalendarProperties
from samband.model.oof import OofSettings, OofState
from samband.model.recurrence import Daily, DeletedOccurrence, NoEnd, Numbered, Recurrence
from samband.model.timezones import ZoneDefinition
from samband.store import calendar, oof
from samband.store.api import Tx, WriteTx
from tests.store.stores import Place

DAY = datetime(2027, 3, 1, tzinfo=UTC)
BERLIN = ZoneDefinition(id="W. Europe Standard Time")


def seconds(moment: datetime) -> int:
    return int(moment.timestamp())


def appointment(start: datetime, hours: float, **more: object) -> CalendarProperties:
    return CalendarProperties(start=start, end=start + timedelta(hours=hours), subject="s", **more)  # type: ignore


def test_a_window_holds_singles_long_ones_and_series(place: Place) -> None:
    def fill(tx: WriteTx) -> None:
        calendar.index(tx, "m", 5, 1, appointment(DAY, 1))
        calendar.index(tx, "m", 5, 2, appointment(DAY - timedelta(days=300), 24 * 400))
        calendar.index(tx, "m", 6, 3, appointment(DAY, 1))
        series = appointment(
            DAY - timedelta(days=3650),
            1,
            start_time_zone=BERLIN,
            recurrence=Recurrence(Daily(1), NoEnd((DAY - timedelta(days=3650)).date())),
        )
        calendar.index(tx, "m", 5, 4, series)

    async def scenario() -> list[Stretch]:
        async with place.store() as store:
            await store.write(fill)
            return await store.read(lambda tx: calendar.window(tx, 5, seconds(DAY), seconds(DAY + timedelta(days=2))))

    found = asyncio.run(scenario())
    assert [(one.item, one.ordinal) for one in found] == [(2, 0), (1, 0), (4, 3651), (4, 3652)]
    assert found[2].start == seconds(DAY)
    assert found[2].flags == IS_RECURRING


def test_exceptions_stand_where_they_were_moved_and_deleted_ones_nowhere(place: Place) -> None:
    series = appointment(
        DAY.replace(hour=9),
        1,
        recurrence=Recurrence(Daily(1), Numbered(DAY.date(), 5)),
        deleted_occurrences=(DeletedOccurrence(2, DAY.replace(hour=9) + timedelta(days=1)),),
    )
    moved = appointment(DAY.replace(hour=15) + timedelta(days=2), 2, legacy_free_busy_status=FreeBusy.OOF)

    def work(tx: WriteTx) -> None:
        calendar.put_exception(tx, 4, 3, moved)
        calendar.index(tx, "m", 5, 4, series)

    def look(tx: Tx) -> list[Stretch]:
        return calendar.window(tx, 5, seconds(DAY), seconds(DAY + timedelta(days=9)))

    async def scenario() -> tuple[list[Stretch], list[Stretch], list[Stretch]]:
        async with place.store() as store:
            await store.write(work)
            first = await store.read(look)
            await store.write(lambda tx: calendar.copy_exceptions(tx, 4, 8))
            await store.write(lambda tx: calendar.index(tx, "m", 7, 8, series))
            copied = await store.read(lambda tx: calendar.window(tx, 7, 0, seconds(DAY + timedelta(days=9))))
            await store.write(lambda tx: calendar.drop_exception(tx, 4, 3))
            await store.write(lambda tx: calendar.index(tx, "m", 5, 4, series))
            return first, copied, await store.read(look)

    first, copied, back = asyncio.run(scenario())
    assert [one.ordinal for one in first] == [1, 3, 4, 5]
    assert first[1].start == seconds(DAY.replace(hour=15) + timedelta(days=2))
    assert STATES[first[1].busy] is FreeBusy.OOF and first[1].flags & IS_EXCEPTION
    assert [one[:7] for one in copied] == [(*one[:6], 8) for one in first]
    assert back[1].start == seconds(DAY.replace(hour=9) + timedelta(days=2))


spans = st.tuples(st.integers(-60, 60), st.integers(0, 30 * 24))


@given(st.lists(spans, max_size=12), st.integers(-40, 40), st.integers(1, 20))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_singles_against_a_walk(place: Place, appointments: list[tuple[int, int]], day: int, length: int) -> None:
    begin, end = DAY + timedelta(days=day), DAY + timedelta(days=day + length)

    def work(tx: WriteTx) -> list[Stretch]:
        for number, (offset, hours) in enumerate(appointments, 1):
            calendar.index(tx, "m", 5, number, appointment(DAY + timedelta(days=offset), hours))
        found = calendar.window(tx, 5, seconds(begin), seconds(end))
        for number in range(1, len(appointments) + 1):
            calendar.drop(tx, number)
        return found

    async def scenario() -> list[Stretch]:
        async with place.store() as store:
            return await store.write(work)

    expected = [
        number
        for number, (offset, hours) in enumerate(appointments, 1)
        if (start := DAY + timedelta(days=offset)) < end and (start + timedelta(hours=hours) > begin or start >= begin)
    ]
    assert sorted(one.item for one in asyncio.run(scenario())) == expected


def test_items_are_found_by_uid_in_their_mailbox(place: Place) -> None:
    def fill(tx: WriteTx) -> None:
        calendar.index(tx, "m", 5, 1, appointment(DAY, 1, uid="u"))
        calendar.index(tx, "n", 6, 2, appointment(DAY, 1, uid="u"))
        calendar.index(tx, "m", 5, 3, appointment(DAY, 1, uid="v"))

    async def scenario() -> None:
        async with place.store() as store:
            await store.write(fill)
            assert await store.read(lambda tx: calendar.by_uid(tx, "m", "u")) == [calendar.Known(1, 5)]
            await store.write(lambda tx: calendar.drop(tx, 1))
            assert await store.read(lambda tx: calendar.by_uid(tx, "m", "u")) == []

    asyncio.run(scenario())


def test_working_hours_and_out_of_office_are_kept(place: Place) -> None:
    hours = WorkingHours("Romance Standard Time", (WorkingPeriod(0x7F, 60, 120),))
    away = OofSettings(state=OofState.ENABLED, start=DAY, end=DAY + timedelta(days=1), internal_reply="gone ☃")

    async def scenario() -> None:
        async with place.store() as store:
            assert await store.read(lambda tx: calendar.working_hours(tx, "m")) is None
            assert await store.read(lambda tx: oof.get(tx, "m")) == OofSettings()
            for _ in range(2):
                await store.write(lambda tx: calendar.put_working_hours(tx, "m", hours))
                await store.write(lambda tx: oof.put(tx, "m", away))
            assert await store.read(lambda tx: calendar.working_hours(tx, "m")) == hours
            assert await store.read(lambda tx: oof.get(tx, "m")) == away
            assert [type(change).__name__ for change in await store.log("m", 0, 10)] == ["OofChanged"] * 2

    asyncio.run(scenario())
