"""SIP over WebSocket on real sockets: a WebSocket client that nobody here wrote, and peers that keep no rule."""

from __future__ import annotations

import asyncio
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest
import uvloop
from aiohttp import ClientWebSocketResponse, WSMsgType

from samband.net.http_server import HttpServer
from samband.net.sip_server import SipServer
from samband.net.sip_side import Bounds
from samband.net.sip_websocket import SipWebSockets, allows_origins
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse, respond
from samband.wire.sip.parsing import parse_head
from tests.lync.sip.sides import World
from tests.net.certificates import self_signed
from tests.net.test_sip_server import HOST, Peer
from tests.until import until
from tests.wire.test_websocket import client as frame

PAGE = "https://phone.contoso.test"
WAIT = 20.0


def read(data: bytes) -> SipMessage:
    head, _, body = data.partition(b"\r\n\r\n")
    message, _ = parse_head(head)
    message.body = body
    return message


class Page:
    """A client as a browser has it: no address of its own in what it says."""

    def __init__(self, name: str, socket: ClientWebSocketResponse, transport: str = "WSS") -> None:
        self.name = name
        self.socket = socket
        self.transport = transport
        self.contact = f"sip:{name}@x7k2.invalid;transport=ws"
        self._count = 0

    def request(self, method: str, uri: str, body: bytes = b"") -> SipRequest:
        self._count += 1
        request = SipRequest(method, uri, {}, body)
        request.put("Via", f"SIP/2.0/{self.transport} x7k2.invalid;branch=z9hG4bK{self.name}{self._count}")
        request.put("From", f"<sip:{self.name}@contoso.test>;tag=1").put("To", f"<{uri}>")
        request.put("Call-ID", f"{self.name}{self._count}").put("CSeq", f"1 {method}")
        return request.put("Contact", f"<{self.contact}>").put("Max-Forwards", "70")

    async def send(self, message: SipMessage, *, binary: bool = False) -> None:
        data = message.to_bytes()
        await (self.socket.send_bytes(data) if binary else self.socket.send_str(data.decode()))

    async def next(self) -> SipMessage:
        got = await self.socket.receive(WAIT)
        assert got.type in (WSMsgType.TEXT, WSMsgType.BINARY), got
        return read(got.data.encode() if isinstance(got.data, str) else got.data)

    async def answer(self) -> SipResponse:
        got = await self.next()
        assert isinstance(got, SipResponse)
        return got

    async def register(self) -> None:
        await self.send(self.request("REGISTER", "sip:contoso.test").put("To", f"<sip:{self.name}@contoso.test>"))
        assert (await self.answer()).status == 200


class Site:
    """An HTTPS and an HTTP listener with SIP at ``/sip``, and a SIP listener beside them."""

    def __init__(self, folder: Path, bounds: Bounds, ping: float) -> None:
        self.world = World()
        self.world.side.now = asyncio.get_running_loop().time
        self.world.side.tick()  # the jump to another clock comes before there is anything to time out
        self.sockets = SipWebSockets(self.world.side, allows_origins(frozenset({PAGE}), ()), bounds, ping)
        self.http = HttpServer(self._page, upgrades={"/sip": self.sockets})
        self.sip = SipServer(self.world.side)
        self.chain, self.key = self_signed(folder, HOST)
        self.trusting = ssl.create_default_context(cafile=str(self.chain))
        self.ports: dict[str, int] = {}

    async def _page(self, _request: HttpRequest) -> HttpResponse:
        return HttpResponse(200, body=b"a page")

    async def start(self) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.chain, self.key)
        self.ports["wss"] = await self.http.listen(HOST, 0, context)
        self.ports["ws"] = await self.http.listen(HOST, 0, None)
        self.ports["tcp"] = await self.sip.listen(HOST, 0)
        self.client = aiohttp.ClientSession()

    async def stop(self) -> None:
        await self.client.close()
        await self.http.close()
        await self.sip.close()

    async def page(self, name: str, scheme: str = "wss", **fields: str) -> Page:
        url = f"{scheme}://{HOST}:{self.ports[scheme]}/sip"
        socket = await self.client.ws_connect(
            url, protocols=["sip"], ssl=self.trusting, headers=fields, autoping=False, timeout=aiohttp.ClientWSTimeout()
        )
        assert socket.protocol == "sip"
        return Page(name, socket, scheme.upper())

    async def raw(self, *, handshake: bool = True) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection without TLS whose frames are made by hand."""
        reader, writer = await asyncio.open_connection(HOST, self.ports["ws"])
        if handshake:
            writer.write(SHAKE)
            assert b" 101 " in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT)
        return reader, writer

    async def phone(self, name: str) -> Peer:
        reader, writer = await asyncio.open_connection(HOST, self.ports["tcp"])
        return Peer(name, reader, writer, "tcp")


FIELDS = {
    "Host": "x",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Protocol": "sip",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def shake(fields: dict[str, str], line: str = "GET /sip HTTP/1.1") -> bytes:
    lines = [line, *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join([*lines, "", ""]).encode()


SHAKE = shake(FIELDS)


@contextlib.asynccontextmanager
async def site(folder: Path, bounds: Bounds, ping: float) -> AsyncIterator[Site]:
    made = Site(folder, bounds, ping)
    await made.start()
    try:
        yield made
    finally:
        await made.stop()


def run(
    folder: Path, work: Callable[[Site], Awaitable[None]], bounds: Bounds | None = None, ping: float = 60.0
) -> None:
    async def main() -> None:
        async with site(folder, bounds or Bounds(), ping) as made:
            await work(made)

    uvloop.run(main())


async def closed(reader: asyncio.StreamReader) -> bytes:
    """All that still came."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while got := await asyncio.wait_for(reader.read(65536), WAIT):
            data += got
    return data


