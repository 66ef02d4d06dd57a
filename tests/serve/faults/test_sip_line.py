"""Messages that are struck on their way to clients."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Literal

import msgspec
import pytest

from samband.lync.sip.flow import Flow
from samband.serve.faults.rules import Kept, Pending
from samband.serve.faults.sip_faults import AtOnce, SipFault
from samband.serve.faults.sip_line import FaultySide, Line
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.sip.stream import StreamReader
from tests.lync.sip.guarded import Site
from tests.lync.sip.lync_client import LyncClient
from tests.lync.sip.sides import World
from tests.until import until


class Sent:
    """A line to a client, what came out of it write by write, and a fault's place in it."""

    def __init__(self, transport: str = "tls") -> None:
        self.world = World()
        self.pending: Pending[SipFault] = Pending()
        self.guard = Site().guard()
        self.side = FaultySide(self.world.side, self.guard, self.pending)
        self.writes: list[bytes] = []
        self.closed = 0
        self.line = Line(self.side, transport, self.writes.append, self._close)
        self.flow = self.line.flow = Flow(
            transport, ("127.0.0.1", 50000), ("127.0.0.1", 5061), 1, self.line.write, self.line.close
        )

    def _close(self) -> None:
        self.closed += 1

    def say(self, **said: Any) -> None:
        self.pending.live.append(Kept(msgspec.convert({"method": "NOTIFY", "at": "delivery", **said}, SipFault)))

    def send(self, number: int = 1, method: str = "NOTIFY", tag: str = "ours", **fields: str) -> bytes:
        message = SipRequest(method, "sip:alice@127.0.0.1:50000", {}, b"body" * number)
        message.put("Via", f"SIP/2.0/TLS 127.0.0.1:5061;branch=z9hG4bK{number}").put("Call-ID", "c")
        message.put("From", f"<sip:bob@contoso.test>;tag={tag}").put("To", "<sip:alice@contoso.test>;tag=1")
        message.put("CSeq", f"{number} {method}").put("Subscription-State", "active;expires=600")
        for name, value in fields.items():
            message.put(name.replace("_", "-"), value)
        data = message.to_bytes()
        self.flow.send(data)
        return data

    @property
    def read(self) -> list[SipMessage]:
        found = StreamReader().feed(b"".join(self.writes))
        assert all(isinstance(one, SipRequest | SipResponse) for one in found), found
        return found  # type: ignore[return-value]


def run(test: Callable[[Sent], Awaitable[None]], transport: str = "tls") -> None:
    async def main() -> None:
        await test(Sent(transport))

    asyncio.run(main())


def test_what_is_not_struck_is_as_it_was() -> None:
    async def test(sent: Sent) -> None:
        sent.say(method="INVITE", drop=True)
        wanted = [sent.send(number) for number in range(3)]
        sent.flow.send(b"\r\n")
        assert sent.writes == [*wanted, b"\r\n"]

    run(test)


def test_dropped_twice_and_closed() -> None:
    async def test(sent: Sent) -> None:
        sent.say(drop=True)
        sent.say(twice=True)
        sent.say(close=True)
        sent.say(drop=True, close=True)
        _, second, third, _ = (sent.send(number) for number in range(4))
        assert sent.writes == [second, second, third]
        assert sent.closed == 2

    run(test)


