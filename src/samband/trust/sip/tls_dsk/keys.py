"""Key derivation of TLS 1.0 [RFC2246 5, 6.3, 8.1] and of the keys that sign SIP messages."""

from __future__ import annotations

import hmac
import io
from dataclasses import dataclass

MAC = 20
"""Bytes of an HMAC-SHA1 key and of its result."""
BLOCK = 16
"""Bytes of an AES-128 key, of its block and of its initialization vector."""


def prf(secret: bytes, label: bytes, seed: bytes, length: int) -> bytes:
    """The pseudorandom function of TLS 1.0: MD5 over one half of the secret, SHA-1 over the other [RFC2246 5]."""
    half = (len(secret) + 1) // 2
    one = p_hash("md5", secret[:half], label + seed, length)
    other = p_hash("sha1", secret[-half:], label + seed, length)
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def p_hash(digest: str, secret: bytes, seed: bytes, length: int) -> bytes:
    """``length`` bytes by chained HMACs [RFC2246 5]."""
    out, link = b"", seed
    while len(out) < length:
        link = hmac.digest(secret, link, digest)
        out += hmac.digest(secret, link + seed, digest)
    return out[:length]


def master_secret(premaster: bytes, client_random: bytes, server_random: bytes) -> bytes:
    """The 48 bytes everything else comes from [RFC2246 8.1]."""
    return prf(premaster, b"master secret", client_random + server_random, 48)


def verify_data(master: bytes, label: bytes, digests: bytes) -> bytes:
    """The 12 bytes of a Finished message; ``digests``: MD5 and SHA-1 of the handshake so far [RFC2246 7.4.9]."""
    return prf(master, label, digests, 12)


@dataclass(frozen=True, slots=True, repr=False)
class ConnectionKeys:
    """What protects the records of each direction under TLS_RSA_WITH_AES_128_CBC_SHA."""

    client_mac: bytes
    server_mac: bytes
    client_key: bytes
    server_key: bytes
    client_iv: bytes
    server_iv: bytes


def connection_keys(master: bytes, client_random: bytes, server_random: bytes) -> ConnectionKeys:
    """Cut the key block [RFC2246 6.3]."""
    block = io.BytesIO(prf(master, b"key expansion", server_random + client_random, 2 * (MAC + 2 * BLOCK)))
    return ConnectionKeys(*(block.read(size) for size in (MAC, MAC, BLOCK, BLOCK, BLOCK, BLOCK)))


@dataclass(frozen=True, slots=True, repr=False)
class SigningKeys:
    """HMAC-SHA1 keys of SIP message signatures, 32 bytes each."""

    client: bytes
    server: bytes


def signing_keys(master: bytes, client_random: bytes, server_random: bytes) -> SigningKeys:
    """Derive the signing keys as EAP-TLS derives its key material [RFC5216 2.3].

    The second half of the 128 bytes holds the client's key and then the server's.
    """
    material = prf(master, b"client EAP encryption", client_random + server_random, 128)
    return SigningKeys(client=material[64:96], server=material[96:128])
