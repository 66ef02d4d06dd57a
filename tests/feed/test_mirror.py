"""A mirror shows what the store holds soon after each change, whoever made it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from samband.feed.follow import follow
from samband.feed.local import LocalFeed
from samband.feed.mirror import Mirror
from samband.model.instant_messaging import TrustedApplication
from samband.store import owa as rows
from samband.store.engine import open_store


def test_a_mirror_follows_its_own_process_and_others(tmp_path: Path) -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        here = await open_store(str(tmp_path / "db"), tmp_path / "blobs", feed.publish)
        there = await open_store(str(tmp_path / "db"), tmp_path / "blobs")
        following = asyncio.create_task(follow(here, feed, 0.001))
        mirror: Mirror[tuple[TrustedApplication, ...]] = Mirror(here, feed, (rows.APPLICATIONS,), rows.applications, ())
        told: list[int] = []
        mirror.listen(lambda: told.append(len(mirror.value)))
        await mirror.load()
        assert (mirror.value, told) == ((), [])
        for number, store in enumerate((here, there, here), 1):
            await store.write(lambda tx, n=number: rows.put_application(tx, TrustedApplication(f"a{n}.contoso.test")))
            while len(mirror.value) < number:
                await asyncio.sleep(0.001)
        assert await there.write(lambda tx: rows.remove_application(tx, "a2.contoso.test", "OutlookWebApp"))
        while len(mirror.value) > 2:
            await asyncio.sleep(0.001)
        assert told == [1, 2, 3, 2]
        mirror.close()
        following.cancel()
        await here.close()
        await there.close()

    asyncio.run(asyncio.wait_for(scenario(), 30))