def test_half_a_message_then_the_end() -> None:
    async def test(sent: Sent) -> None:
        sent.say(broken=True)
        data = sent.send()
        assert sent.writes == [data[: len(data) // 2]]
        assert sent.closed == 1

    run(test)


def test_in_pieces_and_in_order() -> None:
    async def test(sent: Sent) -> None:
        sent.say(pieces=1)
        sent.say(pieces=100, twice=True)
        first, second = sent.send(1), sent.send(2)
        third = sent.send(3)
        sent.flow.close()
        await until(lambda: sent.closed)
        assert b"".join(sent.writes) == first + second + second + third
        assert sent.writes[: len(first)] == [first[at : at + 1] for at in range(len(first))]
        assert max(map(len, sent.writes[:-1])) == 100

    run(test)


def test_of_a_lost_connection_nothing_is_left() -> None:
    async def test(sent: Sent) -> None:
        sent.say(pieces=1)
        sent.say(delay=0.001)
        sent.send()
        sent.send()
        sent.flow.lost()
        await asyncio.sleep(0.02)
        assert sent.writes == []

    run(test)


def test_glued_to_what_follows() -> None:
    async def test(sent: Sent) -> None:
        sent.say(glued=True, times=2)
        wanted = [sent.send(number) for number in range(3)]
        assert sent.writes == [b"".join(wanted)]

    run(test)


@pytest.mark.parametrize("how", ["time", "close", "pieces"])
def test_glued_to_nothing_it_leaves_all_the_same(how: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("samband.serve.faults.sip_line.PATIENCE", 0.001 if how == "time" else 600)

    async def test(sent: Sent) -> None:
        sent.say(glued=True)
        data = sent.send()
        assert sent.writes == []
        if how == "close":
            sent.flow.close()
        elif how == "pieces":
            sent.say(pieces=1000)
            sent.send(2)
        await until(lambda: sent.writes)
        assert sent.writes[0] == data

    run(test)


def test_late_and_overtaken() -> None:
    async def test(sent: Sent) -> None:
        sent.say(delay=0.001)
        late, other = sent.send(1), sent.send(2)
        assert sent.writes == [other]
        await until(lambda: len(sent.writes) == 2)
        assert sent.writes == [other, late]

    run(test)


@pytest.mark.parametrize("transport", ["tls", "udp"])
def test_a_subscription_is_ended_and_nothing_more_said_in_it(transport: str) -> None:
    async def test(sent: Sent) -> None:
        sent.say(fields={"Subscription-State": "terminated;reason=deactivated"})
        sent.send(1)
        sent.send(2)
        sent.send(3, tag="another")
        ended, other = sent.read
        assert ended.get("Subscription-State") == "terminated;reason=deactivated"
        assert ended.body == b"body"
        assert other.cseq[0] == 3

    run(test, transport)


@pytest.mark.parametrize("signature", ["wrong", "none", ""])
def test_signed_wrongly_or_not_at_all(signature: Literal["wrong", "none", ""]) -> None:
    async def test(sent: Sent) -> None:
        client = LyncClient(sent.guard, sent.flow, "NTLM")
        await client.sign_in_by_ntlm("CONTOSO", "alice", "pw-alice")
        sent.say(method="MESSAGE", signature=signature, delay=0.001)
        sent.say(method="MESSAGE", fields={"Expires": "99"})
        for number in range(3):
            message = client.request("MESSAGE").put("CSeq", f"{number} MESSAGE")
            sent.guard.seal(message, sent.guard.association(sent.flow))
            sent.flow.send(message.to_bytes())
        await until(lambda: len(sent.writes) == 3)
        struck, changed, other = sorted(sent.read, key=lambda one: one.cseq)
        assert ("Authentication-Info" in struck.headers) is (signature != "none")
        assert client.is_signed(struck) is (signature == "")
        assert changed.get("Expires") == "99"
        assert client.is_signed(changed)
        assert client.is_signed(other)

    run(test)


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_through_a_whole_side(transport: str) -> None:
    world = World()
    pending: Pending[SipFault] = Pending()
    said = {"method": "REGISTER", "at": "answer", "from": "alice@contoso.test", "drop": True, "answered": 200}
    pending.live.append(Kept(msgspec.convert(said, SipFault)))
    world.side = FaultySide(world.side, world.gate, pending)  # type: ignore[assignment,arg-type]
    alice, bob = world.client("alice", transport), world.client("bob", transport)
    alice.register()
    bob.register()
    assert (alice.raw, len(bob.raw)) == ([], 1)
    alice.register(cseq=2)
    assert len(alice.raw) == 1
    assert not pending.live


def test_signed_out_by_the_server() -> None:
    world = World()
    side = FaultySide(world.side, world.gate, Pending())  # type: ignore[arg-type]
    alice = world.client("alice")
    assert side.at_once(AtOnce("rejected", "alice@contoso.test")) == 0
    for now, event in (("rejected", "rejected"), ("deactivated", "deactivated"), ("unregistered", "unregistered")):
        alice.register(lync=True, epid="e1", call_id=now)
        assert alice.take_response().status == 200
        assert side.at_once(msgspec.convert({"now": now, "who": "Alice@contoso.test"}, AtOnce)) == 1
        told = alice.inbox()[-1]
        assert isinstance(told, SipRequest)
        assert told.body == f"deregistered;event={event}".encode()
        assert (told.get("ms-diagnostics-public") or "").startswith("414")
        assert not world.side.registrar.endpoints("alice@contoso.test")
    alice.register(lync=True, epid="e1", call_id="last")
    assert side.at_once(AtOnce("close", "alice@contoso.test")) == 1
    assert alice.closed
