"""Subscriptions: SUBSCRIBE dialogs of every event package this server notifies of [RFC6665 4.2; MS-SIP 3.4 to 3.6].

A package says what a request means and what its first notification holds; this module keeps the dialogs, their time,
and the ways to reach who subscribed.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Protocol

from samband.lync.actions.registration import End, Endpoint, Registrar
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.notifier import NOTHING, PIGGYBACK, TIMEOUT, Content, Notifier, Subscription
from samband.lync.sip.places import Places, Way
from samband.lync.sip.refusals import Refusal, Refusals
from samband.lync.sip.router import Router
from samband.lync.sip.routing import Routing
from samband.lync.sip.timers import Timers
from samband.lync.sip.visiting_endpoints import VisitingEndpoints
from samband.wire.sip.address import epid_in, tag_in
from samband.wire.sip.dialog import key_of
from samband.wire.sip.message import SipRequest

USUAL = 28800
LONGEST = 28800
SHORTEST = 60
"""Seconds of life: granted to who names none, at most, and at least to who asks for some."""
LIMIT = 2000
"""Most subscriptions on one connection: plain clients make one for everybody they watch."""
ADRIFT = 0
"""In place of the number of a connection, of subscriptions of visitors whose connection is gone."""
MOST_ADRIFT = 10_000


class Package(Protocol):
    """One event package of one kind of subscriber."""

    def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content | Awaitable[Content]:
        """Take a first or further SUBSCRIBE of a dialog; what its notification holds.

        Raises (or its awaitable does) ``Failure``, ``Malformed`` or ``SchemaViolation``.
        """
        ...


class Lasting(Protocol):
    """Keeps subscriptions for the server after this one."""

    def takes(self, inbound: Inbound) -> bool:
        """Whether what a first SUBSCRIBE begins is kept."""
        ...

    def note(self, subscription: Subscription) -> None:
        """It is as it is now."""
        ...

    def forget(self, subscription: Subscription) -> None:
        """It is over."""
        ...

    def settled(self) -> Awaitable[None]:
        """Done once everything before this call is on disk."""
        ...


class Subscriptions:
    """All subscriptions of a Lync side."""

    def __init__(
        self,
        router: Router,
        registrar: Registrar[Way],
        places: Places,
        timers: Timers,
        routing: Routing | None = None,
    ) -> None:
        """``routing`` knows the ways to other organisations."""
        self.refusals = Refusals(places.host)
        self._notifier = Notifier(router, places, timers, self._end, routing)
        self._notifier.numbered = self._note
        self.lasting: Lasting | None = None
        """Keeps those that it takes."""
        self.visiting = VisitingEndpoints()
        self._registrar = registrar
        self._timers = timers
        self._dialogs: dict[str, Subscription] = {}
        """By our tag, which no two have alike."""
        self._ringing = self._ring
        """Bound once, for as many timers as there are subscriptions."""
        self._by_connection: dict[int, dict[Subscription, None]] = {}
        registrar.listen(removed=self._signed_out)

    def __len__(self) -> int:
        return len(self._dialogs)

    def handle(self, inbound: Inbound, package: Package) -> Awaitable[None] | None:
        """Serve one SUBSCRIBE."""
        request = inbound.request
        seconds = _seconds(request)
        if seconds is None:
            self.refusals.refuse(inbound, 400, "Expires is not a number")
            return None
        if 0 < seconds < SHORTEST:
            inbound.refuse(423, Min_Expires=str(SHORTEST))
            return None
        if not inbound.address:
            self.refusals.refuse(inbound, 403, "Nobody is signed in")
            return None
        if tag_in(request.headers["To"][0]):
            return self._again(inbound, package, seconds)
        return self._first(inbound, package, seconds)

    def endpoint_of(self, inbound: Inbound) -> Endpoint[Way] | None:
        """The registered endpoint a request comes from: by its epid, else by its connection or UDP peer."""
        person = inbound.person
        if person is None:
            return self.visiting.of(inbound)
        address = person.sip.lower()
        epid = epid_in(inbound.request.headers["From"][0])
        if epid:
            return self._registrar.by_epid(address, epid)
        flow = inbound.flow
        for one in self._registrar.endpoints(address):
            if one.way.flow is flow:
                return one
        return None

    def adopt(self, inbound: Inbound, tag: str, seconds: int) -> Subscription:
        """Go on with a dialog of an earlier server, which ``inbound`` began and in which ``tag`` is ours."""
        subscription = Subscription(self._notifier, inbound, self.endpoint_of(inbound), tag)
        subscription.origin = inbound.request
        self._keep(subscription, seconds)
        return subscription

    def terminate(self, subscription: Subscription, reason: str, content: Content = NOTHING) -> None:
        """End a subscription from this side and say so, with ``content`` as the last notification."""
        if subscription.live:
            self._end(subscription)
            self._notifier.send(subscription, content, f"terminated;reason={reason}")

    # --- requests

    def _first(self, inbound: Inbound, package: Package, seconds: int) -> Awaitable[None] | None:
        subscription = Subscription(self._notifier, inbound, self.endpoint_of(inbound))
        if seconds and len(self._on(subscription.connection)) >= LIMIT:
            self.refusals.refuse(inbound, 403, "There are too many subscriptions on this connection")
            return None
        if self.lasting is not None and self.lasting.takes(inbound):
            subscription.origin = inbound.request
        return self._serve(inbound, package, subscription, seconds)

    def _again(self, inbound: Inbound, package: Package, seconds: int) -> Awaitable[None] | None:
        request = inbound.request
        key = key_of(request, local_is_to=True)
        subscription = self._dialogs.get(key[1])
        known = subscription is not None and subscription.dialog.key == key
        if subscription is None or not known or not inbound.address or inbound.address != subscription.address:
            self.refusals.refuse(inbound, 481, "There is no such subscription")
            return None
        if not subscription.dialog.accepts(request):
            inbound.refuse(500)
            return None
        if inbound.visitor is not None:
            subscription.way = Way(inbound.flow, None)
        if not seconds and not request.body:
            self._end(subscription)
            self._notifier.reply(inbound, subscription, NOTHING)
            if not subscription.benotify:
                self._notifier.send(subscription, NOTHING, TIMEOUT)
            return None
        return self._serve(inbound, package, subscription, seconds)

    def _serve(
        self, inbound: Inbound, package: Package, subscription: Subscription, seconds: int
    ) -> Awaitable[None] | None:
        try:
            content = package.subscribe(subscription, inbound)
        except Refusal as error:
            self.refusals.fail(inbound, error)
            self._give_up(subscription)
            return None
        except BaseException:
            self._give_up(subscription)
            raise
        if not isinstance(content, Content):
            subscription.origin = None
            return self._serve_later(inbound, content, subscription, seconds)
        return self._accept(inbound, subscription, content, seconds)

    async def _serve_later(
        self, inbound: Inbound, later: Awaitable[Content], subscription: Subscription, seconds: int
    ) -> None:
        try:
            content = await later
        except Refusal as error:
            self.refusals.fail(inbound, error)
            self._give_up(subscription)
            return
        except BaseException:
            self._give_up(subscription)
            raise
        if inbound.flow.closed:
            self._end(subscription)
            return
        self._accept(inbound, subscription, content, seconds)

    def _accept(
        self, inbound: Inbound, subscription: Subscription, content: Content, seconds: int
    ) -> Awaitable[None] | None:
        if seconds:
            self._keep(subscription, seconds)
        else:
            self._end(subscription)
        if self.lasting is not None and subscription.origin is not None and seconds:
            subscription.restate(inbound.request)
            self._note(subscription)
            return self._accept_kept(self.lasting.settled(), inbound, subscription, content, seconds)
        self._tell(inbound, subscription, content, seconds)
        return None

    async def _accept_kept(
        self, kept: Awaitable[None], inbound: Inbound, subscription: Subscription, content: Content, seconds: int
    ) -> None:
        try:
            await kept
        except BaseException:
            self._end(subscription)
            raise
        self._tell(inbound, subscription, content, seconds)

    def _tell(self, inbound: Inbound, subscription: Subscription, content: Content, seconds: int) -> None:
        request = inbound.request
        piggyback = "Supported" in request.headers and PIGGYBACK in request.tokens("Supported")
        if piggyback:
            self._notifier.reply(inbound, subscription, content)
        else:
            self._notifier.reply(inbound, subscription, Content(is_list=True) if content.is_list else NOTHING)
            state = self._notifier.active(subscription) if seconds else TIMEOUT
            self._notifier.send(subscription, content, state)

    # --- life

    def _on(self, connection: int) -> dict[Subscription, None]:
        return self._by_connection.get(connection, {})

    def _note(self, subscription: Subscription) -> None:
        if self.lasting is not None and subscription.live and subscription.seconds:
            self.lasting.note(subscription)

    def _keep(self, subscription: Subscription, seconds: int) -> None:
        subscription.seconds = min(seconds, LONGEST)
        subscription.renewed = self._timers.now
        if subscription.timer is not None:
            self._timers.cancel(subscription.timer)
        subscription.timer = self._timers.after(subscription.seconds, self._ringing, subscription)
        tag, connection = subscription.dialog.local_tag, subscription.connection
        if tag not in self._dialogs:
            self._dialogs[tag] = subscription
            if connection not in self._by_connection:
                self._by_connection[connection] = {}
                subscription.way.flow.on_lost(self._lost)
            self._by_connection[connection][subscription] = None

    def _ring(self, subscription: Subscription) -> None:
        left = subscription.renewed + subscription.seconds - self._timers.now
        if left > 0:
            subscription.timer = self._timers.after(left, self._ringing, subscription)
            return
        subscription.timer = None
        self._notifier.send(subscription, NOTHING, TIMEOUT)
        self._end(subscription)

    def _lost(self, flow: Flow) -> None:
        for subscription in list(self._by_connection.pop(flow.connection, {})):
            if flow.partner is None or not self._set_adrift(subscription):
                self._end(subscription)

    def _set_adrift(self, subscription: Subscription) -> bool:
        """Keep what a visitor subscribed to: the next notification takes another connection. False if too many are."""
        adrift = self._by_connection.setdefault(ADRIFT, {})
        if len(adrift) >= MOST_ADRIFT:
            return False
        subscription.connection = ADRIFT
        adrift[subscription] = None
        return True

    def _signed_out(self, endpoint: Endpoint[Way], end: End) -> None:
        for subscription in list(self._on(endpoint.way.flow.connection)):
            if subscription.endpoint is endpoint:
                self._end(subscription)

    def _give_up(self, subscription: Subscription) -> None:
        """A request was refused: one that would have begun a dialog leaves nothing behind."""
        if subscription.dialog.local_tag not in self._dialogs:
            self._end(subscription)

    def _end(self, subscription: Subscription) -> None:
        subscription.seconds = 0
        if not subscription.live:
            return
        subscription.live = False
        if self.lasting is not None and subscription.origin is not None:
            self.lasting.forget(subscription)
        if subscription.timer is not None:
            self._timers.cancel(subscription.timer)
            subscription.timer = None
        self._dialogs.pop(subscription.dialog.local_tag, None)
        self._on(subscription.connection).pop(subscription, None)
        closing, subscription.closing = subscription.closing, None
        if closing is not None:
            closing()


def event_of(request: SipRequest) -> str:
    """The event package a request names, in lower case; empty where it names none."""
    return (request.get("Event") or "").partition(";")[0].strip().lower()


def _seconds(request: SipRequest) -> int | None:
    """The life asked for; None where it cannot be read."""
    text = request.get("Expires")
    if text is None:
        return USUAL
    text = text.strip()
    if not (text.isascii() and text.isdigit() and len(text) < 20):
        return None
    return min(int(text), LONGEST)
