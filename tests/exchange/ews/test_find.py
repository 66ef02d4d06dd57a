from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from samband.exchange.actions import find as find_actions
from samband.model.item_values import Body, BodyKind, EmailAddress, Importance
from samband.model.items import CalendarProperties
from samband.store import item_search, items
from samband.wire.ews.ids import IdKind, read_id, write_id
from tests.exchange.ews.test_folders import by_id, create, ids, named
from tests.exchange.mail import NOON, Post, message
from tests.exchange.world import ALICE, Answer, World, run

SUBJECTS = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    '<t:FieldURI FieldURI="item:Subject"/></t:AdditionalProperties></m:ItemShape>'
)
ONLY_IDS = "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
PAGE = '<m:IndexedPageItemView MaxEntriesReturned="{}" Offset="{}" BasePoint="{}"/>'
COLOUR = (
    '<t:ExtendedFieldURI PropertySetId="c11ff724-aa03-4555-9952-8fa248a11c3e" PropertyName="Colour" '
    'PropertyType="Integer"/>'
)
COLOUR_KEY = "{c11ff724-aa03-4555-9952-8fa248a11c3e}:Colour:Integer"


def find(
    folders: str,
    view: str = "",
    *,
    group: str = "",
    restriction: str = "",
    sort: str = "",
    query: str = "",
    shape: str = SUBJECTS,
    traversal: str = "Shallow",
) -> str:
    wanted = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
    order = f"<m:SortOrder>{sort}</m:SortOrder>" if sort else ""
    words = f"<m:QueryString>{query}</m:QueryString>" if query else ""
    return (
        f'<m:FindItem Traversal="{traversal}">{shape}{view}{group}{wanted}{order}'
        f"<m:ParentFolderIds>{folders}</m:ParentFolderIds>{words}</m:FindItem>"
    )


def field(uri: str) -> str:
    return f'<t:FieldURI FieldURI="{uri}"/>'


def compare(operator: str, path: str, value: str) -> str:
    constant = f'<t:FieldURIOrConstant><t:Constant Value="{value}"/></t:FieldURIOrConstant>'
    return f"<t:{operator}>{path}{constant}</t:{operator}>"


def contains(path: str, value: str, mode: str = "Substring", comparison: str = "Exact") -> str:
    return (
        f'<t:Contains ContainmentMode="{mode}" ContainmentComparison="{comparison}">{path}'
        f'<t:Constant Value="{value}"/></t:Contains>'
    )


def order(path: str, direction: str = "Ascending") -> str:
    return f'<t:FieldOrder Order="{direction}">{path}</t:FieldOrder>'


def subjects(answer: Answer) -> list[str]:
    return answer.texts("//t:Subject")


async def seven(world: World) -> Post:
    """Seven messages in the inbox, A to G, a minute apart."""
    post = Post(world, ALICE)
    inbox = await post.folder("inbox")
    await post.put(
        inbox,
        message("A plain", 0, is_read=True),
        message("B red", 1, categories=("Red", "Work"), extended={COLOUR_KEY: "3"}),
        message("C from Carol", 2, from_=EmailAddress("Carol", "carol@contoso.test"), is_read=True),
        message("D important", 3, importance=Importance.HIGH, extended={COLOUR_KEY: "12"}),
        message("E örnsköldsvik", 4, body=Body(BodyKind.HTML, "<p>A <b>needle</b> in it</p>"), is_read=True),
        message("F for f", 5, extended={COLOUR_KEY: "6"}),
        message("G hidden", 6, is_associated=True),
    )
    return post


