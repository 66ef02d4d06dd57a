"""The conversations of one user as they stand: what was said in them, and word to the user of what changes."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

import msgspec

from samband.model.im_client import ImNews, LineNews, TalkNews, TalkState, TalkView
from samband.model.im_client import Line as Said
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import SipRequest

MOST_TALKS, MOST_LINES = 50, 200
"""Conversations of a user, and messages kept of each."""


@dataclass(eq=False)
class Talk:
    """One conversation with somebody."""

    peer: str
    state: TalkState = TalkState.CLOSED
    lines: deque[Said] = field(default_factory=lambda: deque(maxlen=MOST_LINES))
    dialog: Dialog | None = None
    waiting: list[Said] = field(default_factory=list)
    invite: SipRequest | None = None
    tag: str = ""
    preview: str = ""
    typed: bool = False
    calling: asyncio.Task[None] | None = None


class KeptTalks:
    """Conversations by the address of who is spoken to.

    ``clock``: aware time; ``tell`` hears what changed; ``name_of``: what an address is called.
    """

    def __init__(
        self, clock: Callable[[], datetime], tell: Callable[[ImNews], None], name_of: Callable[[str], str]
    ) -> None:
        self._clock = clock
        self._tell = tell
        self._name_of = name_of
        self._talks: dict[str, Talk] = {}
        # A page may outlive this process: it is to see no number twice.
        self._numbers = int(clock().timestamp() * 1000)

    def views(self) -> tuple[TalkView, ...]:
        """Every conversation as it stands."""
        return tuple(map(self._view, self._talks.values()))

    def all(self) -> list[Talk]:
        """Every conversation, the oldest first."""
        return list(self._talks.values())

    def find(self, peer: str) -> Talk | None:
        """The conversation with ``peer``, where there is one."""
        return self._talks.get(peer)

    def pop(self, peer: str) -> Talk | None:
        """The conversation, which is kept no more."""
        return self._talks.pop(peer, None)

    def has_room(self, peer: str) -> bool:
        """Whether there is one with ``peer``, or room for it: one that is over is forgotten for it."""
        return peer in self._talks or len(self._talks) < MOST_TALKS or self._forget_one()

    def of(self, peer: str) -> Talk:
        """The conversation with ``peer``; a new one where there is none."""
        talk = self._talks.get(peer)
        if talk is None:
            if len(self._talks) >= MOST_TALKS:
                self._forget_one()
            talk = self._talks[peer] = Talk(peer)
        return talk

    def _forget_one(self) -> bool:
        """Forget the oldest conversation that is over; whether there was one."""
        over = next((one for one in self._talks.values() if one.state is TalkState.CLOSED), None)
        if over is not None:
            del self._talks[over.peer]
        return over is not None

    def add(self, talk: Talk, text: str, *, mine: bool) -> Said:
        """Something was said."""
        self._numbers += 1
        said = Said(number=self._numbers, mine=mine, text=text, at=self._clock())
        talk.lines.append(said)
        self._tell(LineNews(talk.peer, said))
        return said

    def fail(self, talk: Talk, said: Said, reason: str) -> None:
        """It did not reach the other end."""
        failed = msgspec.structs.replace(said, failed=reason)
        for index, one in enumerate(talk.lines):
            if one.number == said.number:
                talk.lines[index] = failed
        self._tell(LineNews(talk.peer, failed))

    def put(self, talk: Talk, state: TalkState) -> None:
        """It is in this state now."""
        talk.state = state
        self._tell(TalkNews(self._view(talk)))

    def _view(self, talk: Talk) -> TalkView:
        return TalkView(
            address=talk.peer,
            name=self._name_of(talk.peer),
            state=talk.state,
            lines=tuple(talk.lines),
            preview=talk.preview,
        )
