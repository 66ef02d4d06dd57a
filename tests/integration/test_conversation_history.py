"""Conversations reach their mailboxes once, whatever is away, answers late or not at all."""

from __future__ import annotations

import asyncio
import itertools
import re
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from samband.integration import conversation_history as feature
from samband.integration.conversation_history import ConversationHistoryWriter
from samband.integration.exchange_client import ExchangeClient
from samband.lync.actions import spooled_texts
from samband.lync.actions.conversation_history import ConversationHistory
from samband.model.conversation_history import Kind, Said, pair
from samband.model.people import Person
from samband.store import spooled_texts as rows
from samband.store.api import StoreUnavailable
from samband.wire.ews.names import DECLARED
from samband.wire.http import HttpResponse
from samband.wire.soap.envelope import write_envelope
from tests.integration.fake_exchange import AUTODISCOVER, FakeExchange
from tests.trust.fakes import News, People, person, store
from tests.web_in_memory import Fields, WebInMemory

ALICE, BOB, CAROL = (f"{name}@contoso.test" for name in ("alice", "bob", "carol"))
TWO = Said(kind=Kind.TWO, place=pair(ALICE, BOB), session="s1", sender=ALICE, receivers=(BOB,), content="hello")


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is new is looked for at once: the clock here goes on by itself."""
    monkeypatch.setattr(feature, "GATHERING", 0.0)
    monkeypatch.setattr(spooled_texts, "GATHERING", 0.0)


class Clock:
    """Goes on by itself, a little with each look, so that what is due comes due."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(milliseconds=500)
        return self.now


class Mailboxes(WebInMemory):
    """An Exchange that keeps messages, by address and folder."""

    def __init__(self) -> None:
        self.fake = FakeExchange()
        self.items: dict[str, tuple[str, str, str]] = {}
        """Identifier -> (address, folder, the request that wrote it last)."""
        self.numbers = itertools.count(1)
        self.lost: list[str] = []
        """Operations that are done, and whose answer does not come."""
        self.refuse: dict[str, str] = {}
        """Operation -> ResponseCode."""
        self.asked: list[str] = []

    async def authorization_for(self, url: str, person: Person | None) -> str:
        return await self.fake.authorization_for(url, person)

    def forget(self, url: str) -> None:
        pass

    async def answer(self, method: str, url: str, headers: Fields, body: bytes) -> HttpResponse:
        text, who = body.decode(), dict(headers)["Authorization"].removeprefix("Bearer for ")
        operation = re.findall(r"<s:Body><[am]:(\w+)", text)[0]
        if operation == "GetUserSettingsRequestMessage" or self.fake.down or self.fake.refusal:
            return await self.fake.send(method, url, headers=headers, body=body)
        self.asked.append(operation)
        answer = self.done(operation, text, who)
        if operation in self.lost:
            self.lost.remove(operation)
            raise ConnectionResetError("gone")
        return HttpResponse(200, [], write_envelope(answer))

    def done(self, operation: str, text: str, who: str) -> str:
        if operation in self.refuse:
            return message(operation, code=self.refuse[operation])
        match operation:
            case "CreateItem":
                item = f"item{next(self.numbers)}"
                folder = re.findall(r'SavedItemFolderId><t:(?:Distinguished)?FolderId Id="([^"]*)"', text)[0]
                self.items[item] = (who, folder, text)
                return message(operation, f'<m:Items><t:Message><t:ItemId Id="{item}"/></t:Message></m:Items>')
            case "UpdateItem" | "DeleteItem":
                item = re.findall(r'<t:ItemId Id="([^"]*)"', text)[0]
                if item not in self.items:
                    return message(operation, code="ErrorItemNotFound")
                if operation == "DeleteItem":
                    del self.items[item]
                    return message(operation)
                self.items[item] = (*self.items[item][:2], text)
                return message(operation, f'<m:Items><t:Message><t:ItemId Id="{item}"/></t:Message></m:Items>')
            case "FindItem":
                mark = re.findall(r'Constant Value="([^"]*)"', text)[0]
                ids = [one for one, (_, _, written) in self.items.items() if f"<t:Value>{mark}<" in written]
                found = "".join(f'<t:Message><t:ItemId Id="{one}"/></t:Message>' for one in ids)
                return message(operation, f"<m:RootFolder><t:Items>{found}</t:Items></m:RootFolder>")
            case "FindFolder":
                return message(operation, "<m:RootFolder><t:Folders/></m:RootFolder>")
            case _:
                del self.refuse["CreateItem"]
                return message(operation, '<m:Folders><t:Folder><t:FolderId Id="made"/></t:Folder></m:Folders>')

    def of(self, who: str) -> list[str]:
        return [text for owner, _, text in self.items.values() if owner == who]


