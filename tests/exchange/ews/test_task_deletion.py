"""Tasks deleted: whole series, and one time of them."""

from __future__ import annotations

from pathlib import Path

from tests.exchange.ews.test_items import create, get, identifier, inbox, item_id
from tests.exchange.world import ALICE, Answer, World, run


def task(range_: str) -> str:
    return (
        "<t:Task><t:Subject>Water the plants</t:Subject><t:DueDate>2026-11-24T00:00:00Z</t:DueDate><t:Recurrence>"
        f"<t:DailyRecurrence><t:Interval>2</t:Interval></t:DailyRecurrence>{range_}</t:Recurrence></t:Task>"
    )


def times(count: int) -> str:
    return (
        "<t:NumberedRecurrence><t:StartDate>2026-11-24Z</t:StartDate>"
        f"<t:NumberOfOccurrences>{count}</t:NumberOfOccurrences></t:NumberedRecurrence>"
    )


async def delete(world: World, item: tuple[str, str], attribute: str, status: int = 200) -> Answer:
    return await world.ask(
        ALICE,
        f'<m:DeleteItem DeleteType="HardDelete" {attribute}><m:ItemIds>{item_id(item)}</m:ItemIds></m:DeleteItem>',
        status=status,
    )


def test_a_task_is_deleted_as_a_whole_or_one_time_of_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        item = identifier(await create(world, task(times(2)), folder="tasks"))
        assert (await delete(world, item, "")).codes == ["ErrorAffectedTaskOccurrencesRequired"]
        refused = await delete(world, item, 'AffectedTaskOccurrences="Some"', status=500)
        assert refused.codes == ["ErrorSchemaValidation"]
        one = 'AffectedTaskOccurrences="SpecifiedOccurrenceOnly"'
        assert (await delete(world, item, one)).codes == ["NoError"]
        left = await get(world, item)
        assert left.text("//t:DueDate") == "2026-11-26T00:00:00Z"
        assert left.text("//t:NumberOfOccurrences") == "1"
        assert (await delete(world, item, one)).codes == ["NoError"], "the last time takes the task with it"
        assert await inbox(world, ALICE, "tasks") == []
        item = identifier(await create(world, task(times(3)), folder="tasks"))
        assert (await delete(world, item, 'AffectedTaskOccurrences="AllOccurrences"')).codes == ["NoError"]
        assert await inbox(world, ALICE, "tasks") == []

    run(story, tmp_path)
