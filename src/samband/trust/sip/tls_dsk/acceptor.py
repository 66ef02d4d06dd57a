"""The server's side of a TLS 1.0 handshake, as a table: (state, message) -> (what to do, next state).

A client speaks two flights, each whole: its hello, and its certificate, key and Finished. A flight that stops early,
goes on too long or comes out of order ends the handshake.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from samband.trust.sip.tls_dsk import messages
from samband.trust.sip.tls_dsk.keys import SigningKeys, connection_keys, master_secret, signing_keys, verify_data
from samband.trust.sip.tls_dsk.records import (
    CHANGE_CIPHER_SPEC,
    HANDSHAKE,
    Malformed,
    Protection,
    Record,
    join,
    split,
)
from samband.trust.x509 import Identity

_PREMASTER = 48
_CHANGE = -1
"""ChangeCipherSpec in the table: it is not a handshake message and has no number among them."""


@dataclass(frozen=True, slots=True)
class ServerIdentity:
    """What a server shows: its certificate chain (DER, own first), its key, and whom it trusts (names in DER)."""

    chain: tuple[bytes, ...]
    key: rsa.RSAPrivateKey = field(repr=False)
    authorities: tuple[bytes, ...]

    @staticmethod
    def of(own: Identity, authority: x509.Certificate) -> ServerIdentity:
        """From a certificate of ``authority``. Raises ``ValueError`` where its key is not RSA."""
        if not isinstance(own.key, rsa.RSAPrivateKey):
            raise ValueError("TLS-DSK needs a server certificate with an RSA key")
        chain = (own.certificate.public_bytes(Encoding.DER),)
        return ServerIdentity(chain, own.key, (authority.subject.public_bytes(),))


class State(Enum):
    """What the acceptor waits for."""

    HELLO = auto()
    CERTIFICATE = auto()
    KEY_EXCHANGE = auto()
    VERIFY = auto()
    CHANGE = auto()
    FINISHED = auto()
    DONE = auto()
    FAILED = auto()


class Acceptor:
    """One handshake. ``random`` gives so many random bytes; ``receive`` costs an RSA operation: run it in a thread."""

    def __init__(self, identity: ServerIdentity, random: Callable[[int], bytes]) -> None:
        self._identity = identity
        self._random = random
        self._state = State.HELLO
        self._buffer = b""
        self._md5, self._sha1 = hashlib.md5(usedforsecurity=False), hashlib.sha1(usedforsecurity=False)
        self._client_random = self._server_random = self._client_version = self._master = b""
        self._incoming: Protection | None = None
        self._outgoing: Protection | None = None
        self._client_key: rsa.RSAPublicKey | None = None
        self.client_certificate = b""
        """The client's certificate in DER; proven to be its own only once ``done``."""

    @property
    def done(self) -> bool:
        """True when both sides have shown the keys."""
        return self._state is State.DONE

    def signing_keys(self) -> SigningKeys:
        """The keys that sign SIP messages from here on."""
        if not self.done:
            raise RuntimeError("the handshake is not done")
        return signing_keys(self._master, self._client_random, self._server_random)

    def receive(self, flight: bytes) -> bytes:
        """Take the client's next flight; the server's in answer. Raises ``Malformed`` where it does not hold."""
        stop = {State.HELLO: State.CERTIFICATE, State.CERTIFICATE: State.DONE}.get(self._state)
        if stop is None:
            raise Malformed("the handshake is over")
        try:
            answer = b"".join(self._record(record) for record in split(flight))
            if self._state is not stop or self._buffer:
                raise Malformed("flight is not whole")
        except Malformed:
            self._state = State.FAILED
            raise
        return answer

    def _record(self, record: Record) -> bytes:
        content = self._incoming.open(record) if self._incoming else record.fragment
        if record.kind == CHANGE_CIPHER_SPEC:
            if self._buffer or content != b"\x01":
                raise Malformed("ChangeCipherSpec out of place")
            return self._advance(_CHANGE, b"", b"")
        if record.kind != HANDSHAKE:
            raise Malformed(f"record of type {record.kind} in a handshake")
        answer = b""
        self._buffer += content
        for kind, body, whole in messages.unframe(self._buffer):
            self._buffer = self._buffer[len(whole) :]
            answer += self._advance(kind, body, whole)
        if len(self._buffer) > messages.LARGEST_MESSAGE:
            raise Malformed("handshake message is too large")
        return answer

    def _advance(self, kind: int, body: bytes, whole: bytes) -> bytes:
        row = _TABLE.get((self._state, kind))
        if row is None:
            raise Malformed(f"message {kind} in state {self._state.name}")
        act, self._state = row
        return act(self, body, whole)

    def _hello(self, body: bytes, whole: bytes) -> bytes:
        hello = messages.ClientHello.read(body)
        if not hello.acceptable:
            raise Malformed("nothing on offer that is spoken here")
        self._client_version, self._client_random = hello.version, hello.random
        self._server_random = self._random(32)
        flight = (
            messages.server_hello(self._server_random)
            + messages.certificate(self._identity.chain)
            + messages.certificate_request(self._identity.authorities)
            + messages.server_hello_done()
        )
        self._hash(whole + flight)
        return join(HANDSHAKE, flight)

    def _certificate(self, body: bytes, whole: bytes) -> bytes:
        self.client_certificate = messages.read_certificate(body)
        try:
            key = x509.load_der_x509_certificate(self.client_certificate).public_key()
        except Exception:  # the parser's own errors are of many kinds
            raise Malformed("client certificate cannot be read") from None
        if not isinstance(key, rsa.RSAPublicKey):
            raise Malformed("client certificate has no RSA key")
        self._client_key = key
        self._hash(whole)
        return b""

    def _key_exchange(self, body: bytes, whole: bytes) -> bytes:
        premaster = self._premaster(messages.read_opaque(body))
        self._master = master_secret(premaster, self._client_random, self._server_random)
        self._hash(whole)
        return b""

    def _premaster(self, encrypted: bytes) -> bytes:
        """Decrypt, or go on with random bytes: only the Finished message may tell the two apart [RFC2246 7.4.7.1]."""
        instead = self._client_version + self._random(_PREMASTER - 2)
        try:
            premaster = self._identity.key.decrypt(encrypted, padding.PKCS1v15())
        except ValueError:
            premaster = b""
        good = len(premaster) == _PREMASTER and hmac.compare_digest(premaster[:2], self._client_version)
        return premaster if good else instead

    def _verify(self, body: bytes, whole: bytes) -> bytes:
        """CertificateVerify: an RSA signature of MD5 and SHA-1 of the messages so far, side by side [RFC2246 7.4.8]."""
        if self._client_key is None:
            raise Malformed("no key to verify with")
        try:
            shown = self._client_key.recover_data_from_signature(messages.read_opaque(body), padding.PKCS1v15(), None)
        except (InvalidSignature, ValueError) as error:
            raise Malformed("client does not hold the key of its certificate") from error
        if not hmac.compare_digest(shown, self._digests()):
            raise Malformed("client signed another handshake")
        self._hash(whole)
        return b""

    def _change(self, body: bytes, whole: bytes) -> bytes:
        keys = connection_keys(self._master, self._client_random, self._server_random)
        self._incoming = Protection(keys.client_mac, keys.client_key, keys.client_iv)
        self._outgoing = Protection(keys.server_mac, keys.server_key, keys.server_iv)
        return b""

    def _finished(self, body: bytes, whole: bytes) -> bytes:
        expected = verify_data(self._master, b"client finished", self._digests())
        if self._outgoing is None or not hmac.compare_digest(body, expected):
            raise Malformed("client saw another handshake")
        self._hash(whole)
        data = verify_data(self._master, b"server finished", self._digests())
        return join(CHANGE_CIPHER_SPEC, b"\x01") + self._outgoing.seal(
            HANDSHAKE, messages.frame(messages.FINISHED, data)
        )

    def _hash(self, whole: bytes) -> None:
        self._md5.update(whole)
        self._sha1.update(whole)

    def _digests(self) -> bytes:
        return self._md5.digest() + self._sha1.digest()


_Act = Callable[[Acceptor, bytes, bytes], bytes]

_TABLE: dict[tuple[State, int], tuple[_Act, State]] = {
    (State.HELLO, messages.CLIENT_HELLO): (Acceptor._hello, State.CERTIFICATE),
    (State.CERTIFICATE, messages.CERTIFICATE): (Acceptor._certificate, State.KEY_EXCHANGE),
    (State.KEY_EXCHANGE, messages.CLIENT_KEY_EXCHANGE): (Acceptor._key_exchange, State.VERIFY),
    (State.VERIFY, messages.CERTIFICATE_VERIFY): (Acceptor._verify, State.CHANGE),
    (State.CHANGE, _CHANGE): (Acceptor._change, State.FINISHED),
    (State.FINISHED, messages.FINISHED): (Acceptor._finished, State.DONE),
}
