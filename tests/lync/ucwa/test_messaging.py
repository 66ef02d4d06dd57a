"""Conversations: asked for, accepted, declined, taken back, spoken in, ended; with web, Lync and plain SIP clients."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from samband.wire.ucwa.messages import read_data
from tests.lync.ucwa.world import WebClient, World, link, play, two
from tests.trust.fakes import person


def text_of(event: Any) -> str:
    links = event["_embedded"]["message"]["_links"]
    return read_data((links.get("plainMessage") or links["htmlMessage"])["href"])[1]


def to(name: str, text: str = "", **more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"to": f"sip:{name}@contoso.test", "subject": "tea", "operationId": "op", **more}
    if text:
        data = base64.b64encode(text.encode()).decode()
        body["_links"] = {"message": {"href": f"data:text/plain;base64,{data}"}}
    return body


async def invited(caller: WebClient, callee: WebClient, text: str = "") -> tuple[str, Any]:
    """Where the invitation is for its caller, and what its receiver is told."""
    start = link(await caller.read("communication"), "startMessaging")
    answer = await caller.send("POST", start, to(callee.name, text))
    assert answer.status == 201, answer.content
    event = await callee.until("messagingInvitation", "started", direction="Incoming")
    return dict(answer.headers)["Location"], event["_embedded"]["messagingInvitation"]


async def connected(caller: WebClient, callee: WebClient, text: str = "") -> tuple[Any, Any]:
    """A conversation of two, as the messaging of each."""
    _, invitation = await invited(caller, callee, text)
    await callee.ask("POST", link(invitation, "accept"), status=204)
    there = await callee.until("messaging", "updated", state="Connected")
    done = await caller.until("messagingInvitation", "completed")
    assert (done["status"], done["_embedded"]["messagingInvitation"]["operationId"]) == ("Success", "op")
    here = await caller.until("messaging", "updated", state="Connected")
    return here["_embedded"]["messaging"], there["_embedded"]["messaging"]


async def say(client: WebClient, messaging: Any, text: str, kind: str = "text/plain") -> None:
    where = f"{link(messaging, 'sendMessage')}?OperationContext=m1"
    await client.ask("POST", where, text.encode(), 201, Content_Type=f"{kind}; charset=utf-8")


def test_a_conversation_of_two(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        _, invitation = await invited(alice, bob, "Hi Tosh å\n")
        assert invitation["subject"] == "tea"
        assert read_data(link(invitation, "message")) == ("text/plain", "Hi Tosh å\n")
        assert invitation["_embedded"]["from"]["uri"] == "sip:alice@contoso.test"
        started = await alice.until("messagingInvitation", "started", direction="Outgoing")
        assert started["_embedded"]["messagingInvitation"]["state"] == "Connecting"
        assert (await alice.until("conversation", "added"))["sender"] == "communication"
        assert (await alice.until("localParticipant", "added"))["sender"] == "conversation"
        await bob.ask("POST", link(invitation, "accept"), status=204)
        messaging = (await alice.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        theirs = (await bob.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        await say(alice, messaging, "one & two")
        got = await bob.until("message", "completed")
        assert (text_of(got), got["_embedded"]["message"]["direction"]) == ("one & two", "Incoming")
        sent = await alice.until("message", "completed")
        assert (sent["status"], sent["_embedded"]["message"]["operationId"]) == ("Success", "m1")
        await bob.ask("POST", link(theirs, "setIsTyping"), status=204)
        typing = await alice.until("participant", "added", sender="conversation")
        assert typing["in"]["rel"] == "typingParticipants"
        found = await alice.ask("GET", link(messaging, "typingParticipants"))
        assert [one["uri"] for one in found["_embedded"]["participant"]] == ["sip:bob@contoso.test"]
        await say(bob, theirs, "three")
        assert (await alice.until("participant", "deleted"))["in"]["rel"] == "typingParticipants"
        assert text_of(await alice.until("message", "completed")) == "three"
        conversation = await alice.ask("GET", link(messaging, "conversation"))
        assert (conversation["state"], conversation["activeModalities"]) == ("Connected", ["Messaging"])
        people = await alice.ask("GET", link(conversation, "participants"))
        assert [one["local"] for one in people["_embedded"]["participant"]] == [True, False]
        await alice.ask("POST", link(messaging, "stopMessaging"), status=204)
        await bob.until("messaging", "updated", state="Disconnected")
        await bob.until("conversation", "deleted")
        await alice.ask("GET", link(messaging, "self"), status=404)
        assert not (await bob.ask("GET", link(await bob.read("communication"), "conversations")))["_embedded"][
            "conversation"
        ]

    play(tmp_path, story)


def test_declined_taken_back_and_nobody_there(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        _, invitation = await invited(alice, bob)
        await bob.ask("POST", link(invitation, "decline"), status=204)
        done = await alice.until("messagingInvitation", "completed")
        assert (done["status"], done["reason"]["subcode"]) == ("Failure", "Declined")
        here, invitation = await invited(alice, bob)
        await alice.ask("POST", link(await alice.ask("GET", here), "cancel"), status=204)
        done = await bob.until("messagingInvitation", "completed")
        assert (done["status"], done["reason"]["subcode"]) == ("Failure", "Canceled")
        await bob.ask("POST", link(invitation, "accept"), status=404)
        await bob.ask("DELETE", bob.root, status=204)
        start = link(await alice.read("communication"), "startMessaging")
        for name, subcode in (("bob", "TemporarilyUnavailable"), ("nobody", "DestinationNotFound")):
            await alice.send("POST", start, to(name))
            done = await alice.until("messagingInvitation", "completed")
            while done["reason"]["subcode"] == "Canceled":
                done = await alice.until("messagingInvitation", "completed")
            assert done["reason"]["subcode"] == subcode
        assert not world.side.bridge._sessions

    play(tmp_path, story)


def test_the_first_endpoint_that_answers_has_the_conversation(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        other = WebClient(world, "bob", "e2")
        await other.available()
        _, invitation = await invited(alice, bob, "who is there?")
        await other.until("messagingInvitation", "started")
        await bob.ask("POST", link(invitation, "accept"), status=204)
        done = await other.until("messagingInvitation", "completed")
        assert (done["status"], done["reason"]["code"]) == ("Failure", "Informational")
        await alice.until("messaging", "updated", state="Connected")

    play(tmp_path, story)


def test_an_endpoint_that_goes_ends_its_conversations(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        await connected(alice, bob)
        await bob.ask("DELETE", bob.root, status=204)
        await alice.until("messaging", "updated", state="Disconnected")
        await world.settle()
        assert len(world.side.registrar) == 1

    play(tmp_path, story)


@pytest.mark.parametrize("gone", [False, True])
def test_whoever_is_disabled_or_removed_leaves_no_trace(tmp_path: Path, gone: bool) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        here, _ = await connected(alice, bob)
        if gone:
            del world.site.people.found["guid-bob"]
        else:
            world.site.people.put(person("bob", msRTCSIP_UserEnabled=False))
        world.side.look_at(frozenset({"guid-bob"}))
        world.sessions.sweep()
        assert len(world.sessions) == len(world.endpoints) == 1
        await say(alice, here, "are you there?")
        sent = await alice.until("message", "completed")
        assert sent["status"] == "Failure"
        await alice.until("conversation", "deleted")
        assert len(world.side.registrar) == 1

    play(tmp_path, story)


def test_formats(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world, supportedMessageFormats=["Plain", "Html"])
        here, _ = await connected(alice, bob)
        await say(alice, here, "<b>bold</b>", "text/html")
        got = await bob.until("message", "completed")
        assert "htmlMessage" in got["_embedded"]["message"]["_links"]
        assert text_of(got) == "<b>bold</b>"
        await say(alice, here, "<b>bold</b><img src=x onerror=alert(1)>", "text/html")
        assert text_of(await bob.until("message", "completed")) == "<b>bold</b>", "a page shows it"
        where = link(here, "sendMessage")
        await alice.ask("POST", where, b"x", 415, Content_Type="application/rtf")
        await alice.ask("POST", where, b"\xff", 400, Content_Type="text/plain")
        await alice.ask("POST", where, b"", 400, Content_Type="text/plain")
        await alice.ask("POST", where, b"x" * 40_000, 413, Content_Type="text/plain")

    play(tmp_path, story)


def test_a_client_of_plain_text_is_sent_no_other(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = WebClient(world, "alice"), WebClient(world, "bob")
        await alice.available(supportedMessageFormats=["Plain", "Html"])
        await bob.available()
        here, _ = await connected(alice, bob)
        await say(alice, here, "<b>bold</b>", "text/html")
        sent = await alice.until("message", "completed")
        assert (sent["status"], sent["reason"]["code"]) == ("Failure", "RemoteFailure")

    play(tmp_path, story)


def test_with_a_plain_sip_client_that_knows_no_sessions(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice = WebClient(world, "alice")
        await alice.available()
        bob = world.plain("bob")
        await alice.send("POST", link(await alice.read("communication"), "startMessaging"), to("bob", "hello"))
        messaging = (await alice.until("messaging", "updated", state="Connected"))["_embedded"]["messaging"]
        await world.settle()
        got = bob.take_request()
        assert (got.method, got.uri, got.body) == ("MESSAGE", bob.contact, b"hello")
        bob.answer(got, 200)
        await say(alice, messaging, "more")
        await world.settle()
        bob.answer(bob.take_request(), 480)
        assert (await alice.until("message", "completed"))["reason"]["subcode"] == "TemporarilyUnavailable"
        for text in ("again", "and again"):
            asked = bob.request("MESSAGE", "sip:alice@contoso.test", body=text.encode(), Content_Type="text/plain")
            bob.send(asked)
            if text == "again":
                event = await alice.until("messagingInvitation", "started", direction="Incoming")
                invitation = event["_embedded"]["messagingInvitation"]
                await alice.ask("POST", link(invitation, "accept"), status=204)
            assert text_of(await alice.until("message", "completed", direction="Incoming")) == text
            await world.settle()
            assert bob.take_response().status == 200

    play(tmp_path, story)


REFUSED: list[Any] = [
    {},
    {"to": "bob"},
    {"to": "sip:a b@c"},
    to("alice"),
    to("bob", importance="Huge"),
    to("bob", subject="x" * 300),
    to("bob", _links={"message": {"href": "http://x"}}),
    to("bob", _links={"message": {"href": "data:text/rtf,x"}}),
    to("bob", _links={"message": {"href": "data:text/plain;base64,!"}}),
]


def test_invitations_that_mean_nothing(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, _ = await two(world)
        start = link(await alice.read("communication"), "startMessaging")
        for body in REFUSED:
            refused = await alice.ask("POST", start, body, 400)
            assert refused["subcode"] == "ParameterValidationFailure", body
        await alice.ask("GET", start, status=405)
        await alice.ask("GET", f"{start}/nosuch", status=404)

    play(tmp_path, story)


def test_whoever_takes_no_messages_is_asked_for_none(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = WebClient(world, "alice"), WebClient(world, "bob")
        await alice.available()
        await bob.available(supportedModalities=[])
        assert "startMessaging" not in (await bob.read("communication"))["_links"]
        await alice.send("POST", link(await alice.read("communication"), "startMessaging"), to("bob"))
        done = await alice.until("messagingInvitation", "completed")
        assert (done["status"], done["reason"]["code"]) == ("Failure", "RemoteFailure")
        refused = await bob.ask("POST", "communication/messagingInvitations", to("alice"), 409)
        assert refused["subcode"] == "MakeMeAvailableRequired"

    play(tmp_path, story)


def test_what_is_spoken_can_be_changed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, _ = await two(world)
        own = await alice.read("communication")
        wanted = {**own, "supportedMessageFormats": ["Html", "Plain"]}
        await alice.ask("PUT", link(own, "self"), wanted, 428)
        await alice.ask("PUT", link(own, "self"), {"supportedMessageFormats": []}, 428, If_Match=own["etag"])
        await alice.ask("PUT", link(own, "self"), wanted, 204, If_Match=f'"{own["etag"]}"')
        await alice.ask("PUT", link(own, "self"), wanted, 412, If_Match=own["etag"])
        assert (await alice.read("communication"))["supportedMessageFormats"] == ["Html", "Plain"]

    play(tmp_path, story)


@pytest.mark.parametrize("text", ["", "a b+c", "å\r\n%", "<&>"])
def test_data_links(text: str) -> None:
    assert read_data(f"data:text/plain;charset=utf-8,{quote(text)}") == ("text/plain", text)
