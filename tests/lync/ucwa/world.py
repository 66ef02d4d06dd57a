"""UCWA over a Lync side in memory, and clients that walk its links."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from unittest import mock

from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.conferences import Conferences
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.conversation_logs import ConversationLogs, Mailboxes
from samband.lync.actions.guests import GuestPolicy, Guests
from samband.lync.actions.media import Media
from samband.lync.actions.media_relay import MediaRelay
from samband.lync.actions.media_server import MediaServer
from samband.lync.actions.own_presence import OwnPresence
from samband.lync.actions.presence import Presence
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.conference_doors import ConferenceDoors
from samband.lync.sip.hosted_endpoints import HostedEndpoints
from samband.lync.sip.hosted_guests import HostedGuests
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Places
from samband.lync.sip.presence_doors import PresenceDoors
from samband.lync.ucwa.application import AnyApplication, build
from samband.lync.ucwa.channel import EventChannel
from samband.lync.ucwa.endpoint import UcwaEndpoint
from samband.lync.ucwa.meetings import OnlineMeetings
from samband.lync.ucwa.places import UcwaPlaces
from samband.lync.ucwa.sessions import Sessions
from samband.lync.ucwa.speakers import Speakers
from samband.lync.ucwa.verbs import Verbs
from samband.lync.web.anonymous_grant import AnonymousGrant
from samband.lync.web.discovery import Discovery
from samband.lync.web.join_page import JoinPages
from samband.lync.web.token_service import TokenService
from samband.trust.guest_tokens import GuestTokens
from samband.trust.throttle import Throttle
from samband.wire.conference.join_links import JoinLinks
from samband.wire.http import Connection, Headers, HttpRequest, HttpResponse
from samband.wire.web_auth.oauth_token import ANONYMOUS
from tests.lync.sip.sides import Client, Everyone, OpenGate
from tests.lync.web.website import BASE, HOST, PLACES, WebSite, website
from tests.trust.fakes import News, store

APPLICATIONS = "/ucwa/oauth/v1/applications"
NEW = {"UserAgent": "test", "EndpointId": "e1", "Culture": "en-US"}


class World:
    """A site with UCWA; ``side`` is its SIP, and ``gate`` lets everybody in there."""

    gate: OpenGate

    def __init__(
        self,
        site: WebSite,
        side: LyncSide,
        presence: Presence,
        contacts: Contacts,
        meetings: Conferences,
        rooms: Rooms,
        server: MediaServer | None,
        mailboxes: Mailboxes | None = None,
    ) -> None:
        self.site = site
        self.side = side
        self.presence = presence
        self.contacts = contacts
        self.conferences = meetings
        self.rooms = rooms
        self.links = JoinLinks({"contoso.test": "https://meet.contoso.test"})
        self.media = Media(rooms, server, lambda: f"{next(numbers):08x}")
        relay = MediaRelay(("turn:turn.test",), b"secret", timedelta(hours=8), site.clock.time) if server else None
        numbers = iter(range(1, 100_000))
        self.endpoints = HostedEndpoints(side, rooms)
        self.guests = Guests(meetings, GuestPolicy(a_meeting=3), lambda size: next(numbers).to_bytes(size, "big"))
        book = AddressBook(site.people)  # type: ignore[arg-type]
        self.logs = ConversationLogs(mailboxes, site.people) if mailboxes else None  # type: ignore[arg-type]
        verbs = Verbs(
            directory=site.people,  # type: ignore[arg-type]
            book=book,
            presence=presence,
            own=OwnPresence(presence),
            contacts=contacts,
            conferences=meetings,
            links=self.links,
            im=self.endpoints,
            im_guests=HostedGuests(side, rooms, self.guests),
            guests=self.guests,
            media=self.media,
            relay=relay,
            logs=self.logs,
            clock=site.clock.time,
            token=lambda: f"{next(numbers):08x}",
        )
        self.sessions: Sessions[AnyApplication] = Sessions(
            site.clock.time,
            lambda size: next(numbers).to_bytes(size, "big"),
            lambda session, person: build(session, person, verbs),
        )
        self.guest_tokens = GuestTokens(bytes(32), HOST, site.clock.time)
        places = UcwaPlaces(HOST, f"https://{HOST}/WebTicket", "MsRtcOAuth href=x")
        self.endpoint = UcwaEndpoint(
            places,
            Speakers(places, site.tickets, site.authenticator("bearer"), self.guest_tokens),
            self.sessions,
            lambda: f"{next(numbers):08x}",
            OnlineMeetings(meetings, self.links, text_only=server is None),
            book,
            self.guests,
        )
        throttle = Throttle(site.clock)
        grant = AnonymousGrant(self.guests, self.guest_tokens, throttle, site.clock, site.clock.sleep)
        where = replace(PLACES, grants=(*PLACES.grants, ANONYMOUS), ucwa=f"{BASE}/ucwa")
        self.token_service = TokenService(where, site.passwords, site.authenticator("ntlm"), site.tokens, grant)
        self.discovery = Discovery(where, site.tickets, site.authenticator("bearer"), self.guest_tokens)
        self.pages = JoinPages(HOST, meetings, self.links, where.grants)

    def token(self, name: str) -> str:
        return self.site.tokens.issue(self.site.people.found[f"guid-{name}"]).text

    async def settle(self) -> None:
        """Let everything happen that needs no time."""
        for _ in range(60):
            await asyncio.sleep(0)
        for _ in range(200):
            if not self.side.router._tasks and not self.presence._writes:
                break
            await asyncio.sleep(0.001)

    def plain(self, name: str) -> Client:
        """A plain SIP client, signed in."""
        self.gate.unsigned.add(name)
        client = Client(self, name, "tcp", ("127.0.0.9", 40001))  # type: ignore[arg-type]
        client.register()
        assert client.take_response().status == 200
        return client

    def later(self, seconds: float, *, listening: bool = False) -> None:
        """Time goes by; ``listening``: while every client asks for events."""
        self.site.clock.now += seconds
        self.side.tick()
        for session, _ in list(self.sessions._all()) if listening else ():
            self.sessions.heard(session)
        self.sessions.sweep()


class WebClient:
    """Somebody who walks links; ``known`` is what was learnt of each resource, by its address."""

    def __init__(self, world: World, name: str, endpoint: str = "e1", token: str = "") -> None:
        """``token`` is a guest's; without one somebody of the site has their own."""
        self.world = world
        self.name = name
        self.endpoint = endpoint
        self.authorization = f"Bearer {token or world.token(name)}"
        self.root = ""
        self.application: Any = {}
        self.next = ""
        self.leads = ""
        """How the latest answer of the channel led on."""
        self.events: list[Any] = []

    async def send(self, method: str, path: str, body: Any = None, **fields: str) -> HttpResponse:
        headers = {"Authorization": self.authorization, "Content_Type": "application/json", **fields}
        where, _, query = path.partition("?")
        request = HttpRequest(
            method,
            HOST,
            where if where.startswith("/") else f"{self.root}/{where}",
            query,
            Headers((name.replace("_", "-"), value) for name, value in headers.items() if value),
            body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
            Connection("10.0.0.1:9", tls=True),
        )
        return await self.world.endpoint(request)

    async def ask(self, method: str, path: str, body: Any = None, status: int = 200, **fields: str) -> Any:
        """Ask; its JSON, None where there is none."""
        answer = await self.send(method, path, body, **fields)
        assert answer.status == status, (answer.status, answer.content)
        return json.loads(answer.content) if answer.content else None

    async def begin(self) -> Any:
        """Make the application."""
        found = await self.ask("POST", APPLICATIONS, {**NEW, "EndpointId": self.endpoint}, 201)
        self.application = found
        self.root = found["_links"]["self"]["href"]
        self.next = found["_links"]["events"]["href"]
        return found

    async def available(self, **wishes: Any) -> None:
        """Make the application and its owner available."""
        await self.begin()
        body = {"supportedModalities": ["Messaging"], "supportedMessageFormats": ["Plain"], **wishes}
        await self.ask("POST", link(self.part("me"), "makeMeAvailable"), body, 204)
        await self.world.settle()

    def part(self, rel: str) -> Any:
        return self.application["_embedded"][rel]

    async def read(self, rel: str) -> Any:
        """A part of the application as it is now."""
        return await self.ask("GET", link(self.part(rel), "self"))

    async def poll(self, timeout: float = 10.0) -> list[Any]:
        """The events of one hanging GET, each with its sender."""
        found = await asyncio.wait_for(self.ask("GET", self.next), timeout)
        links = found["_links"]
        (self.leads,) = links.keys() - {"self"}
        self.next = links[self.leads]["href"]
        events = [{**event, "sender": one["rel"]} for one in found.get("sender", ()) for event in one["events"]]
        self.events += events
        return events

    async def until(self, rel: str, kind: str, **wanted: Any) -> Any:
        """The first event of that kind that was not looked at yet; what came before it is dropped."""
        for _ in range(30):
            while self.events:
                event = self.events.pop(0)
                shown = event.get("_embedded", {}).get(rel, {})
                if (event["link"]["rel"], event["type"]) == (rel, kind) and wanted.items() <= {
                    **event,
                    **shown,
                }.items():
                    return event
            await self.poll()
        raise AssertionError(f"{rel} {kind} {wanted} was not told")


