"""Attachments through the endpoint: files and items, hung on, read, nested, taken off."""

from __future__ import annotations

import base64
from pathlib import Path

from tests.exchange.ews.test_items import MESSAGE, create, get, identifier, inbox, set_field, update
from tests.exchange.world import ALICE, BOB, Answer, World, run

FILE = (
    "<t:FileAttachment><t:Name>{}</t:Name><t:ContentType>text/plain</t:ContentType><t:Content>{}</t:Content>"
    "</t:FileAttachment>"
)


def file(name: str, content: bytes, more: str = "") -> str:
    return FILE.format(name, base64.b64encode(content).decode()).replace("<t:Content>", f"{more}<t:Content>")


async def attach(world: World, item: tuple[str, str], attachments: str) -> Answer:
    return await world.ask(
        ALICE,
        f'<m:CreateAttachment><m:ParentItemId Id="{item[0]}" ChangeKey="{item[1]}"/>'
        f"<m:Attachments>{attachments}</m:Attachments></m:CreateAttachment>",
    )


async def fetch(world: World, *ids: str, shape: str = "", who: object = ALICE) -> Answer:
    wanted = "".join(f'<t:AttachmentId Id="{one}"/>' for one in ids)
    return await world.ask(
        who,  # type: ignore[arg-type]
        f"<m:GetAttachment>{shape}<m:AttachmentIds>{wanted}</m:AttachmentIds></m:GetAttachment>",
    )


def attachment_ids(answer: Answer) -> list[str]:
    return [found.get("Id", "") for found in answer.all("//t:AttachmentId")]


