"""Requests whose transaction is brief: they end as the table of their machine says, whatever ends them."""

from __future__ import annotations

import pytest

from samband.lync.sip.brief_transactions import BriefTransactions
from samband.lync.sip.flow import Flow
from samband.lync.sip.timers import TICK, Timers
from samband.lync.sip.transactions import Transactions
from samband.wire.sip.message import SipResponse
from samband.wire.sip.transaction import LIFE


class Bench:
    """One connection, and what was sent and heard."""

    def __init__(self, limit: int = 100) -> None:
        self.timers = Timers(1000.0)
        self.brief = BriefTransactions(self.timers, limit)
        self.sent: list[bytes] = []
        self.heard: list[tuple[object, int | None]] = []
        self.flow = Flow("tcp", ("127.0.0.1", 5), ("127.0.0.1", 5060), 1, self.sent.append, lambda: None)

    def begin(self, branch: str) -> bool:
        return self.brief.begin("NOTIFY", branch.encode(), self.flow, branch, self._hear, branch)

    def answer(self, status: int, branch: str, method: str = "NOTIFY") -> None:
        self.brief.receive(SipResponse(status), branch, method, self.flow)

    def wait(self, seconds: float) -> None:
        until = self.timers.now + seconds
        while self.timers.now < until:
            self.timers.advance(self.timers.now + TICK)

    def _hear(self, about: object, response: SipResponse | None) -> None:
        self.heard.append((about, response.status if response is not None else None))


@pytest.mark.parametrize("status", [200, 202, 302, 481, 500, 603])
def test_a_final_response_ends_it_once(status: int) -> None:
    bench = Bench()
    bench.begin("a")
    assert bench.sent == [b"a"]
    bench.answer(100, "a")
    bench.answer(180, "a")
    bench.answer(status, "a", "BYE")
    bench.answer(status, "b")
    assert bench.heard == []
    bench.answer(status, "a")
    bench.answer(status, "a")
    assert bench.heard == [("a", status)]
    assert bench.brief.alive == 0
    bench.wait(LIFE + 1)
    assert bench.heard == [("a", status)]
    assert len(bench.timers) == 0


def test_each_gives_up_in_its_own_time() -> None:
    bench = Bench()
    bench.begin("a")
    bench.wait(10)
    bench.begin("b")
    bench.begin("c")
    bench.wait(10)
    bench.begin("d")
    assert len(bench.timers) == 1, "one for the connection"
    bench.answer(200, "b")
    bench.wait(LIFE - 21)
    assert bench.heard == [("b", 200)]
    bench.wait(2)
    assert bench.heard == [("b", 200), ("a", None)]
    bench.wait(10)
    assert bench.heard == [("b", 200), ("a", None), ("c", None)]
    bench.answer(200, "c")
    bench.wait(10)
    assert bench.heard == [("b", 200), ("a", None), ("c", None), ("d", None)]
    assert (bench.brief.alive, len(bench.timers), len(bench.flow.brief)) == (0, 0, 0)
    bench.begin("e")
    bench.wait(LIFE + 1)
    assert bench.heard[4:] == [("e", None)]


def test_whoever_waits_hears_that_the_connection_is_gone() -> None:
    bench = Bench()
    bench.begin("a")
    bench.begin("b")
    bench.brief.lost(bench.flow)
    assert bench.heard == [("a", None), ("b", None)]
    bench.answer(200, "a")
    bench.wait(LIFE + 1)
    assert (len(bench.heard), bench.brief.alive, len(bench.timers)) == (2, 0, 0)


def test_beyond_the_limit_nothing_is_sent() -> None:
    bench = Bench(limit=2)
    assert [bench.begin(branch) for branch in ("a", "b", "c")] == [True, True, False]
    assert bench.sent == [b"a", b"b"]
    assert bench.heard == []
    bench.answer(200, "a")
    bench.begin("d")
    assert bench.sent == [b"a", b"b", b"d"]


@pytest.mark.parametrize("transport", ["tcp", "udp"])
def test_beyond_the_limit_a_notification_leaves_and_nobody_waits_for_its_answer(transport: str) -> None:
    sent: list[bytes] = []
    heard: list[object] = []
    transactions = Transactions(Timers(1000.0), lambda _message, _association: None, "", limit=1)
    flow = Flow(transport, ("127.0.0.1", 5), ("127.0.0.1", 5060), 1, sent.append, lambda: None)
    for word in ("a", "b"):
        transactions.begin("NOTIFY", word.encode(), flow, word, lambda about, _response: heard.append(about), word)
    assert sent == [b"a", b"b"]
    assert heard == []
