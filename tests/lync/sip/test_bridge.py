"""A Lync client and a plain SIP client write to each other."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.lync.sip import bridge
from samband.wire.sip.cpim import BadEnvelope, read_envelope, write_delivered
from samband.wire.sip.message import SipRequest, SipResponse
from tests.lync.sip.sides import Client, World

ALICE, BOB = "sip:alice@contoso.test", "sip:bob@contoso.test"
SDP = b"v=0\r\no=- 0 0 IN IP4 1.2.3.4\r\ns=session\r\nc=IN IP4 1.2.3.4\r\nt=0 0\r\nm=message 5061 sip null\r\n"
UUID = "0e324752-e1ab-56eb-8f4a-267c85a97459"
RICH = "text/plain; charset=UTF-8;msgr=WAAtAE0ATQ"


def people(lync_endpoints: int = 1) -> tuple[World, list[Client], Client]:
    """Alice with Lync clients, bob with a plain one."""
    world = World()
    world.gate.unsigned.add("bob")
    alices = []
    for number in range(lync_endpoints):
        alice = world.client("alice", "tls")
        alice.register(lync=True, epid=f"e{number}", instance=f"{number}{UUID[1:]}")
        assert alice.take_response().status == 200
        alices.append(alice)
    return world, alices, world.signed_in("bob")


def plain_message(bob: Client, text: bytes = b"hello") -> SipRequest:
    request = bob.request("MESSAGE", ALICE, body=text, Content_Type="text/plain")
    bob.send(request)
    return request


def test_a_plain_message_opens_a_session_and_both_sides_speak_in_it() -> None:
    world, (alice,), bob = people()
    plain_message(bob)
    invite = alice.take_request()
    assert (invite.method, invite.uri) == ("INVITE", alice.contact)
    assert (invite.get("From") or "").startswith(f"<{BOB}>;tag=")
    assert b"m=message " in invite.body
    assert invite.get("P-Asserted-Identity") == '"Bob" <sip:bob@contoso.test>'
    assert invite.get("Authentication-Info") == "sealed"
    plain_message(bob, b"second")
    assert alice.inbox() == []
    alice.answer(invite, 180)
    alice.answer(invite, 200, contact=True)
    ack, first, second = alice.inbox()
    assert isinstance(ack, SipRequest)
    assert isinstance(first, SipRequest)
    assert isinstance(second, SipRequest)
    assert (ack.method, ack.cseq) == ("ACK", (1, "ACK"))
    assert [(one.method, one.body, one.cseq[0]) for one in (first, second)] == [
        ("MESSAGE", b"hello", 2),
        ("MESSAGE", b"second", 3),
    ]
    assert first.uri == alice.contact
    assert first.call_id == invite.call_id
    assert bob.inbox() == []
    alice.answer(first, 200)
    assert bob.take_response().status == 200
    alice.answer(second, 200)
    assert bob.take_response().status == 200

    reply = alice.request(
        "MESSAGE",
        "sip:127.0.0.1:5060;transport=tls",
        to=first.get("From") or "",
        call_id=invite.call_id,
        cseq=1,
        body=b"hi",
        Content_Type=RICH,
    )
    reply.put("From", f"<{ALICE}>;tag={alice.name}-{alice.peer[1]}")
    alice.send(reply)
    got = bob.take_request()
    assert (got.method, got.uri, got.body) == ("MESSAGE", bob.contact, b"hi")
    assert got.get("Content-Type") == "text/plain;charset=UTF-8"
    assert (got.get("From") or "").startswith(f"<{ALICE}>;tag=")
    assert "tag=" not in (got.get("To") or "")
    bob.answer(got, 200)
    assert alice.take_response().status == 200
    world.sleep(bridge.SILENCE + 1)
    bye = alice.take_request()
    assert bye.method == "BYE"
    alice.answer(bye, 200)
    assert len(world.side.bridge) == 0


def test_a_lync_session_reaches_a_plain_user() -> None:
    world, (alice,), bob = people()
    invite = alice.request("INVITE", BOB, body=SDP, Content_Type="application/sdp", Contact=f"<{alice.contact}>")
    invite.put("From", f"<{ALICE}>;tag=a1;epid=e0")
    alice.send(invite)
    ok = alice.take_response()
    assert ok.status == 200
    assert b"m=message " in ok.body
    assert bob.inbox() == []
    target = (ok.get("Contact") or "").strip("<>")

    def within(method: str, cseq: int, body: bytes = b"", kind: str = RICH) -> SipRequest:
        request = alice.request(method, target, to=ok.get("To") or "", call_id=invite.call_id, cseq=cseq, body=body)
        request.put("From", f"<{ALICE}>;tag=a1;epid=e0")
        if body:
            request.put("Content-Type", kind)
        alice.send(request)
        return request

    within("ACK", 1)
    assert alice.inbox() == []
    within("INFO", 2, b"<KeyboardActivity/>", "application/xml")
    assert alice.take_response().status == 200
    assert bob.inbox() == []
    within("MESSAGE", 3, b"hello")
    got = bob.take_request()
    assert got.body == b"hello"
    bob.answer(got, 202)
    assert alice.take_response().status == 200
    within("MESSAGE", 4, b"{\\rtf1}", "text/rtf")
    assert alice.take_response().status == 415
    within("MESSAGE", 4, b"again")
    assert alice.take_response().status == 500

    plain_message(bob, b"answer")
    answer = alice.take_request()
    assert (answer.method, answer.body, answer.call_id) == ("MESSAGE", b"answer", invite.call_id)
    assert answer.uri == alice.contact
    alice.answer(answer, 200)
    assert bob.take_response().status == 200

    bob.hang_up()
    within("MESSAGE", 5, b"gone")
    assert alice.take_response().status == 480
    within("BYE", 6)
    assert alice.take_response().status == 200
    assert len(world.side.bridge) == 0
    within("MESSAGE", 7, b"late")
    assert alice.take_response().status in (404, 480, 481)


def test_the_first_of_several_lync_clients_has_the_session() -> None:
    world, (one, two), bob = people(2)
    plain_message(bob)
    first, second = one.take_request(), two.take_request()
    two.answer(second, 180)
    one.answer(first, 200, contact=True)
    assert two.take_request().method == "CANCEL"
    two.answer(second, 487)
    _ack, message = one.inbox()
    assert isinstance(message, SipRequest)
    one.answer(message, 200)
    assert bob.take_response().status == 200
    assert len(world.side.bridge) == 1


def test_a_second_answer_is_taken_back() -> None:
    _world, (one, two), bob = people(2)
    plain_message(bob)
    first, second = one.take_request(), two.take_request()
    one.answer(first, 200, contact=True)
    two.answer(second, 200, contact=True)
    assert [message.method for message in two.inbox() if isinstance(message, SipRequest)] == ["ACK", "BYE"]


@pytest.mark.parametrize("status", [480, 486, 603])
def test_refused_invitations_are_the_answer(status: int) -> None:
    world, (alice,), bob = people()
    plain_message(bob)
    alice.answer(alice.take_request(), status)
    assert bob.take_response().status == status
    assert len(world.side.bridge) == 0


def test_a_silent_or_lost_client_is_the_answer_too() -> None:
    world, (alice,), bob = people()
    plain_message(bob)
    world.sleep(33)
    assert bob.take_response().status == 408
    plain_message(bob)
    alice.hang_up()
    assert bob.take_response().status == 480
    assert len(world.side.bridge) == 0


def test_a_session_that_the_client_has_forgotten_ends() -> None:
    world, (alice,), bob = people()
    plain_message(bob)
    alice.answer(alice.take_request(), 200, contact=True)
    _ack, message = alice.inbox()
    assert isinstance(message, SipRequest)
    alice.answer(message, 481)
    assert bob.take_response().status == 480
    assert len(world.side.bridge) == 0
    plain_message(bob)
    assert alice.take_request().method == "INVITE"


def test_plain_endpoints_of_a_lync_user_get_the_message_as_well() -> None:
    world, (alice,), bob = people()
    phone = world.signed_in("alice")
    plain_message(bob)
    copy = phone.take_request()
    assert (copy.method, copy.body, copy.uri) == ("MESSAGE", b"hello", phone.contact)
    phone.answer(copy, 200)
    alice.answer(alice.take_request(), 200, contact=True)
    _ack, message = alice.inbox()
    assert isinstance(message, SipRequest)
    alice.answer(message, 200)
    assert bob.take_response().status == 200


def test_calls_and_what_is_no_text_are_not_bridged() -> None:
    _world, (alice,), bob = people()
    call = alice.request("INVITE", BOB, body=b"v=0\r\nm=audio 1 RTP/AVP 0\r\n", Content_Type="application/sdp")
    alice.send(call)
    assert bob.take_request().method == "INVITE"
    bob.send(bob.request("MESSAGE", ALICE, body=b"<x/>", Content_Type="application/im-iscomposing+xml"))
    answer = bob.take_response()
    assert answer.status == 415
    assert (answer.get("Accept") or "").startswith("text/plain, text/html,")


def test_another_client_cannot_speak_in_a_session() -> None:
    world, (alice,), bob = people()
    carol = world.signed_in("carol")
    plain_message(bob)
    invite = alice.take_request()
    alice.answer(invite, 200, contact=True)
    alice.inbox()
    forged = carol.request(
        "MESSAGE",
        "sip:127.0.0.1:5060",
        to=invite.get("From") or "",
        call_id=invite.call_id,
        cseq=9,
        body=b"x",
        Content_Type="text/plain",
    )
    forged.put("From", f"<sip:carol@contoso.test>;tag={alice.name}-{alice.peer[1]}")
    carol.send(forged)
    assert isinstance(carol.take(), SipResponse)
    assert bob.inbox() == []


ALTERNATIVE = b"""--b1\r
Content-Type: text/plain; charset=UTF-8\r
\r
the plain one\r
--b1\r
Content-Type: text/html; charset=UTF-8\r
Content-Transfer-Encoding: base64\r
\r
PGI+dGhlPC9iPiByaWNoPGJyPm9uZSAmYW1wOyA8c2NyaXB0PmV2aWwoKTwvc2NyaXB0Pm1vcmU=\r
--b1--\r
"""
ENVELOPE = b"""From: Bob <im:bob@contoso.test>\r
To: <im:alice@contoso.test>\r
DateTime: 2026-11-30T12:00:00Z\r
NS: imdn <urn:ietf:params:imdn>\r
imdn.Message-ID: a<b\r
imdn.Disposition-Notification: positive-delivery, negative-delivery\r
\r
Content-Type: text/html; charset=UTF-8\r
\r
<p>dear <i>alice</i></p>"""


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("text/html", b"<b>a</b> &lt;b&gt;<br>c<style>x</style>", "a <b>\r\nc"),
        ("text/html; charset=iso-8859-1", b"<p>h\xe4llo", "hällo"),
        ("text/html; charset=nothing", "<p>hällo".encode(), "hällo"),
        ('multipart/alternative; boundary="b1"', ALTERNATIVE, "the rich\r\none & more"),
    ],
)
def test_rich_text_is_read_to_plain_clients(kind: str, body: bytes, text: str) -> None:
    _world, (alice,), bob = people()
    plain_message(bob)
    invite = alice.take_request()
    alice.answer(invite, 200, contact=True)
    _ack, first = alice.inbox()
    assert isinstance(first, SipRequest)
    alice.answer(first, 200)
    assert bob.take_response().status == 200
    said = alice.request(
        "MESSAGE",
        "sip:127.0.0.1:5060",
        to=invite.get("From") or "",
        call_id=invite.call_id,
        cseq=9,
        body=body,
        Content_Type=kind,
    )
    said.put("From", f"<{ALICE}>;tag={alice.name}-{alice.peer[1]};epid=e0")
    alice.send(said)
    got = bob.take_request()
    assert (got.headers["Content-Type"], got.body.decode()) == (["text/plain;charset=UTF-8"], text)
    bob.answer(got, 200)
    assert alice.take_response().status == 200


def test_an_envelope_is_opened_and_its_sender_hears_that_it_arrived() -> None:
    _world, (alice,), bob = people()
    bob.send(bob.request("MESSAGE", ALICE, body=ENVELOPE, Content_Type="message/cpim"))
    alice.answer(alice.take_request(), 200, contact=True)
    _ack, message = alice.inbox()
    assert isinstance(message, SipRequest)
    assert (message.headers["Content-Type"], message.body) == (["text/plain;charset=UTF-8"], b"dear alice")
    assert bob.inbox() == [], "not before it has arrived"
    alice.answer(message, 200)
    answer, notice = bob.inbox()
    assert isinstance(answer, SipResponse)
    assert isinstance(notice, SipRequest)
    assert (answer.status, notice.uri, notice.get("Content-Type")) == (200, bob.contact, "message/cpim")
    envelope = read_envelope(notice.body)
    assert (envelope.content_type, envelope.sender) == ("message/imdn+xml", "<im:alice@contoso.test>")
    document = etree.fromstring(envelope.body)
    found = {etree.QName(one).localname: (one.text or "") for one in document.iter()}
    assert (found["message-id"], found["datetime"]) == ("a<b", "2026-11-30T12:00:00Z")
    assert {"delivery-notification", "status", "delivered"} <= found.keys()
    bob.send(bob.request("MESSAGE", ALICE, body=notice.body, Content_Type="message/cpim"))
    bob.answer(notice, 200)
    (taken,) = bob.inbox()
    assert isinstance(taken, SipResponse)
    assert taken.status == 200
    assert alice.inbox() == [], "notices are nothing that a Lync client shows"


@pytest.mark.parametrize("wish", ["", "display", "negative-delivery"])
def test_nobody_is_told_who_did_not_ask(wish: str) -> None:
    _world, (alice,), bob = people()
    body = ENVELOPE.replace(b"positive-delivery, negative-delivery", wish.encode())
    bob.send(bob.request("MESSAGE", ALICE, body=body, Content_Type="message/cpim"))
    alice.answer(alice.take_request(), 200, contact=True)
    _ack, message = alice.inbox()
    assert isinstance(message, SipRequest)
    alice.answer(message, 200)
    assert bob.take_response().status == 200


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/rtf", b"{\\rtf1}"),
        ("image/png", b"x"),
        ("message/cpim", b"no envelope"),
        ("message/cpim", b"From: a\r\n\r\nContent-Type: message/cpim\r\n\r\nx"),
        ("multipart/alternative; boundary=b", b"--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n"),
        ("multipart/alternative", b""),
    ],
)
def test_what_is_no_text_is_refused_with_what_would_do(kind: str, body: bytes) -> None:
    _world, (alice,), bob = people()
    bob.send(bob.request("MESSAGE", ALICE, body=body, Content_Type=kind))
    answer = bob.take_response()
    assert answer.status == 415
    assert (answer.get("Accept") or "").startswith("text/plain, text/html,")
    assert alice.inbox() == []


def test_a_message_that_is_too_large() -> None:
    world, (alice,), bob = people()
    carol = world.signed_in("carol")
    for receiver in (ALICE, "sip:carol@contoso.test"):
        bob.send(bob.request("MESSAGE", receiver, body=b"x" * 65_537, Content_Type="text/plain"))
        assert bob.take_response().status == 413
    assert alice.inbox() == carol.inbox() == []


@given(st.binary(max_size=200))
def test_envelopes_of_strangers(data: bytes) -> None:
    for whole in (data, ENVELOPE[:150] + data, ENVELOPE + data):
        try:
            envelope = read_envelope(whole)
        except BadEnvelope:
            continue
        notice = read_envelope(write_delivered(envelope, "1"))
        assert notice.content_type == "message/imdn+xml"
        etree.fromstring(notice.body)
