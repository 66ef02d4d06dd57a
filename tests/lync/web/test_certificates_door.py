"""CertProvisioningService: from a ticket to a certificate, and with it through the guard; and every refusal."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from samband.lync.sip.admission import Admitted
from samband.lync.sip.security import Guard
from samband.trust.denied import Denied
from samband.trust.sip import protocols
from samband.trust.sip.tls_dsk.acceptor import ServerIdentity
from samband.trust.x509 import Identity
from samband.wire.http import HttpResponse
from samband.wire.soap.envelope import read_envelope
from samband.wire.xml.reading import parse
from tests.lync.sip.lync_client import LyncClient, new_flow
from tests.lync.web.website import HOST, PLACES, WebSite, at, field_of
from tests.trust.fakes import person
from tests.trust.sip.tls_client import Authority, Party, der, new_key
from tests.wire.web_auth.ticket_client import Ticket, certificate_request, issued_certificate, ticket_request

TICKETS = "/WebTicket/WebTicketService.svc"
SERVICE = "/CertProv/CertProvisioningService.svc/WebTicket_Proof_SHA1"
KEY = new_key()


def pkcs10(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey = KEY, name: str = "whoever") -> bytes:
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    builder = x509.CertificateSigningRequestBuilder().subject_name(subject)
    return builder.sign(key, hashes.SHA256()).public_bytes(Encoding.DER)


async def ticket(site: WebSite, name: str = "alice") -> Ticket:
    asked = ticket_request(PLACES.certificate_port, f"sip:{name}@contoso.test")
    return Ticket((await site.ask(TICKETS, asked, login=(name, f"pw-{name}"))).content)


async def certify(
    site: WebSite, security: str, *, csr: bytes = b"", entity: str = "alice@contoso.test"
) -> HttpResponse:
    return await site.ask(SERVICE, certificate_request(csr or pkcs10(), security, entity))


def guard(site: WebSite) -> Guard:
    own = Identity.read(site.certificates.server("tls-dsk", [HOST], "rsa").read_bytes())
    identity = ServerIdentity.of(own, site.certificates.authority)
    return Guard(
        {"TLS-DSK": protocols.tls_dsk(identity, site.issued, site.clock.time, os.urandom)},
        None,
        site.people,
        host=HOST,
        sts_uri=PLACES.certificate_service,
        clock=site.clock.time,
        token=lambda: os.urandom(8).hex(),
        random=os.urandom,
    )


async def signs_in(site: WebSite, certificate: bytes) -> bool:
    client = LyncClient(guard(site), new_flow(), "TLS-DSK")
    verdict = await client.sign_in_by_tls_dsk(Party(KEY, x509.load_der_x509_certificate(certificate)))
    return isinstance(verdict, Admitted)


def test_from_a_password_to_a_signed_in_client(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        answer = await certify(site, (await ticket(site)).security())
        assert answer.status == 200, answer.content
        certificate = issued_certificate(answer.content)
        shown = x509.load_der_x509_certificate(certificate)
        assert shown.subject.rfc4514_string() == "CN=alice@contoso.test"
        assert shown.public_key() == KEY.public_key()
        client = LyncClient(guard(site), new_flow(), "TLS-DSK")
        verdict = await client.sign_in_by_tls_dsk(Party(KEY, shown))
        assert isinstance(verdict, Admitted)
        assert verdict.person == site.people.found["guid-alice"]
        assert isinstance(await client.ask(client.signed(client.request("SUBSCRIBE"))), Admitted)

    at(tmp_path, story)


def test_a_certificate_is_good_while_its_record_is(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        alice = site.people.found["guid-alice"]
        certificate = issued_certificate((await certify(site, (await ticket(site)).security())).content)
        unrecorded = site.certificates.issue_client(pkcs10(), "alice@contoso.test")
        assert not await signs_in(site, unrecorded)
        assert await signs_in(site, certificate)
        site.people.put(person("alice", enabled=False))
        assert not await signs_in(site, certificate)
        site.people.put(alice)
        assert await signs_in(site, certificate)
        site.clock.now += 181 * 86_400
        assert not await signs_in(site, certificate)
        site.clock.now -= 181 * 86_400
        assert await site.issued.revoke(alice) == 1
        assert not await signs_in(site, certificate)
        again = issued_certificate((await certify(site, (await ticket(site)).security())).content)
        assert await signs_in(site, again)

    at(tmp_path, story)


def test_a_certificate_of_another_authority(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        forged = Authority().issue("alice@contoso.test")
        with pytest.raises(Denied, match="malformed certificate"):
            await site.issued.owner(der(forged.certificate))

    at(tmp_path, story)


async def refused(site: WebSite, answer: HttpResponse, code: str) -> None:
    assert answer.status in (403, 500)
    fault = read_envelope(parse(answer.content)).operation
    assert (fault[0].text or "").endswith(":" + code), answer.content
    assert code in field_of(answer, "X-Ms-diagnostics")


def test_somebody_elses_name(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        security = (await ticket(site, "bob")).security()
        await refused(site, await certify(site, security), "FailedAuthentication")
        assert (await certify(site, security, entity="sip:Bob@contoso.test")).status == 200

    at(tmp_path, story)


def test_no_ticket_and_no_proof(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        one, other = await ticket(site), await ticket(site)
        await refused(site, await certify(site, ""), "FailedAuthentication")
        await refused(site, await certify(site, one.security(key=bytes(32))), "FailedCheck")
        await refused(site, await certify(site, one.security(key=other.key)), "FailedCheck")
        mixed = one.security().replace(one.id + "</wsse:KeyIdentifier>", other.id + "</wsse:KeyIdentifier>")
        await refused(site, await certify(site, mixed), "FailedCheck")
        forged = one.security().replace("guid-alice", "guid-bob")
        await refused(site, await certify(site, forged), "FailedAuthentication")
        changed = one.security().replace("1970", "1971").replace("Created>2026", "Created>2025")
        await refused(site, await certify(site, changed), "InvalidRequest")

    at(tmp_path, story)


def test_out_of_time(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        one = await ticket(site)
        short = "<wsu:Created>2026-01-01T00:16:40Z</wsu:Created><wsu:Expires>2026-01-01T00:20:00Z</wsu:Expires>"
        assert (await certify(site, one.security(lifetime=short))).status == 200
        site.clock.now += 600
        await refused(site, await certify(site, one.security(lifetime=short)), "FailedAuthentication")
        early = "<wsu:Created>2026-01-01T05:00:00Z</wsu:Created><wsu:Expires>2026-01-01T06:00:00Z</wsu:Expires>"
        await refused(site, await certify(site, one.security(lifetime=early)), "FailedAuthentication")
        site.clock.now += 8 * 3600
        await refused(site, await certify(site, one.security()), "FailedAuthentication")

    at(tmp_path, story)


def test_who_was_disabled_since(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        one = await ticket(site)
        site.people.put(person("alice", msRTCSIP_UserEnabled=False))
        await refused(site, await certify(site, one.security()), "FailedAuthentication")
        site.people.put(person("alice", enabled=False))
        await refused(site, await certify(site, one.security()), "FailedAuthentication")

    at(tmp_path, story)


def test_bad_requests_for_certificates(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        security = (await ticket(site)).security()
        broken = bytearray(pkcs10())
        broken[-1] ^= 1
        small = pkcs10(rsa.generate_private_key(65537, 1024))
        for csr in (b"\x30\x00", bytes(broken), small, b"x" * 20_000):
            await refused(site, await certify(site, security, csr=csr), "InvalidRequest")
        for body in (b"", b"<a/>", b"<!DOCTYPE a><a/>", b"x" * 300_000):
            await refused(site, await site.ask(SERVICE, body), "InvalidRequest")
        assert (await site.ask(SERVICE)).status == 405

    at(tmp_path, story)


def test_any_changed_request_is_answered(tmp_path: Path) -> None:
    """Bytes changed, dropped and put in at random: a certificate for Alice, or a refusal; never an exception."""

    async def story(site: WebSite) -> None:
        random = Random(2013)
        body = certificate_request(pkcs10(), (await ticket(site)).security())
        for _ in range(400):
            changed = bytearray(body)
            for _ in range(random.choice([1, 1, 3, 9])):
                at = random.randrange(len(changed))
                act = random.randrange(3)
                if act == 0:
                    changed[at] = random.randrange(256)
                elif act == 1:
                    del changed[at : at + random.randrange(1, 30)]
                else:
                    changed[at:at] = random.choice([b"<", b">", b"&x;", b"\0", b"]]>", b'"', b"<a/>", b"\xff"])
            answer = await site.ask(SERVICE, bytes(changed))
            assert answer.status in (200, 403, 500)
            if answer.status == 200:
                shown = x509.load_der_x509_certificate(issued_certificate(answer.content))
                assert shown.subject.rfc4514_string() == "CN=alice@contoso.test"
            else:
                read_envelope(parse(answer.content))

    at(tmp_path, story)
