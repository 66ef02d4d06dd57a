"""Handshake messages of TLS 1.0 [RFC2246 7.4], those a server reads and those it writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from samband.trust.sip.tls_dsk.records import VERSION, Malformed

CLIENT_HELLO = 1
SERVER_HELLO = 2
CERTIFICATE = 11
CERTIFICATE_REQUEST = 13
SERVER_HELLO_DONE = 14
CERTIFICATE_VERIFY = 15
CLIENT_KEY_EXCHANGE = 16
FINISHED = 20

TLS_RSA_WITH_AES_128_CBC_SHA = b"\x00\x2f"
_NULL_COMPRESSION = 0
_RSA_SIGN = 1
LARGEST_MESSAGE = 1 << 16
"""Most bytes of a handshake message; a chain of certificates stays far below it."""


class Reader:
    """Takes vectors off a message in turn [RFC2246 4.3]; ``Malformed`` where one is short."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, size: int) -> bytes:
        """The next ``size`` bytes."""
        piece = self._data[self._at : self._at + size]
        if len(piece) < size:
            raise Malformed("handshake message is short")
        self._at += size
        return piece

    def vector(self, width: int) -> bytes:
        """A vector whose length stands before it in ``width`` bytes."""
        return self.take(int.from_bytes(self.take(width), "big"))

    @property
    def done(self) -> bool:
        """True at the end of the message."""
        return self._at == len(self._data)

    def end(self) -> None:
        """Nothing may follow."""
        if not self.done:
            raise Malformed("handshake message is long")


def vector(width: int, data: bytes) -> bytes:
    """``data`` with its length before it in ``width`` bytes."""
    return len(data).to_bytes(width, "big") + data


def frame(kind: int, body: bytes) -> bytes:
    """A handshake message of type ``kind``."""
    return bytes([kind]) + vector(3, body)


def unframe(buffer: bytes) -> Iterator[tuple[int, bytes, bytes]]:
    """Each whole message at the head of ``buffer``: type, body, and all its bytes."""
    at = 0
    while at + 4 <= len(buffer):
        size = int.from_bytes(buffer[at + 1 : at + 4], "big")
        if size > LARGEST_MESSAGE:
            raise Malformed("handshake message is too large")
        end = at + 4 + size
        if end > len(buffer):
            return
        yield buffer[at], buffer[at + 4 : end], buffer[at:end]
        at = end


@dataclass(frozen=True, slots=True)
class ClientHello:
    """What a client offers [RFC2246 7.4.1.2]."""

    version: bytes
    random: bytes
    suites: tuple[bytes, ...]
    compressions: bytes

    @staticmethod
    def read(body: bytes) -> ClientHello:
        """Parse; what follows the compression methods (extensions) is of no concern here."""
        reader = Reader(body)
        version, random = reader.take(2), reader.take(32)
        if len(reader.vector(1)) > 32:
            raise Malformed("session id is too long")
        suites = reader.vector(2)
        if not suites or len(suites) % 2:
            raise Malformed("cipher suites of a wrong length")
        pairs = tuple(suites[at : at + 2] for at in range(0, len(suites), 2))
        return ClientHello(version, random, pairs, reader.vector(1))

    @property
    def acceptable(self) -> bool:
        """True where TLS 1.0, our one cipher suite and no compression are all on offer."""
        return (
            self.version >= VERSION
            and TLS_RSA_WITH_AES_128_CBC_SHA in self.suites
            and _NULL_COMPRESSION in self.compressions
        )


def server_hello(random: bytes) -> bytes:
    """ServerHello without a session to resume [RFC2246 7.4.1.3]."""
    body = VERSION + random + vector(1, b"") + TLS_RSA_WITH_AES_128_CBC_SHA + bytes([_NULL_COMPRESSION])
    return frame(SERVER_HELLO, body)


def certificate(chain: Sequence[bytes]) -> bytes:
    """Certificate, the sender's own first, each in DER [RFC2246 7.4.2]."""
    return frame(CERTIFICATE, vector(3, b"".join(vector(3, der) for der in chain)))


def read_certificate(body: bytes) -> bytes:
    """The client's own certificate in DER. Raises ``Malformed`` where it sent none."""
    outer = Reader(body)
    chain = Reader(outer.vector(3))
    outer.end()
    if chain.done:
        raise Malformed("client has no certificate")
    first = chain.vector(3)
    while not chain.done:
        chain.vector(3)
    return first


def certificate_request(authorities: Sequence[bytes]) -> bytes:
    """CertificateRequest for an RSA certificate of one of ``authorities``, names in DER [RFC2246 7.4.4]."""
    names = b"".join(vector(2, name) for name in authorities)
    return frame(CERTIFICATE_REQUEST, vector(1, bytes([_RSA_SIGN])) + vector(2, names))


def server_hello_done() -> bytes:
    """ServerHelloDone [RFC2246 7.4.5]."""
    return frame(SERVER_HELLO_DONE, b"")


def read_opaque(body: bytes) -> bytes:
    """The one vector of ClientKeyExchange (encrypted premaster) or CertificateVerify (signature)."""
    reader = Reader(body)
    data = reader.vector(2)
    reader.end()
    return data
