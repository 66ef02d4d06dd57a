"""Documents of web authentication: a real client's requests read, our answers canonical, hostile ones refused."""

from __future__ import annotations

import base64
import hmac
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from samband.trust.sip.tls_dsk.keys import p_hash
from samband.wire.soap.envelope import read_envelope
from samband.wire.web_auth import faults, metadata, names
from samband.wire.web_auth.certificates import read_certificate_request, write_certificate_response
from samband.wire.web_auth.instants import read_instant, write_instant
from samband.wire.web_auth.saml import Assertion, read_assertion, signed_info, write_signed, write_unsigned
from samband.wire.web_auth.security import SECURITY, read_security
from samband.wire.web_auth.tickets import read_ticket_request, write_ticket_response
from samband.wire.xml.reading import Element, Malformed, parse
from tests.wire.web_auth.ticket_client import Ticket, certificate_request, issued_certificate, ticket_request

CAPTURED = Path(__file__).parent / "captured"
NOW = datetime(2026, 11, 23, 4, 5, 30, tzinfo=UTC)
ONE = Assertion(
    id="SamlSecurityToken-1",
    issuer="https://lync.contoso.test/",
    subject="guid-alice",
    audience="https://lync.contoso.test/CertProv?a=1&b=<2>",
    created=NOW,
    expires=NOW + timedelta(hours=8),
    wrapped_key=b"wrapped\x00key",
)


def canonical(element: Element) -> bytes:
    return bytes(etree.tostring(element, method="c14n", exclusive=True))


def test_recorded_ticket_request() -> None:
    asked = read_ticket_request(read_envelope(parse((CAPTURED / "ticket-request.xml").read_bytes())).operation)
    assert asked.context == "0e324752-e1ab-56eb-8f4a-267c85a97459"
    assert asked.applies_to == "https://lync.contoso.test/CertProv/CertProvisioningService.svc/WebTicket_Proof_SHA1"
    assert asked.claimed == "sip:alice@contoso.test"
    assert base64.b64encode(asked.entropy) == b"HKOZlqpx1MfAg/aPwnZAmJt0Uyvh8yB2BWYWSvtJQDo="


def test_recorded_certificate_request() -> None:
    envelope = read_envelope(parse((CAPTURED / "certificate-request.xml").read_bytes()))
    asked = read_certificate_request(envelope.operation)
    assert asked.device == "{0e324752-e1ab-56eb-8f4a-267c85a97459}"
    assert asked.entity == "alice@contoso.test"
    request = x509.load_der_x509_csr(asked.pkcs10)
    assert request.is_signature_valid
    assert request.subject.rfc4514_string() == "CN=alice@contoso.test"


def test_recorded_signature_holds_in_canonical_form() -> None:
    """What the client signed as text is the canonical form of what it sent, and P_SHA1 gives its key."""
    envelope = read_envelope(parse((CAPTURED / "certificate-request.xml").read_bytes()))
    security = envelope.headers[SECURITY]
    ours = base64.b64decode("HKOZlqpx1MfAg/aPwnZAmJt0Uyvh8yB2BWYWSvtJQDo=")
    theirs = base64.b64decode("6BKCREBqyYiOLcr+M5KF4rRZQIicONGrsgNtwWxH++4=")
    info = security.find(f".//{{{names.DS}}}SignedInfo")
    assert info is not None
    proof = hmac.digest(p_hash("sha1", ours, theirs, 32), canonical(info), "sha1")
    assert base64.b64encode(proof) == b"Og9M1w8bhnUoDC+eWtIReEbMiaE="


def test_assertion_round_trip() -> None:
    text = write_signed(ONE, b"signature")
    assert read_assertion(parse(text.encode())) == (ONE, b"signature")
    wrapped = f'<x xmlns="urn:x" xmlns:y="urn:y">\n{text.replace("saml:", "z:").replace("xmlns:saml", "xmlns:z")}</x>'
    assert read_assertion(parse(wrapped.encode())[0]) == (ONE, b"signature")


def test_assertion_is_written_in_canonical_form() -> None:
    for text in (write_unsigned(ONE), signed_info(ONE)):
        assert canonical(parse(text.encode())) == text.encode()
    inside = parse(write_signed(ONE, b"s").encode()).find(f"{{{names.DS}}}Signature/{{{names.DS}}}SignedInfo")
    assert inside is not None
    assert canonical(inside) == signed_info(ONE).encode()


