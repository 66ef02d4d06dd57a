"""What a check says of the servers that carry sound and pictures."""

from __future__ import annotations

import asyncio
import socket
from typing import Any

import pytest

from samband.deployment.media_text import media_text
from samband.deployment.network_settings import Media
from samband.net import ports
from samband.serve.check.media import media_findings
from samband.wire.http import HttpResponse
from tests.deployment.test_surveys import D, Names
from tests.lync.janus.fake_janus import FakeJanus

JANUS = Media(janus="http://janus.test/janus")


def found(media: Media, secret: str, http: Any) -> list[str]:
    findings = asyncio.run(media_findings(media, secret, http, Names({})))
    return [f"{one.name}: {one.cause}" for one in findings]


def test_what_is_configured_is_said() -> None:
    assert "text only" in media_text(Media())
    said = media_text(Media(janus="http://janus.test/janus", turn=("turn:a.test",), turn_secret_file="hidden"))
    assert ("janus.test" in said, "turn:a.test" in said, "hidden" in said) == (True, True, False)


class Speaks:
    """A server that says one thing."""

    def __init__(self, status: int, body: bytes) -> None:
        self._answer = HttpResponse(status, [], body)

    async def send(self, method: str, url: str, **_how: Any) -> HttpResponse:
        return self._answer


def test_a_janus_that_is_well_and_one_that_is_not() -> None:
    janus = FakeJanus(lambda _handle, _body, _jsep: None)
    assert found(Media(), "", janus) == []
    assert found(JANUS, "hush", janus) == []
    assert [one["janus"] for one in janus.all] == ["create", "attach", "destroy"]
    (refused,) = found(JANUS, "other", janus)
    assert refused.startswith("media.refused: Janus at http://janus.test/janus refuses: Unauthorized")
    janus.up = False
    assert found(JANUS, "hush", janus) == ["media.unreachable: Janus at http://janus.test/janus: no answer."]


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, b"{}"), (404, b""), (502, b"")])
def test_something_that_is_no_janus(status: int, body: bytes) -> None:
    (finding,) = found(JANUS, "hush", Speaks(status, body))
    assert finding.startswith("media.unreachable")


def test_relays() -> None:
    with socket.create_server(("127.0.0.1", ports.take("127.0.0.1", 0))) as listener:
        port = listener.getsockname()[1]
        urls = (f"turn:127.0.0.1:{port}", f"turn:turn.{D}:{port}", "turn:127.0.0.1:1?transport=udp")
        media = Media(turn=urls, turn_secret_file="x")
        assert found(media, "", None) == [f"media.relay-unreachable: turn.{D} does not resolve."]
    assert f"media.relay-unreachable: Nobody answers at 127.0.0.1:{port}." in found(media, "", None)
