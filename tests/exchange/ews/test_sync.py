from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from samband.wire.ews.ids import IdKind, read_id, write_id
from tests.exchange.ews.test_folders import by_id, create, delete, get, ids, named
from tests.exchange.mail import Post, message
from tests.exchange.world import ALICE, BOB, T, World, run

ONLY_IDS = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
SUBJECTS = ONLY_IDS.replace(
    "</t:BaseShape>",
    '</t:BaseShape><t:AdditionalProperties><t:FieldURI FieldURI="item:Subject"/>'
    '<t:FieldURI FieldURI="message:IsRead"/></t:AdditionalProperties>',
)
EVERYTHING = ONLY_IDS.replace("IdOnly", "AllProperties")


def sync(
    folder: str, state: str = "", limit: int | str = 512, *, shape: str = SUBJECTS, ignore: str = "", scope: str = ""
) -> str:
    since = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    without = f"<m:Ignore>{ignore}</m:Ignore>" if ignore else ""
    which = f"<m:SyncScope>{scope}</m:SyncScope>" if scope else ""
    return (
        f"<m:SyncFolderItems>{shape}<m:SyncFolderId>{folder}</m:SyncFolderId>{since}{without}"
        f"<m:MaxChangesReturned>{limit}</m:MaxChangesReturned>{which}</m:SyncFolderItems>"
    )


class Client:
    """Follows a folder as strictly as can be: nothing twice, nothing unknown."""

    def __init__(self, folder: str, shape: str = SUBJECTS, scope: str = "") -> None:
        self.folder, self.shape, self.scope = folder, shape, scope
        self.state = ""
        self.known: dict[str, tuple[str, str]] = {}
        self.complete = False

    async def step(self, world: World, limit: int = 512) -> list[str]:
        answer = await world.ask(ALICE, sync(self.folder, self.state, limit, shape=self.shape, scope=self.scope))
        assert answer.codes == ["NoError"]
        changes = answer.all("//m:Changes/*")
        assert len(changes) <= limit
        self.state = answer.text("//m:SyncState")
        self.complete = answer.text("//m:IncludesLastItemInRange") == "true"
        return [self._apply(change) for change in changes]

    async def all(self, world: World, limit: int = 512) -> list[str]:
        told = await self.step(world, limit)
        for _ in range(1000):
            if self.complete:
                return told
            told += await self.step(world, limit)
        raise AssertionError("no end of changes")

    def _apply(self, change: etree._Element) -> str:
        what = etree.QName(change).localname
        item = next(change.iter(T + "ItemId")).get("Id") or ""
        if what == "Delete":
            del self.known[item]
        elif what == "ReadFlagChange":
            self.known[item] = (self.known[item][0], change.findtext(T + "IsRead") or "")
        else:
            assert (item in self.known) is (what == "Update")
            self.known[item] = (change.findtext(f"*/{T}Subject") or "", change.findtext(f"*/{T}IsRead") or "")
        return what


async def truth(world: World, folder: int) -> dict[str, tuple[str, str]]:
    found = await world.store.read(
        lambda tx: tx.all("SELECT id, subject, is_read FROM items WHERE folder = ? AND associated = 0", folder)
    )
    mailbox = ALICE.msExchMailboxGuid
    return {
        write_id(IdKind.ITEM, mailbox, int(row or 0)): (str(subject), "true" if is_read else "false")
        for row, subject, is_read in found
    }  # type: ignore[call-overload]


