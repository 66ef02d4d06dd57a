"""Delegates: made, told of, changed and removed; and what they do for whom they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.model.people import Person
from tests.exchange.ews.calendar_requests import TIMES, attendees, create, get, made, respond
from tests.exchange.ews.calendar_requests import item as item_id
from tests.exchange.ews.mail_requests import find
from tests.exchange.ews.test_permissions import of_alice, view
from tests.exchange.world import ALICE, BOB, CAROL, Answer, World, run


def request(address: str = "alice@contoso.test", users: str = "", flag: str = "true") -> str:
    mailbox = f"<m:Mailbox><t:EmailAddress>{address}</t:EmailAddress></m:Mailbox>"
    named = f"<m:UserIds>{users}</m:UserIds>" if users else ""
    return f'<m:GetDelegate IncludePermissions="{flag}">{mailbox}{named}</m:GetDelegate>'


def user(**said: str) -> str:
    return "<t:UserId>" + "".join(f"<t:{name}>{value}</t:{name}>" for name, value in said.items()) + "</t:UserId>"


def test_a_mailbox_has_no_delegates(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, request())
        assert answer.codes == ["NoError"] and not answer.all("//m:ResponseMessages")
        users = (
            user(SID="XXX") + user(PrimarySmtpAddress="x@contoso.test") + user(PrimarySmtpAddress="bob@contoso.test")
        )
        answer = await world.ask(ALICE, request(users=users))
        assert sorted(answer.codes) == ["ErrorDelegateNoUser", "ErrorInvalidUserSid", "ErrorNotDelegate", "NoError"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("address", "code"), [("bob@contoso.test", "ErrorAccessDenied"), ("x@contoso.test", "ErrorNonExistentMailbox")]
)
def test_whose_delegates_nobody_else_sees(tmp_path: Path, address: str, code: str) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, request(address))).codes == [code]

    run(story, tmp_path)


def test_what_breaks_the_schema_is_refused(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, request(flag="x"), status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def change(
    operation: str, *users: tuple[str, str], deliver: str = "", more: str = "", address: str = "alice@contoso.test"
) -> str:
    """AddDelegate or UpdateDelegate: (who, levels) of each; ``more`` is said of all of them."""
    written = "".join(
        f"<t:DelegateUser><t:UserId><t:PrimarySmtpAddress>{who}</t:PrimarySmtpAddress></t:UserId>"
        f"<t:DelegatePermissions>{levels}</t:DelegatePermissions>{more}</t:DelegateUser>"
        for who, levels in users
    )
    listed = f"<m:DelegateUsers>{written}</m:DelegateUsers>" if users else ""
    scope = f"<m:DeliverMeetingRequests>{deliver}</m:DeliverMeetingRequests>" if deliver else ""
    mailbox = f"<m:Mailbox><t:EmailAddress>{address}</t:EmailAddress></m:Mailbox>"
    return f"<m:{operation}>{mailbox}{listed}{scope}</m:{operation}>"


def remove(*addresses: str) -> str:
    users = "".join(user(PrimarySmtpAddress=one) for one in addresses)
    mailbox = "<m:Mailbox><t:EmailAddress>alice@contoso.test</t:EmailAddress></m:Mailbox>"
    return f"<m:RemoveDelegate>{mailbox}<m:UserIds>{users}</m:UserIds></m:RemoveDelegate>"


def levels(**said: str) -> str:
    return "".join(
        f"<t:{folder}FolderPermissionLevel>{level}</t:{folder}FolderPermissionLevel>" for folder, level in said.items()
    )


COPIES = "<t:ReceiveCopiesOfMeetingMessages>true</t:ReceiveCopiesOfMeetingMessages>"
PRIVATE = "<t:ViewPrivateItems>true</t:ViewPrivateItems>"
ASSISTANT = levels(Calendar="Editor", Tasks="Editor", Inbox="Reviewer")


async def assistant(world: World, deliver: str = "DelegatesAndMe", more: str = COPIES) -> None:
    """Bob becomes Alice's delegate."""
    answer = await world.ask(ALICE, change("AddDelegate", (BOB.mail, ASSISTANT), deliver=deliver, more=more))
    assert answer.codes == ["NoError", "NoError"]


def told(answer: Answer) -> dict[str, str]:
    """The levels in an answer, by folder, where there are any."""
    return {
        one.tag.rpartition("}")[2].removesuffix("FolderPermissionLevel"): one.text or ""
        for one in answer.all("//t:DelegatePermissions/*")
        if one.text != "None"
    }


