"""Rules that run on mail as it comes: from inside by EWS and from outside by SMTP."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from samband.exchange.smtp.door import SmtpDoor
from samband.model.people import Person
from samband.store import junk
from samband.store.api import WriteTx
from samband.wire.smtp import Addressed, Envelope
from tests.exchange.ews.calendar_requests import TIMES, attendees, made
from tests.exchange.ews.mail_requests import find, send, subjects
from tests.exchange.rules import add, addresses, get, make_folder, strings, to_folder
from tests.exchange.world import ALICE, BOB, CAROL, DAVE, World, run

ABOUT_REPORTS = strings("ContainsSubjectStrings", "report")


async def come(world: World, who: Person, subject: str, *headers: str, sender: str = "zed@example.org") -> None:
    """A message from outside by SMTP."""
    lines = ["From: Zed <zed@example.org>", f"To: <{who.mail}>", f"Subject: {subject}", *headers, "", "Hello"]
    door = SmtpDoor(world.exchange, "mail.contoso.test", 1_000_000)
    envelope = Envelope("192.0.2.7", "mx.example.org", sender, (Addressed(who.mail),))
    assert (await door.message(envelope, "\r\n".join(lines).encode())).startswith("250")


async def both_ways(world: World, subject: str) -> None:
    """A message to Alice from Bob, and one from outside."""
    await send(world, BOB, ALICE.mail, subject)
    world.clock.advance(seconds=1)
    await come(world, ALICE, subject)


async def in_folder(world: World, who: Person, folder_id: str) -> list[str]:
    """The subjects in a folder by its identifier."""
    answer = await world.ask(
        who,
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>Default</t:BaseShape></m:ItemShape>'
        f'<m:ParentFolderIds><t:FolderId Id="{folder_id}"/></m:ParentFolderIds></m:FindItem>',
    )
    return answer.texts("//t:Subject")


async def whole(world: World, who: Person, found: etree._Element, mime: bool = False) -> etree._Element:
    """A message that was found, with all that it has."""
    number = found.find("{*}ItemId")
    assert number is not None
    more = "<t:IncludeMimeContent>true</t:IncludeMimeContent>" if mime else ""
    answer = await world.ask(
        who,
        f"<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape>{more}</m:ItemShape>"
        f'<m:ItemIds><t:ItemId Id="{number.get("Id")}"/></m:ItemIds></m:GetItem>',
    )
    return answer.one("//m:Items/*")


def test_moved_copied_and_deleted_by_either_way(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        reports, copies = await make_folder(world, ALICE, "Reports"), await make_folder(world, ALICE, "Copies")
        await add(world, ALICE, to_folder("MoveToFolder", reports), ABOUT_REPORTS)
        await add(world, ALICE, to_folder("CopyToFolder", copies), strings("ContainsSubjectStrings", "keep"))
        await add(world, ALICE, "<t:Delete>true</t:Delete>", strings("ContainsSubjectStrings", "spam"))
        await add(
            world, ALICE, "<t:PermanentDelete>true</t:PermanentDelete>", strings("ContainsSubjectStrings", "evil")
        )
        for subject in ("Report", "Keep", "Spam", "Evil", "Hi"):
            await both_ways(world, subject)
        assert await in_folder(world, ALICE, reports) == ["Report"] * 2
        assert await in_folder(world, ALICE, copies) == ["Keep"] * 2
        assert await subjects(world, ALICE, "deleteditems") == ["Spam"] * 2
        assert await subjects(world, ALICE, "inbox") == ["Keep", "Keep", "Hi", "Hi"]
        answer = await world.ask(
            ALICE,
            "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape><m:FolderIds>"
            f'<t:FolderId Id="{reports}"/><t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>',
        )
        assert answer.texts("//t:TotalCount") == ["2", "4"]
        assert answer.texts("//t:UnreadCount") == ["2", "4"]

    run(story, tmp_path)


def test_marked_in_the_order_of_the_rules_until_one_says_stop(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, strings("AssignCategories", "Red") + "<t:MarkImportance>High</t:MarkImportance>")
        stop = "<t:MarkAsRead>true</t:MarkAsRead><t:StopProcessingRules>true</t:StopProcessingRules>"
        await add(world, ALICE, stop, ABOUT_REPORTS, strings("ContainsBodyStrings", "unless"))
        await add(world, ALICE, strings("AssignCategories", "Blue"))
        await both_ways(world, "Report")
        await send(world, BOB, ALICE.mail, "Report", "Unless it says so")
        one, two, three = await find(world, ALICE, "inbox", "item:Categories", "item:Importance", "message:IsRead")
        for found, categories, is_read in (
            (one, ["Red"], "true"),
            (two, ["Red"], "true"),
            (three, ["Red", "Blue"], "false"),
        ):
            assert [text.text for text in found.findall("{*}Categories/{*}String")] == categories
            assert found.findtext("{*}Importance") == "High"
            assert found.findtext("{*}IsRead") == is_read

    run(story, tmp_path)


def test_forwarded_as_text_and_as_an_attachment(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, addresses("ForwardToRecipients", CAROL.mail))
        await add(world, ALICE, addresses("ForwardAsAttachmentToRecipients", DAVE.mail))
        await both_ways(world, "Report")
        for came in await find(world, CAROL, "inbox"):
            got = await whole(world, CAROL, came, mime=True)
            assert got.findtext("{*}Subject") == "FW: Report"
            assert got.findtext("{*}From/{*}Mailbox/{*}EmailAddress") == ALICE.mail
            assert "Hello" in (got.findtext("{*}Body") or "")
            assert got.findtext("{*}DisplayTo") == "Carol"
        for came in await find(world, DAVE, "inbox"):
            got = await whole(world, DAVE, came)
            assert got.findtext("{*}Subject") == "FW: Report"
            assert got.findtext("{*}Attachments/{*}ItemAttachment/{*}Name") == "Report"
        assert await subjects(world, ALICE, "inbox") == ["Report"] * 2
        assert len(await find(world, DAVE, "inbox")) == len(await find(world, CAROL, "inbox")) == 2
        assert await subjects(world, ALICE, "sentitems") == []

    run(story, tmp_path)


def test_redirected_as_it_came(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, addresses("RedirectToRecipients", CAROL.mail) + "<t:Delete>true</t:Delete>")
        await both_ways(world, "Report")
        inside, outside = await find(world, CAROL, "inbox")
        for came, author in ((inside, BOB.mail), (outside, "zed@example.org")):
            got = await whole(world, CAROL, came)
            assert got.findtext("{*}From/{*}Mailbox/{*}EmailAddress") == author
            assert got.findtext("{*}DisplayTo") in ("Alice", ALICE.mail)
            headers = {one.get("HeaderName"): one.text for one in got.findall("{*}InternetMessageHeaders/*")}
            assert headers["X-MS-Exchange-Inbox-Rules-Loop"] == ALICE.mail
            assert headers["Resent-From"] == f"<{ALICE.mail}>"
        assert await subjects(world, ALICE, "deleteditems") == ["Report"] * 2

    run(story, tmp_path)


def test_what_two_send_to_each_other_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        people = (ALICE, BOB, CAROL, DAVE)
        for action in ("ForwardToRecipients", "RedirectToRecipients"):
            for who in people:
                await add(world, who, addresses(action, *(other.mail for other in people if other is not who)))
        await come(world, ALICE, "Round")
        counts = [len(await find(world, who, "inbox")) for who in people]
        assert sum(counts) == 1 + 6 + 6 * 6 + (6 * 6 - 2 * 6) * 6, "three hops, and no mailbox sends it on twice"

    run(story, tmp_path)


async def template(world: World, text: str) -> str:
    """A message of Alice's to reply with."""
    answer = await world.ask(
        ALICE,
        '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>Thank you</t:Subject>'
        f'<t:Body BodyType="Text">{text}</t:Body></t:Message></m:Items></m:CreateItem>',
    )
    return answer.one("//t:ItemId").get("Id") or ""


