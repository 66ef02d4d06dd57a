"""Servers that speak for people: over real mutual TLS, and only those that are on the list."""

from __future__ import annotations

import asyncio
import itertools
import ssl
import time
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from samband.lync.sip.known_servers import KnownServers
from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.places import Places
from samband.model.instant_messaging import TrustedApplication
from samband.net import tls
from samband.net.sip_server import SipServer
from samband.trust.certificates import SiteCertificates
from samband.wire.sip.message import SipResponse
from samband.wire.sip.stream import StreamReader
from tests.lync.sip.guarded import Site
from tests.lync.sip.lync_client import HOST

OWA = "mail.contoso.test"


class Applications:
    """Trusted applications in memory."""

    def __init__(self, *hosts: str) -> None:
        self.hosts = set(hosts)

    def named(self, names: Collection[str]) -> TrustedApplication | None:
        return next((TrustedApplication(host) for host in self.hosts if host in names), None)


class Server:
    """A Lync side that listens for servers, by mutual TLS, and for clients."""

    def __init__(self, folder: Path, applications: Applications) -> None:
        site = Site()
        words = (f"word{number}" for number in itertools.count())
        self.known = KnownServers(applications, site.people, HOST, words.__next__)  # type: ignore[arg-type]
        self.side = LyncSide(
            directory=site.people,  # type: ignore[arg-type]
            guard=site.guard(servers=self.known),
            places=Places(HOST, frozenset({"contoso.test"}), frozenset({HOST})),
            now=time.monotonic,
            token=words.__next__,
        )
        self.certificates = SiteCertificates(folder, "Contoso", lambda: datetime.now(UTC))
        self.port = self.clients = 0

    def caller(self, pem: Path | None) -> ssl.SSLContext:
        return tls.client_context(self.certificates.authority_file, pem)


@asynccontextmanager
async def serving(folder: Path, applications: Applications) -> AsyncIterator[Server]:
    server = Server(folder, applications)
    listeners = SipServer(server.side)
    pem = server.certificates.server("web", [HOST])
    server.port = await listeners.listen(
        "127.0.0.1", 0, tls.server_context(pem, pem, server.certificates.authority_file)
    )
    server.clients = await listeners.listen("127.0.0.1", 0, tls.server_context(pem, pem))
    try:
        yield server
    finally:
        await listeners.close()


class Peer:
    """Somebody who connected."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.numbers = itertools.count(1)

    @classmethod
    async def connect(cls, server: Server, pem: Path | None, port: int = 0) -> Peer:
        context = server.caller(pem)
        return cls(*await asyncio.open_connection("127.0.0.1", port or server.port, ssl=context, server_hostname=HOST))

    async def register(self, who: str) -> SipResponse:
        number = next(self.numbers)
        self.writer.write(
            f"REGISTER sip:contoso.test SIP/2.0\r\nVia: SIP/2.0/TLS 127.0.0.1:5;branch=z9hG4bK{number}\r\n"
            f"From: <sip:{who}@contoso.test>;tag=1;epid={number:012x}\r\nTo: <sip:{who}@contoso.test>\r\n"
            f"Call-ID: {number}\r\nCSeq: 1 REGISTER\r\nMax-Forwards: 70\r\nEvent: registration\r\n"
            f"Contact: <sip:127.0.0.1:5;transport=tls;ms-opaque={number}>\r\n"
            "Supported: gruu-10, msrtc-event-categories\r\nContent-Length: 0\r\n\r\n".encode()
        )
        framing = StreamReader()
        while True:
            data = await asyncio.wait_for(self.reader.read(65536), 30)
            assert data, "the server closed"
            for event in framing.feed(data):
                assert isinstance(event, SipResponse)
                return event


def test_a_trusted_application_speaks_for_everybody(tmp_path: Path) -> None:
    async def run() -> None:
        applications = Applications(OWA)
        async with serving(tmp_path, applications) as server:
            peer = await Peer.connect(server, server.certificates.server("owa", [OWA]))
            for who in ("alice", "bob"):
                answer = await peer.register(who)
                assert (answer.status, answer.get("Authentication-Info")) == (200, None)
            assert server.side.registrar.people() == ["guid-alice", "guid-bob"]
            stranger = await peer.register("nobody")
            assert stranger.status == 403
            assert "1003" in (stranger.get("ms-diagnostics") or "")

    asyncio.run(run())


def test_without_trust_all_ends_at_once_and_later_requests_are_refused(tmp_path: Path) -> None:
    async def run() -> None:
        applications = Applications(OWA)
        async with serving(tmp_path, applications) as server:
            pem = server.certificates.server("owa", [OWA])
            peer = await Peer.connect(server, pem)
            assert (await peer.register("alice")).status == 200
            applications.hosts.clear()
            server.known.changed()
            assert await asyncio.wait_for(peer.reader.read(), 30) == b""
            assert server.side.registrar.people() == []
            again = await Peer.connect(server, pem)
            answer = await again.register("alice")
            assert answer.status == 403
            assert "1010" in (answer.get("ms-diagnostics") or "")
            applications.hosts.add(OWA)
            assert (await again.register("alice")).status == 200

    asyncio.run(run())


def test_another_name_is_not_believed(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path, Applications(OWA)) as server:
            peer = await Peer.connect(server, server.certificates.server("other", ["other.contoso.test"]))
            assert (await peer.register("alice")).status == 403
            assert server.side.registrar.people() == []

    asyncio.run(run())


@pytest.mark.parametrize("certificate", [None, OWA])
def test_where_clients_come_everybody_is_challenged(tmp_path: Path, certificate: str | None) -> None:
    async def run() -> None:
        async with serving(tmp_path, Applications(OWA)) as server:
            pem = server.certificates.server("owa", [certificate]) if certificate else None
            peer = await Peer.connect(server, pem, server.clients)
            answer = await peer.register("alice")
            assert answer.status == 401
            assert any(value.startswith("NTLM") for value in answer.all("WWW-Authenticate"))

    asyncio.run(run())


def test_where_servers_come_nobody_is_let_in_without_a_certificate(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path, Applications(OWA)) as server:
            with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                peer = await Peer.connect(server, None)
                await peer.register("alice")
            assert server.side.registrar.people() == []

    asyncio.run(run())


def test_a_forged_certificate_gets_no_connection(tmp_path: Path) -> None:
    async def run() -> None:
        async with serving(tmp_path / "site", Applications(OWA)) as server:
            forger = SiteCertificates(tmp_path / "forger", "Contoso", lambda: datetime.now(UTC))
            with pytest.raises((ssl.SSLError, ConnectionError, AssertionError)):
                peer = await Peer.connect(server, forger.server("owa", [OWA]))
                await peer.register("alice")
            assert server.side.registrar.people() == []

    (tmp_path / "site").mkdir()
    (tmp_path / "forger").mkdir()
    asyncio.run(run())