def test_files_are_hung_on_read_and_taken_off(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        large = bytes(range(256)) * 1000
        inline = "<t:ContentId>pic</t:ContentId><t:IsInline>true</t:IsInline>"
        answer = await attach(world, made, file("a.txt", b"hello") + file("b.bin", large, inline))
        assert answer.codes == ["NoError", "NoError"]
        roots = {(found.get("RootItemId"), found.get("RootItemChangeKey")) for found in answer.all("//t:AttachmentId")}
        item = await get(world, made)
        assert roots == {identifier(item)} and identifier(item)[1] != made[1]
        assert item.texts("//t:Attachments//t:Name") == ["a.txt", "b.bin"]
        assert item.texts("//t:Attachments//t:Size") == ["5", str(len(large))]
        assert item.texts("//t:Attachments//t:IsInline") == ["false", "true"]
        assert item.text("//t:HasAttachments") == "true"
        first, second = attachment_ids(answer)
        answer = await fetch(world, first, second, "bogus")
        assert answer.codes == ["NoError", "NoError", "ErrorInvalidIdMalformed"]
        assert [base64.b64decode(text) for text in answer.texts("//t:Content")] == [b"hello", large]
        assert (await fetch(world, first, who=BOB)).codes == ["ErrorItemNotFound"]
        answer = await world.ask(
            ALICE,
            f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{first}"/><t:AttachmentId Id="{first}"/>'
            "</m:AttachmentIds></m:DeleteAttachment>",
        )
        assert answer.codes == ["NoError", "ErrorInvalidAttachmentId"]
        item = await get(world, made)
        assert answer.one("//m:RootItemId").get("RootItemChangeKey") == identifier(item)[1]
        assert item.texts("//t:Attachments//t:Name") == ["b.bin"]
        assert item.text("//t:HasAttachments") == "false"

    run(story, tmp_path)


def test_an_old_change_key_is_no_matter_but_a_wrong_parent_is(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = identifier(await create(world, MESSAGE))
        await update(world, made, set_field("item:Subject", "<t:Subject>x</t:Subject>"))
        assert (await attach(world, made, file("a", b""))).codes == ["NoError"]
        assert (await attach(world, ("x", ""), file("a", b"") * 2)).codes == ["ErrorInvalidIdMalformed"] * 2
        assert len((await get(world, made)).all("//t:FileAttachment")) == 1

    run(story, tmp_path)


def test_items_hang_on_items_with_what_hangs_on_them(tmp_path: Path) -> None:
    inner = MESSAGE.replace(
        "<t:Categories>", f"<t:Attachments>{file('deep.txt', b'deep')}</t:Attachments><t:Categories>"
    )
    outer = f"<t:ItemAttachment><t:Name>inner</t:Name>{inner}</t:ItemAttachment>"

    async def story(world: World) -> None:
        with_item = f"<t:Message><t:Attachments>{outer}</t:Attachments></t:Message>"
        answer = await create(world, with_item)
        assert answer.codes == ["NoError"]
        (row,) = attachment_ids(answer)
        shape = "<m:AttachmentShape><t:IncludeMimeContent>true</t:IncludeMimeContent></m:AttachmentShape>"
        answer = await fetch(world, row, shape=shape)
        assert answer.text("//t:ItemAttachment/t:Message/t:Subject") == "Plan & more"
        assert answer.all("//t:Message/t:ItemId") == []
        assert b"deep.txt" in base64.b64decode(answer.text("//t:MimeContent"))
        nested = answer.one("//t:Message//t:AttachmentId").get("Id") or ""
        assert nested != row
        answer = await fetch(world, nested)
        assert base64.b64decode(answer.text("//t:Content")) == b"deep"
        refused = await world.ask(
            ALICE,
            f'<m:DeleteAttachment><m:AttachmentIds><t:AttachmentId Id="{nested}"/></m:AttachmentIds>'
            "</m:DeleteAttachment>",
        )
        assert refused.codes == ["ErrorCannotDeleteObject"]
        hollow = "<t:Attachments><t:ItemAttachment><t:Name>x</t:Name></t:ItemAttachment></t:Attachments>"
        refused = await create(world, f"<t:Message>{hollow}</t:Message>")
        assert refused.codes == ["ErrorMissingItemForCreateItemAttachment"]

    run(story, tmp_path)


def test_attachments_travel_with_mail_and_copies(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        message = MESSAGE.replace(
            "<t:Categories>", f"<t:Attachments>{file('a.txt', b'hello')}</t:Attachments><t:Categories>"
        )
        assert (await create(world, message, disposition="SendAndSaveCopy", folder="")).codes == ["NoError"]
        for who, folder in ((ALICE, "sentitems"), (BOB, "inbox")):
            answer = await get(world, *await inbox(world, who, folder), who=who)
            (row,) = attachment_ids(answer)
            assert (await fetch(world, row, who=who)).text("//t:Content") == "aGVsbG8="
        draft = identifier(await create(world, message))
        answer = await world.ask(
            ALICE,
            '<m:CopyItem><m:ToFolderId><t:DistinguishedFolderId Id="inbox"/></m:ToFolderId>'
            f'<m:ItemIds><t:ItemId Id="{draft[0]}"/></m:ItemIds></m:CopyItem>',
        )
        ids = attachment_ids(await get(world, identifier(answer))) + attachment_ids(await get(world, draft))
        assert len(set(ids)) == 2 and (await fetch(world, *ids)).texts("//t:Content") == ["aGVsbG8="] * 2
        await world.ask(
            ALICE,
            f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds><t:ItemId Id="{draft[0]}"/></m:ItemIds></m:DeleteItem>',
        )
        assert (await fetch(world, *ids)).codes == ["NoError", "ErrorInvalidAttachmentId"]

    run(story, tmp_path)


def test_attachments_cannot_be_nested_for_ever(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        message = "<t:Message/>"
        for _ in range(12):
            message = (
                f"<t:Message><t:Attachments><t:ItemAttachment><t:Name>x</t:Name>{message}</t:ItemAttachment>"
                "</t:Attachments></t:Message>"
            )
        assert (await create(world, message)).codes == ["ErrorAttachmentNestLevelLimitExceeded"]

    run(story, tmp_path)
