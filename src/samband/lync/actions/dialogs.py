"""Calls and IM sessions that pass through the server, from invitation to end, for whoever watches one of the two.

They live in memory: after a restart nobody knows of those that had begun.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

log = logging.getLogger(__name__)

MOST = 20_000
"""Most calls that are followed at one time, and most IM sessions: these take no call's place."""
MOST_EACH = 100
"""Most of one person."""
LONGEST = 24 * 3600.0
"""Seconds after which a session is taken for ended, whose end nobody told."""

State = Literal["trying", "proceeding", "early", "confirmed", "terminated"]
"""What [RFC4235 3.7.1] calls the states of a dialog."""
End = Literal["cancelled", "rejected", "bye", "error", "timeout"]
_ENDS: dict[int, End] = {408: "timeout", 480: "timeout", 487: "cancelled"}
"""How a session ends by the status of a refusal; by others it is rejected."""


@dataclass(slots=True, eq=False, kw_only=True)
class Session:
    """One invitation and what becomes of it. Compare by identity."""

    call_id: str
    caller: str
    """``user@domain`` in lower case, like ``callee``."""
    callee: str
    caller_tag: str
    callee_tag: str = ""
    is_im: bool
    """Whether people write to each other in it, so that no telephone is busy."""
    began: float
    state: State = "trying"
    end: End | None = None
    code: int = 0
    """The status of the refusal that ended it."""
    ended_by: str = ""
    """Who said goodbye."""
    connections: tuple[int, ...] = ()
    """Numbers of the connections it lives by."""


Hear = Callable[[Session], None]
_Key = tuple[str, str]
K = TypeVar("K")


class Dialogs:
    """One for a Lync side. Runs on the event loop; nothing here waits."""

    def __init__(self, now: Callable[[], float]) -> None:
        """``now``: seconds on a clock that never goes back."""
        self.now = now
        self._live: dict[_Key, Session] = {}
        """By Call-ID and the caller's tag, in the order in which they began."""
        self._ims = 0
        self._of: dict[str, dict[Session, None]] = {}
        self._on: dict[int, dict[Session, None]] = {}
        self._listeners: dict[str, dict[Hear, None]] = {}

    def __len__(self) -> int:
        return len(self._live)

    def of(self, address: str) -> list[Session]:
        """Those that somebody is in now."""
        return list(self._of.get(address, ()))

    def listen(self, address: str, hear: Hear) -> Callable[[], None]:
        """Tell ``hear`` of every change of a session of ``address``; what comes back ends that."""
        self._listeners.setdefault(address, {})[hear] = None

        def deaf() -> None:
            hearing = self._listeners.get(address, {})
            hearing.pop(hear, None)
            if not hearing:
                self._listeners.pop(address, None)

        return deaf

    # --- what happens

    def begin(
        self, *, call_id: str, caller: str, caller_tag: str, callee: str, is_im: bool, connection: int
    ) -> Session | None:
        """Somebody invites; None where there are too many already to follow this one."""
        before = self._live.get((call_id, caller_tag))
        if before is not None:
            self._end(before, "error")
        crowded = any(len(self._of.get(one, ())) >= MOST_EACH for one in (caller, callee))
        if crowded or (self._ims if is_im else len(self._live) - self._ims) >= MOST:
            return None
        session = Session(
            call_id=call_id, caller=caller, callee=callee, caller_tag=caller_tag, is_im=is_im, began=self.now()
        )
        self._live[call_id, caller_tag] = session
        self._ims += is_im
        for one in {caller, callee}:
            self._of.setdefault(one, {})[session] = None
        self._lives_by(session, connection)
        self._tell(session)
        return session

    def answered(self, session: Session, status: int, callee_tag: str, connection: int) -> None:
        """An answer to the invitation went to the caller; ``connection`` is the callee's where it is known, else 0."""
        if session.state in ("confirmed", "terminated"):
            return
        if status >= 300:
            session.code = status
            self._end(session, _ENDS.get(status, "rejected"))
            return
        state: State = "confirmed" if status >= 200 else "early" if callee_tag else "proceeding"
        if (state, callee_tag) == (session.state, session.callee_tag):
            return
        session.state, session.callee_tag = state, callee_tag
        if state == "confirmed" and connection:
            self._lives_by(session, connection)
        self._tell(session)

    def goodbye(self, call_id: str, tags: tuple[str, str], sender: str) -> None:
        """``sender`` ended a dialog between the two ``tags``, its own first; nobody ends what others are in."""
        own, other = tags
        for caller_tag, callee_tag in ((own, other), (other, own)):
            session = self._live.get((call_id, caller_tag))
            if session is None or session.callee_tag != callee_tag:
                continue
            if sender == (session.caller if caller_tag == own else session.callee):
                session.ended_by = sender
                self._end(session, "bye")
                return

    def lost(self, connection: int) -> None:
        """Whoever was there is gone without a goodbye."""
        for session in list(self._on.get(connection, ())):
            self._end(session, "error")

    def sweep(self) -> None:
        """Give up those whose end nobody told: to be called now and then."""
        while self._live:
            oldest = next(iter(self._live.values()))
            if oldest.began + LONGEST > self.now():
                return
            self._end(oldest, "timeout")

    # --- within

    def _lives_by(self, session: Session, connection: int) -> None:
        session.connections = (*session.connections, connection)
        self._on.setdefault(connection, {})[session] = None

    def _end(self, session: Session, end: End) -> None:
        session.state, session.end = "terminated", end
        del self._live[session.call_id, session.caller_tag]
        self._ims -= session.is_im
        for one in {session.caller, session.callee}:
            _leave(self._of, one, session)
        for connection in set(session.connections):
            _leave(self._on, connection, session)
        self._tell(session)

    def _tell(self, session: Session) -> None:
        for address in {session.caller, session.callee}:
            for hear in list(self._listeners.get(address, ())):
                try:
                    hear(session)
                except Exception:  # one watcher's trouble is not the others'
                    log.exception("A watcher of calls could not be told")


def _leave(groups: dict[K, dict[Session, None]], key: K, session: Session) -> None:
    group = groups.get(key, {})
    group.pop(session, None)
    if not group:
        groups.pop(key, None)
