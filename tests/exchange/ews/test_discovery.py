from __future__ import annotations

from pathlib import Path

import pytest

from samband.model import words
from samband.model.item_values import Body, BodyKind
from samband.model.people import Person
from samband.model.rights import GrantedRight, Right
from samband.store import rights
from samband.wire.ews.query_strings import keywords
from tests.exchange.mail import Post, message
from tests.exchange.world import ALICE, BOB, CAROL, DAVE, Answer, World, run


def search(
    query: str,
    *mailboxes: str,
    result: str = "PreviewOnly",
    shape: str = "",
    sort: str = "",
    duplicates: str = "",
    size: int = 0,
    reference: str = "",
    direction: str = "",
) -> str:
    scopes = "".join(
        f"<t:MailboxSearchScope><t:Mailbox>{one}</t:Mailbox><t:SearchScope>All</t:SearchScope></t:MailboxSearchScope>"
        for one in mailboxes
    )
    shown = f"<m:PreviewItemResponseShape><t:BaseShape>{shape}</t:BaseShape></m:PreviewItemResponseShape>"
    order = f'<m:SortBy Order="{sort.split()[1]}"><t:FieldURI FieldURI="{sort.split()[0]}"/></m:SortBy>' if sort else ""
    return (
        f"<m:SearchMailboxes><m:SearchQueries><t:MailboxQuery><t:Query>{query}</t:Query><t:MailboxSearchScopes>{scopes}"
        f"</t:MailboxSearchScopes></t:MailboxQuery></m:SearchQueries><m:ResultType>{result}</m:ResultType>"
        + (shown if shape else "")
        + order
        + (f"<m:Deduplication>{duplicates}</m:Deduplication>" if duplicates else "")
        + (f"<m:PageSize>{size}</m:PageSize>" if size else "")
        + (f"<m:PageItemReference>{reference}</m:PageItemReference>" if reference else "")
        + (f"<m:PageDirection>{direction}</m:PageDirection>" if direction else "")
        + "</m:SearchMailboxes>"
    )


CONFIGURATION = "<m:GetDiscoverySearchConfiguration/>"
LIST = "<m:GetSearchableMailboxes><m:SearchFilter>{}</m:SearchFilter></m:GetSearchableMailboxes>"


async def give(world: World, holder: Person, *over: Person) -> None:
    """Let ``holder`` search the mailboxes of ``over``; without any, those of everybody."""
    scopes = [one.objectGUID for one in over] or [""]
    given = [GrantedRight(Right.SEARCH, holder.objectGUID, scope) for scope in scopes]
    await world.store.write(lambda tx: [rights.give(tx, one) for one in given])
    await world.rights.load()


async def letters(world: World) -> None:
    """Three letters about a barn, and one about something else: two of Alice's, two of Bob's."""
    for owner, texts in ((ALICE, ("barn one", "barn two")), (BOB, ("barn three", "hay"))):
        post = Post(world, owner)
        inbox = await post.folder("inbox")
        await post.put(
            inbox,
            *[
                message(text, number + (10 if owner is BOB else 0), internet_message_id=f"<{text[:6]}@contoso.test>")
                for number, text in enumerate(texts)
            ],
        )
    await world.exchange.text_index.catch_up()


def subjects(answer: Answer) -> list[str]:
    return answer.texts("//t:SearchPreviewItem/t:Subject")


