"""Items through the endpoint: made, read, changed, moved, deleted, sent. Every answer is checked against the schema."""

from __future__ import annotations

import base64
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from tests.exchange.world import ALICE, BOB, Answer, T, World, run


def identifier(answer: Answer, place: int = 0) -> tuple[str, str]:
    """Id and ChangeKey of an item in an answer."""
    found = answer.all("//t:ItemId")[place]
    return found.get("Id", ""), found.get("ChangeKey", "")


def item_id(pair: tuple[str, str]) -> str:
    return f'<t:ItemId Id="{pair[0]}" ChangeKey="{pair[1]}"/>'


async def create(
    world: World, items: str, *, disposition: str = "SaveOnly", folder: str = "drafts", who: object = ALICE
) -> Answer:
    saved = f'<m:SavedItemFolderId><t:DistinguishedFolderId Id="{folder}"/></m:SavedItemFolderId>' if folder else ""
    return await world.ask(
        who,  # type: ignore[arg-type]
        f'<m:CreateItem MessageDisposition="{disposition}" SendMeetingInvitations="SendToNone">{saved}'
        f"<m:Items>{items}</m:Items></m:CreateItem>",
    )


async def get(
    world: World, *ids: tuple[str, str], shape: str = "AllProperties", more: str = "", who: object = ALICE
) -> Answer:
    wanted = "".join(f'<t:ItemId Id="{one[0]}"/>' for one in ids)
    return await world.ask(
        who,  # type: ignore[arg-type]
        f"<m:GetItem><m:ItemShape><t:BaseShape>{shape}</t:BaseShape>{more}</m:ItemShape>"
        f"<m:ItemIds>{wanted}</m:ItemIds></m:GetItem>",
    )


async def update(
    world: World, item: tuple[str, str], updates: str, *, conflict: str = "AutoResolve", kind: str = "SaveOnly"
) -> Answer:
    return await world.ask(
        ALICE,
        f'<m:UpdateItem ConflictResolution="{conflict}" MessageDisposition="{kind}" '
        f'SendMeetingInvitationsOrCancellations="SendToNone"><m:ItemChanges><t:ItemChange>{item_id(item)}'
        f"<t:Updates>{updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
    )


def set_field(uri: str, content: str, kind: str = "Message", action: str = "SetItemField") -> str:
    return f'<t:{action}><t:FieldURI FieldURI="{uri}"/><t:{kind}>{content}</t:{kind}></t:{action}>'


async def inbox(world: World, who: object, folder: str = "inbox") -> list[tuple[str, str]]:
    """Everything in a folder, by what synchronising it from nothing says."""
    answer = await world.ask(
        who,  # type: ignore[arg-type]
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
        f'<t:DistinguishedFolderId Id="{folder}"/></m:SyncFolderId><m:MaxChangesReturned>100</m:MaxChangesReturned>'
        "</m:SyncFolderItems>",
    )
    return [(found.get("Id", ""), found.get("ChangeKey", "")) for found in answer.all("//t:ItemId")]


MESSAGE = (
    "<t:Message><t:Subject>Plan &amp; more</t:Subject><t:Sensitivity>Private</t:Sensitivity>"
    '<t:Body BodyType="HTML">&lt;p&gt;Hello &lt;b&gt;you&lt;/b&gt;&lt;/p&gt;</t:Body>'
    "<t:Categories><t:String>Red</t:String><t:String>Blue</t:String></t:Categories>"
    "<t:Importance>High</t:Importance>"
    '<t:ExtendedProperty><t:ExtendedFieldURI PropertySetId="11111111-2222-3333-4444-555555555555" '
    'PropertyName="colour" PropertyType="StringArray"/><t:Values><t:Value>a</t:Value><t:Value>b</t:Value></t:Values>'
    "</t:ExtendedProperty>"
    "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>"
    "<t:ToRecipients><t:Mailbox><t:EmailAddress>bob@contoso.test</t:EmailAddress></t:Mailbox></t:ToRecipients>"
    "<t:BccRecipients><t:Mailbox><t:EmailAddress>carol@contoso.test</t:EmailAddress></t:Mailbox></t:BccRecipients>"
    "<t:IsRead>true</t:IsRead></t:Message>"
)


