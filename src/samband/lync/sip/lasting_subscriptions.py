"""Subscriptions over UDP and what is kept of them, one made of the other.

Who subscribed over a connection sees that it is gone and subscribes again. Over UDP nothing says so: the next server
goes on with the dialog, and tells its subscriber how things are now.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from samband.directory.api import Directory
from samband.lync.actions.kept_subscriptions import KeptSubscriptions
from samband.lync.sip.admission import Admitted
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.refusals import Refusal
from samband.lync.sip.router import Router
from samband.lync.sip.subscriptions import Package, Subscriptions, event_of
from samband.lync.sip.timers import Timers
from samband.model.subscriptions import KeptSubscription
from samband.wire.presence.names import BATCH_TYPE
from samband.wire.sip.message import SipRequest
from samband.wire.sip.stream import read_datagram

log = logging.getLogger(__name__)

AHEAD = 1000
"""Notifications that are numbered before the number is written again."""
FIRST, RATE = 1.0, 200
"""Seconds before the first restored subscriber is told of now, and how many are in a second."""
_SECRET = ("Authorization", "Proxy-Authorization")


class LastingSubscriptions:
    """Notes subscriptions as they come and go; makes those of ``before`` anew once their listener is there."""

    def __init__(
        self,
        kept: KeptSubscriptions,
        before: Sequence[KeptSubscription],
        subscriptions: Subscriptions,
        packages: Mapping[str, Package],
        router: Router,
        directory: Directory,
        timers: Timers,
    ) -> None:
        """``packages`` by event: only their subscriptions are kept."""
        self._kept = kept
        self._before = before
        self._subscriptions = subscriptions
        self._packages = packages
        self._router = router
        self._directory = directory
        self._timers = timers
        self._restored = 0
        subscriptions.lasting = self

    def takes(self, inbound: Inbound) -> bool:
        """Whether what a first SUBSCRIBE asks for can be asked for anew, by it or by the latest that has a body.

        A batch cannot: each adds to those before it.
        """
        request = inbound.request
        reachable = not inbound.flow.reliable and inbound.person is not None
        return reachable and event_of(request) in self._packages and media_type(request) != BATCH_TYPE

    def note(self, subscription: Subscription) -> None:
        """A subscription is new, was refreshed, or needs more numbers."""
        request, person = subscription.origin, subscription.person
        if request is None or person is None:
            return
        flow, dialog = subscription.way.flow, subscription.dialog
        subscription.renumber = dialog.local_cseq + AHEAD // 2
        left = subscription.renewed + subscription.seconds - self._timers.now
        self._kept.note(
            KeptSubscription(
                id=dialog.local_tag,
                address=subscription.address,
                person=person.objectGUID,
                peer=flow.peer,
                local=flow.local,
                request=_without_proofs(request).to_bytes(),
                target=dialog.target,
                local_cseq=dialog.local_cseq + AHEAD,
                remote_cseq=dialog.remote_cseq,
                seconds=subscription.seconds,
                expires=self._kept.clock().timestamp() + left,
            )
        )

    def forget(self, subscription: Subscription) -> None:
        """A subscription is over."""
        self._kept.forget(subscription.dialog.local_tag)

    def settled(self) -> Awaitable[None]:
        """Done once everything before this call is on disk; else it raises what the write raised."""
        return self._kept.settled()

    def restore(self, local: tuple[str, int], flow: Callable[[tuple[str, int]], Flow]) -> None:
        """The listener at ``local`` is bound: whoever had subscribed there, and is still somebody, goes on."""
        now = self._kept.clock().timestamp()
        for one in self._before:
            if one.local == local and one.expires > now:
                self._restore(one, int(one.expires - now), flow)

    def _restore(self, one: KeptSubscription, left: int, flow: Callable[[tuple[str, int]], Flow]) -> None:
        person, request = self._directory.by_guid(one.person), read_datagram(one.request)
        package = self._packages.get(event_of(request)) if isinstance(request, SipRequest) else None
        stays = person is not None and person.enabled and person.sip.lower() == one.address
        if person is None or not stays or package is None or not isinstance(request, SipRequest) or left <= 0:
            self._kept.forget(one.id)
            return
        inbound = Inbound(self._router, request, flow(one.peer), Admitted(person), None)
        subscription = self._subscriptions.adopt(inbound, one.id, left)
        subscription.dialog.target = one.target
        subscription.dialog.local_cseq = one.local_cseq
        subscription.dialog.remote_cseq = one.remote_cseq
        # From here on other numbers are taken: another end must not make the next server take them again.
        self.note(subscription)
        self._timers.after(FIRST + self._restored / RATE, self._tell, (subscription, package, inbound))
        self._restored += 1

    def _tell(self, which: tuple[Subscription, Package, Inbound]) -> None:
        """Have the package serve the first request again: its watch begins, and its subscriber hears of now."""
        subscription, package, inbound = which
        if not subscription.live:
            return
        try:
            content = package.subscribe(subscription, inbound)
        except Refusal:
            self._subscriptions.terminate(subscription, "noresource")
            return
        except Exception:
            log.exception("a subscription could not be restored")
            self._subscriptions.terminate(subscription, "deactivated")
            return
        if isinstance(content, Content):
            subscription.notify(content)


def _without_proofs(request: SipRequest) -> SipRequest:
    kept = request.copy()
    for name in _SECRET:
        kept.headers.pop(name, None)
    return kept
