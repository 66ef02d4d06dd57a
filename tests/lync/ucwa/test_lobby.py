"""The lobby by UCWA: who waits there, who lets them in or turns them away, and leading a meeting."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from samband.lync.actions import rooms
from samband.model import conferences
from samband.model.failures import Failure
from samband.model.guests import Guest
from tests.lync.ucwa.test_guests import admitted
from tests.lync.ucwa.test_meetings_joined import chat, join, meeting
from tests.lync.ucwa.world import WebClient, World, link, play


async def scene(world: World, **terms: Any) -> tuple[WebClient, Any, Any]:
    """Alice in a meeting of hers; her client, her conversation and the meeting."""
    alice = WebClient(world, "alice")
    await alice.available()
    made = await meeting(alice, **{"attendees": [], **terms})
    return alice, await join(alice, made["onlineMeetingUri"]), made


async def knock(world: World, made: Any, name: str, token: str = "") -> WebClient:
    """Somebody asks to be let in; they wait once this returns."""
    client = WebClient(world, name, token=token)
    if token:
        await client.begin()
        joining = link(client.part("communication"), "joinOnlineMeeting")
    else:
        await client.available()
        joining = link(await client.read("communication"), "joinOnlineMeeting")
    wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": name}
    await client.ask("POST", joining, wanted, 201)
    event = await client.until("onlineMeetingInvitation", "updated", state="Connecting")
    conversation = await client.ask("GET", link(event["_embedded"]["onlineMeetingInvitation"], "conversation"))
    assert conversation["state"] == "InLobby"
    assert await people(client, conversation) == ["localParticipant"], "who waits sees nobody"
    messaging = await client.ask("GET", link(conversation, "messaging"))
    assert "addMessaging" not in messaging["_links"]
    return client


async def people(client: WebClient, conversation: Any, view: str = "participants") -> list[str]:
    found = (await client.ask("GET", link(conversation, view)))["_embedded"].get("participant", [])
    return [one["name"] if one["rel"] == "participant" else one["rel"] for one in found]


async def seen(alice: WebClient) -> Any:
    """The participant who is new in the lobby."""
    added = (await alice.until("participant", "added", inLobby=True))["_embedded"]["participant"]
    assert sorted({"admit", "reject", "eject", "promote"} & added["_links"].keys()) == ["admit", "reject"]
    inside = await alice.until("participant", "added")
    assert inside["in"]["rel"] == "lobby"
    return added


def test_a_guest_waits_and_is_let_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, here, made = await scene(world)
        ann = await knock(world, made, "Ann", await admitted(world, made))
        added = await seen(alice)
        assert (added["name"], await people(alice, here, "lobby")) == ("Ann (guest)", ["Ann (guest)"])
        await alice.ask("POST", link(added, "admit"), status=204)
        done = await ann.until("onlineMeetingInvitation", "completed")
        assert done["status"] == "Success"
        out = await alice.until("participant", "deleted")
        assert out["in"]["rel"] == "lobby"
        changed = (await alice.until("participant", "updated"))["_embedded"]["participant"]
        assert (changed["inLobby"], changed["role"]) == (False, "Attendee")
        there = await ann.ask("GET", link(done["_embedded"]["onlineMeetingInvitation"], "conversation"))
        assert await people(ann, there) == ["localParticipant", "Alice"]
        await chat(ann, there)
        assert await people(alice, here, "lobby") == []
        await alice.ask("POST", link(added, "admit"), status=404)

    play(tmp_path, story)


def test_a_guest_is_turned_away(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, _, made = await scene(world)
        ann = await knock(world, made, "Ann", await admitted(world, made))
        added = await seen(alice)
        await alice.ask("POST", link(added, "reject"), status=204)
        done = await ann.until("onlineMeetingInvitation", "completed")
        assert (done["status"], done["reason"]["subcode"]) == ("Failure", "Denied")
        await ann.until("conversation", "deleted")
        await alice.until("participant", "deleted")
        await alice.ask("GET", link(added, "self"), status=404)

    play(tmp_path, story)


WAITS = [("Locked", True, True), ("Invited", True, True), ("SameEnterprise", False, True), ("Everyone", False, False)]


@pytest.mark.parametrize(("level", "members", "guests"), WAITS)
def test_who_waits(tmp_path: Path, level: str, members: bool, guests: bool) -> None:
    async def story(world: World) -> None:
        alice, here, made = await scene(world, accessLevel=level)
        bob = WebClient(world, "bob")
        if members:
            bob = await knock(world, made, "bob")
            await seen(alice)
        else:
            await bob.available()
            await join(bob, made["onlineMeetingUri"])
        if guests:
            ann = await knock(world, made, "Ann", await admitted(world, made))
            await seen(alice)
            # Whoever may come in once the organizer opens the meeting does.
            body = {**made, "accessLevel": "Everyone"}
            await alice.ask("PUT", made["_links"]["self"]["href"], body, If_Match=f'"{made["etag"]}"')
            assert (await ann.until("onlineMeetingInvitation", "completed"))["status"] == "Success"
            await world.settle()
            assert sorted(await people(alice, here)) == ["Ann (guest)", "Bob", "localParticipant"]

    play(tmp_path, story)


def test_attendees_see_no_lobby_and_lead_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, here, made = await scene(world)
        bob = WebClient(world, "bob")
        await bob.available()
        there = await join(bob, made["onlineMeetingUri"])
        await knock(world, made, "Ann", await admitted(world, made))
        waiting = await seen(alice)
        assert await people(bob, there) == ["localParticipant", "Alice"]
        others = (await bob.ask("GET", link(there, "participants")))["_embedded"]["participant"]
        assert not {"admit", "eject", "promote", "demote"} & others[1]["_links"].keys()
        wish = link(others[1], "self") + "/eject"
        assert (await bob.ask("POST", wish, status=403))["code"] == "Forbidden"
        listed = (await alice.ask("GET", link(here, "attendees")))["_embedded"]["participant"]
        assert [one["name"] for one in listed] == ["Bob"]
        await alice.ask("POST", link(listed[0], "promote"), status=204)
        mine = (await bob.until("localParticipant", "updated"))["_embedded"]["localParticipant"]
        assert mine["role"] == "Leader"
        shown = (await bob.until("participant", "added", inLobby=True))["_embedded"]["participant"]
        assert await people(bob, there, "leaders") == ["localParticipant", "Alice"]
        await bob.ask("POST", link(shown, "admit"), status=204)
        await alice.until("participant", "updated", inLobby=False)
        assert waiting["uri"] == shown["uri"]
        listed = (await alice.ask("GET", link(here, "leaders")))["_embedded"]["participant"]
        await alice.ask("POST", link(listed[1], "demote"), status=204)
        assert (await bob.until("localParticipant", "updated"))["_embedded"]["localParticipant"]["role"] == "Attendee"
        await alice.ask("POST", link(listed[1], "self") + "/eject", status=204)
        gone = await bob.until("conversation", "deleted")
        assert gone["reason"]["subcode"] == "Ejected"
        await alice.ask("POST", link(listed[1], "self") + "/eject", status=404)
        await alice.ask("GET", link(listed[0], "self") + "/eject", status=404)

    play(tmp_path, story)


def test_nobody_waits_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "PATIENCE", timedelta(minutes=2))

    async def story(world: World) -> None:
        _, _, made = await scene(world)
        ann = await knock(world, made, "Ann", await admitted(world, made))
        world.rooms.sweep()
        assert len(world.guests) == 1
        world.site.clock.now += 120
        world.rooms.sweep()
        done = await ann.until("onlineMeetingInvitation", "completed")
        assert done["reason"]["subcode"] == "Denied"

    play(tmp_path, story)


def test_a_lobby_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conferences, "MOST_WAITING", 1)

    async def story(world: World) -> None:
        _, _, made = await scene(world)
        await knock(world, made, "Ann", await admitted(world, made))
        ben = WebClient(world, "Ben", token=await admitted(world, made))
        await ben.begin()
        wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": "Ben"}
        await ben.ask("POST", link(ben.part("communication"), "joinOnlineMeeting"), wanted, 201)
        done = await ben.until("onlineMeetingInvitation", "completed")
        assert (done["status"], done["reason"]["message"]) == ("Failure", "At most 1 people wait in the lobby")

    play(tmp_path, story)


def test_a_lobby_without_anybody_in_the_meeting(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        made = await meeting(alice)
        ann = await knock(world, made, "Ann", await admitted(world, made))
        assert len(world.rooms) == 1
        here = await join(alice, made["onlineMeetingUri"])
        assert await people(alice, here, "lobby") == ["Ann (guest)"]
        await ann.ask("DELETE", ann.root, status=204)
        await alice.until("participant", "deleted")
        await alice.ask("DELETE", alice.root, status=204)
        await world.settle()
        assert len(world.rooms) == 0

    play(tmp_path, story)


def test_a_visitor_who_is_refused_leaves_nothing_behind(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, _, made = await scene(world)
        (room,) = world.rooms._rooms.values()
        for number in range(3):
            person = Guest(f"{number:032x}", room.conference.organizer, room.conference.id).person()
            with pytest.raises(Failure, match="by invitation"):
                await world.rooms.enter(room.address, room.conference.id, person, "e1", visitor=True)
        assert room.visitors == set()
        ann = await knock(world, made, "Ann", await admitted(world, made))
        assert room.visitors == set(room.roster.lobby), "who waits is one"
        await ann.ask("DELETE", ann.root, status=204)
        await world.settle()
        assert room.visitors == set()

    play(tmp_path, story)
