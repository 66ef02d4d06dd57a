"""Texts come back in the copies they belong into, until those are written, within bounds."""

from __future__ import annotations

import asyncio
import dataclasses
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from msgspec.structs import replace

from samband.model.conversation_history import Copy, Kind, Said, pair
from samband.store import conversation_history as rows
from samband.store import kept_texts
from samband.store.api import Tx
from samband.store.engine import Engine
from tests.store.stores import Place

ALICE, BOB, CAROL = (f"{name}@contoso.test" for name in ("alice", "bob", "carol"))
NAMES = {ALICE: "Alice", BOB: "Bob", CAROL: "Carol"}
OWNERS = {ALICE: "g-alice", BOB: "g-bob", CAROL: "g-carol"}
DAY = 86_400_000
TWO = Said(kind=Kind.TWO, place=pair(ALICE, BOB), session="s1", sender=ALICE, receivers=(BOB,), content="hällo")


class Keeper:
    """A store, and a clock in milliseconds."""

    def __init__(self, store: Engine) -> None:
        self.store = store
        self.now = 1_700_000_000_000
        self.marks = itertools.count(1)

    async def say(self, said: Said, content: str = "") -> list[str]:
        return await self.say_all([replace(said, content=content or said.content)])

    async def say_all(self, texts: Sequence[Said]) -> list[str]:
        """Texts that are kept together."""
        keeping = [self._keeping(one) for one in texts]
        return await self.store.write(lambda tx: kept_texts.record(tx, keeping))

    def _keeping(self, said: Said) -> kept_texts.Keeping:
        self.now += 10
        return kept_texts.Keeping(said, NAMES, OWNERS, lambda: f"m{next(self.marks)}", self.now)

    async def due(self, owner: str) -> list[Copy]:
        return await self.store.read(lambda tx: rows.waiting(tx, owner, self.now + 30_000, 100))

    async def one(self, owner: str) -> Copy:
        (copy,) = await self.due(owner)
        return copy

    async def write(self, copy: Copy, item: str = "item") -> None:
        await self.store.write(lambda tx: rows.written(tx, copy, item, self.now))

    async def forget(self, quiet: int, expired: int = 0) -> tuple[int, int]:
        return await self.store.write(lambda tx: rows.forget(tx, quiet, expired))

    async def count(self) -> list[int]:
        def work(tx: Tx) -> list[int]:
            names = ("conversation_history", "conversation_history_texts", "conversation_history_members")
            found = [tx.one(f"SELECT count(*) FROM {name}") for name in names]
            return [int(str(row[0])) for row in found if row]

        return await self.store.read(work)


