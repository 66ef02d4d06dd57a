"""Signature strings in their versions, and the fields that carry signatures."""

from __future__ import annotations

import pytest

from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import Malformed, read_credentials
from samband.wire.sip.dialog import answered
from samband.wire.sip.message import SipMessage, SipRequest
from samband.wire.sip.parsing import parse_head


def message(text: str) -> SipMessage:
    return parse_head(text.strip().replace("\n", "\r\n").encode())[0]


REGISTER = """
REGISTER sip:contoso.test SIP/2.0
Via: SIP/2.0/tls 127.0.0.1:57174;branch=z9hG4bK0D2D36FA157D45B23D42
From: <sip:alice@contoso.test>;tag=2033454981;epid=abb2cb12b77f
To: <sip:alice@contoso.test>
CSeq: 4 REGISTER
Call-ID: E4A5
"""
REFUSED = """
SIP/2.0 488 Not acceptable here
Via: SIP/2.0/tls 127.0.0.1:57174
From: "Alice" <sip:alice@contoso.test;a=b>;tag=1;epid=x
To: <sip:bob@contoso.test>;epid=y;tag=2
Call-ID: c
CSeq:  7   SUBSCRIBE
Expires: 0
"""
INVITE = """
INVITE sip:bob@contoso.test SIP/2.0
Via: SIP/2.0/tls 127.0.0.1:57174
From: "<sip:mallory@contoso.test>" <sip:alice@contoso.test>;tag=1
To: sip:bob@contoso.test
Call-ID: c
CSeq: 1 INVITE
P-Asserted-Identity: "Alice" <sip:alice@contoso.test>, <tel:+1425>
"""
PREFERRED = INVITE.replace("P-Asserted-Identity", "P-Preferred-Identity").replace(
    ", <tel", "\nP-Preferred-Identity: <tel"
)

PARTS = {
    (REGISTER, 4): "<E4A5><4><REGISTER><sip:alice@contoso.test><2033454981><sip:alice@contoso.test><><><><>",
    (REGISTER, 3): "<E4A5><4><REGISTER><sip:alice@contoso.test><2033454981><sip:alice@contoso.test><><><><>",
    (REGISTER, 2): "<E4A5><4><REGISTER><sip:alice@contoso.test><2033454981><><>",
    (REFUSED, 4): "<c><7><SUBSCRIBE><sip:alice@contoso.test;a=b><1><sip:bob@contoso.test><2><><><0><488>",
    (REFUSED, 2): "<c><7><SUBSCRIBE><sip:alice@contoso.test;a=b><1><2><0><488>",
    (INVITE, 4): (
        "<c><1><INVITE><sip:alice@contoso.test><1><sip:bob@contoso.test><><sip:alice@contoso.test><tel:+1425><>"
    ),
    (INVITE, 2): "<c><1><INVITE><sip:alice@contoso.test><1><><>",
    (PREFERRED, 3): (
        "<c><1><INVITE><sip:alice@contoso.test><1><sip:bob@contoso.test><><sip:alice@contoso.test><tel:+1425><>"
    ),
}


@pytest.mark.parametrize(("text", "version"), PARTS)
def test_message_part(text: str, version: int) -> None:
    assert ms_auth.message_part(message(text), version) == PARTS[text, version]


@pytest.mark.parametrize("version", [2, 3, 4])
@pytest.mark.parametrize("contact", ["<sip:alice@10.0.0.9>", '"A, \\"<x>" <sip:alice@10.0.0.9;a=b>'])
def test_the_part_of_a_request_within_a_dialog_is_that_of_its_message(version: int, contact: str) -> None:
    first = message(REGISTER.replace("<sip:alice@contoso.test>;tag", f"{contact};tag"))
    assert isinstance(first, SipRequest)
    dialog = answered(first, "ours")
    request = dialog.request("BENOTIFY")
    assert ms_auth.request_part(dialog, "BENOTIFY", version) == ms_auth.message_part(request, version)


def test_asserted_goes_before_preferred() -> None:
    both = message(INVITE + "P-Preferred-Identity: <sip:other@contoso.test>")
    assert ms_auth.message_part(both, 4) == PARTS[INVITE, 4]


def test_identity_that_cannot_be_read_counts_as_none() -> None:
    odd = message(REGISTER + 'P-Asserted-Identity: "open <sip:alice')
    assert ms_auth.message_part(odd, 4) == PARTS[REGISTER, 4]


def test_whole_string_of_a_recorded_answer() -> None:
    answer = message(
        """
SIP/2.0 488 Not acceptable here
Via: SIP/2.0/tls 127.0.0.1:57174
From: <sip:alice@contoso.test>;tag=1580615142;epid=abb2cb12b77f
To: <sip:alice@contoso.test>;tag=2E44E97B150C0294
Call-ID: 8578gF975a
CSeq: 1 SUBSCRIBE
"""
    )
    part = ms_auth.message_part(answer, 3)
    assert ms_auth.signed_text("Kerberos", "F873F117", "2", ms_auth.REALM, "sip/lync.contoso.test", part) == (
        b"<Kerberos><F873F117><2><SIP Communications Service><sip/lync.contoso.test><8578gF975a><1><SUBSCRIBE>"
        b"<sip:alice@contoso.test><1580615142><sip:alice@contoso.test><2E44E97B150C0294><><><><488>"
    )


def test_bytes_that_are_not_text_are_signed_as_they_came() -> None:
    odd = parse_head(REGISTER.strip().replace("\n", "\r\n").encode().replace(b"E4A5", b"E\xff5"))[0]
    text = ms_auth.signed_text("NTLM", "a", "1", "r", "t", ms_auth.message_part(odd, 2))
    assert text.startswith(b"<NTLM><a><1><r><t><E\xff5><4>")


def test_challenge_is_written_as_lync_clients_read_it() -> None:
    assert (
        ms_auth.challenge("NTLM", ms_auth.REALM, "lync.contoso.test")
        == 'NTLM realm="SIP Communications Service", targetname="lync.contoso.test", version=4'
    )
    assert ms_auth.challenge("TLS-DSK", "r", "t", sts_uri="https://lync/CertProv").endswith(
        ', version=4, sts-uri="https://lync/CertProv"'
    )


def test_handshake_carries_the_token() -> None:
    value = ms_auth.handshake("NTLM", "r", "t", "0A0B", b"\x00token", 3)
    assert value == 'NTLM opaque="0A0B", gssapi-data="AHRva2Vu", targetname="t", realm="r", version=3'
    assert ms_auth.read_token(read_credentials(value).get("gssapi-data")) == b"\x00token"


@pytest.mark.parametrize("text", ["=", "a", "ab$d", "YQ==\n", "\udc80"])
def test_tokens_that_are_not_base64(text: str) -> None:
    with pytest.raises(Malformed):
        ms_auth.read_token(text)


@pytest.mark.parametrize(("text", "version"), [("", 2), ("2", 2), ("3", 3), ("4", 4), ("5", 4), ("9999", 4)])
def test_version(text: str, version: int) -> None:
    assert ms_auth.read_version(text) == version


@pytest.mark.parametrize("text", ["0", "1", "-3", "x", "4.0", "٤", "99999"])
def test_versions_that_are_none(text: str) -> None:
    with pytest.raises(Malformed):
        ms_auth.read_version(text)