def message(operation: str, content: str = "", code: str = "NoError") -> str:
    kind = "Success" if code == "NoError" else "Error"
    return (
        f"<m:{operation}Response {DECLARED}><m:ResponseMessages>"
        f'<m:{operation}ResponseMessage ResponseClass="{kind}"><m:MessageText/><m:ResponseCode>{code}</m:ResponseCode>'
        f"{content}</m:{operation}ResponseMessage></m:ResponseMessages></m:{operation}Response>"
    )


class World:
    """Records, a mailbox side, and the feature between them; ``restart`` is another process on the same store."""

    def __init__(self, history: ConversationHistory, people: People, clock: Clock) -> None:
        self.history = history
        self.people = people
        self.clock = clock
        self.mailboxes = Mailboxes()
        self._tasks: list[asyncio.Task[None]] = []
        self.restart()

    def restart(self) -> None:
        for task in self._tasks:
            task.cancel()
        client = ExchangeClient(self.mailboxes, self.mailboxes, AUTODISCOVER)
        self.feature = ConversationHistoryWriter(client, self.people, self.history, self.clock, ZoneInfo("UTC"))
        self._tasks.append(asyncio.create_task(self.feature.run()))

    async def keep(self, said: Said) -> None:
        """Until it is in its conversation."""
        kept = self.history.keep(said)
        if kept is not None:
            await kept
            while await self.history._store.read(partial(rows.after, number=0, limit=1)):
                await asyncio.sleep(0.005)

    async def until(self, look: Callable[[], object]) -> None:
        for _ in range(400):
            self.feature.changed()
            await asyncio.sleep(0.005)
            if look():
                return
        raise AssertionError(self.mailboxes.items)

    async def quiet(self) -> None:
        """Nothing waits any more."""
        for _ in range(400):
            self.feature.changed()
            await asyncio.sleep(0.005)
            if not await self.history.owners():
                return
        raise AssertionError(await self.history.owners())

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()


def play(folder: Path, scene: Callable[[World], Coroutine[None, None, None]]) -> None:
    async def run() -> None:
        people, clock, marks = People(), Clock(), itertools.count(1)
        people.put(*(person(name) for name in ("alice", "bob", "carol")))
        async with store(folder, News()) as engine:
            history = ConversationHistory(engine, people, clock, lambda: f"mark{next(marks)}x")  # type: ignore[arg-type]
            world = World(history, people, clock)
            try:
                await scene(world)
            finally:
                world.close()
                await history.close()

    asyncio.run(run())


