"""Text meetings joined from the browser: let in, roster, chat, typing, leaving, turned out; and refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from samband.wire.conference.invitation import InvitationDocument, write_invitation
from samband.wire.conference.names import INVITATION_TYPE
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.sides import Client
from tests.lync.ucwa.test_messaging import say, text_of
from tests.lync.ucwa.world import WebClient, World, link, play, two


async def meeting(client: WebClient, **terms: Any) -> Any:
    body = {"subject": "plans", "attendees": ["sip:bob@contoso.test"], **terms}
    return await client.ask("POST", link(client.part("onlineMeetings"), "myOnlineMeetings"), body)


async def join(client: WebClient, uri: str) -> Any:
    """Join; the conversation once it is conferenced."""
    where = link(await client.read("communication"), "joinOnlineMeeting")
    answer = await client.send("POST", where, {"onlineMeetingUri": uri, "operationId": "j1"})
    assert answer.status == 201, answer.content
    done = await client.until("onlineMeetingInvitation", "completed")
    assert done["status"] == "Success", done
    invitation = done["_embedded"]["onlineMeetingInvitation"]
    assert (invitation["operationId"], invitation["onlineMeetingUri"]) == ("j1", uri.removeprefix("conf:"))
    return await client.ask("GET", link(invitation, "conversation"))


async def chat(client: WebClient, conversation: Any) -> Any:
    """Add messaging to a conversation; the messaging once it is connected."""
    messaging = await client.ask("GET", link(conversation, "messaging"))
    assert messaging["state"] == "Disconnected"
    assert "sendMessage" not in messaging["_links"]
    await client.send("POST", link(messaging, "addMessaging"), {"operationId": "a1"})
    done = await client.until("messagingInvitation", "completed")
    assert (done["status"], done["_embedded"]["messagingInvitation"]["operationId"]) == ("Success", "a1")
    return (await client.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]


def test_two_in_a_meeting(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        made = await meeting(alice)
        here = await join(alice, made["onlineMeetingUri"])
        assert (here["state"], here["subject"]) == ("Conferenced", "plans")
        assert (await alice.ask("GET", link(here, "onlineMeeting")))["onlineMeetingUri"] == made["onlineMeetingUri"]
        there = await join(bob, made["legacyOnlineMeetingUri"])
        added = await alice.until("participant", "added")
        assert added["_embedded"]["participant"]["uri"] == "sip:bob@contoso.test"
        people = await bob.ask("GET", link(there, "participants"))
        assert [one["uri"] for one in people["_embedded"]["participant"]] == [
            "sip:bob@contoso.test",
            "sip:alice@contoso.test",
        ]
        ours, theirs = await chat(alice, here), await chat(bob, there)
        await say(alice, ours, "welcome")
        got = await bob.until("message", "completed", direction="Incoming")
        assert text_of(got) == "welcome"
        assert link(got["_embedded"]["message"], "participant").endswith("/participants/alice@contoso.test")
        assert (await alice.until("message", "completed"))["status"] == "Success"
        await bob.ask("POST", link(theirs, "setIsTyping"), status=204)
        assert (await alice.until("participant", "added"))["in"]["rel"] == "typingParticipants"
        await say(bob, theirs, "thanks")
        assert text_of(await alice.until("message", "completed", direction="Incoming")) == "thanks"
        await bob.ask("POST", link(theirs, "stopMessaging"), status=204)
        await bob.until("messaging", "updated", state="Disconnected")
        await chat(bob, there)
        await bob.ask("DELETE", link(there, "self"), status=204)
        left = await alice.until("participant", "deleted")
        assert left["link"]["href"].endswith("/participants/bob@contoso.test")
        await bob.until("conversation", "deleted")
        await alice.ask("DELETE", made["_links"]["self"]["href"], status=204)
        await alice.until("conversation", "deleted")
        await world.settle()
        assert not world.rooms._rooms
        assert len(world.rooms._changed) == 5, "those of the doors and of media, and nobody's who has left"

    play(tmp_path, story)


def test_an_endpoint_that_goes_is_out(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        made = await meeting(alice)
        await chat(alice, await join(alice, made["onlineMeetingUri"]))
        assert len(world.rooms) == 1
        await alice.ask("DELETE", alice.root, status=204)
        await world.settle()
        assert len(world.rooms) == 0

    play(tmp_path, story)


def asked_in(bob: Client, focus: str, text: bool = True) -> SipRequest:
    """Bob's client asks alice into a meeting."""
    body = write_invitation(InvitationDocument(focus, "plans", text)).encode()
    asked = bob.request("INVITE", "sip:alice@contoso.test", body=body, Content_Type=INVITATION_TYPE)
    bob.send(asked.put("Contact", f"<{bob.contact}>"))
    return asked


