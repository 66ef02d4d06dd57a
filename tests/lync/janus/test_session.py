"""What the session does where the server, or somebody of this house, does not do as agreed."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from urllib.parse import quote_plus

import pytest

from samband.lync.janus.session import Session
from samband.net.http_client import SocketClient

SECRET = "ab/c+d=="
"""As ``openssl rand -base64`` gives them: it looks different in a query."""


@pytest.mark.parametrize(
    "answer", [b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n: x\r\n\r\n", b""]
)
def test_the_secret_is_in_no_log_whatever_the_server_answers(answer: bytes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    asked: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        asked.append(head)
        if head.startswith("GET"):
            writer.write(answer)
        else:
            body = json.dumps({"janus": "success", "data": {"id": 5}})
            writer.write(f"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()
        writer.close()

    async def run() -> None:
        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        http = SocketClient(ssl.create_default_context(), {})
        session = Session(http, f"http://{host}:{port}/janus", SECRET, lambda: "t")
        task = asyncio.ensure_future(session.run())
        async with asyncio.timeout(30):
            while "no media" not in caplog.text:
                await asyncio.sleep(0.001)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await http.close()
        server.close()

    asyncio.run(run())
    assert any(quote_plus(SECRET) in one for one in asked)
    assert SECRET not in caplog.text
    assert quote_plus(SECRET) not in caplog.text
    assert "apisecret" not in caplog.text
