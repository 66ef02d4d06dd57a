"""Conversations in both databases: grouped, ordered, found by number and by message, and what is always done."""

from __future__ import annotations

import asyncio
from datetime import timedelta

from samband.model.conversation_actions import Standing, number_of
from samband.model.item_requests import DeleteType
from samband.store import conversations
from tests.store.stores import Place
from tests.store.test_items import MAILBOX, NOW, add, message, two_folders

HIGH, LOW = b"\xff" * 16, b"\x01" * 16


def test_folders_group_into_conversations(place: Place) -> None:
    async def run() -> None:
        async with place.store() as store:
            a, b = await two_folders(store)
            for minute, (folder, key, read) in enumerate([(a, HIGH, True), (a, LOW, False), (b, HIGH, False)]):
                at = NOW + timedelta(minutes=minute)
                await add(store, folder, message(conversation=key, date_time_received=at, is_read=read))
            await add(store, a, message(conversation=LOW, date_time_received=NOW - timedelta(days=1), is_read=True))
            await add(store, a, message(conversation=b"", subject="alone"))

            async def keys(folders: list[int], *orders: tuple[str, bool]) -> list[bytes]:
                return await store.read(lambda tx: conversations.in_folders(tx, folders, orders, 10, 0))

            assert await keys([a]) == [LOW, HIGH]
            assert await keys([a, b]) == [HIGH, LOW]
            assert await keys([a], ("last", False)) == [HIGH, LOW]
            assert await keys([a], ("count", True)) == [LOW, HIGH]
            assert await keys([a], ("unread", False)) == [HIGH, LOW]
            assert await keys([a], ("size", True)) == [LOW, HIGH]
            assert await keys([]) == []
            assert await store.read(lambda tx: conversations.in_folders(tx, [a], [], 1, 1)) == [HIGH]
            assert [await store.read(lambda tx, f=f: conversations.count(tx, f)) for f in ([a], [b], [a, b], [])] == [
                2,
                1,
                2,
                0,
            ]
            assert await store.read(lambda tx: conversations.all_in_folders(tx, [a])) == [LOW, HIGH]
            for key, many in ((HIGH, 2), (LOW, 2)):
                found = await store.read(lambda tx, key=key: conversations.of_number(tx, MAILBOX, number_of(key)))
                assert found == [key]
                items = await store.read(
                    lambda tx, key=key: conversations.items_of(tx, store.blobs, MAILBOX, [key], heavy=True)
                )
                assert len(items) == many
                assert items[0].properties.date_time_received > items[1].properties.date_time_received  # type: ignore[operator]
                assert items[0].properties.body is not None

    asyncio.run(run())


def test_a_message_is_found_by_its_identifier(place: Place) -> None:
    async def run() -> None:
        async with place.store() as store:
            a, _ = await two_folders(store)
            await add(store, a, message(subject="one", internet_message_id="<1@x>"))
            await add(store, a, message(subject="two", internet_message_id="<2@x>"))

            async def found(*ids: str, mailbox: str = MAILBOX) -> str:
                item = await store.read(lambda tx: conversations.of_message(tx, store.blobs, mailbox, ids))
                return "" if item is None else item.properties.subject

            assert await found("<2@x>", "<1@x>") == "two"
            assert await found("<9@x>", "<1@x>") == "one"
            assert await found("<9@x>", "") == ""
            assert await found("<1@x>", mailbox="99999999-2222-3333-4444-555555555555") == ""

    asyncio.run(run())


def test_what_is_always_done_is_kept_until_nothing_is(place: Place) -> None:
    async def run() -> None:
        always = Standing(categories=("Red",), delete=DeleteType.SOFT)
        async with place.store() as store:
            await store.write(lambda tx: conversations.put_standing(tx, MAILBOX, HIGH, Standing(folder=3)))
            await store.write(lambda tx: conversations.put_standing(tx, MAILBOX, HIGH, always))
        async with place.store() as store:
            assert await store.read(lambda tx: conversations.standing(tx, MAILBOX, HIGH)) == always
            assert await store.read(lambda tx: conversations.standing(tx, MAILBOX, LOW)) is None
            assert await store.read(lambda tx: conversations.of_number(tx, MAILBOX, number_of(HIGH))) == [HIGH]
            await store.write(lambda tx: conversations.put_standing(tx, MAILBOX, HIGH, Standing()))
            assert await store.read(lambda tx: conversations.standing(tx, MAILBOX, HIGH)) is None

    asyncio.run(run())
