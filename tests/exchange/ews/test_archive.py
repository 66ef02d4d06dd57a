"""In-place archives: a second mailbox of somebody's, its folders, and items that move into it."""

from __future__ import annotations

import uuid
from dataclasses import replace
from pathlib import Path

import pytest

from samband.exchange.ews.endpoint import EwsEndpoint
from samband.model.caller import Caller
from samband.model.people import Person
from tests.exchange.ews.test_junk import folder
from tests.exchange.world import ALICE, BOB, Answer, Door, World, run

RICH = replace(ALICE, msExchArchiveGUID=str(uuid.uuid5(uuid.UUID(ALICE.objectGUID), "archive")))
IDS = "<m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
NAMES = ("root", "msgfolderroot", "inbox", "deleteditems", "recoverableitemsroot", "recoverableitemsdeletions")


def give(world: World, person: Person = RICH) -> None:
    """Let Alice have an archive from now on."""
    world.people.everyone = [person if one.objectGUID == person.objectGUID else one for one in world.people.everyone]
    door = Door({one.sAMAccountName: Caller(one, "basic") for one in world.people.everyone})
    world.endpoint = EwsEndpoint(world.exchange, door)


async def note(world: World, where: str = folder("inbox"), subject: str = "old") -> str:
    saved = f"<m:SavedItemFolderId>{where}</m:SavedItemFolderId>"
    made = await world.ask(
        RICH, f'<m:CreateItem MessageDisposition="SaveOnly">{saved}<m:Items><t:Message><t:Subject>{subject}</t:Subject>'
        "</t:Message></m:Items></m:CreateItem>",
    )  # fmt: skip
    assert made.codes == ["NoError"]
    return f'<t:ItemId Id="{made.one("//t:ItemId").get("Id")}"/>'


def archive(source: str, *items: str) -> str:
    return (
        f"<m:ArchiveItem><m:ArchiveSourceFolderId>{source}</m:ArchiveSourceFolderId>"
        f"<m:ItemIds>{''.join(items)}</m:ItemIds></m:ArchiveItem>"
    )


async def subjects(world: World, where: str) -> list[str]:
    found = await world.ask(
        RICH, f'<m:FindItem Traversal="Shallow">{IDS}<m:ParentFolderIds>{where}</m:ParentFolderIds></m:FindItem>'
    )
    assert found.codes == ["NoError"]
    return found.texts("//t:Subject")


async def tree(world: World, where: str) -> Answer:
    shape = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
    return await world.ask(
        RICH, f'<m:FindFolder Traversal="Deep">{shape}<m:ParentFolderIds>{where}</m:ParentFolderIds></m:FindFolder>'
    )


async def made(world: World, name: str, parent: str) -> str:
    answer = await world.ask(
        RICH, f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders><t:Folder>"
        f"<t:DisplayName>{name}</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>",
    )  # fmt: skip
    assert answer.codes == ["NoError"]
    return f'<t:FolderId Id="{answer.one("//t:FolderId").get("Id")}"/>'


