"""What the session does where the server, or somebody of this house, does not do as agreed."""

from __future__ import annotations

import asyncio
import json
import logging
import ssl
from unittest import mock
from urllib.parse import quote_plus

import pytest

from samband.lync.janus import session as sessions
from samband.lync.janus.session import Session
from samband.lync.janus.video_rooms import VideoRooms
from samband.net.http_client import SocketClient
from samband.wire.http import HttpResponse
from samband.wire.janus import Said
from tests.lync.janus.fake_janus import FakeJanus
from tests.lync.janus.test_janus import play, settle, until

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


def fails(*_said: object) -> None:
    raise ValueError("a mistake of this house")


def test_a_listener_that_fails_ends_nothing_and_hides_nothing_from_others(caplog: pytest.LogCaptureFixture) -> None:
    async def story(janus: FakeJanus, session: Session, _rooms: VideoRooms) -> None:
        heard: list[Said | None] = []
        await session.attach(fails)
        handle = await session.attach(heard.append)
        session.changed = fails
        janus.tell(min(janus.handles), "webrtcup")
        janus.tell(min(janus.handles), "detached")
        janus.tell(handle.id, "webrtcup")
        await until(lambda: bool(heard))
        await session.attach(fails)
        handle = await session.attach(heard.append)
        janus.dies()
        await until(lambda: heard[-1] is None)
        assert not session.available
        janus.up = True
        await until(lambda: session.available)

    play(story)
    assert "a mistake of this house" in caplog.text


def test_a_mistake_in_the_session_itself_begins_it_anew(caplog: pytest.LogCaptureFixture) -> None:
    async def story(janus: FakeJanus, session: Session, rooms: VideoRooms) -> None:
        told: list[bool] = []
        session.changed = told.append
        with mock.patch.object(sessions, "read_events", fails):
            janus.tell(0, "keepalive")
            await until(lambda: told == [False, True])
        await rooms.open()

    play(story)
    assert "a mistake of this house" in caplog.text


@pytest.mark.parametrize("content", [b"[]", b'[{"janus":"keepalive"}]', b'[{"janus":"event","sender":404}]'])
def test_a_server_that_has_nothing_to_say_and_says_it_at_once_is_not_asked_for_ever(content: bytes) -> None:
    async def story(janus: FakeJanus, session: Session, _rooms: VideoRooms) -> None:
        asked = 0
        handle = await session.attach(lambda _said: None)

        async def nothing(_words: list[int]) -> HttpResponse:
            nonlocal asked
            asked += 1
            await asyncio.sleep(0)
            return HttpResponse(200, [], content)

        with mock.patch.object(janus, "_poll", nothing), mock.patch.object(sessions, "FLOOR", 3600.0):
            janus.tell(handle.id, "webrtcup")
            for _ in range(3):
                await settle()
            assert asked == 1
            assert session.available

    play(story)