def test_without_more_the_latest_come_first(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        for shape in (SUBJECTS, SUBJECTS.replace("IdOnly", "AllProperties"), SUBJECTS.replace("IdOnly", "Default")):
            answer = await world.ask(ALICE, find(named("inbox"), shape=shape))
            assert [subject[0] for subject in subjects(answer)] == list("FEDCBA")
            root = answer.one("//m:RootFolder")
            assert dict(root.attrib) == {"TotalItemsInView": "6", "IncludesLastItemInRange": "true"}
        assert len((await world.ask(ALICE, find(named("inbox"), shape=ONLY_IDS))).all("//t:ItemId")) == 6

    run(story, tmp_path)


def test_associated_items_and_deleted_ones(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        assert subjects(await world.ask(ALICE, find(named("inbox"), traversal="Associated"))) == ["G hidden"]
        assert subjects(await world.ask(ALICE, find(named("inbox"), traversal="SoftDeleted"))) == []

    run(story, tmp_path)


@pytest.mark.parametrize("sort", ["", order(field("item:Subject"), "Descending"), order(COLOUR)])
def test_pages(sort: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)

        async def page(limit: int, offset: int, base: str = "Beginning") -> tuple[list[str], dict[str, str]]:
            answer = await world.ask(ALICE, find(named("inbox"), PAGE.format(limit, offset, base), sort=sort))
            return subjects(answer), {str(k): str(v) for k, v in answer.one("//m:RootFolder").attrib.items()}

        everything = (await page(1000, 0))[0]
        assert await page(4, 0) == (
            everything[:4],
            {"IndexedPagingOffset": "4", "TotalItemsInView": "6", "IncludesLastItemInRange": "false"},
        )
        assert await page(4, 4) == (everything[4:], {"TotalItemsInView": "6", "IncludesLastItemInRange": "true"})
        assert (await page(4, 9))[0] == []
        assert await page(2, 1, "End") == (
            everything[3:5],
            {"IndexedPagingOffset": "3", "TotalItemsInView": "6", "IncludesLastItemInRange": "false"},
        )
        half = '<m:FractionalPageItemView MaxEntriesReturned="2" Numerator="1" Denominator="2"/>'
        assert subjects(await world.ask(ALICE, find(named("inbox"), half, sort=sort))) == everything[3:5]

    run(story, tmp_path)


def test_an_empty_folder_still_has_a_root(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, find(named("drafts"), PAGE.format(10, 0, "Beginning")))
        root = answer.one("//m:RootFolder")
        assert dict(root.attrib) == {"TotalItemsInView": "0", "IncludesLastItemInRange": "true"}

    run(story, tmp_path)


def test_several_folders_get_a_message_each(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = await seven(world)
        await post.put(await post.folder("drafts"), message("In drafts"))
        gone = by_id(write_id(IdKind.FOLDER, post.mailbox, 1))
        answer = await world.ask(ALICE, find(named("drafts") + gone + named("inbox")))
        assert answer.codes == ["NoError", "ErrorFolderNotFound", "NoError"]
        assert [root.get("TotalItemsInView") for root in answer.all("//m:RootFolder")] == ["1", "6"]

    run(story, tmp_path)


RED = field("item:Categories")
FOUND = [
    (compare("IsEqualTo", field("item:Subject"), "B red"), "B"),
    (compare("IsEqualTo", field("item:Subject"), "b red"), ""),
    (compare("IsNotEqualTo", field("item:Subject"), "B red"), "FEDCA"),
    (contains(field("item:Subject"), "r"), "EDCBF"),
    (contains(field("item:Subject"), "B RED", "FullString", "IgnoreCase"), "B"),
    (contains(field("item:Subject"), "f", "Prefixed"), ""),
    (contains(field("item:Subject"), "f", "Prefixed", "IgnoreCase"), "F"),
    (contains(field("item:Subject"), "ornskold", "Substring", "IgnoreNonSpacingCharacters"), "E"),
    (contains(field("item:Subject"), "ORNSKOLDSVIK", "ExactPhrase", "Loose"), "E"),
    (contains(field("item:Subject"), "carol", "PrefixOnWords", "IgnoreCase"), "C"),
    (contains(field("item:Subject"), "ain", "PrefixOnWords", "IgnoreCase"), ""),
    (contains(field("item:Body"), "needle"), "E"),
    (contains(field("message:From"), "carol", comparison="IgnoreCase"), "C"),
    (compare("IsEqualTo", field("message:IsRead"), "false"), "FDB"),
    (compare("IsEqualTo", field("message:IsRead"), "true"), "ECA"),
    (compare("IsEqualTo", field("item:Importance"), "High"), "D"),
    (compare("IsEqualTo", RED, "Work"), "B"),
    (compare("IsEqualTo", RED, "WORK"), "B"),
    (contains(RED, "work", "FullString"), "B"),
    (f"<t:Exists>{RED}</t:Exists>", "B"),
    (f"<t:Not><t:Exists>{RED}</t:Exists></t:Not>", "FEDCA"),
    (f"<t:Exists>{COLOUR}</t:Exists>", "FDB"),
    (compare("IsGreaterThan", COLOUR, "5"), "FD"),
    (compare("IsLessThanOrEqualTo", COLOUR, "6"), "FB"),
    (f'<t:Excludes>{COLOUR}<t:Bitmask Value="0x4"/></t:Excludes>', "ECBA"),
    (compare("IsGreaterThanOrEqualTo", field("item:DateTimeReceived"), "2026-11-23T12:04:00Z"), "FE"),
    (compare("IsGreaterThan", field("item:DateTimeReceived"), "2026-11-23T14:04:00+02:00"), "F"),
    (compare("IsLessThan", field("item:DateTimeReceived"), "2026-11-23T12:01:00Z"), "A"),
    (compare("IsEqualTo", field("item:DateTimeReceived"), "2026-11-23T12:02:00Z"), "C"),
    (compare("IsGreaterThan", field("item:Size"), "100000"), ""),
    (compare("IsEqualTo", field("item:ItemClass"), "IPM.Note"), "FEDCBA"),
    ("<t:And>" + compare("IsEqualTo", field("message:IsRead"), "false") + contains(field("item:Subject"), "red")
     + "</t:And>", "B"),
    ("<t:Or>" + compare("IsEqualTo", field("item:Subject"), "A plain") + contains(field("item:Subject"), "red")
     + "</t:Or>", "BA"),
    ("<t:And>" + compare("IsEqualTo", field("message:IsRead"), "false")
     + compare("IsGreaterThan", field("item:Size"), "0") + "</t:And>", "FDB"),
    (f"<t:IsEqualTo>{field('item:DateTimeSent')}<t:FieldURIOrConstant>{field('item:DateTimeReceived')}"
     "</t:FieldURIOrConstant></t:IsEqualTo>", "FEDCBA"),
]  # fmt: skip


@pytest.mark.parametrize(("restriction", "found"), FOUND)
def test_restrictions(restriction: str, found: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        answer = await world.ask(ALICE, find(named("inbox"), restriction=restriction))
        assert answer.codes == ["NoError"]
        assert sorted(subject[0] for subject in subjects(answer)) == sorted(found)
        assert answer.one("//m:RootFolder").get("TotalItemsInView") == str(len(found))

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("restriction", "code"),
    [
        (compare("IsEqualTo", field("item:ResponseObjects"), "x"), "ErrorUnsupportedPathForQuery"),
        (compare("IsEqualTo", field("folder:DisplayName"), "x"), "ErrorUnsupportedPathForQuery"),
        (compare("IsEqualTo", field("item:DateTimeReceived"), "yesterday"), "ErrorInvalidValueForProperty"),
        (compare("IsEqualTo", field("item:Size"), "big"), "ErrorInvalidValueForProperty"),
        (contains(field("item:Size"), "1"), "ErrorContainsFilterWrongType"),
        (f'<t:Excludes>{field("item:Subject")}<t:Bitmask Value="4"/></t:Excludes>', "ErrorInvalidExcludesRestriction"),
        ("<t:Not>" * 70 + f"<t:Exists>{RED}</t:Exists>" + "</t:Not>" * 70, "ErrorRestrictionTooComplex"),
        ("<t:Or>" + f"<t:Exists>{RED}</t:Exists>" * 1001 + "</t:Or>", "ErrorRestrictionTooLong"),
    ],
)
def test_restrictions_that_cannot_be(restriction: str, code: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, find(named("inbox", "drafts"), restriction=restriction))).codes == [code] * 2

    run(story, tmp_path)


@pytest.mark.parametrize(
    "restriction",
    ["<t:And/>", "<t:Exists/>", "<t:Sometimes/>", f"<t:IsEqualTo>{RED}</t:IsEqualTo>",
     compare("IsEqualTo", field("item:Nonsense"), "x"), contains(RED, "x", "Somewhere"),
     f'<t:Excludes>{COLOUR}<t:Bitmask Value="many"/></t:Excludes>'],
)  # fmt: skip
def test_restrictions_against_the_schema(restriction: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, find(named("inbox"), restriction=restriction), status=500)
        assert answer.codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("sort", "found"),
    [
        (order(field("item:Subject")), "ABCDEF"),
        (order(field("item:DateTimeReceived")), "ABCDEF"),
        (order(field("item:DateTimeReceived"), "Descending"), "FEDCBA"),
        (order(COLOUR), "ECABFD"),
        (order(COLOUR, "Descending"), "DFBECA"),
        (order(field("message:IsRead")) + order(field("item:Subject"), "Descending"), "FDBECA"),
        (order(field("item:Importance"), "Descending") + order(field("item:Subject")), "DABCEF"),
    ],
)
def test_sorting(sort: str, found: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        answer = await world.ask(ALICE, find(named("inbox"), sort=sort))
        assert "".join(subject[0] for subject in subjects(answer)) == found

    run(story, tmp_path)


def test_sorting_by_what_cannot_be_sorted(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        answer = await world.ask(ALICE, find(named("inbox"), sort=order(field("item:Body"))))
        assert answer.codes == ["ErrorUnsupportedPathForSortGroup"]
        assert answer.one("//m:MessageXml/t:FieldURI").get("FieldURI") == "item:Body"

    run(story, tmp_path)


def test_grouping(tmp_path: Path) -> None:
    group = (
        f'<m:GroupBy Order="Descending">{field("message:IsRead")}'
        f'<t:AggregateOn Aggregate="Maximum">{field("item:DateTimeReceived")}</t:AggregateOn></m:GroupBy>'
    )

    async def story(world: World) -> None:
        await seven(world)
        answer = await world.ask(ALICE, find(named("inbox"), group=group))
        groups = [
            (one.findtext("{*}GroupIndex"), "".join((s.text or "")[0] for s in one.iter("{*}Subject")))
            for one in answer.all("//t:GroupedItems")
        ]
        assert groups == [("False", "FDB"), ("True", "ECA")]
        standard = (
            '<m:DistinguishedGroupBy Order="Ascending"><t:StandardGroupBy>ConversationTopic</t:StandardGroupBy>'
            "</m:DistinguishedGroupBy>"
        )
        assert len((await world.ask(ALICE, find(named("inbox"), group=standard))).all("//t:Subject")) == 6

    run(story, tmp_path)


def test_seeking_to_a_condition(tmp_path: Path) -> None:
    condition = compare("IsEqualTo", field("item:Subject"), "D important")
    view = (
        '<m:SeekToConditionPageItemView MaxEntriesReturned="2" BasePoint="Beginning">'
        f"<t:Condition>{condition}</t:Condition></m:SeekToConditionPageItemView>"
    )

    async def story(world: World) -> None:
        await seven(world)
        answer = await world.ask(ALICE, find(named("inbox"), view))
        assert [subject[0] for subject in subjects(answer)] == ["D", "C"]

    run(story, tmp_path)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("red", "B"),
        ("RED", "B"),
        ("needle", "E"),
        ("subject:red", "B"),
        ('subject:"from Carol"', "C"),
        ("from:carol", "C"),
        ("to:alice", "ABCDEF"),
        ("participants:carol", "C"),
        ("body:needle", "E"),
        ("red OR carol", "BC"),
        ("NOT red", "ACDEF"),
        ("from:(carol OR bob) isread:true", "ACE"),
        ("importance:high", "D"),
        ("category:work", "B"),
        ("received:today", "ABCDEF"),
        ("received:yesterday", ""),
        ("received:2026-11-23", "ABCDEF"),
        ("received:11/22/2026..11/24/2026", "ABCDEF"),
        ("received:&gt;2026-11-23", ""),
        ("size:&gt;1mb", ""),
        ("kind:email", "ABCDEF"),
        ("kind:meetings", ""),
        ("subject:re*", "B"),
        ("subject:ed", ""),
        ('subject:="red"', "B"),
        ('"from carol" received:"this week"', "C"),
        ("received:lastweek", ""),
        ("received:monday", "ABCDEF"),
        ("received:2026", "ABCDEF"),
        ("received:2025", ""),
        ("received:&gt;=2026-11-23 received:&lt;2026-11-24", "ABCDEF"),
        ("size:tiny", "ABCDEF"),
        ("size:1kb..1mb", ""),
        ("red OR body:needle OR kind:tasks", "BE"),
        ("isread:false", "BDF"),
        ("nowhere", ""),
        ("hasattachment:false", "ABCDEF"),
        ("(red", "B"),
        ("subject:", ""),
        ('"', "ABCDEF"),
    ],
)
@pytest.mark.parametrize("indexed", [False, True])
def test_query_strings(query: str, found: str, indexed: bool, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        if indexed:
            assert await world.exchange.text_index.catch_up()
        answer = await world.ask(ALICE, find(named("inbox"), query=query))
        assert answer.codes == ["NoError"]
        assert sorted(subject[0] for subject in subjects(answer)) == list(found)

    run(story, tmp_path)


def test_what_a_query_looked_for_is_told(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        await seven(world)
        body = find(named("inbox"), query='subject:red OR "from carol"')
        assert (await world.ask(ALICE, body)).all("//m:HighlightTerms") == []
        body = body.replace("<m:QueryString>", '<m:QueryString ReturnHighlightTerms="true">')
        answer = await world.ask(ALICE, body)
        assert answer.texts("//m:HighlightTerms/t:Term/t:Scope") == ["Subject", ""]
        assert answer.texts("//m:HighlightTerms/t:Term/t:Value") == ["red", "from carol"]

    run(story, tmp_path)


def test_a_calendar_by_days_and_by_items(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        calendar = await post.folder("calendar")
        for number in range(3):
            start = NOON + timedelta(days=number)
            await post.put_event(
                calendar, CalendarProperties(subject=f"Day {number}", start=start, end=start + timedelta(hours=1))
            )
        view = '<m:CalendarView StartDate="{}" EndDate="{}"/>'
        answer = await world.ask(
            ALICE, find(named("calendar"), view.format("2026-11-24T00:00:00Z", "2026-11-26T00:00:00Z"))
        )
        assert subjects(answer) == ["Day 1", "Day 2"]
        touched = view.format("2026-11-24T13:00:00Z", "2026-11-25T12:00:00Z")
        assert subjects(await world.ask(ALICE, find(named("calendar"), touched))) == ["Day 1"], "what ends as it begins"
        limited = view.format("2026-11-20T00:00:00Z", "2026-11-30T00:00:00Z").replace("/>", ' MaxEntriesReturned="2"/>')
        answer = await world.ask(ALICE, find(named("calendar"), limited))
        assert subjects(answer) == ["Day 0", "Day 1"]
        assert answer.one("//m:RootFolder").get("IncludesLastItemInRange") == "false"
        later = compare("IsGreaterThan", field("calendar:Start"), "2026-11-24T00:00:00Z")
        by_start = order(field("calendar:Start"), "Descending")
        answer = await world.ask(ALICE, find(named("calendar"), restriction=later, sort=by_start))
        assert subjects(answer) == ["Day 2", "Day 1"]
        for refused in (
            find(named("calendar"), limited, restriction=later),
            find(named("calendar"), limited, sort=by_start),
        ):
            assert (await world.ask(ALICE, refused)).codes == ["ErrorInvalidOperation"]
        answer = await world.ask(ALICE, find(named("inbox"), view.format("2026-11-24", "2026-11-26")))
        assert answer.codes == ["ErrorCalendarFolderIsInvalidForCalendarView"]

    run(story, tmp_path)


def test_a_page_of_a_large_folder_reads_a_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        await post.put(await post.folder("inbox"), *[message(f"Number {n:04}", n) for n in range(300)])
        read = 0
        original = items.item_of_row

        def counting(*args: object) -> object:
            nonlocal read
            read += 1
            return original(*args)  # type: ignore[arg-type]

        monkeypatch.setattr(item_search, "item_of_row", counting)
        monkeypatch.setattr(items, "item_of_row", counting)
        for sort in ("", order(field("item:Subject"))):
            read = 0
            answer = await world.ask(ALICE, find(named("inbox"), PAGE.format(50, 100, "Beginning"), sort=sort))
            assert len(subjects(answer)) == 50
            assert read == 50
            assert answer.one("//m:RootFolder").get("TotalItemsInView") == "300"

    run(story, tmp_path)


@pytest.mark.parametrize("sort", ["", "item:Subject Ascending", "message:From Descending", "item:Size Ascending"])
def test_pages_go_on_where_the_last_one_ended(sort: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find_actions, "FAR", 4)

    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        several = [message(f"Number {n % 4}", n // 3, date_time_received=None if n > 20 else NOON) for n in range(24)]
        rows = await post.put(inbox, *several)
        by = order(field(sort.split()[0]), sort.split()[1]) if sort else ""

        async def read(offset: int, count: int = 5) -> list[str]:
            answer = await world.ask(
                ALICE, find(named("inbox"), PAGE.format(count, offset, "Beginning"), sort=by, shape=ONLY_IDS)
            )
            return [str(found.get("Id")) for found in answer.all("//t:ItemId")]

        whole = await read(0, 100)
        assert len(whole) == 24
        for _ in range(2):
            for offset in range(0, 25, 5):
                assert await read(offset) == whole[offset : offset + 5]
        assert await read(12, 3) == whole[12:15]
        # What happens between two pages is seen by the next one.
        gone = next(row.id for row in rows if write_id(IdKind.ITEM, post.mailbox, row.id) == whole[2])
        await post.remove(gone)
        assert await read(10) == whole[11:16]

    run(story, tmp_path)


def test_instants_within_one_second_are_told_apart(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        base = datetime(2026, 11, 23, 12, 0, 0, tzinfo=UTC)
        half = base + timedelta(milliseconds=500)
        await post.put(await post.folder("inbox"), message("Half past", date_time_received=half))
        for operator, found in (("IsGreaterThan", 1), ("IsLessThanOrEqualTo", 0), ("IsEqualTo", 0)):
            restriction = compare(operator, field("item:DateTimeReceived"), "2026-11-23T12:00:00Z")
            answer = await world.ask(ALICE, find(named("inbox"), restriction=restriction))
            assert len(subjects(answer)) == found

    run(story, tmp_path)


def test_a_folder_made_by_the_client_is_searched_too(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        one = ids(await world.ask(ALICE, create(named("inbox"), "One")))[0]
        await Post(world, ALICE).put(read_id(one).row, message("In one"))
        assert subjects(await world.ask(ALICE, find(by_id(one)))) == ["In one"]

    run(story, tmp_path)
