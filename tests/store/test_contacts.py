"""Contact lists come back as the sum of their deltas, on every database."""

from __future__ import annotations

import asyncio

from samband.model import contacts as c
from samband.model.contacts import Contact, ContactList
from samband.store import contacts
from tests.store.stores import Place


def test_deltas_are_kept(place: Place) -> None:
    bob = Contact(address="bob@x.test", name="Bob <B>", groups=(2, 1), external_uri="u", extension="<e/>")

    async def scenario() -> None:
        async with place.store() as store:
            assert await store.read(lambda tx: contacts.get(tx, "alice")) == ContactList()
            book = ContactList()
            for change in (
                lambda book: c.add_group(book, "Work", "sip:list"),
                lambda book: c.set_contact(book, bob),
                lambda book: c.set_contact(book, Contact(address="carol@x.test", subscribed=False)),
                lambda book: c.modify_group(book, 2, "Lab"),
                lambda book: c.set_contact(book, Contact(address="bob@x.test", groups=(2,))),
                lambda book: c.add_group(book, "Home"),
                lambda book: c.delete_group(book, 2),
                lambda book: c.delete_contact(book, "carol@x.test"),
            ):
                book, delta = change(book)
                await store.write(lambda tx, delta=delta: contacts.put(tx, "alice", delta))
                assert await store.read(lambda tx: contacts.get(tx, "alice")) == book
            assert book.delta == 9
            await store.write(lambda tx: contacts.forget(tx, "alice"))
            assert await store.read(lambda tx: contacts.get(tx, "alice")) == ContactList()

    asyncio.run(scenario())
