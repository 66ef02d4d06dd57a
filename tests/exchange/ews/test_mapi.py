"""MAPI properties that are another view of what items and folders have: read, sorted and sought by, written."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.calendar_requests import TIMES
from tests.exchange.ews.calendar_requests import create as appointment
from tests.exchange.ews.mail_requests import find, folder, id_of, ids, send
from tests.exchange.world import ALICE, BOB, Answer, World, run

ARTICLE = '<t:ExtendedFieldURI PropertyTag="0x0E23" PropertyType="Integer"/>'
KEYWORDS = (
    '<t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="Keywords" '
    'PropertyType="StringArray"/>'
)


def tag(number: str, kind: str = "String") -> str:
    return f'<t:ExtendedFieldURI PropertyTag="{number}" PropertyType="{kind}"/>'


def address(number: int, kind: str = "String") -> str:
    return f'<t:ExtendedFieldURI DistinguishedPropertySetId="Address" PropertyId="{number}" PropertyType="{kind}"/>'


def prop(path: str, value: str) -> str:
    return f"<t:ExtendedProperty>{path}<t:Value>{value}</t:Value></t:ExtendedProperty>"


async def get(world: World, item: str, *paths: str, base: str = "IdOnly") -> Answer:
    more = f"<t:AdditionalProperties>{''.join(paths)}</t:AdditionalProperties>" if paths else ""
    shape = f"<m:ItemShape><t:BaseShape>{base}</t:BaseShape>{more}</m:ItemShape>"
    return await world.ask(ALICE, f"<m:GetItem>{shape}<m:ItemIds>{item}</m:ItemIds></m:GetItem>")


async def values(world: World, item: str, *paths: str) -> list[str]:
    return (await get(world, item, *paths)).texts("//t:Value")


async def articles(world: World, where: str, restriction: str = "", order: str = "Descending") -> list[int]:
    """Article numbers in a folder, by a sort order of theirs."""
    answer = await world.ask(
        ALICE,
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        f"{ARTICLE}</t:AdditionalProperties></m:ItemShape>{restriction}<m:SortOrder>"
        f'<t:FieldOrder Order="{order}">{ARTICLE}</t:FieldOrder></m:SortOrder>'
        f"<m:ParentFolderIds>{folder(where)}</m:ParentFolderIds></m:FindItem>",
    )
    assert answer.codes == ["NoError"]
    return [int(text) for text in answer.texts("//t:Value")]


async def next_and_last(world: World, where: str) -> list[int]:
    more = f"<t:AdditionalProperties>{tag('0x6751', 'Integer')}{tag('0x6752', 'Integer')}</t:AdditionalProperties>"
    shape = f"<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape>{more}</m:FolderShape>"
    answer = await world.ask(ALICE, f"<m:GetFolder>{shape}<m:FolderIds>{folder(where)}</m:FolderIds></m:GetFolder>")
    return [int(text) for text in answer.texts("//t:Value")]


def test_articles_of_a_folder_are_numbered_once_and_upwards(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for subject in ("one", "two", "three"):
            await send(world, BOB, "alice@contoso.test", subject)
        assert await articles(world, "inbox") == [3, 2, 1]
        assert await articles(world, "inbox", order="Ascending") == [1, 2, 3]
        assert await next_and_last(world, "inbox") == [4, 3]
        constant = '<t:FieldURIOrConstant><t:Constant Value="1"/></t:FieldURIOrConstant>'
        after = f"<m:Restriction><t:IsGreaterThan>{ARTICLE}{constant}</t:IsGreaterThan></m:Restriction>"
        assert await articles(world, "inbox", after) == [3, 2]
        last = ids(await find(world, ALICE, "inbox"))[-1]
        move = f"<m:ToFolderId>{{}}</m:ToFolderId><m:ItemIds>{last}</m:ItemIds>"
        moved = await world.ask(ALICE, f"<m:MoveItem>{move.format(folder('drafts'))}</m:MoveItem>")
        assert await articles(world, "drafts") == [1]
        back = f"<m:ToFolderId>{folder('inbox')}</m:ToFolderId><m:ItemIds>{id_of(moved)}</m:ItemIds>"
        await world.ask(ALICE, f"<m:MoveItem>{back}</m:MoveItem>")
        assert await articles(world, "inbox") == [4, 2, 1], "a number is never given twice"
        assert (await next_and_last(world, "inbox"), await next_and_last(world, "drafts")) == ([5, 4], [2, 1])

    run(story, tmp_path)


def test_nobody_sets_an_article_number(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = await create(world, "Message", prop(ARTICLE, "99"))
        assert await values(world, id_of(made), ARTICLE) == ["1"]
        changed = await update(world, id_of(made), "Message", ARTICLE, prop(ARTICLE, "99"))
        assert changed.codes == ["ErrorInvalidPropertySet"]
        assert await values(world, id_of(made), ARTICLE) == ["1"]

    run(story, tmp_path)


async def create(world: World, kind: str, content: str) -> Answer:
    answer = await world.ask(
        ALICE,
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:{kind}>{content}</t:{kind}></m:Items></m:CreateItem>',
    )
    assert answer.codes == ["NoError"]
    return answer


async def update(world: World, item: str, kind: str, path: str, content: str) -> Answer:
    inner = f"<t:SetItemField>{path}<t:{kind}>{content}</t:{kind}></t:SetItemField>"
    if not content:
        inner = f"<t:DeleteItemField>{path}</t:DeleteItemField>"
    return await world.ask(
        ALICE,
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges>'
        f"<t:ItemChange>{item}<t:Updates>{inner}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
    )


def test_keywords_are_categories(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        two = "<t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values>"
        both = f"<t:ExtendedProperty>{KEYWORDS}{two}</t:ExtendedProperty>"
        item = id_of(await create(world, "Message", both))
        assert (await get(world, item, '<t:FieldURI FieldURI="item:Categories"/>')).texts("//t:String") == ["a", "b"]
        assert await values(world, item, KEYWORDS) == ["a", "b"]
        assert (await update(world, item, "Message", KEYWORDS, "")).codes == ["NoError"]
        assert await values(world, item, KEYWORDS) == []

    run(story, tmp_path)


CONTACT = [
    (tag("0x3A06"), "Ann", "contacts:GivenName", "GivenName"),
    (tag("0x3A11"), "Berg", "contacts:Surname", "Surname"),
    (tag("0x3A16"), "Contoso", "contacts:CompanyName", "CompanyName"),
    (address(0x8005), "Berg, Ann", "contacts:FileAs", "FileAs"),
    (tag("0x3A42", "SystemTime"), "1980-02-03T00:00:00Z", "contacts:Birthday", "Birthday"),
    (tag("0x1000"), "Notes", "item:Body", "Body"),
]


@pytest.mark.parametrize(("path", "value", "uri", "element"), CONTACT)
def test_a_contact_has_one_value_under_both_names(
    tmp_path: Path, path: str, value: str, uri: str, element: str
) -> None:
    async def story(world: World) -> None:
        item = id_of(await create(world, "Contact", prop(path, value)))
        assert (await get(world, item, f'<t:FieldURI FieldURI="{uri}"/>')).text(f"//t:{element}") == value
        assert await values(world, item, path) == [value]
        assert (await update(world, item, "Contact", path, "")).codes == ["NoError"]
        assert await values(world, item, path) == []
        assert (await update(world, item, "Contact", path, prop(path, value))).codes == ["NoError"]
        assert (await get(world, item, base="AllProperties")).text(f"//t:{element}") == value

    run(story, tmp_path)


def test_entries_of_a_contact_stand_side_by_side(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mobile, street, city, im = tag("0x3A1C"), tag("0x3A5D"), tag("0x3A59"), address(0x8062)
        given = ((mobile, "+1"), (street, "Main 1"), (city, "Oslo"), (im, "sip:ann@contoso.test"))
        phones = '<t:PhoneNumbers><t:Entry Key="HomePhone">+2</t:Entry></t:PhoneNumbers>'
        item = id_of(await create(world, "Contact", "".join(prop(*one) for one in given) + phones))
        found = await get(world, item, base="AllProperties")
        assert {one.get("Key"): one.text for one in found.all("//t:PhoneNumbers/t:Entry")} == {
            "HomePhone": "+2",
            "MobilePhone": "+1",
        }
        assert (found.text("//t:Street"), found.text("//t:City")) == ("Main 1", "Oslo")
        assert await values(world, item, mobile, street, city, im) == [value for _, value in given]
        assert (await update(world, item, "Contact", city, prop(city, "Bergen"))).codes == ["NoError"]
        assert await values(world, item, street, city) == ["Main 1", "Bergen"]
        assert (await update(world, item, "Contact", mobile, "")).codes == ["NoError"]
        assert await values(world, item, mobile, tag("0x3A09")) == ["+2"]

    run(story, tmp_path)


def test_what_a_client_may_ask_of_every_item(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, "alice@contoso.test", "Re: plans")
        (item,) = ids(await find(world, ALICE, "inbox"))
        paths = [tag("0x0E1D"), tag("0x10F3"), tag("0x670E"), tag("0x0FF9", "Binary"), tag("0x3013", "Binary")]
        found = await values(world, item, *paths)
        assert found[0] == "plans" and found[1].endswith(".EML") and found[2] == f"/{found[1]}"
        assert len(found) == 5

    run(story, tmp_path)


def test_a_message_that_was_never_outside_has_header_fields_too(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, "alice@contoso.test", "plans")
        (item,) = ids(await find(world, ALICE, "inbox"))
        (headers,) = await values(world, item, tag("0x007D"))
        assert headers.startswith('From: "Bob" <bob@contoso.test>') and "\nSubject: plans" in headers
        draft = id_of(await create(world, "Message", "<t:Subject>later</t:Subject>"))
        assert await values(world, draft, tag("0x007D")) == []

    run(story, tmp_path)


def test_appointments_are_found_by_whether_they_recur(tmp_path: Path) -> None:
    rule = (
        "<t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval></t:DailyRecurrence><t:NumberedRecurrence>"
        "<t:StartDate>2026-12-01</t:StartDate><t:NumberOfOccurrences>2</t:NumberOfOccurrences></t:NumberedRecurrence>"
        "</t:Recurrence>"
    )
    recurs = '<t:ExtendedFieldURI DistinguishedPropertySetId="Appointment" PropertyId="33315" PropertyType="Boolean"/>'

    async def story(world: World) -> None:
        for subject, more in (("once", ""), ("often", rule)):
            answer = await world.ask(ALICE, appointment(f"<t:Subject>{subject}</t:Subject>{TIMES}{more}"))
            assert answer.codes == ["NoError"]
        for said, expected in (("false", "once"), ("true", "often")):
            constant = f'<t:FieldURIOrConstant><t:Constant Value="{said}"/></t:FieldURIOrConstant>'
            found = await world.ask(
                ALICE,
                '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
                f"<m:Restriction><t:IsEqualTo>{recurs}{constant}</t:IsEqualTo></m:Restriction>"
                f"<m:ParentFolderIds>{folder('calendar')}</m:ParentFolderIds></m:FindItem>",
            )
            assert found.texts("//t:Subject") == [expected]

    run(story, tmp_path)
