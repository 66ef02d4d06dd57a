from __future__ import annotations

import base64
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from samband.exchange.actions.settings import ExchangeSettings, OutboundSettings
from samband.exchange.smtp.composing import composed
from tests.exchange.actions.test_arrivals import come, whole
from tests.exchange.ews.mail_requests import find, send, subjects
from tests.exchange.world import ALICE, BOB, World, run

READ = "<t:IsReadReceiptRequested>true</t:IsReadReceiptRequested>"
DELIVERED = "<t:IsDeliveryReceiptRequested>true</t:IsDeliveryReceiptRequested>"
OUTBOUND = ExchangeSettings(outbound=OutboundSettings(enabled=True))


async def mark(world: World, is_read: bool = True, attribute: str = "") -> None:
    """Alice marks what is in her inbox, message by message."""
    for came in await find(world, ALICE, "inbox"):
        number = came.find("{*}ItemId")
        assert number is not None
        flag = str(is_read).lower()
        answer = await world.ask(
            ALICE,
            f'<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly" {attribute}>'
            f'<m:ItemChanges><t:ItemChange><t:ItemId Id="{number.get("Id")}"/><t:Updates><t:SetItemField>'
            '<t:FieldURI FieldURI="message:IsRead"/><t:Message>'
            f"<t:IsRead>{flag}</t:IsRead></t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges>"
            "</m:UpdateItem>",
        )
        assert answer.codes == ["NoError"]


async def mark_all(world: World, suppress: str) -> None:
    answer = await world.ask(
        ALICE,
        f"<m:MarkAllItemsAsRead><m:ReadFlag>true</m:ReadFlag><m:SuppressReadReceipts>{suppress}"
        '</m:SuppressReadReceipts><m:FolderIds><t:DistinguishedFolderId Id="inbox"/></m:FolderIds>'
        "</m:MarkAllItemsAsRead>",
    )
    assert answer.codes == ["NoError"]


async def report(world: World) -> tuple[str, Message]:
    """The only message in Bob's inbox: its class and what it is for other systems."""
    (came,) = await find(world, BOB, "inbox")
    got = await whole(world, BOB, came, mime=True)
    return got.findtext("{*}ItemClass") or "", message_from_bytes(
        base64.b64decode(got.findtext("{*}MimeContent") or "")
    )


def parts(message: Message) -> list[Message]:
    found = message.get_payload()
    assert isinstance(found, list)
    return [part for part in found if isinstance(part, Message)]


def test_who_wants_to_know_hears_that_a_message_was_read_and_hears_it_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ALICE.mail, "Plan", more=READ)
        assert await subjects(world, BOB, "inbox") == []
        for is_read in (True, False, True):
            await mark(world, is_read)
        item_class, message = await report(world)
        assert item_class == "REPORT.IPM.Note.IPNRN"
        assert (message["Subject"], message["Auto-Submitted"]) == ("Read: Plan", "auto-replied")
        assert message["From"] == f"Alice <{ALICE.mail}>"
        assert message.get_content_type() == "multipart/report"
        assert message.get_param("report-type") == "disposition-notification"
        said = parts(parts(message)[1])[0]
        assert said["Final-Recipient"] == f"rfc822; {ALICE.mail}"
        assert said["Disposition"] == "manual-action/MDN-sent-automatically; displayed"
        (sent,) = await find(world, BOB, "sentitems", "message:InternetMessageId")
        assert said["Original-Message-ID"] == sent.findtext("{*}InternetMessageId")

    run(story, tmp_path)