@pytest.mark.parametrize("scheme", ["wss", "ws"])
def test_a_page_and_a_phone(tmp_path: Path, scheme: str) -> None:
    async def work(made: Site) -> None:
        alice, bob = await made.page("alice", scheme), await made.phone("bob")
        await alice.register()
        await bob.register()
        await alice.send(alice.request("MESSAGE", "sip:bob@contoso.test", "hallå".encode()))
        got = await bob.next()
        assert isinstance(got, SipRequest)
        assert got.body.decode() == "hallå"
        bob.send(respond(got, 200, tag="b"))
        assert (await alice.answer()).status == 200
        bob.send(bob.request("MESSAGE", "sip:alice@contoso.test", b"\xff is no UTF-8"))
        frame_in = await alice.socket.receive(WAIT)
        assert frame_in.type is WSMsgType.BINARY
        heard = read(frame_in.data)
        assert isinstance(heard, SipRequest)
        assert heard.uri == alice.contact
        assert heard.all("Via")[0].startswith(f"SIP/2.0/{scheme.upper()} {HOST}:{made.ports[scheme]};")
        await alice.send(respond(heard, 200, tag="a"), binary=True)
        answer = await bob.next()
        assert isinstance(answer, SipResponse)
        assert answer.status == 200

    run(tmp_path, work)


def test_a_call_keeps_to_the_way_it_began(tmp_path: Path) -> None:
    """The server stays on the route by ``transport=ws``, and the ``.invalid`` contact is found again."""

    async def work(made: Site) -> None:
        alice, bob = await made.page("alice"), await made.phone("bob")
        made.world.gate.unsigned |= {"alice", "bob"}
        await alice.register()
        await bob.register()
        await alice.send(alice.request("INVITE", "sip:bob@contoso.test", b"v=0\r\n"))
        invite = await bob.next()
        assert isinstance(invite, SipRequest)
        routes = invite.all("Record-Route")
        assert routes[-1] == f"<sip:{HOST}:{made.ports['wss']};transport=ws;lr>"
        bob.send(respond(invite, 200, tag="b").put("Contact", f"<{bob.contact}>"))
        statuses = [(await alice.answer()).status for _ in range(2)]
        assert statuses == [100, 200]
        bye = bob.request("BYE", alice.contact)
        bye.put("From", "<sip:bob@contoso.test>;tag=b").put("To", "<sip:alice@contoso.test>;tag=1")
        bye.put("Call-ID", invite.headers["Call-ID"][0])
        bye.headers["Route"] = routes
        bob.send(bye)
        heard = await alice.next()
        assert isinstance(heard, SipRequest)
        assert (heard.method, heard.uri, heard.all("Route")) == ("BYE", alice.contact, [])

    run(tmp_path, work)


