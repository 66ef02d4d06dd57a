"""Connections to partners: what waits, what fails, when it is tried again. No sockets: the dialling is the test's."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import pytest

from samband.lync.sip import federation_links
from samband.lync.sip.federation_dns import FederationDns
from samband.lync.sip.federation_links import FIRST_REST, PING, WAITING, FederationLinks, Line, Untrusted
from samband.lync.sip.flow import Flow, PartnerServer
from samband.lync.sip.routing import Nowhere
from samband.lync.sip.timers import Timers
from samband.model.federation import FederatedDomain, FederationPolicy
from samband.wire.dns import Kind, Lookup, Outcome

THEIRS = "fabrikam.test"


@dataclass
class FakeLine:
    """A connection that keeps what it is given."""

    lost: Callable[[], None]
    sent: list[bytes] = field(default_factory=list)

    def send(self, data: bytes) -> None:
        self.sent.append(data)

    def close(self) -> None:
        self.lost()


@dataclass
class FakeSession:
    flow: Flow

    def feed(self, data: bytes) -> None: ...

    def lost(self) -> None:
        self.flow.lost()


class Dns:
    """Two servers, each with an address."""

    there = True

    async def lookup(self, name: str, kind: Kind) -> Lookup:
        if not self.there:
            return Lookup(Outcome.NO_NAME)
        return Lookup(Outcome.FOUND, (f"0 0 5061 a.{THEIRS}", f"1 0 5061 b.{THEIRS}"))

    async def addresses(self, name: str) -> tuple[str, ...]:
        return (f"at {name}",)


class World:
    """Links, with a clock and a way to dial of their own."""

    def __init__(self) -> None:
        self.policy = FederationPolicy(False, (FederatedDomain(THEIRS),))
        self.timers = Timers(1000.0)
        self.resolver = Dns()
        self.refusals: dict[str, OSError] = {}
        self.dialled: list[str] = []
        self.lines: list[FakeLine] = []
        self.hurry = asyncio.Event()
        self.hurry.set()
        dns = FederationDns(self.resolver, lambda: self.timers.now, lambda: 0.0)
        self.links = FederationLinks(lambda: self.policy, dns, self.dial, self.session, self.timers)

    async def dial(
        self,
        address: str,
        port: int,
        host: str,
        authorities: str,
        feed: Callable[[bytes], None],
        lost: Callable[[], None],
    ) -> Line:
        self.dialled.append(host)
        await self.hurry.wait()
        if host in self.refusals:
            raise self.refusals[host]
        self.lines.append(FakeLine(lost))
        return self.lines[-1]

    def session(self, partner: PartnerServer, write: Callable[[bytes], None], close: Callable[[], None]) -> FakeSession:
        return FakeSession(Flow("tls", ("", 0), ("lync.contoso.test", 5061), 1, write, close, partner=partner))

    def flow(self) -> Flow:
        found = self.links.flow(THEIRS)
        assert isinstance(found, Flow), found
        return found

    def refusal(self) -> tuple[int, int]:
        found = self.links.flow(THEIRS)
        assert isinstance(found, Nowhere)
        assert found.diagnosis is not None
        return found.status, found.diagnosis[0]


def run(test: Callable[[World], Awaitable[None]]) -> None:
    async def within() -> None:
        world = World()
        await test(world)
        world.links.close()

    asyncio.run(within())


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_what_is_sent_before_the_connection_is_there_follows_in_order() -> None:
    async def test(world: World) -> None:
        flow = world.flow()
        flow.send(b"one ")
        flow.send(b"two ")
        await settled()
        flow.send(b"three")
        assert b"".join(world.lines[0].sent) == b"one two three"
        assert world.flow() is flow, "one connection a domain"
        assert flow.partner == PartnerServer(domain=THEIRS)

    run(test)


def test_the_next_server_is_tried() -> None:
    async def test(world: World) -> None:
        world.refusals[f"a.{THEIRS}"] = ConnectionRefusedError()
        world.flow()
        await settled()
        assert world.dialled == [f"a.{THEIRS}", f"b.{THEIRS}"]
        assert len(world.lines) == 1

    run(test)


@pytest.mark.parametrize(
    ("error", "number"), [(ConnectionRefusedError(), 1007), (TimeoutError(), 1007), (Untrusted("expired"), 1010)]
)
def test_a_partner_that_is_not_reached_rests_twice_as_long_each_time(error: OSError, number: int) -> None:
    async def test(world: World) -> None:
        world.refusals = {f"a.{THEIRS}": error, f"b.{THEIRS}": error}
        for rest in (FIRST_REST, 2 * FIRST_REST, 4 * FIRST_REST):
            flow = world.flow()
            await settled()
            assert flow.closed
            assert flow.why is not None
            assert (flow.why[0], flow.why[1][0]) == (504, number)
            world.timers.advance(world.timers.now + rest - 0.5)
            assert world.refusal() == (504, number)
            world.timers.advance(world.timers.now + 0.5)
        world.refusals.clear()
        world.flow()
        await settled()
        world.lines[0].close()
        world.flow()
        await settled()
        assert len(world.lines) == 2, "a connection that was there is made again at once"

    run(test)


def test_a_domain_without_a_record() -> None:
    async def test(world: World) -> None:
        world.resolver.there = False
        flow = world.flow()
        await settled()
        assert flow.why is not None
        assert flow.why[1][0] == 1008
        assert not world.dialled

    run(test)


def test_what_waits_is_bounded() -> None:
    async def test(world: World) -> None:
        world.hurry.clear()
        flow = world.flow()
        flow.send(b"x" * WAITING)
        assert not flow.closed
        flow.send(b"x")
        assert flow.closed
        world.hurry.set()
        await settled()
        assert len(world.links) == 0

    run(test)


def test_the_policy_closes_what_it_does_not_want() -> None:
    async def test(world: World) -> None:
        flow = world.flow()
        await settled()
        world.links.changed()
        assert not flow.closed
        world.policy = FederationPolicy(True, (FederatedDomain(THEIRS, blocked=True),))
        world.links.changed()
        assert flow.closed
        assert world.refusal() == (403, 1005)

    run(test)


def test_another_way_to_a_partner_is_taken_at_once() -> None:
    async def test(world: World) -> None:
        flow = world.flow()
        await settled()
        world.policy = FederationPolicy(False, (FederatedDomain(THEIRS, proxy="edge.hosting.test:5062"),))
        world.links.changed()
        assert flow.closed
        world.flow()
        await settled()
        assert world.dialled[-1] == "edge.hosting.test"

    run(test)


def test_a_quiet_connection_is_kept_alive() -> None:
    async def test(world: World) -> None:
        world.flow()
        await settled()
        world.lines[0].sent.clear()
        world.timers.advance(world.timers.now + PING + 1)
        assert world.lines[0].sent == [b"\r\n\r\n"]

    run(test)


def test_partners_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test(world: World) -> None:
        monkeypatch.setattr(federation_links, "MOST", 1)
        world.policy = FederationPolicy(True)
        world.flow()
        assert world.links.flow("northwind.test") == Nowhere(503, (1007, "Temporarily cannot route"))

    run(test)
