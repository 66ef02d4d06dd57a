from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
from lxml import etree

from samband.exchange.actions.settings import ExchangeSettings
from samband.model.caller import Caller
from samband.model.changes import OofChanged
from samband.model.people import Person
from samband.wire.ews.ids import IdKind, read_id, write_id
from samband.wire.ews.notifications import KINDS
from tests.exchange.ews.test_endpoint import impersonate
from tests.exchange.ews.test_folders import by_id, create, delete, get, ids, make, named, rename, transfer
from tests.exchange.mail import Post, message
from tests.exchange.world import ALICE, BOB, NAMES, PARTNER, Answer, World, envelope, run
from tests.schema import valid

ALL_KINDS = tuple(sorted(KINDS))
QUICK = ExchangeSettings(streaming_minute=0.5, streaming_heartbeat=0.1)
UNHURRIED = ExchangeSettings(streaming_minute=20, streaming_heartbeat=10)


def subscribe(
    way: str, folders: str = "", kinds: tuple[str, ...] = ALL_KINDS, more: str = "", watermark: str = ""
) -> str:
    of = f"<t:FolderIds>{folders}</t:FolderIds>" if folders else ""
    everywhere = "" if folders else ' SubscribeToAllFolders="true"'
    types = "".join(f"<t:EventType>{kind}</t:EventType>" for kind in kinds)
    mark = f"<t:Watermark>{watermark}</t:Watermark>" if watermark else ""
    rest = more or ("<t:Timeout>10</t:Timeout>" if way == "Pull" else "")
    name = f"m:{way}SubscriptionRequest"
    content = f"{of}<t:EventTypes>{types}</t:EventTypes>{mark}{rest}"
    return f"<m:Subscribe><{name}{everywhere}>{content}</{name}></m:Subscribe>"


def get_events(id_: str, watermark: str) -> str:
    return (
        f"<m:GetEvents><m:SubscriptionId>{id_}</m:SubscriptionId><m:Watermark>{watermark}</m:Watermark></m:GetEvents>"
    )


def unsubscribe(id_: str) -> str:
    return f"<m:Unsubscribe><m:SubscriptionId>{id_}</m:SubscriptionId></m:Unsubscribe>"


def get_streaming_events(*ids: str, minutes: int | str = 1) -> str:
    named = "".join(f"<t:SubscriptionId>{one}</t:SubscriptionId>" for one in ids)
    return (
        f"<m:GetStreamingEvents><m:SubscriptionIds>{named}</m:SubscriptionIds>"
        f"<m:ConnectionTimeout>{minutes}</m:ConnectionTimeout></m:GetStreamingEvents>"
    )


class Puller:
    """Keeps a pull subscription."""

    def __init__(self, world: World, who: Person = ALICE) -> None:
        self.world, self.who = world, who
        self.id = self.watermark = ""

    async def subscribe(self, folders: str = "", **more: str) -> Puller:
        answer = await self.world.ask(self.who, subscribe("Pull", folders, **more))  # type: ignore[arg-type]
        assert answer.codes == ["NoError"]
        self.id, self.watermark = answer.text("//m:SubscriptionId"), answer.text("//m:Watermark")
        return self

    async def events(self) -> list[etree._Element]:
        answer = await self.world.ask(self.who, get_events(self.id, self.watermark))
        assert answer.codes == ["NoError"]
        assert answer.text("//m:Notification/t:PreviousWatermark") == self.watermark
        self.watermark = answer.texts("//t:Watermark")[-1]
        return answer.all("//m:Notification/*[not(self::t:SubscriptionId or self::t:PreviousWatermark or "
                          "self::t:MoreEvents)]")  # fmt: skip

    async def kinds(self) -> list[str]:
        return [etree.QName(event).localname for event in await self.events()]


async def stream(world: World, who: Person | Caller, *ids: str, minutes: int = 1) -> AsyncIterator[Answer]:
    """The envelopes of a stream, each known to be valid and whole."""
    response = await world.send(who, envelope(get_streaming_events(*ids, minutes=minutes)))
    assert response.status == 200
    assert not isinstance(response.body, bytes)
    async with aclosing(response.body) as chunks:  # type: ignore[type-var]
        async for chunk in chunks:
            assert chunk.startswith(b"<Envelope xmlns=")
            assert chunk.endswith(b"</Envelope>")
            assert chunk.count(b"</Envelope>") == 1
            yield Answer(200, valid(chunk), chunk)


