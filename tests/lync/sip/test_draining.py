"""A server that is about to end begins nothing new, and ends what it has begun."""

from __future__ import annotations

import asyncio

import pytest

from samband.serve.lync_side import RETURN, drain
from samband.wire.sip.message import SipResponse
from tests.lync.sip.sides import Client, World


def message(sender: Client, receiver: str) -> None:
    sender.send(sender.request("MESSAGE", f"sip:{receiver}@contoso.test", body=b"hello"))


async def begun(world: World, grace: float = 60.0) -> asyncio.Task[None]:
    """The server is told to end."""
    ending = asyncio.ensure_future(drain(world.side, grace))
    await asyncio.sleep(0)
    return ending


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_is_under_way_is_answered_and_nothing_begins(transport: str) -> None:
    async def scene() -> None:
        world = World()
        alice, bob = world.signed_in("alice", transport), world.signed_in("bob", transport)
        carol = world.client("carol", transport)
        message(alice, "bob")
        held = bob.take_request()
        ending = await begun(world)
        assert not ending.done()
        carol.register()
        told = set()
        for _ in range(50):
            answer = carol.take_response()
            assert answer.status == 503
            told.add(int(answer.headers["Retry-After"][0]))
            message(carol, "bob")
        assert min(told) >= 1
        assert max(told) <= RETURN
        assert len(told) > 5, "not all at one time"
        assert not bob.inbox()
        bob.answer(held, 200)
        assert alice.take_response().status == 200
        await asyncio.wait_for(ending, 20)

    asyncio.run(scene())


def test_what_is_in_a_dialog_goes_on() -> None:
    async def scene() -> None:
        world = World()
        world.gate.unsigned |= {"alice", "bob"}
        alice, bob = world.signed_in("alice"), world.signed_in("bob")
        invite = alice.request("INVITE", "sip:bob@contoso.test", Contact=f"<{alice.contact}>")
        alice.send(invite)
        bob.answer(bob.take_request(), 200, tag="b", contact=True)
        assert [answer.status for answer in alice.inbox() if isinstance(answer, SipResponse)] == [100, 200]
        await (await begun(world))
        bye = alice.request("BYE", bob.contact, to="<sip:bob@contoso.test>;tag=b", call_id=invite.call_id, cseq=2)
        alice.send(bye)
        assert bob.take_request().method == "BYE"

    asyncio.run(scene())


def test_who_never_answers_does_not_hold_it_up() -> None:
    async def scene() -> None:
        world = World()
        alice, bob = world.signed_in("alice"), world.signed_in("bob")
        message(alice, "bob")
        bob.take_request()
        await asyncio.wait_for(await begun(world, 0.1), 20)
        assert world.side.transactions.owed == 1
        alice.hang_up()
        assert world.side.transactions.owed == 0

    asyncio.run(scene())
