"""The event channel: what is told when, what is told again, and what a reader is told who was away for too long."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from samband.lync.ucwa import channel as channels
from samband.lync.ucwa.channel import EventChannel, Urgency
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Event, Reference
from tests.lync.ucwa.world import short_seconds

ME = Reference("me", "/a/me")


def event(word: str, kind: Any = "updated", **more: Any) -> Event:
    return Event(sender=more.pop("sender", ME), link=Reference(word, f"/a/me/{word}"), kind=kind, **more)


def names(answer: Any) -> list[str]:
    return [one["link"]["rel"] for sender in answer.get("sender", ()) for one in sender["events"]]


def leads(answer: Any) -> tuple[str, str]:
    (rel,) = answer["_links"].keys() - {"self"}
    return rel, answer["_links"][rel]["href"].partition("?")[2]


def play(story: Callable[[EventChannel], Awaitable[None]], *, speed: float = 1000.0) -> None:
    """Run a story on a channel whose seconds are short."""

    async def run() -> None:
        with short_seconds(speed):
            await story(EventChannel("/a/events"))

    asyncio.run(run())


def test_urgent_ones_go_at_once_and_take_the_others_along() -> None:
    async def story(channel: EventChannel) -> None:
        waiting = asyncio.ensure_future(channel.get("ack=1"))
        await asyncio.sleep(0)
        assert channel.waiting
        channel.tell(event("note"), Urgency.LOW)
        channel.tell(event("message", "completed"), Urgency.HIGH)
        answer = await waiting
        assert names(answer) == ["note", "message"]
        assert leads(answer) == ("next", "ack=2")
        assert not channel.waiting

    play(story, speed=1.0)


def test_others_wait_for_company_no_longer_than_was_asked() -> None:
    async def story(channel: EventChannel) -> None:
        for urgency, least in ((Urgency.MEDIUM, 5.0), (Urgency.LOW, 15.0)):
            before = channel._now()
            channel.tell(event("note"), urgency)
            answer = await channel.get(channel.here.partition("?")[2])
            assert names(answer) == ["note"]
            assert channel._now() - before >= least
        before = channel._now()
        assert names(await channel.get(channel.here.partition("?")[2])) == []
        assert channel._now() - before >= 180

    play(story)


def test_the_server_remembers_what_was_asked() -> None:
    async def story(channel: EventChannel) -> None:
        channel.tell(event("note"), Urgency.LOW)
        answer = await channel.get("ack=1&low=300&timeout=200")
        assert names(answer) == []
        before = channel._now()
        assert names(await channel.get(leads(answer)[1])) == ["note"]
        assert channel._now() - before >= 50

    play(story)


def test_an_answer_that_was_lost_is_told_again() -> None:
    async def story(channel: EventChannel) -> None:
        channel.tell(event("one", "added"), Urgency.HIGH)
        assert names(await channel.get("ack=1")) == ["one"]
        channel.tell(event("two", "added"), Urgency.LOW)
        again = await channel.get("ack=1")
        assert (names(again), leads(again)) == (["one", "two"], ("next", "ack=2"))
        channel.tell(event("three", "added"), Urgency.HIGH)
        assert names(await channel.get("ack=2")) == ["three"]

    play(story, speed=1.0)


def test_an_answer_that_arrived_is_told_no_more() -> None:
    async def story(channel: EventChannel) -> None:
        channel.tell(event("one", "added"), Urgency.HIGH)
        await channel.get("ack=1")
        waiting = asyncio.ensure_future(channel.get("ack=2"))
        await asyncio.sleep(0)
        assert leads(await channel.get("ack=1")) == ("resync", "ack=2")
        assert channel.waiting
        channel.tell(event("two", "added"), Urgency.HIGH)
        assert names(await waiting) == ["two"]

    play(story, speed=1.0)


@pytest.mark.parametrize("ack", ["ack=0", "ack=7"])
def test_whoever_lost_their_place_is_told_it_and_loses_nothing(ack: str) -> None:
    async def story(channel: EventChannel) -> None:
        channel.tell(event("one", "added"), Urgency.HIGH)
        answer = await channel.get(ack)
        assert (answer["_links"], names(answer)) == ({"resync": {"href": "/a/events?ack=1"}}, [])
        assert names(await channel.get("ack=1")) == ["one"]
        channel.tell(event("two", "added"), Urgency.HIGH)
        assert leads(await channel.get(ack)) == ("resync", "ack=1"), "nothing has shown that the first one arrived"
        assert names(await channel.get("ack=1")) == ["one", "two"]
        waiting = asyncio.ensure_future(channel.get("ack=2"))
        await asyncio.sleep(0)
        assert leads(await channel.get(ack)) == ("resync", "ack=2")
        channel.tell(event("three", "added"), Urgency.HIGH)
        assert names(await waiting) == ["three"]

    play(story, speed=1.0)


def test_whoever_comes_back_after_long_is_told_to_begin_anew_until_they_have_heard_it() -> None:
    async def story(channel: EventChannel) -> None:
        channel.tell(event("old", "added"), Urgency.LOW)
        assert names(await channel.get("ack=1&low=5&medium=1800&timeout=180")) == ["old"]
        channel.tell(event("waits", "added"), Urgency.HIGH)
        channel.resume()
        channel.tell(event("me"), Urgency.MEDIUM)
        for _ in range(2):
            answer = await channel.get("ack=2")
            assert (names(answer), leads(answer)) == (["me"], ("resume", "ack=3"))
        assert channel._wishes == channels.Wishes()
        channel.tell(event("new", "added"), Urgency.HIGH)
        answer = await channel.get("ack=3")
        assert (names(answer), leads(answer)) == (["new"], ("next", "ack=4"))

    play(story, speed=1.0)


def test_too_many_are_dropped_and_it_is_said() -> None:
    async def story(channel: EventChannel) -> None:
        for number in range(channels.MOST + 1):
            channel.tell(event(f"n{number}", "added"), Urgency.LOW)
        for _ in range(2):
            assert (await channel.get("ack=1"))["_links"] == {"resync": {"href": "/a/events?ack=2"}}
        assert not channel._pending
        large = {"text": "x" * (channels.MOST_CHARACTERS // 4)}
        for number in range(3):
            channel.tell(event(f"n{number}", "completed", embedded=large), Urgency.HIGH)
        assert len(names(await channel.get("ack=2"))) == 3
        for number in range(4):
            channel.tell(event(f"n{number}", "completed", embedded=large), Urgency.HIGH)
        assert leads(await channel.get("ack=3")) == ("resync", "ack=4")
        assert (channel._pending, channel._weight) == ([], 0)

    play(story, speed=1.0)


def test_the_same_news_twice_are_told_once_and_in_their_last_place() -> None:
    async def story(channel: EventChannel) -> None:
        channel.tell(event("presence"), Urgency.MEDIUM)
        channel.tell(event("note"), Urgency.MEDIUM)
        channel.tell(event("presence"), Urgency.MEDIUM)
        channel.tell(event("message", "completed", embedded={"n": 1}), Urgency.HIGH)
        channel.tell(event("message", "completed", embedded={"n": 1}), Urgency.HIGH)
        assert names(await channel.get("ack=1")) == ["note", "presence", "message", "message"]

    play(story, speed=1.0)


def test_senders_keep_the_order() -> None:
    async def story(channel: EventChannel) -> None:
        other = Reference("people", "/a/people")
        for sender in (ME, ME, other, ME):
            channel.tell(event("x", "added", sender=sender), Urgency.HIGH)
        answer = await channel.get("ack=1")
        assert [(one["rel"], len(one["events"])) for one in answer["sender"]] == [("me", 2), ("people", 1), ("me", 1)]

    play(story, speed=1.0)


def test_a_second_reader_ends_the_first_unless_it_matters_less() -> None:
    async def story(channel: EventChannel) -> None:
        first = asyncio.ensure_future(channel.get("ack=1"))
        await asyncio.sleep(0)
        second = asyncio.ensure_future(channel.get("ack=1&priority=3"))
        with pytest.raises(UcwaError) as refused:
            await first
        assert (refused.value.status, refused.value.subcode) == (409, "PGetReplaced")
        with pytest.raises(UcwaError) as refused:
            await channel.get("ack=1&priority=2")
        assert refused.value.subcode == "PGetReplaced"
        channel.tell(event("one", "added"), Urgency.HIGH)
        assert names(await second) == ["one"]

    play(story, speed=1.0)


@pytest.mark.parametrize(
    "query",
    ["", "ack=", "ack=x", "ack=-1", "ack=1&medium=4", "ack=1&low=1801", "ack=1&timeout=179", "ack=1&priority=x"],
)
def test_queries_that_mean_nothing(query: str) -> None:
    async def story(channel: EventChannel) -> None:
        with pytest.raises(UcwaError) as refused:
            await channel.get(query)
        assert refused.value.subcode == "ParameterValidationFailure"

    play(story)
