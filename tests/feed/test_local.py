"""The feed in process: order, once, scopes, overflow, listeners, leaving."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from samband.feed.api import Feed, Overflow
from samband.feed.local import LocalFeed
from samband.model.changes import Change, TrustChanged


def change(seq: int, scope: str = "a") -> Change:
    return TrustChanged(scope=scope, seq=seq, what=str(seq))


def numbers(changes: Sequence[Change]) -> list[int]:
    return [each.seq for each in changes]


def test_a_subscriber_hears_its_scopes_in_order() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        whole: Feed = feed
        some, everything = whole.subscribe(["a", "c"]), whole.subscribe(None)
        feed.publish(3, [change(1), change(2, "b"), change(3, "c")])
        feed.publish(4, [change(4)])
        assert numbers(await some.get()) == [1, 3, 4]
        assert numbers(await everything.get()) == [1, 2, 3, 4]

    asyncio.run(scenario())


def test_a_waiting_reader_is_woken() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        subscription = feed.subscribe(["a"])
        task = asyncio.create_task(subscription.get())
        await asyncio.sleep(0)
        feed.publish(1, [change(1, "b")])
        feed.publish(2, [change(2)])
        assert numbers(await task) == [2]

    asyncio.run(scenario())


def test_too_much_is_dropped_and_said_once() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        subscription = feed.subscribe(["a"], limit=2)
        feed.publish(2, [change(1), change(2)])
        feed.publish(3, [change(3)])
        feed.publish(4, [change(4)])
        with pytest.raises(Overflow):
            await subscription.get()
        feed.publish(5, [change(5)])
        assert numbers(await subscription.get()) == [5]

    asyncio.run(scenario())


def test_leaving_cancels_who_waits_and_holds_nothing() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        subscription = feed.subscribe(["a", "b"])
        task = asyncio.create_task(subscription.get())
        await asyncio.sleep(0)
        subscription.close()
        subscription.close()
        with pytest.raises(asyncio.CancelledError):
            await task
        feed.publish(1, [change(1)])
        with pytest.raises(asyncio.CancelledError):
            await subscription.get()
        assert feed._of_scope == {}

    asyncio.run(scenario())


def test_a_cancelled_reader_misses_nothing() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        subscription = feed.subscribe(["a"])
        task = asyncio.create_task(subscription.get())
        await asyncio.sleep(0)
        feed.publish(1, [change(1)])
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert numbers(await subscription.get()) == [1]

    asyncio.run(scenario())


def test_two_readers_of_one_subscription_are_refused() -> None:
    async def scenario() -> None:
        subscription = LocalFeed().subscribe(None)
        task = asyncio.create_task(subscription.get())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError):
            await subscription.get()
        task.cancel()

    asyncio.run(scenario())


def test_listeners_are_called_at_once_and_fail_alone(caplog: pytest.LogCaptureFixture) -> None:
    heard: list[int] = []

    def fail(changes: Sequence[Change]) -> None:
        raise ValueError("listener")

    feed = LocalFeed()
    feed.listen(["a"], fail)
    stop = feed.listen(["a"], lambda changes: heard.extend(numbers(changes)))
    feed.publish(2, [change(1), change(2, "b")])
    assert heard == [1]
    assert "listener" in caplog.text
    stop()
    feed.publish(3, [change(3)])
    assert heard == [1]


def test_lost_changes_are_said_to_everyone() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        lost: list[int] = []
        feed.listen(["b"], lambda changes: lost.append(len(changes)))
        subscription = feed.subscribe(None)
        feed.skip(9)
        feed.publish(9, [change(9)])
        with pytest.raises(Overflow):
            await subscription.get()
        assert lost == [0]

    asyncio.run(scenario())


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 10)), max_size=20))
def test_overlapping_batches_are_heard_once_and_in_order(batches: list[tuple[int, int]]) -> None:
    feed, heard, upto = LocalFeed(), list[int](), 0
    feed.listen(None, lambda changes: heard.extend(numbers(changes)))
    for back, more in batches:
        upto += more
        feed.publish(upto, [change(seq) for seq in range(max(1, upto - more - back + 1), upto + 1)])
    assert heard == list(range(1, upto + 1))


def test_it_is_settled_when_everybody_has_taken_in_what_they_heard() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        done: list[str] = []
        may_end = asyncio.Event()
        subscription = feed.subscribe(["a"])

        async def read() -> None:
            while True:
                await subscription.get()
                await may_end.wait()
                done.append("the reader")

        async def work() -> None:
            await may_end.wait()
            done.append("the listener")

        tasks: list[asyncio.Task[None]] = [asyncio.create_task(read())]

        def hear(_: Sequence[Change]) -> asyncio.Task[None]:
            tasks.append(asyncio.create_task(work()))
            return tasks[-1]

        feed.listen(["a"], hear)
        await feed.settled()
        for lost in (False, True):
            done.clear()
            may_end.clear()
            if lost:
                feed.skip(feed.published + 1)
            else:
                feed.publish(1, [change(1)])
            waiting = asyncio.create_task(feed.settled())
            await asyncio.sleep(0.01)
            assert not waiting.done()
            may_end.set()
            if lost:
                tasks[0].cancel()  # a reader that has left is not waited for
                subscription.close()
            await waiting
            assert sorted(done) == (["the listener"] if lost else ["the listener", "the reader"])

    asyncio.run(asyncio.wait_for(scenario(), 30))


def test_a_reader_that_is_slow_costs_no_more_the_slower_it_is() -> None:
    async def scenario() -> None:
        feed = LocalFeed()
        subscription = feed.subscribe(["a"], limit=2)
        for seq in range(1, 10):
            feed.publish(seq, [change(seq)])
        (taken_in,) = feed._set_off
        assert len(taken_in._callbacks or ()) == 1
        subscription.close()
        await asyncio.sleep(0)
        assert not feed._set_off

    asyncio.run(scenario())
