"""SIP that is cut, too long or malformed, and sign-ins that are forged."""

from __future__ import annotations

import base64
import random
import uuid

from tests.lync.sip.torture import ROWS
from tests.scenarios.hostile.target import Place, Target, connected
from tests.wire.sip.test_torture import READ, bytes_of

_FROM = "From: <sip:alice@contoso.test>;tag=1;epid=01010101\r\nTo: <sip:alice@contoso.test>\r\n"


def request(method: str, more: str = "", body: str = "", *, length: str = "", uri: str = "sip:contoso.test") -> bytes:
    """A request in Alice's name, with ``more`` header fields (whole lines)."""
    call = uuid.uuid4().hex
    return (
        f"{method} {uri} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bK{call}\r\n{_FROM}"
        f"Call-ID: {call}\r\nCSeq: 1 {method}\r\nMax-Forwards: 70\r\n{more}"
        f"Content-Length: {length or len(body)}\r\n\r\n{body}"
    ).encode()


def _register(authorization: str) -> bytes:
    contact = "Contact: <sip:127.0.0.1:5060;transport=tcp>\r\n"
    return request("REGISTER", f"{contact}{authorization}")


def _gssapi(protocol: str, token: bytes) -> bytes:
    encoded = base64.b64encode(token).decode()
    return _register(
        f'Authorization: {protocol} qop="auth", realm="SIP Communications Service", opaque="AAAAAAAA", '
        f'targetname="lync.contoso.test", version=4, gssapi-data="{encoded}"\r\n'
    )


_NTLM_HEAD = b"NTLMSSP\x00"

FRAMES: dict[str, tuple[bytes, frozenset[int], bool]] = {
    "no SIP": (b"\x00\xff" * 500 + b"\r\n\r\n", frozenset(), False),
    "HTTP": (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", frozenset(), False),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", frozenset(), False),
    "a header that never ends": (request("OPTIONS", "X: " + "a" * 40_000)[:-4], frozenset(), True),
    "ten thousand fields": (request("OPTIONS", "X: y\r\n" * 10_000), frozenset(), True),
    "four hundred Vias": (
        request("OPTIONS", "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\n" * 400),
        frozenset({400}),
        True,
    ),
    "too long a body": (request("OPTIONS", length="99999999"), frozenset({513}), True),
    "a negative length": (request("OPTIONS", length="-1"), frozenset({400}), True),
    "a length in words": (request("OPTIONS", length="ten"), frozenset({400}), True),
    "no length but a body": (
        request("OPTIONS", "Content-Length: 5\r\n", length="3", body="abc"),
        frozenset({400}),
        True,
    ),
    "no CSeq": (request("OPTIONS").replace(b"CSeq: 1 OPTIONS\r\n", b""), frozenset({400}), False),
    "a CSeq out of range": (request("OPTIONS").replace(b"CSeq: 1 ", b"CSeq: 99999999999 "), frozenset({400}), False),
    "another version": (request("OPTIONS").replace(b"SIP/2.0\r\n", b"SIP/7.0\r\n", 1), frozenset({505}), False),
    "no hops left": (request("OPTIONS").replace(b"Max-Forwards: 70", b"Max-Forwards: 0"), frozenset({407, 483}), False),
    "a From of nobody": (request("MESSAGE").replace(b"<sip:alice", b"<sip:"), frozenset({400, 403, 407}), False),
    "a method of ours": (request("FROBNICATE"), frozenset({401}), False),
    "an answer to nothing": (
        b"SIP/2.0 200 OK\r\nVia: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bKx\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:a>;tag=2\r\n"
        b"Call-ID: none\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n",
        frozenset(),
        False,
    ),
    "CANCEL of nothing": (request("CANCEL"), frozenset({481}), False),
    "ACK of nothing": (request("ACK"), frozenset(), False),
    "NTLM, not base64": (
        _register('Authorization: NTLM opaque="AAAAAAAA", gssapi-data="%%%"\r\n'),
        frozenset({400, 401, 403}),
        False,
    ),
    "NTLM, cut": (_gssapi("NTLM", _NTLM_HEAD), frozenset({400, 401, 403}), False),
    "NTLM, third message first": (
        _gssapi("NTLM", _NTLM_HEAD + b"\x03\0\0\0" + bytes(80)),
        frozenset({401, 403}),
        False,
    ),
    "NTLM, offsets outside": (_gssapi("NTLM", _NTLM_HEAD + b"\x03\0\0\0" + b"\xff" * 80), frozenset({401, 403}), False),
    "TLS-DSK, no TLS": (_gssapi("TLS-DSK", b"hello"), frozenset({400, 401, 403}), False),
    "TLS-DSK, an alert": (_gssapi("TLS-DSK", b"\x15\x03\x01\x00\x02\x02\x28"), frozenset({400, 401, 403}), False),
    "TLS-DSK, half a hello": (
        _gssapi("TLS-DSK", b"\x16\x03\x01\x40\x00" + bytes(500)),
        frozenset({400, 401, 403}),
        False,
    ),
    "Kerberos, not offered": (_gssapi("Kerberos", b"\x60\x03\x06\x01\x05"), frozenset({401, 403}), False),
    "Digest with holes": (_register('Authorization: Digest username="alice\r\n'), frozenset({400, 401}), False),
    "Digest of an old nonce": (
        _register(
            'Authorization: Digest username="alice", realm="contoso.test", nonce="0123456789abcdef", '
            'uri="sip:contoso.test", response="00000000000000000000000000000000", '
            'algorithm=MD5, qop=auth, nc=00000001, cnonce="a"\r\n'
        ),
        frozenset({401}),
        False,
    ),
    "a signature of nothing": (
        request(
            "MESSAGE",
            'Authorization: NTLM qop="auth", opaque="DEADBEEF", realm="SIP Communications Service", '
            'targetname="lync.contoso.test", crand="00000000", cnum="1", '
            'response="0100000000000000000000000000000a"\r\n',
        ),
        frozenset({401}),
        False,
    ),
}
"""Bytes, every status that may come back (none: no answer is owed), and whether the connection must be closed."""


