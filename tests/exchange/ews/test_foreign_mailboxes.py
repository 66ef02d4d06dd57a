"""A stranger in somebody's mailbox: every operation is tried, and every one refuses."""

from __future__ import annotations

import base64
from pathlib import Path

from lxml import etree

from samband.model.people import Person
from tests.exchange.ews.mail_requests import send
from tests.exchange.foreign import FOREIGN
from tests.exchange.photographs import drawn
from tests.exchange.world import ALICE, BOB, CAROL, Answer, World, envelope, run
from tests.schema import valid

REFUSALS = {
    "ErrorAccessDenied",
    "ErrorItemNotFound",
    "ErrorFolderNotFound",
    "ErrorToFolderNotFound",
    "ErrorParentFolderNotFound",
    "ErrorSavedItemFolderNotFound",
    "ErrorSyncFolderNotFound",
    "ErrorCrossMailboxMoveCopy",
    "ErrorNameResolutionNoResults",
    "ErrorDelegateNoUser",
}
SHAPE = "<m:{0}Shape><t:BaseShape>IdOnly</t:BaseShape></m:{0}Shape>"
EVENT = (
    '<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items><t:CalendarItem><t:Subject>secret</t:Subject>'
    "<t:Start>2026-12-01T10:00:00Z</t:Start><t:End>2026-12-01T11:00:00Z</t:End></t:CalendarItem></m:Items></m:CreateItem>"
)
MEETING = EVENT.replace("SendToNone", "SendToAllAndSaveCopy").replace(
    "</t:End>",
    "</t:End><t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress>"
    "</t:Mailbox></t:Attendee></t:RequiredAttendees>",
)
CONTACT = (
    "<m:CreateItem><m:Items><t:Contact><t:DisplayName>secret</t:DisplayName></t:Contact><t:DistributionList>"
    "<t:DisplayName>secrets</t:DisplayName></t:DistributionList></m:Items></m:CreateItem>"
)
FILE = (
    "<m:CreateAttachment><m:ParentItemId {}/><m:Attachments><t:FileAttachment><t:Name>secret.txt</t:Name>"
    "<t:Content>c2VjcmV0</t:Content></t:FileAttachment></m:Attachments></m:CreateAttachment>"
)


def attributes(answer: Answer, path: str = "//t:ItemId") -> str:
    one = answer.all(path)[0]
    key = one.get("ChangeKey")
    return f'Id="{one.get("Id")}"' + (f' ChangeKey="{key}"' if key else "")


async def folder(world: World, name: str, who: Person = ALICE) -> str:
    ids = f'<m:FolderIds><t:DistinguishedFolderId Id="{name}"/></m:FolderIds>'
    answer = await world.ask(who, f"<m:GetFolder>{SHAPE.format('Folder')}{ids}</m:GetFolder>")
    return attributes(answer, "//t:FolderId")


async def items(world: World, name: str) -> Answer:
    parent = f'<m:ParentFolderIds><t:DistinguishedFolderId Id="{name}"/></m:ParentFolderIds>'
    find = f'<m:FindItem Traversal="Shallow">{SHAPE.format("Item")}{parent}</m:FindItem>'
    return await world.ask(ALICE, find)


async def furnished(world: World) -> dict[str, str]:
    """Alice's mailbox with something secret in every place; how requests name what is in it."""
    await send(world, ALICE, ALICE.mail, "secret")
    request = await world.ask(CAROL, MEETING)
    assert request.codes == ["NoError"]
    mine = await world.ask(BOB, CONTACT)
    event, contacts = await world.ask(ALICE, EVENT), await world.ask(ALICE, CONTACT)
    create = "<m:CreateFolder><m:ParentFolderId>{}</m:ParentFolderId><m:Folders><t:Folder><t:DisplayName>secret"
    inbox = await folder(world, "inbox")
    plain = await world.ask(
        ALICE, create.format(f"<t:FolderId {inbox}/>") + "</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    )
    found = await items(world, "inbox")
    message, meeting = (attributes(found, f"//t:{kind}/t:ItemId") for kind in ("Message", "MeetingRequest"))
    file = await world.ask(ALICE, FILE.format(message))
    message = attributes(await items(world, "inbox"), "//t:Message/t:ItemId")
    data = await world.ask(ALICE, f"<m:ExportItems><m:ItemIds><t:ItemId {message}/></m:ItemIds></m:ExportItems>")
    persona = await world.ask(
        ALICE, FOREIGN["FindPeople"][0] % {"contacts": '<t:DistinguishedFolderId Id="contacts"/>'}
    )
    conversations = await world.ask(ALICE, FOREIGN["FindConversation"][0] % {"folder": f"<t:FolderId {inbox}/>"})
    alice = "<t:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></t:Mailbox>"
    lists = [one.get("Id") for one in contacts.all("//t:DistributionList/t:ItemId")]
    return {
        "item": f"<t:ItemId {message}/>",
        "item_attributes": message,
        "item_id": message.partition(" ")[0],
        "request_attributes": meeting,
        "event": f"<t:ItemId {attributes(event)}/>",
        "event_attributes": attributes(event),
        "persona": f'Id="{persona.all("//t:PersonaId")[0].get("Id")}"',
        "list": f'<t:ItemId Id="{lists[0]}"/>',
        "conversation": f"<t:ConversationId {attributes(conversations, '//t:ConversationId')}/>",
        "mine": f"<t:ItemId {attributes(mine)}/>",
        "folder": f"<t:FolderId {inbox}/>",
        "folder_attributes": inbox,
        "by_name": f'<t:DistinguishedFolderId Id="inbox">{alice}</t:DistinguishedFolderId>',
        "root": f'<t:DistinguishedFolderId Id="msgfolderroot">{alice}</t:DistinguishedFolderId>',
        "calendar": f"<t:FolderId {await folder(world, 'calendar')}/>",
        "contacts": f"<t:FolderId {await folder(world, 'contacts')}/>",
        "plain": f"<t:FolderId {attributes(plain, '//t:FolderId')}/>",
        "own": f"<t:FolderId {await folder(world, 'inbox', BOB)}/>",
        "attachment": f'<t:AttachmentId Id="{file.one("//t:AttachmentId").get("Id")}"/>',
        "data": data.text("//m:Data"),
        "photo": base64.b64encode(drawn(100, 100)).decode(),
    }


def test_every_operation_refuses_a_stranger(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        names = await furnished(world)
        before = await world.store.last()
        for operation, requests in FOREIGN.items():
            for request in requests:
                response = await world.send(BOB, envelope(request % names, "Exchange2013_SP1"))
                # The schema has another form for the answer of SetUserPhoto than the one Exchange gives.
                read = etree.fromstring if operation == "SetUserPhoto" else valid
                answer = Answer(response.status, read(response.content), response.content)
                assert answer.codes and set(answer.codes) <= REFUSALS, (operation, request, answer.raw.decode())
                assert b"secret" not in answer.raw, (operation, answer.raw.decode())
                assert not await world.store.log(None, before, 100), (operation, request)

    run(story, tmp_path)
