from __future__ import annotations

import base64
import re
from pathlib import Path

import pytest

from tests.exchange.ews.mail_requests import find, folder, id_of, ids, send
from tests.exchange.world import ALICE, BOB, Answer, World, run

ATTACHED = (
    "<t:Attachments><t:FileAttachment><t:Name>a.bin</t:Name><t:Content>AAEC</t:Content></t:FileAttachment>"
    "<t:ItemAttachment><t:Name>inner</t:Name><t:Message><t:Subject>inner</t:Subject></t:Message></t:ItemAttachment>"
    "</t:Attachments>"
)
SERIES = (
    "<t:CalendarItem><t:Subject>Daily</t:Subject><t:Start>2026-12-01T09:00:00Z</t:Start>"
    "<t:End>2026-12-01T10:00:00Z</t:End><t:Recurrence><t:DailyRecurrence><t:Interval>1</t:Interval>"
    "</t:DailyRecurrence><t:NumberedRecurrence><t:StartDate>2026-12-01</t:StartDate>"
    "<t:NumberOfOccurrences>5</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence></t:CalendarItem>"
)
VIEW = '<m:CalendarView StartDate="2026-12-01T00:00:00Z" EndDate="2026-12-31T00:00:00Z"/>'
UNLIKE = re.compile(
    rb"<t:(ItemId|AttachmentId|ParentFolderId) [^>]*>|<t:(DateTimeCreated|LastModifiedTime|LastModifiedName|Size"
    rb"|StoreEntryId|InstanceKey)>[^<]*</t:\2>"
)


async def export(world: World, *items: str, who: object = ALICE) -> Answer:
    return await world.ask(who, f"<m:ExportItems><m:ItemIds>{''.join(items)}</m:ItemIds></m:ExportItems>")  # type: ignore[arg-type]


async def upload(
    world: World, where: str, data: str, action: str = "CreateNew", item: str = "", more: str = "", who: object = ALICE
) -> Answer:
    parent = (await folder_id(world, where)).replace("FolderId", "ParentFolderId")
    inner = f"{parent}{item}<t:Data>{data}</t:Data>"
    content = f'<t:Item CreateAction="{action}"{more}>{inner}</t:Item>'
    return await world.ask(who, f"<m:UploadItems><m:Items>{content}</m:Items></m:UploadItems>")  # type: ignore[arg-type]


async def folder_id(world: World, where: str) -> str:
    shape = "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    found = await world.ask(ALICE, f"<m:GetFolder>{shape}<m:FolderIds>{folder(where)}</m:FolderIds></m:GetFolder>")
    return f'<t:FolderId Id="{found.one("//t:FolderId").get("Id")}"/>'


async def content(world: World, item: str) -> bytes:
    """Everything GetItem says of an item that an upload does not set anew."""
    shape = "<m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
    answer = await world.ask(ALICE, f"<m:GetItem>{shape}<m:ItemIds>{item}</m:ItemIds></m:GetItem>")
    assert answer.codes == ["NoError"]
    return UNLIKE.sub(b"", answer.raw)


def data_of(answer: Answer, place: int = 0) -> str:
    return answer.texts("//m:Data")[place]


def written(answer: Answer) -> str:
    one = answer.one("//m:ItemId")
    return f'<t:ItemId Id="{one.get("Id")}" ChangeKey="{one.get("ChangeKey")}"/>'


def test_a_message_comes_back_with_all_that_it_was(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, "alice@contoso.test", "one")
        draft = await world.ask(
            ALICE,
            '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>kept</t:Subject>'
            f'<t:Body BodyType="HTML">&lt;b&gt;x&lt;/b&gt;</t:Body>{ATTACHED}<t:Categories><t:String>Red</t:String>'
            "</t:Categories><t:Importance>High</t:Importance></t:Message></m:Items></m:CreateItem>",
        )
        sources = [*ids(await find(world, ALICE, "inbox")), id_of(draft)]
        exported = await export(world, *sources)
        assert exported.codes == ["NoError", "NoError"]
        for place, source in enumerate(sources):
            uploaded = await upload(world, "notes", data_of(exported, place))
            assert uploaded.codes == ["NoError"]
            assert written(uploaded) != source
            assert await content(world, written(uploaded)) == await content(world, source)

    run(story, tmp_path)