@contextmanager
def short_seconds(speed: float = 1000.0) -> Iterator[None]:
    """Make the seconds of event channels short, so that nothing waits for real."""
    begun = time.monotonic()

    def now() -> float:
        return 1000.0 + (time.monotonic() - begun) * speed

    async def sleep(wake: asyncio.Event, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(wake.wait(), max(seconds / speed, 0.0005))

    with (
        mock.patch.object(EventChannel, "_now", staticmethod(now)),
        mock.patch.object(EventChannel, "_sleep", staticmethod(sleep)),
    ):
        yield


def link(resource: Any, rel: str) -> str:
    """Where a link leads; a resource without it cannot do that."""
    href: str = resource["_links"][rel]["href"]
    return href


@asynccontextmanager
async def world(
    folder: Path, server: MediaServer | None = None, mailboxes: Mailboxes | None = None
) -> AsyncIterator[World]:
    for name in ("web", "lync"):
        (folder / name).mkdir(exist_ok=True)
    news = News()
    async with website(folder / "web") as site, store(folder / "lync", news) as opened:
        numbers = iter(range(1, 100_000))
        tokens = iter(range(1, 100_000))
        presence = Presence(opened, news, site.people, site.clock.time)  # type: ignore[arg-type]
        await presence.start()
        contacts = Contacts(opened, news)
        directory = Everyone()
        directory.known = site.people.found
        gate = OpenGate(directory)
        side = LyncSide(
            directory=site.people,  # type: ignore[arg-type]
            guard=gate,
            places=Places(HOST, frozenset({"contoso.test"}), names=frozenset({HOST})),
            now=site.clock,
            token=lambda: f"t{next(tokens):07x}",
        )
        doors = PresenceDoors(side, presence, contacts, site.clock.time)
        conferences = Conferences(
            opened,
            site.people,
            site.clock.time,
            lambda size: next(numbers).to_bytes(size, "big"),  # type: ignore[arg-type]
        )
        rooms = Rooms(conferences, news)
        ConferenceDoors(side, doors, conferences, rooms, JoinLinks({"contoso.test": "https://meet.contoso.test"}))
        made = World(site, side, presence, contacts, conferences, rooms, server, mailboxes)
        made.gate = gate
        yield made
        if made.logs is not None:
            made.logs.close()
        await made.media.close()
        await presence.stop()


def play(
    folder: Path,
    story: Callable[[World], Awaitable[None]],
    server: MediaServer | None = None,
    mailboxes: Mailboxes | None = None,
) -> None:
    """``server`` carries sound and pictures, and ``mailboxes`` have past conversations, where there are any."""

    async def run() -> None:
        with short_seconds():
            async with world(folder, server, mailboxes) as made:
                await story(made)

    asyncio.run(run())


async def two(world: World, **wishes: Any) -> tuple[WebClient, WebClient]:
    """Alice and Bob, available for messaging."""
    alice, bob = WebClient(world, "alice"), WebClient(world, "bob")
    await alice.available(**wishes)
    await bob.available(**wishes)
    return alice, bob
