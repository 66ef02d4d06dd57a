"""Dispatch, admission, failing and slow handlers, overload."""

from __future__ import annotations

import asyncio

import pytest

from samband.lync.sip import refused_invites
from samband.lync.sip.admission import Admitted, Verdict
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.wire.sip.message import SipRequest, SipResponse, respond
from tests.lync.sip.sides import SEALED, World


def test_dispatch_by_method_and_event_package() -> None:
    world = World()
    seen: list[str] = []

    def handler(name: str):  # type: ignore[no-untyped-def]
        def handle(inbound: Inbound) -> None:
            seen.append(name)
            inbound.reply(respond(inbound.request, 200))

        return handle

    world.side.add({("SUBSCRIBE", "presence"): handler("presence"), ("SERVICE", "*"): handler("service")})
    alice = world.client("alice")
    alice.send(alice.request("SUBSCRIBE", "sip:bob@contoso.test", Event="Presence;id=1"))
    alice.send(alice.request("SERVICE", "sip:alice@contoso.test"))
    alice.send(alice.request("SERVICE", "sip:alice@contoso.test", Event="anything"))
    alice.send(alice.request("SUBSCRIBE", "sip:contoso.test", Event="other"))
    assert seen == ["presence", "service", "service"]
    assert [message.status for message in alice.inbox() if isinstance(message, SipResponse)] == [200, 200, 200, 489]


def test_a_handler_is_taken_once() -> None:
    world = World()
    with pytest.raises(ValueError, match="REGISTER"):
        world.side.add({("REGISTER", "*"): lambda inbound: None})


def test_who_is_not_admitted_costs_no_transaction() -> None:
    world = World()
    mallory = world.client("mallory")
    mallory.send(mallory.request("MESSAGE", "sip:bob@contoso.test"))
    assert mallory.take_response().status == 403
    mallory.send(mallory.request("ACK", "sip:bob@contoso.test"))
    assert mallory.inbox() == []
    assert world.side.transactions.alive == 0


def acknowledged(invite: SipRequest, to: str) -> SipRequest:
    """The ACK of a refusal [RFC3261 17.1.1.3]."""
    ack = SipRequest("ACK", invite.uri, {name: invite.headers[name] for name in ("Via", "From", "Call-ID")})
    return ack.put("To", to).put("CSeq", f"{invite.cseq[0]} ACK").put("Max-Forwards", "70")


@pytest.mark.parametrize("transport", ["udp", "tcp"])
@pytest.mark.parametrize("tag", ["", ";tag=bob-tag"])
def test_the_ack_of_a_challenge_ends_here(transport: str, tag: str) -> None:
    world = World()
    alice, bob = world.signed_in("alice", transport=transport), world.signed_in("bob")
    admit = world.gate.inspect

    def challenge(request: SipRequest, flow: Flow) -> Verdict:
        return respond(request, 407, tag="gate") if request.method == "INVITE" else admit(request, flow)

    world.gate.inspect = challenge  # type: ignore[method-assign]
    to = f"<sip:bob@contoso.test>{tag}"
    invite = alice.request("INVITE", "sip:bob@contoso.test", to=to, Contact=f"<{alice.contact}>")
    alice.send(invite)
    ack = acknowledged(invite, alice.take_response().get("To") or "")
    for _ in range(2):
        alice.send(ack)
        assert bob.inbox() == []
    other = acknowledged(invite, to).put("CSeq", "2 ACK")
    alice.send(other)
    assert bob.take_request().method == "ACK", "one that belongs to nothing is carried on"
    # There are clients that come with a proof and nothing else new, and acknowledge its answer just so.
    world.gate.inspect = admit  # type: ignore[method-assign]
    alice.send(invite)
    assert alice.take_response().status == 100
    got = bob.take_request()
    bob.answer(got, 200, contact=True)
    alice.send(acknowledged(invite, alice.take_response().get("To") or ""))
    assert bob.take_request().method == "ACK"


def test_as_many_refused_invites_are_remembered_as_there_is_room_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refused_invites, "MOST", 2)
    world = World()
    bob, mallory = world.signed_in("bob"), world.client("mallory")
    invites = [mallory.request("INVITE", "sip:bob@contoso.test") for _ in range(3)]
    for invite in (*invites, invites[2]):
        mallory.send(invite)
        assert mallory.take_response().status == 403
    world.gate.inspect = lambda request, flow: Admitted(None, None)  # type: ignore[method-assign]
    for invite in invites:
        mallory.send(acknowledged(invite, "<sip:bob@contoso.test>;tag=gate"))
    assert [one.get("Call-ID") for one in bob.inbox()] == [invites[0].call_id]


def test_a_dropped_request_gets_nothing() -> None:
    world = World()
    world.gate.inspect = lambda request, flow: None  # type: ignore[method-assign]
    alice = world.client("alice")
    alice.send(alice.request("MESSAGE", "sip:bob@contoso.test"))
    assert alice.inbox() == []


def test_a_response_that_is_not_believed_is_dropped() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", "sip:bob@contoso.test"))
    request = bob.take_request()
    world.gate.hear = lambda response, flow: False  # type: ignore[method-assign]
    bob.session.flow.associations["1"] = SEALED
    bob.answer(request, 200)
    assert alice.inbox() == []


