"""A Lync side with presence over a store, and clients in memory that subscribe, publish and read what they get."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from samband.lync.actions.contacts import Contacts
from samband.lync.actions.presence import Presence
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.lync.sip.presence_doors import PresenceDoors
from samband.wire.presence.batch import BatchAction, ResourceDocument, write_batch
from samband.wire.presence.categories import CategoryDocument, read_categories
from samband.wire.presence.elements import read_root
from samband.wire.presence.multipart import read_multipart
from samband.wire.presence.publish import PublicationDocument, write_publish
from samband.wire.presence.rlmi import ResourceList, read_list
from samband.wire.presence.roaming_self import RoamingData, read_roaming_data
from samband.wire.presence.state import StateDocument, read_state, write_state
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.xml.reading import parse
from tests.lync.sip.sides import Client, World
from tests.trust.fakes import News, store

LYNC = "ms-benotify, ms-piggyback-first-notify, com.microsoft.autoextend"
START = datetime(2026, 11, 23, 12, tzinfo=UTC)


class PresenceWorld(World):
    """A ``World`` with the doors of presence. ``settle`` lets what waits for the store end."""

    presence: Presence
    contacts: Contacts
    ucs: UnifiedContacts
    doors: PresenceDoors

    def time(self) -> datetime:
        return START + timedelta(seconds=self.clock.now - 1000)

    def lync(self, name: str, epid: str = "") -> LyncEndpoint:
        return LyncEndpoint(self, name, epid or f"epid-{name}")

    async def settle(self) -> None:
        """Let everything end that waits for the store."""
        for _ in range(10_000):
            await asyncio.sleep(0.001)
            if not self.side.router._tasks and not self.presence._writes:
                return
        raise AssertionError("something waits for ever")


@asynccontextmanager
async def presence_world(folder: Path, names: tuple[str, ...] = ()) -> AsyncIterator[PresenceWorld]:
    news = News()
    async with store(folder, news) as opened:
        world = PresenceWorld(names=names) if names else PresenceWorld()
        world.presence = Presence(opened, news, world.directory, world.time)  # type: ignore[arg-type]
        await world.presence.start()
        world.contacts = Contacts(opened)
        world.ucs = UnifiedContacts(opened, news, world.directory, world.contacts, world.time)  # type: ignore[arg-type]
        await world.ucs.start()
        world.doors = PresenceDoors(world.side, world.presence, world.contacts, world.time, ucs=world.ucs)
        yield world
        world.ucs.close()
        await world.presence.stop()


def play(folder: Path, scene: Callable[[PresenceWorld], Coroutine[None, None, None]], *names: str) -> None:
    """Run a scene in a fresh world."""

    async def run() -> None:
        async with presence_world(folder, names) as world:
            await scene(world)

    asyncio.run(run())


class Dialog:
    """A subscription as its client sees it."""

    def __init__(self, client: Client, event: str, call_id: str, response: SipResponse) -> None:
        self.client = client
        self.event = event
        self.call_id = call_id
        self.response = response
        self.cseq = 1

    def again(self, body: bytes = b"", **fields: str) -> SipRequest:
        """A further SUBSCRIBE of this dialog."""
        self.cseq += 1
        to = self.response.get("To") or ""
        contact = (self.response.get("Contact") or "").strip("<>")
        request = self.client.request(
            "SUBSCRIBE", contact, to=to, body=body, call_id=self.call_id, cseq=self.cseq, Event=self.event, **fields
        )
        self.client.dress(request)
        return self.client.send(request)  # type: ignore[return-value]

    def holds(self, notify: SipMessage) -> bool:
        """Whether a notification is of this dialog."""
        return notify.call_id == self.call_id and tag_in(notify.get("From") or "") == tag_in(
            self.response.get("To") or ""
        )


class PlainEndpoint(Client):
    """A plain SIP client that is signed in."""

    def __init__(self, world: PresenceWorld, name: str, transport: str = "tcp") -> None:
        super().__init__(world, name, transport, ("127.0.0.9", next(world._ports)))
        self._calls = itertools.count(1)
        self.register()
        assert self.take_response().status == 200

    def dress(self, request: SipRequest) -> SipRequest:
        return request

    def subscribe(self, event: str, uri: str = "", body: bytes = b"", **fields: str) -> Dialog:
        """Subscribe; the answer waits in ``Dialog.response`` if it came at once."""
        uri = uri or self.aor
        call_id = f"{self.name}-{self.peer[1]}-sub{next(self._calls)}"
        request = self.request("SUBSCRIBE", uri, body=body, call_id=call_id, Event=event, **fields)
        request.put("Contact", f"<{self.contact}>")
        self.send(self.dress(request))
        found = [message for message in self.inbox() if isinstance(message, SipResponse)]
        assert len(found) == 1, found
        return Dialog(self, event, call_id, found[0])

    async def subscribe_later(self, event: str, **fields: str) -> Dialog:
        """Subscribe to what must be read from the store."""
        call_id = f"{self.name}-{self.peer[1]}-sub{next(self._calls)}"
        request = self.request("SUBSCRIBE", self.aor, call_id=call_id, Event=event, **fields)
        self.send(self.dress(request.put("Contact", f"<{self.contact}>")))
        assert isinstance(self.world, PresenceWorld)
        await self.world.settle()
        return Dialog(self, event, call_id, self.take_response())

    def publish_pidf(self, body: bytes, **fields: str) -> SipResponse:
        request = self.request("PUBLISH", self.aor, body=body, Event="presence", **fields)
        if body:
            request.headers.setdefault("Content-Type", ["application/pidf+xml"])
        self.send(request)
        return next(message for message in self.inbox() if isinstance(message, SipResponse))


class LyncEndpoint(PlainEndpoint):
    """A Lync client that is signed in."""

    def __init__(self, world: PresenceWorld, name: str, epid: str) -> None:
        self.epid = epid
        self.versions: dict[tuple[str, int, int], int] = {}
        super().__init__(world, name)

    def register(self, **how: str) -> SipRequest:  # type: ignore[override]
        return super().register(lync=True, epid=self.epid, **how)  # type: ignore[arg-type]

    def dress(self, request: SipRequest) -> SipRequest:
        request.put("From", f"<{self.aor}>;tag={self.name}-tag;epid={self.epid}")
        if request.method == "SUBSCRIBE" and "Supported" not in request.headers:
            request.put("Supported", LYNC).put("Proxy-Require", "ms-benotify")
        return request

    def watch(self, *names: str, **fields: str) -> Dialog:
        """Watch people in a batch."""
        return self.subscribe(
            "presence",
            body=batch(self.aor, *names),
            Require="adhoclist, categoryList",
            Content_Type="application/msrtc-adrl-categorylist+xml",
            **fields,
        )

    def service(self, content_type: str, body: str | bytes, uri: str = "") -> SipRequest:
        """Send a SERVICE to oneself."""
        raw = body if isinstance(body, bytes) else body.encode()
        request = self.request("SERVICE", uri or self.aor, body=raw, Content_Type=content_type)
        self.send(self.dress(request))
        return request

    async def publish(self, *publications: PublicationDocument) -> SipResponse:
        """Publish against the versions this client knows."""
        versioned = [
            PublicationDocument(
                category=one.category,
                instance=one.instance,
                container=one.container,
                version=self.versions.get((one.category, one.instance, one.container), one.version),
                expire_type=one.expire_type,
                expires=one.expires,
                content=one.content,
            )
            for one in publications
        ]
        self.service("application/msrtc-category-publish+xml", write_publish(self.aor, versioned))
        assert isinstance(self.world, PresenceWorld)
        await self.world.settle()
        (response,) = [message for message in self.inbox() if isinstance(message, SipResponse)]
        if response.status == 200:
            self.learn(read_roaming_data(response.body))
        return response

    def learn(self, data: RoamingData) -> None:
        """Take up versions: in a category that is told, what is missing is forgotten."""
        for name in {one.name for one in data.categories or ()}:
            self.versions = {key: version for key, version in self.versions.items() if key[0] != name}
        for one in data.categories or ():
            if one.instance is not None:
                self.versions[one.name, one.instance, one.container] = one.version


def batch(own: str, *names: str, verb: str = "subscribe", added: bool = False) -> bytes:
    people = tuple(ResourceDocument(f"sip:{name}@contoso.test", added) for name in names)
    action = BatchAction(verb, "1", people, ("calendarData", "contactCard", "note", "state"))
    return write_batch(own, [action]).encode()


def state(kind: str, availability: int, instance: int, container: int, **fields: object) -> PublicationDocument:
    document = StateDocument(kind=kind, availability=availability, manual=kind == "userState")
    expire_type = "static" if kind == "userState" else "endpoint"
    return PublicationDocument(
        category="state",
        instance=instance,
        container=container,
        expire_type=expire_type,
        content=write_state(document),
        **fields,  # type: ignore[arg-type]
    )


def sign_on(availability: int = 3500) -> list[PublicationDocument]:
    """What a client publishes when it signs in and when its user chooses a status."""
    user = 0x20000000
    return [
        *(state("machineState", 3500, 985345201, container) for container in (2, 3)),
        *(state("userState", availability, user, container) for container in (2, 3)),
    ]


def note(text: str) -> list[PublicationDocument]:
    content = f'<note xmlns="http://schemas.microsoft.com/2006/09/sip/note"><body type="personal">{text}</body></note>'
    return [
        PublicationDocument(category="note", instance=0, container=container, expire_type="static", content=content)
        for container in (200, 300, 400)
    ]


def read_batch_body(message: SipMessage) -> tuple[ResourceList, dict[str, list[CategoryDocument]]]:
    """The list and the categories by address of a multipart body."""
    parts = read_multipart(message.get("Content-Type") or "", message.body)
    assert parts[0].content_type == "application/rlmi+xml"
    documents = {part.cid: read_categories(read_root(part.body, "categories")) for part in parts[1:]}
    assert all(uri == f"sip:{cid}" for cid, (uri, _) in documents.items())
    return read_list(parts[0].body), {cid: found for cid, (_, found) in documents.items()}


def read_notify(message: SipMessage) -> tuple[str, list[CategoryDocument]]:
    """Whose categories a notification tells."""
    assert message.get("Content-Type") == "application/msrtc-event-categories+xml", message.get("Content-Type")
    return read_categories(read_root(message.body, "categories"))


def availability(categories: list[CategoryDocument]) -> tuple[int | None, str]:
    """Availability and activity of the one state among ``categories``."""
    (content,) = [one.content for one in categories if one.name == "state"]
    found = read_state(parse(content.encode()))
    return found.availability, found.activity.token if found.activity else ""
