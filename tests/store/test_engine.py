"""The engine's promises, on every database: order, atomicity, numbers, isolation, ends."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from functools import partial

import pytest

from samband.model.changes import Change, PersonChanged, TrustChanged
from samband.store.api import RowsTx, Store, StoreUnavailable, Tx, WriteTx
from samband.store.counters import next_id
from samband.store.engine import open_store
from tests.store.stores import Place


def note(tx: WriteTx, what: str) -> int:
    """A write that leaves one change; its number."""
    tx.append(TrustChanged(scope="trust", what=what))
    return tx.seq


def make_table(tx: WriteTx) -> None:
    tx.run("CREATE TABLE things (id BIGINT PRIMARY KEY, name TEXT UNIQUE, content BYTEA)")


def add(tx: WriteTx, number: int, name: str) -> int:
    tx.run("INSERT INTO things (id, name, content) VALUES (?, ?, ?)", number, name, b"\0\xff")
    tx.append(TrustChanged(scope="trust", what=name))
    return tx.seq


def names(tx: Tx) -> list[object]:
    return [row[0] for row in tx.all("SELECT name FROM things ORDER BY id")]


def test_a_read_sees_the_writes_that_have_returned(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            await store.write(make_table)
            for number in range(20):
                await store.write(partial(add, number=number, name=f"n{number}"))
                assert len(await store.read(names)) == number + 1

    asyncio.run(scenario())


def test_writes_run_in_the_order_asked_for_and_share_commits(place: Place) -> None:
    batches: list[int] = []

    def heard(upto: int, changes: Sequence[Change]) -> None:
        batches.append(len(changes))

    async def scenario() -> None:
        async with place.store(heard) as store:
            numbers = await asyncio.gather(*(store.write(partial(note, what=str(n))) for n in range(300)))
            assert list(numbers) == list(range(numbers[0], numbers[0] + 300))
            log = await store.log("trust", 0, 1000)
            assert [change.what for change in log if isinstance(change, TrustChanged)] == [str(n) for n in range(300)]
            assert sum(batches) == 300
            assert len(batches) < 100

    asyncio.run(scenario())


def test_a_write_that_raises_leaves_no_trace_and_its_neighbours_stand(place: Place) -> None:
    def fail(tx: WriteTx) -> None:
        add(tx, 99, "gone")
        raise ValueError("no")

    async def scenario() -> None:
        async with place.store() as store:
            await store.write(make_table)
            first, second, third, fourth = await asyncio.gather(
                store.write(partial(add, number=1, name="one")),
                store.write(fail),
                store.write(partial(add, number=2, name="one")),
                store.write(partial(add, number=3, name="three")),
                return_exceptions=True,
            )
            assert isinstance(second, ValueError)
            assert isinstance(third, Exception), "a unique name twice"
            assert isinstance(first, int)
            assert fourth == first + 1
            assert await store.read(names) == ["one", "three"]
            assert [change.seq for change in await store.log("trust", 0, 9)] == [first, fourth]

    asyncio.run(scenario())


def test_a_lone_write_that_raises_leaves_no_trace(place: Place) -> None:
    def fail(tx: WriteTx) -> None:
        add(tx, 1, "gone")
        raise StopIteration

    async def scenario() -> None:
        async with place.store() as store:
            await store.write(make_table)
            before = await store.last()
            with pytest.raises(StoreUnavailable):
                await store.write(fail)
            assert await store.last() == before
            assert await store.read(names) == []
            assert await store.write(partial(add, number=1, name="x")) == before + 1

    asyncio.run(scenario())


def test_a_read_is_one_consistent_view_and_cannot_write(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            await store.write(make_table)
            loop = asyncio.get_running_loop()

            def twice(tx: Tx) -> tuple[int, int]:
                before = len(names(tx))
                asyncio.run_coroutine_threadsafe(store.write(partial(add, number=1, name="x")), loop).result(10)
                return before, len(names(tx))

            assert await store.read(twice) == (0, 0)
            assert await store.read(names) == ["x"]

            def sneak(tx: Tx) -> None:
                tx.all("DELETE FROM things")

            with pytest.raises(Exception, match=r"read-?only"):
                await store.read(sneak)
            assert await store.read(names) == ["x"]

    asyncio.run(scenario())


def test_a_failing_read_does_not_disturb_the_others(place: Place) -> None:
    def wrong(tx: Tx) -> None:
        tx.one("SELECT nothing FROM nowhere")

    async def scenario() -> None:
        async with place.store() as store:
            results = await asyncio.gather(
                *(store.read(wrong) if n % 3 else store.last() for n in range(60)), return_exceptions=True
            )
            assert [isinstance(result, Exception) for result in results] == [bool(n % 3) for n in range(60)]

    asyncio.run(scenario())


def test_values_come_back_as_they_went_in(place: Place) -> None:
    rows = [(1, "ä\u2028😀", b""), (2**62, "%s?'\"", bytes(range(256))), (-1, None, None)]

    def fill(tx: WriteTx) -> None:
        tx.run("CREATE TABLE kept (id BIGINT PRIMARY KEY, name TEXT, content BYTEA)")
        tx.many("INSERT INTO kept (id, name, content) VALUES (?, ?, ?)", rows)

    def questions(tx: Tx) -> tuple[object, ...]:
        return (
            tx.all("SELECT id, name, content FROM kept ORDER BY id"),
            tx.one("SELECT COUNT(*), SUM(id) FROM kept WHERE id < ?", 10),
            tx.all("SELECT id FROM kept WHERE name LIKE '%S%' OR name = '?'"),
            tx.all("SELECT id FROM kept WHERE name LIKE ?", "%s%"),
            tx.one("SELECT id FROM kept WHERE id = 77"),
            tx.one("SELECT id FROM kept WHERE id = ?", True),
        )

    async def scenario() -> None:
        async with place.store() as store:
            await store.write(fill)
            everything, sums, upper, lower, nothing, flag = await store.read(questions)
            assert everything == sorted(rows)
            assert sums == (2, 0)
            assert upper == []
            assert lower == [(2**62,)]
            assert nothing is None
            assert flag == (1,)

    asyncio.run(scenario())


def test_ids_are_never_given_out_twice(place: Place) -> None:
    def take(tx: WriteTx) -> list[int]:
        return [next_id(tx, "items") for _ in range(3)] + [next_id(tx, "folders")]

    def take_and_fail(tx: WriteTx) -> None:
        take(tx)
        raise ValueError

    async def scenario() -> None:
        async with place.store() as store:
            taken = await asyncio.gather(*(store.write(take) for _ in range(20)))
            with contextlib.suppress(ValueError):
                await store.write(take_and_fail)
            taken.append(await store.write(take))
        async with place.store() as store:
            taken.append(await store.write(take))
        items = [number for numbers in taken for number in numbers[:3]]
        assert items == sorted(set(items))
        folders = [numbers[3] for numbers in taken]
        assert folders == sorted(set(folders))

    asyncio.run(scenario())


def test_numbers_go_on_after_reopening(place: Place) -> None:
    async def scenario() -> None:
        told: list[tuple[int, int]] = []
        async with place.store() as store:
            last = await store.write(partial(note, what="a"))
        async with place.store(lambda upto, news: told.append((upto, len(news)))) as store:
            assert told == [(last, 0)]
            assert await store.write(partial(note, what="b")) == last + 1
            assert told == [(last, 0), (last + 1, 1)]

    asyncio.run(scenario())


def test_who_stops_waiting_does_not_stop_the_write(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            await store.write(make_table)
            task = asyncio.create_task(store.write(partial(add, number=1, name="x")))
            await asyncio.sleep(0)
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
            await store.write(partial(add, number=2, name="y"))
            assert await store.read(names) == ["x", "y"]

    asyncio.run(scenario())


def test_a_closed_store_finishes_what_was_asked_and_refuses_the_rest(place: Place) -> None:
    async def scenario() -> None:
        store: Store = await open_store(place.url, place.blobs)
        waiting = [asyncio.create_task(store.write(partial(note, what=str(n)))) for n in range(50)]
        await asyncio.sleep(0)
        await store.close()
        assert len({await task for task in waiting}) == 50
        with pytest.raises(StoreUnavailable):
            await store.write(partial(note, what="late"))
        with pytest.raises(StoreUnavailable):
            await store.last()

    asyncio.run(scenario())


def test_changes_of_a_write_keep_their_order_and_are_never_parted(place: Place) -> None:
    def several(tx: WriteTx) -> int:
        for n, scope in enumerate(["a", "a", "b", "a", "directory"]):
            tx.append(PersonChanged(scope=scope, guid=str(n)))
        return tx.seq

    async def scenario() -> None:
        async with place.store() as store:
            first = await store.write(several)
            second = await store.write(several)
            assert [c.guid for c in await store.log(None, first, 99) if isinstance(c, PersonChanged)] == list("01234")
            of_a = await store.log("a", 0, 99)
            assert [(c.seq, c.guid) for c in of_a if isinstance(c, PersonChanged)] == [
                (seq, guid) for seq in (first, second) for guid in "013"
            ]
            for limit in (1, 2, 3, 4, 5):
                found: list[Change] = []
                while more := await store.log("a", found[-1].seq if found else 0, limit):
                    found += more
                assert found == of_a

    asyncio.run(scenario())


def test_what_is_posted_stands_beside_writes_and_has_no_number(place: Place) -> None:
    heard: list[int] = []

    def put(tx: RowsTx, number: int, name: str) -> str:
        tx.many("INSERT INTO things (id, name, content) VALUES (?, ?, ?)", [(number, name, b"")])
        return name

    def fail(tx: WriteTx) -> None:
        raise ValueError("no")

    async def scenario() -> None:
        async with place.store(lambda upto, _changes: heard.append(upto)) as store:
            await store.write(make_table)
            before, told = await store.last(), len(heard)
            loop = asyncio.get_running_loop()
            outcomes: list[asyncio.Future[str]] = [loop.create_future() for _ in range(4)]
            store.post(partial(put, number=1, name="one"), outcomes[0])
            assert await outcomes[0] == "one"
            assert (await store.last(), len(heard)) == (before, told)
            writes = [store.write(partial(add, number=2, name="two")), store.write(fail)]
            tasks = [asyncio.ensure_future(one) for one in writes]
            await asyncio.sleep(0)
            for number, name in ((3, "one"), (4, "four"), (5, "five")):
                store.post(partial(put, number=number, name=name), outcomes[number - 2])
            found = await asyncio.gather(*tasks, *outcomes, return_exceptions=True)
            assert [isinstance(one, Exception) for one in found] == [False, True, False, True, False, False]
            assert await store.last() == before + 1
            assert await store.read(names) == ["one", "two", "four", "five"]
            refused: asyncio.Future[str] = loop.create_future()
            await store.close()
            store.post(partial(put, number=6, name="six"), refused)
            with pytest.raises(StoreUnavailable):
                await refused

    asyncio.run(scenario())