def test_delegates_are_made_told_of_changed_and_removed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await assistant(world)
        answer = await world.ask(ALICE, request())
        assert answer.codes == ["NoError", "NoError"]
        assert told(answer) == {"Calendar": "Editor", "Tasks": "Editor", "Inbox": "Reviewer"}
        assert answer.text("//t:UserId/t:PrimarySmtpAddress") == BOB.mail
        assert answer.text("//t:UserId/t:SID") == BOB.objectSid
        assert answer.text("//t:ReceiveCopiesOfMeetingMessages") == "true"
        assert answer.text("//t:ViewPrivateItems") == "false"
        assert answer.text("//m:DeliverMeetingRequests") == "DelegatesAndMe"
        assert not (await world.ask(ALICE, request(flag="false"))).all("//t:DelegatePermissions")
        changed = change("UpdateDelegate", (BOB.mail, levels(Inbox="None", Notes="Author")), more=PRIVATE)
        answer = await world.ask(ALICE, changed)
        assert told(answer) == {"Calendar": "Editor", "Tasks": "Editor", "Notes": "Author"}
        assert answer.text("//t:ViewPrivateItems") == "true"
        assert (await world.ask(ALICE, change("UpdateDelegate", deliver="NoForward"))).codes == ["NoError"]
        answer = await world.ask(ALICE, request(users=user(SID=BOB.objectSid)))
        assert answer.text("//m:DeliverMeetingRequests") == "NoForward" and answer.codes == ["NoError", "NoError"]
        assert (await world.ask(ALICE, remove(BOB.mail))).codes == ["NoError", "NoError"]
        assert (await world.ask(ALICE, request())).codes == ["NoError"]
        assert (await world.ask(BOB, view())).texts("//t:Subject") == []

    run(story, tmp_path)


