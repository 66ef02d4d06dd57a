"""What owners are told of themselves: roaming-self, who waits to be acknowledged, access entries [MS-PRES; MS-SIP]."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from samband.lync.actions.audience import OwnUpdate
from samband.lync.actions.presence import Presence
from samband.lync.actions.watches import OwnWatch
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.presence_documents import own_of
from samband.model.containers import BLOCKED, MemberKind
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.presence.acl import ALLOW, BLOCK, Ace, write_acl
from samband.wire.presence.names import ACL_TYPE, ROAMING_SELF_TYPE, WATCHER_INFO_TYPE
from samband.wire.presence.roaming_self import CATEGORIES, CONTAINERS, SUBSCRIBERS, read_roaming_list
from samband.wire.presence.watcher_info import WatcherDocument, write_watcher_info
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipRequest
from samband.wire.sip.uri import aor_of


def own_person(inbound: Inbound) -> Person:
    """Who sends a request to oneself. Raises ``Failure`` where it goes to somebody else."""
    person = inbound.person
    if person is None or aor_of(uri_in(inbound.request.headers["To"][0])) != person.sip.lower():
        raise Failure("Forbidden", "This is told to its owner only")
    return person


class RoamingSelf:
    """Event ``vnd-microsoft-roaming-self``: an owner's publications, containers and subscribers."""

    def __init__(self, presence: Presence, clock: Callable[[], datetime]) -> None:
        self._presence = presence
        self._clock = clock

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        request = inbound.request
        person = own_person(inbound)
        kinds = _kinds(request)
        watch = subscription.state
        if not isinstance(watch, OwnWatch):

            def hear(update: OwnUpdate) -> None:
                subscription.notify(own_of(update, self._clock()))

            watch = self._presence.follow(person, subscription.endpoint_key, hear)
            subscription.state = watch
            subscription.closing = watch.close
        owner = watch.owner
        everything = OwnUpdate(
            owner=owner.address,
            categories=owner.own() if CATEGORIES in kinds else None,
            containers=owner.listed_containers() if CONTAINERS in kinds else None,
            subscribers=owner.listed_subscribers() if SUBSCRIBERS in kinds else None,
        )
        return own_of(everything, self._clock())


class PendingWatchers:
    """Event ``presence.wpending``: people who added the owner and wait for an answer, as watcherinfo."""

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        person = own_person(inbound)
        told = subscription.state
        if not isinstance(told, _Pending):
            told = _Pending(subscription)
            told.watch = self._presence.follow(person, "", told.hear)
            subscription.state = told
            subscription.closing = told.watch.close
        return told.content()


class _Pending:
    """One dialog of ``PendingWatchers``."""

    def __init__(self, subscription: Subscription) -> None:
        self._subscription = subscription
        self._version = 0
        self.watch: OwnWatch | None = None

    def hear(self, update: OwnUpdate) -> None:
        if update.subscribers is not None:
            self._subscription.notify(self.content())

    def content(self) -> Content:
        owner = self.watch.owner if self.watch else None
        waiting = [
            WatcherDocument(f"sip:{one.address}", one.address, display_name=one.display_name)
            for one in (owner.listed_subscribers() if owner else ())
            if not one.acknowledged
        ]
        resource = f"sip:{owner.address}" if owner else ""
        text = write_watcher_info(resource, self._version, True, waiting)
        self._version += 1
        return Content(WATCHER_INFO_TYPE, text.encode("utf-8", "replace"))


class AccessEntries:
    """Event ``vnd-microsoft-roaming-ACL``: containers as clients from before containers know them [MS-SIP 2.2.3].

    Everyone may see and talk, except for people and domains in the blocked container.
    """

    def __init__(self, presence: Presence) -> None:
        self._presence = presence

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        person = own_person(inbound)
        told = subscription.state
        if not isinstance(told, OwnWatch):

            def hear(update: OwnUpdate) -> None:
                if update.containers is not None:
                    subscription.notify(_acl(watch))

            watch = told = self._presence.follow(person, "", hear)
            subscription.state = told
            subscription.closing = told.close
        return _acl(told)


def _acl(watch: OwnWatch) -> Content:
    box = watch.owner.containers[BLOCKED]
    entries = [Ace("ALL", "", ALLOW * 2)]
    for member in sorted(box.members):
        if member.kind is MemberKind.USER:
            entries.append(Ace("USER", f"sip:{member.value}", BLOCK * 2))
        elif member.kind is MemberKind.DOMAIN:
            entries.append(Ace("DOMAIN", member.value, BLOCK * 2))
    return Content(ACL_TYPE, write_acl(box.version + 1, entries).encode("utf-8", "replace"))


def _kinds(request: SipRequest) -> frozenset[str]:
    if request.body and media_type(request) != ROAMING_SELF_TYPE:
        raise Failure("UnsupportedMediaType", "The body is no roaming list", details={"Accept": ROAMING_SELF_TYPE})
    return read_roaming_list(request.body)
