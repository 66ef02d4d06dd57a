"""Real sockets: requests in, answers and streams out, one Connection a transport."""

import asyncio
import ssl
from collections.abc import AsyncIterator

import pytest

from samband.net import ports
from samband.net.http_client import InProcessClient, SocketClient
from samband.net.http_routes import HttpRoutes
from samband.net.http_server import HttpServer
from samband.wire.http import HttpRequest, HttpResponse


async def _echo(request: HttpRequest) -> HttpResponse:
    count = int(request.connection.state.get("count", 0)) + 1  # type: ignore[call-overload]
    request.connection.state["count"] = count
    text = f"{request.method} {request.host} {request.path}?{request.query} {len(request.body)} {count}"
    return HttpResponse(200, [("Content-Type", "text/plain")], text.encode())


async def _stream(_: HttpRequest) -> HttpResponse:
    async def chunks() -> AsyncIterator[bytes]:
        for number in range(3):
            yield b"chunk %d;" % number

    return HttpResponse(200, [("Content-Type", "text/xml")], chunks())


async def _broken(_: HttpRequest) -> HttpResponse:
    raise ValueError("a secret in a traceback")


def _routes() -> HttpRoutes:
    routes = HttpRoutes()
    routes.add("/EWS/Exchange.asmx", _echo)
    routes.add("/stream", _stream)
    routes.add("/broken", _broken)
    routes.add("/only/*", _echo, ["lync.contoso.test"])
    return routes


def test_paths_without_case_hosts_streams_and_connections() -> None:
    async def scenario() -> None:
        server = HttpServer(_routes())
        port = await server.listen("127.0.0.1", 0, None)
        client = SocketClient(ssl.create_default_context(), {"lync.contoso.test": "127.0.0.1"})
        base = f"http://127.0.0.1:{port}"
        first = await client.send("POST", f"{base}/ews/EXCHANGE.asmx?a=b", body=b"x" * 100_000)
        assert first.content == b"POST 127.0.0.1 /ews/EXCHANGE.asmx?a=b 100000 1"
        assert [value for name, value in first.headers if name.lower() == "server"] == ["Samband"]
        again = await client.send("GET", f"{base}/ews/exchange.asmx")
        assert again.content.endswith(b" 0 2"), "the connection keeps its state"
        assert (await client.send("GET", f"{base}/stream")).content == b"chunk 0;chunk 1;chunk 2;"
        streamed = await client.send("GET", f"{base}/stream", stream=True)
        assert not isinstance(streamed.body, bytes)
        assert b"".join([chunk async for chunk in streamed.body]) == b"chunk 0;chunk 1;chunk 2;"
        assert (await client.send("GET", f"{base}/only/x")).status == 404
        assert (await client.send("GET", f"http://lync.contoso.test:{port}/Only/x")).status == 200
        broken = await client.send("GET", f"{base}/broken")
        assert (broken.status, b"secret" in broken.content) == (500, False)
        await client.close()
        await server.close()

    asyncio.run(scenario())


_ANSWERS = {
    "/words": HttpResponse(200, [("Content-Type", "text/plain"), ("Set-Cookie", "a=1"), ("Set-Cookie", "b=2")], b"abc"),
    "/bytes": HttpResponse(200, [], b"\x00"),
    "/known": HttpResponse(304, [("ETag", '"1"')], b""),
    "/done": HttpResponse(204),
    "/split": HttpResponse(200, [("X-Name", "a\r\nX-Other: b")], b"abc"),
}


async def _answers(request: HttpRequest) -> HttpResponse:
    return _ANSWERS[request.path]


