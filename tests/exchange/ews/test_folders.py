from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from lxml import etree

from samband.exchange.actions.settings import ExchangeSettings
from samband.model.folders import DEFAULT_FOLDERS
from samband.wire.ews.ids import IdKind, write_id
from tests.exchange.world import ALICE, BOB, Answer, T, World, run

IDS = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
DEFAULT = "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
EVERYTHING = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
TAGS = (
    "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="folder:DisplayName"/>'
    '<t:ExtendedFieldURI PropertyTag="0x0e08" PropertyType="Integer"/>'
    '<t:ExtendedFieldURI PropertyTag="13843" PropertyType="String"/>'
    '<t:ExtendedFieldURI PropertyTag="0x3602" PropertyType="Integer"/>'
    '<t:ExtendedFieldURI PropertyTag="0x670a" PropertyType="SystemTime"/>'
    '<t:ExtendedFieldURI PropertyTag="0x360a" PropertyType="Boolean"/>'
    "</t:AdditionalProperties></m:FolderShape>"
)


def named(*names: str) -> str:
    return "".join(f'<t:DistinguishedFolderId Id="{name}"/>' for name in names)


def by_id(*ids: str) -> str:
    return "".join(f'<t:FolderId Id="{one}"/>' for one in ids)


def get(folders: str, shape: str = DEFAULT) -> str:
    return f"<m:GetFolder>{shape}<m:FolderIds>{folders}</m:FolderIds></m:GetFolder>"


def create(parent: str, *names: str, kind: str = "Folder", more: str = "") -> str:
    folders = "".join(f"<t:{kind}><t:DisplayName>{name}</t:DisplayName>{more}</t:{kind}>" for name in names)
    below = f"<m:ParentFolderId>{parent}</m:ParentFolderId>"
    return f"<m:CreateFolder>{below}<m:Folders>{folders}</m:Folders></m:CreateFolder>"


def update(folder: str, path: str, value: str) -> str:
    change = f"<t:SetFolderField>{path}<t:Folder>{value}</t:Folder></t:SetFolderField>"
    return (
        f"<m:UpdateFolder><m:FolderChanges><t:FolderChange>{folder}<t:Updates>{change}</t:Updates>"
        "</t:FolderChange></m:FolderChanges></m:UpdateFolder>"
    )


def rename(folder: str, name: str) -> str:
    path = '<t:FieldURI FieldURI="folder:DisplayName"/>'
    return update(folder, path, f"<t:DisplayName>{name}</t:DisplayName>")


def delete(folders: str, how: str = "HardDelete") -> str:
    return f'<m:DeleteFolder DeleteType="{how}"><m:FolderIds>{folders}</m:FolderIds></m:DeleteFolder>'


def empty(folders: str, how: str = "HardDelete", below: str = "true") -> str:
    ways = f'DeleteType="{how}" DeleteSubFolders="{below}"'
    return f"<m:EmptyFolder {ways}><m:FolderIds>{folders}</m:FolderIds></m:EmptyFolder>"


def transfer(operation: str, to: str, folders: str) -> str:
    return f"<m:{operation}><m:ToFolderId>{to}</m:ToFolderId><m:FolderIds>{folders}</m:FolderIds></m:{operation}>"


def find(parent: str, traversal: str = "Shallow", shape: str = DEFAULT, view: str = "", restriction: str = "") -> str:
    wanted = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
    return (
        f'<m:FindFolder Traversal="{traversal}">{shape}{view}{wanted}'
        f"<m:ParentFolderIds>{parent}</m:ParentFolderIds></m:FindFolder>"
    )


def ids(answer: Answer) -> list[str]:
    return [found.get("Id") or "" for found in answer.all("//t:FolderId")]


def names(answer: Answer) -> list[str]:
    return answer.texts("//t:DisplayName")


async def make(world: World, parent: str, name: str, kind: str = "Folder") -> str:
    return ids(await world.ask(ALICE, create(parent, name, kind=kind)))[0]