def attack(target: Target, name: str, place: Place | None = None, tls: bool = False) -> None:
    """Nothing but the error comes back, and the connection serves on unless its framing is lost."""
    data, allowed, fatal = FRAMES[name]
    statuses, closed = target.sip(data, place, tls=tls, answered=bool(allowed))
    assert set(statuses) <= allowed, statuses
    assert bool(statuses) == bool(allowed)
    assert closed == fatal


def torture(target: Target) -> None:
    """RFC 4475's and 5118's messages from a stranger: errors, or silence where nothing may be said; no success."""
    for row in ROWS:
        name, data = row.name, row.data
        assert not [status for status in target.datagram(data) if not 400 <= status < 700], name
        if name not in ("clerr", "baddn", "inv2543"):  # by a stream their end is not found before the next message
            assert not [status for status in target.sip(data)[0] if not 400 <= status < 700], name


def mutilate(target: Target, dice: random.Random, number: int) -> None:
    """Sane requests with a few bytes changed, doubled or lost."""
    kinds = [data for data, _, _ in FRAMES.values() if len(data) < 2000] + [bytes_of(name) for name in READ]
    for _ in range(number):
        data = bytearray(dice.choice(kinds))
        for _ in range(dice.randrange(1, 8)):
            at = dice.randrange(len(data))
            kind = dice.randrange(3)
            if kind == 0:
                data[at] = dice.randrange(256)
            elif kind == 1:
                data.insert(at, dice.choice(b'\r\n:;,<>"@ \0\xff'))
            elif len(data) > 1:
                del data[at]
        target.datagram(bytes(data))
        with connected(target.tcp) as peer:
            peer.sendall(bytes(data))
