"""Texts are on disk before anybody hears so, and in their conversations soon after, each of them once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Coroutine, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from samband.lync.actions import spooled_texts
from samband.lync.actions.conversation_history import ConversationHistory
from samband.model.conversation_history import Kind, Said, pair
from samband.store import kept_texts
from samband.store.api import StoreUnavailable, Tx, WriteTx
from samband.store.engine import Engine
from tests.trust.fakes import News, People, person, store

ALICE, BOB = (f"{name}@contoso.test" for name in ("alice", "bob"))
TWO = Said(kind=Kind.TWO, place=pair(ALICE, BOB), session="s1", sender=ALICE, receivers=(BOB,), content="hello")
NOW = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class World:
    """A history over a store; ``another`` is that of the next process."""

    def __init__(self, engine: Engine) -> None:
        self.store = engine
        self.people = People()
        self.people.put(person("alice"), person("bob"))
        self.heard = 0
        self._marks = itertools.count(1)
        self.history = self.another()

    def another(self) -> ConversationHistory:
        def mark() -> str:
            return f"mark{next(self._marks)}"

        self.history = ConversationHistory(self.store, self.people, lambda: NOW, mark)  # type: ignore[arg-type]
        self.history.listen(self._hear)
        return self.history

    def _hear(self) -> None:
        self.heard += 1

    async def spooled(self) -> int:
        return await self._count("spooled_texts")

    async def filed(self) -> list[tuple[str, str]]:
        """Kind and content of what is in conversations."""

        def work(tx: Tx) -> list[Any]:
            return tx.all(
                "SELECT h.kind, t.content FROM conversation_history_texts t JOIN conversation_history h "
                "ON h.id = t.conversation ORDER BY t.conversation, t.number"
            )

        return [(str(kind), str(content)) for kind, content in await self.store.read(work)]

    async def conversations(self) -> int:
        return await self._count("conversation_history")

    async def _count(self, table: str) -> int:
        def work(tx: Tx) -> int:
            (row,) = tx.all(f"SELECT count(*) FROM {table}")
            return int(str(row[0]))

        return await self.store.read(work)

    async def until(self, look: Callable[[], Coroutine[None, None, object]]) -> None:
        for _ in range(4000):
            if await look():
                return
            await asyncio.sleep(0.005)
        raise AssertionError(await self.filed())


def play(folder: Path, scene: Callable[[World], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        async with store(folder, News()) as engine:
            world = World(engine)
            await scene(world)
            await world.history.close()

    asyncio.run(run())


@pytest.fixture(autouse=True)
def _not_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """However slow the machine is, nothing is filed before it is looked at."""
    monkeypatch.setattr(spooled_texts, "GATHERING", 3600.0)


@pytest.fixture
def _soon(_not_by_itself: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled_texts, "GATHERING", 0.01)
    monkeypatch.setattr(spooled_texts, "AGAIN", 0.01)


def said(content: str) -> Said:
    return replace(TWO, content=content)


async def settled(waits: Any) -> None:
    if waits is not None:
        await waits


def test_what_is_kept_is_on_disk_and_in_a_conversation_later(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        texts = [f"text {number}" for number in range(5)]
        await asyncio.gather(*[settled(world.history.keep(said(one))) for one in texts])
        assert await world.spooled() == 5
        assert await world.filed() == []
        await world.history.close()
        assert await world.spooled() == 0
        assert await world.filed() == [("two", one) for one in texts]
        assert world.heard == 1

    play(tmp_path, scene)


@pytest.mark.usefixtures("_soon")
def test_texts_of_a_conversation_are_filed_together(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        other = replace(TWO, place="zoe", session="s2", content="elsewhere")
        for one in (said("first"), other, said("second"), other, said("third")):
            await settled(world.history.keep(one))

        async def all_there() -> bool:
            return len(await world.filed()) == 5

        await world.until(all_there)
        assert [content for _, content in await world.filed()] in (
            ["first", "second", "third", "elsewhere", "elsewhere"],
            ["elsewhere", "elsewhere", "first", "second", "third"],
        )
        assert await world.conversations() == 2
        assert await world.spooled() == 0

    play(tmp_path, scene)


def test_a_text_is_written_before_its_receiver_takes_it(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        text = world.history.keep_ahead(said("ahead"))
        assert text is not None

        async def written() -> bool:
            return await world.spooled() == 1

        await world.until(written)
        await asyncio.sleep(0)
        assert await world.filed() == []
        await settled(text.taken())
        await world.history.close()
        assert await world.filed() == [("two", "ahead")]

    play(tmp_path, scene)


@pytest.mark.parametrize("when", ["before", "meanwhile", "after"])
def test_a_text_that_is_not_taken_leaves_no_trace(tmp_path: Path, when: str) -> None:
    async def scene(world: World) -> None:
        # Something is being written, so that the text waits: "before" it is begun, "meanwhile" it is being written.
        first = None if when == "meanwhile" else world.history.keep(said("kept"))
        text = world.history.keep_ahead(said("refused"))
        assert text is not None
        if when == "after":
            await settled(text._batch.kept)
            await asyncio.sleep(0)
        await settled(text.not_taken())
        await settled(first)
        assert await world.spooled() == (0 if when == "meanwhile" else 1)
        await world.history.close()
        assert await world.filed() == ([] if when == "meanwhile" else [("two", "kept")])

    play(tmp_path, scene)


def test_what_is_missed_takes_the_place_of_what_was_said(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        text = world.history.keep_ahead(said("there?"))
        assert text is not None
        await settled(text._batch.kept)
        await asyncio.sleep(0)
        withdrawn = text.not_taken()
        await settled(world.history.keep(replace(TWO, kind=Kind.MISSED, content="there?")))
        assert withdrawn is not None
        assert withdrawn.done(), "what is written later is on disk later"
        assert await world.spooled() == 1
        await world.history.close()
        assert await world.filed() == [("missed", "there?")]

    play(tmp_path, scene)


def test_what_two_processes_have_is_filed_by_one_of_them(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        first = world.history
        await settled(first.keep(said("once")))
        await world.another().start()
        await settled(first.keep(said("again")))
        await first.close()
        await settled(world.history.keep(said("the other's")))
        await world.history.close()
        assert [content for _, content in await world.filed()] == ["once", "again", "the other's"]

    play(tmp_path, scene)


def test_what_a_process_left_is_filed_by_the_next_once(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        dead = world.history
        for number in range(450):
            dead.keep(said(f"{number}"))
        # Its receiver may have it or not: nobody knows any more.
        text = dead.keep_ahead(said("under way"))
        assert text is not None
        await settled(text._batch.kept)
        await world.another().start()
        assert [content for _, content in await world.filed()] == [*map(str, range(450)), "under way"]
        assert await world.spooled() == 0
        await world.another().start()
        assert len(await world.filed()) == 451

    play(tmp_path, scene)


@pytest.mark.usefixtures("_soon")
def test_a_text_that_cannot_be_filed_takes_no_other_with_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record = kept_texts.record

    def refusing(tx: WriteTx, texts: Sequence[kept_texts.Keeping]) -> list[str]:
        if any(one.said.content == "poison" for one in texts):
            raise ValueError("poison")
        return record(tx, texts)

    monkeypatch.setattr(kept_texts, "record", refusing)

    async def scene(world: World) -> None:
        assert world.history.keep(said("\ud800")) is None
        for one in ("first", "poison", "third"):
            await settled(world.history.keep(said(one)))

        async def all_gone() -> bool:
            return await world.spooled() == 0

        await world.until(all_gone)
        assert [content for _, content in await world.filed()] == ["first", "third"]

    play(tmp_path, scene)


@pytest.mark.usefixtures("_soon")
def test_what_the_store_cannot_file_now_is_filed_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    record, refused = kept_texts.record, itertools.count(1)

    def refusing(tx: WriteTx, texts: Sequence[kept_texts.Keeping]) -> list[str]:
        if next(refused) <= 2:
            raise StoreUnavailable("the disk is full")
        return record(tx, texts)

    monkeypatch.setattr(kept_texts, "record", refusing)

    async def scene(world: World) -> None:
        await settled(world.history.keep(said("patient")))

        async def filed() -> bool:
            return await world.spooled() == 0

        await world.until(filed)
        assert await world.filed() == [("two", "patient")]

    play(tmp_path, scene)


@pytest.mark.usefixtures("_soon")
def test_what_fails_unexpectedly_stops_nothing_that_comes_later(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        def fail() -> None:
            fails.append(True)
            if len(fails) == 1:
                raise RuntimeError("a hearer")

        fails: list[bool] = []
        world.history.listen(fail)
        await settled(world.history.keep(said("first")))

        async def failed() -> bool:
            return bool(fails)

        await world.until(failed)
        await settled(world.history.keep(said("second")))

        async def filed() -> bool:
            return await world.spooled() == 0

        await world.until(filed)
        assert await world.filed() == [("two", "first"), ("two", "second")]

    play(tmp_path, scene)


def test_too_many_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spooled_texts, "MOST_SPOOLED", 2)

    async def scene(world: World) -> None:
        for number in range(3):
            await settled(world.history.keep(said(f"{number}")))
        assert await world.spooled() == 2

    play(tmp_path, scene)
