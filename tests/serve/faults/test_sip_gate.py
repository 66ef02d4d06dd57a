"""Requests that are struck as they arrive, before a guard that is real."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import pytest

from samband.lync.sip.flow import Flow
from samband.lync.sip.security import Admitted, Guard
from samband.serve.faults.rules import Kept, Pending
from samband.serve.faults.sip_faults import SipFault
from samband.serve.faults.sip_gate import FaultyGate
from samband.wire.sip.message import SipResponse
from tests.lync.sip.guarded import Site
from tests.lync.sip.lync_client import LyncClient, challenge_of, challenges


class Struck:
    """A Lync client whose gate is told of faults, and what its flow was made to send and do."""

    def __init__(self) -> None:
        self.pending: Pending[SipFault] = Pending()
        self.sent: list[bytes] = []
        self.closed = 0
        guard = Site().guard()
        flow = Flow("tls", ("127.0.0.1", 50000), ("127.0.0.1", 5061), 1, self.sent.append, self._close)
        self.client = LyncClient(guard, flow, "NTLM")
        self.gate = FaultyGate(guard, self.pending)
        self.client.guard = self.gate  # type: ignore[assignment]

    def _close(self) -> None:
        self.closed += 1

    def say(self, **said: Any) -> None:
        self.pending.live.append(Kept(msgspec.convert({"method": "REGISTER", **said}, SipFault)))

    async def sign_in(self) -> None:
        verdict = await self.client.sign_in_by_ntlm("CONTOSO", "alice", "pw-alice")
        assert isinstance(verdict, Admitted), verdict


def run(test: Callable[[Struck], Awaitable[None]]) -> None:
    async def main() -> None:
        await test(Struck())

    asyncio.run(main())


def test_an_error_instead_of_the_answer() -> None:
    async def test(struck: Struck) -> None:
        struck.say(status=503, reason="Not now", retry_after=7, fields={"Warning": "399 x y"}, times=1)
        answer = await struck.client.ask(struck.client.request())
        assert isinstance(answer, SipResponse)
        assert (answer.status, answer.reason, answer.get("Retry-After")) == (503, "Not now", "7")
        assert answer.get("Warning") == "399 x y"
        assert answer.get("Authentication-Info") is None
        await struck.sign_in()

    run(test)


def test_who_is_signed_in_gets_it_signed() -> None:
    async def test(struck: Struck) -> None:
        await struck.sign_in()
        struck.say(status=403, fields={"ms-diagnostics": '4141;reason="x"'})
        answer = await struck.client.ask(struck.client.signed(struck.client.request()))
        assert isinstance(answer, SipResponse)
        assert answer.status == 403
        assert struck.client.is_signed(answer)

    run(test)


@pytest.mark.parametrize(("method", "status"), [("REGISTER", 401), ("MESSAGE", 407)])
def test_a_challenge_that_says_stale(method: str, status: int) -> None:
    async def test(struck: Struck) -> None:
        struck.say(method=method, status=401, stale=True, reason="Again")
        answer = await struck.client.ask(struck.client.request(method).drop("Supported"))
        assert isinstance(answer, SipResponse)
        assert (answer.status, answer.reason) == (status, "Again")
        assert [one.get("stale").lower() for one in challenges(answer)] == ["true", "true"]
        struck.say(status=401)
        answer = await struck.client.ask(struck.client.request())
        assert isinstance(answer, SipResponse)
        assert "stale" not in challenge_of(answer, "Digest").params

    run(test)


def test_nothing_at_all() -> None:
    async def test(struck: Struck) -> None:
        await struck.sign_in()
        struck.say(drop=True)
        assert await struck.client.ask(struck.client.signed(struck.client.request())) is None
        assert isinstance(await struck.client.ask(struck.client.signed(struck.client.request())), Admitted)
        assert not struck.closed

    run(test)


@pytest.mark.parametrize("delay", [0, 0.001])
def test_the_end_of_the_connection(delay: float) -> None:
    async def test(struck: Struck) -> None:
        struck.say(close=True, delay=delay)
        assert await struck.client.ask(struck.client.request()) is None
        assert (struck.sent, struck.closed) == ([], 1)
        struck.say(close=True, status=480, delay=delay)
        assert await struck.client.ask(struck.client.request()) is None
        assert [one[:11] for one in struck.sent] == [b"SIP/2.0 480"]
        assert struck.closed == 2

    run(test)


def test_late_but_served() -> None:
    async def test(struck: Struck) -> None:
        await struck.sign_in()
        struck.say(delay=0.001, times=2)
        for _ in range(2):
            assert isinstance(await struck.client.ask(struck.client.signed(struck.client.request())), Admitted)
        assert not struck.pending.live

    run(test)


def test_what_lives_in_the_server_is_let_alone() -> None:
    async def test(struck: Struck) -> None:
        struck.say(drop=True)
        inside = Flow("tls", ("127.0.0.1", 1), ("127.0.0.1", 5061), 2, print, print, hosted=True)
        assert struck.gate.inspect(struck.client.request(), inside) is not None
        assert struck.pending.live[0].struck == 0

    run(test)


def test_it_signs_as_the_guard_does() -> None:
    async def test(struck: Struck) -> None:
        await struck.sign_in()
        flow = struck.client.flow
        guard: Guard = Site().guard()
        association = guard.association(flow) or next(iter(flow.associations.values()))
        message = struck.client.request("MESSAGE")
        struck.gate.seal(message, association)
        assert struck.client.is_signed(message)

    run(test)
