"""Where contact lists live, on every database."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from samband.model.changes import ImListMigrated, UcsChanged
from samband.model.unified_contacts import Ucs, UcsState
from samband.store import im_lists, unified_contacts
from tests.store.stores import Place

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def test_where_lists_live_is_kept_and_told(place: Place) -> None:
    moved = Ucs(state=UcsState.MIGRATED, attempts=2, last_attempt=NOW)

    async def scenario() -> None:
        async with place.store() as store:
            assert await store.read(lambda tx: unified_contacts.get(tx, "alice")) == Ucs()
            await store.write(lambda tx: unified_contacts.put(tx, "alice", Ucs(state=UcsState.MIGRATING)))
            await store.write(lambda tx: unified_contacts.put(tx, "alice", moved))
            await store.write(lambda tx: unified_contacts.put(tx, "bob", Ucs(not_before=NOW)))
            assert await store.read(unified_contacts.everyone) == {"alice": moved, "bob": Ucs(not_before=NOW)}
            heard = await store.log(unified_contacts.SCOPE, 0, 10)
            assert [(one.owner, one.ucs.state) for one in heard if isinstance(one, UcsChanged)] == [
                ("alice", UcsState.MIGRATING),
                ("alice", UcsState.MIGRATED),
                ("bob", UcsState.ALLOWED),
            ]

    asyncio.run(scenario())


def test_a_mailbox_knows_that_the_list_is_in_it(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            for migrated in (False, True, True, False):
                await store.write(lambda tx, migrated=migrated: im_lists.set_migrated(tx, "alice", migrated))
                assert await store.read(lambda tx: im_lists.is_migrated(tx, "alice")) is migrated
            heard = await store.log("alice", 0, 10)
            assert [one.completed for one in heard if isinstance(one, ImListMigrated)] == [True, False]

    asyncio.run(scenario())