def test_without_the_right_nothing_is_searched(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        for body in (search("barn", ALICE.legacyExchangeDN), LIST.format(""), CONFIGURATION):
            assert (await world.ask(CAROL, body)).codes == ["ErrorAccessDenied"]

    run(story, tmp_path)


def test_whom_one_may_search(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await give(world, CAROL, ALICE, BOB)
        kept = await world.ask(CAROL, CONFIGURATION)
        assert (kept.codes, len(kept.one("//m:DiscoverySearchConfigurations"))) == (["NoError"], 0)
        answer = await world.ask(CAROL, LIST.format(""))
        assert answer.texts("//t:DisplayName") == ["Alice", "Bob"]
        assert answer.texts("//t:ReferenceId") == [ALICE.legacyExchangeDN, BOB.legacyExchangeDN]
        assert (await world.ask(CAROL, LIST.format("bo"))).texts("//t:DisplayName") == ["Bob"]
        await give(world, DAVE)
        assert len((await world.ask(DAVE, LIST.format(""))).all("//t:SearchableMailbox")) == 4

    run(story, tmp_path)


def test_previews_and_their_order(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await letters(world)
        await give(world, CAROL, ALICE, BOB)
        both = (ALICE.legacyExchangeDN, BOB.mail)
        answer = await world.ask(CAROL, search("subject:barn", *both))
        assert answer.codes == ["NoError"]
        assert subjects(answer) == ["barn three", "barn two", "barn one"]
        assert answer.text("//m:SearchMailboxesResult/t:ItemCount") == "3"
        assert answer.texts("//t:MailboxStat/t:ItemCount") == ["2", "1"]
        assert answer.texts("//t:PrimarySmtpAddress") == [BOB.mail, ALICE.mail, ALICE.mail]
        answer = await world.ask(CAROL, search("barn", *both, sort="item:Subject Ascending", shape="Default"))
        assert subjects(answer) == ["barn one", "barn three", "barn two"]
        compact = await world.ask(CAROL, search("barn", *both, shape="Compact"))
        assert len(compact.all("//t:SearchPreviewItem")) == 3
        assert subjects(compact) == []
        copies = await world.ask(CAROL, search("barn", *both, duplicates="true"))
        assert subjects(copies) == ["barn two", "barn one"], "two and three have one Message-ID"

    run(story, tmp_path)


@pytest.mark.parametrize("descending", [True, False])
def test_pages_go_on_from_an_item(descending: bool, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        await post.put(await post.folder("inbox"), *[message(f"barn {n}", n % 3) for n in range(7)])
        await give(world, CAROL)
        how = {"size": 3, "sort": f"item:DateTimeReceived {'Descending' if descending else 'Ascending'}"}
        seen: list[str] = []
        reference = ""
        for _ in range(3):
            answer = await world.ask(CAROL, search("barn", ALICE.mail, reference=reference, **how))  # type: ignore[arg-type]
            assert answer.text("//m:SearchMailboxesResult/t:ItemCount") == "7"
            seen += subjects(answer)
            reference = answer.texts("//t:SortValue")[-1]
        assert len(seen) == len(set(seen)) == 7
        minutes = [int(subject[-1]) % 3 for subject in seen]
        assert minutes == sorted(minutes, reverse=descending)
        back = await world.ask(CAROL, search("barn", ALICE.mail, reference=reference, direction="Previous", **how))  # type: ignore[arg-type]
        assert subjects(back) == seen[3:6]
        assert subjects(await world.ask(CAROL, search("barn", ALICE.mail, reference=reference, **how))) == []  # type: ignore[arg-type]
        wrong = await world.ask(CAROL, search("barn", ALICE.mail, reference="rubbish"))
        assert wrong.codes == ["ErrorInvalidArgument"]

    run(story, tmp_path)


def test_statistics_by_keyword(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await letters(world)
        await give(world, CAROL)
        body = search("subject:barn OR hay", ALICE.mail, BOB.mail, result="StatisticsOnly")
        answer = await world.ask(CAROL, body)
        assert answer.text("//m:SearchMailboxesResult/t:ItemCount") == "4"
        stats = zip(answer.texts("//t:Keyword"), answer.texts("//t:ItemHits"), strict=True)
        assert list(stats) == [("subject:barn OR hay", "4"), ("subject:barn", "3"), ("hay", "1")]
        assert answer.all("//t:SearchPreviewItem") == []

    run(story, tmp_path)


def test_mailboxes_that_cannot_be_searched_are_named(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await letters(world)
        await give(world, CAROL, ALICE)
        answer = await world.ask(CAROL, search("barn", ALICE.mail, BOB.mail, "nobody@nowhere.test"))
        assert answer.codes == ["NoError"]
        assert len(subjects(answer)) == 2
        assert answer.texts("//t:FailedMailbox/t:Mailbox") == [BOB.mail, "nobody@nowhere.test"]

    run(story, tmp_path)


def test_what_no_index_holds_is_counted_and_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(words, "MAX_KEYS", 300)
    counted = "<m:GetNonIndexableItemStatistics><m:Mailboxes>{}</m:Mailboxes></m:GetNonIndexableItemStatistics>"
    body = counted.format("".join(f"<t:LegacyDN>{one}</t:LegacyDN>" for one in (ALICE.legacyExchangeDN, "nobody")))

    async def story(world: World) -> None:
        post = Post(world, ALICE)
        long = Body(BodyKind.TEXT, " ".join(f"barn{n}" for n in range(100)))
        await post.put(await post.folder("inbox"), message("long", body=long), message("short"))
        await world.exchange.text_index.catch_up()
        assert (await world.ask(CAROL, body)).codes == ["ErrorAccessDenied"]
        await give(world, CAROL)
        answer = await world.ask(CAROL, body)
        assert answer.codes == ["NoError"], answer.raw
        assert answer.texts("//t:NonIndexableItemStatistic/t:ItemCount") == ["1", "0"]
        assert len(answer.all("//t:ErrorMessage")) == 1
        assert subjects(await world.ask(CAROL, search("barn77", ALICE.mail))) == ["long"]

    run(story, tmp_path)


def test_keywords_of_a_query() -> None:
    assert keywords("barn") == []
    assert keywords('subject:"old barn" OR (from:bob AND hay)') == ['subject:"old barn"', "from:bob", "hay"]
