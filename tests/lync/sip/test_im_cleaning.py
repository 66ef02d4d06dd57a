"""What people write in HTML is carried on harmless, whatever it is wrapped in; all else to the byte."""

from __future__ import annotations

import base64
from email.parser import BytesParser

import pytest

from samband.lync.sip.im_cleaning import Unreadable, cleaned
from samband.wire.sip.cpim import read_envelope
from samband.wire.sip.message import SipRequest
from tests.lync.sip.sides import World

BOB = "sip:bob@contoso.test"
BAD, GOOD = b'<b>hi</b><img src=x onerror="alert(1)">', b"<b>hi</b>"
PARTS = b"--x\r\nContent-Type: text/plain\r\n\r\nhi\r\n--x\r\nContent-Type: text/html\r\n%b\r\n--x--\r\n"
ALTERNATIVE = 'multipart/alternative; boundary="x"'
CPIM = b"From: <sip:a@contoso.test>\r\n\r\nContent-Type: text/html\r\nContent-Length: %d\r\n\r\n%b"


def relayed(kind: str, body: bytes) -> SipRequest:
    """A message as it reaches bob."""
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB, body=body, Content_Type=kind))
    return bob.take_request()


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("text/html", BAD, GOOD),
        ("Text/HTML; charset=UTF-8", BAD, GOOD),
        ('text/html; charset="utf-16le"', BAD.decode().encode("utf-16le"), GOOD.decode().encode("utf-16le")),
        ("text/html; charset=us-ascii", "<b>€</b><i onclick=x>".encode(), b"<b>???</b><i></i>"),
        ("text/html; charset=utf-7", b"+ADw-script+AD4-x", b"&#43;ADw-script&#43;AD4-x"),
        ("text/html; charset=utf-8; charset=utf-7", BAD, GOOD),
        ("text/html; charset=iso-8859-99", BAD + "ä".encode(), GOOD + b"&#228;"),
        ("message/cpim", CPIM % (len(BAD), BAD), CPIM % (len(GOOD), GOOD)),
    ],
)
def test_html_is_made_harmless(kind: str, body: bytes, expected: bytes) -> None:
    got = relayed(kind, body)
    assert got.get("Content-Type") == kind
    assert got.body.replace("\ufffd".encode(), b"?").replace(b"&#65533;", b"?") == expected


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("text/plain", BAD),
        ("text/plain; charset=utf-7", b"+ADw-b"),
        ("text/html", b"just words & more, \xff"),
        ("text/html", GOOD),
        (ALTERNATIVE, PARTS % (b"\r\n" + GOOD)),
        ("message/cpim", CPIM % (len(GOOD), GOOD)),
        ("message/imdn+xml", b"<imdn/>"),
    ],
)
def test_what_does_no_harm_is_carried_to_the_byte(kind: str, body: bytes) -> None:
    got = relayed(kind, body)
    assert (got.get("Content-Type"), got.body) == (kind, body)


@pytest.mark.parametrize(
    "part",
    [b"\r\n" + BAD, b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.b64encode(BAD)],
)
def test_a_part_among_others(part: bytes) -> None:
    body = relayed(ALTERNATIVE, PARTS % part).body
    whole = BytesParser().parsebytes(f"Content-Type: {ALTERNATIVE}\r\n\r\n".encode() + body)
    plain, html = (one.get_payload(decode=True) for one in whole.walk() if not one.is_multipart())
    assert (plain, html, whole.defects) == (b"hi", GOOD, [])


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/alternative", PARTS % (b"\r\n" + BAD)),
        (ALTERNATIVE, b"no part at all"),
        ("message/cpim", b"no envelope"),
        ("message/cpim", CPIM.replace(b"Length: %d", b"Transfer-Encoding: base64") % base64.b64encode(BAD)),
    ],
)
def test_what_cannot_be_looked_through_is_refused(kind: str, body: bytes) -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB, body=body, Content_Type=kind))
    answer = alice.take_response()
    assert (answer.status, bob.inbox()) == (415, [])
    assert "cannot be looked through" in (answer.get("Warning") or "")
    with pytest.raises(Unreadable):
        cleaned(kind, body)


def test_packed_html_is_refused() -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    alice.send(alice.request("MESSAGE", BOB, body=b"\x1f\x8b", Content_Type="text/html", Content_Encoding="gzip"))
    assert (alice.take_response().status, bob.inbox()) == (415, [])


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (f"text/html; charset=UTF-8;ms-body={base64.b64encode(BAD).decode()}", GOOD),
        (f"text/plain; charset=UTF-8; msgr=WAA;ms-body={base64.b64encode(BAD).decode()}", BAD),
        (f"text/html;ms-body={base64.b64encode(GOOD).decode()}", GOOD),
        ("text/html;ms-body=***", None),
    ],
)
def test_the_first_text_of_a_session(value: str, expected: bytes | None) -> None:
    world = World()
    alice, bob = world.signed_in("alice"), world.signed_in("bob")
    fields = {"Content_Type": "application/sdp", "Contact": f"<{alice.contact}>", "Ms_Text_Format": value}
    alice.send(alice.request("INVITE", BOB, body=b"v=0", **fields))
    if expected is None:
        assert alice.take_response().status == 400
        return
    head, _, body = (bob.take_request().get("Ms-Text-Format") or "").partition(";ms-body=")
    assert (head, base64.b64decode(body)) == (value.partition(";ms-body=")[0], expected)


def test_an_envelope_keeps_what_else_it_says() -> None:
    got = read_envelope(relayed("message/cpim", CPIM % (len(BAD), BAD)).body)
    assert (got.sender, got.content_type, got.body) == ("<sip:a@contoso.test>", "text/html", GOOD)