@pytest.mark.parametrize("name", NAMES)
def test_the_folders_of_an_archive_have_names_of_their_own(name: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        shape = "<m:FolderShape><t:BaseShape>AllProperties</t:BaseShape></m:FolderShape>"
        body = f"<m:GetFolder>{shape}<m:FolderIds>{folder('archive' + name)}{folder(name)}</m:FolderIds></m:GetFolder>"
        assert (await world.ask(ALICE, body)).codes == ["ErrorFolderNotFound", "NoError"]
        give(world)
        answer = await world.ask(RICH, body)
        assert answer.codes == ["NoError", "NoError"]
        assert answer.texts("//t:DistinguishedFolderId") == ["archive" + name, name]
        assert len({one.get("Id") for one in answer.all("//t:FolderId")}) == 2

    run(story, tmp_path)


def test_items_move_to_the_folder_of_the_same_path(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        give(world)
        first = await note(world)
        moved = await world.ask(RICH, archive(folder("inbox"), first, first))
        assert moved.codes == ["NoError", "ErrorItemNotFound"]
        assert await subjects(world, folder("inbox")) == []
        assert await subjects(world, folder("archiveinbox")) == ["old"]

        outer = await made(world, "Projects", folder("msgfolderroot"))
        inner = await made(world, "2026", outer)
        for subject in ("a", "b"):
            item = await note(world, inner, subject)
            assert (await world.ask(RICH, archive(inner, item))).codes == ["NoError"]
        found = await tree(world, folder("archivemsgfolderroot"))
        assert found.texts("//t:DisplayName") == ["Deleted Items", "Inbox", "Projects", "2026"]
        there = f'<t:FolderId Id="{found.all("//t:FolderId")[-1].get("Id")}"/>'
        assert sorted(await subjects(world, there)) == ["a", "b"]
        assert await subjects(world, inner) == []

    run(story, tmp_path)


def test_an_archive_is_worked_in_like_any_mailbox(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        give(world)
        item = await note(world, folder("archiveinbox"), "kept")
        got = await world.ask(RICH, f"<m:GetItem>{IDS}<m:ItemIds>{item}</m:ItemIds></m:GetItem>")
        assert got.text("//t:Subject") == "kept"
        gone = await world.ask(
            RICH, f'<m:DeleteItem DeleteType="MoveToDeletedItems"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>'
        )
        assert gone.codes == ["NoError"]
        assert await subjects(world, folder("archivedeleteditems")) == ["kept"]
        assert await subjects(world, folder("deleteditems")) == []
        back = await note(world, folder("archiveinbox"), "back")
        move = f"<m:MoveItem><m:ToFolderId>{folder('inbox')}</m:ToFolderId><m:ItemIds>{back}</m:ItemIds></m:MoveItem>"
        assert (await world.ask(RICH, move)).codes == ["NoError"]
        assert await subjects(world, folder("inbox")) == ["back"]
        junk = await note(world, folder("archiveinbox"), "spam")
        marked = f'<m:MarkAsJunk IsJunk="true" MoveItem="true"><m:ItemIds>{junk}</m:ItemIds></m:MarkAsJunk>'
        assert (await world.ask(RICH, marked)).codes == ["ErrorInvalidOperation"]
        again = await world.ask(RICH, archive(folder("archiveinbox"), junk))
        assert again.codes == ["ErrorInvalidOperation"]

    run(story, tmp_path)


def test_an_archive_is_its_owners_alone_and_gone_when_it_is_disabled(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        give(world)
        item = await note(world, folder("archiveinbox"))
        get = f"<m:GetItem>{IDS}<m:ItemIds>{item}</m:ItemIds></m:GetItem>"
        assert (await world.ask(BOB, get)).codes == ["ErrorItemNotFound"]
        give(world, replace(ALICE, msExchDisabledArchiveGUID=RICH.msExchArchiveGUID))
        assert (await world.ask(ALICE, get)).codes == ["ErrorNonExistentMailbox"]
        give(world)
        assert (await world.ask(RICH, get)).codes == ["NoError"]

    run(story, tmp_path)


def test_a_converted_identifier_says_whether_it_is_of_the_archive(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        give(world)
        for where, said in ((folder("inbox"), None), (folder("archiveinbox"), "true")):
            number = (await note(world, where)).split('"')[1]
            answer = await world.ask(
                RICH, '<m:ConvertId DestinationFormat="OwaId"><m:SourceIds>'
                f'<t:AlternateId Format="EwsId" Id="{number}" Mailbox="{RICH.mail}"/></m:SourceIds></m:ConvertId>',
            )  # fmt: skip
            found = answer.one("//m:AlternateId")
            assert (found.get("IsArchive"), found.get("Mailbox")) == (said, RICH.mail)

    run(story, tmp_path)
