"""Many at once who prove nothing, or the wrong thing."""

from __future__ import annotations

import contextlib
import socket
import uuid
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from tests.scenarios.ews_session import PATH, basic
from tests.scenarios.hostile.sip_frames import request
from tests.scenarios.hostile.target import Target, connected


def _post(target: Target, source: str, authorization: str) -> int:
    """POST to EWS over plain HTTP from ``source``; the status."""
    field = f"Authorization: {authorization}\r\n" if authorization else ""
    data = f"POST {PATH} HTTP/1.1\r\nHost: mail.contoso.test\r\n{field}Content-Length: 3\r\n\r\n<a>".encode()
    with connected(target.http, source) as peer:
        peer.settimeout(30)
        peer.sendall(data)
        return int(peer.recv(65536).split(b" ", 2)[1])


def strangers(target: Target, number: int) -> None:
    """Requests without any proof, many at a time, each on a connection of its own."""
    with ThreadPoolExecutor(16) as crowd:
        assert set(crowd.map(lambda _: _post(target, "127.0.7.1", ""), range(number))) == {401}


@contextlib.contextmanager
def guessers(target: Target, logins: Callable[[], str], number: int, source: str) -> Iterator[list[Future[int]]]:
    """Wrong passwords, all under way at once while the context lasts; at its end each has been refused."""

    def guess(_: object) -> int:
        return _post(target, source, basic(logins(), uuid.uuid4().hex))

    with ThreadPoolExecutor(number) as crowd:
        under_way = [crowd.submit(guess, None) for _ in range(number)]
        yield under_way
        assert {one.result() for one in under_way} <= {401, 503}


def unknown_logins() -> str:
    """A login nobody has, another one each time."""
    return f"CONTOSO\\nobody-{uuid.uuid4().hex[:12]}"


def registrations(target: Target, number: int) -> None:
    """Unproven REGISTERs in one go on one connection: each is challenged."""
    flood = b"".join(request("REGISTER", "Contact: <sip:127.0.0.1:5060>\r\n") for _ in range(number))
    statuses, closed = target.sip(flood)
    assert statuses == [401] * number
    assert not closed


def connections(target: Target, number: int) -> None:
    """Connections that are opened and closed again at once, at every port."""
    for place in (target.http, target.https, target.tcp, target.tls):
        for _ in range(number):
            socket.create_connection(place, 10).close()
