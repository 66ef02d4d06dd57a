"""What permissions on folders let others do, asked of the endpoint by those others."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.directory.group_index import GroupIndex
from samband.model.groups import Group
from samband.model.people import Person
from samband.model.rights import Right
from tests.exchange.ews.calendar_requests import TIMES, create, get, made
from tests.exchange.ews.calendar_requests import item as item_id
from tests.exchange.ews.mail_requests import find, ids, send
from tests.exchange.ews.test_availability import ask as availability
from tests.exchange.ews.test_folders import by_id, named
from tests.exchange.ews.test_folders import create as new_folder
from tests.exchange.ews.test_folders import find as find_folder
from tests.exchange.ews.test_folders import get as get_folder
from tests.exchange.ews.test_folders import ids as folder_ids
from tests.exchange.ews.test_folders import update as update_folder
from tests.exchange.ews.test_impersonation import give
from tests.exchange.ews.test_notifications import get_events, subscribe
from tests.exchange.foreign import FOREIGN
from tests.exchange.world import ALICE, BOB, CAROL, Answer, World, run

TEAM = Group(
    objectGUID="team", sAMAccountName="team", displayName="Team", mail="team@contoso.test", member=(BOB.objectGUID,)
)  # fmt: skip
RIGHTS = '<t:AdditionalProperties><t:FieldURI FieldURI="item:EffectiveRights"/></t:AdditionalProperties>'
FOLDER_RIGHTS = (
    "<m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="folder:EffectiveRights"/><t:FieldURI FieldURI="folder:PermissionSet"/>'
    "</t:AdditionalProperties></m:FolderShape>"
)
DENIED, NOT_FOUND, FINE = "ErrorAccessDenied", "ErrorItemNotFound", "NoError"


def of_alice(name: str) -> str:
    mailbox = f"<t:Mailbox><t:EmailAddress>{ALICE.mail}</t:EmailAddress></t:Mailbox>"
    return f'<t:DistinguishedFolderId Id="{name}">{mailbox}</t:DistinguishedFolderId>'


async def grant(world: World, folder: str, *given: tuple[str, str], calendar: bool = False) -> None:
    """Alice says who may do what with one of her folders: (address or distinguished user, level), nobody else."""
    prefix = "Calendar" if calendar else ""
    written = ""
    for who, level in given:
        user = (
            f"<t:PrimarySmtpAddress>{who}</t:PrimarySmtpAddress>"
            if "@" in who
            else f"<t:DistinguishedUser>{who}</t:DistinguishedUser>"
        )
        written += (
            f"<t:{prefix}Permission><t:UserId>{user}</t:UserId><t:{prefix}PermissionLevel>{level}"
            f"</t:{prefix}PermissionLevel></t:{prefix}Permission>"
        )
    value = f"<t:PermissionSet><t:{prefix}Permissions>{written}</t:{prefix}Permissions></t:PermissionSet>"
    body = update_folder(named(folder), '<t:FieldURI FieldURI="folder:PermissionSet"/>', value)
    if calendar:
        body = body.replace("<t:Folder>", "<t:CalendarFolder>").replace("</t:Folder>", "</t:CalendarFolder>")
    assert (await world.ask(ALICE, body)).codes == [FINE]


class Inbox:
    """Alice's inbox with one message that she got, and what Bob does in it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.names: dict[str, str] = {}

    async def open(self) -> Inbox:
        await send(self.world, CAROL, ALICE.mail, "plan")
        (one,) = ids(await find(self.world, ALICE, "inbox"))
        self.names = {"item": one, "folder": of_alice("inbox"), "own": named("inbox")}
        return self

    async def code(self, operation: str, place: int = 0, **more: str) -> str:
        answer = await self.world.ask(BOB, FOREIGN[operation][place] % {**self.names, **more})
        return answer.codes[0]

    async def write(self) -> tuple[str, str]:
        answer = await self.world.ask(BOB, FOREIGN["CreateItem"][0] % self.names)
        made = answer.all("//t:ItemId")
        return answer.codes[0], f'<t:ItemId Id="{made[0].get("Id")}"/>' if made else ""