async def next_news(answers: AsyncIterator[Answer]) -> list[str]:
    """The kinds of events in the next envelope that has any."""
    async for answer in answers:
        events = answer.all("//m:Notification/*[not(self::t:SubscriptionId)]")
        if events:
            return [etree.QName(event).localname for event in events]
    raise AssertionError("the stream ended")


async def streaming(world: World, folders: str = "", who: Person = ALICE) -> str:
    answer = await world.ask(who, subscribe("Streaming", folders))
    assert answer.codes == ["NoError"]
    assert not answer.all("//m:Watermark")
    return answer.text("//m:SubscriptionId")


def test_what_happens_in_a_folder_is_pulled(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox, drafts = await post.folder("inbox"), await post.folder("drafts")
        puller = await Puller(world).subscribe(named("inbox"))
        assert await puller.kinds() == ["StatusEvent"]
        item = (await post.put(inbox, message("New")))[0].id
        created, new_mail, folder = await puller.events()
        assert [etree.QName(one).localname for one in (created, new_mail, folder)] == [
            "CreatedEvent",
            "NewMailEvent",
            "ModifiedEvent",
        ]
        assert created.find("{*}ItemId").get("Id") == write_id(IdKind.ITEM, post.mailbox, item)  # type: ignore[union-attr]
        assert created.find("{*}ParentFolderId").get("Id") == write_id(IdKind.FOLDER, post.mailbox, inbox)  # type: ignore[union-attr]
        assert folder.find("{*}FolderId").get("Id") == write_id(IdKind.FOLDER, post.mailbox, inbox)  # type: ignore[union-attr]
        assert folder.findtext("{*}UnreadCount") == "1"
        await post.change(item, subject="Changed")
        assert await puller.kinds() == ["ModifiedEvent"]
        await post.read(item, True)
        assert await puller.kinds() == ["ModifiedEvent", "ModifiedEvent"]
        copy = (await post.copy(item, inbox)).id
        assert await puller.kinds() == ["CopiedEvent", "ModifiedEvent"]
        await post.remove(copy)
        assert await puller.kinds() == ["DeletedEvent", "ModifiedEvent"]
        moved = (await post.move(item, drafts)).id
        events = await puller.events()
        assert etree.QName(events[0]).localname == "MovedEvent"
        assert events[0].find("{*}OldItemId").get("Id") == write_id(IdKind.ITEM, post.mailbox, item)  # type: ignore[union-attr]
        assert events[0].find("{*}ItemId").get("Id") == write_id(IdKind.ITEM, post.mailbox, moved)  # type: ignore[union-attr]
        assert events[0].find("{*}OldParentFolderId").get("Id") == write_id(IdKind.FOLDER, post.mailbox, inbox)  # type: ignore[union-attr]
        await post.put(drafts, message("Elsewhere"))
        assert await puller.kinds() == ["StatusEvent"]

    run(story, tmp_path)


def test_only_events_asked_for_are_told(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        puller = await Puller(world).subscribe(named("inbox"), kinds=("NewMailEvent",))  # type: ignore[arg-type]
        await post.put(await post.folder("inbox"), message("One"), message("Two"))
        assert await puller.kinds() == ["NewMailEvent", "NewMailEvent"]

    run(story, tmp_path)


def test_the_same_watermark_gives_the_same_events(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        puller = await Puller(world).subscribe(named("inbox"), kinds=("NewMailEvent",))  # type: ignore[arg-type]
        await post.put(await post.folder("inbox"), *[message(f"{n}") for n in range(120)])
        first = await world.ask(ALICE, get_events(puller.id, puller.watermark))
        assert first.text("//t:MoreEvents") == "true"
        again = await world.ask(ALICE, get_events(puller.id, puller.watermark))
        assert first.texts("//t:Watermark") == again.texts("//t:Watermark")
        assert len(await puller.events()) == 100
        assert len(await puller.events()) == 20
        assert await puller.kinds() == ["StatusEvent"]

    run(story, tmp_path)


def test_a_new_subscription_goes_on_from_an_old_watermark(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        old = await Puller(world).subscribe(named("inbox"), kinds=("NewMailEvent",))  # type: ignore[arg-type]
        await post.put(await post.folder("inbox"), message("One"), message("Two"))
        await world.ask(ALICE, unsubscribe(old.id))
        await post.put(await post.folder("inbox"), message("Three"))
        new = await Puller(world).subscribe(named("inbox"), kinds=("NewMailEvent",), watermark=old.watermark)  # type: ignore[arg-type]
        await post.put(await post.folder("inbox"), message("Four"))
        assert await new.kinds() == ["NewMailEvent"] * 4

    run(story, tmp_path)


def test_events_of_folders(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        puller = await Puller(world).subscribe()
        await puller.events()
        one = await make(world, named("inbox"), "One")
        assert await puller.kinds() == ["CreatedEvent"]
        await world.ask(ALICE, rename(by_id(one), "Uno"))
        await world.ask(ALICE, transfer("MoveFolder", named("drafts"), by_id(one)))
        await world.ask(ALICE, delete(by_id(one)))
        events = await puller.events()
        assert [etree.QName(event).localname for event in events] == ["ModifiedEvent", "MovedEvent", "DeletedEvent"]
        assert {event.find("{*}FolderId").get("Id") for event in events} == {one}  # type: ignore[union-attr]
        assert not events[0].findtext("{*}UnreadCount")

    run(story, tmp_path)


def test_out_of_office_is_news_of_the_root(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        root = ids(await world.ask(ALICE, get(named("root"))))[0]
        for puller in (await Puller(world).subscribe(named("root", "calendar")), await Puller(world).subscribe()):
            await puller.events()
            await world.store.write(lambda tx: tx.append(OofChanged(scope=ALICE.msExchMailboxGuid)))
            (event,) = await puller.events()
            assert etree.QName(event).localname == "ModifiedEvent"
            assert event.find("{*}FolderId").get("Id") == root  # type: ignore[union-attr]

    run(story, tmp_path)


def test_subscriptions_that_cannot_be(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        bobs = ids(await world.ask(BOB, get(named("inbox"))))[0]
        gone = write_id(IdKind.FOLDER, ALICE.msExchMailboxGuid, 1)
        push = "<t:StatusFrequency>1</t:StatusFrequency><t:URL>http://127.0.0.1/</t:URL>"
        for body, code in (
            (subscribe("Push", named("inbox"), more=push), "ErrorInvalidSubscriptionRequest"),
            (subscribe("Streaming", named("inbox")).replace("Request>", 'Request SubscribeToAllFolders="true">', 1),
             "ErrorInvalidSubscriptionRequest"),
            (subscribe("Streaming").replace(' SubscribeToAllFolders="true"', ""), "ErrorInvalidSubscriptionRequest"),
            (subscribe("Streaming", by_id(bobs)), "ErrorFolderNotFound"),
            (subscribe("Streaming", by_id(gone)), "ErrorFolderNotFound"),
            (subscribe("Streaming", by_id("AAA")), "ErrorInvalidIdMalformed"),
            (subscribe("Pull", named("inbox"), watermark="AAAA"), "ErrorInvalidWatermark"),
            (subscribe("Pull", named("inbox"), watermark="AQAAAAAAD///AAAAAA=="), "ErrorInvalidWatermark"),
        ):  # fmt: skip
            assert (await world.ask(ALICE, body)).codes == [code], body

    run(story, tmp_path)


@pytest.mark.parametrize(
    "body",
    [
        "<m:Subscribe/>",
        subscribe("Pull", more="<t:Timeout>0</t:Timeout>"),
        subscribe("Pull", more="<t:Timeout>1441</t:Timeout>"),
        subscribe("Streaming", kinds=()),
        subscribe("Streaming", kinds=("OldMailEvent",)),
        subscribe("Streaming").replace('"true"', '"maybe"'),
        get_streaming_events(),
        get_streaming_events("x", minutes=31),
        get_streaming_events("x", minutes="soon"),
        unsubscribe(""),
    ],
)
def test_requests_against_the_schema(body: str, tmp_path: Path) -> None:
    async def story(world: World) -> None:
        assert (await world.ask(ALICE, body, status=500)).codes == ["ErrorSchemaValidation"]

    run(story, tmp_path)


def test_ending_subscriptions(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        pull, stream_ = (await Puller(world).subscribe()).id, await streaming(world)
        for id_ in (pull, stream_):
            assert (await world.ask(BOB, unsubscribe(id_))).codes == ["ErrorSubscriptionNotFound"]
            assert (await world.ask(ALICE, unsubscribe(id_))).codes == ["NoError"]
            assert (await world.ask(ALICE, unsubscribe(id_))).codes == ["ErrorSubscriptionNotFound"]
        assert (await world.ask(ALICE, unsubscribe("AAA-"))).codes == ["ErrorInvalidSubscription"]

    run(story, tmp_path)


def test_asking_for_events_wrongly(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        puller = await Puller(world).subscribe()
        first = puller.watermark
        for id_, watermark, code in (
            ("AAA-", first, "ErrorInvalidSubscription"),
            ("0" * 32, first, "ErrorSubscriptionNotFound"),
            (await streaming(world), first, "ErrorInvalidPullSubscriptionId"),
            (puller.id, "AAAA", "ErrorInvalidWatermark"),
        ):
            assert (await world.ask(ALICE, get_events(id_, watermark))).codes == [code]
        await post.put(await post.folder("inbox"), message("One"))
        await puller.events()
        await puller.events()
        assert (await world.ask(ALICE, get_events(puller.id, first))).codes == ["ErrorInvalidWatermark"]

    run(story, tmp_path)


def test_a_pull_subscription_that_nobody_asks_for_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        puller = await Puller(world).subscribe()
        world.clock.advance(minutes=9)
        await puller.events()
        world.clock.advance(minutes=9)
        await puller.events()
        world.clock.advance(minutes=11)
        assert (await world.ask(ALICE, get_events(puller.id, puller.watermark))).codes == ["ErrorSubscriptionNotFound"]

    run(story, tmp_path)


def test_how_many_subscriptions_one_may_have(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        first = (await Puller(world).subscribe()).id
        await Puller(world).subscribe()
        assert (await world.ask(ALICE, subscribe("Streaming"))).codes == ["ErrorExceededSubscriptionCount"]
        await Puller(world, BOB).subscribe()
        await world.ask(ALICE, unsubscribe(first))
        await Puller(world).subscribe()
        world.clock.advance(minutes=20)
        await Puller(world).subscribe()

    run(story, tmp_path, ExchangeSettings(subscriptions_per_caller=2))


def test_a_stream_begins_lives_and_ends(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        id_ = await streaming(world, named("inbox"))
        statuses = [answer.text("//m:ConnectionStatus") async for answer in stream(world, ALICE, id_)]
        assert statuses[0] == "OK"
        assert statuses[-1] == "Closed"
        assert set(statuses[1:-1]) == {"OK"}
        assert 2 < len(statuses) < 9

    run(story, tmp_path, QUICK)


def test_news_come_as_they_happen_and_wait_between_connections(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        id_ = await streaming(world, named("inbox"))
        await post.put(inbox, message("Before the first connection"))
        answers = stream(world, ALICE, id_)
        assert (await anext(answers)).text("//m:ConnectionStatus") == "OK"
        assert await next_news(answers) == ["CreatedEvent", "NewMailEvent", "ModifiedEvent"]
        waiting = asyncio.create_task(next_news(answers))
        await asyncio.sleep(0)
        await post.put(inbox, message("While it waits"))
        assert await waiting == ["CreatedEvent", "NewMailEvent", "ModifiedEvent"]
        await answers.aclose()  # type: ignore[attr-defined]
        await post.put(inbox, message("Between connections"))
        answers = stream(world, ALICE, id_)
        assert await next_news(answers) == ["CreatedEvent", "NewMailEvent", "ModifiedEvent"]
        await answers.aclose()  # type: ignore[attr-defined]

    run(story, tmp_path, UNHURRIED)


def test_one_connection_for_several_subscriptions(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        first, second = await streaming(world, named("inbox")), await streaming(world, named("drafts"))
        answers = stream(world, ALICE, first, second)
        await anext(answers)
        await post.put(await post.folder("drafts"), message("Draft"))
        await post.put(await post.folder("inbox"), message("Mail"))
        answer = await anext(answers)
        assert answer.texts("//m:Notification/t:SubscriptionId") == [first, second]
        await answers.aclose()  # type: ignore[attr-defined]

    run(story, tmp_path, UNHURRIED)


def test_a_newer_connection_takes_over(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        id_ = await streaming(world, named("inbox"))
        older, newer = stream(world, ALICE, id_), stream(world, ALICE, id_)
        await anext(older)
        await anext(newer)
        assert [answer.text("//m:ConnectionStatus") async for answer in older] == ["Closed"]
        await post.put(await post.folder("inbox"), message("New"))
        assert (await next_news(newer))[0] == "CreatedEvent"
        await newer.aclose()  # type: ignore[attr-defined]

    run(story, tmp_path, UNHURRIED)


def test_a_stream_of_unknown_subscriptions_ends_at_once(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        good, pull = await streaming(world), (await Puller(world).subscribe()).id
        bobs = await streaming(world, who=BOB)
        answers = [answer async for answer in stream(world, ALICE, "AAA-", good, pull, bobs)]
        assert len(answers) == 1
        assert answers[0].codes == ["ErrorInvalidSubscription"]
        assert answers[0].text("//m:MessageText") == "Subscription is invalid."
        named_ = answers[0].root.xpath("//m:ErrorSubscriptionIds/*", namespaces=NAMES)
        assert [one.text for one in named_] == ["AAA-", pull, bobs]
        assert answers[0].text("//m:ConnectionStatus") == "Closed"

    run(story, tmp_path, UNHURRIED)


def test_who_reads_too_slowly_is_told_and_starts_again(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        post = Post(world, ALICE)
        inbox = await post.folder("inbox")
        id_, puller = await streaming(world, named("inbox")), await Puller(world).subscribe(named("inbox"))
        await post.put(inbox, *[message(f"{n}") for n in range(10)])
        last = [answer async for answer in stream(world, ALICE, id_)][-1]
        assert last.codes == ["ErrorMissedNotificationEvents"]
        assert last.texts("//m:ErrorSubscriptionIds/*") == [id_]
        pulled = await world.ask(ALICE, get_events(puller.id, puller.watermark))
        assert pulled.codes == ["ErrorMissedNotificationEvents"]
        for gone in (id_, puller.id):
            assert (await world.ask(ALICE, unsubscribe(gone))).codes == ["ErrorSubscriptionNotFound"]

    run(story, tmp_path, ExchangeSettings(streaming_minute=20, streaming_heartbeat=10, subscription_backlog=8))


def test_ending_a_subscription_ends_its_stream(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        id_ = await streaming(world)
        answers = stream(world, ALICE, id_)
        await anext(answers)
        await world.ask(ALICE, unsubscribe(id_))
        assert [answer.text("//m:ConnectionStatus") async for answer in answers] == ["Closed"]

    run(story, tmp_path, UNHURRIED)


def test_a_streaming_subscription_outlives_its_connection_for_a_while(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        id_ = await streaming(world)
        answers = stream(world, ALICE, id_)
        await anext(answers)
        world.clock.advance(hours=2)
        await answers.aclose()  # type: ignore[attr-defined]
        await asyncio.sleep(0)
        world.clock.advance(minutes=29)
        answers = stream(world, ALICE, id_)
        assert (await anext(answers)).codes == ["NoError"]
        await answers.aclose()  # type: ignore[attr-defined]
        world.clock.advance(minutes=31)
        assert (await anext(stream(world, ALICE, id_))).codes == ["ErrorInvalidSubscription"]

    run(story, tmp_path, UNHURRIED)


def test_an_application_hears_of_several_people_over_one_connection(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        made = []
        for person in (ALICE, BOB):
            answer = await world.ask(
                PARTNER, subscribe("Streaming", named("inbox", "root")),
                header=impersonate("SmtpAddress", person.mail),
            )  # fmt: skip
            made.append(answer.text("//m:SubscriptionId"))
        answers = stream(world, PARTNER, *made)
        assert (await anext(answers)).codes == ["NoError"]
        post = Post(world, BOB)
        await post.put(await post.folder("inbox"), message("For Bob"))
        answer = await anext(answers)
        assert answer.texts("//m:Notification/t:SubscriptionId") == [made[1]]
        item = answer.all("//t:CreatedEvent/t:ItemId")[0].get("Id") or ""
        assert read_id(item).mailbox == BOB.msExchMailboxGuid
        await answers.aclose()  # type: ignore[attr-defined]
        theirs = [one async for one in stream(world, ALICE, made[0])]
        assert theirs[0].codes == ["ErrorInvalidSubscription"]

    run(story, tmp_path, UNHURRIED)


def test_nobody_listens_when_all_subscriptions_ended(tmp_path: Path) -> None:
    async def story(world: World) -> None:
        id_ = await streaming(world)
        await world.ask(ALICE, create(named("inbox"), "One"))
        await world.ask(ALICE, unsubscribe(id_))
        assert ALICE.msExchMailboxGuid not in world.feed._of_scope

    run(story, tmp_path)
