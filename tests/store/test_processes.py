"""What was acknowledged survives kill -9; several processes write to one store at once."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Sequence

from samband.model.changes import Change, TrustChanged
from samband.store.api import Tx, WriteTx
from samband.store.engine import Engine
from tests.store.stores import Place

TABLE = "CREATE TABLE burst (id BIGINT PRIMARY KEY, name TEXT NOT NULL, number BIGINT NOT NULL, blob TEXT NOT NULL)"


async def prepare(place: Place) -> None:
    async with place.store() as store:
        await store.write(lambda tx: tx.run(TABLE))


def start(place: Place, name: str, amount: str = "") -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "tests.store.burst", place.url, str(place.blobs), name, amount]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def acknowledged(lines: Sequence[str]) -> list[tuple[int, int, str]]:
    """Whole lines only: the last one may have been cut by the kill."""
    parts = [line.split() for line in lines if line.endswith("\n")]
    return [(int(seq), int(row), blob) for seq, row, blob in parts]


def rows(tx: Tx) -> dict[object, object]:
    return dict(tx.all("SELECT id, blob FROM burst"))


async def check(store: Engine, known: list[tuple[int, int, str]]) -> None:
    kept = await store.read(rows)
    changes = {change.seq: change for change in await store.log(None, 0, 1_000_000)}
    for seq, row, blob in known:
        assert kept[row] == blob
        change = changes[seq]
        assert isinstance(change, TrustChanged)
        assert change.what == str(row)
    assert len(kept) == len(changes), "a row and its change are there together or not at all"
    for blob in kept.values():
        store.blobs.get(str(blob))


def test_what_was_acknowledged_survives_kill_9(place: Place) -> None:
    async def look(known: list[tuple[int, int, str]], least: int) -> int:
        async with place.store() as store:
            await check(store, known)
            seq = await store.write(lambda tx: tx.seq)
            assert seq > max(number for number, _, _ in known)
            assert seq > least
            return seq

    asyncio.run(prepare(place))
    known: list[tuple[int, int, str]] = []
    least = 0
    for name in ("first", "second"):
        child = start(place, name)
        assert child.stdout is not None
        lines = [child.stdout.readline() for _ in range(150)]
        child.kill()
        lines += child.stdout.readlines()
        child.wait()
        child.stdout.close()
        known += acknowledged(lines)
        least = asyncio.run(look(known, least))
    assert len({seq for seq, _, _ in known}) == len(known) >= 300


def test_several_processes_write_at_once(place: Place) -> None:
    heard: list[Change] = []

    def hear(upto: int, changes: Sequence[Change]) -> None:
        heard.extend(changes)

    def touch(tx: WriteTx) -> int:
        tx.append(TrustChanged(scope="here", what="here"))
        return tx.seq

    async def scenario() -> None:
        async with place.store(hear) as store:
            children = [start(place, name, "40") for name in ("a", "b", "c")]
            outputs = asyncio.gather(*(asyncio.to_thread(child.communicate) for child in children))
            while not outputs.done():
                await store.write(touch)
                await asyncio.sleep(0.01)
            known = [found for output, _ in await outputs for found in acknowledged(output.splitlines(keepends=True))]
            assert len({seq for seq, _, _ in known}) == len(known) == 3 * 4 * 40
            last = await store.write(touch)
            log = await store.log(None, 0, 1_000_000)
            assert [change.seq for change in heard] == list(range(heard[0].seq, last + 1))
            assert heard == log[-len(heard) :]
            assert {seq for seq, _, _ in known} <= {change.seq for change in log}
            assert len(log) == len({change.seq for change in log})

    asyncio.run(prepare(place))
    asyncio.run(scenario())
