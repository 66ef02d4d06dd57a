"""The index of words, on every database."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.model import words
from samband.model.item_queries import AnyOf, Condition, ItemCondition, Words
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import Attachment, Item, ItemKind, MessageProperties
from samband.store import item_conditions, item_places, item_search, item_words, items
from samband.store.api import Tx, WriteTx
from samband.store.attachments import NewAttachment
from samband.store.engine import Engine
from samband.store.items import Tally
from tests.store.stores import Place

BOX, OTHER = "0f0e0d0c-0b0a-0908-0706-050403020100", "1f0e0d0c-0b0a-0908-0706-050403020100"
EVERYWHERE = "sbftcdagln"


def play(place: Place, story: Callable[[Engine], Any]) -> None:
    async def scene() -> None:
        async with place.store() as store:
            await asyncio.wait_for(story(store), 30)

    asyncio.run(scene())


def put(tx: WriteTx, store: Engine, subject: str, text: str = "", *, box: str = BOX, html: bool = False) -> Item:
    properties = MessageProperties(
        subject=subject,
        body=Body(BodyKind.HTML if html else BodyKind.TEXT, text),
        from_=EmailAddress("Ægir Ólafsson", "aegir@contoso.test"),
    )
    hanging = (NewAttachment(Attachment(id=0, name="Årsbudget_2026.xlsx"), b"x"),) if html else ()
    folder = 7 if box == BOX else 6
    return items.insert(tx, store.blobs, Tally(), box, folder, ItemKind.MESSAGE, "IPM.Note", properties, hanging)


async def catch_up(store: Engine) -> None:
    def work(tx: WriteTx) -> None:
        rows = item_words.waiting(tx, 1000)
        item_words.settle(tx, rows, item_words.entries(tx, store.blobs, rows))

    await store.write(work)


def found(tx: Tx, *conditions: ItemCondition, folder: int = 7) -> tuple[list[int], bool]:
    where = item_conditions.where(tx, BOX, [folder], False, conditions)
    total = item_search.count(tx, where)
    heads = item_search.heads(tx, where, (), item_search.Span(1000, 0, total))
    assert len(heads) == total
    return sorted(head.id for head in heads), where.exact


async def two(store: Engine) -> tuple[int, int]:
    """Two messages of one mailbox and one of another."""

    def work(tx: WriteTx) -> tuple[int, int]:
        put(tx, store, "Barn of somebody else", box=OTHER)
        one = put(tx, store, "The old Barn", "Straße und Größe")
        return one.id, put(tx, store, "Barnacles", "<p>old <b>hay</b><script>secret</script></p>", html=True).id

    return await store.write(work)


@pytest.mark.parametrize(
    ("conditions", "exact", "which"),
    [
        ((Words("s", "barn"),), True, "ab"),
        ((Words("s", "BARN", ends=True),), True, "a"),
        ((Words("sb", "old"),), True, "ab"),
        ((Words("s", "old barn", ends=True),), False, "a"),
        ((Words("s", "old"), Words("b", "stras")), True, "a"),
        ((Words("s", "ld ba", begins=False),), False, "ab"),
        ((Words("b", "GRÖSSE"),), True, "a"),
        ((Words("b", "secret"),), True, ""),
        ((Words("b", "hay", ends=True),), True, "b"),
        ((Words("a", "årsbudget_2026"),), True, "b"),
        ((Words("f", "ólafs"),), True, "ab"),
        ((Words(EVERYWHERE, "contoso"),), True, "ab"),
        ((Words(EVERYWHERE, "nowhere"),), True, ""),
        ((Words("s", "'\" ():*&"),), False, "ab"),
        ((Words("s", "old"), Condition("subject", "=", "Barnacles")), True, ""),
        ((AnyOf(((Words("b", "hay"),), (Condition("subject", "=", "The old Barn"),))),), True, "ab"),
    ],
)
def test_words_are_found(place: Place, conditions: tuple[ItemCondition, ...], exact: bool, which: str) -> None:
    async def story(store: Engine) -> None:
        a, b = await two(store)
        before, certain = await store.read(lambda tx: found(tx, *conditions))
        assert not certain or which == "ab"
        assert {a, b} >= set(before) >= {{"a": a, "b": b}[one] for one in which}, "what is not indexed may be meant"
        await catch_up(store)
        assert await store.read(lambda tx: item_words.waiting(tx, 10)) == []
        rows, now_exact = await store.read(lambda tx: found(tx, *conditions))
        assert (rows, now_exact) == ([{"a": a, "b": b}[one] for one in which], exact)

    play(place, story)


def test_the_index_follows_what_becomes_of_items(place: Place) -> None:
    async def story(store: Engine) -> None:
        a, b = await two(store)
        await catch_up(store)

        def change(tx: WriteTx) -> tuple[int, int]:
            tally = Tally()
            one, other = (items.get(tx, store.blobs, row) for row in (a, b))
            assert one is not None and other is not None
            items.update(tx, store.blobs, tally, one, msgspec.structs.replace(one.properties, subject="The new Barn"))
            copied = item_places.copy(tx, tally, one, BOX, 8)
            moved = item_places.move(tx, tally, other, 8)
            return copied.id, moved.id

        copied, moved = await store.write(change)
        for indexed in (False, True):
            if indexed:
                await catch_up(store)
            rows, exact = await store.read(lambda tx: found(tx, Words("s", "new")))
            assert (rows, exact) == ([a], indexed)
            rows, _ = await store.read(lambda tx: found(tx, Words("a", "årsbudget_2026"), folder=8))
            assert moved in rows
        rows, _ = await store.read(lambda tx: found(tx, Words("s", "barn"), folder=8))
        assert rows == sorted([copied, moved])

        def remove(tx: WriteTx) -> None:
            for row in (a, copied, moved):
                item = items.get(tx, store.blobs, row)
                assert item is not None
                item_places.remove(tx, Tally(), item)

        await store.write(remove)
        await catch_up(store)
        left = await store.read(lambda tx: tx.all("SELECT rowid FROM item_words"))
        assert len(left) == 1, "somebody else's"

    play(place, story)


def test_what_is_written_while_it_is_read_waits_on(place: Place) -> None:
    async def story(store: Engine) -> None:
        a, b = await two(store)
        rows = await store.read(lambda tx: item_words.waiting(tx, 10))
        entries = await store.read(lambda tx: item_words.entries(tx, store.blobs, rows))

        def read_it(tx: WriteTx) -> None:
            item = items.get(tx, store.blobs, a)
            assert item is not None
            items.set_read(tx, Tally(), item, True)
            gone = items.get(tx, store.blobs, b)
            assert gone is not None
            item_places.remove(tx, Tally(), gone)

        await store.write(read_it)
        await store.write(lambda tx: item_words.settle(tx, rows, entries))
        assert await store.read(lambda tx: item_words.waiting(tx, 10)) == [a, b]

    play(place, story)


def test_an_item_with_too_many_words_is_looked_at_itself(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MAX_KEYS", 400)

    async def story(store: Engine) -> None:
        await store.write(lambda tx: put(tx, store, "long", " ".join(f"word{n}" for n in range(100))))
        short = await store.write(lambda tx: put(tx, store, "short", "word1"))
        await catch_up(store)
        assert await store.read(lambda tx: item_words.waiting(tx, 10)) == []
        rows, exact = await store.read(lambda tx: found(tx, Words("b", "word1")))
        assert (len(rows), exact) == (2, False)
        long = next(row for row in rows if row != short.id)

        def shorten(tx: WriteTx) -> None:
            item = items.get(tx, store.blobs, long)
            assert item is not None
            properties = msgspec.structs.replace(item.properties, body=Body(BodyKind.TEXT, "few"))
            items.update(tx, store.blobs, Tally(), item, properties)

        await store.write(shorten)
        await catch_up(store)
        assert await store.read(lambda tx: found(tx, Words("b", "word1"))) == ([short.id], True)

    play(place, story)


def test_items_of_an_earlier_version_are_indexed_and_sorted(place: Place) -> None:
    async def story(store: Engine) -> None:
        a, b = await two(store)
        await store.write(lambda tx: tx.run("UPDATE items SET subject_key = NULL, sender_key = NULL"))
        where = await store.read(lambda tx: item_conditions.where(tx, BOX, [7], False))
        orders = [("subject", False)]
        assert not await store.read(lambda tx: item_search.can_sort(tx, where, orders))
        await catch_up(store)
        assert await store.read(lambda tx: item_search.can_sort(tx, where, orders))
        heads = await store.read(lambda tx: item_search.heads(tx, where, orders, item_search.Span(10, 0, 2)))
        assert [head.id for head in heads] == [b, a]

    play(place, story)


texts = st.lists(st.text("ab ß_É.İ", max_size=12), max_size=3)


@given(texts, st.text("ab ß_É.İ", min_size=1, max_size=6), st.booleans(), st.booleans())
def test_what_the_index_is_asked_is_true_of_all_that_contains_it(
    bodies: list[str], wanted: str, begins: bool, ends: bool
) -> None:
    asked, _ = words.asked(BOX, Words("s", wanted, begins, ends))
    needle = wanted.casefold()
    for body in bodies:
        text = f"{'' if begins else 'a'}{wanted}{'' if ends else 'b'}{body and ' '}{body}"
        assert needle in text.casefold()
        keys = {words.prefix(BOX, "s") + word for word in words.words(text)}
        for alternatives in asked:
            assert any(any(key.startswith(one) if more else key == one for key in keys) for one, more in alternatives)


@given(st.text(st.characters(max_codepoint=127), max_size=300))
def test_ascii_text_has_the_words_it_has_among_others(text: str) -> None:
    assert words.words(text) == words.words(f"{text} é") - {"é"}


def test_an_item_that_another_process_has_indexed_stays_in_the_index(place: Place) -> None:
    async def story(store: Engine) -> None:
        a, _ = await two(store)
        late = await store.read(lambda tx: item_words.entries(tx, store.blobs, [a]))
        await catch_up(store)
        assert await store.write(lambda tx: item_words.settle(tx, [a], late)) == 0
        assert await store.read(lambda tx: found(tx, Words("s", "barn", ends=True))) == ([a], True)

    play(place, story)


def test_what_very_many_have_is_found_in_their_order(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(item_conditions, "_MANY", 1)

    async def story(store: Engine) -> None:
        a, b = await two(store)
        await catch_up(store)
        for wanted, rows in (("barn", [a, b]), ("barnac", [b]), ("nowhere", [])):
            assert await store.read(lambda tx, wanted=wanted: found(tx, Words("s", wanted))) == (rows, True)  # type: ignore[misc]
        both = (Words("s", "barn"), Condition("subject", "=", "Barnacles"))
        assert await store.read(lambda tx: found(tx, *both)) == ([b], True)
        where = await store.read(lambda tx: item_conditions.where(tx, BOX, [7], False, both[:1]))
        assert not where.by_words

    play(place, story)
