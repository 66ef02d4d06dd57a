"""Sessions of the web client: kept, used, ended with a word to every process, and limited; on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from samband.model.changes import Change, OwaSessionEnded
from samband.model.owa_sessions import OwaSession
from samband.store import owa_sessions as rows
from samband.store.api import WriteTx
from tests.store.stores import Place


def session(key: str, used: int, guid: str = "alice") -> OwaSession:
    return OwaSession(key, guid, b"\x00mark", 100, used)


def test_sessions_are_kept_used_and_ended(place: Place) -> None:
    async def scenario() -> None:
        told: list[Change] = []

        def hear(_: int, changes: Sequence[Change]) -> None:
            told.extend(changes)

        async with place.store(hear) as store:
            await store.write(lambda tx: rows.put(tx, session("a", 100)))
            await store.write(lambda tx: rows.touch(tx, "a", 300))
            await store.write(lambda tx: rows.touch(tx, "a", 200))
            assert await store.read(lambda tx: rows.get(tx, "a")) == session("a", 300)
            assert await store.read(lambda tx: rows.get(tx, "b")) is None
            for _ in range(2):
                await store.write(lambda tx: rows.remove(tx, "a"))
            assert await store.read(lambda tx: rows.get(tx, "a")) is None
        assert [one.key for one in told if isinstance(one, OwaSessionEnded)] == ["a"]

    asyncio.run(scenario())


def test_old_ones_go_and_the_least_used_make_room(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:

            def fill(tx: WriteTx) -> None:
                for number in range(4):
                    rows.put(tx, session(f"a{number}", 200 + number))
                    rows.put(tx, session(f"b{number}", 300 + number, "bob"))

            await store.write(fill)

            async def left() -> list[str]:
                return [
                    str(one[0])
                    for one in await store.read(lambda tx: tx.all("SELECT key FROM owa_sessions ORDER BY key"))
                ]

            await store.write(lambda tx: rows.remove_old(tx, 200, 0))
            assert await left() == ["a1", "a2", "a3", "b0", "b1", "b2", "b3"]
            await store.write(lambda tx: rows.make_room(tx, "alice", 3, 100))
            assert await left() == ["a2", "a3", "b0", "b1", "b2", "b3"]
            await store.write(lambda tx: rows.make_room(tx, "carol", 3, 4))
            assert await left() == ["b1", "b2", "b3"]
            await store.write(lambda tx: rows.remove_old(tx, 0, 100))
            assert await left() == []

    asyncio.run(scenario())