def test_one_item_that_grows(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await world.keep(TWO)
        await world.quiet()
        await world.keep(replace(TWO, sender=BOB, receivers=(ALICE,), content="<b>&hi</b>"))
        await world.quiet()
        for who in (ALICE, BOB):
            (text,) = world.mailboxes.of(who)
            assert "hello" in text and "&amp;lt;b&amp;gt;&amp;amp;hi" in text
        assert world.mailboxes.asked.count("CreateItem") == 2
        assert "FindItem" not in world.mailboxes.asked

    play(tmp_path, scene)


def test_an_answer_that_is_lost_doubles_nothing(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.mailboxes.lost = ["CreateItem", "CreateItem"]
        await world.keep(TWO)
        await world.until(lambda: not world.mailboxes.lost)
        world.restart()
        await world.quiet()
        assert [len(world.mailboxes.of(who)) for who in (ALICE, BOB)] == [1, 1]
        assert world.mailboxes.asked.count("FindItem") >= 2

    play(tmp_path, scene)


def test_what_cannot_be_reached_gets_everything_later(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.mailboxes.fake.down = True
        for number in range(3):
            await world.keep(replace(TWO, session=f"s{number}"))
        await world.until(lambda: world.mailboxes.fake.asked.count("GetUserSettingsRequestMessage") > 4)
        world.mailboxes.fake.down = False
        world.mailboxes.fake.refusal = "4000000;reason=none"
        await world.keep(replace(TWO, content="more"))
        await asyncio.sleep(0.05)
        world.mailboxes.fake.refusal = ""
        world.feature.try_again()
        await world.quiet()
        assert [len(world.mailboxes.of(who)) for who in (ALICE, BOB)] == [3, 3]
        assert sum("more" in text for text in world.mailboxes.of(ALICE)) == 1

    play(tmp_path, scene)


def test_a_refused_conversation_is_tried_again(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.mailboxes.refuse["CreateItem"] = "ErrorMailboxStoreUnavailable"
        await world.keep(TWO)
        await world.until(lambda: world.mailboxes.asked.count("CreateItem") >= 2)
        del world.mailboxes.refuse["CreateItem"]
        world.clock.now += timedelta(hours=2)
        await world.quiet()
        assert [len(world.mailboxes.of(who)) for who in (ALICE, BOB)] == [1, 1]

    play(tmp_path, scene)


def test_an_item_that_was_thrown_away_comes_back_with_what_is_said_next(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await world.keep(TWO)
        await world.quiet()
        world.mailboxes.items.clear()
        await world.keep(replace(TWO, content="more"))
        await world.quiet()
        (text,) = world.mailboxes.of(BOB)
        assert "hello" in text and "more" in text

    play(tmp_path, scene)


def test_a_mailbox_without_the_folder_gets_one(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.people.put(person("bob", msExchMailboxGuid=""))
        world.mailboxes.refuse["CreateItem"] = "ErrorFolderNotFound"
        await world.keep(TWO)
        await world.quiet()
        ((who, folder, _),) = world.mailboxes.items.values()
        assert (who, folder) == (ALICE, "made")

    play(tmp_path, scene)


def test_who_was_added_makes_another_item_of_it(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        talk = replace(TWO, kind=Kind.CONFERENCE, place="conf", session="")
        await world.keep(talk)
        await world.quiet()
        await world.keep(replace(talk, receivers=(BOB, CAROL), content="welcome"))
        await world.quiet()
        for who in (ALICE, BOB):
            (text,) = world.mailboxes.of(who)
            assert "hello" in text and "welcome" in text and f"<t:EmailAddress>{CAROL}<" in text
        (text,) = world.mailboxes.of(CAROL)
        assert "hello" not in text

    play(tmp_path, scene)


def test_a_guest_has_the_name_they_gave(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        guest = "0123abcd@anonymous.invalid"
        names = ((guest, "Ann (guest)"), (ALICE, "Not Alice"))
        said = replace(
            TWO, kind=Kind.CONFERENCE, place="conf", session="", sender=guest, receivers=(ALICE,), names=names
        )
        await world.keep(said)
        await world.quiet()
        (text,) = world.mailboxes.of(ALICE)
        assert "Ann (guest)" in text
        assert "Not Alice" not in text

    play(tmp_path, scene)


def test_missed_is_mail(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await world.keep(replace(TWO, kind=Kind.MISSED))
        await world.quiet()
        ((who, folder, text),) = world.mailboxes.items.values()
        assert (who, folder) == (BOB, "inbox")
        assert "<t:ItemClass>IPM.Note.Microsoft.Missed<" in text and "<t:IsRead>false<" in text

    play(tmp_path, scene)


def test_whose_mailbox_is_gone(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        world.people.put(person("bob", mail=""))
        await world.keep(TWO)
        await world.until(lambda: world.mailboxes.of(ALICE))
        assert "guid-bob" in await world.history.owners()
        world.people.put(person("bob", msExchMailboxGuid=""))
        world.feature.try_again()
        await world.quiet()
        assert world.mailboxes.of(BOB) == []

    play(tmp_path, scene)


def test_one_text_that_cannot_be_kept_takes_no_other_with_it(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        texts = [replace(TWO, content="first"), replace(TWO, content="\ud800"), replace(TWO, content="third")]
        await asyncio.gather(*[world.keep(one) for one in texts])
        await world.until(lambda: any("third" in text for text in world.mailboxes.of(BOB)))
        (text,) = world.mailboxes.of(BOB)
        assert "first" in text

    play(tmp_path, scene)


def test_a_store_that_is_away_keeps_nothing_and_says_so(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        await world.history._store.close()
        kept = [world.keep(replace(TWO, content=f"{number}")) for number in range(3)]
        found = await asyncio.gather(*kept, return_exceptions=True)
        assert all(isinstance(one, StoreUnavailable) for one in found)

    play(tmp_path, scene)


def test_what_is_said_among_people_without_mailboxes_is_not_written(tmp_path: Path) -> None:
    async def scene(world: World) -> None:
        for name in ("alice", "bob"):
            world.people.put(person(name, msExchMailboxGuid=""))
        assert world.history.keep(TWO) is None
        assert world.history.keep_ahead(TWO) is None

    play(tmp_path, scene)
