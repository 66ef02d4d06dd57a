"""Patience with another server: asked again when it says so, and given up with a sentence."""

from __future__ import annotations

import asyncio

import pytest

from samband.exchange.imports.ews_client import TRIES, EwsClient, NoAnswer
from samband.exchange.imports.sign_in import Basic, Bearer, SignInRefused
from samband.wire.ews.faults import write_fault
from samband.wire.http import HttpResponse
from samband.wire.soap.envelope import write_envelope
from tests.web_in_memory import Fields, WebInMemory

FINE = HttpResponse(200, [], write_envelope("<x/>"))
BUSY = HttpResponse(
    500, [], write_envelope(write_fault("ErrorServerBusy", "busy", values={"BackOffMilliseconds": "17500"}))
)


class Server(WebInMemory):
    """Answers what it was told to, in order, and notes who asked."""

    def __init__(self, *answers: HttpResponse | OSError) -> None:
        self._answers = list(answers)
        self.fields: list[dict[str, str]] = []

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        self.fields.append(dict(headers))
        answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
        if isinstance(answer, OSError):
            raise answer
        return answer


def ask(server: Server, bearer: bool = False) -> tuple[bytes, list[float]]:
    waits: list[float] = []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)

    sign_in = Bearer("token") if bearer else Basic("anna", "secret")
    client = EwsClient(server, "https://x.test/EWS/Exchange.asmx", sign_in, sleep=sleep)
    return asyncio.run(client.ask("<m:x/>")), waits


def test_a_busy_server_is_left_alone_as_long_as_it_asks() -> None:
    assert ask(Server(BUSY, FINE)) == (FINE.content, [17.5])


def test_what_breaks_off_is_asked_again_after_longer_and_longer_waits() -> None:
    server = Server(TimeoutError(), ConnectionResetError("reset"), HttpResponse(503, [("Retry-After", "30")]), FINE)
    assert ask(server) == (FINE.content, [1.0, 2.0, 30.0])
    assert {one["Authorization"] for one in server.fields} == {"Basic YW5uYTpzZWNyZXQ="}


def test_a_server_that_never_answers_is_given_up() -> None:
    server = Server(HttpResponse(502, []))
    with pytest.raises(NoAnswer, match="after 8 tries: it answered 502"):
        ask(server)
    assert len(server.fields) == TRIES


def test_an_address_that_is_no_ews_is_said_at_once() -> None:
    server = Server(HttpResponse(302, [("Location", "https://y.test/owa")]))
    with pytest.raises(NoAnswer, match=r"no EWS address: it answered 302 and points to https://y\.test/owa"):
        ask(server)
    assert len(server.fields) == 1


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_sign_in_is_not_tried_again(status: int) -> None:
    server = Server(HttpResponse(status, [("WWW-Authenticate", "Bearer")]))
    with pytest.raises(SignInRefused, match=r"x\.test"):
        ask(server, bearer=True)
    assert len(server.fields) == 1
