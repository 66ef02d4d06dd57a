"""A mailbox side behind EWS and the Lync side's contact lists, over one store; the wire between them can be cut."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path

from samband.exchange.ews.endpoint import EwsEndpoint
from samband.integration.exchange_client import ExchangeClient, NoMailbox, Unreachable
from samband.integration.unified_contacts import UcsPolicy, UnifiedContactStore
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.model import contacts as lists
from samband.model.caller import Caller
from samband.model.contacts import Contact, ContactList
from samband.model.people import Person
from samband.wire.http import Headers, HttpRequest, HttpResponse
from tests.exchange import world as mailboxes
from tests.exchange.im_list import Client
from tests.exchange.world import World
from tests.web_in_memory import Fields, WebInMemory

EWS = "https://mail.contoso.test/EWS/Exchange.asmx"
ALICE, BOB = (
    replace(one, msRTCSIP_PrimaryUserAddress=f"sip:{one.mail}", msRTCSIP_UserEnabled=True)
    for one in (mailboxes.ALICE, mailboxes.BOB)
)


class Wire(WebInMemory):
    """Both the HTTP client and the authorizer. ``left``: how many requests still get through; None is all."""

    def __init__(self, world: World) -> None:
        callers = {one.mail: Caller(one, "bearer", application="lync") for one in (ALICE, BOB)}
        self._endpoint = EwsEndpoint(world.exchange, _Tokens(callers | {"": Caller(None, "bearer", "lync")}))
        self.left: int | None = None
        self.asked: list[str] = []
        self.seen: Callable[[str], None] = lambda who: None
        """Told whose mailbox is looked for."""

    async def authorization_for(self, url: str, person: Person | None) -> str:
        return person.mail if person is not None else ""

    def forget(self, url: str) -> None:
        raise AssertionError("no token is refused here")

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        if self.left is not None:
            if self.left <= 0:
                raise ConnectionRefusedError("the wire is cut")
            self.left -= 1
        self.asked.append(body.decode().partition("<s:Body><m:")[2].partition(">")[0].partition("/")[0])
        return await self._endpoint(HttpRequest(method, "mail", "/EWS", headers=Headers(headers), body=body))


class _Tokens:
    def __init__(self, callers: dict[str, Caller]) -> None:
        self._callers = callers

    async def authenticate(self, request: HttpRequest) -> Caller | HttpResponse:
        return self._callers[request.headers.get("Authorization")]


class _Exchange(ExchangeClient):
    """Knows where mailboxes are without asking."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(wire, wire, "")
        self._wire = wire

    async def ews_url(self, person: Person) -> str:
        self._wire.seen(person.mail)
        if not person.mail:
            raise NoMailbox("no mail address")
        if self._wire.left == 0:
            raise Unreachable("the wire is cut")
        return EWS


@dataclass
class Sides:
    """What a story plays in: alice has contacts on the Lync side."""

    world: World
    wire: Wire
    contacts: Contacts
    ucs: UnifiedContacts
    store: UnifiedContactStore
    mailbox: Client
    calm: float = 0.0

    @property
    def exchange(self) -> ExchangeClient:
        """The mailbox side as the Lync side asks it."""
        return _Exchange(self.wire)

    async def local(self) -> ContactList:
        """Alice's list on the Lync side."""
        return await self.contacts.get(ALICE)

    def again(self, policy: UcsPolicy) -> UnifiedContactStore:
        """The feature as a new process has it."""
        return UnifiedContactStore(self.exchange, self.world.people, self.ucs, policy, self.world.clock, self.calm)

    @asynccontextmanager
    async def running(self, policy: UcsPolicy) -> AsyncIterator[UnifiedContactStore]:
        """The feature's task, as a site runs it."""
        feature = self.again(policy)
        self.ucs.listen(feature.changed)
        task = asyncio.create_task(feature.run())
        try:
            yield feature
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    async def until(self, look: Callable[[], Awaitable[object]], what: str) -> None:
        """Wait for ``look`` to say yes."""
        for _ in range(500):
            if await look():
                return
            await asyncio.sleep(0.01)
        raise AssertionError(f"did not come: {what}")


PEOPLE = {"bob@contoso.test": ("Friends", "Work"), "carol@contoso.test": ("Work",), "dave@elsewhere.test": ()}


def groups_of(contacts: ContactList) -> dict[str, tuple[str, ...]]:
    """The names of everybody's groups, none for the default one."""
    return {
        address: tuple(contacts.groups[number].name for number in contact.groups if number != lists.DEFAULT_GROUP)
        for address, contact in contacts.contacts.items()
    }


async def _fill(contacts: Contacts) -> None:
    async def change(verb: Callable[[ContactList], lists.Changed]) -> None:
        await contacts.change(ALICE, (await contacts.get(ALICE)).delta, verb)

    for name in ("Friends", "Work", "Nobody yet"):
        await change(lambda book, name=name: lists.add_group(book, name))  # type: ignore[misc]
    numbers = {group.name: number for number, group in (await contacts.get(ALICE)).groups.items()}
    for address, groups in PEOPLE.items():
        one = Contact(
            address=address,
            name="Davey" if address.startswith("dave") else "",
            groups=tuple(numbers[name] for name in groups) or (lists.DEFAULT_GROUP,),
            subscribed=not address.startswith("carol"),
        )
        await change(lambda book, one=one: lists.set_contact(book, one))  # type: ignore[misc]


AT_ONCE = UcsPolicy(delay=timedelta(0), retry=timedelta(0), broken_off=timedelta(0), patience=timedelta(0))
OFF = replace(AT_ONCE, allowed=False)


def play(folder: Path, story: Callable[[Sides], Awaitable[None]]) -> None:
    """Run a story."""

    async def both(world: World) -> None:
        world.people.everyone = [ALICE, BOB, *world.people.everyone[2:]]
        contacts = Contacts(world.store, world.feed)
        ucs = UnifiedContacts(world.store, world.feed, world.people, contacts, world.clock)
        await ucs.start()
        await _fill(contacts)
        wire = Wire(world)
        store = UnifiedContactStore(_Exchange(wire), world.people, ucs, OFF, world.clock)
        try:
            await story(Sides(world, wire, contacts, ucs, store, Client(world, ALICE)))
        finally:
            ucs.close()

    mailboxes.run(both, folder)
