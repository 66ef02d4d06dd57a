"""Past conversations read back from a mailbox: what was written there, whenever its owner wants, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from samband.integration import conversation_history as feature
from samband.integration.conversation_history import ConversationHistoryWriter
from samband.integration.conversation_logs import MailboxLogs
from samband.lync.actions import spooled_texts
from samband.lync.actions.conversation_history import ConversationHistory
from samband.model.conversation_history import Kind, Party, Said, pair
from samband.model.conversation_logs import LogCounts
from samband.model.failures import Failure
from tests.integration import two_sides
from tests.integration.two_sides import ALICE, BOB, Sides

A, B = ALICE.mail, BOB.mail
START = datetime(2026, 11, 30, 12, 0, tzinfo=UTC)


class Logs(MailboxLogs):
    """A mailbox side, and the feature that writes conversations there; ``written`` is what it told."""

    def __init__(self, sides: Sides) -> None:
        super().__init__(sides.exchange, sides.world.people)
        self.sides = sides
        self.now = START
        marks = iter(range(1000))
        self.history = ConversationHistory(
            sides.world.store, sides.world.people, self.clock, lambda: f"mark{next(marks)}"
        )
        self.writer = ConversationHistoryWriter(
            sides.exchange, sides.world.people, self.history, self.clock, ZoneInfo("Europe/Stockholm")
        )
        self.written: list[tuple[str, str, bool]] = []
        self.writer.listen(lambda guid, item, new: self.written.append((guid, item, new)))

    def clock(self) -> datetime:
        return self.now

    async def say(self, sender: str, to: str, text: str, kind: Kind = Kind.TWO, *, html: bool = False) -> None:
        """Something was said, and is in the mailboxes."""
        self.now += timedelta(minutes=1)
        said = Said(kind=kind, place=pair(A, B), sender=sender, receivers=(to,), html=html, content=text)
        if (kept := self.history.keep(said)) is not None:
            await kept
        self.now += timedelta(minutes=1)
        wanted, before = 1 if kind is Kind.MISSED else 2, len(self.written)
        await self.sides.until(lambda: self.look(before + wanted), f"{text} is written")

    async def look(self, wanted: int) -> bool:
        self.writer.changed()
        return len(self.written) >= wanted


def play(folder: Path, story: Callable[[Logs], Awaitable[None]]) -> None:
    async def run(sides: Sides) -> None:
        logs = Logs(sides)
        task = asyncio.create_task(logs.writer.run())
        try:
            await story(logs)
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            await logs.history.close()

    two_sides.play(folder, run)


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feature, "GATHERING", 0.0)
    monkeypatch.setattr(spooled_texts, "GATHERING", 0.0)


async def failure(work: Awaitable[object]) -> str:
    with pytest.raises(Failure) as found:
        await work
    return found.value.code


def test_conversations_are_read_as_they_were_said(tmp_path: Path) -> None:
    async def story(logs: Logs) -> None:
        assert await logs.counts(ALICE) == LogCounts(0, 0, 0)
        assert await logs.newest(ALICE, 10) == []
        await logs.say(A, B, "one\r\ntwo ä <&>")
        await logs.say(B, A, "an <b>answer</b>", html=True)
        assert await logs.counts(ALICE) == LogCounts(1, 0, 0)
        (item,) = await logs.newest(ALICE, 10)
        assert [(item, True), (item, False)] == [
            (one, new) for guid, one, new in logs.written if guid == ALICE.objectGUID
        ]
        log = await logs.log(ALICE, item)
        alice, bob = Party(A, "Alice"), Party(B, "Bob")
        assert (log.missed, log.is_read, log.subject, log.importance) == (
            False,
            True,
            "Conversation with Bob",
            "Normal",
        )
        assert (log.sender, log.receivers, log.thread) == (alice, (bob,), "mark1")
        assert [(one.sender, one.html, one.content) for one in log.texts] == [
            (alice, False, "one\ntwo ä <&>"),
            (bob, True, "an <b>answer</b>"),
        ]
        assert [one.sent for one in log.texts] == [START + timedelta(minutes=1), START + timedelta(minutes=3)]

    play(tmp_path, story)


def test_missed_conversations_are_marked_and_removed(tmp_path: Path) -> None:
    async def story(logs: Logs) -> None:
        await logs.say(A, B, "hello")
        await logs.say(A, B, "are you there?", Kind.MISSED)
        assert await logs.counts(BOB) == LogCounts(1, 1, 1)
        assert await logs.counts(ALICE) == LogCounts(1, 0, 0)
        missed, kept = await logs.newest(BOB, 10)
        assert await logs.newest(BOB, 1) == [missed]
        log = await logs.log(BOB, missed)
        assert (log.missed, log.is_read, [one.content for one in log.texts]) == (True, False, ["are you there?"])
        await logs.mark_read(BOB, missed)
        assert await logs.counts(BOB) == LogCounts(1, 1, 0)
        assert (await logs.log(BOB, missed)).is_read
        await logs.remove(BOB, missed)
        assert await logs.newest(BOB, 10) == [kept]
        assert await failure(logs.remove(BOB, missed)) == await failure(logs.log(BOB, missed)) == "NotFound"

    play(tmp_path, story)


def test_nothing_else_is_reached(tmp_path: Path) -> None:
    """No other mailbox, no other item, and nothing where the mailbox cannot be asked."""

    async def story(logs: Logs) -> None:
        await logs.say(A, B, "hello")
        (item,) = await logs.newest(ALICE, 10)
        assert await failure(logs.log(BOB, item)) in ("NotFound", "MailboxUnavailable")
        mailbox = await logs.sides.world.ask(
            ALICE,
            '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:Subject>mail</t:Subject></t:Message>'
            "</m:Items></m:CreateItem>",
        )
        (mail,) = (one.get("Id") for one in mailbox.all("//t:ItemId"))
        for wrong in (mail, "", "x", "a" * 4000, 'x"/><y'):
            for work in (logs.log, logs.mark_read, logs.remove):
                assert await failure(work(ALICE, wrong)) == "NotFound", wrong
        logs.sides.wire.left = 0
        assert await failure(logs.newest(ALICE, 10)) == "MailboxUnavailable"
        logs.sides.wire.left = None
        assert await logs.newest(ALICE, 10) == [item]

    play(tmp_path, story)
