"""An organisation in memory: the EWS endpoint over a real store and feed, people, and a door that knows them by name.

::

    async def story(world: World) -> None:
        answer = await world.ask(ALICE, '<m:GetFolder>...</m:GetFolder>')
        assert answer.codes == ["NoError"]

    run(story, tmp_path)

Every answer is checked against the EWS schema before a test sees it.
"""

from __future__ import annotations

import asyncio
import hashlib
import uuid
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lxml import etree

from samband.directory.group_index import GroupIndex
from samband.directory.rights import Rights
from samband.exchange.actions.exchange import Exchange
from samband.exchange.actions.settings import ExchangeSettings
from samband.exchange.ews.endpoint import EwsEndpoint
from samband.feed.local import LocalFeed
from samband.model.caller import Caller
from samband.model.groups import Group
from samband.model.people import Person
from samband.store.engine import Engine, open_store
from samband.wire.http import Headers, HttpRequest, HttpResponse
from tests.schema import valid

NAMES = {
    "s": "http://schemas.xmlsoap.org/soap/envelope/",
    "t": "http://schemas.microsoft.com/exchange/services/2006/types",
    "m": "http://schemas.microsoft.com/exchange/services/2006/messages",
    "e": "http://schemas.microsoft.com/exchange/services/2006/errors",
}
T = "{" + NAMES["t"] + "}"
M = "{" + NAMES["m"] + "}"


def person(name: str) -> Person:
    """Somebody in contoso.test with a mailbox."""
    guid = str(uuid.UUID(bytes=hashlib.md5(name.encode(), usedforsecurity=False).digest()))
    return Person(
        objectGUID=guid,
        sAMAccountName=name,
        userPrincipalName=f"{name}@contoso.test",
        displayName=name.title(),
        mail=f"{name}@contoso.test",
        proxyAddresses=(f"SMTP:{name}@contoso.test", f"sip:{name}@contoso.test"),
        msExchMailboxGuid=str(uuid.uuid5(uuid.UUID(guid), "mailbox")),
        legacyExchangeDN=f"/o=Contoso/cn=Recipients/cn={name}",
    )


ALICE, BOB, CAROL, DAVE = (person(name) for name in ("alice", "bob", "carol", "dave"))
PARTNER = Caller(None, "bearer", application="lync", app_permissions=frozenset({"UserApplication"}))


class People:
    """A directory of a few people."""

    def __init__(self, people: Iterable[Person]) -> None:
        self.everyone = list(people)
        self.groups = GroupIndex()

    def _first(self, test: Callable[[Person], bool]) -> Person | None:
        return next((person for person in self.everyone if test(person)), None)

    def by_guid(self, guid: str) -> Person | None:
        return self._first(lambda person: person.objectGUID == guid.lower())

    def by_login(self, login: str) -> Person | None:
        name = login.rpartition("\\")[2].lower()
        return self._first(lambda person: name in (person.sAMAccountName, person.userPrincipalName))

    def by_smtp(self, address: str) -> Person | None:
        return self._first(lambda person: address.lower() in person.smtp_addresses)

    def by_proxy_sip(self, address: str) -> Person | None:
        return self._first(lambda person: person.proxy_sip == address.lower())

    def by_mailbox(self, guid: str) -> Person | None:
        return self._first(lambda person: guid.lower() in (person.msExchMailboxGuid, person.msExchArchiveGUID))

    def by_legacy_dn(self, dn: str) -> Person | None:
        return self._first(lambda person: person.legacyExchangeDN.lower() == dn.lower())

    def by_sip(self, address: str) -> Person | None:
        return self._first(lambda person: person.sip == address.lower())

    def search(self, text: str, limit: int = 100, *, hidden: bool = False) -> list[Person]:
        words = text.lower().split()
        found = [p for p in self.everyone if all(p.displayName.lower().startswith(word) for word in words)]
        return [p for p in found if hidden or not p.msExchHideFromAddressLists][:limit]

    def people(self) -> Iterable[Person]:
        return list(self.everyone)

    def group_by_smtp(self, address: str) -> Group | None:
        return self.groups.by_mail(address)

    def search_groups(self, text: str) -> list[Group]:
        return self.groups.search(text)

    def room_lists(self) -> list[Group]:
        return self.groups.room_lists()

    def all_groups(self) -> list[Group]:
        return self.groups.everything()

    def listen(self, hear: Callable[[frozenset[str]], None]) -> Callable[[], None]:
        return lambda: None

    def listen_to_groups(self, hear: Callable[[], None]) -> Callable[[], None]:
        return lambda: None

    def group_members(self, group: Group) -> list[Person | Group]:
        return self.groups.direct(group, self.by_guid)

    def people_of(self, group: Group) -> list[Person]:
        return self.groups.people(group, self.by_guid)

    def groups_of(self, guid: str) -> list[Group]:
        return self.groups.around(guid)