def test_what_is_made_reads_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        answer = await get(world, made)
        assert identifier(answer) == made
        assert answer.text("//t:Subject") == "Plan & more"
        assert answer.text("//t:Body") == "<p>Hello <b>you</b></p>"
        assert answer.texts("//t:Categories/t:String") == ["Red", "Blue"]
        assert answer.text("//t:Importance") == "High"
        assert answer.text("//t:Sensitivity") == "Private"
        assert answer.text("//t:DisplayTo") == "bob@contoso.test"
        assert answer.text("//t:IsDraft") == "true"
        assert answer.text("//t:DateTimeReceived") == answer.text("//t:DateTimeCreated") == "2026-11-23T09:00:00Z"
        assert answer.text("//t:From//t:EmailAddress") == "alice@contoso.test"
        assert answer.text("//t:InternetMessageId").endswith("@contoso.test>")
        assert answer.one("//t:ConversationId").get("Id")
        assert answer.text("//t:FlagStatus") == "Flagged"
        assert answer.text("//t:LastModifiedName") == "Alice"
        more = (
            '<t:BodyType>Text</t:BodyType><t:AdditionalProperties><t:FieldURI FieldURI="item:Preview"/>'
            '<t:ExtendedFieldURI PropertySetId="11111111-2222-3333-4444-555555555555" PropertyName="colour" '
            'PropertyType="StringArray"/><t:ExtendedFieldURI PropertyTag="0x37" PropertyType="String"/>'
            "</t:AdditionalProperties>"
        )
        answer = await get(world, made, shape="IdOnly", more=more)
        assert [child.tag for child in answer.one("//t:Message")] == [
            T + name for name in ("ItemId", "Body", "ExtendedProperty", "ExtendedProperty", "Preview")
        ]
        assert (answer.text("//t:Body"), answer.text("//t:Preview")) == ("Hello you\r\n", "Hello you")
        assert answer.texts("//t:Value") == ["a", "b", "Plan & more"]
        assert [child.tag for child in (await get(world, made, shape="IdOnly")).one("//t:Message")] == [T + "ItemId"]

    run(story, tmp_path)


@pytest.mark.parametrize("version", ["Exchange2007_SP1", "Exchange2010", "Exchange2013", "Exchange2016"])
@pytest.mark.parametrize("kind", ["Message", "CalendarItem", "Contact", "Task", "PostItem", "DistributionList", "Item"])
def test_every_kind_and_version_answers_every_shape(tmp_path: Path, kind: str, version: str) -> None:
    async def story(world: World) -> None:
        folder = {"CalendarItem": "calendar", "Contact": "contacts", "Task": "tasks"}.get(kind, "inbox")
        made = identifier(await create(world, f"<t:{kind}><t:Subject>One</t:Subject></t:{kind}>", folder=folder))
        for shape in ("IdOnly", "Default", "AllProperties"):
            answer = await world.ask(
                ALICE,
                f"<m:GetItem><m:ItemShape><t:BaseShape>{shape}</t:BaseShape></m:ItemShape>"
                f'<m:ItemIds><t:ItemId Id="{made[0]}"/></m:ItemIds></m:GetItem>',
                version=version,
            )
            assert answer.codes == ["NoError"]
            assert answer.one(f"//t:{kind}") is not None

    run(story, tmp_path)


