from __future__ import annotations

from pathlib import Path
from xml.sax.saxutils import quoteattr

import pytest

from samband.wire.ews.convert import FORMATS
from samband.wire.ews.ids import IdKind, write_id
from tests.exchange.world import ALICE, BOB, World, run


def convert(to: str, *ids: tuple[str, str]) -> str:
    sources = "".join(
        f'<t:AlternateId Format="{form}" Id={quoteattr(text)} Mailbox="x@contoso.test"/>' for form, text in ids
    )
    return f'<m:ConvertId DestinationFormat="{to}"><m:SourceIds>{sources}</m:SourceIds></m:ConvertId>'


@pytest.mark.parametrize("to", sorted(FORMATS))
def test_every_spelling_leads_back(to: str, tmp_path: Path) -> None:
    item = write_id(IdKind.ITEM, ALICE.msExchMailboxGuid, 2**40 + 63 * 63)

    async def story(world: World) -> None:
        answer = await world.ask(ALICE, convert(to, ("EwsId", item)))
        assert answer.codes == ["NoError"]
        converted = answer.one("//m:AlternateId")
        assert (converted.get("Format"), converted.get("Mailbox")) == (to, "alice@contoso.test")
        back = await world.ask(ALICE, convert("EwsId", (to, converted.get("Id") or "")))
        assert back.one("//m:AlternateId").get("Id") == item

    run(story, tmp_path)


def test_what_cannot_be_converted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        foreign = write_id(IdKind.FOLDER, BOB.msExchMailboxGuid, 1)
        nowhere = write_id(IdKind.FOLDER, "00000000-0000-0000-0000-000000000001", 1)
        mine = write_id(IdKind.FOLDER, ALICE.msExchMailboxGuid, 1)
        answer = await world.ask(
            ALICE,
            convert(
                "OwaId",
                ("EwsId", "AAA="),
                ("HexEntryId", "xyz"),
                ("EwsLegacyId", "?"),
                ("EwsId", foreign),
                ("EwsId", nowhere),
                ("EwsId", mine),
            ),
        )
        assert answer.codes == [
            "ErrorInvalidIdMalformed",
            "ErrorInvalidIdMalformed",
            "ErrorInvalidIdMalformedEwsLegacyIdFormat",
            "ErrorAccessDenied",
            "ErrorNonExistentMailbox",
            "NoError",
        ]
        assert answer.one("/s:Envelope/s:Header/t:ServerVersionInfo").get("MajorVersion") == "15"

    run(story, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        convert("EwsId"),
        convert("Nonsense", ("EwsId", "x")),
        convert("EwsId", ("Nonsense", "x")),
        convert("EwsId", ("EwsId", "x")).replace(' Mailbox="x@contoso.test"', ""),
        convert("EwsId", ("EwsId", "x")).replace("t:AlternateId", "t:FolderId"),
    ],
)
def test_requests_against_the_schema(body: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, body, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
