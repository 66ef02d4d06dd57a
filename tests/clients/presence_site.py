"""SIP with presence and contact lists on a real socket, in a thread of the test's process: no web services."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from samband.lync.actions.conferences import Conferences
from samband.lync.actions.contacts import Contacts
from samband.lync.actions.mailbox_presence import MailboxPresence
from samband.lync.actions.presence import Presence
from samband.lync.actions.rooms import Rooms
from samband.lync.sip.conference_doors import ConferenceDoors, personal_settings
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Places
from samband.lync.sip.presence_doors import PresenceDoors
from samband.lync.sip.provisioning_door import Provisioning
from samband.model.people import Person
from samband.net.sip_server import SipServer
from samband.wire.conference.join_links import JoinLinks
from tests.clients.in_thread import in_thread
from tests.clients.names import Names
from tests.clients.purple_process import Account, PurpleProcess
from tests.clients.waiting import until
from tests.lync.sip.guarded import Site
from tests.lync.sip.lync_client import HOST
from tests.trust.fakes import Clock, News, person, store

T = TypeVar("T")
ADDRESS = "127.0.0.1"
DOMAIN = "contoso.test"


class WallClock(Clock):
    """The real time, for clients that have it too."""

    def __call__(self) -> float:
        return time.monotonic()

    def time(self) -> datetime:
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


@dataclass
class PresenceSite:
    """Alice, bob and carol may sign in with ``pw-alice``, ``pw-bob`` and ``pw-carol``."""

    port: int
    udp: int
    mailboxes: MailboxPresence
    people: dict[str, Person]
    loop: asyncio.AbstractEventLoop

    def call(self, work: Callable[[], T]) -> T:
        """Run ``work`` where the site runs."""

        async def run() -> T:
            return work()

        return asyncio.run_coroutine_threadsafe(run(), self.loop).result(10)

    def lync(self, name: str) -> PurpleProcess:
        """pidgin-sipe of one person, signed in, its contact list read."""
        account = Account(
            user=f"{name}@{DOMAIN}",
            login=f"CONTOSO\\{name}",
            password=f"pw-{name}",
            server=f"{HOST}:{self.port}",
            transport="tcp",
            authentication="ntlm",
        )
        client = PurpleProcess(account, Names({HOST: ADDRESS}))
        client.wait("signed-on")
        until(lambda: "contactList" in client.log and "msrtc-category-publish" in client.log, "the contact list")
        return client

    def plain(self, name: str) -> PurpleProcess:
        """libpurple's SIMPLE client of one person, signed in."""
        account = Account(
            protocol="prpl-simple",
            user=f"{name}@{DOMAIN}",
            login=name,
            password=f"pw-{name}",
            server=f"{DOMAIN}:{self.port}",
            transport="tcp",
        )
        client = PurpleProcess(account, Names({DOMAIN: ADDRESS}))
        client.wait("signed-on")
        return client


@contextmanager
def serving_presence(folder: Path) -> Iterator[PresenceSite]:
    """A site for as long as the context lasts."""
    with in_thread(lambda stack: _open(folder, stack)) as site:
        yield site


async def _open(folder: Path, stack: AsyncExitStack) -> PresenceSite:
    news = News()
    opened = await stack.enter_async_context(store(folder, news))
    people = Site(clock=WallClock())
    people.add(person("carol"), "pw-carol")
    clock = people.clock
    presence = Presence(opened, news, people.people, clock.time)
    await presence.start()
    stack.push_async_callback(presence.stop)
    side = LyncSide(
        directory=people.people,
        guard=people.guard("NTLM"),
        places=Places(HOST, frozenset({DOMAIN}), names=frozenset({HOST, ADDRESS})),
        now=clock,
        token=lambda: os.urandom(8).hex(),
    )
    provisioning = Provisioning(personal=personal_settings)
    doors = PresenceDoors(side, presence, Contacts(opened, news), clock.time, provisioning)
    conferences = Conferences(opened, people.people, clock.time, os.urandom)
    rooms = Rooms(conferences, news)
    stack.callback(rooms.close)
    ConferenceDoors(side, doors, conferences, rooms, JoinLinks({DOMAIN: f"https://meet.{DOMAIN}"}))
    server = SipServer(side)
    stack.push_async_callback(server.close)
    return PresenceSite(
        await server.listen(ADDRESS, 0),
        await server.listen_udp(ADDRESS, 0),
        MailboxPresence(presence),
        {one.sAMAccountName: one for one in people.people.people()},
        asyncio.get_running_loop(),
    )
