"""A TLS 1.0 client of our own, each step of which a test can bend."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import NoDigestInfo
from cryptography.x509.oid import NameOID

from samband.trust.sip.tls_dsk import keys, messages, records
from samband.trust.sip.tls_dsk.acceptor import ServerIdentity

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def certificate(
    subject: str, key: rsa.RSAPrivateKey, issuer: str, issuer_key: rsa.RSAPrivateKey, *, authority: bool = False
) -> x509.Certificate:
    """A certificate good for a year around ``NOW``."""
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(NOW - timedelta(days=1))
        .not_valid_after(NOW + timedelta(days=365))
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(subject.replace("@", "."))]), critical=False)
        .sign(issuer_key, hashes.SHA256())
    )


def der(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.DER)


@dataclass
class Party:
    """Someone with a certificate."""

    key: rsa.RSAPrivateKey
    certificate: x509.Certificate


class Authority:
    """A CA and whom it made certificates for."""

    def __init__(self) -> None:
        self.key = new_key()
        self.certificate = certificate("Test CA", self.key, "Test CA", self.key, authority=True)

    def issue(self, subject: str) -> Party:
        key = new_key()
        return Party(key, certificate(subject, key, "Test CA", self.key))

    def server(self, name: str) -> ServerIdentity:
        own = self.issue(name)
        return ServerIdentity((der(own.certificate),), own.key, (self.certificate.subject.public_bytes(),))


@dataclass
class TlsClient:
    """Speaks the two flights; ``premaster``, ``verify_data`` and the rest may be set to lie."""

    own: Party
    suites: bytes = b"\x00\x04\x00\x05\x00\x2f\x00\x35\x00\x03"
    version: bytes = records.VERSION
    compressions: bytes = b"\x00"
    random: bytes = field(default_factory=lambda: os.urandom(32))
    premaster: bytes = b""
    encrypted_premaster: bytes | None = None
    signature: bytes | None = None
    verify_data: bytes | None = None
    chain: tuple[bytes, ...] | None = None
    transcript: bytes = b""
    master: bytes = b""
    server_random: bytes = b""
    incoming: records.Protection | None = None

    def hello(self) -> bytes:
        body = self.version + self.random + messages.vector(1, b"")
        body += messages.vector(2, self.suites) + messages.vector(1, self.compressions)
        message = messages.frame(messages.CLIENT_HELLO, body)
        self.transcript = message
        return records.join(records.HANDSHAKE, message)

    def answer(self, flight: bytes) -> bytes:
        """Certificate to Finished, in one record up to the change of ciphers as real clients do."""
        content = b"".join(record.fragment for record in records.split(flight))
        parts = {kind: body for kind, body, _ in messages.unframe(content)}
        assert list(parts) == [
            messages.SERVER_HELLO,
            messages.CERTIFICATE,
            messages.CERTIFICATE_REQUEST,
            messages.SERVER_HELLO_DONE,
        ]
        self.transcript += content
        self.server_random = parts[messages.SERVER_HELLO][2:34]
        server = x509.load_der_x509_certificate(messages.read_certificate(parts[messages.CERTIFICATE])).public_key()
        assert isinstance(server, rsa.RSAPublicKey)
        premaster = self.premaster or self.version + os.urandom(46)
        self.master = keys.master_secret(premaster, self.random, self.server_random)
        encrypted = self.encrypted_premaster or server.encrypt(premaster, padding.PKCS1v15())
        chain = (der(self.own.certificate),) if self.chain is None else self.chain
        own = messages.certificate(chain) + messages.frame(messages.CLIENT_KEY_EXCHANGE, messages.vector(2, encrypted))
        self.transcript += own
        signature = self.signature or self.own.key.sign(self.digests(), padding.PKCS1v15(), NoDigestInfo())
        proof = messages.frame(messages.CERTIFICATE_VERIFY, messages.vector(2, signature))
        self.transcript += proof
        return records.join(records.HANDSHAKE, own + proof) + records.join(20, b"\x01") + self.finished()

    def finished(self) -> bytes:
        block = keys.connection_keys(self.master, self.random, self.server_random)
        self.incoming = records.Protection(block.server_mac, block.server_key, block.server_iv)
        data = self.verify_data or keys.verify_data(self.master, b"client finished", self.digests())
        message = messages.frame(messages.FINISHED, data)
        self.transcript += message
        return records.Protection(block.client_mac, block.client_key, block.client_iv).seal(records.HANDSHAKE, message)

    def check(self, flight: bytes) -> keys.SigningKeys:
        """The server's last flight must hold; the keys that sign from here on."""
        change, finished = records.split(flight)
        assert change == records.Record(20, b"\x01")
        assert self.incoming is not None
        expected = keys.verify_data(self.master, b"server finished", self.digests())
        assert self.incoming.open(finished) == messages.frame(messages.FINISHED, expected)
        return keys.signing_keys(self.master, self.random, self.server_random)

    def digests(self) -> bytes:
        return hashlib.md5(self.transcript).digest() + hashlib.sha1(self.transcript).digest()