def test_assertion_text_that_xml_must_escape() -> None:
    odd = replace(ONE, id='"&<\t\n', subject="a\rb&<]]>", issuer="é'")
    text = write_signed(odd, b"s")
    assert read_assertion(parse(text.encode())) == (odd, b"s")
    assert canonical(parse(write_unsigned(odd).encode())) == write_unsigned(odd).encode()


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("saml:Assertion", "saml:Assertions"),
        ("<saml:Audience>", "<saml:Audience/><saml:Audience>"),
        ("ds:SignatureValue", "ds:Other"),
        ("2026-11-23T12:05:30Z", "2026-11-23T12:05:30"),
        ("2026-11-23T12:05:30Z", "soon"),
        ("<saml:NameIdentifier>guid-alice</saml:NameIdentifier>", ""),
        ("d3JhcHBlZABrZXk=", "%"),
    ],
)
def test_assertions_that_are_none(old: str, new: str) -> None:
    text = write_signed(ONE, b"s")
    assert old in text
    with pytest.raises(Malformed):
        read_assertion(parse(text.replace(old, new).encode()))


def answer_to(request: bytes) -> bytes:
    asked = read_ticket_request(read_envelope(parse(request)).operation)
    return write_ticket_response(asked, write_signed(ONE, b"s"), NOW, ONE.expires, bytes(32)).encode()


def test_ticket_response_as_clients_search_it() -> None:
    ticket = Ticket(answer_to(ticket_request("https://lync.contoso.test/CertProv")))
    assert ticket.lifetime == (
        "<wsu:Created>2026-11-23T04:05:30Z</wsu:Created><wsu:Expires>2026-11-23T12:05:30Z</wsu:Expires>"
    )
    assert ticket.assertion == write_signed(ONE, b"s")
    assert ticket.id == ONE.id
    root = parse(answer_to(ticket_request("https://x/")))
    response = root.find(f"{{{names.WST}}}RequestSecurityTokenResponse")
    assert response is not None
    assert response.get("Context") == "c&1"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"RequestSecurityToken ", b"RequestSecurityTokens "),
        (b"wst:BinarySecret", b"wst:Secret"),
        (b"SAMLV1.1", b"SAMLV2.0"),
        (b"wsa:Address>https://x/<", b"wsa:Address><"),
        (base64.b64encode(bytes(range(32))), b"AAAA"),
        (base64.b64encode(bytes(range(32))), b"A" * 4000),
        (base64.b64encode(bytes(range(32))), b"%%"),
    ],
)
def test_ticket_requests_that_are_none(old: bytes, new: bytes) -> None:
    body = ticket_request("https://x/")
    assert old in body
    changed = body.replace(old, new).replace(b"</wst:RequestSecurityToken>", b"</wst:RequestSecurityTokens>", 1)
    if b"RequestSecurityTokens " not in changed:
        changed = body.replace(old, new)
    with pytest.raises(Malformed):
        read_ticket_request(read_envelope(parse(changed)).operation)


def signed(key: bytes | None = None, lifetime: str = "") -> str:
    return Ticket(answer_to(ticket_request("https://x/"))).security(key=key, lifetime=lifetime)


def header_of(security: str) -> Element:
    return read_envelope(parse(certificate_request(b"csr", security))).headers[SECURITY]


def test_security_header_of_a_client() -> None:
    ticket = Ticket(answer_to(ticket_request("https://x/")))
    header = read_security(header_of(ticket.security()))
    assert (header.created, header.expires) == (NOW, ONE.expires)
    assert header.key_name == ONE.id
    assert header.proves(ticket.key)
    assert not header.proves(bytes(32))
    assert read_assertion(header.assertion) == (ONE, b"s")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("2026-11-23T04:05:30Z</wsu:Created>", "2026-11-23T04:05:31Z</wsu:Created>"),
        ('wsu:Id="timestamp"', 'wsu:Id="other"'),
        ('wsu:Id="timestamp"', ""),
        ('URI="#timestamp"', 'URI=""'),
        (names.HMAC_SHA1, "http://www.w3.org/2000/09/xmldsig#rsa-sha1"),
        (names.HMAC_SHA1, "none"),
        ("<SignatureValue>", "<SignatureValue/><SignatureValue>"),
        ("<wsu:Timestamp ", "<wsu:Timestamp/><wsu:Timestamp "),
        ("<saml:Assertion ", f'<saml:Assertion xmlns:saml="{names.SAML}"/><saml:Assertion '),
        ("<SignatureValue>", "<SignatureValue>%"),
        ("<DigestValue>", "<DigestValue>%"),
        ("</Transforms>", f'<Transform Algorithm="{names.ENVELOPED}"></Transform></Transforms>'),
        ("wsse:Security", "wsse:Secure"),
    ],
)
def test_security_headers_that_do_not_hold(old: str, new: str) -> None:
    text = signed()
    assert old in text
    changed = text.replace(old, new)
    with pytest.raises((Malformed, KeyError)):
        read_security(header_of(changed))