@dataclass
class Clock:
    """A clock that a test moves."""

    now: datetime = datetime(2026, 11, 23, 9, 0, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


class Door:
    """Takes everyone for who the request's ``X-Caller`` header says; an unknown name is refused."""

    def __init__(self, callers: dict[str, Caller]) -> None:
        self._callers = callers

    async def authenticate(self, request: HttpRequest) -> Caller | HttpResponse:
        caller = self._callers.get(request.headers.get("X-Caller"))
        return caller or HttpResponse(401, [("WWW-Authenticate", "Basic")])


@dataclass
class Answer:
    """One answer of the endpoint, valid by the schema."""

    status: int
    root: etree._Element
    raw: bytes
    headers: list[tuple[str, str]] = field(default_factory=list)

    def all(self, path: str) -> list[etree._Element]:
        """Elements by an XPath with the prefixes ``s m t e``."""
        return list(self.root.xpath(path, namespaces=NAMES))

    def one(self, path: str) -> etree._Element:
        """The only element of an XPath."""
        found = self.all(path)
        assert len(found) == 1, f"{len(found)} of {path} in {self.raw.decode()[:3000]}"
        return found[0]

    def text(self, path: str) -> str:
        """The text of the only element of an XPath."""
        return self.one(path).text or ""

    def texts(self, path: str) -> list[str]:
        """The texts of elements."""
        return [found.text or "" for found in self.all(path)]

    @property
    def codes(self) -> list[str]:
        """The ResponseCode of each message, or of the fault."""
        return [found.text or "" for found in self.root.iter(M + "ResponseCode", "{" + NAMES["e"] + "}ResponseCode")]


def envelope(body: str, version: str = "Exchange2013", header: str = "") -> bytes:
    """A request around ``body`` with the prefixes ``m`` and ``t``."""
    asked = f'<t:RequestServerVersion Version="{version}"/>' if version else ""
    declared = " ".join(f'xmlns:{prefix}="{NAMES[prefix]}"' for prefix in "smt")
    return (f"<s:Envelope {declared}><s:Header>{asked}{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>").encode()


@dataclass
class World:
    """What a story plays in."""

    exchange: Exchange
    endpoint: EwsEndpoint
    store: Engine
    feed: LocalFeed
    people: People
    clock: Clock
    rights: Rights

    async def send(
        self, who: Person | Caller, body: bytes, headers: Iterable[tuple[str, str]] = (), method: str = "POST"
    ) -> HttpResponse:
        """One HTTP request of ``who``."""
        name = who.sAMAccountName if isinstance(who, Person) else who.application
        fields = Headers([("Content-Type", "text/xml; charset=utf-8"), ("X-Caller", name), *headers])
        return await self.endpoint(
            HttpRequest(method, "mail.contoso.test", "/EWS/Exchange.asmx", headers=fields, body=body)
        )

    async def ask(
        self,
        who: Person | Caller,
        body: str,
        *,
        version: str = "Exchange2013",
        header: str = "",
        headers: Iterable[tuple[str, str]] = (),
        status: int = 200,
    ) -> Answer:
        """One SOAP request of ``who``; its answer, known to be valid."""
        response = await self.send(who, envelope(body, version, header), headers)
        root = valid(response.content)
        assert response.status == status, response.content.decode()[:3000]
        return Answer(response.status, root, response.content, response.headers)


Story = Callable[[World], Awaitable[None]]


def run(story: Story, folder: Path, settings: ExchangeSettings | None = None) -> None:
    """Play ``story`` in a new world whose files are in ``folder``."""
    asyncio.run(asyncio.wait_for(_play(story, folder, settings or ExchangeSettings()), 60))


async def _play(story: Story, folder: Path, settings: ExchangeSettings) -> None:
    feed, clock = LocalFeed(), Clock()
    people = People([ALICE, BOB, CAROL, DAVE, replace(person("nobody"), msExchMailboxGuid="")])
    store = await open_store(str(folder / "store.db"), folder / "blobs", feed.publish)
    counter = iter(range(1, 1_000_000))
    rights = await Rights.open(store, feed, people)
    exchange = Exchange(store, feed, people, clock, settings, lambda n: next(counter).to_bytes(n, "big"), rights)
    callers = {p.sAMAccountName: Caller(p, "basic") for p in people.everyone} | {"lync": PARTNER}
    try:
        await story(World(exchange, EwsEndpoint(exchange, Door(callers)), store, feed, people, clock, rights))
    finally:
        exchange.close()
        await rights.close()
        await store.close()
