from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from samband.directory.embedded import EmbeddedDirectory
from samband.directory.people_changes import PeopleChanges
from samband.directory.thumbnails import keep_thumbnail
from samband.feed.local import LocalFeed
from samband.model.failures import Failure
from samband.store.engine import open_store
from tests.directory.people import somebody

ALICE = somebody("alice")
JPEG = b"\xff\xd8\xff of alice"


def test_a_thumbnail_reaches_everyone_who_asks_the_directory(tmp_path: Path) -> None:
    async def story() -> None:
        feed = LocalFeed()
        store = await open_store(str(tmp_path / "db"), tmp_path / "blobs", feed.publish)
        directory = await EmbeddedDirectory.open(store, feed)
        heard = asyncio.Event()
        try:
            await PeopleChanges(store, directory).add(ALICE)
            directory.listen(lambda guids: heard.set() if ALICE.objectGUID in guids else None)
            assert await store.write(lambda tx: keep_thumbnail(tx, ALICE.objectGUID, JPEG))
            await asyncio.wait_for(heard.wait(), 10)
            found = directory.by_smtp("alice@contoso.test")
            assert found is not None and found.thumbnailPhoto == JPEG and found.displayName == ALICE.displayName
            assert not await store.write(lambda tx: keep_thumbnail(tx, "nobody", JPEG))
            with pytest.raises(Failure, match="100 KB"):
                await store.write(lambda tx: keep_thumbnail(tx, ALICE.objectGUID, bytes(200 * 1024)))
        finally:
            await directory.close()
            await store.close()

    asyncio.run(story())
