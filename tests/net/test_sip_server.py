"""SIP over real sockets: TCP, TLS and UDP."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import uvloop

from samband.net.sip_connection import READ, PlainConnection
from samband.net.sip_server import SipServer
from samband.net.sip_side import Bounds
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.stream import Broken, KeepAlive, StreamReader
from tests.lync.sip.sides import World
from tests.net.certificates import self_signed
from tests.until import until

HOST = "127.0.0.1"
STUN_CLIENT = shutil.which("turnutils_stunclient")
Write = Callable[[bytes], None]


class Peer:
    """A client over a real connection."""

    def __init__(self, name: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, transport: str) -> None:
        self.name = name
        self.reader = reader
        self.writer = writer
        self.transport = transport
        self.port = writer.get_extra_info("sockname")[1]
        self.contact = f"sip:{name}@{HOST}:{self.port};transport={transport}"
        self._framing = StreamReader()
        self._events: list[SipRequest | SipResponse] = []
        self._count = 0

    def request(self, method: str, uri: str, body: bytes = b"") -> SipRequest:
        self._count += 1
        request = SipRequest(method, uri, {}, body)
        request.put(
            "Via", f"SIP/2.0/{self.transport.upper()} {HOST}:{self.port};branch=z9hG4bK{self.name}{self._count}"
        )
        request.put("From", f"<sip:{self.name}@contoso.test>;tag=1").put("To", f"<{uri}>")
        request.put("Call-ID", f"{self.name}{self.port}{self._count}").put("CSeq", f"1 {method}")
        return request.put("Contact", f"<{self.contact}>").put("Max-Forwards", "70")

    def send(self, *messages: SipRequest | SipResponse) -> None:
        self.writer.write(b"".join(message.to_bytes() for message in messages))

    async def next(self) -> SipRequest | SipResponse:
        while not self._events:
            data = await asyncio.wait_for(self.reader.read(65536), 30)
            assert data, "the server closed"
            for event in self._framing.feed(data):
                if not isinstance(event, KeepAlive):
                    assert not isinstance(event, Broken)
                    self._events.append(event)
        return self._events.pop(0)

    async def register(self) -> None:
        request = self.request("REGISTER", "sip:contoso.test")
        self.send(request.put("To", f"<sip:{self.name}@contoso.test>"))
        answer = await self.next()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200

    async def closed(self) -> bool:
        with contextlib.suppress(ConnectionError):
            while await asyncio.wait_for(self.reader.read(65536), 30):
                pass
        return True


class Site:
    """A server with all its listeners on free ports."""

    def __init__(self, folder: Path, bounds: Bounds) -> None:
        self.world = World()
        self.world.side.now = asyncio.get_running_loop().time
        self.world.side.tick()  # the jump to another clock comes before there is anything to time out
        self.server = SipServer(self.world.side, bounds)
        self.chain, self.key = self_signed(folder, HOST)
        self.ports: dict[str, int] = {}

    async def start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        self.ports["tcp"] = await self.server.listen(HOST, 0)
        self.ports["tls"] = await self.server.listen(HOST, 0, context)
        self.ports["udp"] = await self.server.listen_udp(HOST, 0)

    async def connect(self, name: str, transport: str = "tcp") -> Peer:
        context = ssl.create_default_context(cafile=str(self.chain)) if transport == "tls" else None
        reader, writer = await asyncio.open_connection(HOST, self.ports[transport], ssl=context)
        return Peer(name, reader, writer, transport)


@contextlib.asynccontextmanager
async def site(folder: Path, bounds: Bounds) -> AsyncIterator[Site]:
    made = Site(folder, bounds)
    await made.start()
    try:
        yield made
    finally:
        await made.server.close()


def run(folder: Path, work: Callable[[Site], Awaitable[None]], bounds: Bounds | None = None) -> None:
    async def main() -> None:
        async with site(folder, bounds or Bounds()) as made:
            await work(made)

    uvloop.run(main())


@pytest.mark.parametrize(("one", "other"), [("tcp", "tcp"), ("tls", "tls"), ("tcp", "tls")])
def test_message_between_two_connections(tmp_path: Path, one: str, other: str) -> None:
    async def work(made: Site) -> None:
        alice, bob = await made.connect("alice", one), await made.connect("bob", other)
        await alice.register()
        await bob.register()
        alice.send(alice.request("MESSAGE", "sip:bob@contoso.test", b"hello"))
        got = await bob.next()
        assert isinstance(got, SipRequest)
        assert (got.uri, got.body) == (bob.contact, b"hello")
        assert got.all("Via")[0].startswith(f"SIP/2.0/{other.upper()} {HOST}:{made.ports[other]};")
        bob.send(respond(got, 200, tag="b"))
        answer = await alice.next()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200

    run(tmp_path, work)


def test_many_messages_in_one_read_and_one_byte_a_read(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice, bob = await made.connect("alice"), await made.connect("bob")
        await alice.register()
        await bob.register()
        requests = [alice.request("MESSAGE", "sip:bob@contoso.test", b"x" * size) for size in range(100)]
        alice.send(*requests)
        sizes = []
        for _ in requests:
            got = await bob.next()
            assert isinstance(got, SipRequest)
            sizes.append(len(got.body))
            bob.send(respond(got, 200))
        assert sizes == list(range(100))
        answers = [await alice.next() for _ in requests]
        assert [answer.call_id for answer in answers] == [request.call_id for request in requests]
        for byte in alice.request("OPTIONS", "sip:contoso.test").to_bytes():
            alice.writer.write(bytes([byte]))
            await alice.writer.drain()
        last = await alice.next()
        assert isinstance(last, SipResponse)
        assert last.status == 200

    run(tmp_path, work)


def test_long_messages_of_two_connections_over_tls_at_once(tmp_path: Path) -> None:
    """All TLS connections read into one buffer: what one of them brings is more than that, and never another's."""

    async def work(made: Site) -> None:
        alice, bob = await made.connect("alice", "tls"), await made.connect("bob", "tls")
        await alice.register()
        await bob.register()
        bodies = [letter * size for letter in (b"a", b"b") for size in (READ // 2, READ // 2, READ // 2, 20)]
        alice.send(*[alice.request("MESSAGE", "sip:bob@contoso.test", body) for body in bodies[:4]])
        bob.send(*[bob.request("MESSAGE", "sip:alice@contoso.test", body) for body in bodies[4:]])
        for who, sent in ((bob, bodies[:4]), (alice, bodies[4:])):
            got = [await who.next() for _ in sent]
            assert [one.body for one in got if isinstance(one, SipRequest)] == sent

    run(tmp_path, work)


def test_what_was_sent_before_closing_is_served(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice, bob = await made.connect("alice"), await made.connect("bob")
        await alice.register()
        await bob.register()
        bob.send(*[bob.request("MESSAGE", "sip:alice@contoso.test", str(number).encode()) for number in range(20)])
        bob.writer.close()
        bodies = []
        for _ in range(20):
            got = await alice.next()
            assert isinstance(got, SipRequest)
            bodies.append(int(got.body))
        assert bodies == list(range(20))
        await until(lambda: not made.world.side.registrar.endpoints("bob@contoso.test"))
        assert made.server.connections == 1

    run(tmp_path, work)


def test_datagrams(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.bind((HOST, 0))
            client.setblocking(False)
            port = client.getsockname()[1]
            request = SipRequest("OPTIONS", "sip:contoso.test")
            request.put("Via", f"SIP/2.0/UDP {HOST}:{port};branch=z9hG4bK1").put(
                "From", "<sip:alice@contoso.test>;tag=1"
            )
            request.put("To", "<sip:contoso.test>").put("Call-ID", "c").put("CSeq", "1 OPTIONS")
            loop = asyncio.get_running_loop()
            for data in (b"", b"\xff" * 100, b"\r\n\r\n", request.to_bytes()):
                client.sendto(data, (HOST, made.ports["udp"]))
            answer = await asyncio.wait_for(loop.sock_recv(client, 4096), 30)
            assert answer.startswith(b"SIP/2.0 200 OK\r\n")

    run(tmp_path, work)


@pytest.mark.skipif(STUN_CLIENT is None, reason="needs Debian's coturn")
def test_a_stun_keep_alive(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        words = [str(STUN_CLIENT), "-p", str(made.ports["udp"]), HOST]
        client = await asyncio.create_subprocess_exec(*words, stdout=asyncio.subprocess.PIPE)
        said, _ = await asyncio.wait_for(client.communicate(), 30)
        assert b"UDP reflexive addr: 127.0.0.1:" in said

    run(tmp_path, work)


def test_who_does_not_read_is_dropped(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice, bob = await made.connect("alice"), await made.connect("bob")
        await alice.register()
        await bob.register()
        bob.reader._transport.pause_reading()  # type: ignore[attr-defined]
        for _ in range(400):
            alice.send(alice.request("MESSAGE", "sip:bob@contoso.test", b"x" * 60_000))
            await alice.writer.drain()
            if not made.world.side.registrar.endpoints("bob@contoso.test"):
                break
        await until(lambda: not made.world.side.registrar.endpoints("bob@contoso.test"))
        assert made.server.connections == 1

    run(tmp_path, work, Bounds(unsent=200_000))


def test_endless_headers_and_bodies_are_cut_off(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        endless, large = await made.connect("alice"), await made.connect("alice")
        endless.writer.write(b"MESSAGE sip:bob@contoso.test SIP/2.0\r\n" + b"X: y\r\n" * 20_000)
        assert await endless.closed()
        head = large.request("MESSAGE", "sip:bob@contoso.test").to_bytes().replace(b"Length: 0", b"Length: 99999999")
        large.writer.write(head)
        answer = await large.next()
        assert isinstance(answer, SipResponse)
        assert answer.status == 513
        assert await large.closed()

    run(tmp_path, work)


def test_silence_and_half_messages_end_a_connection(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        mute, half, fine = [await made.connect("alice") for _ in range(3)]
        await fine.register()
        half.writer.write(b"MESSAGE sip:")
        await until(lambda: made.server.connections == 1)
        assert await mute.closed()
        assert await half.closed()
        fine.send(fine.request("OPTIONS", "sip:contoso.test"))
        await fine.next()

    import samband.net.sip_server as module

    before, module.SWEEP = module.SWEEP, 0.1
    try:
        run(tmp_path, work, Bounds(message=0.2, unsettled=0.3))
    finally:
        module.SWEEP = before


def test_there_is_room_for_so_many(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        first = await made.connect("alice")
        await first.register()
        second = await made.connect("bob")
        third = await made.connect("carol")
        assert await third.closed()
        first.writer.close()
        await until(lambda: made.server.connections == 1)
        fourth = await made.connect("dave")
        await fourth.register()
        assert not second.reader.at_eof()

    run(tmp_path, work, Bounds(connections_each=2))


def test_a_handshake_that_never_comes(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        reader, writer = await asyncio.open_connection(HOST, made.ports["tls"])
        writer.write(b"REGISTER sip:contoso.test SIP/2.0\r\n\r\n")
        await asyncio.wait_for(reader.read(), 30)
        idle, _ = await asyncio.open_connection(HOST, made.ports["tls"])
        assert await asyncio.wait_for(idle.read(), 30) == b""
        assert made.server.connections == 0

    run(tmp_path, work, Bounds(handshake=0.3))


class Echo:
    """A side whose sessions answer every chunk of bytes in several pieces, then ask for the end where it ``ends``."""

    def __init__(self, pieces: list[bytes], *, alone: bool = False, ends: bool = True) -> None:
        self.pieces = pieces
        self.alone = alone
        self.ends = ends

    def bound(self, host: str, port: int) -> None: ...

    def open(
        self,
        transport: str,
        peer: object,
        local: object,
        write: Write,
        close: Callable[[], None],
        names: frozenset[str],
        chain: frozenset[str],
    ) -> EchoSession:
        return EchoSession(self, write, close)

    def datagrams(self, local: object, send: object) -> NoDatagrams:
        return NoDatagrams()

    def tick(self) -> None: ...


class EchoSession:
    idle = settled = True

    def __init__(self, side: Echo, write: Write, close: Callable[[], None]) -> None:
        self.side, self.write, self.close = side, write, close
        self.alone = side.alone

    def feed(self, data: bytes) -> None:
        if data == b"end":
            self.close()
            return
        for piece in self.side.pieces:
            self.write(piece)
        if self.side.ends:
            self.close()

    def lost(self) -> None: ...


class NoDatagrams:
    def feed(self, data: bytes, peer: object) -> None: ...


@pytest.mark.parametrize("pieces", [[b"one"], [b"one", b"two", b"three"], [b"x" * 70_000, b"y", b"z" * 70_000, b"end"]])
def test_pieces_leave_together_in_order_and_before_the_end(pieces: list[bytes]) -> None:
    async def main() -> None:
        server = SipServer(Echo(pieces))
        port = await server.listen(HOST, 0)
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"go")
        assert await asyncio.wait_for(reader.read(), 30) == b"".join(pieces)
        writer.close()
        await server.close()

    uvloop.run(main())


class Written(asyncio.Transport):
    """A transport that keeps what it is given, piece by piece."""

    def __init__(self) -> None:
        super().__init__({"peername": (HOST, 40001), "sockname": (HOST, 5060)})
        self.pieces: list[bytes] = []

    def write(self, data: object) -> None:
        self.pieces.append(bytes(data))  # type: ignore[call-overload]

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None: ...

    def is_closing(self) -> bool:
        return False


@pytest.mark.parametrize(
    ("alone", "pieces"), [(True, [b"one", b"two", b"three"]), (False, [b"onetwothree"])], ids=["one", "many"]
)
def test_messages_leave_apart_where_one_client_is_alone(*, alone: bool, pieces: list[bytes]) -> None:
    async def main() -> None:
        connection, transport = PlainConnection(SipServer(Echo(EACH, alone=alone, ends=False))), Written()
        connection.connection_made(transport)
        connection.data_received(b"go")
        async with asyncio.timeout(30):
            while len(transport.pieces) < len(pieces):
                await asyncio.sleep(0.001)
        assert transport.pieces == pieces

    asyncio.run(main())


EACH = [b"one", b"two", b"three"]


class Told(Echo):
    """A side that keeps its sessions, and notes which are lost."""

    def __init__(self) -> None:
        super().__init__([], ends=False)
        self.sessions: list[EchoSession] = []
        self.lost = 0

    def open(self, *peer: Any) -> EchoSession:
        session = super().open(*peer)
        session.lost = self._lost  # type: ignore[method-assign]
        self.sessions.append(session)
        return session

    def _lost(self) -> None:
        self.lost += 1


@pytest.mark.parametrize("behind", [0, 16_000_000], ids=["has read all", "has read nothing"])
def test_nobody_is_told_after_the_other_end_has_left(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, behind: int
) -> None:
    """uvloop warns of every piece that a TLS connection is given between its end and word of that."""

    async def main() -> None:
        side = Told()
        server = SipServer(side, Bounds(unsent=32_000_000))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        chain, key = self_signed(tmp_path, HOST)
        context.load_cert_chain(chain, key)
        port = await server.listen(HOST, 0, context)
        client = await asyncio.to_thread(_reaches, port, chain)
        try:
            await until(lambda: bool(side.sessions))
            (session,) = side.sessions
            for _ in range(behind // 50_000):
                session.write(bytes(50_000))
            await asyncio.sleep(0)
            socket.socket.shutdown(client, socket.SHUT_WR)
            for _ in range(50):
                if not side.lost:
                    session.write(bytes(200_000 if not behind else 100))
                await asyncio.sleep(0)
            if not behind:
                await until(lambda: side.lost == 1)
        finally:
            client.close()
            await server.close()

    uvloop.run(main())
    assert [record for record in caplog.records if record.name == "asyncio"] == []


def _reaches(port: int, chain: Path) -> ssl.SSLSocket:
    """A TLS client that reads nothing."""
    context = ssl.create_default_context(cafile=str(chain))
    raw = socket.create_connection((HOST, port), 30)
    # What it does not read is to wait on the other side.
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    return context.wrap_socket(raw, server_hostname=HOST)
