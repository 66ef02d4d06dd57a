"""A walk through all of UCWA: three people, and every relation that the server names to them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

from samband.model.contacts import PINNED, Contact, add_group, set_contact
from samband.wire.http import HttpRequest, HttpResponse
from tests.lync.media_server import FakeServer
from tests.lync.ucwa import past_conversations as here
from tests.lync.ucwa.media_clients import ON
from tests.lync.ucwa.past_conversations import PastConversations
from tests.lync.ucwa.test_distribution_groups import group
from tests.lync.ucwa.test_guests import admitted
from tests.lync.ucwa.test_meetings_joined import chat, join, meeting
from tests.lync.ucwa.test_messaging import connected, invited, say
from tests.lync.ucwa.world import WebClient, World, link, play
from tests.trust.fakes import person

BOB = "bob@contoso.test"
SHOWN_ONLY = frozenset({"self", "next", "resume", "resync"})


class Seen:
    """Every relation of resources, links and events in what the server answers."""

    def __init__(self, world: World) -> None:
        self._answer = world.endpoint
        self.relations: set[str] = set()
        self.addresses: dict[str, None] = {}
        """Of resources, as links and events have them."""
        world.endpoint = self  # type: ignore[assignment]

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        answer = await self._answer(request)
        if dict(answer.headers).get("Content-Type", "").startswith("application/json"):
            self._look(json.loads(answer.content))
        return answer

    def _look(self, found: Any) -> None:
        if isinstance(found, list):
            for one in found:
                self._look(one)
        elif isinstance(found, dict):
            self.relations |= {found["rel"]} if isinstance(found.get("rel"), str) else set()
            for name in ("_links", "_embedded"):
                self.relations |= set(found.get(name, ())) - SHOWN_ONLY
            self.relations |= {"reason"} & found.keys()
            if isinstance(found.get("href"), str):
                self.addresses[found["href"]] = None
            for value in found.values():
                self._look(value)


async def lists(world: World, alice: WebClient) -> None:
    """Contacts, groups, and whom one is told of."""
    owner = world.site.people.found["guid-alice"]
    for wish in (
        lambda now: add_group(now, "Work"),
        lambda now: add_group(now, "Pinned Contacts", PINNED),
        lambda now: set_contact(now, Contact(address=BOB, groups=(2,))),
    ):
        await world.contacts.change(owner, (await world.contacts.get(owner)).delta, wish)
    people = alice.part("people")
    for rel in ("myContacts", "myGroups", "myGroupMemberships", "myContactsAndGroupsSubscription"):
        await alice.ask("GET", link(people, rel))
    relationship = await alice.ask("GET", f"people/{BOB}/privacyRelationship")
    body = {**relationship, "relationshipLevel": "Workgroup"}
    await alice.ask("PUT", link(relationship, "self"), body, If_Match=f'"{relationship["etag"]}"')
    made = await alice.ask("POST", link(people, "presenceSubscriptions"), {"uris": [f"sip:{BOB}"]}, 201)
    await alice.ask("GET", link(made, "memberships"))
    for rel in ("presenceSubscriptionMemberships", "subscribedContacts", "myPrivacyRelationships", "search"):
        await alice.ask("GET", link(people, rel) + ("?query=crew" if rel == "search" else ""))
    await alice.ask("GET", "people/groups/crew@contoso.test/expandDistributionGroup")
    contact = await alice.ask("GET", f"people/{BOB}")
    for rel in ("contactPresence", "contactNote", "contactLocation", "contactSupportedModalities"):
        await alice.ask("GET", link(contact, rel))
    add = await alice.ask("GET", "people/groups/crew@contoso.test")
    await alice.ask(
        "POST", link(add, "addToContactList"), {"smtpAddress": "crew@contoso.test", "displayName": "Crew"}, 204
    )
    await alice.ask("GET", "people/groups/crew@contoso.test")
    await alice.ask("GET", "people/groups/2/contacts")


async def looks_back(alice: WebClient, past: PastConversations) -> None:
    """Past conversations, one of them long, one missed."""
    past.put("alice", *[(here.ALICE, "hello")] * 101, to=(here.BOB,))
    past.put("alice", (here.BOB, "are you there?"), missed=True)
    communication = await alice.read("communication")
    await alice.ask("GET", link(communication, "missedItems"))
    found = await alice.ask("GET", link(communication, "conversationLogs"))
    for one in found["_links"]["conversationLog"]:
        log = await alice.ask("GET", one["href"])
        await alice.ask("GET", link(log, "conversationLogTranscripts"))


async def talks(alice: WebClient, bob: WebClient) -> None:
    """Conversations of two: one that is declined, one that is not, and what nobody gets."""
    _, invitation = await invited(alice, bob, "hello")
    await bob.ask("POST", link(invitation, "decline"), status=204)
    await alice.until("messagingInvitation", "completed")
    here, there = await connected(alice, bob)
    await bob.ask("POST", link(there, "setIsTyping"), status=204)
    await alice.until("participant", "added", sender="conversation")
    await alice.ask("GET", link(here, "typingParticipants"))
    await say(alice, here, "one")
    await bob.until("message", "completed")
    await bob.ask("DELETE", bob.root, status=204)
    await say(alice, here, "two")
    await alice.until("conversation", "deleted")


async def meets(world: World, alice: WebClient, bob: WebClient) -> None:
    """A meeting with a lobby, texts, sound and pictures."""
    made = await meeting(alice)
    await alice.ask("GET", link(made, "self"))
    for rel in ("DefaultValues", "EligibleValues", "InvitationCustomization", "Policies"):
        await alice.ask("GET", link(alice.part("onlineMeetings"), f"onlineMeeting{rel}"))
    here, there = await join(alice, made["onlineMeetingUri"]), await join(bob, made["onlineMeetingUri"])
    await chat(alice, here)
    for view in ("participants", "attendees", "leaders", "lobby", "onlineMeeting", "audioVideo", "self"):
        await alice.ask("GET", link(here, view))
    guest = WebClient(world, "Ann", token=await admitted(world, made))
    await guest.begin()
    wanted = {"onlineMeetingUri": made["onlineMeetingUri"], "anonymousDisplayName": "Ann"}
    await guest.ask("POST", link(guest.part("communication"), "joinOnlineMeeting"), wanted, 201)
    waiting = (await alice.until("participant", "added", inLobby=True))["_embedded"]["participant"]
    await alice.ask("POST", link(waiting, "reject"), status=204)
    await bob.ask("POST", f"{link(there, 'audioVideo')}/start", {}, 201)
    await bob.ask("POST", f"{link(there, 'audioVideo')}/publish", {"sdp": "x", **ON}, 200)


async def mutes(alice: WebClient, server: FakeServer) -> None:
    """Somebody sends, is muted, and is not."""
    server.seats[0].hear.sends()
    found = (await alice.until("participantVideo", "added"))["_embedded"]["participantVideo"]
    await alice.ask("POST", link(found, "muteVideo"), status=204)
    people = await alice.ask("GET", link(found, "participant"))
    audio = await alice.ask("GET", link(people, "participantAudio"))
    await alice.ask("POST", link(audio, "muteAudio"), status=204)
    await alice.until("participantAudio", "updated", audioMuted=True)
    conversation = await alice.ask("GET", link(people, "conversation"))
    await alice.ask("POST", link(conversation, "enableAudienceMuteLock"), status=204)
    await alice.until("conversation", "updated", audienceMute="Enabled")
    await alice.ask("POST", link(people, "promote"), status=204)
    await alice.until("participant", "updated", role="Leader")
    await alice.ask("POST", link(conversation, "addParticipant"), {"to": "sip:nobody@contoso.test"}, 201)
    await alice.until("participantInvitation", "completed")


async def tour(world: World, server: FakeServer, past: PastConversations) -> tuple[Seen, WebClient, WebClient]:
    """All of it; alice and bob are still there afterwards."""
    for name in ("alice", "bob"):
        world.site.people.put(person(name, thumbnailPhoto=b"jpeg"))
    world.site.people.put_groups(group("crew", "bob"), group("staff", "bob", "crew"))
    seen = Seen(world)
    alice, bob = WebClient(world, "alice"), WebClient(world, "bob")
    await alice.ask("GET", "/ucwa/oauth/v1/applications")
    await alice.available()
    await bob.available()
    await alice.ask("GET", link(alice.application, "policies"))
    me = await alice.read("me")
    for rel in ("presence", "note", "location"):
        await alice.ask("GET", link(me, rel))
    communication = await alice.read("communication")
    for rel in ("conversations", "mediaRelayAccessToken"):
        await alice.ask("GET", link(communication, rel))
    await lists(world, alice)
    await looks_back(alice, past)
    await talks(alice, bob)
    await bob.available()
    await meets(world, alice, bob)
    await mutes(alice, server)
    return seen, alice, bob


def relations(folder: Path) -> frozenset[str]:
    """Whatever the server names on the way."""
    server, past, found = FakeServer(), PastConversations(), set[str]()

    async def patiently(world: World) -> None:
        async with asyncio.timeout(120):
            seen, _, _ = await tour(world, server, past)
            found.update(seen.relations)

    play(folder, patiently, server, past)
    return frozenset(found)
