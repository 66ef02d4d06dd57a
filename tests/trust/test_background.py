"""Work beside everything else."""

import asyncio
import logging

import pytest

from samband.store.api import StoreUnavailable
from samband.trust.background import Background
from tests.trust.fakes import Clock


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_it_waits_for_the_store_ever_longer() -> None:
    clock, tries = Clock(), []

    async def work() -> None:
        tries.append(clock.now)
        if len(tries) < 10:
            raise StoreUnavailable("away")

    async def story() -> None:
        Background(clock.sleep).start(work)
        await settle()

    asyncio.run(story())
    assert len(tries) == 10
    assert clock.slept == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_other_failures_are_told_and_end_it(caplog: pytest.LogCaptureFixture) -> None:
    tries = []

    async def work() -> None:
        tries.append(1)
        raise ZeroDivisionError

    async def story() -> None:
        Background().start(work)
        await settle()

    with caplog.at_level(logging.ERROR):
        asyncio.run(story())
    assert tries == [1]
    assert "ZeroDivisionError" in caplog.text


def test_closing_stops_it() -> None:
    ended = []

    async def work() -> None:
        try:
            await asyncio.sleep(1000)
        finally:
            ended.append(1)

    async def story() -> None:
        background = Background()
        background.start(work)
        await settle()
        background.close()
        await settle()

    asyncio.run(story())
    assert ended == [1]
