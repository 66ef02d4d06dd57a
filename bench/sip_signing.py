"""How a Lync client of the load proves itself and signs [MS-SIPAE 3.2.5.2]: NTLM and TLS-DSK, over raw bytes.

The signed text is put together from the bytes of a message here, and not by what the server uses for it.
"""

from __future__ import annotations

import base64
import functools
import hmac
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import cast

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from tests.trust.sip.ntlm_client import NtlmClient
from tests.trust.sip.tls_client import Party, TlsClient

from bench.sip_requests import DOMAIN, field
from samband.trust.keyed_hash import KeyedHash
from samband.trust.sip.words import Words

REALM = "SIP Communications Service"
_CHALLENGE = re.compile(rb'opaque="([^"]*)", gssapi-data="([^"]*)", targetname="([^"]*)"')
_OFFERED = re.compile(rb'targetname="([^"]*)"')
_ADDRESS = re.compile(rb"<([^>]*)>(?:.*?;tag=([^;]*))?")
_SIGNED = re.compile(rb' rspauth="([^"]*)", srand="([^"]*)", snum="([^"]*)", opaque="([^"]*)"')
_SAID = re.compile(rb"\r\n(From|To|Call-ID|CSeq|Expires): ([^\r]*)")
_ASSERTED = re.compile(rb"<(sip:[^>]*)>")

_SALTS = Words(os.urandom, 8)

Sign = Callable[[bytes], str]


def device(folder: str, name: str) -> Party:
    """The key and certificate of a person, as the server of the benchmark wrote them."""
    certificate = x509.load_der_x509_certificate((Path(folder) / f"{name}.der").read_bytes())
    return Party(_key(folder), certificate)


@functools.cache
def _key(folder: str) -> rsa.RSAPrivateKey:
    key = serialization.load_pem_private_key((Path(folder) / "key.pem").read_bytes(), None)
    return cast(rsa.RSAPrivateKey, key)


@functools.lru_cache(4096)
def _ends(sender: bytes, receiver: bytes) -> bytes:
    """What is signed of From and To, which are the same throughout a dialog."""
    found = [_ADDRESS.match(one) for one in (sender, receiver)]
    return b"".join([b"<%b><%b>" % (one[1], one[2] or b"") for one in found if one is not None])


class Signer:
    """One endpoint's security association: its handshake, then ``seal`` and ``holds``."""

    def __init__(self, protocol: str, name: str, password: str, own: Party | None) -> None:
        self.protocol = protocol
        self.ready = False
        self.opaque = b""
        self._target = b""
        self._number = 0
        self._ntlm = NtlmClient("", f"{name}@{DOMAIN}", password)
        self._tls = TlsClient(own) if own is not None else None
        self._steps = 0
        self._sign: Sign = lambda text: ""
        self._check: Sign = lambda text: ""

    def offered(self, message: bytes) -> None:
        """Take the server's name from its first challenge."""
        found = _OFFERED.search(message)
        self._target = found[1] if found else b""

    def hello(self, request: bytes) -> bytes:
        """``request`` with what opens the handshake."""
        return self._with(request, self._tls.hello() if self._tls is not None else b"")

    def next(self, message: bytes, request: bytes) -> bytes:
        """``request`` with what answers the challenge of ``message``. Raises ``ValueError`` where it is none."""
        found = _CHALLENGE.search(message)
        if found is None:
            raise ValueError("no challenge")
        self.opaque, token = found[1], base64.b64decode(found[2])
        self._steps += 1
        if self._tls is None:
            answer = self._ntlm.answer(token)
            self._sign, self._check = self._ntlm.signer.hex_mac, self._ntlm.checker.hex_mac
            self.ready = True
            return self.seal(request, answer)
        if self._steps == 1:
            return self._with(request, self._tls.answer(token))
        keys = self._tls.check(token)
        keyed = KeyedHash(keys.client, "sha1")
        self._sign = lambda text: keyed.digest(text).hex()
        self._check = lambda text: hmac.digest(keys.server, text, "sha1").hex()
        self.ready = True
        return self.seal(request)

    def seal(self, message: bytes, token: bytes | None = None) -> bytes:
        """``message`` with its signature."""
        self._number += 1
        salt, number = _SALTS.next(), str(self._number)
        signature = self._sign(self._text(message, salt.encode(), number.encode(), b"<><>"))
        proof = f', crand="{salt}", cnum="{number}", response="{signature}"'
        return self._with(message, token, proof.encode())

    def holds(self, message: bytes) -> bool:
        """Whether a message of the server carries a signature of this association that holds."""
        found = _SIGNED.search(field(message, b"Authentication-Info"))
        if found is None:
            return False
        asserted = _ASSERTED.search(field(message, b"P-Asserted-Identity"))
        identities = b"<%b><>" % (asserted[1] if asserted else b"")
        return self._check(self._text(message, found[2], found[3], identities)).encode() == found[1].lower()

    def _text(self, message: bytes, salt: bytes, number: bytes, identities: bytes) -> bytes:
        said = dict(_SAID.findall(message, 0, message.find(b"\r\n\r\n") + 2))
        cseq, _, method = said[b"CSeq"].partition(b" ")
        status = b"<%b>" % message[8:11] if message.startswith(b"SIP/2.0 ") else b""
        return b"<%b><%b><%b><%b><%b><%b><%b><%b>%b%b<%b>%b" % (
            self.protocol.encode(),
            salt,
            number,
            REALM.encode(),
            self._target,
            said[b"Call-ID"],
            cseq,
            method,
            _ends(said[b"From"], said[b"To"]),
            identities,
            said.get(b"Expires", b""),
            status,
        )

    def _with(self, message: bytes, token: bytes | None, proof: bytes = b"") -> bytes:
        opaque = b', opaque="%b"' % self.opaque if self.opaque else b""
        data = b"" if token is None else b', gssapi-data="%b", version=4' % base64.b64encode(token)
        value = b'%b qop="auth"%b, realm="%b", targetname="%b"%b%b' % (
            self.protocol.encode(),
            opaque,
            REALM.encode(),
            self._target,
            proof,
            data,
        )
        start, _, rest = message.partition(b"\r\n")
        return b"%b\r\nAuthorization: %b\r\n%b" % (start, value, rest)
