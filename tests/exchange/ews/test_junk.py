from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.mail_requests import find, folder, ids, send, subjects
from tests.exchange.ews.test_items import create
from tests.exchange.world import ALICE, BOB, Answer, World, run

ADDRESS = "alice@contoso.test"


async def mark(world: World, items: list[str], *, junk: bool, move: bool) -> Answer:
    flags = f'IsJunk="{str(junk).lower()}" MoveItem="{str(move).lower()}"'
    return await world.ask(ALICE, f"<m:MarkAsJunk {flags}><m:ItemIds>{''.join(items)}</m:ItemIds></m:MarkAsJunk>")


def test_mail_of_a_blocked_sender_goes_to_junk_until_it_is_wanted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ADDRESS, "one")
        answer = await mark(world, ids(await find(world, ALICE, "inbox")), junk=True, move=True)
        assert answer.codes == ["NoError"] and answer.one("//m:MovedItemId").get("Id")
        await send(world, BOB, ADDRESS, "two")
        assert await subjects(world, ALICE, "inbox") == []
        assert await subjects(world, ALICE, "junkemail") == ["one", "two"]
        junk = ids(await find(world, ALICE, "junkemail"))
        answer = await mark(world, junk, junk=False, move=True)
        assert answer.codes == ["NoError", "NoError"]
        await send(world, BOB, ADDRESS, "three")
        assert await subjects(world, ALICE, "inbox") == ["one", "two", "three"]
        assert (await mark(world, junk, junk=False, move=True)).codes == ["ErrorItemNotFound"] * 2

    run(story, tmp_path)


def test_nobody_blocks_themselves(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, ALICE, ADDRESS, "a note to myself")
        await mark(world, ids(await find(world, ALICE, "inbox")), junk=True, move=True)
        await send(world, ALICE, ADDRESS, "another")
        assert await subjects(world, ALICE, "inbox") == ["another"]

    run(story, tmp_path)


def test_without_moving_a_message_stays_what_it_was(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ADDRESS, "one")
        before = ids(await find(world, ALICE, "inbox"))
        for junk in (True, False):
            answer = await mark(world, before, junk=junk, move=False)
            assert answer.codes == ["NoError"] and not answer.all("//m:MovedItemId")
        assert ids(await find(world, ALICE, "inbox")) == before

    run(story, tmp_path)


def test_only_ones_own_messages_are_junk(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, ALICE, "bob@contoso.test", "theirs")
        theirs = ids(await find(world, BOB, "inbox"))
        assert (await mark(world, theirs, junk=True, move=True)).codes == ["ErrorAccessDenied"]
        assert (await world.ask(ALICE, '<m:MarkAsJunk IsJunk="x" MoveItem="true"/>', status=500)).codes == [
            "ErrorSchemaValidation"
        ]

    run(story, tmp_path)


def test_whole_folders_are_marked_as_read_and_unread(tmp_path: Path) -> None:
    def request(flag: str, folders: str) -> str:
        said = f"<m:ReadFlag>{flag}</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>"
        return f"<m:MarkAllItemsAsRead>{said}<m:FolderIds>{folders}</m:FolderIds></m:MarkAllItemsAsRead>"

    async def unread(world: World) -> str:
        shape = "<m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        answer = await world.ask(
            ALICE, f"<m:GetFolder>{shape}<m:FolderIds>{folder('inbox')}</m:FolderIds></m:GetFolder>"
        )
        return answer.text("//t:UnreadCount")

    async def story(world: World) -> None:
        for subject in ("one", "two", "three"):
            await send(world, BOB, ADDRESS, subject)
        assert await unread(world) == "3"
        answer = await world.ask(ALICE, request("true", folder("inbox") + folder("archive") + folder("drafts")))
        assert answer.codes == ["NoError", "ErrorFolderNotFound", "NoError"]
        assert await unread(world) == "0"
        assert (await world.ask(ALICE, request("false", folder("inbox")))).codes == ["NoError"]
        assert await unread(world) == "3"
        flags = [one.findtext("{*}IsRead") for one in await find(world, ALICE, "inbox", "message:IsRead")]
        assert flags == ["false"] * 3
        task = "<t:Task><t:Subject>nobody reads it</t:Subject></t:Task>"
        assert (await create(world, task, folder="tasks")).codes == ["NoError"]
        for flag in ("false", "true"):
            assert (await world.ask(ALICE, request(flag, folder("tasks")))).codes == ["NoError"]

    run(story, tmp_path)


@pytest.mark.parametrize("flag", ["maybe", ""])
def test_a_read_flag_is_a_boolean(tmp_path: Path, flag: str) -> None:
    async def story(world: World) -> None:
        said = f"<m:ReadFlag>{flag}</m:ReadFlag><m:SuppressReadReceipts>true</m:SuppressReadReceipts>"
        body = f"<m:MarkAllItemsAsRead>{said}<m:FolderIds>{folder('inbox')}</m:FolderIds></m:MarkAllItemsAsRead>"
        assert (await world.ask(ALICE, body, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_there_is_no_archive(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ADDRESS, "one")
        item = ids(await find(world, ALICE, "inbox"))[0]
        source = f"<m:ArchiveSourceFolderId>{folder('inbox')}</m:ArchiveSourceFolderId>"
        answer = await world.ask(ALICE, f"<m:ArchiveItem>{source}<m:ItemIds>{item}</m:ItemIds></m:ArchiveItem>")
        assert answer.codes == ["ErrorInvalidOperation"]
        assert answer.text("//m:MessageText") == "Archive mailbox is not enabled for this user."

    run(story, tmp_path)