def test_a_batch_answers_each_in_its_place(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        read_only = "<t:Message><t:Size>4</t:Size></t:Message>"
        answer = await create(world, MESSAGE + read_only + MESSAGE)
        assert answer.codes == ["NoError", "ErrorInvalidPropertySet", "NoError"]
        assert answer.one("//m:MessageXml/t:FieldURI").get("FieldURI") == "item:Size"
        made, other = identifier(answer), identifier(answer, 1)
        nowhere = made[0][:28] + "ZZZZ" + made[0][32:]
        answer = await get(world, made, ("bogus", ""), (nowhere, ""), other, shape="IdOnly")
        assert answer.codes == ["NoError", "ErrorInvalidIdMalformed", "ErrorItemNotFound", "NoError"]
        answer = await get(world, made, shape="IdOnly", who=BOB)
        assert answer.codes == ["ErrorItemNotFound"]
        wrong = '<t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/></t:AdditionalProperties>'
        assert (await get(world, made, made, more=wrong)).codes == ["ErrorInvalidPropertyRequest"] * 2

    run(story, tmp_path)


def test_updates_set_append_and_delete(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        more = (
            "<t:ToRecipients><t:Mailbox><t:EmailAddress>dave@contoso.test</t:EmailAddress></t:Mailbox></t:ToRecipients>"
        )
        answer = await update(
            world,
            made,
            set_field("item:Subject", "<t:Subject>New</t:Subject>")
            + set_field("message:ToRecipients", more, action="AppendToItemField")
            + set_field("item:Body", '<t:Body BodyType="HTML"> more</t:Body>', action="AppendToItemField")
            + '<t:DeleteItemField><t:FieldURI FieldURI="item:Categories"/></t:DeleteItemField>'
            + '<t:SetItemField><t:ExtendedFieldURI PropertyTag="0x1234" PropertyType="Integer"/><t:Message>'
            '<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="4660" PropertyType="Integer"/><t:Value>7</t:Value>'
            "</t:ExtendedProperty></t:Message></t:SetItemField>",
        )
        assert answer.codes == ["NoError"] and answer.text("//m:ConflictResults/t:Count") == "0"
        changed = identifier(answer)
        assert changed[0] == made[0] and changed[1] != made[1]
        answer = await get(
            world,
            made,
            more='<t:AdditionalProperties><t:ExtendedFieldURI PropertyTag="0x1234" PropertyType="Integer"/>'
            "</t:AdditionalProperties>",
        )
        assert answer.text("//t:Subject") == "New"
        assert answer.text("//t:DisplayTo") == "bob@contoso.test; dave@contoso.test"
        assert answer.text("//t:Body").endswith(" more")
        assert answer.all("//t:Categories") == []
        assert answer.text("//t:Value") == "7"

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (set_field("item:Size", "<t:Size>1</t:Size>"), "ErrorInvalidPropertySet"),
        (
            set_field("item:Subject", "<t:Subject>x</t:Subject>", action="AppendToItemField"),
            "ErrorInvalidPropertyAppend",
        ),
        (
            '<t:DeleteItemField><t:FieldURI FieldURI="message:IsRead"/></t:DeleteItemField>',
            "ErrorInvalidPropertyDelete",
        ),
        (set_field("item:Subject", "<t:Importance>Low</t:Importance>"), "ErrorUpdatePropertyMismatch"),
        (
            set_field("item:Subject", "<t:Subject>x</t:Subject><t:Importance>Low</t:Importance>"),
            "ErrorIncorrectUpdatePropertyCount",
        ),
        (set_field("calendar:Location", "<t:Location>x</t:Location>", "CalendarItem"), "ErrorInvalidPropertyRequest"),
    ],
)
def test_an_update_that_cannot_be_says_why(tmp_path: Path, change: str, code: str) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        answer = await update(world, made, change)
        assert answer.codes == [code]
        assert answer.all("//m:MessageXml/t:FieldURI")
        assert identifier(await get(world, made)) == made

    run(story, tmp_path)


