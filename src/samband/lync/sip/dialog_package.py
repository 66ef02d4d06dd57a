"""Event ``dialog``: whether somebody is in a call, for the busy lamps of telephones [RFC4235].

Owners see everything of their own. Of others the access level decides, as it does of presence: readers of Team also
learn with whom somebody talks, and by which identifiers (so that a telephone can pick up a call that rings); other
levels that a state is shown to have the lamp alone; who is blocked, and who reads nothing, sees nobody talk. With whom
somebody writes is told to nobody else.
"""

from __future__ import annotations

import itertools
from enum import IntEnum

from samband.lync.actions.audience import Document
from samband.lync.actions.dialogs import Dialogs, Session
from samband.lync.actions.presence import Presence
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import check_accepted
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.timers import Timer, Timers
from samband.model.containers import COLLEAGUES, EXTERNAL, FRIENDS, WORKGROUP
from samband.model.failures import Failure
from samband.wire.presence.dialog_info import DialogDocument, write_dialog_info
from samband.wire.presence.names import DIALOG_INFO_TYPE
from samband.wire.sip.address import parse_params
from samband.wire.sip.uri import aor_of

PAUSE = 1.0
"""Seconds between two notifications of one subscription [RFC4235 3.10]: what changes meanwhile is told of at once."""
_CATEGORIES = frozenset({"dialog"})
"""Nobody publishes it: a watch of it tells which container its watcher reads, and when that is another one."""


class Sight(IntEnum):
    """How much a watcher sees."""

    NOTHING = 0
    LAMP = 1
    CALLS = 2
    ALL = 3


_SIGHTS = {EXTERNAL: Sight.LAMP, COLLEAGUES: Sight.LAMP, FRIENDS: Sight.LAMP, WORKGROUP: Sight.CALLS}
"""Container that is read -> what is seen."""


class DialogPackage:
    """Everyone's calls, to whom they may be shown."""

    def __init__(self, dialogs: Dialogs, presence: Presence, timers: Timers) -> None:
        self._dialogs = dialogs
        self._presence = presence
        self._timers = timers

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``. Raises ``Failure`` where nobody has the address, or dialog-info cannot be read."""
        check_accepted(inbound.request, DIALOG_INFO_TYPE, "Calls come as dialog-info")
        lamp = subscription.state
        if not isinstance(lamp, _Lamp):
            address, only = aor_of(inbound.request.uri), _Only(inbound.request.headers["Event"][0])
            lamp = _Lamp(subscription, address, only, self._dialogs, self._presence, self._timers)
            subscription.state = lamp
            subscription.closing = lamp.close
        return lamp.whole()


class _Only:
    """Which calls a subscription is about: all, or the one that its event names [RFC4235 3.2]."""

    def __init__(self, event: str) -> None:
        named = parse_params(event.partition(";")[2])
        self._call_id = named.get("call-id", "")
        self._tags = {named[name] for name in ("from-tag", "to-tag") if named.get(name)}

    def fits(self, session: Session) -> bool:
        """Whether a call is one of them; a tag that is not known yet may be any."""
        if not self._call_id:
            return True
        others = self._tags - {session.caller_tag, session.callee_tag}
        return session.call_id == self._call_id and len(others) <= (0 if session.callee_tag else 1)


class _Lamp:
    """One dialog of ``DialogPackage``."""

    def __init__(
        self,
        subscription: Subscription,
        address: str,
        only: _Only,
        dialogs: Dialogs,
        presence: Presence,
        timers: Timers,
    ) -> None:
        self._subscription = subscription
        self._address = address
        self._only = only
        self._dialogs = dialogs
        self._timers = timers
        self._version = subscription.first_version
        self._sight = Sight.NOTHING
        self._watch = presence.watch(subscription.address, self._look)
        self._count = itertools.count(1)
        self._numbers: dict[Session, int] = {}
        """What was told of, and is not over."""
        self._changed: dict[Session, None] = {}
        self._timer: Timer | None = None
        self._told = timers.now
        self._deaf = dialogs.listen(address, self._hear)

    def whole(self) -> Content:
        """Every call there is. Raises ``Failure`` where nobody has the address."""
        document = self._watch.add(self._address, _CATEGORIES)
        if document is None:
            raise Failure("NotFound", "Nobody has this address")
        self._sight = self._sight_of(document)
        return self._all()

    def close(self) -> None:
        """Tell nothing more."""
        self._deaf()
        self._watch.close()
        if self._timer is not None:
            self._timers.cancel(self._timer)
            self._timer = None

    # --- what changes

    def _look(self, document: Document) -> None:
        """The watcher reads another container now."""
        before, self._sight = self._sight, self._sight_of(document)
        if self._sight is not before:
            self._subscription.notify(self._all())

    def _hear(self, session: Session) -> None:
        if not self._sees(session):
            return
        if session.state == "terminated" and session not in self._numbers:
            self._changed.pop(session, None)  # begun and over within one pause
            return
        self._changed[session] = None
        if self._timer is not None:
            return
        wait = self._told + PAUSE - self._timers.now
        if wait > 0:
            self._timer = self._timers.after(wait, self._ring)
        else:
            self._ring(None)

    def _ring(self, _argument: object) -> None:
        self._timer = None
        changed, self._changed = self._changed, {}
        if changed:
            self._subscription.notify(self._content(list(changed), full=False))

    # --- what is seen

    def _sight_of(self, document: Document) -> Sight:
        if self._subscription.address == document.owner:
            return Sight.ALL
        return _SIGHTS.get(document.container, Sight.NOTHING)

    def _sees(self, session: Session) -> bool:
        shown = self._sight is Sight.ALL or (self._sight is not Sight.NOTHING and not session.is_im)
        return shown and self._only.fits(session)

    def _all(self) -> Content:
        self._changed.clear()
        there = [one for one in self._dialogs.of(self._address) if self._sees(one)]
        self._numbers = {one: self._numbers[one] for one in there if one in self._numbers}
        return self._content(there, full=True)

    def _content(self, sessions: list[Session], *, full: bool) -> Content:
        documents = [self._document(one) for one in sessions]
        text = write_dialog_info(f"sip:{self._address}", self._version, full, documents)
        self._version += 1
        self._told = self._timers.now
        return Content(DIALOG_INFO_TYPE, text.encode("utf-8", "replace"))

    def _document(self, session: Session) -> DialogDocument:
        number = self._numbers.get(session) or next(self._count)
        if session.state == "terminated":
            self._numbers.pop(session, None)
        else:
            self._numbers[session] = number
        calls = session.caller == self._address
        direction = "initiator" if calls else "recipient"
        if self._sight is Sight.LAMP:
            return DialogDocument(id=f"d{number}", state=session.state, direction=direction)
        tags, people = (session.caller_tag, session.callee_tag), (session.caller, session.callee)
        (local_tag, remote_tag), (local, remote) = (tags, people) if calls else (tags[::-1], people[::-1])
        return DialogDocument(
            id=f"d{number}",
            state=session.state,
            event=self._event(session),
            code=session.code,
            direction=direction,
            call_id=session.call_id,
            local_tag=local_tag,
            remote_tag=remote_tag,
            local=f"sip:{local}",
            remote=f"sip:{remote}",
            duration=int(self._dialogs.now() - session.began),
        )

    def _event(self, session: Session) -> str:
        if session.end != "bye":
            return session.end or ""
        return "local-bye" if session.ended_by == self._address else "remote-bye"
