"""Sound and pictures of a meeting at the door of UCWA, with a media server in memory."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
from pathlib import Path
from typing import Any
from unittest import mock

import pytest

from samband.lync.actions import media_parts
from samband.lync.actions.media_parts import MediaPart
from samband.model.failures import Failure
from tests.lync.media_server import FakeServer
from tests.lync.ucwa.media_clients import ON, Seen, gathered
from tests.lync.ucwa.test_guests import admitted
from tests.lync.ucwa.test_lobby import knock
from tests.lync.ucwa.test_meetings_joined import join, meeting
from tests.lync.ucwa.world import WebClient, World, play
from tests.until import until


def test_two_see_each_other(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        before = await alice.now()
        assert (before["availability"], before["state"]) == ("Available", "Disconnected")
        assert set(before["_links"]) == {"self", "conversation", "start"}
        begun = await alice.post("start", status=201)
        assert (begun["state"], begun["participants"], begun["publishing"]) == ("Connected", [], False)
        await bob.post("start", status=201)
        first, second = server.seats
        assert (first.name, second.name, len(server.rooms)) == ("Alice", "Bob", 1)
        await alice.publish()
        shown = (await bob.now())["participants"]
        assert [(one["uri"], one["publishing"]) for one in shown] == [("sip:alice@contoso.test", False)]
        assert "offer" not in await bob.now(), "nothing has arrived at the server"
        first.hear.sends()
        await bob.client.until("audioVideo", "updated")
        assert await bob.answer() == {shown[0]["id"]}
        assert (second.watched, second.answers) == ([first.feed], ["yes from bob"])
        assert "offer" not in await bob.now()
        await bob.publish()
        second.hear.sends()
        await alice.answer()
        assert first.watched == [second.feed]
        second.hear.talking(True)
        assert [one["talking"] for one in (await alice.now())["participants"]] == [True]
        await bob.post("report", {"audio": False, "video": True})
        shown = (await alice.now())["participants"]
        assert [(one["name"], one["audio"], one["video"]) for one in shown] == [("Bob", False, True)]
        await bob.post("stop")
        assert (await alice.now())["participants"] == []
        assert ((await bob.now())["state"], second.left, server.rooms[0].closed) == ("Disconnected", True, False)
        await alice.post("stop")
        await world.settle()
        assert server.rooms[0].closed
        assert len(world.media) == 0

    play(tmp_path, story, server)


def test_one_offer_at_a_time_and_each_answered_once(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob, other = await gathered(world, "alice", "bob", "bob/e2")
        for one in (alice, bob, other):
            await one.post("start", status=201)
        first, second, third = server.seats
        await bob.publish()
        second.hear.sends()
        offer = (await alice.now())["offer"]
        await other.publish()
        third.hear.sends()
        assert (await alice.now())["offer"] == offer
        assert first.watched == [second.feed], "the next is asked for when this one is answered"
        await alice.post("answer", {"number": offer["number"] + 1, "sdp": "x"}, 409)
        await alice.post("answer", {"number": offer["number"], "sdp": "x"})
        await alice.post("answer", {"number": offer["number"], "sdp": "x"}, 409)
        offer = (await alice.now())["offer"]
        assert first.watched == [second.feed, third.feed]
        first.refusing = "answer"
        await alice.post("answer", {"number": offer["number"], "sdp": "no"}, 400)
        again = await alice.now()
        assert (again["generation"], again["offer"]["number"]) == (1, offer["number"] + 1)
        first.unanswered = False
        first.hear.deaf()
        assert (await alice.now())["generation"] == 2
        assert not first.hurried

    play(tmp_path, story, server)


@pytest.mark.parametrize("flows", [True, False])
def test_a_network_that_lets_nothing_through_is_given_up(tmp_path: Path, flows: bool) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        for one in (alice, bob):
            await one.post("start", status=201)
        first, second = server.seats
        await bob.publish()
        second.hear.sends()
        for _ in range(3 * media_parts.MOST_FAILURES):
            first.unanswered = False
            if flows:
                first.hear.receives()
            first.hear.deaf()
        assert ("offer" in await alice.now()) is flows

    play(tmp_path, story, server)


def test_the_server_goes_and_comes_back(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        (alice,) = await gathered(world, "alice")
        await alice.post("start", status=201)
        server.dies()
        await alice.client.until("audioVideo", "updated")
        gone = await alice.now()
        assert (gone["availability"], gone["state"], "start" in gone["_links"]) == (
            "Unavailable",
            "Disconnected",
            False,
        )
        refused = await alice.post("start", status=503)
        assert refused == {"code": "ServiceUnavailable", "message": "Audio and video are not available right now"}
        await alice.post("report", ON, 409)
        server.returns()
        await alice.client.until("audioVideo", "updated")
        await alice.post("start", status=201)
        assert len(server.rooms) == 2
        server.failing = True

    play(tmp_path, story, server)


@pytest.mark.parametrize("how", ["leaves", "is turned out", "the conference ends", "the application ends"])
def test_media_ends_with_the_part_in_the_meeting(tmp_path: Path, how: str) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        for one in (alice, bob):
            await one.post("start", status=201)
        room = next(iter(world.rooms._rooms.values()))
        match how:
            case "leaves":
                await bob.client.ask("DELETE", bob.href.rpartition("/")[0], None, 204)
            case "is turned out":
                world.rooms.expel(room, "alice@contoso.test", "bob@contoso.test")
            case "the conference ends":
                await world.conferences.remove(room.organizer, room.conference.id)
            case "the application ends":
                await bob.client.ask("DELETE", bob.client.root, None, 204)
        async with asyncio.timeout(20):
            while not server.seats[1].left:
                await asyncio.sleep(0.005)
        await world.settle()
        assert server.seats[0].left is (how == "the conference ends")
        assert world.media._listeners.keys() or how == "the conference ends"

    play(tmp_path, story, server)


@pytest.mark.parametrize("how", ["one is turned out", "one leaves", "the conference ends"])
def test_media_follow_the_roster_whoever_holds_them(tmp_path: Path, how: str) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        await gathered(world, "alice", "bob")
        (room,) = world.rooms._rooms.values()
        told: list[str] = []

        async def enter(name: str) -> MediaPart:
            address = f"{name}@contoso.test"
            return await world.media.enter(room.address, room.conference.id, address, lambda: told.append(name))

        alice, bob = await enter("alice"), await enter("bob")
        with pytest.raises(Failure, match="Nobody of this address"):
            await enter("carol")
        match how:
            case "one is turned out":
                world.rooms.expel(room, alice.address, bob.address)
            case "one leaves":
                world.rooms.leave(room, bob.address, next(iter(room.roster.members[bob.address].endpoints)))
            case "the conference ends":
                world.rooms._end(room)
        await world.settle()
        assert (bob.over, server.seats[1].left, "bob" in told) == (True, True, True)
        assert (alice.over, server.rooms[0].closed) == ((how == "the conference ends"),) * 2

    play(tmp_path, story, server)


def test_a_client_whose_network_is_gone_gives_its_seat_up(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        for one in (alice, bob):
            await one.post("start", status=201)
        first, second = server.seats
        second.hear.sends()
        second.hear.lost()
        await world.settle()
        assert (second.left, first.left, first.watched) == (True, False, []), "who left is not asked for any more"
        assert [(await one.now())["state"] for one in (alice, bob)] == ["Connected", "Disconnected"]
        await bob.post("start", status=201)
        server.seats[2].hear.sends()
        await alice.answer()
        assert first.watched == [server.seats[2].feed]

    play(tmp_path, story, server)


@pytest.mark.parametrize("how", ["the conversation", "the meeting"])
def test_whoever_leaves_while_they_enter_has_no_media(tmp_path: Path, how: str) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        others = ["bob/e2"] if how == "the conversation" else []
        alice, bob, *_ = await gathered(world, "alice", "bob", *others)
        await alice.post("start", status=201)
        slow = server.rooms[0].slow = asyncio.Event()
        starting = asyncio.ensure_future(bob.client.send("POST", f"{bob.href}/start", {}))
        await world.settle()
        await bob.client.ask("DELETE", bob.href.rpartition("/")[0], None, 204)
        slow.set()
        assert (await starting).status in (404, 409)
        await world.settle()
        assert (server.seats[1].left, len(world.media)) == (True, 1)

    play(tmp_path, story, server)


def test_what_could_not_be_watched_is_asked_for_again(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        for one in (alice, bob):
            await one.post("start", status=201)
        first, second = server.seats
        first.refusing = "watch"
        second.hear.sends()
        await until(lambda: first.refused >= 3)
        first.refusing = ""
        await until(lambda: bool(first.watched))
        await alice.answer()
        assert first.watched == [second.feed]

    with mock.patch.object(media_parts, "AGAIN", 0.001), mock.patch.object(media_parts, "MOST_AGAIN", 0.002):
        play(tmp_path, story, server)


def test_feeds_of_who_left_are_forgotten(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await alice.post("start", status=201)
        (mine,) = next(iter(world.media._meetings.values())).parts
        for _ in range(3):
            await bob.post("start", status=201)
            server.seats[-1].hear.sends()
            await alice.answer()
            assert set(mine._watched) == {server.seats[-1].feed}
            await bob.post("stop")
            assert set(mine._watched) == set()
        assert server.seats[0].watched == [seat.feed for seat in server.seats[1:]]

    play(tmp_path, story, server)


@pytest.mark.parametrize("how", ["opens the room", "enters it", "waits for who opens it"])
def test_who_gives_up_asking_for_a_seat_takes_none(tmp_path: Path, how: str) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        slow = asyncio.Event()
        if how == "enters it":
            await alice.post("start", status=201)
            server.rooms[0].slow = slow
        else:
            server.slow = slow
        before = len(world.media)
        other = asyncio.ensure_future(alice.post("start", status=201)) if how.startswith("waits") else None
        await world.settle()
        starting = asyncio.ensure_future(bob.client.send("POST", f"{bob.href}/start", {}))
        await world.settle()
        starting.cancel()
        await asyncio.gather(starting, return_exceptions=True)
        assert len(world.media) == before + (other is not None), "nobody is shown who has no seat"
        slow.set()
        await world.settle()
        if other is not None:
            await other
        assert [seat.name for seat in server.seats if not seat.left] == ["Alice"] * len(world.media)
        assert server.rooms[0].closed is (how == "opens the room")
        await bob.post("start", status=201)
        assert (await bob.now())["state"] == "Connected"

    play(tmp_path, story, server)


def test_a_server_that_breaks_its_word_seats_nobody(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await alice.post("start", status=201)
        with mock.patch.object(server.rooms[0], "enter", side_effect=ValueError("a number that is none")):
            await asyncio.gather(bob.client.send("POST", f"{bob.href}/start", {}), return_exceptions=True)
        assert (await alice.now())["participants"] == []
        assert len(world.media) == 1

    play(tmp_path, story, server)


def test_who_is_not_in_the_meeting_gets_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await alice.client.ask("GET", bob.href, None, 404)
        await bob.client.ask("GET", alice.href.replace(alice.client.root, bob.client.root), None, 404)

    play(tmp_path, story, FakeServer())


@pytest.mark.parametrize(
    ("name", "body", "status"),
    [
        ("publish", {"sdp": "", **ON}, 400),
        ("publish", {"sdp": 7, **ON}, 400),
        ("publish", {"sdp": "x" * 60_000, **ON}, 400),
        ("publish", {"sdp": "x", "audio": 1, "video": True}, 400),
        ("answer", {"number": -1, "sdp": "x"}, 400),
        ("answer", {"number": 1}, 400),
        ("report", {"audio": True}, 400),
        ("unknown", {}, 404),
    ],
)
def test_requests_that_mean_nothing(tmp_path: Path, name: str, body: Any, status: int) -> None:
    async def story(world: World) -> None:
        (alice,) = await gathered(world, "alice")
        await alice.post("start", status=201)
        refused = await alice.post(name, body, status)
        assert refused["message"]
        await alice.client.ask("GET", f"{alice.href}/start", None, 405)

    play(tmp_path, story, FakeServer())


def test_a_meeting_in_writing_says_so(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        (alice,) = await gathered(world, "alice")
        shown = await alice.now()
        assert (shown["availability"], set(shown["_links"])) == ("TextOnly", {"self", "conversation"})
        await alice.post("start", status=404)

    play(tmp_path, story)


def test_credentials_of_the_relay(tmp_path: Path) -> None:
    """A name with its end, and the HMAC of it, as coturn computes it."""

    async def story(world: World) -> None:
        (alice,) = await gathered(world, "alice")
        assert "iceServers" not in await alice.now()
        (server,) = (await alice.post("start", status=201))["iceServers"]
        until, _, name = server["username"].partition(":")
        assert (int(until), name) == (int(world.site.clock.time().timestamp()) + 8 * 3600, "alice@contoso.test")
        mac = hmac.digest(b"secret", server["username"].encode(), hashlib.sha1)
        assert (server["urls"], server["credential"]) == (["turn:turn.test"], base64.b64encode(mac).decode())

    play(tmp_path, story, FakeServer())


def test_a_guest_has_the_relay_for_an_hour_and_while_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        made = await meeting(alice)
        await join(alice, made["onlineMeetingUri"])
        ann = await knock(world, made, "Ann", await admitted(world, made))
        shown = (await ann.ask("GET", "communication/conversations"))["_embedded"]["conversation"][0]
        seen = Seen(ann, f"{shown['_links']['self']['href']}/audioVideo")
        await ann.ask("GET", seen.href, None, 404)
        await seen.post("start", status=404)
        (room,) = world.rooms._rooms.values()
        (guest,) = room.roster.lobby
        world.rooms.judge(room, "alice@contoso.test", guest, True)
        await world.settle()
        assert "iceServers" not in await seen.now()
        (server,) = (await seen.post("start", status=201))["iceServers"]
        until, _, name = server["username"].partition(":")
        assert (int(until), name) == (int(world.site.clock.time().timestamp()) + 3600, guest)
        world.rooms.expel(room, "alice@contoso.test", guest)
        await world.settle()
        await ann.ask("GET", seen.href, None, 404)

    play(tmp_path, story, FakeServer())
