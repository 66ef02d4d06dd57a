"""Whoever asked for no events for long comes back to an application that holds nothing any more, and is told so."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.lync.ucwa.test_messaging import connected, say
from tests.lync.ucwa.world import WebClient, World, link, play, two

ALICE = "alice@contoso.test"


def rels(events: list[Any], kind: str) -> list[str]:
    return [one["link"]["rel"] for one in events if one["type"] == kind]


def test_what_is_transient_is_over_and_the_others_hear_of_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        here, _ = await connected(alice, bob)
        subscriptions = link(bob.part("people"), "presenceSubscriptions")
        await bob.ask("POST", subscriptions, {"duration": 30, "uris": [f"sip:{ALICE}"]}, 201)
        await bob.poll()
        world.later(200)
        await bob.ask("GET", bob.root)
        for session, _ in list(world.sessions._all()):
            if session.path == alice.root:
                world.sessions.heard(session)
        world.later(101)
        await world.settle()
        assert (await alice.until("conversation", "deleted"))["link"]["href"] == link(here, "conversation")
        assert len(world.endpoints) == 1
        assert not world.presence.find(ALICE).audience.groups  # type: ignore[union-attr]
        events = await bob.poll()
        assert bob.leads == "resume"
        assert rels(events, "updated") == ["communication", "me"]
        assert rels(events, "deleted") == ["presence", "note", "location"]
        assert not (await bob.ask("GET", subscriptions))["_embedded"]["presenceSubscription"]
        communication = await bob.read("communication")
        assert "startMessaging" not in communication["_links"]
        found = await bob.ask("GET", link(communication, "conversations"))
        assert found["_embedded"]["conversation"] == []
        await bob.ask(
            "POST", link(await bob.read("me"), "makeMeAvailable"), {"supportedModalities": ["Messaging"]}, 204
        )
        assert rels(await bob.poll(), "added") == ["presence", "note", "location"]
        assert bob.leads == "next"
        here, _ = await connected(alice, bob)
        await say(alice, here, "back?")
        await bob.until("message", "completed")

    play(tmp_path, story)


def test_whoever_held_nothing_goes_on(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bob = WebClient(world, "bob")
        await bob.begin()
        world.later(400)
        assert await bob.poll() == []
        assert bob.leads == "next"

    play(tmp_path, story)
