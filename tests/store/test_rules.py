"""Inbox rules, and who was told of an absence, on every database."""

from __future__ import annotations

import asyncio

from samband.model.item_values import EmailAddress
from samband.model.rules import Actions, Predicates, Rule, SizeRange
from samband.store import oof, rules
from samband.store.api import WriteTx
from tests.store.stores import Place

RULES = [
    Rule(
        id=1 << 40,
        display_name="Ä \U0001f4e8",
        priority=2**31 - 1,
        conditions=Predicates(within_size_range=SizeRange(0, None), contains_subject_strings=("x",)),
        actions=Actions(redirect_to_recipients=(EmailAddress("B", "b@x.test"),)),
    ),
    Rule(id=7, display_name="first", priority=1, is_enabled=False, actions=Actions(move_to_folder=3)),
]


def test_rules_are_kept_whole_and_come_back_in_their_order(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            size = await store.write(lambda tx: rules.put(tx, "alice", RULES))
            assert size > 0
            await store.write(lambda tx: rules.put(tx, "bob", RULES[1:]))
        async with place.store() as store:
            assert await store.read(lambda tx: rules.of(tx, "alice")) == [RULES[1], RULES[0]]
            assert await store.write(lambda tx: rules.put(tx, "alice", [])) == 0
            assert await store.read(lambda tx: rules.of(tx, "alice")) == []
            assert await store.read(lambda tx: rules.of(tx, "bob")) == [RULES[1]]

    asyncio.run(scenario())


def test_everybody_is_told_once_until_it_is_forgotten(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:

            def told(tx: WriteTx) -> list[bool]:
                asked = (("alice", "Z@x.test"), ("alice", "z@X.test"), ("bob", "z@x.test"))
                return [oof.remember_answer(tx, mailbox, address) for mailbox, address in asked]

            assert await store.write(told) == [True, False, True]
            await store.write(lambda tx: oof.forget_answers(tx, "alice"))
        async with place.store() as store:
            assert await store.write(told) == [True, False, False]

    asyncio.run(scenario())
