"""Real sockets: requests in, answers and streams out, one Connection a transport."""

import asyncio
import ssl
from collections.abc import AsyncIterator

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