def test_the_server_replies_with_a_message(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        number = await template(world, "We have it")
        await add(world, ALICE, f'<t:ServerReplyWithMessage Id="{number}"/>')
        assert (await get(world, ALICE)).one("//t:ServerReplyWithMessage").get("Id") == number
        await send(world, BOB, ALICE.mail, "Order")
        await come(world, ALICE, "List", "List-Id: <talk.lists.test>")
        (came,) = await find(world, BOB, "inbox", "item:ItemClass")
        assert came.findtext("{*}Subject") == "Thank you"
        assert came.findtext("{*}ItemClass") == "IPM.Note.Rules.ReplyTemplate.Microsoft"
        got = await whole(world, BOB, came)
        assert "We have it" in (got.findtext("{*}Body") or "")
        headers = {one.get("HeaderName"): one.text for one in got.findall("{*}InternetMessageHeaders/*")}
        assert headers["Auto-Submitted"] == "auto-replied"

    run(story, tmp_path)


@pytest.mark.parametrize("kind", ["MoveToFolder", "ServerReplyWithMessage"])
def test_a_rule_whose_folder_or_message_is_gone_does_no_harm(kind: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        folder, number = await make_folder(world, ALICE, "Reports"), await template(world, "x")
        action = to_folder(kind, folder) if kind == "MoveToFolder" else f'<t:ServerReplyWithMessage Id="{number}"/>'
        await add(world, ALICE, action + "<t:StopProcessingRules>true</t:StopProcessingRules>")
        await add(world, ALICE, strings("AssignCategories", "Red"))
        deletes = {
            "MoveToFolder": '<m:DeleteFolder DeleteType="HardDelete"><m:FolderIds>'
            f'<t:FolderId Id="{folder}"/></m:FolderIds></m:DeleteFolder>',
            "ServerReplyWithMessage": '<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>'
            f'<t:ItemId Id="{number}"/></m:ItemIds></m:DeleteItem>',
        }
        assert (await world.ask(ALICE, deletes[kind])).codes == ["NoError"]
        answer = await get(world, ALICE)
        assert answer.texts("//t:IsInError") == ["true"]
        await both_ways(world, "Report")
        for came in await find(world, ALICE, "inbox", "item:Categories"):
            assert came.findtext("{*}Categories/{*}String") == "Red"
        assert await subjects(world, ALICE, "inbox") == ["Report"] * 2

    run(story, tmp_path)


def test_junk_is_not_sorted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, "<t:Delete>true</t:Delete>" + addresses("ForwardToRecipients", CAROL.mail))
        mailbox = ALICE.msExchMailboxGuid
        await world.store.write(lambda tx: junk.block(tx, mailbox, BOB.mail))
        await send(world, BOB, ALICE.mail, "Unwanted")
        assert await subjects(world, ALICE, "junkemail") == ["Unwanted"]
        assert await subjects(world, CAROL, "inbox") == []

    run(story, tmp_path)


def test_a_meeting_request_that_is_moved_still_reaches_the_calendar(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        reports = await make_folder(world, ALICE, "Meetings")
        await add(world, ALICE, to_folder("MoveToFolder", reports), "<t:IsMeetingRequest>true</t:IsMeetingRequest>")
        people = f"<t:RequiredAttendees>{attendees(ALICE)}</t:RequiredAttendees>"
        await made(world, BOB, f"<t:Subject>Stand-up</t:Subject>{TIMES}{people}", "SendToAllAndSaveCopy")
        assert await in_folder(world, ALICE, reports) == ["Stand-up"]
        assert await subjects(world, ALICE, "calendar") == ["Stand-up"]

    run(story, tmp_path)


def test_what_rules_do_is_in_the_write_that_delivers(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, addresses("ForwardToRecipients", CAROL.mail))
        await send(world, BOB, ALICE.mail, "One")

        def numbers(tx: WriteTx) -> list[tuple[object, ...]]:
            sql = "SELECT created_seq FROM items WHERE subject IN ('One', 'FW: One') AND mailbox IN (?, ?, ?)"
            guids = (ALICE.msExchMailboxGuid, BOB.msExchMailboxGuid, CAROL.msExchMailboxGuid)
            return list(tx.all(sql, *guids))

        found = await world.store.write(numbers)
        assert len(found) == 3 and len(set(found)) == 1

    run(story, tmp_path)


def test_what_cannot_be_sent_on_is_delivered_all_the_same(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await add(world, ALICE, addresses("ForwardAsAttachmentToRecipients", CAROL.mail))
        inner = "Subject: inmost\r\n\r\nHello"
        for number in range(14):
            inner = f"Subject: {number}\r\nContent-Type: message/rfc822\r\n\r\n{inner}"
        await come(world, ALICE, "Deep", "Content-Type: message/rfc822", "", inner)
        assert await subjects(world, ALICE, "inbox") == ["Deep"]
        assert await subjects(world, CAROL, "inbox") == []
        await come(world, ALICE, "Shallow")
        assert await subjects(world, CAROL, "inbox") == ["FW: Shallow"]

    run(story, tmp_path)
