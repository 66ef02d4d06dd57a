"""When the database or a thread fails: whoever waits is told, nothing is half done, and the store goes on if it can."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from samband.model.changes import TrustChanged
from samband.store.api import LogTrimmed, StoreUnavailable, WriteTx
from samband.store.engine import open_store
from samband.store.sqlite import SqliteConnection
from samband.store.workers import Handler, Job, Workers
from tests.store.postgresql import PostgresServer
from tests.store.stores import Place


def number(tx: WriteTx) -> int:
    return tx.seq


def test_system_exit_in_a_work_is_a_failure_of_that_work(place: Place) -> None:
    def leave(tx: object) -> None:
        raise SystemExit(3)

    async def scenario() -> None:
        async with place.store() as store:
            for ask in (store.read, store.write):
                with pytest.raises(StoreUnavailable):
                    await ask(leave)
            assert await store.write(number) == await store.last()

    asyncio.run(scenario())


def test_a_commit_that_fails_fails_all_its_writes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: SqliteConnection) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    async def scenario() -> None:
        async with Place(str(tmp_path / "db"), tmp_path / "blobs").store() as store:
            before = await store.write(number)
            with monkeypatch.context() as patch:
                patch.setattr(SqliteConnection, "commit", full)
                results = await asyncio.gather(*(store.write(number) for _ in range(5)), return_exceptions=True)
            assert [type(result) for result in results] == [StoreUnavailable] * 5
            assert "disk is full" in str(results[0])
            assert await store.write(number) == before + 1

    asyncio.run(scenario())


class Broken:
    """A handler whose thread dies of what it meets."""

    def handle(self, jobs: object) -> Callable[[], None] | None:
        return None

    def close(self) -> None:
        raise RuntimeError("cannot close")


def test_a_thread_that_dies_fails_what_waits_and_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    def die(self: Workers, *_: object) -> list[Job]:
        raise MemoryError

    async def scenario() -> None:
        monkeypatch.setattr(Workers, "_take", die)
        monkeypatch.setattr("threading.excepthook", lambda args: None)
        handler: Handler = Broken()
        workers = Workers("broken", [handler], batch=4, limit=2)
        tasks = [asyncio.create_task(workers.submit(number)) for _ in range(6)]
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert [type(result) for result in results] == [StoreUnavailable] * 6
        await workers.close()

    asyncio.run(scenario())


def test_the_queue_is_bounded_and_moves_on() -> None:
    class Slow:
        def __init__(self) -> None:
            self.most = 0

        def handle(self, jobs: list[Job]) -> None:
            self.most = max(self.most, len(jobs))
            for job in jobs:
                job.result = job.work(None)

        def close(self) -> None: ...

    async def scenario() -> None:
        handler = Slow()
        workers = Workers("slow", [handler], batch=100, limit=3)
        answers = await asyncio.gather(*(workers.submit(lambda _, n=n: n) for n in range(50)))
        assert answers == list(range(50))
        assert handler.most <= 3
        await workers.close()

    asyncio.run(scenario())


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "db").write_bytes(b"no database" * 1000)
    with pytest.raises(StoreUnavailable, match="not a database"):
        asyncio.run(open_store(str(tmp_path / "db"), tmp_path / "blobs"))


def test_postgresql_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(StoreUnavailable, match="PostgreSQL"):
        asyncio.run(open_store(f"postgresql:///x?host={tmp_path}", tmp_path / "blobs"))


def test_the_store_goes_on_after_postgresql_restarted(postgresql: PostgresServer, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with Place(postgresql.new_schema(), tmp_path / "blobs").store() as store:
            before = await store.write(number)
            await asyncio.gather(*(store.last() for _ in range(20)))
            postgresql.disconnect_everyone()
            assert await asyncio.gather(*(store.last() for _ in range(20))) == [before] * 20
            assert await store.write(number) == before + 1

            def cut(tx: WriteTx) -> None:
                postgresql.disconnect_everyone()
                tx.one("SELECT 1")

            results = await asyncio.gather(store.write(number), store.write(cut), return_exceptions=True)
            assert [type(result) for result in results] == [StoreUnavailable] * 2
            assert await store.write(number) == before + 2

    asyncio.run(scenario())


def test_trimming_says_so(place: Place) -> None:
    def note(tx: WriteTx, what: str) -> int:
        tx.append(TrustChanged(scope="trust", what=what))
        return tx.seq

    async def scenario() -> None:
        async with place.store() as store:
            numbers = [await store.write(partial(note, what="x")) for _ in range(5)]
            await store.trim(numbers[3])
            await store.trim(numbers[1])
            assert [change.seq for change in await store.log("trust", numbers[2], 9)] == numbers[3:]
            for after in (0, numbers[1]):
                with pytest.raises(LogTrimmed):
                    await store.log("trust", after, 9)

    asyncio.run(scenario())
