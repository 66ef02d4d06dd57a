"""Who subscribed by UDP is told by the next server in the same dialog; what is over, or nobody's any more, is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samband.lync.actions.kept_subscriptions import KeptSubscriptions
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.lasting_subscriptions import AHEAD, LastingSubscriptions
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.subscriptions import Subscriptions
from samband.model.failures import Failure
from samband.store.api import StoreUnavailable
from samband.store.engine import Engine
from samband.wire.presence.names import BATCH_TYPE
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.stream import read_datagram
from tests.lync.sip.sides import Client, World
from tests.trust.fakes import News, store

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
LISTENER = ("127.0.0.1", 5060)


class Weather:
    """A package that says one thing, or that there is nothing any more."""

    def __init__(self) -> None:
        self.says = b"sunny"
        self.served: list[Subscription] = []
        self.bodies: list[bytes] = []

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        if not self.says:
            raise Failure("NotFound", "There is no weather here")
        self.served.append(subscription)
        self.bodies.append(inbound.request.body)
        return Content("text/plain", self.says)


class Server(World):
    """One Lync side after another over a store."""

    def __init__(self, kept: KeptSubscriptions, before: list[object]) -> None:
        super().__init__()
        side = self.side
        self.kept = kept
        self.gate.unsigned |= {"alice", "bob"}
        self.weather = Weather()
        self.subscriptions = Subscriptions(side.router, side.registrar, side.places, side.timers)
        packages = {"presence": self.weather}
        lasting = LastingSubscriptions(
            kept,
            before,  # type: ignore[arg-type]
            self.subscriptions,
            packages,
            side.router,
            side.directory,
            side.timers,
        )
        side.on_datagrams(lasting.restore)
        side.add({("SUBSCRIBE", "presence"): lambda inbound: self.subscriptions.handle(inbound, self.weather)})

    def listen(self) -> list[SipRequest]:
        """Bind the listener of datagrams; the requests that it sends."""
        sent: list[SipRequest] = []

        def send(data: bytes, _peer: tuple[str, int]) -> None:
            message = read_datagram(data)
            assert isinstance(message, SipRequest)
            sent.append(message)

        self.side.datagrams(LISTENER, send)
        return sent


class Servers:
    def __init__(self, opened: Engine) -> None:
        self.store = opened
        self.passed = 0.0

    async def next(self) -> Server:
        kept = KeptSubscriptions(self.store, lambda: START + timedelta(seconds=self.passed))
        before = await kept.load()
        return Server(kept, list(before))


def play(folder: Path, scene: Callable[[Servers], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with store(folder, News()) as opened:
            await scene(Servers(opened))

    asyncio.run(run())


async def settle(world: World) -> None:
    for _ in range(5000):
        await asyncio.sleep(0.001)
        if not world.side.router._tasks:
            return
    raise AssertionError("a SUBSCRIBE is never answered")


async def subscribed(world: Server, expires: str = "600", transport: str = "udp") -> tuple[Client, SipRequest]:
    """Alice, who has subscribed, and the first notification."""
    alice = world.client("alice", transport)
    request = alice.request("SUBSCRIBE", "sip:bob@contoso.test", Event="presence", Expires=expires, Authorization="x")
    alice.send(request.put("Contact", f"<{alice.contact}>"))
    assert transport != "udp" or alice.raw == [], "not acknowledged before it is on disk"
    await settle(world)
    answer, notify = alice.inbox()
    assert isinstance(answer, SipResponse)
    assert isinstance(notify, SipRequest)
    assert answer.status == 200
    alice.answer(notify, 200)
    return alice, notify


def dialog(notify: SipRequest) -> tuple[str, str, str]:
    return notify.call_id, tag_in(notify.headers["From"][0]), notify.headers["To"][0]


def test_the_next_server_goes_on(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        alice, before = await subscribed(await servers.next())
        (row,) = await (await servers.next()).kept.load()
        assert b"Authorization" not in row.request
        servers.passed = 100
        for _ in range(2):
            world = await servers.next()
            sent = world.listen()
            world.weather.says = b"rain"
            assert not sent, "not all at once"
            world.sleep(2)
            (notify, *_again) = sent
            assert dialog(notify) == dialog(before)
            assert notify.uri == alice.contact
            assert notify.body == b"rain"
            assert notify.cseq[0] > before.cseq[0]
            assert notify.headers["Subscription-State"][0] in ("active;expires=499", "active;expires=498")
            await world.kept.settled()
            before = notify

    play(tmp_path, scene)


def test_the_latest_list_counts(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice = world.client("alice", "udp")
        fields = {"Event": "presence", "Contact": f"<{alice.contact}>"}
        bob, kind = "sip:bob@contoso.test", "application/resource-lists+xml"
        alice.send(alice.request("SUBSCRIBE", bob, body=b"one", call_id="list", Content_Type=kind, **fields))
        await settle(world)
        to = next(one for one in alice.inbox() if isinstance(one, SipResponse)).headers["To"][0]
        for number, body in ((2, b"two"), (3, b"")):
            again = alice.request("SUBSCRIBE", bob, to=to, body=body, call_id="list", cseq=number, **fields)
            alice.send(again.put("Content-Type", kind) if body else again)
            await settle(world)
        await world.kept.settled()
        world = await servers.next()
        sent = world.listen()
        world.sleep(2)
        assert sent
        assert world.weather.bodies == [b"two"]

    play(tmp_path, scene)


def test_a_batch_is_not_kept(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice = world.client("alice", "udp")
        request = alice.request("SUBSCRIBE", "sip:bob@contoso.test", body=b"<batch/>", Event="presence")
        alice.send(request.put("Contact", f"<{alice.contact}>").put("Content-Type", BATCH_TYPE))
        await settle(world)
        await world.kept.settled()
        assert await world.kept.load() == []

    play(tmp_path, scene)


def test_numbers_go_up_over_any_number_of_notifications(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice, _ = await subscribed(world)
        (subscription,) = world.weather.served
        for _ in range(2 * AHEAD):
            subscription.notify(Content("text/plain", b"x"))
            alice.answer(alice.take_request(), 200)
        await world.kept.settled()
        last = subscription.dialog.local_cseq
        world = await servers.next()
        sent = world.listen()
        world.sleep(2)
        assert sent[0].cseq[0] > last > 2 * AHEAD

    play(tmp_path, scene)


@pytest.mark.parametrize("why", ["ended", "expired", "no such person", "another listener", "refused now", "by TCP"])
def test_what_is_over_stays_over(tmp_path: Path, why: str) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice, notify = await subscribed(world, transport="tcp" if why == "by TCP" else "udp")
        if why == "ended":
            end = alice.request("SUBSCRIBE", "sip:bob@contoso.test", call_id=notify.call_id, cseq=2)
            end.put("To", notify.headers["From"][0]).put("Event", "presence").put("Expires", "0")
            alice.send(end)
            await settle(world)
            await world.kept.settled()
        elif why == "expired":
            servers.passed = 601
        world = await servers.next()
        if why == "no such person":
            del world.directory.known["alice"]
        world.weather.says = b"" if why == "refused now" else b"sunny"
        sent: list[bytes] = []
        place = ("127.0.0.2", 5060) if why == "another listener" else LISTENER
        world.side.datagrams(place, lambda data, _peer: sent.append(data))
        world.sleep(2)
        if why == "refused now":
            assert b"terminated;reason=noresource" in sent[0]
        else:
            assert not sent
        await world.kept.settled()
        assert len(await world.kept.load()) == (why == "another listener")

    play(tmp_path, scene)


def test_what_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()

        async def away(_work: object) -> None:
            raise StoreUnavailable("away")

        servers.store.write = away  # type: ignore[method-assign, assignment]
        alice = world.client("alice", "udp")
        request = alice.request("SUBSCRIBE", "sip:bob@contoso.test", Event="presence", Expires="600")
        alice.send(request.put("Contact", f"<{alice.contact}>"))
        await settle(world)
        assert alice.take_response().status == 500
        assert len(world.subscriptions) == 0

    play(tmp_path, scene)
