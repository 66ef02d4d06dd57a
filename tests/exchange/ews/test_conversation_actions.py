"""ApplyConversationAction: with what is there, and with what comes later."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.conversation_requests import act, conversation_id, find_conversation, reply
from tests.exchange.ews.mail_requests import find, folder, ids, send, subjects
from tests.exchange.world import ALICE, BOB, World, run

HERE = f"<t:ContextFolderId>{folder('inbox')}</t:ContextFolderId>"
TO_TASKS = f"<t:DestinationFolderId>{folder('notes')}</t:DestinationFolderId>"


async def barn(world: World) -> str:
    """Two messages of a conversation in Bob's inbox and his own answer among what he sent; one more message."""
    await send(world, ALICE, "bob@contoso.test", "Barn")
    await reply(world, BOB, "inbox", "Which?")
    await reply(world, ALICE, "inbox", "The red one")
    await send(world, ALICE, "bob@contoso.test", "Boat")
    return conversation_id(await world.ask(BOB, find_conversation()), "Barn")


async def do(world: World, kind: str, conversation: str, more: str = "") -> None:
    assert (await world.ask(BOB, act(kind, conversation, more))).codes == ["NoError"]


async def again(world: World) -> None:
    """One more message of the conversation comes to Bob: an answer to what he sent, and one to something else."""
    await reply(world, ALICE, "inbox", "Well?")
    await send(world, ALICE, "bob@contoso.test", "Boot")


def test_copied_and_moved(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        await do(world, "Copy", conversation, HERE + TO_TASKS)
        assert await subjects(world, BOB, "notes") == ["Barn", "RE: Barn"]
        await do(world, "Move", conversation, HERE + TO_TASKS)
        assert await subjects(world, BOB, "inbox") == ["Boat"]
        assert len(await subjects(world, BOB, "notes")) == 4
        assert await subjects(world, BOB, "sentitems") == ["RE: Barn"]
        await again(world)
        assert await subjects(world, BOB, "inbox") == ["Boat", "RE: Barn", "Boot"]
        assert (await world.ask(BOB, act("Move", conversation, HERE))).codes == ["ErrorMissingArgument"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("how", "where", "left"),
    [
        ("MoveToDeletedItems", "deleteditems", 2),
        ("SoftDelete", "recoverableitemsdeletions", 2),
        ("HardDelete", "deleteditems", 0),
    ],
)
def test_deleted(how: str, where: str, left: int, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        await do(world, "Delete", conversation, f"{HERE}<t:DeleteType>{how}</t:DeleteType>")
        assert await subjects(world, BOB, "inbox") == ["Boat"]
        assert len(await subjects(world, BOB, where)) == left
        await again(world)
        assert await subjects(world, BOB, "inbox") == ["Boat", "RE: Barn", "Boot"]

    run(story, tmp_path)


def test_only_what_had_come_by_then(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        until = world.clock.now.strftime("%Y-%m-%dT%H:%M:%SZ")
        await again(world)
        until = f"<t:ConversationLastSyncTime>{until}</t:ConversationLastSyncTime>"
        await do(world, "Delete", conversation, HERE + until)
        assert await subjects(world, BOB, "inbox") == ["Boat", "RE: Barn", "Boot"]

    run(story, tmp_path)


def test_read_flagged_and_tagged(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        await do(world, "SetReadState", conversation, f"{HERE}<t:IsRead>true</t:IsRead>")
        flag = "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"
        await do(world, "Flag", conversation, HERE + flag)
        tag = "d5c8a2c0-7d5c-4a7b-9a3a-0f8a5d7f3b11"
        tag_id = f"<t:RetentionPolicyTagId>{tag}</t:RetentionPolicyTagId>"
        tagged = f"<t:RetentionPolicyType>Delete</t:RetentionPolicyType>{tag_id}"
        await do(world, "SetRetentionPolicy", conversation, HERE + tagged)
        uris = ("message:IsRead", "item:Flag", "item:PolicyTag")
        shown = [
            (item.findtext("{*}IsRead"), item.findtext("{*}Flag/{*}FlagStatus"), item.findtext("{*}PolicyTag"))
            for item in await find(world, BOB, "inbox", *uris)
        ]
        assert shown == [("true", "Flagged", tag)] * 2 + [("false", "NotFlagged", None)]

    run(story, tmp_path)


def test_always_moved_until_no_more(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        await do(world, "AlwaysMove", conversation, f"<t:ProcessRightAway>true</t:ProcessRightAway>{TO_TASKS}")
        assert await subjects(world, BOB, "notes") == ["Barn", "RE: Barn"]
        assert await subjects(world, BOB, "sentitems") == ["RE: Barn"]
        await again(world)
        assert await subjects(world, BOB, "notes") == ["Barn", "RE: Barn", "RE: Barn"]
        assert await subjects(world, BOB, "inbox") == ["Boat", "Boot"]
        await do(world, "AlwaysMove", conversation)
        await again(world)
        assert await subjects(world, BOB, "inbox") == ["Boat", "Boot", "RE: Barn", "Boot"]

    run(story, tmp_path)


def test_always_deleted_and_categorized(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        colours = "<t:Categories><t:String>Red</t:String></t:Categories>"
        await do(world, "AlwaysCategorize", conversation, colours)
        await do(world, "AlwaysDelete", conversation, "<t:EnableAlwaysDelete>true</t:EnableAlwaysDelete>")
        assert await subjects(world, BOB, "inbox") == ["Boat"]
        await again(world)
        assert await subjects(world, BOB, "inbox") == ["Boat", "Boot"]
        gone = await find(world, BOB, "deleteditems", "item:Categories")
        assert [item.findtext("{*}Categories/{*}String") for item in gone] == ["Red"] * 3
        await do(world, "AlwaysDelete", conversation, "<t:EnableAlwaysDelete>false</t:EnableAlwaysDelete>")
        await again(world)
        came = await find(world, BOB, "inbox", "item:Categories")
        assert [item.findtext("{*}Subject") for item in came] == ["Boat", "Boot", "RE: Barn", "Boot"]
        assert came[2].findtext("{*}Categories/{*}String") == "Red"

    run(story, tmp_path)


def test_what_cannot_be_done(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        conversation = await barn(world)
        assert (await world.ask(ALICE, act("Delete", conversation, HERE))).codes == ["ErrorAccessDenied"]
        assert (await world.ask(BOB, act("Delete", conversation.replace('="', '="x')))).codes == [
            "ErrorInvalidIdMalformed"
        ]
        everything = ids(await find(world, BOB, "inbox")) + ids(await find(world, BOB, "sentitems"))
        await world.ask(
            BOB, f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{"".join(everything)}</m:ItemIds></m:DeleteItem>'
        )
        assert (await world.ask(BOB, act("SetReadState", conversation))).codes == ["ErrorItemNotFound"]
        wrong = act("Delete", conversation, "<t:IsRead>perhaps</t:IsRead>")
        assert (await world.ask(BOB, wrong, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
