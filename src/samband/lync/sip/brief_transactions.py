"""Requests over reliable transports, by the thousand: no timer and no table for any single one.

A change of presence makes as many NOTIFY requests as there are watchers, and all that people write passes. Each is a
client transaction as the table ``wire.sip.transaction.REQUEST_CLIENT_STREAM`` has it, whose only timer gives up: a
connection has one for all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from msgspec import Struct

from samband.lync.sip.flow import Flow
from samband.lync.sip.timers import Timers
from samband.wire.sip.message import SipResponse
from samband.wire.sip.transaction import LIFE

Hear = Callable[[Any, SipResponse | None], None]
"""Gets what it is about, and the final response: None where none came (time-out, loss of the connection)."""


class BriefTransaction(Struct):
    """One request that waits for its final response."""

    method: str
    began: float
    hear: Hear
    about: object


class BriefTransactions:
    """All of them, by branch in ``Flow.brief``."""

    __slots__ = ("_limit", "_timed", "_timers", "alive")

    def __init__(self, timers: Timers, limit: int) -> None:
        self._timers = timers
        self._limit = limit
        self._timed: set[Flow] = set()
        """Flows with a running timer."""
        self.alive = 0

    def begin(self, method: str, data: bytes, flow: Flow, branch: str, hear: Hear, about: object) -> bool:
        """Send ``data`` over a reliable flow and wait; False, and nothing is sent, where too many wait already."""
        if self.alive >= self._limit:
            return False
        self.alive += 1
        flow.brief[branch] = BriefTransaction(method, self._timers.now, hear, about)
        if flow not in self._timed:
            self._timed.add(flow)
            self._timers.after(LIFE, self._ring, flow)
        flow.send(data)
        return True

    def receive(self, response: SipResponse, branch: str, method: str, flow: Flow) -> None:
        """A response arrived; provisional ones, and those that nobody waits for, change nothing."""
        found = flow.brief.get(branch)
        if found is not None and found.method == method and response.status >= 200:
            del flow.brief[branch]
            self.alive -= 1
            found.hear(found.about, response)

    def lost(self, flow: Flow) -> None:
        """The connection is gone: everything that waited for it hears so."""
        waiting, flow.brief = flow.brief, {}
        self._give_up(list(waiting.values()))

    def _ring(self, flow: Flow) -> None:
        """Give up what has waited too long; the oldest comes first."""
        now = self._timers.now
        late = []
        for branch, one in flow.brief.items():
            if one.began + LIFE > now:
                self._timers.after(one.began + LIFE - now, self._ring, flow)
                break
            late.append(branch)
        else:
            self._timed.discard(flow)
        self._give_up([flow.brief.pop(branch) for branch in late])

    def _give_up(self, late: list[BriefTransaction]) -> None:
        self.alive -= len(late)
        for one in late:
            one.hear(one.about, None)
