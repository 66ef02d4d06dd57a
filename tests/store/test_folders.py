"""Folders and what finds items in them, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
from msgspec.structs import replace

from samband.model.changes import FolderCreated, FolderDeleted, FolderModified, FolderMoved
from samband.model.folders import FolderPermission, FolderProperties
from samband.model.item_queries import AnyOf, Condition
from samband.model.items import ItemKind, MessageProperties
from samband.store import (
    folder_contents,
    folders,
    item_changes,
    item_conditions,
    item_lists,
    item_places,
    item_search,
    items,
)
from samband.store.api import Blobs, Tx, WriteTx
from samband.store.engine import Engine
from samband.store.items import Tally
from tests.store.stores import Place

BOX = "0f0e0d0c-0b0a-0908-0706-050403020100"
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def play(place: Place, story: Callable[[Engine], Any]) -> None:
    async def scene() -> None:
        async with place.store() as store:
            await asyncio.wait_for(story(store), 30)

    asyncio.run(scene())


def put(tx: WriteTx, blobs: Blobs, folder: int, subject: str, minute: int, **more: Any) -> int:
    tally = Tally()
    properties = MessageProperties(subject=subject, date_time_received=NOON + timedelta(minutes=minute), **more)
    item = items.insert(tx, blobs, tally, BOX, folder, ItemKind.MESSAGE, "IPM.Note", properties)
    tally.settle(tx)
    return item.id


def test_a_folder_reads_back_as_it_was_written(place: Place) -> None:
    properties = FolderProperties(
        extended={"0x3004:String": "å"}, permissions=(FolderPermission(user="Default", level="Reviewer"),)
    )

    async def story(store: Engine) -> None:
        row = await store.write(lambda tx: folders.insert(tx, BOX, 0, "root", "", NOON, default_key="root"))
        one = await store.write(
            lambda tx: folders.insert(tx, BOX, row, "Ärenden", "IPF.Note", NOON, properties=properties)
        )
        found = await store.read(lambda tx: folders.get(tx, one))
        assert found is not None
        assert (found.name, found.parent, found.folder_class, found.default) == ("Ärenden", row, "IPF.Note", False)
        assert (found.created, found.properties, found.change_key) == (NOON, properties, found.created_seq)
        assert await store.read(lambda tx: folders.child_by_name(tx, BOX, row, "ÄRENDEN")) == found
        assert await store.read(lambda tx: folders.defaults(tx, BOX)) == {"root": row}
        assert await store.read(lambda tx: [f.id for f in folders.of_mailbox(tx, BOX)]) == [row, one]
        assert await store.read(lambda tx: [f.id for f in folders.children(tx, BOX, row)]) == [one]
        parent = await store.read(lambda tx: folders.get(tx, row))
        assert parent is not None
        assert parent.children == 1
        assert await store.read(lambda tx: folders.get(tx, 1)) is None

    play(place, story)


def test_every_write_is_told(place: Place) -> None:
    async def story(store: Engine) -> None:
        root = await store.write(lambda tx: folders.insert(tx, BOX, 0, "root", "", NOON))
        one = await store.write(lambda tx: folders.insert(tx, BOX, root, "One", "", NOON))
        two = await store.write(lambda tx: folders.insert(tx, BOX, root, "Two", "", NOON))
        start = await store.last()

        def change(tx: WriteTx) -> None:
            found = folders.get(tx, one)
            assert found is not None
            folders.update(tx, replace(found, name="Uno"))

        def move(tx: WriteTx) -> None:
            found = folders.get(tx, one)
            assert found is not None
            folders.move(tx, found, two, found.name)

        def remove(tx: WriteTx) -> None:
            found = folders.get(tx, one)
            assert found is not None
            folders.remove(tx, found)

        await store.write(change)
        await store.write(move)
        assert await store.read(lambda tx: folders.gone_after(tx, BOX, start)) == [(one, root)]
        await store.write(remove)
        told = await store.log(BOX, 0, 100)
        assert [type(change) for change in told] == [FolderCreated] * 3 + [FolderModified, FolderMoved, FolderDeleted]
        assert await store.read(lambda tx: folders.gone_after(tx, BOX, start)) == [(one, root), (one, two)]
        assert await store.read(lambda tx: folders.changed_after(tx, BOX, start))
        last = await store.last()
        assert not await store.read(lambda tx: folders.changed_after(tx, BOX, last))

    play(place, story)


def test_siblings_differ_in_more_than_case(place: Place) -> None:
    async def story(store: Engine) -> None:
        root = await store.write(lambda tx: folders.insert(tx, BOX, 0, "root", "", NOON))
        await store.write(lambda tx: folders.insert(tx, BOX, root, "One", "", NOON))
        with pytest.raises(Exception, match=r"(?i)unique"):
            await store.write(lambda tx: folders.insert(tx, BOX, root, "ONE", "", NOON))

    play(place, story)


def test_counts_follow_what_is_done(place: Place) -> None:
    async def story(store: Engine) -> None:
        root = await store.write(lambda tx: folders.insert(tx, BOX, 0, "root", "", NOON))
        before = await store.last()

        def count(tx: WriteTx) -> None:
            folders.adjust_counts(tx, root, 3, 2)
            folders.adjust_counts(tx, root, 0, 0)
            folders.adjust_counts(tx, root, -1, -1)
            folders.adjust_counts(tx, 1, 5, 5)

        await store.write(count)
        found = await store.read(lambda tx: folders.get(tx, root))
        assert found is not None
        assert (found.total, found.unread, found.change_key) == (2, 1, before)
        told = await store.log(BOX, before, 10)
        assert [change.unread for change in told if isinstance(change, FolderModified)] == [2, 1]

    play(place, story)


def test_what_became_of_items_is_read_in_order(place: Place) -> None:
    async def story(store: Engine) -> None:
        rows = [await store.write(lambda tx, n=n: put(tx, store.blobs, 7, f"{n}", n)) for n in range(4)]  # type: ignore[misc]
        hidden = await store.write(lambda tx: put(tx, store.blobs, 7, "hidden", 9, is_associated=True))
        start = await store.last()

        def work(tx: WriteTx) -> None:
            tally = Tally()
            first, second, third = (items.get(tx, store.blobs, row) for row in rows[:3])
            assert first and second and third
            items.set_read(tx, tally, first, True)
            items.update(tx, store.blobs, tally, second, replace(second.properties, subject="x"))
            item_places.remove(tx, tally, third)
            tally.settle(tx)

        await store.write(work)
        now = await store.last()

        def look(tx: Tx) -> None:
            known = rows[-1]
            written = item_changes.written_after(tx, 7, start, item_changes.LAST_ROW, known, False, 10)
            assert [(one.item, one.seq, one.content_seq > start) for one in written] == [
                (rows[0], now, False),
                (rows[1], now, True),
            ]
            assert [one.item for one in item_changes.written_after(tx, 7, now, rows[0], known, False, 10)] == [rows[1]]
            assert [one.item for one in item_changes.written_after(tx, 7, start, 0, rows[0], False, 10)] == [rows[0]]
            left = item_changes.left_after(tx, 7, start, 0, known, False, 10)
            assert left == [item_changes.Left(rows[2], now)]
            assert not item_changes.left_after(tx, 7, start, 0, rows[1], False, 10)
            new = item_changes.arrived_after(tx, 7, rows[0], False, 10)
            assert [head.id for head in new] == [rows[1], rows[3]]
            assert [head.id for head in item_changes.arrived_after(tx, 7, rows[3], True, 10)] == [hidden]
            assert set(item_changes.heads(tx, [*rows, 1])) == {rows[0], rows[1], rows[3]}

        await store.read(look)

    play(place, story)


@pytest.mark.parametrize(
    ("conditions", "exact", "found"),
    [
        ((), True, "dcba"),
        ((Condition("subject", "=", "b"),), True, "b"),
        ((Condition("subject", "<", "c"),), False, "dcba"),
        ((Condition("subject", "contains", "C"),), False, "c"),
        ((Condition("subject", "begins", "%"),), False, ""),
        ((Condition("received", ">=", NOON + timedelta(minutes=1)),), True, "dcb"),
        ((Condition("received", "<", NOON + timedelta(minutes=1)),), True, "a"),
        ((AnyOf(((Condition("subject", "=", "a"),), (Condition("is_read", "=", False),))),), True, "dba"),
        ((AnyOf(((Condition("subject", "=", "a"),), (Condition("unheard_of", "=", 1),))),), False, "dcba"),
        ((Condition("received", ">", NOON + timedelta(minutes=1)),), False, "dcb"),
        ((Condition("received", "<=", NOON + timedelta(minutes=1)),), False, "ba"),
        ((Condition("size", ">", 0), Condition("size", "<", 1)), True, ""),
        ((Condition("is_read", "=", False),), True, "db"),
        ((Condition("is_read", "=", True),), False, "dcba"),
        ((Condition("unheard_of", "=", 1),), False, "dcba"),
    ],
)
def test_columns_are_searched(place: Place, conditions: tuple[Condition, ...], exact: bool, found: str) -> None:
    async def story(store: Engine) -> None:
        def fill(tx: WriteTx) -> None:
            for number, name in enumerate("abcd"):
                put(tx, store.blobs, 7, name, number, is_read=number % 2 == 0)
            put(tx, store.blobs, 7, "hidden", 9, is_associated=True)
            put(tx, store.blobs, 8, "elsewhere", 9)

        await store.write(fill)

        def look(tx: Tx) -> None:
            where = item_conditions.where(tx, BOX, [7], False, conditions)
            assert where.exact is exact
            total = item_search.count(tx, where)
            assert total == len(found)
            page = item_search.page(tx, store.blobs, where, (), item_search.Span(10, 0, total))
            assert "".join(item.properties.subject for item in page) == found
            heads = item_search.heads(tx, where, (), item_search.Span(10, 0, total))
            assert [head.id for head in heads] == [item.id for item in page]
            for offset in range(total):
                before = item_search.sort_values(tx, (), page[offset - 1].id) if offset else ()
                heads = item_search.heads(tx, where, (), item_search.Span(2, offset, total, before))
                assert [head.id for head in heads] == [item.id for item in page[offset : offset + 2]]
            for whole in (True, False):
                read = item_search.through(tx, store.blobs, where, heavy=whole, attachments=whole)
                assert [item.id for item in read] == sorted(item.id for item in page)

        await store.read(look)

    play(place, story)


def test_rows_without_a_value_are_least(place: Place) -> None:
    async def story(store: Engine) -> None:
        def fill(tx: WriteTx) -> None:
            for name, start in (("late", 20), ("never", None), ("early", 10)):
                put(tx, store.blobs, 7, name, 0)
                tx.run("UPDATE items SET start_time = ? WHERE subject = ?", start, name)

        await store.write(fill)
        where = await store.read(lambda tx: item_conditions.where(tx, BOX, [7], False))
        for down, order in ((False, ["never", "early", "late"]), (True, ["late", "early", "never"])):
            look = partial(
                item_search.page,
                blobs=store.blobs,
                found=where,
                orders=[("start_time", down)],
                span=item_search.Span(10, 0, 3),
            )
            page = await store.read(look)
            assert [item.properties.subject for item in page] == order

    play(place, story)


def test_what_a_folder_amounts_to(place: Place) -> None:
    async def story(store: Engine) -> None:
        here, other = [
            await store.write(lambda tx, name=name: folders.insert(tx, BOX, 0, name, "", NOON))  # type: ignore[misc]
            for name in "ab"
        ]
        assert await store.read(lambda tx: folder_contents.size_of_folder(tx, here)) == 0
        row = await store.write(lambda tx: put(tx, store.blobs, here, "a", 0))
        await store.write(lambda tx: put(tx, store.blobs, other, "b", 0))
        one, all_ = await store.read(
            lambda tx: (folder_contents.size_of_folder(tx, here), folder_contents.size_of_mailbox(tx, BOX))
        )
        assert 0 < one < all_
        before = await store.read(lambda tx: folder_contents.last_change(tx, here))

        def remove(tx: WriteTx) -> None:
            tally = Tally()
            item_places.remove(tx, tally, item_lists.in_folder(tx, store.blobs, here)[0])
            tally.settle(tx)

        await store.write(remove)
        assert await store.read(lambda tx: folder_contents.last_change(tx, here)) == await store.last() > before > 0
        assert row

    play(place, story)
