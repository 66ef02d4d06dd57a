"""A conversation of two becomes a meeting of three, and what happens where it does not."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any
from unittest import mock

from samband.lync.actions.conferences import Conferences
from samband.model.failures import Failure
from tests.lync.ucwa.test_messaging import connected, invited, say, text_of
from tests.lync.ucwa.world import WebClient, World, link, play, two
from tests.trust.fakes import person

BOB, DAVE = "sip:bob@contoso.test", "sip:dave@contoso.test"


async def third(world: World) -> WebClient:
    world.site.people.put(person("dave"))
    await world.site.passwords.set("guid-dave", "x")
    dave = WebClient(world, "dave")
    await dave.available()
    return dave


async def conversation_of(client: WebClient, messaging: Any) -> Any:
    return await client.ask("GET", link(messaging, "conversation"))


async def follow(client: WebClient) -> Any:
    """Accept an invitation to a meeting and add messaging; the messaging."""
    told = (await client.until("onlineMeetingInvitation", "started"))["_embedded"]["onlineMeetingInvitation"]
    assert (told["direction"], told["subject"]) == ("Incoming", "tea")
    await client.ask("POST", link(told, "accept"), status=204)
    assert (await client.until("onlineMeetingInvitation", "completed"))["status"] == "Success"
    conversation = await client.ask("GET", link(told, "conversation"))
    messaging = await client.ask("GET", link(conversation, "messaging"))
    await client.ask("POST", link(messaging, "addMessaging"), {"operationId": "a"}, 201)
    return (await client.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]


def test_two_become_three(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        dave = await third(world)
        here, there = await connected(alice, bob)
        conversation = await conversation_of(alice, here)
        await alice.ask("POST", link(conversation, "addParticipant"), {"to": DAVE, "operationId": "p"}, 201)
        assert (await alice.until("participantInvitation", "started", operationId="p"))["sender"] == "communication"
        await alice.until("conversation", "updated", state="Conferencing")
        await alice.until("conversation", "updated", state="Conferenced")
        messaging = (await alice.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        assert link(messaging, "conversation") == link(conversation, "self"), "it is the same one"
        await bob.until("conversation", "deleted")
        his, theirs = await follow(bob), await follow(dave)
        assert (await alice.until("participantInvitation", "completed"))["status"] == "Success"
        people = await alice.ask("GET", link(conversation, "participants"))
        found = [one["uri"] for one in people["_embedded"]["participant"]]
        assert (found[0], sorted(found[1:])) == ("sip:alice@contoso.test", [BOB, DAVE])
        await say(alice, messaging, "now we are three")
        for one in (bob, dave):
            assert text_of(await one.until("message", "completed", direction="Incoming")) == "now we are three"
        await say(dave, theirs, "hello")
        for one in (alice, bob):
            assert text_of(await one.until("message", "completed", direction="Incoming")) == "hello"
        await say(bob, his, "hello dave")
        assert text_of(await dave.until("message", "completed", direction="Incoming")) == "hello dave"
        shown = await alice.ask("GET", link(await conversation_of(alice, messaging), "onlineMeeting"))
        assert shown["organizerUri"] == "sip:alice@contoso.test"
        assert link(there, "self") != link(his, "self")

    play(tmp_path, story)


def test_where_there_is_no_meeting_two_go_on(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        here, there = await connected(alice, bob)
        where = link(await conversation_of(alice, here), "addParticipant")
        with mock.patch.object(Conferences, "add", side_effect=Failure("LimitExceeded", "There are too many")):
            await alice.ask("POST", where, {"to": DAVE}, 409)
        failed = await alice.until("participantInvitation", "completed")
        assert (failed["status"], failed["reason"]["subcode"]) == ("Failure", "EscalationFailed")
        gone = "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:NOTHING"
        with mock.patch("samband.lync.ucwa.escalation.ConferenceAddress", side_effect=lambda *_: gone):
            await alice.ask("POST", where, {"to": DAVE}, 201)
            assert (await alice.until("participantInvitation", "completed"))["status"] == "Failure"
        again = await conversation_of(alice, here)
        assert (again["state"], again["activeModalities"]) == ("Connected", ["Messaging"])
        await say(alice, here, "still two")
        assert text_of(await bob.until("message", "completed", direction="Incoming")) == "still two"
        await say(bob, there, "yes")
        assert text_of(await alice.until("message", "completed", direction="Incoming")) == "yes"
        assert len(world.endpoints) == 2

    play(tmp_path, story)


def test_a_request_that_is_cut_off_leaves_no_invitation(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        here, there = await connected(alice, bob)
        where = link(await conversation_of(alice, here), "addParticipant")
        reached = asyncio.Event()

        async def never(*_: object, **__: object) -> None:
            reached.set()
            await asyncio.Event().wait()

        with mock.patch.object(Conferences, "add", never):
            asking = asyncio.create_task(alice.send("POST", where, {"to": DAVE}))
            await reached.wait()
            asking.cancel()
            assert isinstance((await asyncio.gather(asking, return_exceptions=True))[0], asyncio.CancelledError)
        told = await alice.until("participantInvitation", "completed")
        assert (told["status"], told["reason"]["subcode"]) == ("Failure", "EscalationFailed")
        await alice.ask("GET", link(told["_embedded"]["participantInvitation"], "self"), status=404)
        await say(bob, there, "still here?")
        assert text_of(await alice.until("message", "completed", direction="Incoming")) == "still here?"

    play(tmp_path, story)


def test_whom_nobody_can_ask(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        _, invitation = await invited(alice, bob)
        waiting = await bob.ask("GET", link(invitation, "conversation"))
        assert "addParticipant" not in waiting["_links"]
        await bob.ask("POST", f"{link(waiting, 'self')}/addParticipant", {"to": DAVE}, 403)
        await bob.ask("POST", link(invitation, "accept"), status=204)
        here = (await bob.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        where = link(await conversation_of(bob, here), "addParticipant")
        for to in (BOB, "sip:alice@contoso.test", "x", ""):
            await bob.ask("POST", where, {"to": to}, 400)
        await bob.ask("GET", where, status=405)

    play(tmp_path, story)
