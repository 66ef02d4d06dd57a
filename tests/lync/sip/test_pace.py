"""Sign-ins at a bounded pace: whoever comes too soon is told when, and nobody who is in is disturbed."""

from __future__ import annotations

import asyncio
import heapq
from collections import Counter

import pytest

from samband.lync.sip.admission import Admitted
from samband.lync.sip.pace import LONGEST, Pace
from samband.wire.sip.message import SipResponse
from tests.lync.sip.guarded import Site
from tests.lync.sip.lync_client import new_flow
from tests.lync.sip.sides import Clock
from tests.lync.sip.test_security_digest import PlainClient


@pytest.mark.parametrize(("clients", "rate"), [(1000, 50), (1000, 200), (20_000, 200), (7, 3)])
def test_a_storm_is_spread(clients: int, rate: int) -> None:
    clock = Clock()
    start = clock.now
    pace = Pace(rate, clock)
    due = [(start, client) for client in range(clients)]
    begun: Counter[int] = Counter()
    asked = 0
    while due:
        clock.now, client = heapq.heappop(due)
        asked += 1
        wait = pace.wait()
        if wait:
            assert 1 <= wait <= LONGEST
            heapq.heappush(due, (clock.now + wait, client))
        else:
            begun[int(clock.now - start)] += 1
    assert sum(begun.values()) == clients
    assert max(begun.values()) <= 2 * rate
    assert clock.now - start <= clients / rate + 2, "they are let in as fast as may be"
    assert asked <= 3 * clients, "few are sent away twice"


def test_who_comes_alone_never_waits() -> None:
    clock = Clock()
    pace = Pace(1, clock)
    for _ in range(100):
        assert pace.wait() == 0
        clock.now += 1


def test_nobody_is_sent_away_for_ever() -> None:
    pace = Pace(1, Clock())
    assert [pace.wait() for _ in range(1000)][-1] == LONGEST


def test_a_sign_in_that_has_begun_goes_on() -> None:
    async def scene() -> None:
        clock = Clock()
        guard = Site().guard(pace=Pace(1, clock))
        first, second = PlainClient(guard, new_flow("tcp")), PlainClient(guard, new_flow("tcp"))
        challenged = await first.ask(first.request())
        assert isinstance(challenged, SipResponse)
        assert challenged.status == 401
        late = await second.ask(second.request())
        assert isinstance(late, SipResponse)
        assert (late.status, late.get("Retry-After")) == (503, "1")
        for _ in range(3):
            assert isinstance(await first.ask(first.proven(first.request())), Admitted)
        clock.now += 1
        assert isinstance(answer := await second.ask(second.request()), SipResponse)
        assert answer.status == 401

    asyncio.run(scene())
