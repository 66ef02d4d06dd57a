"""A Lync client in memory: signs in through a guard by NTLM or TLS-DSK, signs what it sends, checks what it gets."""

from __future__ import annotations

import base64
import hmac
import inspect
import itertools
import os
from collections.abc import Callable, Iterator
from typing import TypeVar

from samband.lync.sip.admission import Verdict
from samband.lync.sip.flow import Flow
from samband.lync.sip.security import Guard
from samband.wire.sip import ms_auth
from samband.wire.sip.credentials import Credentials, read_credentials, write_credentials
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from tests.trust.sip.ntlm_client import NtlmClient
from tests.trust.sip.tls_client import Party, TlsClient

M = TypeVar("M", SipRequest, SipResponse)
HOST = "lync.contoso.test"
_connections = itertools.count(1)


def new_flow(transport: str = "tls", peer: tuple[str, int] = ("127.0.0.1", 50000)) -> Flow:
    return Flow(transport, peer, ("127.0.0.1", 5061), next(_connections), lambda data: None, lambda: None)


class LyncClient:
    """``tokens`` gives the handshake's tokens; ``sign`` and ``check`` are hex signatures of a string."""

    def __init__(
        self, guard: Guard, flow: Flow, protocol: str, address: str = "alice@contoso.test", version: int = 4
    ) -> None:
        self.guard = guard
        self.flow = flow
        self.protocol = protocol
        self.address = address
        self.version = version
        self.opaque = ""
        self.numbers = itertools.count(1)
        self.cseq = itertools.count(1)
        self.sign: Callable[[bytes], str] = lambda text: ""
        self.check: Callable[[bytes], str] = lambda text: ""

    def request(self, method: str = "REGISTER", **fields: str) -> SipRequest:
        headers = {
            "Via": ["SIP/2.0/tls 127.0.0.1:50000;branch=z9hG4bK1"],
            "From": [f"<sip:{self.address}>;tag=1;epid=abb2cb12b77f"],
            "To": [f"<sip:{self.address}>"],
            "Call-ID": ["c1"],
            "CSeq": [f"{next(self.cseq)} {method}"],
            "Supported": ["gruu-10, adhoclist, msrtc-event-categories, com.microsoft.msrtc.presence"],
        }
        for name, value in fields.items():
            headers[name.replace("_", "-")] = [value]
        return SipRequest(method, "sip:contoso.test", headers)

    async def ask(self, request: SipRequest) -> Verdict:
        verdict = self.guard.inspect(request, self.flow)
        return await verdict if inspect.isawaitable(verdict) else verdict

    def authorization(self, *quoted: tuple[str, str], gssapi: bytes | None = None) -> str:
        """The header value without a signature."""
        params = [("qop", "auth")]
        if self.opaque:
            params.append(("opaque", self.opaque))
        params += [("realm", ms_auth.REALM), ("targetname", HOST)]
        plain = []
        if gssapi is not None:
            params.append(("gssapi-data", base64.b64encode(gssapi).decode()))
            plain = [("version", str(self.version))] if self.version > 2 else []
        return write_credentials(self.protocol, [*params, *quoted], plain)

    def signed(self, message: M, *, gssapi: bytes | None = None, number: str = "") -> M:
        """Put the signature of this client on a message."""
        salt, number = os.urandom(4).hex(), number or str(next(self.numbers))
        part = ms_auth.message_part(message, self.version)
        text = ms_auth.signed_text(self.protocol, salt, number, ms_auth.REALM, HOST, part)
        proof = [("crand", salt), ("cnum", number), ("response", self.sign(text).upper())]
        message.put("Authorization", self.authorization(*proof, gssapi=gssapi))
        return message

    def is_signed(self, message: SipMessage) -> bool:
        """Whether a message of the server carries a signature that holds."""
        value = message.get("Authentication-Info")
        if value is None:
            return False
        found = read_credentials(value)
        part = ms_auth.message_part(message, self.version)
        text = ms_auth.signed_text(found.scheme, found.get("srand"), found.get("snum"), ms_auth.REALM, HOST, part)
        assert found.scheme == self.protocol
        assert found.get("opaque") == self.opaque
        assert found.get("targetname") == HOST
        assert found.get("version") == str(self.version)
        return found.get("rspauth") == self.check(text)

    async def step(self, token: bytes) -> tuple[bytes, SipResponse]:
        """Send one token unsigned; the token that came back."""
        verdict = await self.ask(self.request().put("Authorization", self.authorization(gssapi=token)))
        assert isinstance(verdict, SipResponse), verdict
        found = challenge_of(verdict, self.protocol)
        self.opaque = found.get("opaque")
        return ms_auth.read_token(found.get("gssapi-data")), verdict

    async def sign_in_by_ntlm(self, domain: str, user: str, password: str) -> Verdict:
        """The whole handshake; the verdict on its last REGISTER."""
        client = NtlmClient(domain, user, password)
        challenge, _ = await self.step(b"")
        answer = client.answer(challenge)
        self.sign = lambda text: client.signer.mac(text).hex()
        self.check = lambda text: client.checker.mac(text).hex()
        if self.version < 4:
            return await self.ask(self.request().put("Authorization", self.authorization(gssapi=answer)))
        return await self.ask(self.signed(self.request(), gssapi=answer))

    async def sign_in_by_tls_dsk(self, own: Party) -> Verdict:
        """The whole handshake; the verdict on the signed REGISTER after it."""
        client = TlsClient(own)
        flight, _ = await self.step(client.hello())
        last, verdict = await self.step(client.answer(flight))
        if not last:
            return verdict
        keys = client.check(last)
        self.sign = lambda text: hmac.digest(keys.client, text, "sha1").hex()
        self.check = lambda text: hmac.digest(keys.server, text, "sha1").hex()
        return await self.ask(self.signed(self.request()))


def challenges(response: SipResponse) -> Iterator[Credentials]:
    for field in ("WWW-Authenticate", "Proxy-Authenticate"):
        for value in response.all(field):
            yield read_credentials(value)


def challenge_of(response: SipResponse, protocol: str) -> Credentials:
    return next(one for one in challenges(response) if one.scheme == protocol)
