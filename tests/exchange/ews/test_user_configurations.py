from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.exchange.world import ALICE, BOB, Answer, World, run

INBOX = '<t:DistinguishedFolderId Id="inbox"/>'


def name(called: str = "Test.Config", folder: str = INBOX, prefix: str = "t") -> str:
    return f'<{prefix}:UserConfigurationName Name="{called}">{folder}</{prefix}:UserConfigurationName>'


def typed(kind: str, *values: str) -> str:
    return f"<t:Type>{kind}</t:Type>" + "".join(f"<t:Value>{value}</t:Value>" for value in values)


def entry(key: str, value: str) -> str:
    inner = f"<t:DictionaryValue>{value}</t:DictionaryValue>"
    if not value:
        inner = '<t:DictionaryValue xsi:nil="true" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"/>'
    return f"<t:DictionaryEntry><t:DictionaryKey>{key}</t:DictionaryKey>{inner}</t:DictionaryEntry>"


def put(operation: str, content: str, **named: str) -> str:
    inner = f"<m:UserConfiguration>{name(**named)}{content}</m:UserConfiguration>"
    return f"<m:{operation}UserConfiguration>{inner}</m:{operation}UserConfiguration>"


def get(parts: str = "All", **named: str) -> str:
    asked = f"<m:UserConfigurationProperties>{parts}</m:UserConfigurationProperties>"
    return f"<m:GetUserConfiguration>{name(prefix='m', **named)}{asked}</m:GetUserConfiguration>"


def delete(**named: str) -> str:
    return f"<m:DeleteUserConfiguration>{name(prefix='m', **named)}</m:DeleteUserConfiguration>"


def entries(answer: Answer) -> list[list[str]]:
    return [[part.text or "" for part in one.iter() if len(part) == 0] for one in answer.all("//t:DictionaryEntry")]


EVERY_TYPE = [
    ["String", "text", "DateTime", "2026-11-23T09:00:00.123Z"],
    ["Boolean", "true", "Byte", "255"],
    ["Integer32", "-5", "UnsignedInteger32", "4294967295"],
    ["Integer64", "-9223372036854775808", "UnsignedInteger64", "18446744073709551615"],
    ["ByteArray", "AAEC", "String", "a &amp; b"],
]