def test_a_response_from_another_connection_is_dropped() -> None:
    world = World()
    alice, bob, carol = world.signed_in("alice"), world.signed_in("bob"), world.signed_in("carol")
    alice.send(alice.request("MESSAGE", "sip:bob@contoso.test"))
    request = bob.take_request()
    carol.answer(request, 200)
    assert alice.inbox() == []
    bob.answer(request, 200)
    assert alice.take_response().status == 200


def test_a_failing_handler_answers_500() -> None:
    world = World()

    def fail(inbound: Inbound) -> None:
        raise RuntimeError("no")

    async def fail_later(inbound: Inbound) -> None:
        await asyncio.sleep(0)
        raise RuntimeError("no")

    world.side.add({("SERVICE", "*"): fail, ("INFO", "later"): fail_later})
    alice = world.client("alice")
    alice.send(alice.request("SERVICE", "sip:alice@contoso.test"))
    assert alice.take_response().status == 500

    async def later() -> None:
        alice.send(alice.request("INFO", "sip:alice@contoso.test", Event="later"))
        await asyncio.sleep(0.01)

    asyncio.run(later())
    assert alice.take_response().status == 500
    assert world.side.transactions.alive == 0


def test_admission_and_handlers_may_take_time() -> None:
    world = World()

    async def slowly(request: SipRequest, flow: Flow) -> Verdict:
        await asyncio.sleep(0)
        return Admitted(world.directory.known["alice"], SEALED)

    async def serve(inbound: Inbound) -> None:
        await asyncio.sleep(0)
        inbound.reply(respond(inbound.request, 202))
        inbound.reply(respond(inbound.request, 200))

    world.gate.inspect = slowly  # type: ignore[assignment,method-assign]
    world.side.add({("SERVICE", "*"): serve})
    alice = world.client("alice")

    async def run() -> None:
        alice.send(alice.request("SERVICE", "sip:alice@contoso.test"))
        assert alice.inbox() == []
        await asyncio.sleep(0.01)

    asyncio.run(run())
    assert alice.take_response().status == 202


def test_too_many_transactions_are_refused() -> None:
    world = World()
    world.side.transactions._limit = 3
    alice, _bob = world.signed_in("alice"), world.signed_in("bob")
    for _ in range(3):
        alice.send(alice.request("MESSAGE", "sip:bob@contoso.test"))
    statuses = [message.status for message in alice.inbox() if isinstance(message, SipResponse)]
    assert statuses == [503, 503]
    world.sleep(40)
    assert world.side.transactions.alive == 0


def test_keep_alives_are_answered_on_connections() -> None:
    world = World()
    alice, udp = world.client("alice"), world.client("bob", "udp")
    alice.feed(b"\r\n\r\n")
    udp.feed(b"\r\n\r\n")
    assert (alice.raw, udp.raw) == ([b"\r\n"], [])


def test_a_connection_that_loses_its_frame_is_closed() -> None:
    world = World()
    alice = world.client("alice")
    alice.feed(alice.request("MESSAGE", "sip:bob@contoso.test").to_bytes().replace(b"Length: 0", b"Length: x"))
    assert alice.take_response().status == 400
    assert alice.closed


def test_the_server_asks_and_hears() -> None:
    world = World()
    alice = world.signed_in("alice")
    (endpoint,) = world.side.registrar.endpoints("alice@contoso.test")
    heard: list[int | None] = []
    for status in (200, 481, None):
        request = SipRequest(
            "NOTIFY",
            endpoint.contact,
            {"From": ["<sip:s>;tag=1"], "To": ["<sip:a>"], "Call-ID": ["c"], "CSeq": [f"{status or 1} NOTIFY"]},
        )
        world.side.router.ask(
            request, endpoint.way.flow, SEALED, lambda response: heard.append(response and response.status)
        )
        got = alice.take_request()
        assert got.get("Authentication-Info") == "sealed"
        if status:
            alice.answer(got, status)
    alice.hang_up()
    assert heard == [200, 481, None]


def test_datagrams_go_back_where_via_says() -> None:
    world = World()
    alice = world.client("alice", "udp")
    sent: list[tuple[bytes, tuple[str, int]]] = []
    session = world.side.datagrams(("127.0.0.1", 5060), lambda data, peer: sent.append((data, peer)))
    request = alice.request("OPTIONS", "sip:contoso.test", Via="SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bK1")
    session.feed(request.to_bytes(), ("10.0.0.9", 40001))
    request.put("Via", "SIP/2.0/UDP 10.0.0.9:5070;branch=z9hG4bK2;rport")
    session.feed(request.to_bytes(), ("10.0.0.9", 40001))
    assert [peer for _, peer in sent] == [("10.0.0.9", 5070), ("10.0.0.9", 40001)]
    assert b"rport=40001;received=10.0.0.9" in sent[1][0]


def test_under_load_what_is_answered_makes_room_early() -> None:
    world = World()
    world.side.transactions._limit = 8
    alice = world.client("alice", "udp")
    for _ in range(6):
        alice.send(alice.request("OPTIONS", "sip:contoso.test"))
    world.sleep(6)
    assert world.side.transactions.alive == 2
    world.sleep(30)
    assert world.side.transactions.alive == 0