@pytest.mark.parametrize(
    ("level", "read", "make", "change", "change_own", "delete", "delete_own"),
    [
        ("None", False, False, False, False, False, False),
        ("Contributor", False, True, False, False, False, False),
        ("Reviewer", True, False, False, False, False, False),
        ("NoneditingAuthor", True, True, False, False, False, True),
        ("Author", True, True, False, True, False, True),
        ("Editor", True, True, True, True, True, True),
        ("Owner", True, True, True, True, True, True),
    ],
)
def test_a_level_lets_do_what_it_says(
    level: str, read: bool, make: bool, change: bool, change_own: bool, delete: bool, delete_own: bool, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        inbox = await Inbox(world).open()
        await grant(world, "inbox", (BOB.mail, level))
        no = NOT_FOUND if level == "None" else DENIED

        def code(allowed: bool) -> str:
            return FINE if allowed else no

        assert await inbox.code("GetItem") == code(read)
        assert await inbox.code("ExportItems") == code(read)
        assert await inbox.code("CopyItem") == code(read)
        assert (await inbox.code("FindItem") == FINE) is read
        assert (await inbox.code("SyncFolderItems") == FINE) is read
        assert (await inbox.code("Subscribe") == FINE) is read
        assert await inbox.code("UpdateItem") == code(read and change)
        assert (await inbox.code("MarkAllItemsAsRead") == FINE) is change
        written, own = await inbox.write()
        assert (written == FINE) is make
        if read and make:
            assert await inbox.code("UpdateItem", item=own) == code(change_own)
            assert await inbox.code("DeleteItem", item=own) == code(delete_own)
        assert await inbox.code("DeleteItem") == code(read and delete)
        if level not in ("None",):
            folder = await world.ask(BOB, get_folder(of_alice("inbox"), FOLDER_RIGHTS))
            rights = [folder.text(f"//t:EffectiveRights/t:{name}") for name in ("CreateContents", "Read", "Modify")]
            assert rights == [str(one).lower() for one in (make, read, level == "Owner")]
            assert bool(folder.all("//t:PermissionSet")) is (level == "Owner")

    run(story, tmp_path)


def test_an_item_says_what_a_visitor_may_do_with_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inbox = await Inbox(world).open()
        await grant(world, "inbox", (BOB.mail, "Author"))
        _, own = await inbox.write()
        answer = await world.ask(BOB, get(inbox.names["item"], own, shape="IdOnly", more=RIGHTS))
        assert answer.texts("//t:EffectiveRights/t:Modify") == ["false", "true"]
        assert answer.texts("//t:EffectiveRights/t:Delete") == ["false", "true"]
        mine = await world.ask(ALICE, get(own, shape="IdOnly", more=RIGHTS))
        assert mine.text("//t:EffectiveRights/t:Delete") == "true"

    run(story, tmp_path)


def test_a_person_counts_before_their_groups_and_those_before_everybody(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        world.people.groups = GroupIndex([TEAM])
        inbox = await Inbox(world).open()
        for given, code in (
            ([("Default", "Reviewer")], FINE),
            ([("Default", "Reviewer"), (TEAM.mail, "None")], NOT_FOUND),
            ([("Default", "None"), (TEAM.mail, "Reviewer")], FINE),
            ([("Default", "Reviewer"), (TEAM.mail, "Reviewer"), (BOB.mail, "Contributor")], DENIED),
            ([("Default", "None"), ("Anonymous", "Owner")], NOT_FOUND),
        ):
            await grant(world, "inbox", *given)
            assert await inbox.code("GetItem") == code, given

    run(story, tmp_path)


def test_items_go_between_mailboxes(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inbox = await Inbox(world).open()
        await grant(world, "inbox", (BOB.mail, "Reviewer"))
        assert await inbox.code("MoveItem") == DENIED
        await grant(world, "inbox", (BOB.mail, "Editor"))
        assert await inbox.code("MoveItem") == FINE
        assert not await find(world, ALICE, "inbox")
        await grant(world, "inbox", (BOB.mail, "Author"))
        (mine,) = ids(await find(world, BOB, "inbox"))
        assert await inbox.code("MoveItem", 1, mine=mine) == FINE
        assert not await find(world, BOB, "inbox")
        (theirs,) = ids(await find(world, ALICE, "inbox"))
        assert await inbox.code("DeleteItem", item=theirs) == FINE, "what somebody brought is theirs to delete"

    run(story, tmp_path)


def test_folders_that_are_not_visible_are_not_there(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await world.ask(ALICE, new_folder(named("inbox"), "Below"))
        await grant(world, "inbox", (BOB.mail, "Reviewer"))
        await grant(world, "msgfolderroot", (BOB.mail, "Reviewer"))
        found = await world.ask(BOB, find_folder(of_alice("msgfolderroot"), "Deep"))
        assert found.texts("//t:DisplayName") == ["Inbox"], "what was there before keeps its own permissions"
        answer = await world.ask(BOB, new_folder(of_alice("inbox"), "Mine"))
        assert answer.codes == [DENIED]
        await grant(world, "inbox", (BOB.mail, "PublishingAuthor"), (CAROL.mail, "Reviewer"))
        answer = await world.ask(BOB, new_folder(of_alice("inbox"), "Mine"))
        assert answer.codes == [FINE]
        (one,) = folder_ids(answer)
        assert (await world.ask(CAROL, get_folder(by_id(one)))).codes == [FINE], "a new folder is like its parent"
        rights = await world.ask(BOB, get_folder(by_id(one), FOLDER_RIGHTS))
        assert rights.text("//t:EffectiveRights/t:Modify") == "true", "who makes a folder owns it"
        rename = update_folder(
            by_id(one), '<t:FieldURI FieldURI="folder:DisplayName"/>', "<t:DisplayName>x</t:DisplayName>"
        )
        assert (await world.ask(CAROL, rename)).codes == [DENIED]
        assert (await world.ask(BOB, rename)).codes == [FINE]

    run(story, tmp_path)


def test_full_access_opens_all_of_a_mailbox(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        inbox = await Inbox(world).open()
        await give(world, Right.FULL_ACCESS, BOB.objectGUID, ALICE.objectGUID)
        assert await inbox.code("GetItem") == FINE and await inbox.code("MarkAsJunk") == FINE
        assert (await world.ask(CAROL, get(inbox.names["item"]))).codes == [NOT_FOUND]

    run(story, tmp_path)


WINDOW = '<m:CalendarView StartDate="2026-12-01T00:00:00Z" EndDate="2026-12-02T00:00:00Z"/>'


def view(of: str = "calendar") -> str:
    return FOREIGN["FindItem"][3] % {"folder": of_alice(of)}


def secret(more: str = "", subject: str = "Merger") -> str:
    return (
        f'<t:Subject>{subject}</t:Subject>{more}<t:Body BodyType="Text">the body</t:Body>'
        f"{TIMES}<t:Location>Room 5</t:Location>"
    )


async def shown(world: World, identifier: str, who: Person = BOB) -> Answer:
    """What somebody sees of an appointment in Alice's calendar, in a view of it and by itself."""
    seen = await world.ask(who, view())
    one = await world.ask(who, get(item_id(identifier)))
    for path in ("//t:Subject", "//t:Location", "//t:Start"):
        assert one.texts(path) == seen.texts(path)
    return one


@pytest.mark.parametrize(
    ("level", "subject", "place", "body"),
    [
        ("FreeBusyTimeOnly", "", [], False),
        ("FreeBusyTimeAndSubjectAndLocation", "Merger", ["Room 5"], False),
        ("Reviewer", "Merger", ["Room 5"], True),
    ],
)
def test_a_calendar_shows_no_more_than_its_permissions_say(
    level: str, subject: str, place: list[str], body: bool, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        one = await made(world, ALICE, secret())
        await grant(world, "calendar", (BOB.mail, level), ("Default", "None"), calendar=True)
        seen = await shown(world, one)
        assert ("".join(seen.texts("//t:Subject")), seen.texts("//t:Location")) == (subject, place)
        assert seen.text("//t:Start") == "2026-12-01T09:00:00Z" and seen.text("//t:LegacyFreeBusyStatus") == "Busy"
        assert (b"the body" in seen.raw) is body
        for request in (
            FOREIGN["GetItem"][1] % {"event": item_id(one)},
            FOREIGN["UpdateItem"][1] % {"event": item_id(one)},
        ):
            assert ((await world.ask(BOB, request)).codes == [FINE]) is (body and "GetItem" in request)
        assert (await world.ask(CAROL, view())).codes == [NOT_FOUND]
        window = {"start": "2026-12-01T00:00:00", "end": "2026-12-02T00:00:00"}
        free = await world.ask(BOB, availability(ALICE.mail, view="Detailed", **window))
        assert free.texts("//t:CalendarEvent/t:BusyType") == ["Busy"]
        assert free.texts("//t:CalendarEventDetails/t:Subject") == ([subject] if subject else [])
        assert (await world.ask(CAROL, availability(ALICE.mail, **window))).codes == ["ErrorNoFreeBusyAccess"]

    run(story, tmp_path)


def test_private_items_are_only_times_to_others(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = await made(world, ALICE, secret("<t:Sensitivity>Private</t:Sensitivity>"))
        await grant(world, "calendar", (BOB.mail, "Editor"), calendar=True)
        seen = await shown(world, one)
        assert seen.text("//t:Subject") == "Private Appointment" and b"Room 5" not in seen.raw
        assert (await world.ask(BOB, FOREIGN["FindItem"][0] % {"folder": of_alice("calendar")})).texts(
            "//t:Subject"
        ) == []
        synced = await world.ask(BOB, FOREIGN["SyncFolderItems"][0] % {"folder": of_alice("calendar")})
        assert synced.codes == [FINE] and not synced.all("//t:Create")
        for operation in ("UpdateItem", "DeleteItem", "CopyItem", "ExportItems"):
            request = FOREIGN[operation][1] % {"event": item_id(one), "own": named("calendar")}
            assert (await world.ask(BOB, request)).codes == [DENIED], operation

    run(story, tmp_path)


def test_nobody_sends_in_the_name_of_somebody_by_permissions_on_folders(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await grant(world, "calendar", (BOB.mail, "Editor"), calendar=True)
        inner = secret() + (
            f"<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>{CAROL.mail}</t:EmailAddress></t:Mailbox>"
            "</t:Attendee></t:RequiredAttendees>"
        )
        into = f"<m:SavedItemFolderId>{of_alice('calendar')}</m:SavedItemFolderId>"
        body = create(inner, "SendToAllAndSaveCopy", into)
        assert (await world.ask(BOB, body)).codes == ["ErrorSendAsDenied"]
        assert not await find(world, CAROL, "inbox") and not await find(world, ALICE, "calendar")
        await give(world, Right.SEND_AS, BOB.objectGUID, ALICE.objectGUID)
        assert (await world.ask(BOB, body)).codes == [FINE]
        (request,) = await find(world, CAROL, "inbox", "message:From", "message:Sender")
        who = "{*}Mailbox/{*}EmailAddress"
        assert [request.findtext("{*}From/" + who), request.findtext("{*}Sender/" + who)] == [ALICE.mail] * 2

    run(story, tmp_path)


def test_subscriptions_of_others_are_to_what_they_may_read(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await grant(world, "inbox", (BOB.mail, "Reviewer"))
        mine = await world.ask(BOB, subscribe("Pull", of_alice("inbox")))
        assert mine.codes == [FINE]
        asked = get_events(mine.text("//m:SubscriptionId"), mine.text("//m:Watermark"))
        await send(world, CAROL, ALICE.mail, "plan")
        assert (await world.ask(BOB, asked)).all("//t:NewMailEvent")
        await grant(world, "inbox", (BOB.mail, "None"))
        assert (await world.ask(BOB, asked)).codes == ["ErrorSubscriptionNotFound"], "it ends with the permission"
        await grant(world, "inbox", (BOB.mail, "Reviewer"))
        assert (await world.ask(BOB, subscribe("Pull", of_alice("drafts")))).codes == ["ErrorFolderNotFound"]

    run(story, tmp_path)
