"""One request to several endpoints: who wins, what the caller hears, what the losers are told [RFC3261 16.7]."""

from __future__ import annotations

import pytest

from samband.lync.sip.fork import ELSEWHERE
from samband.wire.sip.message import SipRequest
from tests.lync.sip.sides import Client, World

BOB = "sip:bob@contoso.test"


def ringing(
    count: int = 2, transport: str = "tcp", *, plain: bool = False
) -> tuple[World, Client, list[Client], SipRequest]:
    """Alice calls bob, who has ``count`` endpoints. ``plain``: she signs nothing."""
    world = World()
    if plain:
        world.gate.unsigned.add("alice")
    alice = world.signed_in("alice", transport)
    bobs = [world.signed_in("bob", transport) for _ in range(count)]
    invite = alice.request("INVITE", BOB, Contact=f"<{alice.contact}>", body=b"v=0")
    alice.send(invite)
    assert alice.take_response().status == 100
    return world, alice, bobs, invite


def test_first_success_wins_and_the_rest_are_cancelled() -> None:
    world, alice, (one, two), _ = ringing()
    first, second = one.take_request(), two.take_request()
    assert first.get("Via") != second.get("Via")
    two.answer(second, 180)
    assert alice.take_response().status == 180
    one.answer(first, 200, contact=True)
    assert alice.take_response().status == 200
    cancel = two.take_request()
    assert cancel.method == "CANCEL"
    assert cancel.all("Via") == second.all("Via")[:1]
    assert cancel.cseq == (1, "CANCEL")
    assert cancel.get("Reason") == ELSEWHERE
    two.answer(cancel, 200)
    two.answer(second, 487)
    ack = two.take_request()
    assert (ack.method, ack.all("Via")) == ("ACK", second.all("Via")[:1])
    assert alice.inbox() == []
    world.sleep(33)
    assert world.side.transactions.alive == 0


def test_cancel_waits_for_a_provisional_answer() -> None:
    _world, alice, (one, two), _ = ringing()
    first, second = one.take_request(), two.take_request()
    one.answer(first, 200, contact=True)
    assert alice.take_response().status == 200
    assert two.inbox() == []
    two.answer(second, 180)
    assert two.take_request().method == "CANCEL"
    assert alice.inbox() == []


def test_a_late_second_success_still_reaches_a_plain_caller() -> None:
    _world, alice, (one, two), _ = ringing(plain=True)
    first, second = one.take_request(), two.take_request()
    one.answer(first, 200, tag="first", contact=True)
    two.answer(second, 200, tag="second", contact=True)
    tags = [
        message.get(
            "To",
        )
        for message in alice.inbox()
    ]
    assert [tag.rpartition("=")[2] for tag in tags if tag] == ["first", "second"]


def test_a_late_second_success_is_ended_for_a_lync_client() -> None:
    """Such a client knows of one answer alone: the other endpoint would wait for ever for its ACK."""
    world, alice, (one, two), _ = ringing()
    first, second = one.take_request(), two.take_request()
    one.answer(first, 200, tag="first", contact=True)
    for _ in range(2):
        two.answer(second, 200, tag="second", contact=True)
    assert [(message.get("To") or "").rpartition("=")[2] for message in alice.inbox()] == ["first"]
    ack, bye, again = told = [message for message in two.inbox() if isinstance(message, SipRequest)]
    assert [request.method for request in told] == ["ACK", "BYE", "ACK"]
    for request in told:
        assert request.uri == two.contact
        assert (request.get("From"), request.call_id) == (second.get("From"), second.call_id)
        assert (request.get("To") or "").endswith(";tag=second")
    assert (ack.cseq, bye.cseq, again.cseq) == ((1, "ACK"), (2, "BYE"), (1, "ACK"))
    assert bye.get("Reason") == ELSEWHERE
    two.answer(bye, 200)
    one.answer(first, 200, tag="first", contact=True)
    assert (alice.take_response().get("To") or "").endswith(";tag=first")
    world.sleep(33)
    assert world.side.transactions.alive == 0


@pytest.mark.parametrize(
    ("answers", "best"),
    [
        ((486, 480), 486),
        ((480, 486), 480),
        ((404, 603), 603),
        ((500, 486), 486),
        ((486, 415), 415),
        ((488, 486), 486),
        ((302, 404), 302),
        ((503, 503), 500),
        ((503, 480), 480),
    ],
)
def test_the_best_of_the_failures(answers: tuple[int, int], best: int) -> None:
    world, alice, bobs, _ = ringing()
    for bob, status in zip(bobs, answers, strict=True):
        bob.answer(bob.take_request(), status)
    finals = [message for message in alice.inbox() if message.status >= 200]  # type: ignore[union-attr]
    assert [message.status for message in finals] == [best]  # type: ignore[union-attr]
    for bob in bobs:
        assert [message.method for message in bob.inbox()] == ["ACK"]  # type: ignore[union-attr]
    world.sleep(33)
    assert world.side.transactions.alive == 0


