"""Who registered by UDP is signed in still when the server is another one; who is gone, or nobody any more, is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from samband.lync.actions.bindings import Bindings
from samband.store.api import StoreUnavailable
from samband.store.engine import Engine
from tests.lync.sip.sides import Client, World
from tests.trust.fakes import News, store

START = datetime(2026, 11, 23, 12, tzinfo=UTC)
LISTENER = ("127.0.0.1", 5060)
Sent = list[tuple[bytes, tuple[str, int]]]


class Servers:
    """One store, and one server after another over it."""

    def __init__(self, opened: Engine) -> None:
        self.store = opened
        self.current: Bindings | None = None
        self.passed = 0.0
        """Seconds since ``START``."""

    def bindings(self) -> Bindings:
        return Bindings(self.store, lambda: START + timedelta(seconds=self.passed))

    async def next(self) -> World:
        bindings = self.current = self.bindings()
        return World(bindings=bindings, before=await bindings.load())

    async def on_disk(self) -> None:
        """Everything that the server at hand has noted is written."""
        assert self.current is not None
        async with asyncio.timeout(30):
            await self.current.settled()

    async def kept(self) -> list[str]:
        """Whose endpoints another server would find."""
        return [binding.address.partition("@")[0] for binding in await self.bindings().load()]


def listen(world: World) -> Sent:
    """Bind the listener of datagrams; what it sends."""
    sent: Sent = []
    world.side.datagrams(LISTENER, lambda data, peer: sent.append((data, peer)))
    return sent


def signed_in(world: World, name: str) -> bool:
    return bool(world.side.registrar.endpoints(f"{name}@contoso.test"))


async def settle(world: World) -> None:
    """Let everything end that waits for the store."""
    for _ in range(500):
        await asyncio.sleep(0.001)
        if not world.side.router._tasks:
            return
    raise AssertionError("a REGISTER is never answered")


async def phone(world: World, name: str = "alice", **how: Any) -> Client:
    client = world.client(name, "udp")
    client.register(**how)
    assert client.raw == [], "not acknowledged before it is on disk"
    await settle(world)
    assert client.take_response().status == 200
    return client


def play(folder: Path, scene: Callable[[Servers], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with store(folder, News()) as opened:
            await scene(Servers(opened))

    asyncio.run(run())


def test_an_endpoint_survives_until_its_time(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        alice = await phone(await servers.next(), expires="600")
        servers.passed = 300
        world = await servers.next()
        sent = listen(world)
        bob = world.signed_in("bob")
        bob.send(bob.request("MESSAGE", "sip:alice@contoso.test", body=b"there?", Content_Type="text/plain"))
        ((data, peer),) = sent
        assert peer == alice.peer
        assert data.startswith(f"MESSAGE {alice.contact} ".encode())
        world.sleep(301)
        assert not signed_in(world, "alice")
        await servers.on_disk()
        assert await servers.kept() == []

    play(tmp_path, scene)


def test_a_refresh_counts(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice = await phone(world, expires="100")
        alice.register(expires="600", cseq=2)
        await settle(world)
        servers.passed = 300
        world = await servers.next()
        listen(world)
        assert signed_in(world, "alice")

    play(tmp_path, scene)


@pytest.mark.parametrize("why", ["signed out", "expired", "revoked", "another address", "disabled", "another listener"])
def test_who_is_gone_stays_away(tmp_path: Path, why: str) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice = await phone(world, expires="100")
        if why == "signed out":
            alice.register(expires="0", cseq=2)
        elif why == "revoked":
            world.side.registrar.sign_out("alice@contoso.test", "revoked")
        elif why == "expired":
            servers.passed = 101
        await servers.on_disk()
        gone = why in ("signed out", "expired", "revoked")
        assert await servers.kept() == ([] if gone else ["alice"])
        world = await servers.next()
        if why == "another address":
            world.directory.known["alice"] = replace(
                world.directory.known["alice"], msRTCSIP_PrimaryUserAddress="sip:al@contoso.test"
            )
        elif why == "disabled":
            del world.directory.known["alice"]
        world.side.datagrams(("127.0.0.2", 5060) if why == "another listener" else LISTENER, lambda data, peer: None)
        assert not signed_in(world, "alice")

    play(tmp_path, scene)


def test_what_ends_with_its_connection_is_not_kept(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        world.signed_in("alice")
        await servers.on_disk()
        assert await servers.kept() == []

    play(tmp_path, scene)


def test_many_at_once(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        phones = [world.client(name, "udp") for name in ("alice", "bob", "carol", "dave", "erin") for _ in range(10)]
        for one in phones:
            one.register(expires="600")
        await settle(world)
        assert [one.take_response().status for one in phones] == [200] * 50
        assert len(await servers.kept()) == 50

    play(tmp_path, scene)


def test_what_cannot_be_kept_is_not_acknowledged(tmp_path: Path) -> None:
    async def scene(servers: Servers) -> None:
        world = await servers.next()
        alice = world.client("alice", "udp")

        async def away(_work: object) -> None:
            raise StoreUnavailable("away")

        write, servers.store.write = servers.store.write, away  # type: ignore[method-assign, assignment]
        alice.register(expires="600")
        await settle(world)
        assert alice.take_response().status == 500
        servers.store.write = write  # type: ignore[method-assign]
        alice.register(expires="600", cseq=2)
        await settle(world)
        assert alice.take_response().status == 200

    play(tmp_path, scene)
