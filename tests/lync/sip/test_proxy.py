"""IM and calls between users through the stateful proxy [RFC3261 16]."""

from __future__ import annotations

import gc

import pytest

from samband.wire.sip.message import SipRequest, respond
from tests.lync.sip.sides import World

BOB = "sip:bob@contoso.test"


def test_message_goes_to_the_contact_and_its_answer_comes_back() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    sent = alice.request("MESSAGE", BOB, body=b"hello", Content_Type="text/plain", X_Mine="kept")
    sent.put("P-Asserted-Identity", "<sip:mallory@contoso.test>").put("Authorization", "Digest secret")
    alice.send(sent)
    got = bob.take_request()
    assert (got.uri, got.body, got.get("X-Mine")) == (bob.contact, b"hello", "kept")
    assert got.all("Via")[1:] == sent.all("Via")
    assert got.get("Max-Forwards") == "69"
    assert got.all("P-Asserted-Identity") == ['"Alice" <sip:alice@contoso.test>']
    assert got.get("Authorization") is None
    assert got.get("Record-Route") is None
    assert got.get("Authentication-Info") == "sealed"
    bob.answer(got, 200)
    answer = alice.take_response()
    assert answer.status == 200
    assert answer.all("Via") == sent.all("Via")
    assert answer.get("Authentication-Info") == "sealed"
    assert world.side.transactions.alive == 0


def test_session_with_record_route_typing_and_bye() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    invite = alice.request("INVITE", BOB, body=b"v=0", Content_Type="application/sdp", Contact=f"<{alice.contact}>")
    alice.send(invite)
    assert alice.take_response().status == 100
    got = bob.take_request()
    assert got.all("Record-Route") == ["<sip:127.0.0.1:5060;transport=tcp;lr>"]
    bob.answer(got, 180)
    assert alice.take_response().status == 180
    bob.answer(got, 200, contact=True)
    ok = alice.take_response()
    assert ok.status == 200
    to, route = ok.get("To") or "", ok.get("Record-Route") or ""
    alice.send(alice.request("ACK", bob.contact, to=to, call_id=invite.call_id, Route=route))
    ack = bob.take_request()
    assert (ack.method, ack.uri, ack.get("Route")) == ("ACK", bob.contact, None)
    for method, cseq in (("MESSAGE", 2), ("INFO", 3), ("BYE", 4)):
        alice.send(alice.request(method, bob.contact, to=to, call_id=invite.call_id, cseq=cseq, Route=route))
        inner = bob.take_request()
        assert (inner.method, inner.get("Record-Route")) == (method, None)
        bob.answer(inner, 200)
        assert alice.take_response().status == 200
    reverse = bob.request(
        "MESSAGE", alice.contact, to=f"<{alice.aor}>;tag=alice-tag", call_id=invite.call_id, Route=route
    )
    bob.send(reverse)
    assert alice.take_request().uri == alice.contact
    world.sleep(40)
    assert world.side.transactions.alive == 0


def test_early_media_reliable_ringing_and_a_new_offer() -> None:
    """Provisional answers with a description, PRACK and UPDATE before the call is up, INVITE within it [RFC3262]."""
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob", "udp")
    wanted = {"Content_Type": "application/sdp", "Contact": f"<{alice.contact}>", "Supported": "100rel"}
    invite = alice.request("INVITE", BOB, body=b"v=0", **wanted)
    alice.send(invite)
    assert alice.take_response().status == 100
    got = bob.take_request()
    assert (got.body, got.get("Supported")) == (b"v=0", "100rel")
    bob.answer(got, 183, contact=True, body=b"v=1", Require="100rel", RSeq="1")
    early = alice.take_response()
    assert (early.status, early.body, early.get("Require"), early.get("RSeq")) == (183, b"v=1", "100rel", "1")
    to, routes = early.get("To") or "", early.all("Record-Route")[::-1]

    def within(method: str, cseq: int, **fields: str) -> SipRequest:
        request = alice.request(method, bob.contact, to=to, call_id=invite.call_id, cseq=cseq, **fields)
        request.headers["Route"] = list(routes)
        alice.send(request)
        return bob.take_request()

    for method, cseq in (("PRACK", 2), ("UPDATE", 3)):
        inner = within(method, cseq, RAck="1 1 INVITE")
        assert (inner.method, inner.uri, inner.get("RAck")) == (method, bob.contact, "1 1 INVITE")
        bob.answer(inner, 200)
        assert alice.take_response().status == 200
    bob.answer(got, 200, contact=True)
    assert alice.take_response().status == 200
    assert within("ACK", 1).method == "ACK"
    again = within("INVITE", 4, Contact=f"<{alice.contact}>")
    assert alice.take_response().status == 100
    bob.answer(again, 488)
    assert alice.take_response().status == 488
    assert bob.take_request().method == "ACK"


