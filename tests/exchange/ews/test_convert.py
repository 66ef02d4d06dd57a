from __future__ import annotations

import base64
from itertools import groupby
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


def squeezed(data: bytes) -> bytes:
    """Runs of a byte as two of it and how many more there are."""
    runs = ((byte, len(list(group))) for byte, group in groupby(data))
    return b"".join(bytes((byte, byte, count - 2)) if count > 1 else bytes((byte,)) for byte, count in runs)


DERIVED = b"\x03\x24\x00" + b"2147d128-3158-4f3c-b0ae-d1923a5e5002" + b"\x00\x06\x00" + b"\x01\x01\x01\x01\x02\x03"
FOREIGN = base64.b64encode(b"\x00" + DERIVED).decode()
SQUEEZED = base64.b64encode(b"\x01" + squeezed(DERIVED)).decode()


@pytest.mark.parametrize("kept", [FOREIGN, SQUEEZED])
def test_identifiers_that_other_servers_made(kept: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for to, expected in (("HexEntryId", "010101010203"), ("EntryId", "AQEBAQID"), ("EwsId", kept)):
            converted = (await world.ask(ALICE, convert(to, ("EwsId", kept)))).one("//m:AlternateId")
            assert (converted.get("Format"), converted.get("Id")) == (to, expected)
        for broken in (kept[:-4], kept[:20], "AAMk", base64.b64encode(b"\x01\x03\x03").decode()):
            assert (await world.ask(ALICE, convert("EwsId", ("EwsId", broken)))).codes == ["ErrorInvalidIdMalformed"]

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