def test_the_default_folders_of_a_new_mailbox(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        known = [default.key for default in DEFAULT_FOLDERS if default.distinguished]
        answer = await world.ask(ALICE, get(named(*known), EVERYTHING))
        assert set(answer.codes) == {"NoError"}
        assert answer.texts("//t:DistinguishedFolderId") == known
        classes = dict(zip(known, [element.tag for element in answer.all("//m:Folders/*")], strict=True))
        assert classes["calendar"] == T + "CalendarFolder"
        assert classes["contacts"] == classes["quickcontacts"] == T + "ContactsFolder"
        assert classes["tasks"] == T + "TasksFolder"
        assert classes["inbox"] == T + "Folder"
        root = answer.all("//m:Folders/*")[0]
        assert root.findtext(T + "DisplayName") == "root"
        assert root.find(f"{T}ParentFolderId").get("Id") == root.find(f"{T}FolderId").get("Id")  # type: ignore[union-attr]

    run(story, tmp_path)


def test_default_folders_are_named_in_the_language_of_the_site(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, get(named("calendar", "sentitems", "root"), EVERYTHING))
        assert names(answer) == ["Kalender", "Sendt post", "root"]

    run(story, tmp_path, ExchangeSettings(language="da-DK"))


def test_folders_are_found_by_name_in_any_case(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        found = await world.ask(ALICE, find(named("msgfolderroot"), restriction=is_equal("SENT items")))
        assert names(found) == ["Sent Items"]
        prefix = (
            '<t:Contains ContainmentMode="Prefixed" ContainmentComparison="{}">'
            '<t:FieldURI FieldURI="folder:DisplayName"/><t:Constant Value="SENT"/></t:Contains>'
        )
        for comparison, expected in (("Exact", []), ("IgnoreCase", ["Sent Items"])):
            found = await world.ask(ALICE, find(named("msgfolderroot"), restriction=prefix.format(comparison)))
            assert names(found) == expected

    run(story, tmp_path)


def test_more_than_forty_folders_are_below_the_root(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, find(named("root"), "Deep"))
        assert len(ids(answer)) > 40
        assert "Common Views" in names(answer)
        below_contacts = names(await world.ask(ALICE, find(named("contacts"))))
        assert len([name for name in below_contacts if name.startswith("GAL")]) == 1

    run(story, tmp_path)


def test_first_touches_at_once_make_one_tree(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answers = await asyncio.gather(*(world.ask(ALICE, get(named("inbox"))) for _ in range(10)))
        assert len({ids(answer)[0] for answer in answers}) == 1
        found = await world.store.read(lambda tx: tx.one("SELECT COUNT(*) FROM folders"))
        assert found == (len(DEFAULT_FOLDERS),)

    run(story, tmp_path)


def test_eight_distinguished_ids_get_eight_messages(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        asked = ("root", "inbox", "deleteditems", "drafts", "outbox", "sentitems", "junkemail", "archive")
        answer = await world.ask(ALICE, get(named(*asked), IDS))
        assert answer.codes == ["NoError"] * 7 + ["ErrorFolderNotFound"]
        failed = answer.all("//m:GetFolderResponseMessage")[-1]
        assert [etree.QName(child).localname for child in failed] == [
            "MessageText",
            "ResponseCode",
            "DescriptiveLinkKey",
            "Folders",
        ]

    run(story, tmp_path)


def test_ids_that_name_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, get(named("inbox")))
        item = write_id(IdKind.ITEM, ALICE.msExchMailboxGuid, 1)
        gone = write_id(IdKind.FOLDER, ALICE.msExchMailboxGuid, 1)
        foreign = ids(await world.ask(BOB, get(named("inbox"))))[0]
        nowhere = write_id(IdKind.FOLDER, "00000000-0000-0000-0000-000000000001", 1)
        inbox = ids(await world.ask(ALICE, get(named("inbox"))))[0]
        answer = await world.ask(ALICE, get(by_id("AAA-", item, gone, foreign, nowhere, inbox), IDS))
        assert answer.codes == [
            "ErrorInvalidIdMalformed",
            "ErrorInvalidIdMalformed",
            "ErrorItemNotFound",
            "ErrorItemNotFound",
            "ErrorNonExistentMailbox",
            "NoError",
        ]

    run(story, tmp_path)


def test_default_folders_of_others(tmp_path: Path) -> None:
    def of(address: str) -> str:
        mailbox = f"<t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox>"
        return f'<t:DistinguishedFolderId Id="inbox">{mailbox}</t:DistinguishedFolderId>'

    async def story(world: World) -> None:
        asked = of("alice@contoso.test") + of("bob@contoso.test") + of("ghost@contoso.test") + of("nobody@contoso.test")
        answer = await world.ask(ALICE, get(asked, IDS))
        assert answer.codes == ["NoError", "ErrorItemNotFound", "ErrorNonExistentMailbox", "ErrorNonExistentMailbox"]

    run(story, tmp_path)


def test_a_distinguished_id_is_only_told_to_newer_clients(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        old = await world.ask(ALICE, get(named("inbox"), EVERYTHING), version="Exchange2010_SP2")
        assert not old.all("//t:DistinguishedFolderId")

    run(story, tmp_path)


def test_extended_properties_that_folders_have_anyway(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, get(named("contacts"), TAGS))
        values = answer.texts("//t:ExtendedProperty/t:Value")
        assert values[:3] == ["0", "IPF.Contact", "0"]
        assert values[4] == "true"

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("path", "code", "status"),
    [
        ('<t:FieldURI FieldURI="item:Subject"/>', "ErrorInvalidPropertyRequest", 200),
        ('<t:FieldURI FieldURI="folder:Nonsense"/>', "ErrorSchemaValidation", 500),
        ('<t:FieldURI FieldURI="folder:PolicyTag"/>', "NoError", 200),
        ('<t:ExtendedFieldURI PropertyTag="0x3001" PropertyName="x" PropertyType="String"/>',
         "ErrorInvalidExtendedProperty", 200),
    ],
)  # fmt: skip
def test_properties_asked_for(path: str, code: str, status: int, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        shape = IDS.replace("</t:BaseShape>", f"</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>")
        answer = await world.ask(ALICE, get(named("inbox"), shape), status=status)
        assert answer.codes == [code]
        if code == "ErrorInvalidPropertyRequest":
            assert answer.one("//m:MessageXml/t:FieldURI").get("FieldURI") == "item:Subject"

    run(story, tmp_path)


def test_making_changing_and_deleting(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, create(named("inbox"), "One", "Two", "one", ""))
        assert answer.codes == ["NoError", "NoError", "ErrorFolderExists", "ErrorFolderSave"]
        assert "Could not create folder 'one'" in answer.texts("//m:MessageText")[0]
        one, two = ids(answer)
        inbox = await world.ask(ALICE, get(named("inbox")))
        assert inbox.text("//t:ChildFolderCount") == "2"

        before = (await world.ask(ALICE, get(by_id(one)))).one("//t:FolderId").get("ChangeKey")
        renamed = await world.ask(ALICE, rename(by_id(one), "First &amp; best"))
        after = renamed.one("//t:FolderId")
        assert (after.get("Id"), after.get("ChangeKey") != before) == (one, True)
        assert names(await world.ask(ALICE, get(by_id(one)))) == ["First & best"]
        assert (await world.ask(ALICE, rename(by_id(one), "TWO"))).codes == ["ErrorFolderExists"]

        assert (await world.ask(ALICE, delete(by_id(one, one)))).codes == ["NoError", "ErrorItemNotFound"]
        assert (await world.ask(ALICE, get(by_id(one, two)))).codes == ["ErrorItemNotFound", "NoError"]
        assert (await world.ask(ALICE, rename(by_id(one), "x"))).codes == ["ErrorItemNotFound"]
        assert (await world.ask(ALICE, get(named("inbox")))).text("//t:ChildFolderCount") == "1"

    run(story, tmp_path)


def test_extended_properties_are_kept_and_deleted(tmp_path: Path) -> None:
    path = (
        '<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="x" '
        'PropertyType="StringArray"/>'
    )
    value = (
        f"<t:ExtendedProperty>{path}<t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values></t:ExtendedProperty>"
    )
    shape = IDS.replace("</t:BaseShape>", f"</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>")

    async def story(world: World) -> None:
        one = await make(world, named("inbox"), "One")
        assert (await world.ask(ALICE, update(by_id(one), path, value))).codes == ["NoError"]
        assert (await world.ask(ALICE, get(by_id(one), shape))).texts("//t:Value") == ["a", "b"]
        deletion = update(by_id(one), path, value).replace("SetFolderField", "DeleteFolderField")
        assert (await world.ask(ALICE, deletion.replace(f"<t:Folder>{value}</t:Folder>", ""))).codes == ["NoError"]
        assert not (await world.ask(ALICE, get(by_id(one), shape))).texts("//t:Value")

    run(story, tmp_path)


def test_permissions_are_kept(tmp_path: Path) -> None:
    path = '<t:FieldURI FieldURI="folder:PermissionSet"/>'
    value = (
        "<t:PermissionSet><t:Permissions><t:Permission><t:UserId><t:PrimarySmtpAddress>bob@contoso.test"
        "</t:PrimarySmtpAddress></t:UserId><t:PermissionLevel>Reviewer</t:PermissionLevel></t:Permission>"
        "</t:Permissions></t:PermissionSet>"
    )

    async def story(world: World) -> None:
        one = await make(world, named("inbox"), "One")
        usual = await world.ask(ALICE, get(by_id(one), EVERYTHING))
        assert usual.texts("//t:DistinguishedUser") == ["Default", "Anonymous"]
        assert (await world.ask(ALICE, update(by_id(one), path, value))).codes == ["NoError"]
        answer = await world.ask(ALICE, get(by_id(one), EVERYTHING))
        assert answer.text("//t:Permission//t:PrimarySmtpAddress") == "bob@contoso.test"
        assert answer.text("//t:Permission/t:ReadItems") == "FullDetails"
        calendar = await world.ask(ALICE, get(named("calendar"), EVERYTHING))
        assert calendar.texts("//t:CalendarPermissionLevel") == ["FreeBusyTimeOnly", "None"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("path", "value", "code"),
    [
        ("folder:TotalCount", "<t:TotalCount>3</t:TotalCount>", "ErrorInvalidPropertySet"),
        ("folder:DisplayName", "<t:FolderClass>x</t:FolderClass>", "ErrorUpdatePropertyMismatch"),
        ("folder:DisplayName", "", "ErrorIncorrectUpdatePropertyCount"),
        ("item:Subject", "<t:DisplayName>x</t:DisplayName>", "ErrorInvalidPropertyRequest"),
    ],
)
def test_changes_that_cannot_be(path: str, value: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, update(named("inbox"), f'<t:FieldURI FieldURI="{path}"/>', value))
        assert answer.codes == [code]

    run(story, tmp_path)


def test_default_folders_are_neither_deleted_nor_moved(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, delete(named("inbox", "root")))).codes == ["ErrorDeleteDistinguishedFolder"] * 2
        moved = await world.ask(ALICE, transfer("MoveFolder", named("drafts"), named("inbox")))
        assert moved.codes == ["ErrorMoveDistinguishedFolder"]
        common = await world.ask(ALICE, find(named("root"), restriction=is_equal("Common Views")))
        assert (await world.ask(ALICE, delete(by_id(*ids(common))))).codes == ["ErrorDeleteDistinguishedFolder"]
        assert (await world.ask(ALICE, empty(named("msgfolderroot")))).codes == ["ErrorCannotEmptyFolder"]

    run(story, tmp_path)


def is_equal(name: str) -> str:
    return (
        '<t:IsEqualTo><t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURIOrConstant>'
        f'<t:Constant Value="{name}"/></t:FieldURIOrConstant></t:IsEqualTo>'
    )


def test_moving_keeps_the_id(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one, two = await make(world, named("inbox"), "One"), await make(world, named("inbox"), "Two")
        below = await make(world, by_id(one), "Below")
        moved = await world.ask(ALICE, transfer("MoveFolder", by_id(two), by_id(one)))
        assert ids(moved) == [one]
        assert [ids(await world.ask(ALICE, find(by_id(two), "Deep", IDS)))] == [[one, below]]
        counts = (await world.ask(ALICE, get(named("inbox") + by_id(two)))).texts("//t:ChildFolderCount")
        assert counts == ["1", "1"]
        for to in (one, below):
            answer = await world.ask(ALICE, transfer("MoveFolder", by_id(to), by_id(one)))
            assert answer.codes == ["ErrorMoveCopyFailed"]
        gone = write_id(IdKind.FOLDER, ALICE.msExchMailboxGuid, 1)
        assert (await world.ask(ALICE, transfer("MoveFolder", by_id(gone), by_id(one)))).codes == [
            "ErrorToFolderNotFound"
        ]

    run(story, tmp_path)


def test_copying_makes_new_ids(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one, two = await make(world, named("inbox"), "One"), await make(world, named("inbox"), "Two")
        await make(world, by_id(one), "Below")
        copied = await world.ask(ALICE, transfer("CopyFolder", by_id(two), by_id(one)))
        assert copied.codes == ["NoError"]
        assert ids(copied) != [one]
        assert names(await world.ask(ALICE, find(by_id(two), "Deep"))) == ["One", "Below"]
        assert names(await world.ask(ALICE, find(by_id(one), "Deep"))) == ["Below"]
        assert (await world.ask(ALICE, transfer("CopyFolder", by_id(two), by_id(one)))).codes == ["ErrorFolderExists"]

    run(story, tmp_path)


def test_deleted_folders_go_to_deleted_items_and_from_there_for_good(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for _ in range(2):
            one = await make(world, named("inbox"), "One")
            answer = await world.ask(ALICE, delete(by_id(one), "MoveToDeletedItems"))
            assert answer.codes == ["NoError"]
        assert names(await world.ask(ALICE, find(named("deleteditems")))) == ["One", "One1"]
        await world.ask(ALICE, delete(by_id(one), "MoveToDeletedItems"))
        assert names(await world.ask(ALICE, find(named("deleteditems")))) == ["One"]

    run(story, tmp_path)


def test_emptying_with_and_without_what_is_below(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = await make(world, named("inbox"), "One")
        await make(world, by_id(one), "Below")
        assert (await world.ask(ALICE, empty(by_id(one), below="false"))).codes == ["NoError"]
        assert names(await world.ask(ALICE, find(by_id(one)))) == ["Below"]
        assert (await world.ask(ALICE, empty(by_id(one)))).codes == ["NoError"]
        assert names(await world.ask(ALICE, find(by_id(one)))) == []
        assert (await world.ask(ALICE, empty(by_id(one), below="perhaps"), status=500)).codes == [
            "ErrorSchemaValidation"
        ]

    run(story, tmp_path)


def test_finding_by_page(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = await make(world, named("inbox"), "One")
        await world.ask(ALICE, create(by_id(one), *"abcde"))

        async def page(view: str) -> tuple[list[str], dict[str, str]]:
            answer = await world.ask(ALICE, find(by_id(one), view=view))
            return names(answer), dict(answer.one("//m:RootFolder").attrib)  # type: ignore[arg-type]

        view = '<m:IndexedPageFolderView MaxEntriesReturned="2" Offset="{}" BasePoint="{}"/>'
        assert await page(view.format(0, "Beginning")) == (
            ["a", "b"],
            {"IndexedPagingOffset": "2", "TotalItemsInView": "5", "IncludesLastItemInRange": "false"},
        )
        assert await page(view.format(4, "Beginning")) == (
            ["e"],
            {"TotalItemsInView": "5", "IncludesLastItemInRange": "true"},
        )
        assert (await page(view.format(9, "Beginning")))[0] == []
        assert (await page(view.format(1, "End")))[0] == ["c", "d"]
        half = '<m:FractionalPageFolderView MaxEntriesReturned="2" Numerator="1" Denominator="2"/>'
        assert await page(half) == (
            ["c", "d"],
            {
                "NumeratorOffset": "4",
                "AbsoluteDenominator": "5",
                "TotalItemsInView": "5",
                "IncludesLastItemInRange": "false",
            },
        )
        for bad, code in (
            (view.format(-1, "Beginning"), "ErrorInvalidIndexedPagingParameters"),
            (view.format(0, "End").replace('"2"', '"0"'), "ErrorInvalidPagingMaxRows"),
            (half.replace('Denominator="2"', 'Denominator="0"'), "ErrorInvalidFractionalPagingParameters"),
        ):
            assert (await world.ask(ALICE, find(by_id(one), view=bad))).codes == [code]

    run(story, tmp_path)


def test_finding_below_several_parents_and_none(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        gone = write_id(IdKind.FOLDER, ALICE.msExchMailboxGuid, 1)
        answer = await world.ask(ALICE, find(named("contacts") + by_id(gone) + named("drafts")))
        assert answer.codes == ["NoError", "ErrorFolderNotFound", "NoError"]
        assert [root.get("TotalItemsInView") for root in answer.all("//m:RootFolder")] == ["5", "0"]
        deleted = await world.ask(ALICE, find(named("root"), "SoftDeleted"))
        assert deleted.one("//m:RootFolder").get("TotalItemsInView") == "0"

    run(story, tmp_path)


def test_a_restriction_on_an_items_property_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        restriction = is_equal("x").replace("folder:DisplayName", "item:Subject")
        answer = await world.ask(ALICE, find(named("root"), restriction=restriction))
        assert answer.codes == ["ErrorUnsupportedPathForQuery"]

    run(story, tmp_path)