def test_security_header_without_a_zone_in_its_times() -> None:
    with pytest.raises(Malformed, match="time"):
        read_security(
            header_of(signed(lifetime="<wsu:Created>2026-11-23T04:05:30</wsu:Created><wsu:Expires>x</wsu:Expires>"))
        )


def test_changed_signed_info_no_longer_proves() -> None:
    ticket = Ticket(answer_to(ticket_request("https://x/")))
    changed = ticket.security().replace('<Reference URI="#timestamp">', '<Reference Id="a" URI="#timestamp">')
    assert not read_security(header_of(changed)).proves(ticket.key)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"#PKCS10", b"#PKCS7"),
        (b"GetAndPublishCert ", b"GetCert "),
        (b'DeviceId="{0e324752}"', b""),
        (b'Entity="alice@contoso.test"', b'Entity=" "'),
        (b"wst:RequestSecurityToken", b"wst:Request"),
        (base64.b64encode(b"csr"), b"%"),
    ],
)
def test_certificate_requests_that_are_none(old: bytes, new: bytes) -> None:
    body = certificate_request(b"csr", "")
    assert old in body
    changed = body.replace(old, new)
    if b"GetCert " in changed:
        changed = changed.replace(b"</GetAndPublishCert>", b"</GetCert>")
    with pytest.raises(Malformed):
        read_certificate_request(read_envelope(parse(changed)).operation)


def test_certificate_response_as_clients_search_it() -> None:
    text = write_certificate_response(b"\x30\x82").encode()
    parse(text)
    assert issued_certificate(text) == b"\x30\x82"


def path(root: Element, *steps: str) -> Element:
    """As clients walk these documents: by local names, the root left out."""
    at = root
    for step in steps:
        at = next(child for child in at if str(child.tag).rpartition("}")[2] == step)
    return at


def test_metadata_as_clients_walk_it() -> None:
    root = parse(metadata.certificate_service("https://l/CertProv/P&q", "https://l/WebTicket"))
    tokens = path(root, "Policy", "ExactlyOne", "All", "EndorsingSupportingTokens")
    assert path(tokens, "Policy", "IssuedToken", "Issuer", "Address").text == "https://l/WebTicket"
    policy, port = path(root, "Policy"), path(root, "service", "port")
    assert policy.get(f"{{{names.WSU}}}Id") == f"{port.get('name')}_policy"
    assert port.get("name") == "CertProvisioningServiceWebTicketProof_SHA1"
    assert path(port, "address").get("location") == "https://l/CertProv/P&q"
    port = path(parse(metadata.ticket_service("https://l/T")), "service", "port")
    assert (port.get("name"), path(port, "address").get("location")) == ("WebTicketServiceWinNegotiate", "https://l/T")


def test_fault() -> None:
    root = parse(faults.write_fault(faults.NO_TOKEN))
    fault = read_envelope(root).operation
    assert [str(child.tag) for child in fault] == ["faultcode", "faultstring", "detail"]
    code = fault[0]
    assert code.nsmap["a"] == names.WSSE
    assert code.text == "a:FailedAuthentication"
    inner = path(fault, "detail", "OCSDiagnosticsFault", "Ms-Diagnostics-Fault")
    assert [child.text for child in inner] == ["28020", "No valid security token."]
    assert faults.diagnostics_field(faults.NOT_ENABLED, "lync.contoso.test") == (
        '28000;source="lync.contoso.test";reason="User is not SIP enabled.";faultcode="wsse:FailedAuthentication"'
    )
    assert "wst:InvalidRequest" in faults.diagnostics_field(faults.BAD_REQUEST, "h")


@given(st.datetimes(datetime(1900, 1, 1), datetime(9000, 1, 1), timezones=st.just(UTC)))
def test_instants(moment: datetime) -> None:
    assert read_instant(write_instant(moment)) == moment.replace(microsecond=0)


@given(st.text(max_size=40))
def test_any_text_is_an_instant_or_refused(text: str) -> None:
    try:
        found = read_instant(text)
    except ValueError:
        return
    assert found.tzinfo is UTC
