"""What one caller may take, and what is said to one who takes more."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from samband.exchange.ews.endpoint import EwsEndpoint
from samband.exchange.ews.throttling import Throttling, ThrottlingPolicy
from samband.model.caller import Caller
from samband.model.failures import Failure
from tests.exchange.world import ALICE, BOB, Door, World, run

ASK = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>"
    '<t:DistinguishedFolderId Id="inbox"/></m:FolderIds></m:GetFolder>'
)
_E = "{http://schemas.microsoft.com/exchange/services/2006/errors}"
_T = "{http://schemas.microsoft.com/exchange/services/2006/types}"


class Watch:
    """A clock that goes on when it is told to."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def alice() -> Caller:
    return Caller(ALICE, "basic")


def spend(throttling: Throttling, watch: Watch, seconds: float) -> None:
    with throttling.request(alice()):
        watch.now += seconds


def refusal(throttling: Throttling, caller: Caller) -> Failure | None:
    try:
        with throttling.request(caller):
            return None
    except Failure as failure:
        return failure


def test_requests_at_a_time() -> None:
    throttling = Throttling(ThrottlingPolicy(max_concurrency=2), Watch())
    with throttling.request(alice()), throttling.request(alice()):
        found = refusal(throttling, alice())
        assert found is not None
        assert (found.code, found.details["MaxConcurrencyLimit"]) == ("ErrorExceededConnectionCount", "2")
        assert refusal(throttling, Caller(BOB, "basic")) is None
        assert refusal(throttling, Caller(None, "bearer", application="lync")) is None
    assert refusal(throttling, alice()) is None


def test_who_overdraws_the_budget_waits_as_long_as_is_said() -> None:
    watch = Watch()
    policy = ThrottlingPolicy(max_burst=1000, recharge_rate=360_000, cutoff_balance=2000)
    throttling = Throttling(policy, watch)
    spend(throttling, watch, 2.0)
    assert refusal(throttling, alice()) is None
    spend(throttling, watch, 5.0)
    found = refusal(throttling, alice())
    assert found is not None
    assert found.code == "ErrorServerBusy"
    wait = int(found.details["BackOffMilliseconds"]) / 1000
    watch.now += wait - 1
    assert refusal(throttling, alice()) is not None
    watch.now += 1.01
    assert refusal(throttling, alice()) is None


def test_a_policy_without_limits_refuses_nobody() -> None:
    watch = Watch()
    throttling = Throttling(ThrottlingPolicy(), watch)
    for _ in range(50):
        spend(throttling, watch, 1000.0)
    assert refusal(throttling, alice()) is None


def test_hanging_connections_count_while_they_are_read() -> None:
    async def story() -> None:
        throttling = Throttling(ThrottlingPolicy(hanging_connections=1), Watch())
        unread = throttling.hanging(alice(), _endless())
        first = throttling.hanging(alice(), _endless())
        await anext(first)
        with pytest.raises(Failure, match="ErrorExceededConnectionCount"):
            throttling.hanging(alice(), _endless())
        await first.aclose()  # type: ignore[attr-defined]
        again = throttling.hanging(alice(), _endless())
        await anext(again)
        await again.aclose()  # type: ignore[attr-defined]
        await unread.aclose()  # type: ignore[attr-defined]

    asyncio.run(story())


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield b"x"


def test_a_busy_server_says_when_to_come_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        watch = Watch()
        policy = ThrottlingPolicy(max_burst=1, recharge_rate=1000, cutoff_balance=1)
        throttling = Throttling(policy, watch)
        spend(throttling, watch, 1.0)
        endpoint = EwsEndpoint(world.exchange, Door({ALICE.sAMAccountName: alice()}), throttling=throttling)
        answer = await dataclasses.replace(world, endpoint=endpoint).ask(ALICE, ASK, status=500)
        root = answer.root
        assert root.findtext(f".//{_E}ResponseCode") == "ErrorServerBusy"
        assert root.find(f".//{_T}ServerVersionInfo") is not None
        value = root.find(f".//{_T}Value")
        assert value is not None
        assert (value.get("Name"), int(value.text or "") >= 1000) == ("BackOffMilliseconds", True)

    run(story, tmp_path)
