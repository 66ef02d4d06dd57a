"""The lobby over SIP: a client that says it can waits there, the others see it on hold, a presenter decides."""

from __future__ import annotations

from pathlib import Path

import pytest

from samband.model.conferences import AccessLevel
from samband.wire.conference.cccp import AddUser, DeleteUser, ModifyConferenceLock, SetLobbyAccess, write_request
from samband.wire.conference.conference_info import read_conference
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.conference_world import FOCUS, Conferee, ConferenceWorld, play

ALICE, BOB, CAROL = (f"sip:{name}@contoso.test" for name in ("alice", "bob", "carol"))


async def knock(client: Conferee) -> SipResponse:
    """Join as a client that can wait."""
    wanted = AddUser(FOCUS, client.aor, "attendee", client.guid, lobby=True)
    return await client.join(body=write_request("1", client.aor, FOCUS, wanted).encode())


async def scene_of(world: ConferenceWorld) -> tuple[Conferee, Conferee]:
    """Alice is in a conference of hers, and Bob waits."""
    alice, bob = world.client("alice"), world.client("bob")
    await alice.make(admission="closedAuthenticated")
    await alice.enter()
    assert (await bob.join()).status == 403, "a client that does not know lobbies is refused"
    assert (await knock(bob)).status == 200
    return alice, bob


def statuses(client: Conferee) -> list[tuple[str, list[str]]]:
    """Users of the latest document, and the states of their clients; it may have come with an answer."""
    came_along = client.focus.passed if client.focus is not None else []
    documents = [read_conference(one.body) for one in came_along] + client.told()
    if client.focus is not None:
        client.focus.passed = []
    users = documents[-1].users
    return [(user.entity, [one.status for one in user.endpoints] if not user.deleted else ["-"]) for user in users]


def test_a_presenter_lets_somebody_in(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await scene_of(world)
        assert statuses(alice) == [(BOB, ["on-hold"])]
        assert bob.watch_focus().status == 200
        assert bob.watching is not None
        own = read_conference(bob.watching.response.body)
        assert [user.entity for user in own.users] == [BOB]
        assert (own.description, own.view, own.count) == (None, None, None)
        assert bob.open_chat().status == 403
        carol = world.client("carol")
        assert (await knock(carol)).status == 200
        assert bob.told() == [], "who waits does not see who else does"
        assert bob.lead(SetLobbyAccess(FOCUS, BOB, True)).reason == "unauthorized"
        alice.inbox()
        assert alice.lead(SetLobbyAccess(FOCUS, BOB, True)).code == "success"
        (whole,) = bob.told()
        assert {user.entity for user in whole.users} == {ALICE, BOB, CAROL}
        assert whole.description is not None
        assert bob.open_chat().status == 200
        assert alice.lead(SetLobbyAccess(FOCUS, BOB, True)).reason == "conferenceDoesntExist"
        assert alice.lead(SetLobbyAccess(FOCUS, BOB, False)).reason == "conferenceDoesntExist"
        bob.guid = "{another}"
        assert (await bob.join()).status == 200, "who is in comes in with another client too"

    play(tmp_path, scene)


@pytest.mark.parametrize("operation", [SetLobbyAccess(FOCUS, BOB, False), DeleteUser(FOCUS, BOB)])
def test_a_presenter_turns_somebody_away(tmp_path: Path, operation: SetLobbyAccess | DeleteUser) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await scene_of(world)
        alice.inbox()
        assert alice.lead(operation).code == "success"
        assert [one.method for one in bob.heard() if isinstance(one, SipRequest)] == ["BYE"]
        assert statuses(alice) == [(BOB, ["-"])]
        assert len(world.rooms) == 1

    play(tmp_path, scene)


def test_who_leaves_the_lobby_and_whom_an_open_door_lets_in(tmp_path: Path) -> None:
    async def scene(world: ConferenceWorld) -> None:
        alice, bob = await scene_of(world)
        assert bob.focus is not None
        assert bob.focus.ask("BYE").status == 200
        assert statuses(alice) == [(BOB, ["-"])]
        organizer, kept = await world.conferences.find("alice@contoso.test", "AB12")
        terms = type(kept.terms)(access=AccessLevel.SAME_ENTERPRISE)
        await world.conferences.change(organizer, "AB12", kept.version, terms, None)
        await world.settle()
        assert alice.lead(ModifyConferenceLock(FOCUS, True)).code == "success"
        assert (await knock(bob)).status == 200
        alice.inbox()
        assert alice.lead(ModifyConferenceLock(FOCUS, False)).code == "success"
        assert (BOB, ["connected"]) in statuses(alice)
        world.world.clock.now += 1800
        world.rooms.sweep()
        assert alice.told() == [], "whoever is in does not wait any longer"

    play(tmp_path, scene)
