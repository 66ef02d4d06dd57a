"""Wishes that come often are due seldom, and none is lost."""

from __future__ import annotations

import asyncio

from samband.integration.calm import Calm


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


async def taken(calm: Calm) -> str:
    async with calm.due() as key:
        return key


def test_a_wish_is_due_at_once_and_the_next_one_when_the_pause_is_over() -> None:
    async def run() -> None:
        clock = Clock()
        calm = Calm(60.0, clock)
        calm.wish("a")
        assert await taken(calm) == "a"
        for _ in range(1000):
            calm.wish("a")
        calm.wish("b")
        assert await taken(calm) == "b", "the pause of one keeps no other"
        waiting = asyncio.ensure_future(taken(calm))
        await asyncio.sleep(0.01)
        assert not waiting.done()
        clock.time += 60.0
        calm.wish("c")
        assert {await waiting, await taken(calm)} == {"a", "c"}

    asyncio.run(run())


def test_what_is_wished_while_it_is_read_is_read_again_and_never_by_two() -> None:
    async def run() -> None:
        clock = Clock()
        calm = Calm(0.0, clock)
        calm.wish("a")
        async with calm.due() as key:
            calm.wish(key)
            other = asyncio.ensure_future(taken(calm))
            await asyncio.sleep(0.01)
            assert not other.done()
        assert await other == "a"

    asyncio.run(run())