def _lines(answer: bytes) -> tuple[bytes, set[bytes], bytes]:
    """Status line, fields that are not the same for all, and body."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *fields = head.split(b"\r\n")
    common = {field for field in fields if field == b"Server: Samband" or field.startswith(b"Date: ")}
    assert len(common) == 2
    return status, set(fields) - common, body


_WORDS = {b"Content-Type: text/plain", b"Set-Cookie: a=1", b"Set-Cookie: b=2", b"Content-Length: 3"}


@pytest.mark.parametrize(
    ("begin", "status", "fields", "body", "stays"),
    [
        (b"GET /words HTTP/1.1", b"HTTP/1.1 200 OK", _WORDS, b"abc", True),
        (b"HEAD /words HTTP/1.1", b"HTTP/1.1 200 OK", _WORDS, b"", True),
        (
            b"GET /bytes HTTP/1.1",
            b"HTTP/1.1 200 OK",
            {b"Content-Type: application/octet-stream", b"Content-Length: 1"},
            b"\x00",
            True,
        ),
        (b"GET /known HTTP/1.1", b"HTTP/1.1 304 Not Modified", {b'ETag: "1"'}, b"", True),
        (b"DELETE /done HTTP/1.1", b"HTTP/1.1 204 No Content", set(), b"", True),
        (
            b"GET /words HTTP/1.1\r\nConnection: close",
            b"HTTP/1.1 200 OK",
            _WORDS | {b"Connection: close"},
            b"abc",
            False,
        ),
        (b"GET /words HTTP/1.0", b"HTTP/1.0 200 OK", _WORDS, b"abc", False),
        (
            b"GET /words HTTP/1.0\r\nConnection: keep-alive",
            b"HTTP/1.0 200 OK",
            _WORDS | {b"Connection: keep-alive"},
            b"abc",
            True,
        ),
    ],
)
def test_whole_answers(begin: bytes, status: bytes, fields: set[bytes], body: bytes, stays: bool) -> None:
    async def scenario() -> None:
        server = HttpServer(_answers)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.listen("127.0.0.1", 0, None))
        writer.write(begin + b"\r\nHost: x\r\n\r\n")
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 20)
        assert _lines(head + await asyncio.wait_for(reader.readexactly(len(body)), 20)) == (status, fields, body)
        if stays:
            writer.write(b"GET /done HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        rest = await asyncio.wait_for(reader.read(), 20)
        assert rest.startswith(b"HTTP/1.1 204 ") is stays
        assert stays or not rest
        writer.close()
        await server.close()

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("begin", "fields", "body"),
    [
        (
            b"GET /stream HTTP/1.1",
            {b"Transfer-Encoding: chunked"},
            b"8\r\nchunk 0;\r\n8\r\nchunk 1;\r\n8\r\nchunk 2;\r\n0\r\n\r\n",
        ),
        (b"HEAD /stream HTTP/1.1", set(), b""),
        (b"GET /stream HTTP/1.0", set(), b"chunk 0;chunk 1;chunk 2;"),
    ],
)
def test_streams(begin: bytes, fields: set[bytes], body: bytes) -> None:
    """Chunk by chunk, where the client knows how; without a body, where it asks for none."""

    async def scenario() -> None:
        server = HttpServer(_routes())
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.listen("127.0.0.1", 0, None))
        writer.write(begin + b"\r\nHost: x\r\n\r\n")
        if begin.endswith(b"1.1"):
            writer.write(b"GET /ews/exchange.asmx HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        head, _, rest = (await asyncio.wait_for(reader.read(), 20)).partition(b"\r\n\r\n")
        status, *found = head.split(b"\r\n")
        assert status.endswith(b" 200 OK")
        assert {field for field in found if field.startswith((b"Transfer-", b"Content-Length"))} == fields
        assert rest.startswith(body)
        after = rest.removeprefix(body)
        assert after.startswith(b"HTTP/1.1 200 OK") is begin.endswith(b"1.1"), "the connection goes on, or not"
        assert after.startswith(b"HTTP/") or not after
        writer.close()
        await server.close()

    asyncio.run(scenario())


def test_a_field_with_a_line_end_is_not_sent() -> None:
    async def scenario() -> None:
        server = HttpServer(_answers)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.listen("127.0.0.1", 0, None))
        writer.write(b"GET /split HTTP/1.1\r\nHost: x\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 20)
        assert b" 500 " in answer and b"X-Other" not in answer
        writer.close()
        await server.close()

    asyncio.run(scenario())


def test_in_process_calls_pass_the_same_handler() -> None:
    async def scenario() -> None:
        outside = SocketClient(ssl.create_default_context(), {})
        client = InProcessClient(outside)
        client.add(["mail.contoso.test:8443"], _routes())
        answer = await client.send("POST", "https://mail.contoso.test:8443/EWS/Exchange.asmx", body=b"abc")
        assert answer.content == b"POST mail.contoso.test /EWS/Exchange.asmx? 3 1"
        streamed = await client.send("GET", "https://mail.contoso.test:8443/stream")
        assert streamed.content == b"chunk 0;chunk 1;chunk 2;"
        await outside.close()

    asyncio.run(scenario())


def test_no_connection_is_told_in_words_of_the_machine() -> None:
    place = f"127.0.0.1:{ports.take('127.0.0.1', 0)}"

    async def said(url: str) -> str:
        client = SocketClient(ssl.create_default_context(), {})
        try:
            with pytest.raises(OSError) as refused:
                await client.send("GET", url)
        finally:
            await client.close()
        return str(refused.value)

    assert asyncio.run(said(f"http://{place}/")) == f"no answer from {place}: Connection refused"
    assert asyncio.run(said("http://nowhere.invalid/")).startswith("no answer from nowhere.invalid: ")


def test_a_stream_ends_with_the_connection_of_its_reader() -> None:
    async def scenario() -> None:
        ended = asyncio.Event()

        async def pieces() -> AsyncIterator[bytes]:
            try:
                yield b"first"
                await asyncio.Event().wait()
            finally:
                ended.set()

        async def endless(_: HttpRequest) -> HttpResponse:
            return HttpResponse(200, [("Content-Type", "text/xml")], pieces())

        routes = HttpRoutes()
        routes.add("/endless", endless)
        server = HttpServer(routes)
        reader, writer = await asyncio.open_connection("127.0.0.1", await server.listen("127.0.0.1", 0, None))
        writer.write(b"GET /endless HTTP/1.1\r\nHost: x\r\n\r\n")
        await reader.readuntil(b"first")
        assert not ended.is_set()
        writer.close()
        await asyncio.wait_for(ended.wait(), 10)
        await server.close()

    asyncio.run(scenario())


def test_too_large_a_body_is_refused() -> None:
    async def scenario() -> None:
        server = HttpServer(_routes())
        port = await server.listen("127.0.0.1", 0, None)
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /ews/exchange.asmx HTTP/1.1\r\nHost: x\r\nContent-Length: 70000000\r\n\r\n")
        sent = asyncio.create_task(_pour(writer))
        assert b" 413 " in await asyncio.wait_for(reader.readline(), 20)
        sent.cancel()
        writer.close()
        await server.close()

    asyncio.run(scenario())


async def _pour(writer: asyncio.StreamWriter) -> None:
    for _ in range(80):
        writer.write(b"x" * 1_000_000)
        await writer.drain()
