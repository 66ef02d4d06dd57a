"""A client's wait for several subscriptions at once."""

from __future__ import annotations

import asyncio

from samband.exchange.actions.subscriptions import Connection


def test_a_wait_ends_with_whether_there_is_something() -> None:
    async def run() -> None:
        connection = Connection([])
        assert not await connection.wait(0)
        assert not await connection.wait(0.01)
        connection.wake()
        assert await connection.wait(60)
        assert not await connection.wait(0)

    asyncio.run(run())


def test_a_wait_that_is_woken_and_cancelled_at_once_is_cancelled() -> None:
    async def run() -> None:
        connection = Connection([])
        waiting = asyncio.create_task(connection.wait(60))
        await asyncio.sleep(0.01)
        connection.wake()
        waiting.cancel()
        await asyncio.wait({waiting}, timeout=10)
        assert waiting.cancelled()

    asyncio.run(run())
