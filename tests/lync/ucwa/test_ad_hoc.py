"""Meetings made on the spot, whom they hold, and what each is told of the others' parts in them."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from tests.lync.ucwa.test_guests import arrive, open_meeting
from tests.lync.ucwa.test_meetings_joined import chat, join, meeting
from tests.lync.ucwa.test_messaging import say, text_of, to
from tests.lync.ucwa.world import WebClient, World, link, play, two

BOB = "sip:bob@contoso.test"


async def begun(client: WebClient, **more: Any) -> Any:
    """A meeting on the spot: its conversation."""
    start = link(await client.read("communication"), "startOnlineMeeting")
    await client.ask("POST", start, {"operationId": "o1", "subject": "right now", **more}, 201)
    done = await client.until("onlineMeetingInvitation", "completed", operationId="o1")
    assert done["status"] == "Success"
    return await client.ask("GET", link(done["_embedded"]["onlineMeetingInvitation"], "conversation"))


def test_somebody_begins_a_meeting_and_asks_another_in(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        here = await begun(alice, threadId="thread 7")
        assert (here["state"], here["subject"], here["threadId"]) == ("Conferenced", "right now", "thread 7")
        assert (here["participantCount"], here["recording"]) == (1, False)
        assert here["created"].startswith("/Date(")
        shown = await alice.ask("GET", link(here, "onlineMeeting"))
        assert (shown["accessLevel"], shown["organizerUri"]) == ("SameEnterprise", "sip:alice@contoso.test")
        assert shown["joinUrl"].endswith(f"/alice/{shown['onlineMeetingId']}")
        mine = await alice.ask("GET", link(alice.part("onlineMeetings"), "myOnlineMeetings"))
        assert mine["_embedded"]["myOnlineMeeting"] == [], "nobody has scheduled it"
        await alice.ask("POST", link(here, "addParticipant"), {"to": BOB}, 201)
        told = (await bob.until("onlineMeetingInvitation", "started"))["_embedded"]["onlineMeetingInvitation"]
        await bob.ask("POST", link(told, "accept"), status=204)
        await alice.until("participant", "added", uri=BOB)
        there = await bob.ask("GET", link(told, "conversation"))
        assert there["participantCount"] == 2
        writing = await chat(alice, here)
        text = "data:text/plain;base64," + base64.b64encode(b"hello all").decode()
        messaging = await bob.ask("GET", link(there, "messaging"))
        first = {"operationId": "a2", "_links": {"message": {"href": text}}}
        await bob.ask("POST", link(messaging, "addMessaging"), first, 201)
        assert text_of(await alice.until("message", "completed", direction="Incoming")) == "hello all"
        sent = await bob.until("message", "completed")
        assert (sent["status"], sent["_embedded"]["message"]["operationId"]) == ("Success", "a2")
        await say(alice, writing, "welcome")
        assert text_of(await bob.until("message", "completed", direction="Incoming")) == "welcome"

    play(tmp_path, story)


def test_who_writes_and_who_leads(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        made = await meeting(alice)
        here = await join(alice, made["onlineMeetingUri"])
        there = await join(bob, made["onlineMeetingUri"])
        added = await alice.until("participant", "added")
        for rel in ("contact", "contactPresence"):
            assert link(added["_embedded"]["participant"], rel).startswith(f"{alice.root}/people/bob@contoso.test")
        views = await alice.until("participant", "added")
        assert (views["in"]["rel"], "_embedded" in views) == ("attendees", False)
        await chat(bob, there)
        event = await alice.until("participantMessaging", "added")
        assert event["in"]["rel"] == "participant"
        mine = await bob.ask("GET", link(there, "localParticipant"))
        assert link(mine, "me") == f"{bob.root}/me"
        part = await bob.ask("GET", link(mine, "participantMessaging"))
        assert link(part, "participant") == link(mine, "self")
        people = (await alice.ask("GET", link(here, "participants")))["_embedded"]["participant"]
        assert ["participantMessaging" in one["_links"] for one in people] == [False, True]
        await alice.ask("GET", f"{link(people[0], 'self')}/participantMessaging", status=404)
        await alice.ask("POST", link(people[1], "promote"), status=204)
        moved = [await alice.until("participant", kind) for kind in ("deleted", "added")]
        assert [one["in"]["rel"] for one in moved] == ["attendees", "leaders"]
        await bob.ask("POST", f"{link(there, 'messaging')}/terminate", status=204)
        await alice.until("participantMessaging", "deleted")

    play(tmp_path, story)


def test_a_meeting_is_told_and_what_becomes_of_it(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        made = await meeting(alice)
        here = await join(bob, made["onlineMeetingUri"])
        added = await bob.until("onlineMeeting", "added")
        shown = added["_embedded"]["onlineMeeting"]
        assert (added["sender"], link(shown, "conversation")) == ("conversation", link(here, "self"))
        body = {**made, "subject": "other plans", "accessLevel": "Locked"}
        await alice.ask("PUT", link(made, "self"), body, If_Match=f'"{made["etag"]}"')
        updated = await bob.until("onlineMeeting", "updated", subject="other plans")
        assert updated["_embedded"]["onlineMeeting"]["accessLevel"] == "Locked"

    play(tmp_path, story)


def test_in_a_conversation_of_two_both_write(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        alice, bob = await two(world)
        start = link(await alice.read("communication"), "startMessaging")
        await alice.ask("POST", start, to("bob", threadId="thread 8"), 201)
        invitation = (await bob.until("messagingInvitation", "started"))["_embedded"]["messagingInvitation"]
        conversation = await alice.until("conversation", "added")
        assert conversation["_embedded"]["conversation"]["threadId"] == "thread 8"
        await bob.ask("POST", link(invitation, "accept"), status=204)
        whose = [(await alice.until("participantMessaging", "added"))["in"]["rel"] for _ in range(2)]
        assert whose == ["localParticipant", "participant"]
        here = await alice.ask("GET", conversation["link"]["href"])
        people = (await alice.ask("GET", link(here, "participants")))["_embedded"]["participant"]
        assert all("participantMessaging" in one["_links"] for one in people)
        await bob.ask("DELETE", link(invitation, "conversation"), status=204)
        assert (await alice.until("participantMessaging", "deleted"))["sender"] == "conversation"

    play(tmp_path, story)


def test_guests_begin_none(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, made = await open_meeting(world)
        guest, _ = await arrive(world, made, "Ann")
        communication = await guest.read("communication")
        assert "startOnlineMeeting" not in communication["_links"]
        where = f"{link(communication, 'joinOnlineMeeting')}?onlineMeetingUri=adhoc"
        refused = await guest.ask("POST", where, {"anonymousDisplayName": "Ann"}, 403)
        assert refused["subcode"] == "AnonymousNotAllowed"

    play(tmp_path, story)
