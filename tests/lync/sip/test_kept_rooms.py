"""What is decided in a conference outlives the server: who leads, who is in, and whether the door is locked."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.lync.actions.kept_rooms import RETURN
from samband.model.conferences import AccessLevel, Role, Terms
from samband.model.guests import Guest
from samband.wire.conference.cccp import (
    DeleteUser,
    ModifyConferenceLock,
    ModifyUserRoles,
    Operation,
    SetLobbyAccess,
)
from samband.wire.conference.conference_info import UserDocument
from tests.lync.sip.conference_world import FOCUS, ConferenceWorld, play
from tests.lync.sip.test_lobby import knock

ALICE, BOB, CAROL = (f"sip:{name}@contoso.test" for name in ("alice", "bob", "carol"))
WHO = ("alice", "bob", "carol")


async def meeting(world: ConferenceWorld) -> None:
    """Alice made it and is in with Bob, whom she made a presenter, and Carol; the door is locked."""
    alice, bob, carol = (world.client(name) for name in WHO)
    await alice.make()
    for client in (alice, bob, carol):
        await client.enter()
    assert (await alice.lead_later(ModifyUserRoles(FOCUS, BOB, "presenter"))).code == "success"
    assert (await bob.lead_later(ModifyConferenceLock(FOCUS, True))).code == "success"


def roles(world: ConferenceWorld) -> dict[str, tuple[Role, bool]]:
    """Who is in: the role, and whether a client of theirs is there."""
    room = world.rooms.find("alice@contoso.test", "AB12")
    return {one.address.partition("@")[0]: (one.role, bool(one.endpoints)) for one in room.roster.members.values()}


def passes(world: ConferenceWorld) -> None:
    """The time to come back is over."""
    world.world.clock.now += RETURN.total_seconds()
    world.rooms.sweep()


def test_who_was_in_comes_back_to_the_same(tmp_path: Path) -> None:
    async def after(world: ConferenceWorld) -> None:
        assert (await world.client("dave").join()).status == 403, "it is locked"
        carol, bob = world.client("carol"), world.client("bob")
        await carol.enter()
        assert roles(world) == {
            "alice": (Role.PRESENTER, False),
            "bob": (Role.PRESENTER, False),
            "carol": (Role.ATTENDEE, True),
        }
        assert carol.lead(ModifyConferenceLock(FOCUS, False)).reason == "unauthorized"
        await bob.enter()
        carol.inbox()
        world.rooms.sweep()
        assert not carol.inbox(), "nobody has left so far"
        passes(world)
        (left,) = carol.told()
        assert left.users == (UserDocument(ALICE, deleted=True),)
        assert (await world.client("dave").join()).status == 403
        assert (await bob.lead_later(ModifyConferenceLock(FOCUS, False))).code == "success"
        await world.client("dave").enter()

    async def once_more(world: ConferenceWorld) -> None:
        erin = world.client("erin")
        await erin.enter()
        assert sorted(roles(world)) == ["bob", "carol", "dave", "erin"]

    play(tmp_path, meeting, after, once_more, keeps=True)


def test_where_nobody_comes_back_nobody_is_in(tmp_path: Path) -> None:
    async def nobody(world: ConferenceWorld) -> None:
        world.rooms.sweep()
        assert world.kept is not None
        passes(world)
        await world.kept.settled()

    async def later(world: ConferenceWorld) -> None:
        await world.client("dave").enter()
        assert roles(world) == {"dave": (Role.ATTENDEE, True)}

    play(tmp_path, meeting, nobody, later, keeps=True)


@pytest.mark.parametrize("ends", ["they leave", "the server"])
def test_who_leaves_and_whom_the_server_leaves(tmp_path: Path, ends: str) -> None:
    async def before(world: ConferenceWorld) -> None:
        clients = [world.client(name) for name in WHO]
        await clients[0].make()
        for client in clients:
            await client.enter()
        assert world.kept is not None
        if ends == "the server":
            world.kept.freeze()
        for client in clients:
            client.session.lost()

    async def after(world: ConferenceWorld) -> None:
        await world.client("dave").enter()
        expected = ["alice", "bob", "carol", "dave"] if ends == "the server" else ["dave"]
        assert sorted(roles(world)) == expected

    play(tmp_path, before, after, keeps=True)


async def change(world: ConferenceWorld, terms: Terms) -> None:
    """Alice decides otherwise."""
    organizer, found = await world.conferences.find("alice@contoso.test", "AB12")
    await world.conferences.change(organizer, "AB12", found.version, terms, None)
    await world.settle()


STRICTER = {
    "locked": (Terms(access=AccessLevel.LOCKED), (403, 403)),
    "for those who are invited": (Terms(access=AccessLevel.INVITED, attendees=("bob@contoso.test",)), (200, 403)),
    "as open as before": (Terms(subject="S"), (200, 200)),
}


@pytest.mark.parametrize("when", ["before anybody is back", "after somebody is", "and the server ends again"])
@pytest.mark.parametrize("row", STRICTER)
def test_who_comes_back_to_a_meeting_that_has_changed_is_asked_again(tmp_path: Path, row: str, when: str) -> None:
    terms, expected = STRICTER[row]

    async def after(world: ConferenceWorld) -> None:
        alice = world.client("alice")
        if when == "after somebody is":
            await alice.enter()
            await change(world, terms)
            left = [user.entity for one in alice.told() for user in one.users if user.deleted]
            assert left == [who for who, status in zip((BOB, CAROL), expected, strict=True) if status == 403]
        else:
            await change(world, terms)
            await alice.enter()
        if when != "and the server ends again":
            await back(world)

    async def back(world: ConferenceWorld) -> None:
        assert tuple([(await world.client(name).join()).status for name in ("bob", "carol")]) == expected

    play(tmp_path, meeting, after, *([back] if when == "and the server ends again" else []), keeps=True)


@pytest.mark.parametrize("ejected", ["never", "afterwards", "while the server ends"])
def test_who_was_let_in_comes_back_unless_they_were_turned_out(tmp_path: Path, ejected: str) -> None:
    async def before(world: ConferenceWorld) -> None:
        alice, bob = world.client("alice"), world.client("bob")
        await alice.make(admission="closedAuthenticated")
        await alice.enter()
        assert (await knock(bob)).status == 200
        assert (await alice.lead_later(SetLobbyAccess(FOCUS, BOB, True))).code == "success"
        if ejected == "while the server ends":
            assert world.kept is not None
            world.kept.freeze()
            assert (await alice.lead_later(DeleteUser(FOCUS, BOB))).code == "success"
            alice.session.lost()

    async def after(world: ConferenceWorld) -> None:
        alice = world.client("alice")
        await alice.enter()
        if ejected == "afterwards":
            assert (await alice.lead_later(DeleteUser(FOCUS, BOB))).code == "success"

    async def later(world: ConferenceWorld) -> None:
        assert (await world.client("bob").join()).status == (200 if ejected == "never" else 403)

    play(tmp_path, before, after, later, keeps=True)


DECIDED_LATE: dict[str, tuple[Operation, dict[str, Role], int]] = {
    "a role": (ModifyUserRoles(FOCUS, BOB, "presenter"), {"bob": Role.PRESENTER}, 200),
    "the lock": (ModifyConferenceLock(FOCUS, True), {"bob": Role.ATTENDEE}, 403),
    "who is let in": (SetLobbyAccess(FOCUS, CAROL, True), {"bob": Role.ATTENDEE, "carol": Role.ATTENDEE}, 403),
}


@pytest.mark.parametrize("what", DECIDED_LATE)
def test_what_is_decided_while_the_server_ends(tmp_path: Path, what: str) -> None:
    operation, roles_then, status = DECIDED_LATE[what]

    async def before(world: ConferenceWorld) -> None:
        alice, bob, carol = (world.client(name) for name in WHO)
        await alice.make(**({"admission": "closedAuthenticated"} if what == "who is let in" else {}))
        await alice.enter()
        if what == "who is let in":
            for client in (bob, carol):
                assert (await knock(client)).status == 200
            assert (await alice.lead_later(SetLobbyAccess(FOCUS, BOB, True))).code == "success"
        else:
            await bob.enter()
        assert world.kept is not None
        world.kept.freeze()
        assert (await alice.lead_later(operation)).code == "success"
        bob.session.lost()
        carol.session.lost()
        alice.session.lost()

    async def after(world: ConferenceWorld) -> None:
        assert (await world.client("dave").join()).status == status
        await world.client("alice").enter()
        there = {name: role for name, (role, _) in roles(world).items()}
        assert roles_then.items() <= there.items()

    play(tmp_path, before, after, keeps=True)


def test_a_guest_who_was_in_is_one_afterwards(tmp_path: Path) -> None:
    guest = Guest("ab" * 16, "", "AB12").person("Ann (guest)")

    async def before(world: ConferenceWorld) -> None:
        alice = world.client("alice")
        await alice.make(admission="anonymous")
        await alice.enter()
        await world.rooms.enter("alice@contoso.test", "AB12", guest, "e1", visitor=True)

    async def after(world: ConferenceWorld) -> None:
        await world.client("alice").enter()
        assert sorted(roles(world)) == ["ab" * 16, "alice"]
        await change(world, Terms(access=AccessLevel.SAME_ENTERPRISE))
        assert sorted(roles(world)) == ["alice"], "the meeting is for members now"

    play(tmp_path, before, after, keeps=True)