def test_every_type_of_a_dictionary_comes_back_as_it_was(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        content = "".join(entry(typed(*one[:2]), typed(*one[2:])) for one in EVERY_TYPE)
        content += entry(typed("StringArray", "one", "two"), "")
        made = put(
            "Create",
            f"<t:Dictionary>{content}</t:Dictionary><t:XmlData>PGE+</t:XmlData><t:BinaryData>AP8=</t:BinaryData>",
        )
        assert (await world.ask(ALICE, made)).codes == ["NoError"]
        found = await world.ask(ALICE, get())
        expected = [[part.replace("&amp;", "&") for part in one] for one in EVERY_TYPE]
        assert entries(found) == [*expected, ["StringArray", "one", "two", ""]]
        assert (found.text("//t:XmlData"), found.text("//t:BinaryData")) == ("PGE+", "AP8=")
        some = await world.ask(ALICE, get("Id XmlData"))
        assert some.text("//t:XmlData") == "PGE+" and some.all("//t:ItemId")
        assert not some.all("//t:Dictionary | //t:BinaryData")

    run(story, tmp_path)


def test_an_update_leaves_what_it_does_not_say(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, put("Create", "<t:XmlData>PGE+</t:XmlData><t:BinaryData>AP8=</t:BinaryData>"))
        before = (await world.ask(ALICE, get("Id"))).one("//t:ItemId")
        assert (await world.ask(ALICE, put("Update", "<t:XmlData>PGI+</t:XmlData>"))).codes == ["NoError"]
        found = await world.ask(ALICE, get(called="test.config"))
        assert (found.text("//t:XmlData"), found.text("//t:BinaryData")) == ("PGI+", "AP8=")
        after = found.one("//t:ItemId")
        assert after.get("Id") == before.get("Id") and after.get("ChangeKey") != before.get("ChangeKey")

    run(story, tmp_path)


def test_names_belong_to_folders_and_are_used_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        drafts = '<t:DistinguishedFolderId Id="drafts"/>'
        assert (await world.ask(ALICE, put("Create", ""))).codes == ["NoError"]
        assert (await world.ask(ALICE, put("Create", ""))).codes == ["ErrorItemSave"]
        assert (await world.ask(ALICE, get(folder=drafts))).codes == ["ErrorItemNotFound"]
        assert (await world.ask(ALICE, put("Update", "", folder=drafts))).codes == ["ErrorItemNotFound"]
        assert (await world.ask(ALICE, delete(folder=drafts))).codes == ["ErrorItemNotFound"]
        assert (await world.ask(ALICE, delete())).codes == ["NoError"]
        assert (await world.ask(ALICE, get())).codes == ["ErrorItemNotFound"]
        inbox = "<t:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></t:Mailbox>"
        theirs = f'<t:DistinguishedFolderId Id="inbox">{inbox}</t:DistinguishedFolderId>'
        assert (await world.ask(BOB, get(folder=theirs))).codes == ["ErrorItemNotFound"]

    run(story, tmp_path)


def test_a_configuration_is_no_item_that_people_see(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, put("Create", ""))
        find = (
            '<m:FindItem Traversal="{}"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
            f"<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>"
        )
        assert not (await world.ask(ALICE, find.format("Shallow"))).all("//t:ItemId")
        found = await world.ask(ALICE, find.format("Associated"))
        assert found.texts("//t:ItemClass") == ["IPM.Configuration.Test.Config"]

    run(story, tmp_path)


def test_every_mailbox_has_categories_and_user_options(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        categories = {"called": "CategoryList", "folder": '<t:DistinguishedFolderId Id="calendar"/>'}
        found = await world.ask(ALICE, get("XmlData", **categories))
        assert b'name="Red Category"' in base64.b64decode(found.text("//t:XmlData"))
        options = {"called": "OWA.UserOptions", "folder": '<t:DistinguishedFolderId Id="root"/>'}
        assert entries(await world.ask(ALICE, get("Dictionary", **options))) == [
            ["String", "timezone", "String", "UTC"]
        ]
        assert (await world.ask(ALICE, put("Update", "<t:XmlData>PGI+</t:XmlData>", **categories))).codes == ["NoError"]
        assert (await world.ask(ALICE, get(**categories))).text("//t:XmlData") == "PGI+"

    run(story, tmp_path)


@pytest.mark.parametrize("called", ["a b", "IPM.Configuration.X", "x" * 237, "å"])
def test_a_name_no_configuration_may_have(tmp_path: Path, called: str) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, put("Create", "", called=called))).codes == ["ErrorInvalidValueForProperty"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        put("Create", f"<t:Dictionary>{entry(typed('Byte', '256'), typed('String', ''))}</t:Dictionary>"),
        put("Create", f"<t:Dictionary>{entry(typed('String', 'a', 'b'), typed('String', ''))}</t:Dictionary>"),
        put("Create", f"<t:Dictionary>{entry(typed('Float', '1'), typed('String', ''))}</t:Dictionary>"),
        put("Create", "<t:XmlData>not base64!</t:XmlData>"),
        get("Everything"),
        get(called=""),
    ],
)
def test_what_breaks_the_schema_is_refused(tmp_path: Path, wrong: str) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, wrong, status=500)
        assert answer.codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_a_configuration_has_an_end(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        large = put("Create", f"<t:BinaryData>{base64.b64encode(bytes(1100000)).decode()}</t:BinaryData>")
        assert (await world.ask(ALICE, large)).codes == ["ErrorMessageSizeExceeded"]

    run(story, tmp_path)