def test_record_route_names_both_sides_where_transports_differ() -> None:
    world = World()
    alice, bob = world.signed_in("alice", "tcp"), world.signed_in("bob", "udp")
    alice.send(alice.request("INVITE", BOB, Contact=f"<{alice.contact}>"))
    got = bob.take_request()
    assert got.all("Record-Route") == ["<sip:127.0.0.1:5060;transport=udp;lr>", "<sip:127.0.0.1:5060;transport=tcp;lr>"]
    bob.answer(got, 200, contact=True)
    routes = got.all("Record-Route")[::-1]
    ack = alice.request("ACK", bob.contact, to=f"{got.get('To')};tag=bob-{bob.peer[1]}", call_id=got.call_id)
    ack.headers["Route"] = routes
    alice.send(ack)
    assert bob.take_request().get("Route") is None


@pytest.mark.parametrize(
    ("uri", "fields", "status"),
    [
        ("sip:nobody@contoso.test", {}, 404),
        ("sip:ocschat@contoso.test", {}, 404),
        ("sip:carol@contoso.test", {}, 480),
        ("sip:bob@elsewhere.test", {}, 404),
        ("sip:bob@contoso.test;opaque=user:epid:unknown;gruu", {}, 480),
        ("sip:nobody@contoso.test;opaque=user:epid:unknown;gruu", {}, 404),
        ("tel:+1234", {}, 404),
        ("unknown:foo", {}, 416),
        ("sip:@@", {}, 400),
        ("sip:bob@contoso.test", {"Max_Forwards": "0"}, 483),
        ("sip:bob@contoso.test", {"Max_Forwards": "many"}, 400),
        ("sip:bob@contoso.test", {"Proxy_Require": "ms-benotify, nothing-known"}, 420),
        ("sip:bob@contoso.test", {"From": "<sip:carol@contoso.test>;tag=x"}, 480),
        ("sip:bob@contoso.test", {"Route": "<sip:other.test;lr>"}, 404),
    ],
)
def test_refusals(uri: str, fields: dict[str, str], status: int) -> None:
    world = World()
    alice = world.signed_in("alice")
    alice.send(alice.request("MESSAGE", uri, to="<sip:bob@contoso.test>", **fields))
    answer = alice.take_response()
    assert answer.status == status
    if status == 420:
        assert answer.get("Unsupported") == "nothing-known"
    if status in (404, 480):
        assert 'source="lync.contoso.test"' in (answer.get("ms-diagnostics") or "")


@pytest.mark.parametrize("method", ["SERVICE", "PUBLISH", "BENOTIFY"])
def test_what_only_a_server_answers_is_not_carried(method: str) -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request(method, BOB))
    assert alice.take_response().status == 405
    assert bob.inbox() == []


def test_unknown_methods_are_carried() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("NEWMETHOD", BOB))
    bob.answer(bob.take_request(), 501)
    assert alice.take_response().status == 501


def test_the_server_answers_options_for_itself() -> None:
    world = World()
    alice = world.signed_in("alice")
    for uri in ("sip:contoso.test", "sip:lync.contoso.test:5061;transport=tls", "sip:127.0.0.1:5060"):
        alice.send(alice.request("OPTIONS", uri))
        answer = alice.take_response()
        assert (answer.status, "MESSAGE" in (answer.get("Allow") or "")) == (200, True)
    alice.send(alice.request("SUBSCRIBE", "sip:contoso.test", Event="unheard-of"))
    assert alice.take_response().status == 489


def test_gruu_reaches_one_endpoint_only() -> None:
    world = World()
    alice = world.signed_in("alice")
    one = world.client("bob")
    one.register(lync=True, epid="e1", instance="0e324752-e1ab-56eb-8f4a-267c85a97459")
    gruu = (one.take_response().get("Contact") or "").partition('gruu="')[2].partition('"')[0]
    two = world.client("bob")
    two.register(lync=True, epid="e2", instance="1e324752-e1ab-56eb-8f4a-267c85a97459")
    assert two.take_response().status == 200
    alice.send(alice.request("MESSAGE", gruu))
    assert one.take_request().uri == one.contact
    assert two.inbox() == []


