from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from tests.exchange.ews.test_folders import IDS, by_id, create, delete, find, get, ids, make, named, rename, transfer
from tests.exchange.world import ALICE, BOB, T, World, run

NAMED = IDS.replace(
    "</t:BaseShape>",
    '</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="folder:DisplayName"/>'
    '<t:FieldURI FieldURI="folder:ParentFolderId"/></t:AdditionalProperties>',
)


def sync(state: str = "", folder: str = "", shape: str = NAMED) -> str:
    of = f"<m:SyncFolderId>{folder}</m:SyncFolderId>" if folder else ""
    since = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return f"<m:SyncFolderHierarchy>{shape}{of}{since}</m:SyncFolderHierarchy>"


class Client:
    """Follows the folders below one as strictly as can be: parents first, nothing twice, nothing unknown."""

    def __init__(self, folder: str = "") -> None:
        self.folder = folder
        self.state = ""
        self.known: dict[str, tuple[str, str]] = {}
        self.top = ""

    async def sync(self, world: World) -> list[str]:
        answer = await world.ask(ALICE, sync(self.state, self.folder))
        assert answer.codes == ["NoError"]
        assert answer.text("//m:IncludesLastFolderInRange") == "true"
        self.state = answer.text("//m:SyncState")
        return [self._apply(change) for change in answer.all("//m:Changes/*")]

    def _apply(self, change: etree._Element) -> str:
        what = etree.QName(change).localname
        folder_id = next(change.iter(T + "FolderId")).get("Id") or ""
        if what == "Delete":
            del self.known[folder_id]
            return what
        parent = next(change.iter(T + "ParentFolderId")).get("Id") or ""
        assert (folder_id in self.known) is (what == "Update")
        assert parent in self.known or parent == self.top
        self.known[folder_id] = (parent, change.findtext(f"*/{T}DisplayName") or "")
        return what


async def truth(world: World, folder: str) -> dict[str, tuple[str, str]]:
    answer = await world.ask(ALICE, find(folder, "Deep", NAMED))
    found = answer.all("//t:Folders/*")
    return {
        one.find(f"{T}FolderId").get("Id"): (  # type: ignore[union-attr,misc]
            one.find(f"{T}ParentFolderId").get("Id"),  # type: ignore[union-attr]
            one.findtext(f"{T}DisplayName"),
        )
        for one in found
    }


def test_without_a_folder_it_is_what_the_owner_sees(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        client = Client()
        client.top = ids(await world.ask(ALICE, get(named("msgfolderroot"))))[0]
        changes = await client.sync(world)
        assert set(changes) == {"Create"}
        assert client.known == await truth(world, named("msgfolderroot"))
        state = client.state
        assert await client.sync(world) == []
        assert client.state == state

    run(story, tmp_path)


@pytest.mark.parametrize("state", ["AAAA", "x", "AQEAAAAAAAAAAAAAAAAAAAAA", "AQEAAAAAAAAAAf//////////"])
def test_a_state_that_is_none_of_ours(state: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, sync(state))).codes == ["ErrorInvalidSyncStateData"]

    run(story, tmp_path)


def test_a_state_of_another_folder_or_person(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        state = (await world.ask(ALICE, sync())).text("//m:SyncState")
        assert (await world.ask(ALICE, sync(state, named("inbox")))).codes == ["ErrorInvalidSyncStateData"]
        assert (await world.ask(BOB, sync(state))).codes == ["ErrorInvalidSyncStateData"]

    run(story, tmp_path)


def test_a_folder_that_is_gone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = await make(world, named("inbox"), "One")
        await world.ask(ALICE, delete(by_id(one)))
        assert (await world.ask(ALICE, sync(folder=by_id(one)))).codes == ["ErrorSyncFolderNotFound"]

    run(story, tmp_path)


def test_a_folder_that_was_moved_several_times_is_deleted_where_it_was(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one, two = await make(world, named("inbox"), "One"), await make(world, named("inbox"), "Two")
        moving = await make(world, by_id(one), "Moving")
        client = Client(by_id(one))
        client.top = one
        await client.sync(world)
        for to in (by_id(two), named("drafts"), named("inbox")):
            await world.ask(ALICE, transfer("MoveFolder", to, by_id(moving)))
        assert await client.sync(world) == ["Delete"]
        for to in (by_id(one), by_id(two), by_id(one)):
            await world.ask(ALICE, transfer("MoveFolder", to, by_id(moving)))
        assert await client.sync(world) == ["Create"]
        for to in (by_id(two), by_id(one)):
            await world.ask(ALICE, transfer("MoveFolder", to, by_id(moving)))
        assert await client.sync(world) == ["Update"]

    run(story, tmp_path)


STEP = st.tuples(
    st.sampled_from(["create", "rename", "delete", "bin", "move", "copy", "sync", "sync one"]),
    st.integers(0, 7),
    st.integers(0, 7),
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=25))
def test_two_clients_always_end_with_what_there_is(steps: list[tuple[str, int, int]]) -> None:
    async def story(world: World) -> None:
        top = ids(await world.ask(ALICE, get(named("msgfolderroot"))))[0]
        one = await make(world, by_id(top), "One")
        everything, below_one = Client(), Client(by_id(one))
        everything.top, below_one.top = top, one
        folders = [one]
        for count, (what, first, second) in enumerate(steps):
            a, b = by_id(folders[first % len(folders)]), by_id(folders[second % len(folders)])
            match what:
                case "create":
                    folders += ids(await world.ask(ALICE, create(a, f"New {count}")))
                case "rename":
                    await world.ask(ALICE, rename(a, f"Name {count}"))
                case "delete" | "bin" if a != by_id(one):
                    await world.ask(ALICE, delete(a, "HardDelete" if what == "delete" else "MoveToDeletedItems"))
                case "move" if a != by_id(one):
                    to = b if second % 3 else named("msgfolderroot")
                    await world.ask(ALICE, transfer("MoveFolder", to, a))
                case "copy":
                    folders += ids(await world.ask(ALICE, transfer("CopyFolder", b, a)))
                case "sync":
                    await everything.sync(world)
                case "sync one":
                    await below_one.sync(world)
        for client, folder in ((everything, by_id(top)), (below_one, by_id(one))):
            await client.sync(world)
            assert client.known == await truth(world, folder)
            assert await client.sync(world) == []

    with tempfile.TemporaryDirectory() as folder:
        run(story, Path(folder))