@pytest.mark.parametrize(("suppress", "heard"), [("false", ["Read: one", "Read: two"]), ("true", [])])
def test_whole_folders_are_read_with_receipts_or_without(suppress: str, heard: list[str], tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for subject in ("one", "two"):
            await send(world, BOB, ALICE.mail, subject, more=READ)
        await send(world, BOB, ALICE.mail, "no matter")
        await mark_all(world, suppress)
        assert sorted(await subjects(world, BOB, "inbox")) == heard
        await mark(world, False)
        await mark_all(world, "false")
        assert sorted(await subjects(world, BOB, "inbox")) == heard, "suppressed for good"

    run(story, tmp_path)


def test_an_update_and_a_response_suppress_receipts(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ALICE.mail, "one", more=READ)
        await mark(world, attribute='SuppressReadReceipts="true"')
        await send(world, BOB, ALICE.mail, "two", more=READ)
        number = (await find(world, ALICE, "inbox"))[1].find("{*}ItemId")
        assert number is not None
        identifier = f'Id="{number.get("Id")}" ChangeKey="{number.get("ChangeKey")}"'
        answer = await world.ask(
            ALICE,
            '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:SuppressReadReceipt>'
            f"<t:ReferenceItemId {identifier}/></t:SuppressReadReceipt></m:Items></m:CreateItem>",
        )
        assert answer.codes == ["NoError"]
        await mark(world, False)
        await mark(world)
        assert await subjects(world, BOB, "inbox") == []
        said = 'ConflictResolution="AutoResolve" SuppressReadReceipts="perhaps"'
        body = (
            f"<m:UpdateItem {said}><m:ItemChanges><t:ItemChange><t:ItemId {identifier}/><t:Updates/></t:ItemChange>"
            "</m:ItemChanges></m:UpdateItem>"
        )
        assert (await world.ask(ALICE, body, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_who_wants_to_know_hears_that_a_message_was_delivered(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ALICE.mail, "Plan", more=DELIVERED)
        item_class, message = await report(world)
        assert item_class == "REPORT.IPM.Note.DR"
        assert message["Subject"] == "Delivered: Plan"
        assert message.get_param("report-type") == "delivery-status"
        status = parts(parts(message)[1])
        assert status[0]["Reporting-MTA"] == "dns; contoso.test"
        assert (status[1]["Final-Recipient"], status[1]["Action"]) == (f"rfc822; {ALICE.mail}", "delivered")
        await mark(world)
        assert len(await find(world, BOB, "inbox")) == 1

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("headers", "sender", "kinds"),
    [
        (("Disposition-Notification-To: <zed@example.org>",), "zed@example.org", ["disposition-notification"]),
        (("Return-Receipt-To: zed@example.org",), "zed@example.org", ["delivery-status"]),
        (("Disposition-Notification-To: <other@example.org>",), "zed@example.org", []),
        (("Disposition-Notification-To: <zed@example.org>", "Precedence: bulk"), "zed@example.org", []),
        (("Disposition-Notification-To: <zed@example.org>", "X-Auto-Response-Suppress: RN"), "zed@example.org", []),
        (("Return-Receipt-To: zed@example.org", "X-Auto-Response-Suppress: DR"), "zed@example.org", []),
        (("Return-Receipt-To: zed@example.org",), "", []),
        ((), "zed@example.org", []),
    ],
)
def test_people_outside_get_receipts_from_nobody_in_the_envelope(
    headers: tuple[str, ...], sender: str, kinds: list[str], tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await come(world, ALICE, "Hi", *headers, sender=sender)
        await mark(world)
        found = []
        while taken := await world.exchange.outbound.take(None, "test"):
            queued, content = taken
            assert queued.sender == "" and [one.address for one in queued.recipients] == ["zed@example.org"]
            found.append(message_from_bytes(composed(content)).get_param("report-type"))
        assert found == kinds

    run(story, tmp_path, OUTBOUND)


@pytest.mark.parametrize(
    ("kind", "line", "item_class"),
    [
        ("disposition-notification", "Disposition: manual-action/MDN-sent-manually; displayed", "IPNRN"),
        ("disposition-notification", "Disposition: automatic-action/MDN-sent-automatically; deleted", "IPNNRN"),
        ("delivery-status", "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b\r\nAction: failed", "NDR"),
        ("delivery-status", "Reporting-MTA: dns; x\r\n\r\nAction: delivered", "DR"),
    ],
)
def test_reports_from_outside_are_known_as_what_they_are(kind: str, line: str, item_class: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        body = (
            f'MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={kind}; boundary="b"\r\n\r\n'
            f"--b\r\nContent-Type: text/plain\r\n\r\nText\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{line}\r\n--b--"
        )
        await come(world, ALICE, "Report", body, sender="")
        (came,) = await find(world, ALICE, "inbox", "item:ItemClass")
        assert came.findtext("{*}ItemClass") == f"REPORT.IPM.Note.{item_class}"

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("how", "attribute", "heard"),
    [
        ("HardDelete", "", ["Not read: Plan"]),
        ("SoftDelete", 'SuppressReadReceipts="false"', ["Not read: Plan"]),
        ("HardDelete", 'SuppressReadReceipts="true"', []),
        ("MoveToDeletedItems", "", []),
    ],
)
def test_who_wants_to_know_hears_that_a_message_was_deleted_unread(
    how: str, attribute: str, heard: list[str], tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ALICE.mail, "Plan", more=READ)
        await send(world, BOB, ALICE.mail, "no matter")
        numbers = [came.find("{*}ItemId") for came in await find(world, ALICE, "inbox")]
        named = "".join(f'<t:ItemId Id="{number.get("Id")}"/>' for number in numbers if number is not None)
        answer = await world.ask(
            ALICE, f'<m:DeleteItem DeleteType="{how}" {attribute}><m:ItemIds>{named}</m:ItemIds></m:DeleteItem>'
        )
        assert answer.codes == ["NoError", "NoError"]
        assert await subjects(world, BOB, "inbox") == heard
        if heard:
            item_class, message = await report(world)
            assert item_class == "REPORT.IPM.Note.IPNNRN"
            assert parts(parts(message)[1])[0]["Disposition"] == "manual-action/MDN-sent-automatically; deleted"

    run(story, tmp_path)


def test_who_follows_the_folder_hears_only_that_it_was_read(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ALICE.mail, "Plan", more=READ)
        sync = (
            "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
            '<t:DistinguishedFolderId Id="inbox"/></m:SyncFolderId>{}<m:MaxChangesReturned>9</m:MaxChangesReturned>'
            "</m:SyncFolderItems>"
        )
        state = (await world.ask(ALICE, sync.format(""))).text("//m:SyncState")
        await mark(world)
        assert await subjects(world, BOB, "inbox") == ["Read: Plan"]
        told = await world.ask(ALICE, sync.format(f"<m:SyncState>{state}</m:SyncState>"))
        assert [change.tag.rpartition("}")[2] for change in told.one("//m:Changes")] == ["ReadFlagChange"]
        (came,) = await find(world, ALICE, "inbox", "message:IsReadReceiptRequested")
        assert came.findtext("{*}IsReadReceiptRequested") == "true"

    run(story, tmp_path)


def test_what_was_read_is_deleted_in_silence(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await send(world, BOB, ALICE.mail, "Plan", more=READ)
        await mark(world)
        (came,) = await find(world, ALICE, "inbox")
        number = came.find("{*}ItemId")
        assert number is not None
        body = f'<m:ItemIds><t:ItemId Id="{number.get("Id")}"/></m:ItemIds>'
        await world.ask(ALICE, f'<m:DeleteItem DeleteType="HardDelete">{body}</m:DeleteItem>')
        assert await subjects(world, BOB, "inbox") == ["Read: Plan"]

    run(story, tmp_path)