@pytest.mark.parametrize("shape", [ONLY_IDS, SUBJECTS, EVERYTHING])
@pytest.mark.parametrize("limit", [1, 3, 512])
def test_the_first_time_everything_is_new(shape: str, limit: int, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        await post.put(inbox, *[message(f"Number {n}", n) for n in range(7)])
        client = Client(named("inbox"), shape)
        assert await client.all(world, limit) == ["Create"] * 7
        state = client.state
        assert await client.all(world) == []
        assert client.state == state

    run(story, tmp_path)


def test_each_kind_of_change_is_told_as_what_it_is(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox, drafts = await post.folder("inbox"), await post.folder("drafts")
        kept, flagged, changed, both, gone, moved = [
            one.id for one in await post.put(inbox, *[message(f"Number {n}", n) for n in range(6)])
        ]
        client = Client(named("inbox"))
        await client.all(world)
        await post.read(flagged, True)
        await post.change(changed, subject="Changed")
        await post.change(both, subject="Changed")
        await post.read(both, True)
        await post.remove(gone)
        await post.move(moved, drafts)
        await post.put(inbox, message("New"))
        assert sorted(await client.all(world)) == [
            "Create",
            "Delete",
            "Delete",
            "ReadFlagChange",
            "Update",
            "Update",
        ]
        assert client.known == await truth(world, inbox)
        assert write_id(IdKind.ITEM, post.mailbox, kept) in client.known

    run(story, tmp_path)


def test_a_change_while_a_client_is_reading_for_the_first_time(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        rows = [one.id for one in await post.put(inbox, *[message(f"Number {n}", n) for n in range(6)])]
        client = Client(named("inbox"))
        assert await client.step(world, 3) == ["Create"] * 3
        await post.change(rows[0], subject="Told already")
        await post.change(rows[5], subject="Not told yet")
        await post.remove(rows[4])
        assert await client.all(world, 3) == ["Update", "Create", "Create"]
        assert client.known == await truth(world, inbox)

    run(story, tmp_path)


def test_ignored_items_are_passed_over(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        rows = [one.id for one in await post.put(inbox, *[message(f"Number {n}", n) for n in range(3)])]
        ignore = f'<t:ItemId Id="{write_id(IdKind.ITEM, post.mailbox, rows[1])}"/><t:ItemId Id="nonsense"/>'
        answer = await world.ask(ALICE, sync(named("inbox"), ignore=ignore))
        told = [read_id(one.get("Id") or "").row for one in answer.all("//t:ItemId")]
        assert told == [rows[0], rows[2]]
        assert (await world.ask(ALICE, sync(named("inbox"), answer.text("//m:SyncState")))).all("//t:Create") == []

    run(story, tmp_path)


def test_associated_items_are_told_to_those_who_ask(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        await post.put(inbox, message("Seen"), message("Hidden", is_associated=True))
        assert await Client(named("inbox")).all(world) == ["Create"]
        assert await Client(named("inbox"), scope="NormalAndAssociatedItems").all(world) == ["Create"] * 2

    run(story, tmp_path)


@pytest.mark.parametrize("state", ["AAAA", "x y", "AQEAAAAAAAAAAAAAAAAAAAAA", "////"])
def test_a_state_that_is_none_of_ours(state: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, sync(named("inbox"), state))).codes == ["ErrorInvalidSyncStateData"]

    run(story, tmp_path)


def test_a_state_of_another_folder_and_a_folder_that_is_gone(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        state = (await world.ask(ALICE, sync(named("inbox")))).text("//m:SyncState")
        assert (await world.ask(ALICE, sync(named("drafts"), state))).codes == ["ErrorInvalidSyncStateData"]
        assert (await world.ask(BOB, sync(named("inbox"), state))).codes == ["ErrorInvalidSyncStateData"]
        one = ids(await world.ask(ALICE, create(named("inbox"), "One")))[0]
        await world.ask(ALICE, delete(by_id(one)))
        assert (await world.ask(ALICE, sync(by_id(one)))).codes == ["ErrorSyncFolderNotFound"]

    run(story, tmp_path)


@pytest.mark.parametrize("limit", ["0", "513", "-1", "many", ""])
def test_how_many_changes_is_said_by_the_schema(limit: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, sync(named("inbox"), limit=limit), status=500)
        assert answer.codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_deleting_a_folder_empties_it_where_its_items_went(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        one = ids(await world.ask(ALICE, create(named("inbox"), "One")))[0]
        row = read_id(one).row
        await post.put(row, message("A"), message("B"), message("Hidden", is_associated=True))
        counts = await world.ask(ALICE, get(by_id(one)))
        assert (counts.text("//t:TotalCount"), counts.text("//t:UnreadCount")) == ("2", "2")
        await world.ask(ALICE, delete(by_id(one), "SoftDelete"))
        assert await Client(named("recoverableitemsdeletions")).all(world) == ["Create"] * 2
        after = await world.ask(ALICE, get(named("recoverableitemsdeletions")))
        assert after.text("//t:TotalCount") == "2"
        left = await world.store.read(lambda tx: tx.one("SELECT COUNT(*) FROM items WHERE folder = ?", row))
        assert left == (0,)

    run(story, tmp_path)


STEP = st.tuples(
    st.sampled_from(["put", "put", "change", "read", "remove", "move", "copy", "step", "step", "all"]),
    st.integers(0, 20),
    st.integers(1, 3),
)


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(STEP, max_size=30))
def test_clients_always_end_with_what_there_is(steps: list[tuple[str, int, int]]) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        folders = {name: await post.folder(name) for name in ("inbox", "drafts")}
        clients = {name: Client(named(name)) for name in folders}
        rows: list[int] = []
        for count, (what, pick, number) in enumerate(steps):
            name = "inbox" if pick % 3 else "drafts"
            if what == "put":
                new = [message(f"New {count}", is_read=pick % 2 == 0) for _ in range(number)]
                rows += [one.id for one in await post.put(folders[name], *new)]
            elif what == "step":
                await clients[name].step(world, number)
            elif what == "all":
                await clients[name].all(world, number)
            elif rows:
                row = rows[pick % len(rows)]
                if what == "change":
                    await post.change(row, subject=f"Change {count}")
                elif what == "read":
                    await post.read(row, pick % 2 == 0)
                elif what == "copy":
                    rows.append((await post.copy(row, folders[name])).id)
                else:
                    rows.remove(row)
                    if what == "remove":
                        await post.remove(row)
                    else:
                        rows.append((await post.move(row, folders[name])).id)
        for name, client in clients.items():
            await client.all(world, 2)
            assert client.known == await truth(world, folders[name])
            assert await client.all(world) == []

    with tempfile.TemporaryDirectory() as folder:
        run(story, Path(folder))
