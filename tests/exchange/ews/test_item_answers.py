"""What is made of items: posts that answer posts, what a message remembers of being answered, files elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.conversation_requests import find_conversation, reply, topics
from tests.exchange.ews.mail_requests import find, folder, id_of, ids, send
from tests.exchange.world import ALICE, BOB, Answer, World, run

LAST_VERB = '<t:ExtendedFieldURI PropertyTag="0x1081" PropertyType="Integer"/>'


def post(body: str) -> str:
    return (
        f"<m:CreateItem><m:SavedItemFolderId>{folder('notes')}</m:SavedItemFolderId><m:Items>{body}</m:Items>"
        "</m:CreateItem>"
    )


def test_a_post_is_answered_by_a_post(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = await world.ask(
            ALICE, post('<t:PostItem><t:Subject>Barn</t:Subject><t:Body BodyType="Text">Which?</t:Body></t:PostItem>')
        )
        reference = id_of(first).replace("ItemId", "ReferenceItemId", 1)
        world.clock.advance(minutes=1)
        answer = await world.ask(
            ALICE,
            f"<m:CreateItem><m:Items><t:PostReplyItem>{reference}"
            '<t:NewBodyContent BodyType="Text">Red</t:NewBodyContent></t:PostReplyItem></m:Items></m:CreateItem>',
        )
        assert answer.codes == ["NoError"] and len(answer.all("//t:PostItem")) == 1
        posts = await find(
            world, ALICE, "notes", "message:References", "message:ConversationTopic", "postitem:PostedTime"
        )
        assert [one.findtext("{*}Subject") for one in posts] == ["Barn", "RE: Barn"]
        assert [one.findtext("{*}ConversationTopic") for one in posts] == ["Barn", "Barn"]
        assert posts[1].findtext("{*}References", "").startswith("<")
        assert topics(await world.ask(ALICE, find_conversation("notes"))) == ["Barn"]
        await send(world, BOB, "alice@contoso.test", "Mail")
        mail = ids(await find(world, ALICE, "inbox"))[0].replace("ItemId", "ReferenceItemId", 1)
        wrong = await world.ask(
            ALICE, f"<m:CreateItem><m:Items><t:PostReplyItem>{mail}</t:PostReplyItem></m:Items></m:CreateItem>"
        )
        assert wrong.codes == ["ErrorInvalidOperation"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("kind", "verb", "icon"),
    [("ReplyToItem", "102", "MailReplied"), ("ReplyAllToItem", "103", "MailReplied")],
)
def test_a_message_remembers_that_it_was_answered(kind: str, verb: str, icon: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, ALICE, "bob@contoso.test", "Barn")
        before = await find(world, BOB, "inbox", "item:IconIndex")
        assert before[0].findtext("{*}IconIndex") == "MailUnread"
        await reply(world, BOB, "inbox", "Which?", kind)
        item = ids(await find(world, BOB, "inbox"))[0]
        answer = await world.ask(
            BOB,
            "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
            f'<t:FieldURI FieldURI="item:IconIndex"/>{LAST_VERB}</t:AdditionalProperties></m:ItemShape>'
            f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>",
        )
        assert (answer.text("//t:ExtendedProperty/t:Value"), answer.text("//t:IconIndex")) == (verb, icon)

    run(story, tmp_path)


def test_a_file_elsewhere_hangs_on_a_message(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        given = (
            "<t:ReferenceAttachment><t:Name>plan.docx</t:Name><t:AttachLongPathName>https://files.test/plan.docx"
            "</t:AttachLongPathName><t:ProviderType>OneDrivePro</t:ProviderType><t:PermissionType>2</t:PermissionType>"
            "<t:AttachmentIsFolder>false</t:AttachmentIsFolder></t:ReferenceAttachment>"
        )
        made = await world.ask(
            ALICE,
            '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>A</t:Subject>'
            f"<t:Attachments>{given}</t:Attachments></t:Message></m:Items></m:CreateItem>",
        )
        attachment = made.one("//t:ReferenceAttachment/t:AttachmentId").get("Id")
        got = await world.ask(
            ALICE,
            f'<m:GetAttachment><m:AttachmentIds><t:AttachmentId Id="{attachment}"/></m:AttachmentIds>'
            "</m:GetAttachment>",
        )
        assert got.text("//t:AttachLongPathName") == "https://files.test/plan.docx"
        assert (got.text("//t:ProviderType"), got.text("//t:PermissionType")) == ("OneDrivePro", "2")
        item = await world.ask(
            ALICE,
            "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>"
            "<t:IncludeMimeContent>true</t:IncludeMimeContent></m:ItemShape>"
            f"<m:ItemIds>{id_of_item(made)}</m:ItemIds></m:GetItem>",
        )
        assert item.text("//t:Attachments//t:Name") == "plan.docx"

    run(story, tmp_path)


def id_of_item(answer: Answer) -> str:
    """The identifier of the only message in an answer."""
    return f'<t:ItemId Id="{answer.one("//t:Message/t:ItemId").get("Id")}"/>'