def test_a_conflict_is_told_where_the_client_wants_to_know(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        subject = set_field("item:Subject", "<t:Subject>x</t:Subject>")
        assert (await update(world, made, subject, conflict="NeverOverwrite")).codes == ["NoError"]
        assert (await update(world, made, subject, conflict="NeverOverwrite")).codes == ["ErrorIrresolvableConflict"]
        assert (await update(world, made, subject, conflict="AutoResolve")).codes == ["NoError"]
        assert (await update(world, made, subject, conflict="AlwaysOverwrite")).codes == ["NoError"]

    run(story, tmp_path)


def test_items_are_moved_copied_and_deleted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        to = '<m:ToFolderId><t:DistinguishedFolderId Id="{}"/></m:ToFolderId>'
        ids = f"<m:ItemIds>{item_id(made)}</m:ItemIds>"
        copied = identifier(await world.ask(ALICE, f"<m:CopyItem>{to.format('junkemail')}{ids}</m:CopyItem>"))
        moved = identifier(await world.ask(ALICE, f"<m:MoveItem>{to.format('inbox')}{ids}</m:MoveItem>"))
        assert len({made[0], copied[0], moved[0]}) == 3
        answer = await get(world, made, moved, copied)
        assert answer.codes == ["ErrorItemNotFound", "NoError", "NoError"]
        for how, left in (("MoveToDeletedItems", "deleteditems"), ("SoftDelete", "recoverableitemsdeletions")):
            again = identifier(
                await world.ask(
                    ALICE, f"<m:CopyItem>{to.format('inbox')}<m:ItemIds>{item_id(moved)}</m:ItemIds></m:CopyItem>"
                )
            )
            answer = await world.ask(
                ALICE, f'<m:DeleteItem DeleteType="{how}"><m:ItemIds>{item_id(again)}</m:ItemIds></m:DeleteItem>'
            )
            assert answer.codes == ["NoError"]
            assert len(await inbox(world, ALICE, left)) == 1
        answer = await world.ask(
            ALICE,
            '<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>'
            f"{item_id(moved)}{item_id(made)}</m:ItemIds></m:DeleteItem>",
        )
        assert answer.codes == ["NoError", "ErrorItemNotFound"]
        answer = await world.ask(
            ALICE, f"<m:MoveItem>{to.format('archive')}<m:ItemIds>{item_id(copied)}</m:ItemIds></m:MoveItem>"
        )
        assert answer.codes == ["ErrorFolderNotFound"]

    run(story, tmp_path)


def test_attachments_within_mime_content_are_not_told_of_where_it_is_made(tmp_path: Path) -> None:
    given = EmailMessage()
    given["Subject"] = "With a file"
    given.set_content("See there")
    given.add_attachment(b"hi", maintype="application", subtype="octet-stream", filename="a.bin")
    content = base64.b64encode(given.as_bytes()).decode()

    async def story(world: World) -> None:
        answer = await create(world, f"<t:Message><t:MimeContent>{content}</t:MimeContent></t:Message>")
        assert not answer.all("//t:Attachments")
        assert (await get(world, identifier(answer))).texts("//t:Attachments//t:Name") == ["a.bin"]

    run(story, tmp_path)


def test_the_mime_content_of_an_item_given_by_fields_is_whole_in_any_shape(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        file = "<t:FileAttachment><t:Name>a.txt</t:Name><t:Content>aGk=</t:Content></t:FileAttachment>"
        message = MESSAGE.replace("<t:Categories>", f"<t:Attachments>{file}</t:Attachments><t:Categories>")
        made = identifier(await create(world, message))
        answer = await get(world, made, shape="IdOnly", more="<t:IncludeMimeContent>true</t:IncludeMimeContent>")
        read = message_from_bytes(base64.b64decode(answer.text("//t:MimeContent")), policy=default)
        body = read.get_body(("html", "plain"))
        assert body is not None and "Hello <b>you</b>" in body.get_content()
        assert [one.get_filename() for one in read.iter_attachments()] == ["a.txt"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("display_name", "full_name"), [("", "Ann B. Berg"), ("<t:DisplayName>B</t:DisplayName>", "B")]
)
def test_a_contact_always_has_a_full_name(tmp_path: Path, display_name: str, full_name: str) -> None:
    names = "<t:GivenName>Ann</t:GivenName><t:MiddleName>B.</t:MiddleName>"

    async def story(world: World) -> None:
        contact = f"<t:Contact>{display_name}{names}<t:Surname>Berg</t:Surname></t:Contact>"
        made = identifier(await create(world, contact, folder="contacts"))
        assert (await get(world, made)).text("//t:CompleteName/t:FullName") == full_name

    run(story, tmp_path)


def test_a_flag_whose_status_is_in_the_namespace_of_messages(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        flag = "<t:Flag><m:FlagStatus>{}</m:FlagStatus></t:Flag>"
        for status in ("Flagged", "NotFlagged"):
            answer = await update(world, made, set_field("item:Flag", flag.format(status)))
            assert answer.codes == ["NoError"]
            made = identifier(answer)
            assert (await get(world, made)).text("//t:FlagStatus") == status

    run(story, tmp_path)


def test_answers_and_forwards_start_from_the_original(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        with_file = MESSAGE.replace(
            "<t:Categories>",
            "<t:Attachments><t:FileAttachment><t:Name>a.txt</t:Name><t:Content>aGk=</t:Content></t:FileAttachment>"
            "</t:Attachments><t:Categories>",
        )
        await create(world, with_file, disposition="SendAndSaveCopy", folder="")
        (came,) = await inbox(world, BOB)
        reply = (
            f'<t:ReplyAllToItem><t:ReferenceItemId Id="{came[0]}" ChangeKey="{came[1]}"/>'
            '<t:NewBodyContent BodyType="Text">Yes!</t:NewBodyContent></t:ReplyAllToItem>'
        )
        assert (await create(world, reply, disposition="SendAndSaveCopy", folder="", who=BOB)).codes == ["NoError"]
        answer = await get(world, *await inbox(world, ALICE))
        assert answer.text("//t:Subject") == "RE: Plan & more"
        assert "Yes!" in answer.text("//t:Body") and "Hello <b>you</b>" in answer.text("//t:Body")
        original = await get(world, came, who=BOB)
        assert answer.text("//t:InReplyTo") == original.text("//t:InternetMessageId")
        assert answer.text("//t:References") == original.text("//t:InternetMessageId")
        sent = await get(world, *await inbox(world, ALICE, "sentitems"))
        assert answer.one("//t:ConversationId").get("Id") == sent.one("//t:ConversationId").get("Id")
        forward = (
            "<t:ForwardItem><t:ToRecipients><t:Mailbox><t:EmailAddress>carol@contoso.test</t:EmailAddress></t:Mailbox>"
            f'</t:ToRecipients><t:ReferenceItemId Id="{came[0]}" ChangeKey="{came[1]}"/></t:ForwardItem>'
        )
        saved = identifier(await create(world, forward, who=BOB))
        answer = await get(world, saved, who=BOB)
        assert answer.text("//t:Subject") == "FW: Plan & more"
        assert answer.text("//t:FileAttachment/t:Name") == "a.txt"
        assert (await create(world, "<t:ReplyToItem/>")).codes == ["ErrorMissingInformationReferenceItemId"]

    run(story, tmp_path)


def test_a_message_given_as_mime_keeps_what_it_says(tmp_path: Path) -> None:
    raw = (
        b"From: Alice <alice@contoso.test>\r\nTo: =?utf-8?q?B=C3=B6b?= <bob@contoso.test>\r\n"
        b"Bcc: carol@contoso.test\r\n"
        b"Subject: =?iso-8859-1?q?Gr=FC=DFe?=\r\nMessage-ID: <one@here>\r\nReferences: <zero@here>\r\n"
        b"X-Thing: kept\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHej d\xc3\xa5!\r\n"
    )
    message = f"<t:Message><t:MimeContent>{base64.b64encode(raw).decode()}</t:MimeContent></t:Message>"

    async def story(world: World) -> None:
        made = identifier(await create(world, message))
        answer = await get(world, made, more="<t:IncludeMimeContent>true</t:IncludeMimeContent>")
        assert answer.text("//t:Subject") == "Grüße"
        assert answer.text("//t:Body") == "Hej då!\r\n"
        assert answer.text("//t:DisplayTo") == "Böb"
        assert answer.text("//t:InternetMessageId") == "<one@here>"
        mime = base64.b64decode(answer.text("//t:MimeContent"))
        assert mime.startswith(b"Bcc: carol@contoso.test\r\n") and mime.endswith(raw[-30:])
        answer = await create(world, message, disposition="SendOnly", folder="")
        assert answer.codes == ["NoError"]
        (came,) = await inbox(world, BOB)
        answer = await get(world, came, more="<t:IncludeMimeContent>true</t:IncludeMimeContent>", who=BOB)
        mime = base64.b64decode(answer.text("//t:MimeContent"))
        assert b"X-Thing: kept" in mime and b"carol" not in mime

    run(story, tmp_path)


def test_reading_a_message_changes_only_its_read_flag(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await create(world, MESSAGE, disposition="SendOnly", folder="")
        (came,) = await inbox(world, BOB)
        answer = await world.ask(
            BOB,
            '<m:UpdateItem ConflictResolution="AutoResolve" MessageDisposition="SaveOnly"><m:ItemChanges>'
            f"<t:ItemChange>{item_id(came)}<t:Updates>{set_field('message:IsRead', '<t:IsRead>true</t:IsRead>')}"
            "</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>",
        )
        assert answer.codes == ["NoError"] and identifier(answer)[1] != came[1]
        log = await world.store.log(BOB.msExchMailboxGuid, 0, 1000)
        assert [change.read_flag for change in log if hasattr(change, "read_flag")] == [True]
        answer = await world.ask(
            BOB,
            "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
            '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
        )
        assert (answer.text("//t:UnreadCount"), answer.text("//t:TotalCount")) == ("0", "1")

    run(story, tmp_path)


def test_entries_of_a_contact_are_changed_one_by_one(tmp_path: Path) -> None:
    contact = (
        "<t:Contact><t:DisplayName>Zed</t:DisplayName><t:GivenName>Z</t:GivenName><t:EmailAddresses>"
        '<t:Entry Key="EmailAddress1">z@a.test</t:Entry></t:EmailAddresses><t:PhysicalAddresses><t:Entry Key="Home">'
        "<t:Street>One</t:Street><t:City>Rome</t:City></t:Entry></t:PhysicalAddresses><t:PhoneNumbers>"
        '<t:Entry Key="HomePhone">1</t:Entry></t:PhoneNumbers></t:Contact>'
    )

    def indexed(uri: str, key: str) -> str:
        return f'<t:IndexedFieldURI FieldURI="{uri}" FieldIndex="{key}"/>'

    def entry(uri: str, key: str, container: str, content: str) -> str:
        value = f'<t:{container}><t:Entry Key="{key}">{content}</t:Entry></t:{container}>'
        return f"<t:SetItemField>{indexed(uri, key)}<t:Contact>{value}</t:Contact></t:SetItemField>"

    async def story(world: World) -> None:
        made = identifier(await create(world, contact, folder="contacts"))
        answer = await update(
            world,
            made,
            entry("contacts:EmailAddress", "EmailAddress2", "EmailAddresses", "y@a.test")
            + entry("contacts:PhysicalAddress:City", "Home", "PhysicalAddresses", "<t:City>Oslo</t:City>")
            + f"<t:DeleteItemField>{indexed('contacts:PhoneNumber', 'HomePhone')}</t:DeleteItemField>"
            + f"<t:DeleteItemField>{indexed('contacts:PhysicalAddress:Street', 'Home')}</t:DeleteItemField>",
        )
        assert answer.codes == ["NoError"]
        answer = await get(world, made)
        assert answer.texts("//t:EmailAddresses/t:Entry") == ["z@a.test", "y@a.test"]
        assert answer.texts("//t:PhysicalAddresses/t:Entry/*") == ["Oslo"]
        assert answer.all("//t:PhoneNumbers") == []
        assert answer.text("//t:CompleteName/t:FirstName") == "Z"
        paths = "<t:AdditionalProperties>" + indexed("contacts:EmailAddress", "EmailAddress2")
        answer = await get(
            world,
            made,
            shape="IdOnly",
            more=paths + indexed("contacts:EmailAddress", "EmailAddress3") + "</t:AdditionalProperties>",
        )
        assert answer.texts("//t:EmailAddresses/t:Entry") == ["y@a.test"]

    run(story, tmp_path)


def test_a_request_that_breaks_the_schema_makes_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        wrong = "<t:Message><t:Importance>Huge</t:Importance></t:Message>"
        answer = await world.ask(
            ALICE,
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items>{MESSAGE}{wrong}</m:Items></m:CreateItem>',
            status=500,
        )
        assert answer.codes == ["ErrorSchemaValidation"]
        assert await inbox(world, ALICE, "drafts") == []

    run(story, tmp_path)


def test_a_wish_that_is_neither_true_nor_false(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        answer = await world.ask(
            ALICE,
            "<m:GetItem><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>perhaps"
            f'</t:IncludeMimeContent></m:ItemShape><m:ItemIds><t:ItemId Id="{made[0]}"/></m:ItemIds></m:GetItem>',
            status=500,
        )
        assert b"a:ErrorSchemaValidation" in answer.raw

    run(story, tmp_path)
