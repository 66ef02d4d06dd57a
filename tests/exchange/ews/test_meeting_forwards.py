"""Meetings that are forwarded: the new guest answers the organizer, who was told before."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.calendar_requests import attendees, get, item, made, only, respond
from tests.exchange.world import ALICE, BOB, CAROL, DAVE, World, run

MEETING = (
    "<t:Subject>Plan</t:Subject><t:Start>2026-12-01T09:00:00Z</t:Start><t:End>2026-12-01T10:00:00Z</t:End>"
    "<t:Location>R1</t:Location><t:RequiredAttendees>{}</t:RequiredAttendees>"
)
TO_CAROL = f"<t:ToRecipients><t:Mailbox><t:EmailAddress>{CAROL.mail}</t:EmailAddress></t:Mailbox></t:ToRecipients>"
WORDS = "<t:NewBodyContent BodyType='Text'>Come along</t:NewBodyContent>"


def forward(identifier: str, disposition: str = "SendAndSaveCopy") -> str:
    return (
        f'<m:CreateItem MessageDisposition="{disposition}"><m:Items><t:ForwardItem>{TO_CAROL}'
        f'<t:ReferenceItemId Id="{identifier}"/>{WORDS}</t:ForwardItem></m:Items></m:CreateItem>'
    )


@pytest.mark.parametrize("source", ["inbox", "calendar"])
def test_a_guest_brings_a_guest(source: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mine = await made(world, ALICE, MEETING.format(attendees(BOB)), "SendToAllAndSaveCopy")
        sent = await world.ask(BOB, forward(await only(world, BOB, source)))
        assert sent.codes == ["NoError"]

        letter = await only(world, CAROL, "inbox")
        request = await world.ask(CAROL, get(item(letter)))
        assert request.text("//t:MeetingRequest/t:Subject") == "FW: Plan"
        assert request.text("//t:ItemClass") == "IPM.Schedule.Meeting.Request"
        assert request.text("//t:MeetingRequest/t:From//t:EmailAddress") == ALICE.mail
        assert request.text("//t:MeetingRequest/t:Sender//t:EmailAddress") == BOB.mail
        assert request.text("//t:MeetingRequest/t:Body").startswith("Come along")
        entry = await world.ask(CAROL, get(item(await only(world, CAROL, "calendar"))))
        assert entry.text("//t:Organizer//t:EmailAddress") == ALICE.mail

        notice = await world.ask(ALICE, get(item(await only(world, ALICE, "inbox"))))
        assert notice.text("//t:MeetingMessage/t:Subject") == "Meeting Forward Notification: Plan"
        assert notice.text("//t:ItemClass") == "IPM.Schedule.Meeting.Notification.Forward"
        assert CAROL.mail in notice.text("//t:MeetingMessage/t:Body")

        assert (await world.ask(CAROL, respond("AcceptItem", letter))).codes == ["NoError"]
        after = await world.ask(ALICE, get(item(mine)))
        assert after.text("//t:OptionalAttendees//t:EmailAddress") == CAROL.mail
        assert after.text("//t:OptionalAttendees//t:ResponseType") == "Accept"
        copies = await world.ask(BOB, get(item(await only(world, BOB, "sentitems"))))
        assert copies.text("//t:MeetingRequest/t:ToRecipients//t:EmailAddress") == CAROL.mail

    run(story, tmp_path)


def test_the_organizer_forwards_without_a_notice_and_may_forbid_others_to(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        forbidden = "<t:DoNotForwardMeeting>true</t:DoNotForwardMeeting>"
        mine = await made(world, ALICE, MEETING.format(attendees(BOB)) + forbidden, "SendToAllAndSaveCopy")
        refused = await world.ask(BOB, forward(await only(world, BOB, "inbox")))
        assert refused.codes == ["ErrorAccessDenied"]
        assert (await world.ask(ALICE, forward(mine, "SendOnly"))).codes == ["NoError"]
        await only(world, CAROL, "inbox")
        find = (
            '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>'
            '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
        )
        assert not (await world.ask(ALICE, find)).all("//t:ItemId")
        assert not (await world.ask(DAVE, find)).all("//t:ItemId")

    run(story, tmp_path)
