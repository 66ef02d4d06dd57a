from __future__ import annotations

from pathlib import Path

import pytest

from tests.exchange.ews.test_find import COLOUR, compare, contains, field, find, order, seven, subjects
from tests.exchange.ews.test_folders import (
    DEFAULT,
    EVERYTHING,
    IDS,
    by_id,
    create,
    delete,
    empty,
    get,
    ids,
    named,
    rename,
    transfer,
)
from tests.exchange.mail import Post, message
from tests.exchange.world import ALICE, BOB, Answer, World, run

UNREAD = compare("IsEqualTo", field("message:IsRead"), "false")


def parameters(restriction: str, folders: str, traversal: str = "") -> str:
    how = f' Traversal="{traversal}"' if traversal else ""
    return (
        f"<t:SearchParameters{how}><t:Restriction>{restriction}</t:Restriction>"
        f"<t:BaseFolderIds>{folders}</t:BaseFolderIds></t:SearchParameters>"
    )


async def made(world: World, search: str, name: str = "Found", parent: str = "searchfolders") -> str:
    answer = await world.ask(ALICE, create(named(parent), name, kind="SearchFolder", more=search))
    assert answer.codes == ["NoError"], answer.raw
    return str(answer.one("//t:SearchFolder/t:FolderId").get("Id"))


def counts(answer: Answer) -> tuple[str, str]:
    return answer.text("//t:SearchFolder/t:TotalCount"), answer.text("//t:SearchFolder/t:UnreadCount")


@pytest.mark.parametrize("indexed", [False, True])
@pytest.mark.parametrize(
    ("restriction", "found", "unread"),
    [
        (UNREAD, "FDB", "3"),
        (contains(field("item:Body"), "needle", "ExactPhrase", "IgnoreCase"), "E", "0"),
        (contains(field("item:Subject"), "nowhere"), "", "0"),
        (f"<t:Or>{UNREAD}{compare('IsEqualTo', field('item:Subject'), 'A')}</t:Or>", None, None),
        (f"<t:Not>{UNREAD}</t:Not>", "ECA", "0"),
        (compare("IsEqualTo", COLOUR, "7"), "", "0"),
    ],
)
def test_what_a_search_folder_shows(
    restriction: str, found: str | None, unread: str | None, indexed: bool, tmp_path: Path
) -> None:
    async def story(world: World) -> None:
        await seven(world)
        if indexed:
            await world.exchange.text_index.catch_up()
        folder = await made(world, parameters(restriction, named("inbox")))
        shown = await world.ask(ALICE, find(by_id(folder)))
        assert shown.codes == ["NoError"]
        plain = await world.ask(ALICE, find(named("inbox"), restriction=restriction))
        assert subjects(shown) == subjects(plain)
        if found is not None:
            assert "".join(subject[0] for subject in subjects(shown)) == found
            answer = await world.ask(ALICE, get(by_id(folder)))
            assert counts(answer) == (str(len(found)), unread)
        parents = await world.ask(ALICE, find(by_id(folder), shape=IDS.replace("FolderShape", "ItemShape")))
        assert parents.one("//m:RootFolder").get("TotalItemsInView") == str(len(subjects(plain)))

    run(story, tmp_path)


