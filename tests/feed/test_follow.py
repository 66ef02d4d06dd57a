"""The feed hears of what other processes commit: once, in order, also between its own commits."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from samband.feed.follow import catch_up, follow
from samband.feed.local import LocalFeed
from samband.model.changes import Change, TrustChanged
from samband.store.api import WriteTx
from samband.store.engine import open_store


def note(tx: WriteTx, what: str) -> int:
    tx.append(TrustChanged(scope="trust", what=what))
    return tx.seq


def test_two_stores_on_one_file_hear_each_other(tmp_path: Path) -> None:
    async def scenario() -> None:
        heard: list[int] = []
        feed = LocalFeed()
        feed.listen(None, lambda changes: heard.extend(change.seq for change in changes))
        here = await open_store(str(tmp_path / "db"), tmp_path / "blobs", feed.publish)
        there = await open_store(str(tmp_path / "db"), tmp_path / "blobs")
        following = asyncio.create_task(follow(here, feed, 0.001))
        last = 0
        for round_number in range(30):
            last = await there.write(partial(note, what="there"))
            if round_number % 3:
                last = await here.write(partial(note, what="here"))
                assert heard == list(range(1, last + 1)), "the changes of a write are in the feed when it returns"
        while feed.published < last:
            await asyncio.sleep(0.001)
        assert heard == list(range(1, last + 1))
        following.cancel()
        await here.close()
        await there.close()

    asyncio.run(scenario())


def test_what_is_trimmed_before_it_was_read_is_lost_aloud(tmp_path: Path) -> None:
    async def scenario() -> None:
        batches: list[Sequence[Change]] = []
        feed = LocalFeed()
        feed.listen(None, batches.append)
        here = await open_store(str(tmp_path / "db"), tmp_path / "blobs", feed.publish)
        there = await open_store(str(tmp_path / "db"), tmp_path / "blobs")
        for _ in range(5):
            await there.write(partial(note, what="there"))
        await there.trim(4)
        await catch_up(here, feed)
        assert batches == [()]
        assert feed.published == await here.last()
        await here.close()
        await there.close()

    asyncio.run(scenario())


def test_a_store_that_is_away_does_not_end_the_following(tmp_path: Path) -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        store = await open_store(str(tmp_path / "db"), tmp_path / "blobs", feed.publish)
        await store.close()
        following = asyncio.create_task(follow(store, feed, 0.001))
        await asyncio.sleep(0.02)
        assert not following.done()
        following.cancel()

    asyncio.run(scenario())