def test_branchless_vias_of_lync_clients_are_told_apart_by_cseq() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    via = f"SIP/2.0/tls {alice.peer[0]}:{alice.peer[1]}"
    for cseq in (2, 3):
        alice.send(alice.request("MESSAGE", BOB, call_id="same", cseq=cseq, Via=via))
    first, second = (message for message in bob.inbox())
    bob.answer(second, 200)  # type: ignore[arg-type]
    bob.answer(first, 200)  # type: ignore[arg-type]
    answers = alice.inbox()
    assert [(a.get("Via"), a.cseq[0]) for a in answers] == [(via, 3), (via, 2)]


def test_an_answer_with_its_vias_in_one_line_is_understood() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB))
    answer = respond(bob.take_request(), 200)
    bob.send(answer.put("Via", ", ".join(answer.all("Via"))))
    assert alice.take_response().status == 200


def test_a_retransmission_is_answered_from_memory() -> None:
    world = World()
    alice, bob = world.signed_in("alice", "udp"), world.signed_in("bob", "udp")
    sent = alice.request("MESSAGE", BOB)
    alice.send(sent)
    got = bob.take_request()
    alice.send(sent)
    assert bob.inbox() == []
    bob.answer(got, 200)
    first = alice.take_response()
    alice.send(sent)
    assert alice.take_response().to_bytes() == first.to_bytes()
    assert bob.inbox() == []


def test_a_request_over_udp_is_repeated_until_it_is_answered_and_times_out() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob", "udp")
    alice.send(alice.request("MESSAGE", BOB))
    world.sleep(4)
    copies = bob.inbox()
    assert len(copies) == 4  # at 0, 0.5, 1.5 and 3.5 seconds
    assert len({message.to_bytes() for message in copies}) == 1
    world.sleep(30)
    assert alice.take_response().status == 408
    world.sleep(40)
    assert world.side.transactions.alive == 0


def test_a_silent_endpoint_on_a_connection_times_out_without_repetition() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB))
    world.sleep(33)
    assert len(bob.inbox()) == 1
    assert alice.take_response().status == 408


def test_the_loss_of_the_callee_is_told_at_once() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB))
    bob.hang_up()
    answer = alice.take_response()
    assert answer.status == 480
    assert (answer.get("ms-diagnostics") or "").startswith("1006;")
    alice.send(alice.request("MESSAGE", BOB))
    assert alice.take_response().status == 480


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_what_is_answered_to_a_caller_who_is_gone_is_not_owed(transport: str) -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob", transport)
    alice.send(alice.request("MESSAGE", BOB))
    assert world.side.transactions.owed == 1
    alice.hang_up()
    assert world.side.transactions.owed == 0
    bob.answer(bob.take_request(), 200)
    assert world.side.transactions.owed == 0


def test_a_loop_is_found() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB))
    got = bob.take_request()
    again = (
        got.copy()
        .put("From", f"<{bob.aor}>;tag=1")
        .push("Via", f"SIP/2.0/TCP {bob.peer[0]}:{bob.peer[1]};branch=z9hG4bKx")
    )
    bob.send(again)
    assert bob.take_response().status == 482


def test_contact_that_two_users_claim_leads_to_the_one_in_to() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    thief = world.client("carol")
    thief.register(contact=f"<{bob.contact}>")
    thief.inbox()
    alice.send(alice.request("MESSAGE", bob.contact, to=f"<{BOB}>;tag=b", call_id="c"))
    assert bob.take_request().method == "MESSAGE"
    assert thief.inbox() == []


def test_what_is_over_leaves_nothing_for_the_collector() -> None:
    """A cycle for each message would make the collector stop the server again and again."""
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")

    def exchange(method: str) -> None:
        alice.send(alice.request(method, BOB, body=b"v=0", Content_Type="text/plain", Contact=f"<{alice.contact}>"))
        got = bob.take_request()
        bob.answer(got, 486 if method == "INVITE" else 200)
        assert alice.inbox()[-1].to_bytes()

    exchange("MESSAGE")
    gc.collect()
    gc.disable()
    try:
        exchange("MESSAGE")
        exchange("INVITE")
        world.sleep(40)
        assert gc.collect() == 0
    finally:
        gc.enable()
