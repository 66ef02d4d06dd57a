"""Times, series and zones at the ends of what can be said: refused in their place, never an internal error."""

from __future__ import annotations

import itertools
from pathlib import Path

from tests.exchange.ews.calendar_requests import RECURRENCES, create, get, item, occurrence, update
from tests.exchange.ews.test_availability import ask
from tests.exchange.world import ALICE, World, envelope, run

TIMES = (
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00+14:00",
    "1601-01-02T00:00:00Z",
    "4500-08-31T23:00:00Z",
    "9999-12-31T00:00:00",
    "9999-12-31T23:59:59Z",
)
ZONES = ("", '<t:StartTimeZone Id="Tokyo Standard Time"/>', '<t:StartTimeZone Id="Pacific Standard Time"/>')
OWN_ZONE = (
    '<t:StartTimeZone Id="x"><t:Periods><t:Period Bias="{bias}" Name="Standard" Id="p"/></t:Periods>'
    '<t:TransitionsGroups><t:TransitionsGroup Id="0"><t:RecurringDayTransition><t:To Kind="Period">p</t:To>'
    "<t:TimeOffset>{offset}</t:TimeOffset><t:Month>1</t:Month><t:DayOfWeek>Sunday</t:DayOfWeek>"
    "<t:Occurrence>{week}</t:Occurrence></t:RecurringDayTransition></t:TransitionsGroup></t:TransitionsGroups>"
    '<t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition></t:Transitions></t:StartTimeZone>'
)


async def codes(world: World, body: str) -> list[str]:
    """The ResponseCodes of an answer, whatever its status."""
    response = await world.send(ALICE, envelope(body))
    text = response.content.decode()
    return [part.split("<")[0] for part in text.split("ResponseCode>")[1::2]] or [text]


def test_ends_of_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for start, end, zone in itertools.product(TIMES, TIMES, ZONES):
            for day in ("", "<t:IsAllDayEvent>true</t:IsAllDayEvent>"):
                inner = f"<t:Start>{start}</t:Start><t:End>{end}</t:End>{day}{zone}"
                assert "ErrorInternalServerError" not in await codes(world, create(inner)), inner
        for window in itertools.pairwise(TIMES):
            assert "ErrorInternalServerError" not in await codes(world, ask(ALICE.mail, start=window[0], end=window[1]))

    run(story, tmp_path)


def test_ends_of_series(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        late = "<t:Start>9999-12-31T23:59:59Z</t:Start>"
        for start, pattern, zone in itertools.product(TIMES, RECURRENCES.values(), ZONES[:2]):
            for extent in (
                f"<t:NoEndRecurrence><t:StartDate>{start[:10]}</t:StartDate></t:NoEndRecurrence>",
                f"<t:NumberedRecurrence><t:StartDate>{start[:10]}</t:StartDate><t:NumberOfOccurrences>999"
                "</t:NumberOfOccurrences></t:NumberedRecurrence>",
            ):
                times = f"<t:Start>{start}</t:Start><t:End>{start}</t:End>"
                body = create(f"{times}<t:Recurrence>{pattern}{extent}</t:Recurrence>{zone}")
                response = (await world.send(ALICE, envelope(body))).content.decode()
                assert "ErrorInternalServerError" not in response
                if "NoError" not in response:
                    continue
                made = response.split('ItemId Id="')[1].split('"')[0]
                asked = [get(occurrence(made, index)) for index in (1, 999, 2**31 - 1, -5)]
                asked.append(update(occurrence(made, 1), ("calendar:Start", late)))
                asked.append(update(item(made), ("calendar:Start", late)))
                for body in asked:
                    assert "ErrorInternalServerError" not in await codes(world, body)

    run(story, tmp_path)


def test_zones_that_make_no_sense(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        values = itertools.product(("PT0S", "-P1D", "P300D"), ("PT2H", "-P1D", "P9999999D"), (-1, 0, 1, 5))
        for bias, offset, week in values:
            zone = OWN_ZONE.format(bias=bias, offset=offset, week=week)
            inner = f"<t:Start>2027-01-01T00:00:00</t:Start><t:End>2027-01-01T00:00:00</t:End>{zone}"
            found = await codes(world, create(inner))
            assert found in (["NoError"], ["ErrorTimeZone"], ["ErrorSchemaValidation"]), (found, zone)

    run(story, tmp_path)
