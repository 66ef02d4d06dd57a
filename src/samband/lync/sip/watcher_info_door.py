"""Event ``presence.winfo``: who watches its owner, as watcherinfo [RFC3857, RFC3858]."""

from __future__ import annotations

import itertools

from samband.lync.actions.audience import Watching
from samband.lync.actions.presence import Presence
from samband.lync.actions.watches import Oversight
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import check_accepted
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.own_presence_door import own_person
from samband.lync.sip.timers import Timer, Timers
from samband.wire.presence.names import WATCHER_INFO_TYPE
from samband.wire.presence.watcher_info import WatcherDocument, write_watcher_info

PAUSE = 5.0
"""Seconds between two notifications of one subscription: who comes and goes meanwhile is told of at once."""


class WatcherInfo:
    """Everyone who watches is active: people who are blocked watch too, and see somebody offline."""

    def __init__(self, presence: Presence, timers: Timers) -> None:
        self._presence = presence
        self._timers = timers

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        person = own_person(inbound)
        check_accepted(inbound.request, WATCHER_INFO_TYPE, "Watchers come as watcherinfo")
        told = subscription.state
        if not isinstance(told, _Watchers):
            told = _Watchers(subscription, f"sip:{person.sip.lower()}", self._timers)
            told.oversight = self._presence.oversee(person, told.hear)
            subscription.state = told
            subscription.closing = told.close
        return told.whole()


class _Watchers:
    """One dialog of ``WatcherInfo``."""

    def __init__(self, subscription: Subscription, resource: str, timers: Timers) -> None:
        self._subscription = subscription
        self._resource = resource
        self._timers = timers
        self._version = subscription.first_version
        self._count = itertools.count(1)
        self._numbers: dict[Watching, int] = {}
        self._changed: dict[Watching, bool] = {}
        self._timer: Timer | None = None
        self._told = timers.now
        self.oversight: Oversight | None = None

    def hear(self, watching: Watching, there: bool) -> None:
        """Somebody began or ended to watch."""
        if not there and self._changed.get(watching):
            # Never told of, so there is nothing to take back.
            del self._changed[watching]
            self._numbers.pop(watching, None)
            return
        self._changed[watching] = there
        if self._timer is None:
            self._timer = self._timers.after(max(self._told + PAUSE - self._timers.now, 0.0), self._ring)

    def whole(self) -> Content:
        """Everyone who watches now."""
        self._changed.clear()
        watchers = self.oversight.watchers() if self.oversight is not None else []
        self._numbers = {one: self._numbers.get(one) or next(self._count) for one in watchers}
        return self._content(True, [self._document(one, True) for one in watchers])

    def close(self) -> None:
        """Tell nothing more."""
        if self.oversight is not None:
            self.oversight.close()
        if self._timer is not None:
            self._timers.cancel(self._timer)
            self._timer = None

    def _ring(self, _argument: object) -> None:
        self._timer = None
        changed, self._changed = self._changed, {}
        if changed:
            documents = [self._document(one, there) for one, there in changed.items()]
            self._subscription.notify(self._content(False, documents))

    def _document(self, watching: Watching, there: bool) -> WatcherDocument:
        number = self._numbers.get(watching) or next(self._count)
        if there:
            self._numbers[watching] = number
        else:
            self._numbers.pop(watching, None)
        status, event = ("active", "subscribe") if there else ("terminated", "timeout")
        return WatcherDocument(f"sip:{watching.address}", f"w{number}", status, event)

    def _content(self, full: bool, watchers: list[WatcherDocument]) -> Content:
        text = write_watcher_info(self._resource, self._version, full, watchers)
        self._version += 1
        self._told = self._timers.now
        return Content(WATCHER_INFO_TYPE, text.encode("utf-8", "replace"))
