"""A snapshot and the changes after it make the state as it is: nothing missed, nothing doubled, overflow or not."""

from __future__ import annotations

import asyncio
import tempfile
from functools import partial
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from samband.feed.api import Feed, Overflow
from samband.feed.follow import follow
from samband.feed.local import LocalFeed
from samband.model.changes import Change, TrustChanged
from samband.store import changes as change_log
from samband.store.api import Tx, WriteTx
from samband.store.engine import Engine, open_store

State = dict[str, int]


def put(tx: WriteTx, key: str, value: int) -> int:
    sql = "INSERT INTO kept (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value"
    tx.run(sql, key, value)
    tx.append(TrustChanged(scope="kept", what=f"{key}={value}"))
    return tx.seq


def drop(tx: WriteTx, key: str) -> int:
    if tx.run("DELETE FROM kept WHERE name = ?", key):
        tx.append(TrustChanged(scope="kept", what=f"{key}="))
    return tx.seq


def snapshot(tx: Tx) -> tuple[int, State]:
    rows = tx.all("SELECT name, value FROM kept")
    return change_log.last(tx), {str(name): int(str(value)) for name, value in rows}


class Replica:
    """A reader that keeps its own copy by a snapshot and the feed."""

    def __init__(self, store: Engine, feed: Feed, limit: int) -> None:
        self._store = store
        self._subscription = feed.subscribe(["kept"], limit)
        self.state: State = {}
        self.seq = 0

    async def run(self) -> None:
        await self._anew()
        while True:
            try:
                for change in await self._subscription.get():
                    self._apply(change)
            except Overflow:
                await self._anew()

    async def _anew(self) -> None:
        self.seq, self.state = await self._store.read(snapshot)

    def _apply(self, change: Change) -> None:
        assert isinstance(change, TrustChanged)
        if change.seq <= self.seq:
            return
        self.seq = change.seq
        key, _, value = change.what.partition("=")
        if value:
            self.state[key] = int(value)
        else:
            del self.state[key]


STEPS = st.lists(
    st.tuples(st.sampled_from(["here", "there", "join", "rest"]), st.sampled_from("abc"), st.integers(0, 3)),
    max_size=40,
)


@settings(max_examples=25, deadline=None)
@given(STEPS, st.integers(1, 5))
def test_every_replica_ends_as_the_store_is(steps: list[tuple[str, str, int]], limit: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(scenario(Path(folder), steps, limit))


async def scenario(folder: Path, steps: list[tuple[str, str, int]], limit: int) -> None:
    feed = LocalFeed()
    here = await open_store(str(folder / "db"), folder / "blobs", feed.publish)
    there = await open_store(str(folder / "db"), folder / "blobs")
    await here.write(lambda tx: tx.run("CREATE TABLE kept (name TEXT PRIMARY KEY, value BIGINT)"))
    following = asyncio.create_task(follow(here, feed, 0.001))
    replicas, running, writes = list[Replica](), list[asyncio.Task[None]](), list[asyncio.Task[int]]()

    def join() -> None:
        replicas.append(Replica(here, feed, limit))
        running.append(asyncio.create_task(replicas[-1].run()))

    join()
    for where, key, value in steps:
        if where == "join":
            join()
        elif where == "rest":
            await asyncio.sleep(0)
        else:
            store = here if where == "here" else there
            work = partial(put, key=key, value=value) if value else partial(drop, key=key)
            writes.append(asyncio.create_task(store.write(work)))
    await asyncio.gather(*writes)
    last, state = await here.read(snapshot)
    while feed.published < last:
        await asyncio.sleep(0.001)
    for _ in range(200):
        if all(replica.state == state for replica in replicas):
            break
        await asyncio.sleep(0.001)
    assert [replica.state for replica in replicas] == [state] * len(replicas)
    for task in (*running, following):
        task.cancel()
    await asyncio.gather(*running, following, return_exceptions=True)
    await here.close()
    await there.close()
