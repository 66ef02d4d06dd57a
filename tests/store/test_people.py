"""Rows of people come back as they went in; names are one person's alone."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from samband.model.people import Person
from samband.store import people
from samband.store.api import WriteTx
from tests.directory.people import somebody
from tests.store.stores import Place

ALICE = replace(
    somebody("alice", display_name="Älice O'Brien"), thumbnailPhoto=bytes(range(256)), enabled=False, title='"%?'
)
BOB = somebody("bob", mailbox=False)


def test_people_come_back_as_they_went_in(place: Place) -> None:
    def keep(tx: WriteTx, person: Person, name: str) -> None:
        people.put(tx, person, [("login", name)])

    async def scenario() -> None:
        async with place.store() as store:
            await store.write(lambda tx: keep(tx, ALICE, "alice"))
            await store.write(lambda tx: keep(tx, BOB, "bob"))
            changed = replace(ALICE, mail="", proxyAddresses=(), msRTCSIP_UserEnabled=False)
            assert await store.read(lambda tx: people.get(tx, ALICE.objectGUID)) == ALICE
            await store.write(lambda tx: keep(tx, changed, "al"))
            everyone = await store.read(people.everyone)
            assert sorted(everyone, key=lambda person: person.sAMAccountName) == [changed, BOB]
            assert await store.read(lambda tx: people.several(tx, [BOB.objectGUID, "x"])) == {BOB.objectGUID: BOB}
            assert await store.read(lambda tx: people.owner(tx, ("login", "al"))) == changed
            assert await store.read(lambda tx: people.owner(tx, ("login", "alice"))) is None
            with pytest.raises(Exception, match=r"(?i)unique"):
                await store.write(lambda tx: keep(tx, BOB, "al"))
            await store.write(lambda tx: people.remove(tx, ALICE.objectGUID))
            assert await store.read(people.everyone) == [BOB]
            assert await store.read(lambda tx: people.owner(tx, ("login", "al"))) is None

    asyncio.run(scenario())