def test_a_series_keeps_its_exceptions(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = await world.ask(
            ALICE, f'<m:CreateItem SendMeetingInvitations="SendToNone"><m:Items>{SERIES}</m:Items></m:CreateItem>'
        )
        master = made.one("//t:ItemId").get("Id")
        second = f'<t:OccurrenceItemId RecurringMasterId="{master}" InstanceIndex="2"/>'
        update = (
            '<t:Updates><t:SetItemField><t:FieldURI FieldURI="item:Subject"/><t:CalendarItem>'
            "<t:Subject>Other</t:Subject></t:CalendarItem></t:SetItemField></t:Updates>"
        )
        changed = await world.ask(
            ALICE,
            '<m:UpdateItem ConflictResolution="AlwaysOverwrite" SendMeetingInvitationsOrCancellations="SendToNone">'
            f"<m:ItemChanges><t:ItemChange>{second}{update}</t:ItemChange></m:ItemChanges></m:UpdateItem>",
        )
        assert changed.codes == ["NoError"]
        exported = await export(world, f'<t:ItemId Id="{master}"/>')
        await world.ask(
            ALICE,
            '<m:DeleteItem DeleteType="HardDelete" SendMeetingCancellations="SendToNone"><m:ItemIds>'
            f'<t:ItemId Id="{master}"/></m:ItemIds></m:DeleteItem>',
        )
        assert (await upload(world, "calendar", data_of(exported))).codes == ["NoError"]
        shape = "<m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>"
        seen = await world.ask(
            ALICE,
            f'<m:FindItem Traversal="Shallow">{shape}{VIEW}<m:ParentFolderIds>{folder("calendar")}</m:ParentFolderIds>'
            "</m:FindItem>",
        )
        assert seen.texts("//t:Subject") == ["Daily", "Other", "Daily", "Daily", "Daily"]

    run(story, tmp_path)


def test_an_update_replaces_what_is_there(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for subject in ("one", "two"):
            await send(world, BOB, "alice@contoso.test", subject)
        one, two = ids(await find(world, ALICE, "inbox"))
        data = data_of(await export(world, one))
        changed = await upload(world, "inbox", data, "Update", two)
        assert changed.codes == ["NoError"]
        before = two.split('"')
        assert written(changed).split('"')[1] == before[1] and written(changed).split('"')[3] != before[3]
        assert await content(world, two) == await content(world, one)
        assert (await upload(world, "drafts", data, "Update", two)).codes == ["ErrorItemNotFound"]
        assert (await upload(world, "drafts", data, "UpdateOrCreate", two)).codes == ["NoError"]
        assert len(await find(world, ALICE, "drafts")) == 1

    run(story, tmp_path)


def test_only_what_was_exported_here_is_uploaded(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, "alice@contoso.test", "one")
        (one,) = ids(await find(world, ALICE, "inbox"))
        assert (await upload(world, "inbox", "AAEC")).codes == ["ErrorCorruptData"]
        data = base64.b64decode(data_of(await export(world, one)))
        assert (await upload(world, "inbox", base64.b64encode(data).decode())).codes == ["NoError"]
        for broken in (data[:-1], data[:-1] + b"\0", data + b"x", b"x" + data):
            assert (await upload(world, "inbox", base64.b64encode(broken).decode())).codes == ["ErrorCorruptData"]

    run(story, tmp_path)


def test_other_peoples_items_stay_theirs(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, "alice@contoso.test", "one")
        (one,) = ids(await find(world, ALICE, "inbox"))
        data = data_of(await export(world, one))
        assert (await export(world, one, who=BOB)).codes == ["ErrorItemNotFound"]
        assert (await upload(world, "inbox", data, who=BOB)).codes == ["ErrorFolderNotFound"]
        associated = await upload(world, "inbox", data, more=' IsAssociated="true"')
        assert associated.codes == ["NoError"] and len(await find(world, ALICE, "inbox")) == 1

    run(story, tmp_path)


@pytest.mark.parametrize(
    "wrong",
    [
        "<m:UploadItems><m:Items/></m:UploadItems>",
        '<m:UploadItems><m:Items><t:Item CreateAction="Never"><t:ParentFolderId Id="x"/><t:Data/></t:Item></m:Items>'
        "</m:UploadItems>",
        '<m:UploadItems><m:Items><t:Item CreateAction="Update"><t:Data/></t:Item></m:Items></m:UploadItems>',
        "<m:ExportItems><m:ItemIds/></m:ExportItems>",
    ],
)
def test_what_breaks_the_schema_is_refused(tmp_path: Path, wrong: str) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, wrong, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)