def test_a_message_without_content_length(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice, bob = await made.page("alice"), await made.page("bob")
        await alice.register()
        await bob.register()
        text = alice.request("MESSAGE", "sip:bob@contoso.test", b"hello").to_bytes().decode()
        kept = [line for line in text.split("\r\n") if not line.startswith("Content-Length")]
        await alice.socket.send_str("\r\n".join(kept))
        got = await bob.next()
        assert got.body == b"hello"

    run(tmp_path, work)


def test_keep_alives_of_both_kinds(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice = await made.page("alice")
        await alice.socket.ping(b"are you there")
        pong = await alice.socket.receive(WAIT)
        assert (pong.type, pong.data) == (WSMsgType.PONG, b"are you there")
        await alice.socket.send_str("\r\n")
        await alice.socket.send_str("\r\n\r\n")
        answer = await alice.socket.receive(WAIT)
        assert answer.data == "\r\n"
        await alice.register()

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("change", "line", "status"),
    [
        ({"Upgrade": ""}, "", 426),
        ({"Connection": "keep-alive"}, "", 426),
        ({}, "POST /sip HTTP/1.1", 426),
        ({"Sec-WebSocket-Version": "8"}, "", 426),
        ({"Sec-WebSocket-Protocol": ""}, "", 400),
        ({"Sec-WebSocket-Protocol": "chat, sips"}, "", 400),
        ({"Sec-WebSocket-Key": "x"}, "", 400),
        ({"Sec-WebSocket-Key": ""}, "", 400),
        ({"Origin": "https://evil.example"}, "", 403),
        ({"Origin": "null"}, "", 403),
        ({"Origin": f"{PAGE}:8443"}, "", 403),
        ({"Origin": f"{PAGE}.evil.example"}, "", 403),
        ({"Origin": "http://phone.contoso.test"}, "", 403),
        ({"Origin": "https://["}, "", 403),
        ({"Origin": PAGE.upper()}, "", 101),
        ({"Origin": f"{PAGE}:443"}, "", 101),
        ({"Sec-WebSocket-Protocol": "chat, sip"}, "", 101),
        ({}, "GET /SIP HTTP/1.1", 101),
        ({}, "GET /other HTTP/1.1", 200),
    ],
)
def test_handshakes(tmp_path: Path, change: dict[str, str], line: str, status: int) -> None:
    async def work(made: Site) -> None:
        reader, writer = await made.raw(handshake=False)
        writer.write(shake(FIELDS | change, line or "GET /sip HTTP/1.1"))
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT)
        assert head.split(b" ", 2)[1] == b"%d" % status, head
        assert (b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head) == (status == 101)
        if status not in (101, 200):
            await closed(reader)
        writer.close()

    run(tmp_path, work)


def test_frames_that_come_with_the_handshake(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        reader, writer = await made.raw(handshake=False)
        writer.write(SHAKE + frame(0x89, b"early"))
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), WAIT)
        assert await asyncio.wait_for(reader.readexactly(7), WAIT) == b"\x8a\x05early"
        writer.close()

    run(tmp_path, work)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"\x81\x05Hello", 1002),
        (frame(0xC1, b"x"), 1002),
        (frame(0x81, b"\xff"), 1007),
        (b"\x82\xff" + (2**40).to_bytes(8, "big") + b"mask", 1009),
        (frame(0x02, b"x" * 200_000) + frame(0x80, b"x" * 200_000), 1009),
        (frame(0x88, b"\x03\xe8"), 1000),
    ],
)
def test_what_ends_a_connection(tmp_path: Path, data: bytes, code: int) -> None:
    async def work(made: Site) -> None:
        reader, writer = await made.raw()
        writer.write(data)
        assert await closed(reader) == b"\x88\x02" + code.to_bytes(2, "big")
        await until(lambda: not made.sockets.connections)

    run(tmp_path, work)


@pytest.mark.parametrize("text", ["", "x", "GET / HTTP/1.1\r\n\r\n", "\r\n" * 50, "SIP/2.0 200 OK\r\n\r\n", "\0" * 99])
def test_what_is_no_sip_is_passed_over(tmp_path: Path, text: str) -> None:
    async def work(made: Site) -> None:
        alice = await made.page("alice")
        await alice.socket.send_str(text)
        await alice.socket.ping(b"after")
        got = await alice.socket.receive(WAIT)
        while got.type is not WSMsgType.PONG:
            assert got.type is WSMsgType.TEXT
            got = await alice.socket.receive(WAIT)
        await alice.register()

    run(tmp_path, work)