def test_a_conversation_grows_until_both_have_it(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            await keeper.say(TWO)
            await keeper.say(replace(TWO, sender=BOB, receivers=(ALICE,), html=True), "<b>hi</b>")
            copies = [await keeper.one(owner) for owner in ("g-alice", "g-bob")]
            for copy in copies:
                assert [(one.sender.name, one.html, one.content) for one in copy.texts] == [
                    ("Alice", False, "hällo"),
                    ("Bob", True, "<b>hi</b>"),
                ]
                assert [one.name for one in copy.parties] == ["Alice", "Bob"]
                assert (copy.last, copy.item, copy.tried, copy.grown) == (2, "", False, False)
                assert copy.started == datetime.fromtimestamp(1_700_000_000.010, UTC)
            assert copies[0].mark != copies[1].mark
            await keeper.say(TWO, "third")
            await keeper.write(copies[0])
            after = await keeper.one("g-alice")
            assert (after.item, len(after.texts)) == ("item", 3)
            await keeper.write(after)
            assert await keeper.due("g-alice") == []
            assert list(await store.read(rows.owners)) == ["g-bob"]
            assert await keeper.forget(keeper.now + 1) == (0, 0)
            assert (await keeper.count())[0] == 1
            await keeper.write(await keeper.one("g-bob"))
            assert await keeper.forget(keeper.now) == (0, 0)
            assert await keeper.forget(keeper.now + 1) == (1, 0)
            assert await keeper.count() == [0, 0, 0]

    asyncio.run(scenario())


def test_which_conversation_a_text_belongs_to(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            await keeper.say(TWO)
            await keeper.say(replace(TWO, session="s2"), "another")
            await keeper.say(replace(TWO, session=""), "goes with the latest")
            keeper.now += DAY // 2
            await keeper.say(TWO, "the same session much later")
            keeper.now += 601_000
            await keeper.say(replace(TWO, session=""), "after a silence")
            await keeper.say(replace(TWO, place=pair(ALICE, CAROL), receivers=(CAROL,)), "somebody else")
            await keeper.say(replace(TWO, kind=Kind.CONFERENCE), "a conference")
            found = [[one.content for one in copy.texts] for copy in await keeper.due("g-alice")]
            assert found == [
                ["hällo", "the same session much later"],
                ["another", "goes with the latest"],
                ["after a silence"],
                ["somebody else"],
                ["a conference"],
            ]

    asyncio.run(scenario())


TALK = (
    TWO,
    replace(TWO, sender=BOB, receivers=(ALICE,), content="back"),
    replace(TWO, session="s2", content="another"),
    replace(TWO, session="", content="goes with the latest"),
    replace(TWO, content="the first again"),
    replace(TWO, kind=Kind.MISSED, content="missed"),
    replace(TWO, kind=Kind.CONFERENCE, place="conf", session="", content="to bob"),
    replace(TWO, kind=Kind.CONFERENCE, place="conf", session="", receivers=(BOB, CAROL), content="to both"),
    replace(TWO, session="s2", content="more"),
)


@pytest.mark.parametrize("parts", [(9,), (1, 8), (4, 5), (2, 2, 2, 3)])
def test_texts_kept_together_are_as_those_kept_one_by_one(place: Place, parts: Sequence[int]) -> None:
    async def copies(keeper: Keeper) -> list[Copy]:
        return [dataclasses.replace(copy, mark="") for owner in OWNERS.values() for copy in await keeper.due(owner)]

    def contents(found: Sequence[Copy]) -> list[object]:
        return [(one.owner, one.kind, one.parties, one.texts, one.last, one.started) for one in found]

    async def scenario() -> None:
        async with place.store() as store:
            alone = Keeper(store)
            for one in TALK:
                await alone.say(one)
            expected = contents(await copies(alone))
            await alone.forget(alone.now + 1, alone.now + 1)
            assert await alone.count() == [0, 0, 0]
            together, start = Keeper(store), 0
            for size in parts:
                await together.say_all(TALK[start : start + size])
                start += size
            assert contents(await copies(together)) == expected
            assert len(expected) == 8

    asyncio.run(scenario())


def test_who_comes_late_has_only_what_was_said_since(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            talk = replace(TWO, kind=Kind.CONFERENCE, place="conf", session="")
            await keeper.say(talk, "to bob")
            await keeper.write(await keeper.one("g-alice"))
            await keeper.say(replace(talk, receivers=(BOB, CAROL)), "to both")
            alice, carol = await keeper.one("g-alice"), await keeper.one("g-carol")
            assert [one.content for one in alice.texts] == ["to bob", "to both"]
            assert [one.name for one in alice.parties] == ["Alice", "Bob", "Carol"]
            assert alice.grown
            assert [one.content for one in carol.texts] == ["to both"]
            await keeper.write(alice)
            await keeper.say(replace(talk, receivers=(BOB, CAROL)), "again")
            assert not (await keeper.one("g-alice")).grown

    asyncio.run(scenario())


def test_what_was_missed_is_for_the_absent_alone(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            for text in ("first", "second"):
                await keeper.say(replace(TWO, kind=Kind.MISSED), text)
            assert await keeper.due("g-alice") == []
            missed = await keeper.due("g-bob")
            assert [[one.content for one in copy.texts] for copy in missed] == [["first"], ["second"]]
            await keeper.write(missed[0])
            assert await keeper.count() == [1, 1, 2]

    asyncio.run(scenario())


def test_marks_of_an_attempt_last(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            await keeper.say(TWO)
            copy = await keeper.one("g-bob")
            await store.write(lambda tx: rows.begin(tx, copy))
            assert (await keeper.one("g-bob")).tried
            await store.write(lambda tx: rows.refused(tx, copy, keeper.now + DAY))
            assert await keeper.due("g-bob") == []
            keeper.now += DAY
            assert (await keeper.one("g-bob")).refusals == 1
            await keeper.write(copy)
            await keeper.say(TWO, "more")
            now = await keeper.one("g-bob")
            assert (now.tried, now.refusals, now.item) == (False, 0, "item")
            await store.write(lambda tx: rows.unmade(tx, copy))
            now = await keeper.one("g-bob")
            assert (now.tried, now.item) == (True, "")

    asyncio.run(scenario())


def test_bounds(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_texts, "MOST_WAITING", 2)
    monkeypatch.setattr(kept_texts, "MOST_TEXTS", 2)

    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            for number in range(3):
                assert await keeper.say(TWO, f"{number}") == []
            assert [[one.content for one in copy.texts] for copy in await keeper.due("g-bob")] == [["0", "1"], ["2"]]
            assert sorted(await keeper.say(replace(TWO, session="s2"))) == ["g-alice", "g-bob"]
            assert [[one.content for one in copy.texts] for copy in await keeper.due("g-bob")] == [["2"], ["hällo"]]
            assert await keeper.forget(keeper.now + 1) == (1, 0)
            assert await keeper.forget(keeper.now + 1, keeper.now + 1) == (2, 4)
            assert await keeper.count() == [0, 0, 0]

    asyncio.run(scenario())


def test_somebody_who_has_no_mailbox_any_more(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            keeper = Keeper(store)
            await keeper.say(TWO)
            assert await store.write(lambda tx: rows.give_up_all(tx, "g-bob")) == 1
            await keeper.say(TWO, "more")
            assert await keeper.due("g-bob") == []
            assert len((await keeper.one("g-alice")).texts) == 2

    asyncio.run(scenario())
