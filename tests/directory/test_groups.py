"""Groups: who is in them, also through other groups, and that the directory keeps up with what is committed."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from samband.directory.embedded import EmbeddedDirectory
from samband.directory.group_changes import GroupChanges
from samband.directory.group_index import GroupIndex
from samband.directory.people_changes import PeopleChanges
from samband.feed.follow import follow
from samband.feed.local import LocalFeed
from samband.model.groups import Group
from samband.store.engine import open_store
from tests.directory.people import somebody

ALICE, BOB = somebody("alice"), somebody("bob")
PEOPLE = {one.objectGUID: one for one in (ALICE, BOB)}


def _group(name: str, *members: str) -> Group:
    return Group(objectGUID=name, sAMAccountName=name, displayName=name, mail=f"{name}@contoso.test", member=members)


def test_everyone_once_also_in_circles_and_through_what_is_gone() -> None:
    inner = _group("inner", ALICE.objectGUID, BOB.objectGUID, "outer")
    outer = _group("outer", "inner", ALICE.objectGUID, "gone")
    index = GroupIndex([outer, inner])
    assert index.people(outer, PEOPLE.get) == [ALICE, BOB]
    assert index.direct(outer, PEOPLE.get) == [ALICE, inner]
    assert index.by_mail("Outer@Contoso.test") == outer
    assert index.search("inn") == [inner]
    assert index.search("") == []
    assert index.search("contoso") == []


def test_another_process_changes_a_group(tmp_path: Path) -> None:
    async def run() -> None:
        here, there = LocalFeed(), LocalFeed()
        ours = await open_store(str(tmp_path / "db"), tmp_path / "blobs", here.publish)
        theirs = await open_store(str(tmp_path / "db"), tmp_path / "blobs", there.publish)
        following = asyncio.create_task(follow(ours, here))
        directory = await EmbeddedDirectory.open(ours, here)
        away = await EmbeddedDirectory.open(theirs, there)
        heard: list[int] = []
        deaf = directory.listen_to_groups(lambda: heard.append(len(directory.all_groups())))
        changes = GroupChanges(theirs, away, "contoso.test", os.urandom)
        people = PeopleChanges(theirs, away)
        await people.add(ALICE)
        await changes.add("sales")
        await changes.change_members("sales", add=["alice"])
        async with asyncio.timeout(10):
            while True:
                group = directory.group_by_smtp("SALES@contoso.test")
                if group is not None and directory.people_of(group) == [ALICE]:
                    break
                await asyncio.sleep(0.01)
            assert heard[-1] == 1, "who listens sees what changed"
            deaf()
            before = len(heard)
            await people.remove("alice")
            while (group := directory.group_by_smtp("sales@contoso.test")) is None or group.member:
                await asyncio.sleep(0.01)
        assert len(heard) == before
        following.cancel()
        for one in (directory, away, ours, theirs):
            await one.close()

    asyncio.run(run())