def test_a_request_that_cannot_be_served_gets_its_answer(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice = await made.page("alice")
        big = alice.request("MESSAGE", "sip:bob@contoso.test", b"x" * 200_000)
        text = big.to_bytes().decode().replace("Content-Length: 200000", "Content-Length: 200001")
        await alice.socket.send_str(text)
        assert (await alice.answer()).status == 400
        await alice.register()

    run(tmp_path, work)


def test_a_client_that_reads_nothing(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        _, writer = await made.raw()
        alice = Page("alice", None, "WS")  # type: ignore[arg-type]
        register = alice.request("REGISTER", "sip:contoso.test").put("To", "<sip:alice@contoso.test>")
        writer.write(frame(0x81, register.to_bytes()))
        await until(lambda: len(made.world.side.registrar) == 1)
        bob = await made.phone("bob")
        await bob.register()
        for _ in range(400):
            bob.send(bob.request("MESSAGE", "sip:alice@contoso.test", b"x" * 60_000))
            await bob.writer.drain()
            if not made.sockets.connections:
                break
            await asyncio.sleep(0.01)
        await until(lambda: len(made.world.side.registrar) == 1)
        assert not made.sockets.connections
        writer.close()

    run(tmp_path, work, Bounds(unsent=200_000))


def test_half_a_message_and_no_message_at_all(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        silent, _ = await made.raw()
        half, writer = await made.raw()
        writer.write(frame(0x01, b"OPTIONS "))
        chatty, talker = await made.raw()
        talker.write(frame(0x81, b"no SIP") + frame(0x01, b"OPTIONS "))

        async def talk() -> None:
            # Signs of life between the fragments do not prolong it.
            with contextlib.suppress(ConnectionError):
                while made.sockets.connections:
                    talker.write(frame(0x8A))
                    await asyncio.sleep(0.05)

        await asyncio.gather(closed(silent), closed(half), closed(chatty), talk())
        assert not made.sockets.connections

    run(tmp_path, work, Bounds(message=0.3))


def test_who_never_signs_in_goes_though_it_answers_pings(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice = await made.page("alice")
        await alice.socket.send_str("\r\n\r\n")
        while (got := await alice.socket.receive(WAIT)).type in (WSMsgType.TEXT, WSMsgType.PING):
            if got.type is WSMsgType.PING:
                await alice.socket.pong()
        await until(lambda: not made.sockets.connections)

    run(tmp_path, work, Bounds(unsettled=2.0), ping=0.2)


def test_a_peer_that_is_gone_is_noticed(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice = await made.page("alice")
        await alice.register()
        # It answers no ping, and nothing says that it is gone.
        await until(lambda: not made.sockets.connections)
        assert len(made.world.side.registrar) == 0

    run(tmp_path, work, ping=0.2)


def test_numbers_are_bounded_and_a_place_comes_free(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        first, second = await made.page("alice"), await made.page("bob")
        with pytest.raises(aiohttp.WSServerHandshakeError) as refused:
            await made.page("carol")
        assert refused.value.status == 503
        await first.socket.close()
        await until(lambda: made.sockets.connections == 1)
        await (await made.page("carol")).register()
        await second.register()

    run(tmp_path, work, Bounds(connections=2))


def test_a_server_that_ends_says_so(tmp_path: Path) -> None:
    async def work(made: Site) -> None:
        alice = await made.page("alice")
        await alice.register()
        await made.http.close()
        got = await alice.socket.receive(WAIT)
        assert (got.type, got.data) == (WSMsgType.CLOSE, 1001)
        assert len(made.world.side.registrar) == 0

    run(tmp_path, work)


def test_whose_pages_may_connect() -> None:
    allows = allows_origins(frozenset({"https://lync.contoso.test:15443"}), ("http://Phone.example.org",))
    assert allows("https://lync.contoso.test:15443")
    assert allows("http://phone.example.org:80")
    for other in ("", "null", "https://lync.contoso.test", "https://phone.example.org", "lync.contoso.test:15443"):
        assert not allows(other)
    assert allows_origins(frozenset(), ("*",))("null")
