"""The record layer of TLS 1.0 [RFC2246 6.2]: framing, and protection under AES-128-CBC with HMAC-SHA1."""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from samband.trust.sip.tls_dsk.keys import BLOCK, MAC

CHANGE_CIPHER_SPEC = 20
ALERT = 21
HANDSHAKE = 22

VERSION = b"\x03\x01"
LARGEST = 1 << 14
"""Most bytes of plaintext in a record."""
_EXPANSION = 2048
_HEADER = 5


class Malformed(Exception):
    """Bytes that are not TLS 1.0, or whose protection does not hold."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: its content type and its fragment, protected or not."""

    kind: int
    fragment: bytes


def split(flight: bytes) -> list[Record]:
    """Cut a flight into records. Raises ``Malformed`` where it is truncated or not of TLS."""
    records, at = [], 0
    while at < len(flight):
        header = flight[at : at + _HEADER]
        if len(header) < _HEADER or header[1] != VERSION[0]:
            raise Malformed("not a TLS record")
        size = int.from_bytes(header[3:5], "big")
        fragment = flight[at + _HEADER : at + _HEADER + size]
        if not 0 < size <= LARGEST + _EXPANSION or len(fragment) < size:
            raise Malformed("record of a wrong length")
        records.append(Record(header[0], fragment))
        at += _HEADER + size
    return records


def join(kind: int, content: bytes) -> bytes:
    """Frame ``content`` in as many records as it needs."""
    pieces = [content[at : at + LARGEST] for at in range(0, len(content), LARGEST)]
    return b"".join(bytes([kind]) + VERSION + len(piece).to_bytes(2, "big") + piece for piece in pieces)


class Protection:
    """One direction of a protected connection: MAC, then pad, then encrypt [RFC2246 6.2.3]."""

    def __init__(self, mac_key: bytes, key: bytes, iv: bytes) -> None:
        self._mac_key = mac_key
        self._cipher = algorithms.AES(key)
        self._iv = iv
        self._sequence = 0

    def seal(self, kind: int, content: bytes) -> bytes:
        """The protected record of ``content`` (at most ``LARGEST`` bytes), framed."""
        body = content + self._mac(kind, content)
        pad = BLOCK - 1 - len(body) % BLOCK
        encryptor = Cipher(self._cipher, modes.CBC(self._iv)).encryptor()
        fragment = encryptor.update(body + bytes([pad]) * (pad + 1)) + encryptor.finalize()
        self._iv = fragment[-BLOCK:]
        self._sequence += 1
        return bytes([kind]) + VERSION + len(fragment).to_bytes(2, "big") + fragment

    def open(self, record: Record) -> bytes:
        """The content of a protected record. Raises ``Malformed``, the same for bad padding and a bad MAC."""
        fragment = record.fragment
        if len(fragment) % BLOCK or len(fragment) < MAC + 1:
            raise Malformed("protected record of a wrong length")
        decryptor = Cipher(self._cipher, modes.CBC(self._iv)).decryptor()
        body = decryptor.update(fragment) + decryptor.finalize()
        self._iv = fragment[-BLOCK:]
        pad = body[-1]
        padded = pad + 1 + MAC <= len(body) and hmac.compare_digest(body[-pad - 1 :], bytes([pad]) * (pad + 1))
        # A MAC is computed whatever the padding, so that the two failures cost about the same.
        end = len(body) - MAC - (pad + 1 if padded else 0)
        intact = hmac.compare_digest(self._mac(record.kind, body[:end]), body[end : end + MAC])
        self._sequence += 1
        if not (padded and intact):
            raise Malformed("protected record does not verify")
        return body[:end]

    def _mac(self, kind: int, content: bytes) -> bytes:
        head = self._sequence.to_bytes(8, "big") + bytes([kind]) + VERSION + len(content).to_bytes(2, "big")
        return hmac.digest(self._mac_key, head + content, "sha1")
