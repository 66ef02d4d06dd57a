"""Photos by size, on every database."""

from __future__ import annotations

import asyncio

from samband.model.changes import PhotoChanged
from samband.store import photos
from tests.store.stores import Place


def test_the_largest_photo_that_fits_is_found(place: Place) -> None:
    async def scenario() -> None:
        async with place.store() as store:
            blobs = store.blobs
            pictures = {48: b"small", 240: b"large" * 20_000}
            await store.write(lambda tx: photos.put(tx, blobs, "alice", pictures))

            async def found(size: int, mailbox: str = "alice") -> bytes | None:
                photo = await store.read(lambda tx: photos.get(tx, blobs, mailbox, size))
                return None if photo is None else photo.content

            assert [await found(size) for size in (47, 48, 239, 240, 648)] == [
                None,
                b"small",
                b"small",
                pictures[240],
                pictures[240],
            ]
            assert await found(648, "bob") is None
            before = await store.read(lambda tx: photos.get(tx, blobs, "alice", 240))
            await store.write(lambda tx: photos.put(tx, blobs, "alice", {48: b"other"}))
            after = await store.read(lambda tx: photos.get(tx, blobs, "alice", 240))
            assert before is not None and after is not None and before.tag != after.tag
            assert after.content == b"other"
            await store.write(lambda tx: photos.put(tx, blobs, "alice", {}))
            assert await found(648) is None
            heard = await store.log("directory", 0, 10)
            assert [type(one) for one in heard] == [PhotoChanged] * 3

    asyncio.run(scenario())
