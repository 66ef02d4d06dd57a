"""Items: what is written is what is read, places and counts add up, and every change is told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import pytest

from samband.model.changes import Change, ItemCopied, ItemCreated, ItemDeleted, ItemModified, ItemMoved
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import Attachment, CalendarProperties, Item, ItemKind, ItemProperties, MessageProperties
from samband.store import attachments as hanging
from samband.store import calendar, folders, item_lists, item_places, items
from samband.store.api import WriteTx
from samband.store.attachments import NewAttachment
from samband.store.engine import Engine
from samband.store.items import Tally
from tests.store.stores import Place

T = TypeVar("T")
MAILBOX = "11111111-2222-3333-4444-555555555555"
NOW = datetime(2027, 3, 1, 12, tzinfo=UTC)


def message(**more: object) -> MessageProperties:
    plain = {
        "subject": "Hello",
        "body": Body(BodyKind.TEXT, "Some words"),
        "date_time_received": NOW,
        "internet_headers": (("X-One", "1"),),
        "to_recipients": (EmailAddress("Bob", "bob@contoso.test"),),
    }
    return MessageProperties(**{**plain, **more})  # type: ignore[arg-type]


async def two_folders(store: Engine) -> tuple[int, int]:
    def make(tx: WriteTx) -> tuple[int, int]:
        root = folders.insert(tx, MAILBOX, 0, "root", "IPF", NOW)
        return tuple(folders.insert(tx, MAILBOX, root, name, "IPF.Note", NOW) for name in "ab")  # type: ignore[return-value]

    return await store.write(make)


async def add(
    store: Engine, folder: int, properties: ItemProperties, *attachments: NewAttachment, mime: bytes = b""
) -> Item:
    kind = ItemKind.CALENDAR_ITEM if isinstance(properties, CalendarProperties) else ItemKind.MESSAGE

    def work(tx: WriteTx) -> Item:
        tally = Tally()
        item = items.insert(
            tx, store.blobs, tally, MAILBOX, folder, kind, "IPM.Note", properties, attachments, mime=mime
        )
        tally.settle(tx)
        return item

    return await store.write(work)


async def counts(store: Engine, folder: int) -> tuple[int, int]:
    found = await store.read(lambda tx: folders.get(tx, folder))
    assert found is not None
    return found.total, found.unread


async def told(store: Engine, after: int) -> list[Change]:
    log = await store.log(MAILBOX, after, 100)
    return [change for change in log if type(change).__name__.startswith("Item")]


@pytest.mark.parametrize("length", [10, 100_000])
def test_an_item_reads_back_whole_whatever_its_size(place: Place, length: int) -> None:
    async def run() -> None:
        async with place.store() as store:
            folder, _ = await two_folders(store)
            wanted = message(body=Body(BodyKind.HTML, "å" * length))
            file = NewAttachment(Attachment(id=0, name="a.bin", content_id="c"), b"\0" * length)
            made = await add(store, folder, wanted, file, mime=b"m" * length)
            found = await store.read(lambda tx: items.get(tx, store.blobs, made.id))
            assert found == made
            assert found.properties == msgspec.structs.replace(wanted, has_attachments=True)
            assert found.size > 3 * length
            assert await store.read(lambda tx: items.mime(tx, store.blobs, made.id)) == b"m" * length
            row = found.attachments[0].id
            assert await store.read(lambda tx: hanging.content(tx, store.blobs, row)) == b"\0" * length
            light = (await store.read(lambda tx: item_lists.in_folder(tx, store.blobs, folder)))[0]
            assert light.partial and light.properties.body is None and light.properties.subject == "Hello"
            with pytest.raises(ValueError, match="without its body"):
                await store.write(lambda tx: items.update(tx, store.blobs, Tally(), light, wanted))

    asyncio.run(run())


def test_counts_follow_what_happens_to_items(place: Place) -> None:
    async def run() -> None:
        async with place.store() as store:
            a, b = await two_folders(store)
            one = await add(store, a, message())
            await add(store, a, message(is_read=True))
            await add(store, a, message(is_associated=True))
            assert await counts(store, a) == (2, 1)

            def settle(work: object) -> object:
                def inside(tx: WriteTx) -> object:
                    tally = Tally()
                    result = work(tx, tally)  # type: ignore[operator]
                    tally.settle(tx)
                    return result

                return inside

            read = await store.write(settle(lambda tx, tally: items.set_read(tx, tally, one, True)))  # type: ignore[arg-type]
            assert await counts(store, a) == (2, 0)
            await store.write(settle(lambda tx, tally: items.set_read(tx, tally, read, False)))  # type: ignore[arg-type]
            assert await counts(store, a) == (2, 1)
            moved = await store.write(settle(lambda tx, tally: item_places.move(tx, tally, one, b)))  # type: ignore[arg-type]
            assert (await counts(store, a), await counts(store, b)) == ((1, 0), (1, 1))
            await store.write(settle(lambda tx, tally: item_places.copy(tx, tally, moved, MAILBOX, a)))  # type: ignore[arg-type]
            assert (await counts(store, a), await counts(store, b)) == ((2, 1), (1, 1))
            await store.write(settle(lambda tx, tally: item_places.remove(tx, tally, moved)))  # type: ignore[arg-type]
            assert await counts(store, b) == (0, 0)

    asyncio.run(run())


def test_every_write_is_told_and_found_after_a_state(place: Place) -> None:
    async def run() -> None:
        async with place.store() as store:
            a, b = await two_folders(store)
            state = await store.last()
            file = NewAttachment(Attachment(id=0, name="f"), b"x")
            one = await add(store, a, message(), file, mime=b"m")
            tally = Tally()
            await store.write(lambda tx: items.update(tx, store.blobs, tally, one, message(subject="New")))
            whole = await store.read(lambda tx: items.get(tx, store.blobs, one.id))
            assert whole is not None and whole.properties.subject == "New"
            await store.write(lambda tx: items.set_read(tx, tally, whole, True))
            changed = await store.read(lambda tx: item_lists.changed_after(tx, a, state, 10))
            assert [(row.item, row.created_seq, row.content_seq) for row in changed] == [
                (one.id, one.created_seq, one.created_seq + 1)
            ]
            assert changed[0].seq == changed[0].content_seq + 1
            whole = await store.read(lambda tx: items.get(tx, store.blobs, one.id))
            assert whole is not None
            moved = await store.write(lambda tx: item_places.move(tx, tally, whole, b))
            copied = await store.write(lambda tx: item_places.copy(tx, tally, moved, MAILBOX, a))
            await store.write(lambda tx: item_places.remove(tx, tally, moved))
            kinds = [type(change) for change in await told(store, state)]
            assert kinds == [ItemCreated, ItemModified, ItemModified, ItemMoved, ItemCopied, ItemDeleted]
            assert [row.item for row in await store.read(lambda tx: item_lists.gone_after(tx, a, state, 9))] == [one.id]
            assert [row.item for row in await store.read(lambda tx: item_lists.gone_after(tx, b, state, 9))] == [
                moved.id
            ]
            kept = await store.read(lambda tx: items.get(tx, store.blobs, copied.id))
            assert kept is not None and kept.properties == whole.properties
            content = await store.read(lambda tx: hanging.contents(tx, store.blobs, copied.id))
            assert [part.content for part in content] == [b"x"]
            assert await store.read(lambda tx: hanging.of_items(tx, [one.id, moved.id])) == {}

    asyncio.run(run())


def test_a_calendar_item_is_indexed_where_it_stands(place: Place) -> None:
    async def run() -> None:
        async with place.store() as store:
            a, b = await two_folders(store)
            made = await add(store, a, CalendarProperties(subject="Meet", start=NOW, end=NOW, uid="u"))
            moved = await store.write(lambda tx: item_places.move(tx, Tally(), made, b))
            assert await store.read(lambda tx: calendar.by_uid(tx, MAILBOX, "u")) == [(moved.id, b)]
            await store.write(lambda tx: item_places.remove(tx, Tally(), moved))
            assert await store.read(lambda tx: calendar.by_uid(tx, MAILBOX, "u")) == []

    asyncio.run(run())
