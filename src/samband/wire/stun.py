"""STUN binding requests, by which clients keep their way through a NAT open [RFC5389; RFC5626 4.4.2]."""

from __future__ import annotations

import ipaddress
import struct

_REQUEST, _SUCCESS, _ERROR = 0x0001, 0x0101, 0x0111
_COOKIE = b"\x21\x12\xa4\x42"
_MAPPED_ADDRESS, _ERROR_CODE, _UNKNOWN_ATTRIBUTES, _XOR_MAPPED_ADDRESS = 0x0001, 0x0009, 0x000A, 0x0020
_UNDERSTOOD = frozenset({0x0006, 0x0008, 0x0014, 0x0015})
"""USERNAME, MESSAGE-INTEGRITY, REALM and NONCE: nobody has to prove anything here."""
_OPTIONAL = 0x8000
"""Attributes from here on may be ignored by who does not know them."""
_UNKNOWN = b"\0\0\x04\x14Unknown Attribute"
"""Class 4, number 20, and what that means."""
_LONGEST = 1280
"""Bytes of a request: none need be longer than what passes everywhere in one piece [RFC5389 7.1]. Anybody may send one,
so that nothing may cost much to look at."""


def is_stun(data: bytes) -> bool:
    """Whether a datagram is STUN, of the method that is served: no SIP message begins with such a byte."""
    return len(data) >= 20 and data[0] < 2


def answer_binding(data: bytes, peer: tuple[str, int]) -> bytes | None:
    """The answer to a binding request that came from ``peer``; None where nothing is to be answered, as where it is
    longer than anybody needs.

    Clients of before the magic cookie get their address as it is [RFC5389 12.2].
    """
    if len(data) > _LONGEST:
        return None
    kind, length = struct.unpack_from("!HH", data)
    unknown = _unknown(data[20:])
    if kind != _REQUEST or length != len(data) - 20 or unknown is None:
        return None
    if unknown:
        listed = struct.pack(f"!{len(unknown)}H", *unknown)
        body = _attribute(_ERROR_CODE, _UNKNOWN) + _attribute(_UNKNOWN_ATTRIBUTES, listed)
        return struct.pack("!HH", _ERROR, len(body)) + data[4:20] + body
    host, port = ipaddress.ip_address(peer[0].partition("%")[0]).packed, struct.pack("!H", peer[1])
    kind = _MAPPED_ADDRESS
    if data[4:8] == _COOKIE:
        kind, host, port = _XOR_MAPPED_ADDRESS, _xor(host, data[4:20]), _xor(port, data[4:20])
    body = _attribute(kind, bytes([0, 1 if len(host) == 4 else 2]) + port + host)
    return struct.pack("!HH", _SUCCESS, len(body)) + data[4:20] + body


def _unknown(attributes: bytes) -> list[int] | None:
    """The attributes that must be understood and are not; None where they cannot be read."""
    unknown, at = [], 0
    while at < len(attributes):
        if at + 4 > len(attributes):
            return None
        kind, length = struct.unpack_from("!HH", attributes, at)
        at += 4 + (length + 3 & ~3)
        if kind < _OPTIONAL and kind not in _UNDERSTOOD and kind not in unknown:
            unknown.append(kind)
    return unknown if at == len(attributes) else None


def _attribute(kind: int, value: bytes) -> bytes:
    return struct.pack("!HH", kind, len(value)) + value + bytes(-len(value) % 4)


def _xor(value: bytes, mask: bytes) -> bytes:
    return bytes(one ^ other for one, other in zip(value, mask, strict=False))
