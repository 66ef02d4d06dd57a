"""Delegates and management rights, on every database."""

from __future__ import annotations

import asyncio

from samband.model.delegates import Delegate, DeliverMeetingRequests
from samband.model.rights import GrantedRight, Right
from samband.store import delegates, rights
from tests.store.stores import Place


def test_delegates_are_kept_changed_and_forgotten(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            bob, carol = Delegate(guid="bob", receive_copies=True), Delegate(guid="carol", view_private_items=True)
            for one in (bob, carol, Delegate(guid="bob")):
                await store.write(lambda tx, one=one: delegates.put(tx, "alice", one))
            await store.write(lambda tx: delegates.put(tx, "dave", bob))
            assert await store.read(lambda tx: delegates.of_mailbox(tx, "alice")) == [Delegate(guid="bob"), carol]
            assert await store.read(lambda tx: delegates.get(tx, "dave", "bob")) == bob
            assert [await store.write(lambda tx: delegates.remove(tx, "alice", "carol")) for _ in (1, 2)] == [
                True,
                False,
            ]
            await store.write(lambda tx: delegates.forget(tx, "bob"))
            assert (
                await store.read(lambda tx: delegates.of_mailbox(tx, "alice") + delegates.of_mailbox(tx, "dave")) == []
            )
            assert await store.read(lambda tx: delegates.delivery(tx, "alice")) is DeliverMeetingRequests.NO_FORWARD
            for deliver in DeliverMeetingRequests:
                await store.write(lambda tx, deliver=deliver: delegates.set_delivery(tx, "alice", deliver))
                assert await store.read(lambda tx: delegates.delivery(tx, "alice")) is deliver

    asyncio.run(scenario())


def test_rights_are_given_once_and_forgotten_with_who_is_gone(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            one = GrantedRight(Right.SEND_AS, "bob", "alice")
            other, all_ = GrantedRight(Right.SEARCH, "carol"), GrantedRight(Right.SEND_AS, "carol", "bob")
            for granted, new in ((one, True), (one, False), (other, True), (all_, True)):
                assert await store.write(lambda tx, granted=granted: rights.give(tx, granted)) is new
            assert await store.read(rights.everything) == [other, one, all_]
            assert [await store.write(lambda tx: rights.take(tx, other)) for _ in (1, 2)] == [True, False]
            assert [await store.write(lambda tx: rights.forget(tx, "bob")) for _ in (1, 2)] == [True, False]
            assert await store.read(rights.everything) == []

    asyncio.run(scenario())
