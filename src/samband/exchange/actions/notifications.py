"""Subscriptions to what happens in mailboxes: streaming, pull and push [MS-OXWSNTIF].

Subscriptions live in the memory of the process that made them (clients keep to it by its affinity cookie) and end
with it; a client whose subscription is unknown subscribes again and reads what it may have missed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import NamedTuple

from samband.exchange.actions.folders import Folders
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.subscriptions import LAST_PLACE, Connection, Subscription
from samband.model.caller import Caller
from samband.model.changes import Change, FolderModified
from samband.model.failures import Failure
from samband.model.folders import ROOT, FolderRef, NamedFolder
from samband.model.notifications import Event, EventKind, Mark, events_of
from samband.model.permissions import Need
from samband.store.api import LogTrimmed, Tx

EVENTS_AT_ONCE = 100
"""How many events one GetEvents gives."""
_SWEEP_EVERY = timedelta(minutes=1)


class Wanted(NamedTuple):
    """What to subscribe to. ``folders`` None: the whole of the caller's mailbox. ``minutes``: how long a pull
    subscription lives without being asked, None for any other. ``after``: begin after this place. ``push``: whoever
    subscribes takes a connection with ``attach`` and ends the subscription by ``end``."""

    folders: Sequence[FolderRef | Failure] | None
    kinds: frozenset[EventKind]
    minutes: int | None = None
    after: Mark | None = None
    push: bool = False


class Pulled(NamedTuple):
    """What GetEvents gives: the events after ``previous``, where to go on, and whether there are more."""

    mailbox: str
    previous: Mark
    events: Sequence[Event]
    last: Mark
    more: bool


class Notifications:
    """Verbs on subscriptions."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, folders: Folders) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._folders = folders
        self._by_id: dict[str, Subscription] = {}
        self._by_mailbox: dict[str, list[Subscription]] = {}
        self._listeners: dict[str, Callable[[], None]] = {}
        self._counts: dict[str, int] = {}
        self._swept = base.clock()

    def close(self) -> None:
        """Leave the feed."""
        for stop in self._listeners.values():
            stop()
        self._listeners.clear()

    async def subscribe(self, caller: Caller, wanted: Wanted) -> tuple[str, Mark]:
        """Subscribe; the subscription's identifier and the place its events begin after. Raises ``Failure``."""
        mailbox, folders, visiting = await self._watched(caller, wanted)
        self._sweep()
        owner = _owner(caller)
        settings = self._base.settings
        if self._counts.get(owner, 0) >= settings.subscriptions_per_caller:
            raise Failure(
                "ErrorExceededSubscriptionCount", "You have exceeded the available subscriptions for your account."
            )
        pull = wanted.minutes is not None
        subscription = Subscription(
            self._base.entropy(16).hex(),
            owner,
            mailbox,
            (await self._mailboxes.ensure(mailbox))[ROOT],
            folders,
            wanted.kinds,
            pull=pull,
            push=wanted.push,
            life=timedelta(minutes=wanted.minutes or 0) if pull else timedelta(seconds=settings.streaming_idle),
            limit=settings.subscription_backlog,
            now=self._base.clock(),
            visiting=visiting,
        )
        # Listen first, then look what there was: nothing falls between.
        self._keep(subscription)
        try:
            return subscription.id, await self._begin(subscription, wanted.after)
        except BaseException:
            self._drop(subscription)
            raise

    async def _watched(self, caller: Caller, wanted: Wanted) -> tuple[str, frozenset[int] | None, bool]:
        if wanted.folders is None:
            return (await self._folders.resolve(caller, NamedFolder(ROOT))).mailbox, None, False
        places = [await self._folders.visit(caller, ref) for ref in wanted.folders]
        if len({place.mailbox for place in places}) != 1:
            raise Failure("ErrorInvalidSubscriptionRequest", "A subscription is to folders of one mailbox.")

        def check(tx: Tx) -> None:
            for place in places:
                require(tx, place, "ErrorFolderNotFound", Need.READ)

        await self._base.store.read(check)
        visiting = any(place.visitor is not None for place in places)
        return places[0].mailbox, frozenset(place.folder for place in places), visiting

    async def _begin(self, subscription: Subscription, after: Mark | None) -> Mark:
        """Where the subscription's events begin: now, or after an older place, whose events are read again."""
        last = await self._base.store.last()
        if after is None:
            subscription.seen = Mark(last, LAST_PLACE)
            return subscription.seen
        if after.seq > last:
            raise Failure("ErrorInvalidWatermark", "The watermark is none of this mailbox.")
        changes = await self._changes(subscription.mailbox, after.seq - 1, last)
        subscription.seen = after
        heard = subscription.take()
        subscription.offer(events_of(changes, subscription.root, self._base.clock()))
        subscription.offer(event for event in heard if event.mark.seq > last)
        return after

    async def _changes(self, mailbox: str, after: int, last: int) -> list[Change]:
        """The changes of a mailbox after the write ``after``, up to ``last``. Raises ``Failure`` for too many."""
        found: list[Change] = []
        backlog = self._base.settings.subscription_backlog
        try:
            while some := await self._base.store.log(mailbox, after, backlog):
                found += (change for change in some if change.seq <= last)
                after = some[-1].seq
                if len(found) > backlog or after >= last:
                    break
        except LogTrimmed:
            found = []
            after = -1
        if after < 0 or len(found) > backlog:
            raise Failure("ErrorInvalidWatermark", "The watermark is too old: read the mailbox anew.")
        return found

    def _keep(self, subscription: Subscription) -> None:
        mailbox = subscription.mailbox
        self._by_id[subscription.id] = subscription
        self._counts[subscription.owner] = self._counts.get(subscription.owner, 0) + 1
        self._by_mailbox.setdefault(mailbox, []).append(subscription)
        if mailbox not in self._listeners:
            self._listeners[mailbox] = self._base.feed.listen([mailbox], self._hear)

    def _drop(self, subscription: Subscription) -> None:
        if self._by_id.pop(subscription.id, None) is None:
            return
        self._counts[subscription.owner] -= 1
        if not self._counts[subscription.owner]:
            del self._counts[subscription.owner]
        if subscription.connection is not None:
            subscription.connection.leave(subscription)
        others = self._by_mailbox[subscription.mailbox]
        others.remove(subscription)
        if not others:
            del self._by_mailbox[subscription.mailbox]
            self._listeners.pop(subscription.mailbox)()

    def _hear(self, changes: Sequence[Change]) -> None:
        now = self._base.clock()
        subscriptions = self._by_mailbox.get(changes[0].scope, ())
        if subscriptions:
            events = list(events_of(changes, subscriptions[0].root, now))
            changed = {one.folder for one in changes if isinstance(one, FolderModified) and one.unread is None}
            for subscription in list(subscriptions):
                closed = subscription.visiting and not changed.isdisjoint(subscription.folders or ())
                if closed or subscription.expired(now):
                    self._drop(subscription)
                else:
                    subscription.offer(events)

    def _sweep(self) -> None:
        now = self._base.clock()
        if now - self._swept > _SWEEP_EVERY:
            self._swept = now
            for subscription in [one for one in self._by_id.values() if one.expired(now)]:
                self._drop(subscription)

    def _find(self, caller: Caller, id_: str) -> Subscription | None:
        subscription = self._by_id.get(id_)
        if subscription is None or subscription.owner != _owner(caller):
            return None
        if subscription.expired(self._base.clock()):
            self._drop(subscription)
            return None
        return subscription

    async def unsubscribe(self, caller: Caller, id_: str) -> None:
        """End a subscription. Raises ``Failure``."""
        subscription = self._find(caller, id_)
        if subscription is None:
            raise _not_found()
        if subscription.push:
            # Whoever is told says in the answer that it is enough.
            raise Failure("ErrorInvalidSubscription", "Subscription is invalid.")
        self._drop(subscription)

    def attach(self, caller: Caller, id_: str) -> Connection:
        """The connection that a new push subscription is told by."""
        subscription = self._find(caller, id_)
        if subscription is None:
            raise _not_found()
        return Connection([subscription])

    def end(self, subscription: Subscription) -> None:
        """Nobody takes what this subscription is told any more."""
        self._drop(subscription)

    async def events(self, caller: Caller, id_: str, after: Mark) -> Pulled:
        """What happened after a place; asking for what comes after a later one forgets it. Raises ``Failure``."""
        subscription = self._find(caller, id_)
        if subscription is None:
            raise _not_found()
        if not subscription.pull:
            raise Failure("ErrorInvalidPullSubscriptionId", "The subscription is not a pull subscription.")
        now = await self._base.store.last()
        if after.seq > now or after < subscription.seen:
            raise Failure("ErrorInvalidWatermark", "The watermark used for the subscription is invalid.")
        if subscription.overflowed:
            self._drop(subscription)
            raise missed()
        subscription.used = self._base.clock()
        subscription.seen = after
        events, more = subscription.after(after, EVENTS_AT_ONCE)
        return Pulled(subscription.mailbox, after, events, events[-1].mark if events else after, more)

    def connect(self, caller: Caller, ids: Sequence[str]) -> Connection | list[str]:
        """A connection to streaming subscriptions; or those of ``ids`` that are none of the caller's."""
        found = {id_: self._find(caller, id_) for id_ in dict.fromkeys(ids)}
        invalid = [id_ for id_, one in found.items() if one is None or one.pull or one.push]
        if invalid:
            return invalid
        return Connection([subscription for subscription in found.values() if subscription is not None])

    def disconnect(self, connection: Connection) -> None:
        """The client went, or its time is over."""
        connection.close(self._base.clock())

    def take(self, connection: Connection) -> tuple[list[tuple[Subscription, Sequence[Event]]], list[str]]:
        """Every event that waits, by subscription, and the subscriptions that lost events: they are ended."""
        lost = [subscription for subscription in connection.subscriptions if subscription.overflowed]
        for subscription in lost:
            self._drop(subscription)
        news = [(subscription, subscription.take()) for subscription in connection.subscriptions]
        return [(one, events) for one, events in news if events], [subscription.id for subscription in lost]


def _owner(caller: Caller) -> str:
    """An application may use what it made for anybody; a person what they made themselves."""
    if caller.application:
        return f"application {caller.application}"
    if caller.person is None:
        raise Failure("ErrorAccessDenied", "Access is denied.")
    return f"person {caller.person.objectGUID}"


def _not_found() -> Failure:
    return Failure("ErrorSubscriptionNotFound", "The specified subscription was not found.")


def missed() -> Failure:
    """What a subscriber gets who was too slow."""
    return Failure("ErrorMissedNotificationEvents", "Notification events were lost. Read the mailbox anew.")
