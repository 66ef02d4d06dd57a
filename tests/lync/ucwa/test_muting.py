"""Who mutes whom in a meeting with sound and pictures, and what everybody sees of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.lync.media_server import FakeServer
from tests.lync.ucwa.media_clients import ON, Seen, gathered
from tests.lync.ucwa.world import World, link, play
from tests.until import until


async def sending(server: FakeServer, *people: Seen) -> None:
    """All begin, send and are watched."""
    for one in people:
        await one.post("start", status=201)
        await one.publish()
        server.seats[-1].hear.sends()


def conversation(seen: Seen) -> str:
    return seen.href.rpartition("/")[0]


async def audio_of(seen: Seen, name: str, rel: str = "participantAudio") -> Any:
    """What somebody is shown of somebody's sound, by the links of the roster."""
    found = await seen.client.ask("GET", f"{conversation(seen)}/participants")
    people = {one["uri"].partition(":")[2].partition("@")[0]: one for one in found["_embedded"]["participant"]}
    return await seen.client.ask("GET", link(people[name], rel))


def links(resource: Any) -> set[str]:
    return set(resource["_links"]) - {"self", "participant"}


def test_a_presenter_mutes_an_attendee_who_may_speak_again(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await sending(server, alice, bob)
        added = await alice.client.until("participantAudio", "added", audioSourceId="bob@contoso.test")
        assert added["in"]["rel"] == "participant"
        assert added["sender"] == "conversation"
        his = await audio_of(alice, "bob")
        assert (his["audioDirection"], his["audioMuted"], links(his)) == ("SendReceive", False, {"muteAudio"})
        await alice.client.ask("POST", link(his, "muteAudio"), status=204)
        assert server.seats[1].muted == {"audio"}
        assert server.seats[0].muted == set()
        for one in (alice, bob):
            event = await one.client.until("participantAudio", "updated", audioMuted=True)
            rel = "participant" if one is alice else "localParticipant"
            assert event["in"]["rel"] == rel
        assert links(await audio_of(alice, "bob")) == {"unmuteAudio"}
        assert [one["audio"] for one in (await alice.now())["participants"]] == [False]
        shown = await bob.now()
        assert (shown["muted"], shown["timesMuted"]["audio"], shown["mayUnmute"]) == (["audio"], 1, True)
        await bob.post("report", {"audio": True, "video": False})
        assert server.seats[1].muted == {"audio"}, "it was on before"
        await bob.post("report", {"audio": False, "video": False})
        await bob.post("report", {"audio": True, "video": False})
        assert server.seats[1].muted == set(), "he has turned it on himself"
        await alice.client.ask("POST", link(await audio_of(alice, "bob"), "muteAudio"), status=204)
        await bob.client.ask("POST", link(await audio_of(bob, "bob"), "unmuteAudio"), status=204)
        assert server.seats[1].muted == set()
        assert not (await audio_of(alice, "bob"))["audioMuted"]

    play(tmp_path, story, server)


def test_an_attendee_mutes_nobody_else(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await sending(server, alice, bob)
        hers = await audio_of(bob, "alice")
        assert links(hers) == set()
        refused = await bob.client.ask("POST", f"{link(hers, 'self')}/muteAudio", status=403)
        assert refused["code"] == "Forbidden"
        await bob.client.ask("POST", f"{link(hers, 'self')}/muteVideo", status=404)
        await bob.client.ask("GET", f"{link(hers, 'self')}/muteAudio", status=405)
        await bob.client.ask("POST", link(await audio_of(bob, "bob"), "muteAudio"), status=204)
        assert (server.seats[0].muted, server.seats[1].muted) == (set(), {"audio"})
        await bob.post("stop")
        await alice.client.until("participantAudio", "deleted")
        await alice.client.ask("GET", link(await alice.client.ask("GET", conversation(alice)), "participants"))
        gone = link(hers, "self").replace("alice@", "bob@")
        await bob.client.ask("GET", gone, status=404)

    play(tmp_path, story, server)


def test_pictures_are_turned_off_too(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await sending(server, bob)
        his = await audio_of(alice, "bob", "participantVideo")
        assert (his["videoDirection"], his["videoMuted"], links(his)) == ("SendReceive", False, {"muteVideo"})
        await alice.client.ask("POST", link(his, "muteVideo"), status=204)
        assert server.seats[0].muted == {"video"}
        assert (await bob.now())["timesMuted"] == {"audio": 0, "video": 1}
        await alice.client.ask(
            "POST", link(await audio_of(alice, "bob", "participantVideo"), "unmuteVideo"), status=204
        )
        assert server.seats[0].muted == set()

    play(tmp_path, story, server)


def test_all_attendees_are_muted_until_the_lock_is_off(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await sending(server, alice, bob)
        before = await alice.client.ask("GET", conversation(alice))
        assert before["audienceMute"] == "Disabled"
        assert "enableAudienceMuteLock" not in (await bob.client.ask("GET", conversation(bob)))["_links"]
        await bob.client.ask("POST", f"{conversation(bob)}/enableAudienceMuteLock", status=403)
        await alice.client.ask("POST", link(before, "enableAudienceMuteLock"), status=204)
        event = await bob.client.until("conversation", "updated", audienceMute="Enabled")
        assert "disableAudienceMuteLock" not in event["_embedded"]["conversation"]["_links"]
        assert [seat.muted for seat in server.seats] == [set(), {"audio"}]
        his = await audio_of(bob, "bob")
        assert (his["audioMuted"], links(his)) == (True, set())
        refused = await bob.client.ask("POST", f"{link(his, 'self')}/unmuteAudio", status=403)
        assert refused["message"] == "A presenter has muted everybody"
        await bob.post("report", {"audio": False, "video": True})
        await bob.post("report", ON)
        assert server.seats[1].muted == {"audio"}
        await bob.post("start", status=201)
        shown = await bob.now()
        assert (shown["muted"], shown["timesMuted"]["audio"], shown["mayUnmute"]) == (["audio"], 1, False)
        await bob.publish()
        assert server.seats[2].muted == {"audio"}, "whoever comes while the lock is on is muted"
        await alice.client.ask("POST", link(await audio_of(alice, "bob"), "unmuteAudio"), status=204)
        assert server.seats[2].muted == set(), "a presenter lets one speak"
        await alice.client.ask("POST", link(await audio_of(alice, "bob"), "muteAudio"), status=204)
        after = await alice.client.ask("GET", conversation(alice))
        await alice.client.ask("POST", link(after, "disableAudienceMuteLock"), status=204)
        await bob.client.until("conversation", "updated", audienceMute="Disabled")
        assert server.seats[2].muted == set()
        assert (await bob.now())["mayUnmute"]

    play(tmp_path, story, server)


def test_whoever_comes_under_the_lock_is_muted_once(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await sending(server, alice, bob)
        people = await alice.client.ask("GET", f"{conversation(alice)}/participants")
        his = next(one for one in people["_embedded"]["participant"] if "bob" in one["uri"])
        await alice.client.ask("POST", link(his, "promote"), status=204)
        shown = await alice.client.ask("GET", conversation(alice))
        await alice.client.ask("POST", link(shown, "enableAudienceMuteLock"), status=204)
        assert server.seats[1].muted == set(), "presenters are not muted"
        his = await alice.client.ask("GET", link(his, "self"))
        await alice.client.ask("POST", link(his, "demote"), status=204)
        await until(lambda: server.seats[1].muted == {"audio"})
        assert not (await bob.now())["mayUnmute"]
        await alice.client.ask("POST", link(await audio_of(alice, "bob"), "unmuteAudio"), status=204)
        messaging = f"{conversation(bob)}/messaging/addMessaging"
        await bob.client.ask("POST", messaging, {}, 201)
        await alice.client.until("participantMessaging", "added")
        await world.settle()
        assert server.seats[1].muted == set(), "another change of the roster is none of the role"

    play(tmp_path, story, server)


def test_what_the_media_server_does_not_do_is_said(tmp_path: Path) -> None:
    server = FakeServer()

    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        await sending(server, alice, bob)
        server.seats[1].refusing = "mute"
        his = await audio_of(alice, "bob")
        refused = await alice.client.ask("POST", link(his, "muteAudio"), status=503)
        assert refused["message"] == "The media server does not do it right now"
        assert not (await audio_of(alice, "bob"))["audioMuted"]

    play(tmp_path, story, server)


def test_meetings_in_writing_have_nothing_to_mute(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await gathered(world, "alice", "bob")
        shown = await alice.client.ask("GET", conversation(alice))
        assert "audienceMute" not in shown
        assert "enableAudienceMuteLock" not in shown["_links"]
        there = f"{conversation(alice)}/participants/bob@contoso.test/participantAudio"
        await alice.client.ask("GET", there, status=404)
        await bob.client.ask("POST", f"{there}/muteAudio", status=404)

    play(tmp_path, story)
