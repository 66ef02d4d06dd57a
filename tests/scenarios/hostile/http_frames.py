"""HTTP that is cut, too long, ambiguous or no HTTP at all, and peers that take their time."""

from __future__ import annotations

import contextlib
import gzip
import socket
import time
from collections.abc import Iterator

from tests.scenarios.ews_session import PATH
from tests.scenarios.hostile.target import Target, connected

_POST = f"POST {PATH} HTTP/1.1\r\nHost: mail.contoso.test\r\n".encode()
_BOMB = gzip.compress(bytes(80_000_000), 9)

FRAMES: dict[str, tuple[bytes, frozenset[int]]] = {
    "no HTTP": (b"GARBAGE\r\n\r\n", frozenset({400})),
    "TLS on the plain port": (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200), frozenset({400, 0})),
    "SIP on the HTTP port": (b"OPTIONS sip:contoso.test SIP/2.0\r\nCall-ID: x\r\n\r\n", frozenset({400})),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", frozenset({400})),
    "HTTP 9.9": (b"GET / HTTP/9.9\r\nHost: x\r\n\r\n", frozenset({400})),
    "a null in a name": (b"GET / HTTP/1.1\r\nHost: x\r\nA\x00b: c\r\n\r\n", frozenset({400})),
    "a name with blanks": (b"GET / HTTP/1.1\r\nHost: x\r\nContent-Length : 3\r\n\r\nabc", frozenset({400})),
    "a request line of 20 KB": (b"GET /" + b"a" * 20_000 + b" HTTP/1.1\r\nHost: x\r\n\r\n", frozenset({400, 414})),
    "a field of 100 KB": (b"GET / HTTP/1.1\r\nHost: x\r\nA: " + b"a" * 100_000 + b"\r\n\r\n", frozenset({400, 431})),
    "ten thousand fields": (
        b"GET / HTTP/1.1\r\nHost: x\r\n" + b"".join(b"A%d: b\r\n" % n for n in range(10_000)) + b"\r\n",
        frozenset({400, 431}),
    ),
    "a negative length": (_POST + b"Content-Length: -5\r\n\r\n", frozenset({400})),
    "a length in words": (_POST + b"Content-Length: five\r\n\r\nabcde", frozenset({400})),
    "two lengths": (_POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", frozenset({400})),
    "length and chunks": (
        _POST + b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        frozenset({400}),
    ),
    "chunks twice": (_POST + b"Transfer-Encoding: chunked, chunked\r\n\r\n0\r\n\r\n", frozenset({400})),
    "a chunk without a size": (_POST + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n\r\n", frozenset({400})),
    "a chunk of 2^68": (_POST + b"Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", frozenset({400})),
    "a length of 2^80": (_POST + b"Content-Length: 1208925819614629174706176\r\n\r\n", frozenset({400, 413})),
    "too long a body": (_POST + b"Content-Length: 70000000\r\n\r\n", frozenset({413})),
    "no gzip": (_POST + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde", frozenset({400})),
    "a gzip bomb": (
        _POST + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(_BOMB) + _BOMB,
        frozenset({413}),
    ),
    "an address outside": (b"GET /../../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n", frozenset({400, 404})),
    "an address in code": (b"GET /%00%ff%2e%2e/etc HTTP/1.1\r\nHost: x\r\n\r\n", frozenset({400, 404})),
    "an address with holes": (b"GET http://[::1/ HTTP/1.1\r\nHost: x\r\n\r\n", frozenset({400, 404})),
    "a host with holes": (b"GET / HTTP/1.1\r\nHost: [[[x\r\n\r\n", frozenset({400, 404})),
    "a proxy's request": (
        b"CONNECT other.test:443 HTTP/1.1\r\nHost: other.test:443\r\n\r\n",
        frozenset({400, 404, 405}),
    ),
    "a method of ours": (b"FROBNICATE /EWS/Exchange.asmx HTTP/1.1\r\nHost: x\r\n\r\n", frozenset({400, 401, 405})),
    "an upgrade": (
        _POST + b"Connection: upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        frozenset({400, 401}),
    ),
}
"""Bytes, and what may come back; 0 stands for a connection that is closed without a word."""


def attack(target: Target, name: str) -> None:
    """Nothing but an error comes back."""
    data, allowed = FRAMES[name]
    assert target.raw_http(data) in allowed


def cut_off(target: Target) -> None:
    """Requests that end in the middle, at every place where that may be."""
    whole = _POST + b"Content-Length: 1000\r\n\r\n" + b"<a>" * 100
    for length in (1, 4, 20, len(_POST) - 1, len(_POST) + 3, len(whole)):
        with connected(target.http) as peer:
            peer.sendall(whole[:length])
    chunked = _POST + b"Transfer-Encoding: chunked\r\n\r\n100\r\nabc"
    for length in (len(chunked) - 5, len(chunked)):
        with connected(target.http) as peer:
            peer.sendall(chunked[:length])


@contextlib.contextmanager
def slow_peers(target: Target, number: int) -> Iterator[None]:
    """Peers that begin something at each door and do not go on, or go on byte by byte."""
    begun: list[tuple[socket.socket, bytes]] = []
    openings = [
        (target.http, b"GET / HTTP/1.1\r\nHost: mail.contoso.test\r\nX-Slow: "),
        (target.http, _POST + b"Content-Length: 1000000\r\n\r\n<a"),
        (target.https, b""),
        (target.https, b"\x16\x03\x01\x02\x00"),
        (target.tcp, b"REGISTER sip:contoso.test SIP/2.0\r\nX-Slow: "),
        (target.tcp, b"MESSAGE sip:a SIP/2.0\r\nContent-Length: 1000\r\nTo: <sip:a>\r\n\r\nabc"),
        (target.tls, b"\x16\x03\x01\x02\x00"),
    ]
    try:
        for _ in range(number):
            for place, opening in openings:
                peer = socket.create_connection(place, 10)
                begun.append((peer, opening))
                peer.sendall(opening)
        for peer, opening in begun:
            if opening.endswith(b": "):
                with contextlib.suppress(OSError):
                    peer.sendall(b"a")
        time.sleep(0.1)
        yield
    finally:
        for peer, _ in begun:
            peer.close()