def test_it_is_always_what_is_there_now(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox, drafts = await post.folder("inbox"), await post.folder("drafts")
        below = ids(await world.ask(ALICE, create(named("inbox"), "Below")))[0]
        flat = await made(world, parameters(UNREAD, named("inbox", "drafts")), "Flat")
        deep = await made(world, parameters(UNREAD, named("msgfolderroot"), "Deep"), "Deep")
        (one,) = await post.put(inbox, message("One"))
        await post.put(drafts, message("Two", 1), message("Read", 2, is_read=True))
        for folder in (flat, deep):
            assert subjects(await world.ask(ALICE, find(by_id(folder)))) == ["Two", "One"]
            assert counts(await world.ask(ALICE, get(by_id(folder)))) == ("2", "2")
        by_subject = order(field("item:Subject"))
        assert subjects(await world.ask(ALICE, find(by_id(deep), sort=by_subject))) == ["One", "Two"]
        narrowed = contains(field("item:Subject"), "wo")
        assert subjects(await world.ask(ALICE, find(by_id(deep), restriction=narrowed))) == ["Two"]
        assert subjects(await world.ask(ALICE, find(by_id(deep), query="one"))) == ["One"]
        await post.read(one.id, True)
        assert subjects(await world.ask(ALICE, find(by_id(flat)))) == ["Two"]
        await world.ask(ALICE, create(by_id(below), "Deeper"))
        assert counts(await world.ask(ALICE, get(by_id(deep)))) == ("1", "1")
        found = await world.ask(ALICE, f"<m:FindFolder Traversal='Shallow'>{DEFAULT}<m:ParentFolderIds>"
                                       f"{named('searchfolders')}</m:ParentFolderIds></m:FindFolder>")  # fmt: skip
        assert found.texts("//t:SearchFolder/t:TotalCount") == ["1", "1"]
        await world.ask(ALICE, delete(by_id(flat)))
        assert (await world.ask(ALICE, find(by_id(flat)))).codes == ["ErrorFolderNotFound"]
        assert subjects(await world.ask(ALICE, find(named("drafts")))) == ["Read", "Two"], "nothing stood in it"

    run(story, tmp_path)


def test_its_parameters_are_told_and_changed(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        folder = await made(world, parameters(UNREAD, named("inbox"), "Deep"))
        answer = await world.ask(ALICE, get(by_id(folder), EVERYTHING))
        told = answer.one("//t:SearchParameters")
        assert told.get("Traversal") == "Deep"
        assert len(answer.all("//t:SearchParameters/t:BaseFolderIds/t:FolderId")) == 1
        assert answer.one("//t:SearchParameters//t:FieldURI").get("FieldURI") == "message:IsRead"
        inbox = await world.ask(ALICE, get(named("inbox"), EVERYTHING))
        assert inbox.all("//t:SearchParameters") == []
        other = parameters(contains(field("item:Subject"), "red"), named("inbox"))
        path = '<t:FieldURI FieldURI="folder:SearchParameters"/>'
        change = f"<t:SetFolderField>{path}<t:SearchFolder>{other}</t:SearchFolder></t:SetFolderField>"
        changes = f"<t:FolderChange>{{}}<t:Updates>{change}</t:Updates></t:FolderChange>"
        body = "<m:UpdateFolder><m:FolderChanges>{}</m:FolderChanges></m:UpdateFolder>"
        answer = await world.ask(ALICE, body.format(changes.format(by_id(folder))))
        assert answer.codes == ["NoError"]
        assert [subject[0] for subject in subjects(await world.ask(ALICE, find(by_id(folder))))] == ["B"]
        answer = await world.ask(ALICE, body.format(changes.format(named("inbox"))))
        assert answer.codes == ["ErrorObjectTypeChanged"]
        assert (await world.ask(ALICE, rename(by_id(folder), "Other"))).codes == ["NoError"]

    run(story, tmp_path)


def test_what_cannot_be_done_with_one(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        _, rows = await Post(world, ALICE).folder("inbox"), await seven(world)
        assert rows
        folder = await made(world, parameters(UNREAD, named("inbox")))
        item = (await world.ask(ALICE, find(named("inbox")))).all("//t:ItemId")[0].get("Id")
        moved = (
            f"<m:MoveItem><m:ToFolderId>{by_id(folder)}</m:ToFolderId>"
            f'<m:ItemIds><t:ItemId Id="{item}"/></m:ItemIds></m:MoveItem>'
        )
        into = transfer("MoveFolder", by_id(folder), by_id(ids(await world.ask(ALICE, create(named("inbox"), "X")))[0]))
        saved = (
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{by_id(folder)}</m:SavedItemFolderId>'
            "<m:Items><t:Message><t:Subject>x</t:Subject></t:Message></m:Items></m:CreateItem>"
        )
        sync = (
            "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape><m:SyncFolderId>"
            f"{by_id(folder)}</m:SyncFolderId><m:MaxChangesReturned>10</m:MaxChangesReturned></m:SyncFolderItems>"
        )
        for body in (moved, saved, sync, create(by_id(folder), "Inside"), into):
            assert (await world.ask(ALICE, body)).codes == ["ErrorInvalidOperation"]
        assert (await world.ask(ALICE, empty(by_id(folder)))).codes == ["ErrorCannotEmptyFolder"]
        for more, code in (
            ("", "ErrorInvalidOperation"),
            (
                parameters(compare("IsEqualTo", field("item:Size"), "many"), named("inbox")),
                "ErrorInvalidValueForProperty",
            ),
            (
                parameters(compare("IsEqualTo", field("message:ToRecipients"), "bob"), named("inbox")),
                "ErrorUnsupportedPathForQuery",
            ),
            (parameters(UNREAD, by_id("rubbish")), "ErrorInvalidIdMalformed"),
        ):
            answer = await world.ask(ALICE, create(named("searchfolders"), "Wrong", kind="SearchFolder", more=more))
            assert answer.codes == [code]
        await world.ask(
            ALICE, create(named("searchfolders"), "Plain", more=parameters(UNREAD, named("inbox"))), status=500
        )
        strange = ids(await world.ask(BOB, get(named("inbox"), IDS)))[0]
        answer = await world.ask(
            ALICE, create(named("searchfolders"), "W", kind="SearchFolder", more=parameters(UNREAD, by_id(strange)))
        )
        assert answer.codes[0] != "NoError"

    run(story, tmp_path)
