"""A server that logs everything it can says who failed to sign in, and nothing that would let anybody in."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from requests_ntlm import HttpNtlmAuth

from samband.trust.ntlm.md4 import md4
from tests.clients.running_demo import names_of, running_demo
from tests.scenarios.ews_session import PATH, basic, envelope
from tests.scenarios.hostile import tokens
from tests.scenarios.hostile.target import Target, connected
from tests.wire.web_auth.ticket_client import ticket_request

INBOX = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
    '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)
WRONG = "guess-of-a-typist"
CHALLENGE = re.compile(r'nonce="([^"]+)".*?algorithm=MD5', re.DOTALL)


@pytest.fixture(scope="module")
def target() -> Iterator[Target]:
    with running_demo("--ports", "free", "--log", "debug") as demo, names_of(demo):
        yield Target(demo)


def _by_basic(target: Target, secrets: set[str]) -> None:
    person = target.demo.person("alice")
    for password, status in ((person["password"], 200), (WRONG, 401)):
        header = basic(person["login"], password)
        secrets.update((password, header.removeprefix("Basic ")))
        assert target.post(PATH, envelope(INBOX), headers={"Authorization": header}).status == status


def _by_ntlm(target: Target, secrets: set[str]) -> None:
    person = target.demo.person("bob")
    url = f"https://{target.demo.table['https']}{PATH}"
    for password, status in ((person["password"], 200), (WRONG, 401)):
        secrets.update((password, md4(password.encode("utf-16-le")).hex(), "TlRMTVNTUA"))
        headers = {"Content-Type": "text/xml; charset=utf-8"}
        answer = requests.post(
            url, envelope(INBOX), headers=headers, auth=HttpNtlmAuth(person["login"], password), timeout=60
        )
        assert answer.status_code == status


def _by_token(target: Target, secrets: set[str]) -> None:
    forger = tokens.forgers(Path(target.demo.folder))["EWS"]
    honest = forger.honest()
    # Every token of the demo begins so, also those that its own Lync side has sent by now.
    secrets.update((honest, "eyJ"))
    for token, status in ((honest, 200), (honest[:-8] + "AAAAAAAA", 401)):
        headers = {"Authorization": f"Bearer {token}"}
        assert target.post(PATH, envelope(INBOX), headers=headers).status == status


def _by_web_ticket(target: Target, secrets: set[str]) -> None:
    place = "/WebTicket/WebTicketService.svc"
    url = f"https://lync.contoso.test:{target.https[1]}/CertProv/CertProvisioningService.svc"
    for login in ("carol", ""):
        claimed = ticket_request(url, "sip:carol@contoso.test")
        answer = target.post(place, claimed, host="lync", login=login)
        assert answer.status == (200 if login else 401), answer.text
        secrets.update(re.findall(r"<(?:\w+:)?(?:SignatureValue|BinarySecret|CipherValue)[^>]*>([^<]+)", answer.text))
    person = target.demo.person("carol")
    secrets.update((person["password"], base64.b64encode(bytes(range(32))).decode()))


def _by_digest(target: Target, secrets: set[str]) -> None:
    person = target.demo.person("dave")
    request = (
        "REGISTER sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{n}\r\n"
        "From: <sip:dave@contoso.test>;tag=1\r\nTo: <sip:dave@contoso.test>\r\nCall-ID: {n}\r\nCSeq: {n} REGISTER\r\n"
        "Contact: <sip:dave@127.0.0.1;transport=tcp>\r\nMax-Forwards: 70\r\n{more}Content-Length: 0\r\n\r\n"
    )
    for number, (password, status) in enumerate(((person["password"], 200), (WRONG, 401)), 1):
        # A nonce is good on its own connection only.
        with connected(target.tcp) as peer:
            found = CHALLENGE.search(_exchange(peer, request.format(n=10 * number, more="")))
            assert found is not None
            ha1 = hashlib.md5(f"dave:contoso.test:{password}".encode()).hexdigest()
            ha2 = hashlib.md5(b"REGISTER:sip:contoso.test").hexdigest()
            response = hashlib.md5(f"{ha1}:{found[1]}:00000001:c:auth:{ha2}".encode()).hexdigest()
            secrets.update((password, ha1, response))
            more = (
                f'Authorization: Digest username="dave", realm="contoso.test", nonce="{found[1]}", '
                f'uri="sip:contoso.test", response="{response}", algorithm=MD5, qop=auth, nc=00000001, cnonce="c"\r\n'
            )
            answer = _exchange(peer, request.format(n=10 * number + 1, more=more))
        assert answer.startswith(f"SIP/2.0 {status} "), answer


def _exchange(peer: socket.socket, request: str) -> str:
    peer.sendall(request.encode())
    return peer.recv(65536).decode()


def test_no_secret_is_logged(target: Target) -> None:
    secrets: set[str] = {person["password"] for person in target.demo.table["people"]}
    for prove in (_by_basic, _by_ntlm, _by_token, _by_web_ticket, _by_digest):
        prove(target, secrets)
    log = target.log
    assert "refused Basic sign-in of 'CONTOSO\\\\alice'" in log
    found = sorted(secret for secret in secrets if secret in log)
    assert found == [], json.dumps(found)
