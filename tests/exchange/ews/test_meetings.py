"""Meetings through the endpoint: every answer valid by the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.calendar_requests import (
    TIMES,
    attendees,
    delete,
    item,
    look,
    made,
    only,
    respond,
    update,
)
from tests.exchange.world import ALICE, BOB, CAROL, World, run


def test_a_meeting_from_invitation_to_cancellation(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = (
            "<t:Subject>Plan</t:Subject>"
            + TIMES
            + f"<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
            + f"<t:OptionalAttendees>{attendees(CAROL)}</t:OptionalAttendees>"
        )
        mine = await made(world, ALICE, inner, "SendToAllAndSaveCopy")
        request = await only(world, BOB, "inbox")
        letter = await look(world, BOB, item(request))
        assert letter.text("//t:ItemClass") == "IPM.Schedule.Meeting.Request"
        assert letter.text("//t:MeetingRequestType") == "NewMeetingRequest"
        theirs = await only(world, BOB, "calendar")
        assert letter.one("//t:AssociatedCalendarItemId").get("Id") == theirs
        both = [(await look(world, who, item(one))) for who, one in ((ALICE, mine), (BOB, theirs))]
        assert both[0].text("//t:UID") == both[1].text("//t:UID") == letter.text("//t:UID")
        assert both[1].text("//t:MyResponseType") == "NoResponseReceived"
        assert both[1].texts("//t:OptionalAttendees//t:EmailAddress") == [CAROL.mail]

        accepted = await world.ask(BOB, respond("AcceptItem", request, '<t:Body BodyType="Text">Yes</t:Body>'))
        assert accepted.codes == ["NoError"]
        kinds = [one.tag.rpartition("}")[2] for one in accepted.one("//m:Items")]
        assert kinds == ["CalendarItem", "MeetingRequest", "MeetingResponse"]
        assert (await look(world, ALICE, item(mine))).text("//t:RequiredAttendees//t:ResponseType") == "Accept"
        answer = await look(world, ALICE, item(await only(world, ALICE, "inbox")))
        assert answer.texts("//t:MeetingResponse/t:ResponseType | //t:MeetingResponse/t:Subject") == [
            "Accepted: Plan",
            "Accept",
        ]
        declined = await world.ask(CAROL, respond("DeclineItem", await only(world, CAROL, "inbox")))
        assert declined.codes == ["NoError"]
        assert (await look(world, ALICE, item(mine))).text("//t:OptionalAttendees//t:ResponseType") == "Decline"

        moved = await world.ask(
            ALICE,
            update(
                item(mine),
                ("calendar:Start", "<t:Start>2026-12-01T11:00:00Z</t:Start>"),
                ("calendar:End", "<t:End>2026-12-01T12:00:00Z</t:End>"),
                send="SendToAllAndSaveCopy",
            ),
        )
        assert moved.codes == ["NoError"]
        again = await look(world, BOB, item(await only(world, BOB, "inbox")))
        assert again.text("//t:MeetingRequestType") == "FullUpdate"
        assert again.text("//t:AppointmentSequenceNumber") == "1"
        assert (await look(world, BOB, item(theirs))).text("//t:CalendarItem/t:Start") == "2026-12-01T11:00:00Z"

        assert (await world.ask(ALICE, delete(item(mine), "SendOnlyToAll"))).codes == ["NoError"]
        called_off = await look(world, BOB, item(theirs))
        assert called_off.texts("//t:IsCancelled | //t:CalendarItem/t:Subject") == ["Canceled: Plan", "true"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    "kind", ["AcceptItem", "TentativelyAcceptItem", "DeclineItem", "CancelCalendarItem", "RemoveItem"]
)
def test_responses_to_what_is_not_there(kind: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        mine = await made(world, ALICE, TIMES)
        await world.ask(ALICE, delete(item(mine)))
        assert (await world.ask(ALICE, respond(kind, mine))).codes == ["ErrorItemNotFound"]
        assert (await world.ask(ALICE, respond(kind, "AAAA"))).codes == ["ErrorInvalidIdMalformed"]
        nothing = respond(kind, "x").replace('<t:ReferenceItemId Id="x"/>', "")
        assert (await world.ask(ALICE, nothing)).codes == ["ErrorMissingInformationReferenceItemId"]

    run(story, tmp_path)


def test_a_meeting_with_nobody_else_cannot_be_called_off(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = TIMES + f"<t:RequiredAttendees>{attendees(ALICE)}</t:RequiredAttendees>"
        mine = await made(world, ALICE, inner)
        assert (await world.ask(ALICE, respond("CancelCalendarItem", mine))).codes == ["ErrorInvalidRecipients"]
        assert (await look(world, ALICE, item(mine))).text("//t:IsCancelled") == "false"

    run(story, tmp_path)


@pytest.mark.parametrize("said", ["true", "false"])
def test_whether_answers_are_asked_for(said: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = f"{TIMES}<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
        unsaid = await made(world, ALICE, inner)
        assert (await look(world, ALICE, item(unsaid))).text("//t:IsResponseRequested") == "true"
        asked = await made(world, ALICE, TIMES + f"<t:IsResponseRequested>{said}</t:IsResponseRequested>")
        assert (await look(world, ALICE, item(asked))).text("//t:IsResponseRequested") == said

    run(story, tmp_path)


def test_proposing_another_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inner = TIMES + f"<t:RequiredAttendees>{attendees(BOB)}</t:RequiredAttendees>"
        mine = await made(world, ALICE, inner, "SendOnlyToAll")
        proposal = (
            "<t:ProposedStart>2026-12-02T09:00:00Z</t:ProposedStart><t:ProposedEnd>2026-12-02T10:00:00Z</t:ProposedEnd>"
        )
        answer = await world.ask(BOB, respond("TentativelyAcceptItem", await only(world, BOB, "inbox"), proposal))
        assert answer.codes == ["NoError"]
        found = await look(world, ALICE, item(mine))
        assert found.text("//t:RequiredAttendees//t:ProposedStart") == "2026-12-02T09:00:00Z"
        letter = await look(world, ALICE, item(await only(world, ALICE, "inbox")))
        assert letter.text("//t:MeetingResponse/t:ProposedEnd") == "2026-12-02T10:00:00Z"

    run(story, tmp_path)
