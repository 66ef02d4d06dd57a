"""WebTicketService: passwords become tickets, and everything else a fault."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest
import spnego

from samband.wire.http import Connection
from samband.wire.soap.envelope import read_envelope
from samband.wire.xml.reading import parse
from tests.lync.web.website import BASE, HOST, PLACES, WebSite, at, field_of
from tests.wire.web_auth.ticket_client import Ticket, ticket_request

SERVICE = "/WebTicket/WebTicketService.svc"
ALICE = ("CONTOSO\\alice", "pw-alice")


def test_a_ticket_for_a_password(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        asked = ticket_request(PLACES.certificate_port)
        first = await site.ask(SERVICE, asked)
        assert first.status == 401
        assert field_of(first, "WWW-Authenticate") == f'Basic realm="{HOST}"'
        for login in ("CONTOSO\\alice", "alice", "alice@contoso.test"):
            entropy = os.urandom(32)
            answer = await site.ask(
                SERVICE, ticket_request(PLACES.certificate_port, entropy=entropy), login=(login, "pw-alice")
            )
            assert answer.status == 200
            assert field_of(answer, "Content-Type") == "text/xml; charset=utf-8"
            ticket = Ticket(answer.content, entropy)
            checked = site.tickets.check(parse(ticket.assertion.encode()))
            assert checked.person.sAMAccountName == "alice"
            assert checked.key == ticket.key
        unclaimed = await site.ask(SERVICE, ticket_request(PLACES.certificate_port, claimed=""), login=ALICE)
        assert unclaimed.status == 200

    at(tmp_path, story)


def test_by_ntlm(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        site.build("ntlm", "negotiate")
        connection, asked = Connection("10.0.0.1:9", tls=True), ticket_request(PLACES.certificate_port)
        client = spnego.client("CONTOSO\\alice", "pw-alice", hostname=HOST, protocol="ntlm")
        token = client.step()
        for status in (401, 200):
            value = "NTLM " + base64.b64encode(token or b"").decode()
            answer = await site.ask(SERVICE, asked, connection=connection, Authorization=value)
            assert answer.status == status
            if status == 401:
                token = client.step(base64.b64decode(field_of(answer, "WWW-Authenticate").removeprefix("NTLM ")))

    at(tmp_path, story)


def test_wrong_passwords(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for login in (("alice", "pw-bob"), ("nobody", "x"), ("", "")):
            answer = await site.ask(SERVICE, ticket_request(PLACES.certificate_port), login=login)
            assert answer.status == 401
            assert b"Assertion" not in answer.content

    at(tmp_path, story)


def test_not_enabled_for_sip(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        answer = await site.ask(SERVICE, ticket_request(PLACES.certificate_port, ""), login=("carol", "pw-carol"))
        assert answer.status == 403
        assert field_of(answer, "X-Ms-diagnostics") == (
            f'28000;source="{HOST}";reason="User is not SIP enabled.";faultcode="wsse:FailedAuthentication"'
        )

    at(tmp_path, story)


BAD = {
    "somebody else's address": (
        ticket_request(PLACES.certificate_port, "sip:bob@contoso.test"),
        "FailedAuthentication",
    ),
    "another site's service": (ticket_request("https://evil.test/"), "InvalidScope"),
    "no entropy": (ticket_request(BASE, entropy=b""), "InvalidRequest"),
    "not XML": (b"<a", "InvalidRequest"),
    "not SOAP": (b"<a/>", "InvalidRequest"),
    "an empty body": (b"", "InvalidRequest"),
    "another operation": (
        b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><x/></s:Body></s:Envelope>',
        "InvalidRequest",
    ),
    "a document type": (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "InvalidRequest"),
    "too large": (b"<a>" + b"x" * 70_000 + b"</a>", "InvalidRequest"),
}


@pytest.mark.parametrize("name", BAD)
def test_faults(tmp_path: Path, name: str) -> None:
    body, code = BAD[name]

    async def story(site: WebSite) -> None:
        answer = await site.ask(SERVICE, body, login=ALICE)
        assert answer.status == 500
        fault = read_envelope(parse(answer.content)).operation
        assert (fault[0].text or "").endswith(":" + code)
        assert code in field_of(answer, "X-Ms-diagnostics")

    at(tmp_path, story)


def test_only_post(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        answer = await site.ask(SERVICE)
        assert (answer.status, field_of(answer, "Allow")) == (405, "POST")

    at(tmp_path, story)


def test_metadata(tmp_path: Path) -> None:
    async def story(site: WebSite) -> None:
        for path, ours in (
            (SERVICE, PLACES.ticket_service),
            ("/CertProv/CertProvisioningService.svc", PLACES.certificate_port),
        ):
            answer = await site.ask(f"{path}/mex")
            assert answer.status == 200
            assert f'location="{ours}"'.encode() in answer.content
            assert (await site.ask(f"{path}/mex", b"x")).status == 405
        assert PLACES.ticket_service.encode() in answer.content

    at(tmp_path, story)
