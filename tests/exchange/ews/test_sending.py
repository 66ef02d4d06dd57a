"""Messages sent through the endpoint: to whom they come, and what the sender keeps."""

from __future__ import annotations

from pathlib import Path

from samband.wire.ews.ids import IdKind, write_id
from tests.exchange.ews.test_items import MESSAGE, create, get, identifier, inbox, item_id, set_field, update
from tests.exchange.world import ALICE, BOB, T, World, run


def test_mail_arrives_with_the_copy_in_sent_items(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await create(world, MESSAGE, disposition="SendAndSaveCopy", folder="sentitems")
        assert answer.codes == ["NoError"]
        sent = (await get(world, *await inbox(world, ALICE, "sentitems"))).one("//t:Message")
        assert sent.findtext(T + "IsDraft") == "false" and sent.findtext(T + "IsFromMe") == "true"
        assert sent.find(T + "BccRecipients") is not None
        for who in (BOB, ALICE):
            came = await inbox(world, who)
            assert len(came) == (1 if who is BOB else 0)
        answer = await get(world, *await inbox(world, BOB), who=BOB)
        assert answer.text("//t:From//t:Name") == "Alice"
        assert answer.text("//t:IsRead") == "false" and answer.text("//t:IsDraft") == "false"
        assert answer.text("//t:DisplayTo") == "Bob"
        assert answer.all("//t:BccRecipients") == []
        assert answer.text("//t:ReceivedBy//t:EmailAddress") == "bob@contoso.test"
        assert answer.text("//t:InternetMessageId") == sent.findtext(T + "InternetMessageId")
        assert answer.one("//t:ConversationId").get("Id") != sent.find(T + "ConversationId").get("Id")  # type: ignore[union-attr]

    run(story, tmp_path)


def test_send_only_leaves_no_copy(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await create(world, MESSAGE, disposition="SendOnly", folder="")
        assert answer.codes == ["NoError"] and answer.all("//t:ItemId") == []
        assert await inbox(world, ALICE, "sentitems") == []
        assert len(await inbox(world, BOB)) == 1

    run(story, tmp_path)


def test_a_draft_is_sent_with_its_change_key(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        send = '<m:SendItem SaveItemToFolder="true"><m:ItemIds>{}</m:ItemIds></m:SendItem>'
        answer = await world.ask(ALICE, send.format(f'<t:ItemId Id="{made[0]}"/>'))
        assert answer.codes == ["ErrorChangeKeyRequired"]
        await update(world, made, set_field("item:Subject", "<t:Subject>x</t:Subject>"))
        assert (await world.ask(ALICE, send.format(item_id(made)))).codes == ["ErrorIrresolvableConflict"]
        now = identifier(await get(world, made))
        assert (await world.ask(ALICE, send.format(item_id(now)))).codes == ["NoError"]
        assert (len(await inbox(world, ALICE, "drafts")), len(await inbox(world, ALICE, "sentitems"))) == (0, 1)
        assert len(await inbox(world, BOB)) == 1

    run(story, tmp_path)


def test_what_cannot_be_delivered_comes_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        people = "".join(
            f"<t:Mailbox><t:EmailAddress>{address}</t:EmailAddress></t:Mailbox>"
            for address in ("ghost@contoso.test", "x@elsewhere.test", "bob@contoso.test")
        )
        message = f"<t:Message><t:Subject>Hi</t:Subject><t:ToRecipients>{people}</t:ToRecipients></t:Message>"
        await create(world, message, disposition="SendAndSaveCopy", folder="")
        assert len(await inbox(world, BOB)) == 1
        answer = await get(world, *await inbox(world, ALICE))
        assert answer.text("//t:ItemClass") == "REPORT.IPM.Note.NDR"
        assert "ghost@contoso.test" in answer.text("//t:Body") and "x@elsewhere.test" in answer.text("//t:Body")
        assert "5.1.1" in answer.text("//t:Body") and "5.4.4" in answer.text("//t:Body")
        assert (await create(world, "<t:Message/>", disposition="SendOnly")).codes == ["ErrorInvalidRecipients"]

    run(story, tmp_path)


def test_nobody_sends_as_somebody_else(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        message = MESSAGE.replace(
            "<t:IsRead>",
            "<t:From><t:Mailbox><t:EmailAddress>bob@contoso.test</t:EmailAddress></t:Mailbox></t:From><t:IsRead>",
        )
        assert (await create(world, message, disposition="SendOnly", folder="")).codes == ["ErrorSendAsDenied"]

    run(story, tmp_path)


def test_a_sent_message_keeps_who_it_went_to(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await create(world, MESSAGE, disposition="SendAndSaveCopy", folder="")
        (sent,) = await inbox(world, ALICE, "sentitems")
        people = "<t:Mailbox><t:EmailAddress>dave@contoso.test</t:EmailAddress></t:Mailbox>"
        change = set_field("message:ToRecipients", f"<t:ToRecipients>{people}</t:ToRecipients>")
        assert (await update(world, sent, change)).codes == ["ErrorInvalidPropertyUpdateSentMessage"]
        assert (await update(world, sent, set_field("item:Subject", "<t:Subject>x</t:Subject>"))).codes == ["NoError"]

    run(story, tmp_path)


def test_a_copy_is_written_where_and_only_where_the_mail_goes_out(tmp_path: Path) -> None:
    """One write: a folder for the copy that is gone lets nothing be delivered."""

    async def story(world: World) -> None:
        folders = await world.exchange.folders.ensure(ALICE.msExchMailboxGuid)
        gone = write_id(IdKind.FOLDER, ALICE.msExchMailboxGuid, max(folders.values()) + 12345)
        answer = await world.ask(
            ALICE,
            f'<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:SavedItemFolderId><t:FolderId Id="{gone}"/>'
            f"</m:SavedItemFolderId><m:Items>{MESSAGE}</m:Items></m:CreateItem>",
        )
        assert answer.codes == ["ErrorSavedItemFolderNotFound"]
        assert await inbox(world, BOB) == []

    run(story, tmp_path)