def test_a_global_failure_cancels_the_rest() -> None:
    _world, alice, (one, two), _ = ringing()
    first, second = one.take_request(), two.take_request()
    two.answer(second, 180)
    one.answer(first, 603)
    one.inbox()
    assert two.take_request().method == "CANCEL"
    two.answer(second, 487)
    assert [message.status for message in alice.inbox()] == [180, 603]  # type: ignore[union-attr]


def test_the_caller_cancels() -> None:
    world, alice, (one, two), invite = ringing()
    first, second = one.take_request(), two.take_request()
    one.answer(first, 180)
    two.answer(second, 180)
    alice.inbox()
    cancel = SipRequest("CANCEL", BOB, {name: invite.headers[name] for name in ("Via", "From", "To", "Call-ID")})
    alice.send(cancel.put("CSeq", "1 CANCEL"))
    assert alice.take_response().status == 200
    for bob, ringing_invite in ((one, first), (two, second)):
        assert bob.take_request().method == "CANCEL"
        bob.answer(ringing_invite, 487)
    assert alice.take_response().status == 487
    ack = SipRequest("ACK", BOB, {name: invite.headers[name] for name in ("Via", "From", "Call-ID")})
    alice.send(ack.put("To", f"<{BOB}>;tag=x").put("CSeq", "1 ACK"))
    assert [message.method for message in one.inbox()] == ["ACK"]  # type: ignore[union-attr]
    world.sleep(33)
    assert world.side.transactions.alive == 0


def test_an_endpoint_that_ignores_cancel_is_given_up() -> None:
    world, alice, (one,), invite = ringing(1)
    one.answer(one.take_request(), 180)
    alice.inbox()
    cancel = SipRequest("CANCEL", BOB, {name: invite.headers[name] for name in ("Via", "From", "To", "Call-ID")})
    alice.send(cancel.put("CSeq", "1 CANCEL"))
    alice.send(cancel)
    alice.inbox()
    world.sleep(33)
    assert alice.take_response().status == 487


def test_cancel_without_invite() -> None:
    world = World()
    alice = world.signed_in("alice")
    alice.send(alice.request("CANCEL", BOB))
    assert alice.take_response().status == 481


def test_ringing_ends_after_three_minutes() -> None:
    world, alice, (one,), _ = ringing(1)
    got = one.take_request()
    one.answer(got, 180)
    alice.inbox()
    world.sleep(181)
    assert one.take_request().method == "CANCEL"
    one.answer(got, 487)
    assert alice.take_response().status == 408


def test_a_caller_who_is_gone_stops_the_ringing() -> None:
    world, alice, (one,), _ = ringing(1)
    got = one.take_request()
    one.answer(got, 180)
    alice.hang_up()
    assert one.take_request().method == "CANCEL"
    one.answer(got, 487)
    assert world.side.transactions.alive <= 1


def test_message_to_several_endpoints_gets_one_answer() -> None:
    world = World()
    alice = world.signed_in("alice")
    one, two = world.signed_in("bob"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB))
    for bob in (one, two):
        bob.answer(bob.take_request(), 200)
    assert alice.take_response().status == 200
    assert world.side.transactions.alive == 0


def test_a_failed_invite_over_udp_is_acknowledged_and_its_answer_repeated() -> None:
    world, alice, (one,), invite = ringing(1, "udp")
    got = one.take_request()
    one.answer(got, 486)
    one.answer(got, 486)
    assert [message.method for message in one.inbox()] == ["ACK", "ACK"]  # type: ignore[union-attr]
    world.sleep(2)
    assert [message.status for message in alice.inbox()] == [486, 486, 486]  # type: ignore[union-attr]
    ack = SipRequest("ACK", BOB, {name: invite.headers[name] for name in ("Via", "From", "Call-ID")})
    alice.send(ack.put("To", f"<{BOB}>;tag=x").put("CSeq", "1 ACK"))
    world.sleep(10)
    assert alice.inbox() == []
    assert one.inbox() == []
    world.sleep(33)
    assert world.side.transactions.alive == 0
