"""What HTTP peers may not do: send what is no HTTP, take their time, take all the connections or all the memory."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from samband.net.http_connection import HttpBounds
from samband.net.http_server import HttpServer
from samband.wire.http import HttpRequest, HttpResponse

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Story = Callable[[Callable[[], Awaitable[Peer]]], Awaitable[None]]


def serve(story: Story, bounds: HttpBounds, answer: bytes = b"", streamed: bool = False) -> None:
    """Run ``story`` with a way to connect to a server whose answer echoes the length of the body."""

    async def handler(request: HttpRequest) -> HttpResponse:
        async def chunks() -> AsyncIterator[bytes]:
            while True:
                yield answer

        return HttpResponse(200, body=chunks() if streamed else answer or b"%d" % len(request.body))

    async def run() -> None:
        server = HttpServer(handler, bounds)
        port = await server.listen("127.0.0.1", 0, None)
        writers = []

        async def connect() -> Peer:
            reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=2**22)
            writers.append(writer)
            return reader, writer

        await story(connect)
        for writer in writers:
            writer.close()
        await server.close(0.1)

    asyncio.run(run())


async def status(reader: asyncio.StreamReader) -> int:
    line = await asyncio.wait_for(reader.readline(), 30)
    return int(line.split(b" ")[1]) if line else 0


async def ended(reader: asyncio.StreamReader) -> None:
    try:
        while await asyncio.wait_for(reader.read(2**20), 20):
            pass
    except ConnectionError:
        return


@pytest.mark.parametrize(
    "data",
    [
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/1.1\r\n\r\n",
        HEAD + b"Authorization: Basic secret\r\nA\x00: b\r\n\r\n",
        HEAD + b"Content-Length: -1\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 5\r\n\r\nabcde",
    ],
)
def test_what_is_no_http_is_answered_and_hardly_logged(data: bytes, caplog: pytest.LogCaptureFixture) -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        reader, writer = await connect()
        writer.write(data)
        assert await status(reader) == 400
        rest = await reader.read()
        assert b"secret" not in rest

    with caplog.at_level(logging.INFO):
        serve(story, HttpBounds())
    assert "secret" not in caplog.text
    assert "Traceback" not in caplog.text


def test_bodies_that_go_wrong_later_or_end(caplog: pytest.LogCaptureFixture) -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        reader, writer = await connect()
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n")
        await asyncio.sleep(0.05)
        writer.write(b"nonsense\r\n")
        await ended(reader)
        _, other = await connect()
        other.write(HEAD + b"Content-Length: 100\r\n\r\nabc")
        await asyncio.sleep(0.05)
        other.close()
        await asyncio.sleep(0.05)

    serve(story, HttpBounds(request=0.2))
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize("begun", [b"G", HEAD + b"X: ", HEAD + b"Content-Length: 1000000\r\n\r\nabc"])
def test_a_request_that_does_not_go_on_is_cut_off(begun: bytes) -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        reader, writer = await connect()
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        assert await status(reader) == 200
        writer.write(begun)
        await ended(reader)

    serve(story, HttpBounds(request=0.2))


def test_a_slow_request_that_goes_on_is_served_and_silence_in_between_too() -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        reader, writer = await connect()
        for _ in range(2):
            writer.write(HEAD + b"Content-Length: 10000\r\n\r\n")
            for _ in range(10):
                await asyncio.sleep(0.06)
                writer.write(b"x" * 1000)
            assert await status(reader) == 200
            await reader.readuntil(b"10000")
            await asyncio.sleep(0.5)

    serve(story, HttpBounds(request=0.2, rate=5000))


def test_an_answer_that_nobody_takes_is_cut_off() -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        reader, writer = await connect()
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        writer.transport.pause_reading()  # type: ignore[attr-defined]
        await asyncio.sleep(1.2)
        writer.transport.resume_reading()  # type: ignore[attr-defined]
        await ended(reader)

    serve(story, HttpBounds(request=0.2, unread=0.5), b"x" * 1_000_000, streamed=True)


def test_bodies_have_bounds_one_by_one_and_together() -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        announced, writer = await connect()
        writer.write(HEAD + b"Content-Length: 1001\r\n\r\n")
        assert await status(announced) == 413
        chunked, writer = await connect()
        writer.write(HEAD + b"Transfer-Encoding: chunked\r\n\r\n3e9\r\n" + b"x" * 1001 + b"\r\n0\r\n\r\n")
        assert await status(chunked) == 413
        first, begun = await connect()
        begun.write(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 900)
        await asyncio.sleep(0.05)
        second, writer = await connect()
        writer.write(HEAD + b"Content-Length: 700\r\n\r\n" + b"x" * 700)
        assert await status(second) == 503
        begun.write(b"x" * 100)
        assert await status(first) == 200
        third, writer = await connect()
        writer.write(HEAD + b"Content-Length: 1000\r\n\r\n" + b"x" * 1000)
        assert await status(third) == 200, "what was served or refused no longer counts"

    serve(story, HttpBounds(body=1000, bodies=1500))


def test_connections_of_one_peer_have_a_bound() -> None:
    async def story(connect: Callable[[], Awaitable[Peer]]) -> None:
        first, second = await connect(), await connect()
        for reader, writer in (first, second):
            writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
            assert await status(reader) == 200
        third, _ = await connect()
        await ended(third)
        first[1].close()
        await asyncio.sleep(0.1)
        reader, writer = await connect()
        writer.write(HEAD + b"Content-Length: 0\r\n\r\n")
        assert await status(reader) == 200

    serve(story, HttpBounds(connections_each=2))
