from __future__ import annotations

from pathlib import Path

from exchangelib.properties import TimeZoneDefinition

from tests.exchange.world import ALICE, World, run

EUROPE = "<m:Ids><t:Id>W. Europe Standard Time</t:Id><t:Id>Nowhere</t:Id></m:Ids>"


def ask(full: str = "true", ids: str = "") -> str:
    return f'<m:GetServerTimeZones ReturnFullTimeZoneData="{full}">{ids}</m:GetServerTimeZones>'


def test_all_zones_with_rules_that_a_client_can_read(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, ask())
        zones = answer.all("//t:TimeZoneDefinition")
        assert 100 <= len(zones) <= 160
        for element in zones:
            zone = TimeZoneDefinition.from_xml(element, account=None)
            for year in (2010, 2026):
                zone.get_std_and_dst(for_year=year)

    run(story, tmp_path)


def test_those_asked_for_by_id_and_names_alone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        full = await world.ask(ALICE, ask("true", EUROPE))
        assert [zone.get("Id") for zone in full.all("//t:TimeZoneDefinition")] == ["W. Europe Standard Time"]
        assert {period.get("Bias") for period in full.all("//t:Period")} == {"-PT1H0M", "-PT2H0M"}
        short = await world.ask(ALICE, ask("false"))
        assert not short.all("//t:Periods")
        assert "(UTC+01:00) Paris, Ceuta, Brussels, Copenhagen" in [
            zone.get("Name") for zone in short.all("//t:TimeZoneDefinition")
        ]

    run(story, tmp_path)


def test_an_unknown_zone_in_the_header_is_a_fault(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        header = '<t:TimeZoneContext><t:TimeZoneDefinition Id="Nowhere"/></t:TimeZoneContext>'
        assert (await world.ask(ALICE, ask("false"), header=header, status=500)).codes == ["ErrorTimeZone"]
        known = header.replace("Nowhere", "Romance Standard Time")
        assert (await world.ask(ALICE, ask("false"), header=known)).codes == ["NoError"]

    run(story, tmp_path)