def test_an_invitation_is_followed_declined_or_taken_back(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        focus = (await meeting(alice))["onlineMeetingUri"]
        bob = world.plain("bob")

        async def told() -> Any:
            event = await alice.until("onlineMeetingInvitation", "started", direction="Incoming")
            invitation = event["_embedded"]["onlineMeetingInvitation"]
            assert (invitation["subject"], invitation["onlineMeetingUri"]) == ("plans", focus)
            assert invitation["_embedded"]["from"]["uri"] == "sip:bob@contoso.test"
            bob.inbox()
            return invitation

        asked_in(bob, focus)
        await alice.ask("POST", link(await told(), "decline"), status=204)
        await world.settle()
        assert bob.take_response().status == 603
        await alice.until("conversation", "deleted")
        asked = asked_in(bob, focus)
        invitation = await told()
        cancel = SipRequest("CANCEL", asked.uri, {**asked.headers, "CSeq": ["1 CANCEL"]})
        for name in ("Content-Type", "Contact"):
            cancel.drop(name)
        bob.send(cancel)
        done = await alice.until("onlineMeetingInvitation", "completed")
        assert (done["status"], done["reason"]["subcode"]) == ("Failure", "Canceled")
        await world.settle()
        assert [one.status for one in bob.inbox() if isinstance(one, SipResponse)] == [200, 487]
        await alice.ask("POST", link(invitation, "accept"), status=404)
        asked_in(bob, focus)
        await alice.ask("POST", link(await told(), "accept"), status=204)
        assert (await alice.until("onlineMeetingInvitation", "completed"))["status"] == "Success"
        assert bob.take_response().status == 200
        for wrong, text in (("sip:x@contoso.test", True), (focus, False), ("", True)):
            asked_in(bob, wrong, text)
            await world.settle()
            assert [one.status for one in bob.inbox() if isinstance(one, SipResponse)][-1] == 488

    play(tmp_path, story)


REFUSED = ["sip:alice@contoso.test", "x", "sip:alice@contoso.test;gruu;opaque=app:conf:chat:id:AB", "", "x" * 600]


def test_what_is_no_meeting(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        where = link(await alice.read("communication"), "joinOnlineMeeting")
        for uri in REFUSED:
            refused = await alice.ask("POST", where, {"onlineMeetingUri": uri}, 400)
            assert refused["subcode"] == "ParameterValidationFailure", uri

    play(tmp_path, story)


def test_meetings_that_let_nobody_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, bob = await two(world)
        where = link(await bob.read("communication"), "joinOnlineMeeting")
        await bob.send("POST", where, {"onlineMeetingUri": "sip:alice@contoso.test;gruu;opaque=app:conf:focus:id:NO"})
        done = await bob.until("onlineMeetingInvitation", "completed")
        assert (done["status"], done["reason"]["code"]) == ("Failure", "NotFound")
        await bob.until("conversation", "deleted")
        shy = WebClient(world, "bob", "e2")
        await shy.begin()
        assert "joinOnlineMeeting" not in (await shy.read("communication"))["_links"]
        refused = await shy.ask("POST", "communication/onlineMeetingInvitations", {}, 409)
        assert refused["subcode"] == "MakeMeAvailableRequired"

    play(tmp_path, story)


def test_somebody_is_asked_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        here = await join(alice, (await meeting(alice))["onlineMeetingUri"])
        where = link(here, "addParticipant")

        async def ask(to: str = "sip:bob@contoso.test") -> Any:
            answer = await alice.send("POST", where, {"to": to, "operationId": "p1"})
            assert answer.status == 201, answer.content
            started = (await alice.until("participantInvitation", "started"))["_embedded"]["participantInvitation"]
            assert (started["state"], started["to"], started["operationId"]) == ("Connecting", to, "p1")
            return started

        await ask()
        told = (await bob.until("onlineMeetingInvitation", "started"))["_embedded"]["onlineMeetingInvitation"]
        assert (told["subject"], told["direction"]) == ("plans", "Incoming")
        await bob.ask("POST", link(told, "accept"), status=204)
        assert (await alice.until("participantInvitation", "completed"))["status"] == "Success"
        assert (await bob.until("onlineMeetingInvitation", "completed"))["status"] == "Success"
        await alice.until("participant", "added", uri="sip:bob@contoso.test")
        await ask()
        told = (await bob.until("onlineMeetingInvitation", "started"))["_embedded"]["onlineMeetingInvitation"]
        await bob.ask("POST", link(told, "decline"), status=204)
        assert (await alice.until("participantInvitation", "completed"))["reason"]["subcode"] == "Declined"
        waiting = await ask()
        assert (await alice.ask("GET", link(waiting, "self")))["to"] == "sip:bob@contoso.test"
        await alice.ask("POST", link(waiting, "cancel"), status=204)
        assert (await alice.until("participantInvitation", "completed"))["reason"]["subcode"] == "Canceled"
        await bob.until("onlineMeetingInvitation", "completed")
        await alice.ask("GET", link(waiting, "self"), status=404)
        await ask("sip:nobody@contoso.test")
        assert (await alice.until("participantInvitation", "completed"))["reason"]["code"] == "NotFound"
        for wrong in ({}, {"to": "x"}, {"to": "sip:alice@contoso.test"}):
            await alice.ask("POST", where, wrong, 400)

    play(tmp_path, story)
