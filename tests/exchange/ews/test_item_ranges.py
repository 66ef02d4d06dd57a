"""GetItem of a series with ranges of its occurrences."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.calendar_requests import get, item, made, update
from tests.exchange.world import ALICE, Answer, World, run

DAILY = (
    "<t:Subject>daily</t:Subject><t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End><t:Recurrence>"
    "<t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NoEndRecurrence><t:StartDate>2026-12-01"
    "</t:StartDate></t:NoEndRecurrence></t:Recurrence>"
)


def ranges(identifier: str, *said: str) -> str:
    inner = "".join(f"<t:Range {one}/>" for one in said)
    return (
        f'<t:RecurringMasterItemIdRanges Id="{identifier}"><t:Ranges>{inner}</t:Ranges></t:RecurringMasterItemIdRanges>'
    )


def told(answer: Answer) -> list[tuple[str, str]]:
    return list(
        zip(answer.texts("//t:CalendarItem/t:CalendarItemType"), answer.texts("//t:CalendarItem/t:Start"), strict=True)
    )


def on(day: int, hour: int = 9) -> str:
    return f"2026-12-{day:02}T{hour:02}:00:00Z"


def test_occurrences_of_ranges_come_with_their_series(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        series = await made(world, ALICE, DAILY)
        third = f'<t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="3"/>'
        moved = update(third, ("calendar:Start", f"<t:Start>{on(3, 22)}</t:Start>"),
                       ("calendar:End", f"<t:End>{on(3, 23)}</t:End>"))  # fmt: skip
        assert (await world.ask(ALICE, moved)).codes == ["NoError"]
        gone = f'<t:OccurrenceItemId RecurringMasterId="{series}" InstanceIndex="2"/>'
        await world.ask(
            ALICE, '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone">'
            f"<m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>",
        )  # fmt: skip
        master = ("RecurringMaster", on(1))
        window = f'Start="{on(1)}" End="{on(3, 12)}"'
        answer = await world.ask(ALICE, get(ranges(series, window)))
        assert answer.codes == ["NoError"]
        assert told(answer) == [master, ("Occurrence", on(1))]
        original = await world.ask(ALICE, get(ranges(series, f'{window} CompareOriginalStartTime="true"')))
        assert told(original) == [master, ("Occurrence", on(1)), ("Exception", on(3, 22))]
        some = await world.ask(ALICE, get(ranges(series, f'Start="{on(5)}" Count="2"', f'Start="{on(6)}" Count="2"')))
        assert told(some)[1:] == [("Occurrence", on(day)) for day in (5, 6, 7)]
        alone = await world.ask(ALICE, get(ranges(series) + item(series)))
        assert alone.codes == ["NoError"] * 2 and told(alone) == [master, master]
        all_of_it = await world.ask(ALICE, get(ranges(series, "")))
        assert len(told(all_of_it)) == 1001

    run(story, tmp_path)


def test_what_has_no_ranges(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        single = await made(world, ALICE, "<t:Subject>one</t:Subject>")
        answer = await world.ask(ALICE, get(ranges(single, "") + ranges("nonsense", "")))
        assert answer.codes == ["ErrorCalendarCannotUseIdForRecurringMasterId", "ErrorInvalidIdMalformed"]
        deleted = await world.ask(
            ALICE, f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{ranges(single, "")}</m:ItemIds></m:DeleteItem>'
        )
        assert deleted.codes == ["ErrorInvalidOperation"]

    run(story, tmp_path)


@pytest.mark.parametrize("said", ['Start="soon"', 'Count="many"', 'CompareOriginalStartTime="perhaps"'])
def test_what_is_no_range(said: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, get(ranges("x", said)), status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