def test_who_cannot_be_a_delegate_is_said_in_its_place(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await assistant(world)
        users = [(one, "") for one in (BOB.mail, ALICE.mail, "x@contoso.test", CAROL.mail)]
        answer = await world.ask(ALICE, change("AddDelegate", *users))
        assert sorted(answer.codes) == [
            "ErrorDelegateAlreadyExists",
            "ErrorDelegateCannotAddOwner",
            "ErrorDelegateNoUser",
            "NoError",
            "NoError",
        ]
        custom = change("UpdateDelegate", (BOB.mail, levels(Inbox="Custom")))
        assert "ErrorInvalidDelegatePermission" in (await world.ask(ALICE, custom)).codes
        assert "ErrorNotDelegate" in (await world.ask(ALICE, change("UpdateDelegate", ("dave@contoso.test", "")))).codes
        assert "ErrorNotDelegate" in (await world.ask(ALICE, remove("dave@contoso.test"))).codes
        wrong = change("AddDelegate", (CAROL.mail, levels(Inbox="King")))
        assert (await world.ask(ALICE, wrong, status=500)).codes == ["ErrorSchemaValidation"]
        for operation in ("AddDelegate", "UpdateDelegate"):
            assert (await world.ask(BOB, change(operation, (BOB.mail, "")))).codes == ["ErrorAccessDenied"]
        assert (await world.ask(BOB, remove(BOB.mail))).codes == ["ErrorAccessDenied"]

    run(story, tmp_path)


async def invite(world: World, more: str = "") -> None:
    """Carol asks Alice to a meeting."""
    inner = f"<t:Subject>Plan</t:Subject>{more}{TIMES}<t:RequiredAttendees>{attendees(ALICE)}</t:RequiredAttendees>"
    await made(world, CAROL, inner, "SendToAllAndSaveCopy")


async def inbox(world: World, who: Person) -> list[tuple[str, str]]:
    """(kind, type of the request, whether it is a delegate's copy) of everything in an inbox."""
    found = await find(world, who, "inbox", "meeting:IsDelegated", "meetingRequest:MeetingRequestType")
    return [(one.findtext("{*}MeetingRequestType") or "", one.findtext("{*}IsDelegated") or "") for one in found]


FRESH, TOLD = ("NewMeetingRequest", "false"), ("PrincipalWantsCopy", "false")
COPY = ("NewMeetingRequest", "true")


@pytest.mark.parametrize(
    ("deliver", "owner", "delegate"),
    [
        ("NoForward", [FRESH], []),
        ("DelegatesAndMe", [FRESH], [COPY]),
        ("DelegatesAndSendInformationToMe", [TOLD], [COPY]),
        ("DelegatesOnly", [], [COPY]),
    ],
)
def test_requests_go_where_the_owner_wants_them(
    deliver: str, owner: list[tuple[str, str]], delegate: list[tuple[str, str]], tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await assistant(world, deliver)
        await invite(world)
        assert (await inbox(world, ALICE), await inbox(world, BOB)) == (owner, delegate)
        assert len(await find(world, ALICE, "calendar")) == 1, "the owner's calendar hears of it in any case"
        assert not await find(world, BOB, "calendar")

    run(story, tmp_path)


@pytest.mark.parametrize(("more", "copies"), [("", 0), (COPIES, 1), (COPIES + PRIVATE, 2)])
def test_delegates_get_what_they_are_to_see(more: str, copies: int, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await assistant(world, "DelegatesOnly", more)
        await invite(world)
        await invite(world, "<t:Sensitivity>Private</t:Sensitivity>")
        assert len(await inbox(world, BOB)) == copies
        assert len(await inbox(world, ALICE)) == 2 - copies
        subjects = (await world.ask(BOB, view())).texts("//t:Subject")
        assert sorted(subjects) == (["Plan", "Plan"] if PRIVATE in more else ["Plan", "Private Appointment"])

    run(story, tmp_path)


def who(message: object) -> tuple[str, str]:
    path = "/{*}Mailbox/{*}EmailAddress"
    return message.findtext("{*}From" + path), message.findtext("{*}Sender" + path)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("kind", "kept"), [("AcceptItem", 1), ("DeclineItem", 0)])
def test_a_delegate_answers_for_the_owner(kind: str, kept: int, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await assistant(world)
        await invite(world)
        (copy,) = await find(world, BOB, "inbox")
        reference = copy.find("{*}ItemId").get("Id") or ""  # type: ignore[union-attr]
        answer = await world.ask(BOB, respond(kind, reference, disposition="SendOnly"))
        assert answer.codes == ["NoError"]
        (response,) = await find(world, CAROL, "inbox", "message:From", "message:Sender")
        assert who(response) == (ALICE.mail, BOB.mail)
        events = await find(world, ALICE, "calendar", "calendar:MyResponseType")
        assert [one.findtext("{*}MyResponseType") for one in events] == ["Accept"] * kept
        assert not await find(world, BOB, "inbox") and not await find(world, BOB, "calendar")
        (meeting,) = await find(world, CAROL, "calendar")
        tracked = await world.ask(CAROL, get(item_id(meeting.find("{*}ItemId").get("Id") or "")))  # type: ignore[union-attr]
        assert tracked.text("//t:Attendee/t:ResponseType") == ("Accept" if kept else "Decline")

    run(story, tmp_path)


def test_who_may_not_change_the_calendar_does_not_answer(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await assistant(world)
        await invite(world)
        (copy,) = await find(world, BOB, "inbox")
        reference = copy.find("{*}ItemId").get("Id") or ""  # type: ignore[union-attr]
        await world.ask(ALICE, change("UpdateDelegate", (BOB.mail, levels(Calendar="Reviewer"))))
        assert (await world.ask(BOB, respond("AcceptItem", reference))).codes == ["ErrorAccessDenied"]
        await world.ask(ALICE, remove(BOB.mail))
        assert (await world.ask(BOB, respond("AcceptItem", reference))).codes == ["ErrorAccessDenied"]
        assert not await find(world, CAROL, "inbox")

    run(story, tmp_path)


def test_a_delegate_calls_meetings_in_the_owner_s_calendar(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await assistant(world)
        inner = f"<t:Subject>Ours</t:Subject>{TIMES}<t:RequiredAttendees>{attendees(CAROL)}</t:RequiredAttendees>"
        into = f"<m:SavedItemFolderId>{of_alice('calendar')}</m:SavedItemFolderId>"
        answer = await world.ask(BOB, create(inner, "SendToAllAndSaveCopy", into))
        assert answer.codes == ["NoError"]
        event = await world.ask(ALICE, get(item_id(answer.one("//t:ItemId").get("Id") or "")))
        assert event.text("//t:Organizer//t:EmailAddress") == ALICE.mail
        assert event.text("//t:MyResponseType") == "Organizer"
        (request_,) = await find(world, CAROL, "inbox", "message:From", "message:Sender")
        assert who(request_) == (ALICE.mail, BOB.mail)
        reference = request_.find("{*}ItemId").get("Id") or ""  # type: ignore[union-attr]
        await world.ask(CAROL, respond("AcceptItem", reference))
        assert [one[1] for one in await inbox(world, BOB)] == ["true"], "answers come to the delegate too"

    run(story, tmp_path)


def test_a_delegate_sends_on_behalf_of_the_owner(tmp_path: Path) -> None:
    message = (
        '<m:CreateItem MessageDisposition="SendAndSaveCopy"><m:Items><t:Message><t:Subject>Note</t:Subject>'
        f"<t:ToRecipients><t:Mailbox><t:EmailAddress>{CAROL.mail}</t:EmailAddress></t:Mailbox></t:ToRecipients>"
        f"<t:From><t:Mailbox><t:EmailAddress>{ALICE.mail}</t:EmailAddress></t:Mailbox></t:From></t:Message>"
        "</m:Items></m:CreateItem>"
    )

    async def story(world: World) -> None:
        assert (await world.ask(BOB, message)).codes == ["ErrorSendAsDenied"]
        assert not await find(world, CAROL, "inbox")
        await assistant(world)
        assert (await world.ask(BOB, message)).codes == ["NoError"]
        for where in (
            await find(world, CAROL, "inbox", "message:From", "message:Sender"),
            await find(world, BOB, "sentitems", "message:From", "message:Sender"),
        ):
            assert [who(one) for one in where] == [(ALICE.mail, BOB.mail)]

    run(story, tmp_path)
