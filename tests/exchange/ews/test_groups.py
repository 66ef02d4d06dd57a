"""Groups of the directory: mail to one reaches every member once; clients look one up and into it."""

from __future__ import annotations

from pathlib import Path

from samband.directory.group_index import GroupIndex
from samband.exchange.smtp.door import SmtpDoor
from samband.model.groups import Group
from samband.wire.smtp import Addressed, Envelope
from tests.exchange.ews.test_items import inbox
from tests.exchange.world import ALICE, BOB, CAROL, DAVE, World, run

INNER = Group(
    objectGUID="inner", sAMAccountName="devs", displayName="Developers", mail="devs@contoso.test",
    member=(CAROL.objectGUID, BOB.objectGUID),
)  # fmt: skip
STAFF = Group(
    objectGUID="staff", sAMAccountName="staff", displayName="Staff", mail="staff@contoso.test",
    member=(BOB.objectGUID, "inner"),
)  # fmt: skip
EMPTY = Group(objectGUID="empty", sAMAccountName="empty", displayName="Empty", mail="empty@contoso.test")


def _mail(*addresses: str) -> str:
    to = "".join(f"<t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox>" for one in addresses)
    return (
        '<m:CreateItem MessageDisposition="SendOnly"><m:Items><t:Message><t:Subject>news</t:Subject>'
        f"<t:ToRecipients>{to}</t:ToRecipients></t:Message></m:Items></m:CreateItem>"
    )


def _expand(address: str) -> str:
    return f"<m:ExpandDL><m:Mailbox><t:EmailAddress>{address}</t:EmailAddress></m:Mailbox></m:ExpandDL>"


def _resolve(entry: str) -> str:
    return (
        '<m:ResolveNames ReturnFullContactData="true" SearchScope="ActiveDirectory">'
        f"<m:UnresolvedEntry>{entry}</m:UnresolvedEntry></m:ResolveNames>"
    )


def test_mail_to_a_group_reaches_each_member_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.groups = GroupIndex([INNER, STAFF, EMPTY])
        sent = await world.ask(ALICE, _mail("Staff@contoso.test", "bob@contoso.test", "empty@contoso.test"))
        assert sent.codes == ["NoError"]
        assert [len(await inbox(world, who)) for who in (ALICE, BOB, CAROL, DAVE)] == [0, 1, 1, 0]
        door = SmtpDoor(world.exchange, "mail.contoso.test", 1_000_000)
        assert door.recipient("staff@contoso.test").startswith("250")
        assert door.recipient("empty@contoso.test").startswith("550")
        envelope = Envelope("192.0.2.7", "mx.example.org", "zed@example.org", (Addressed("staff@contoso.test"),))
        assert (await door.message(envelope, b"Subject: hello\r\n\r\nthere\r\n")).startswith("250")
        assert [len(await inbox(world, who)) for who in (ALICE, BOB, CAROL, DAVE)] == [0, 2, 2, 0]

    run(story, tmp_path)


def test_clients_find_a_group_and_look_into_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.groups = GroupIndex([INNER, STAFF, EMPTY])
        for entry in ("staff", "smtp:staff@contoso.test"):
            found = await world.ask(ALICE, _resolve(entry))
            assert found.codes == ["NoError"]
            assert found.text("//t:Mailbox/t:EmailAddress") == "staff@contoso.test"
            assert found.text("//t:MailboxType") == "PublicDL"
        members = await world.ask(ALICE, _expand("staff@contoso.test"))
        assert members.texts("//t:EmailAddress") == ["bob@contoso.test", "devs@contoso.test"]
        assert members.texts("//t:MailboxType") == ["Mailbox", "PublicDL"]
        assert (await world.ask(ALICE, _expand("empty@contoso.test"))).codes == ["NoError"]
        assert (await world.ask(ALICE, _expand("nobody@contoso.test"))).codes == ["ErrorNameResolutionNoResults"]

    run(story, tmp_path)


def test_a_meeting_with_ones_own_group_asks_the_others(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mine = Group(
            objectGUID="mine", sAMAccountName="mine", displayName="Mine", mail="mine@contoso.test",
            member=(ALICE.objectGUID, BOB.objectGUID),
        )  # fmt: skip
        world.people.groups = GroupIndex([mine])
        made = await world.ask(
            ALICE,
            '<m:CreateItem SendMeetingInvitations="SendToAllAndSaveCopy"><m:Items><t:CalendarItem><t:Subject>plan'
            "</t:Subject><t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End>"
            "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>mine@contoso.test</t:EmailAddress></t:Mailbox>"
            "</t:Attendee></t:RequiredAttendees></t:CalendarItem></m:Items></m:CreateItem>",
        )
        assert made.codes == ["NoError"]
        view = (
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            '<m:CalendarView StartDate="2026-12-01T00:00:00Z" EndDate="2026-12-02T00:00:00Z"/><m:ParentFolderIds>'
            '<t:DistinguishedFolderId Id="calendar"/></m:ParentFolderIds></m:FindItem>'
        )
        for who, asked in ((ALICE, 0), (BOB, 1)):
            assert len((await world.ask(who, view)).all("//t:CalendarItem")) == 1
            assert len(await inbox(world, who)) == asked

    run(story, tmp_path)
