"""Notifications: what a subscriber is sent, and how it is reached [RFC6665 4.2.2; MS-SIP 3.4, 3.5]."""

from __future__ import annotations

import sys
from collections.abc import Callable

from msgspec import Struct

from samband.lync.actions.registration import Endpoint
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.places import Places, Way
from samband.lync.sip.router import Router
from samband.lync.sip.routing import Routing
from samband.lync.sip.timers import Timer, Timers
from samband.wire.sip.dialog import Dialog, answered
from samband.wire.sip.message import SipRequest, SipResponse, respond

BENOTIFY = "ms-benotify"
PIGGYBACK = "ms-piggyback-first-notify"
AUTOEXTEND = "com.microsoft.autoextend"

_GONE = frozenset({404, 405, 408, 410, 416, 480, 481, 482, 483, 484, 485, 489, 501, 604})
"""Responses to a NOTIFY that end its subscription [RFC6665 4.2.2]."""


class Content(Struct):
    """A body with its type; empty where there is nothing to say. It is written once, and never changed then."""

    type: str = ""
    body: bytes = b""
    is_list: bool = False
    """Whether it speaks of several resources (``Require: eventlist``)."""
    _written: bytes = b""

    def written(self) -> bytes:
        """The end of a notification: the fields that are about the body, and the body."""
        if not self._written:
            required = "Require: eventlist\r\n" if self.is_list else ""
            typed = f"Content-Type: {self.type}\r\n" if self.type else ""
            fields = f"{required}{typed}Content-Length: {len(self.body)}\r\n\r\n"
            self._written = fields.encode("utf-8", "surrogateescape") + self.body
        return self._written


NOTHING = Content()
_MOST_NUMBERED = 2**31
_LIST = ["eventlist"]
_UNSUPPORTED: set[str] = set()
TIMEOUT = "terminated;reason=timeout"


class Subscription:
    """One dialog with somebody who subscribed. ``closing`` is called once when it ends."""

    __slots__ = (
        "_notifier",
        "address",
        "benotify",
        "closing",
        "connection",
        "dialog",
        "endpoint",
        "event",
        "extends",
        "live",
        "origin",
        "person",
        "renewed",
        "renumber",
        "seconds",
        "state",
        "timer",
        "way",
    )

    def __init__(self, notifier: Notifier, inbound: Inbound, endpoint: Endpoint[Way] | None, tag: str = "") -> None:
        """``tag``: ours in a dialog that an earlier server began."""
        request = inbound.request
        supported = request.tokens("Supported") if "Supported" in request.headers else _UNSUPPORTED
        self._notifier = notifier
        self.address = endpoint.address if endpoint is not None else inbound.address
        """``user@domain`` of who subscribed, in lower case."""
        self.person = inbound.person
        """None for visitors."""
        self.endpoint = endpoint
        self.way = _way_of(inbound, endpoint)
        self.connection = inbound.flow.connection
        self.dialog: Dialog = answered(request, tag or notifier.router.token())
        if endpoint is not None and self.dialog.target == endpoint.contact:
            # There are many subscriptions to an endpoint: they share what they can.
            self.dialog.target = endpoint.contact
        self.event = sys.intern(request.headers["Event"][0])
        self.benotify = BENOTIFY in supported and inbound.visitor is None
        self.extends = AUTOEXTEND in supported
        self.seconds = 0
        """Life granted; 0 before the subscription is accepted and after it ended."""
        self.renewed = 0.0
        """When the life began to count."""
        self.live = True
        self.timer: Timer | None = None
        self.origin: SipRequest | None = None
        """The request that began it, where it is kept for the server after this one."""
        self.renumber = _MOST_NUMBERED
        """Number of the notification after which it is to be kept anew."""
        self.state: object = None
        """What the package keeps for this dialog."""
        self.closing: Callable[[], None] | None = None

    @property
    def endpoint_key(self) -> str:
        """Names the subscriber's endpoint among those of its user, empty where it is not registered."""
        return self.endpoint.key if self.endpoint else ""

    @property
    def first_version(self) -> int:
        """The number of the first document it is told now: later than any that an earlier server told it."""
        return self.dialog.local_cseq

    def restate(self, request: SipRequest) -> None:
        """A further request was accepted: where a body says what is wanted, the latest says it alone."""
        origin = self.origin
        if origin is not None and origin.body and request.body and request is not origin:
            self.origin = origin.copy().put("Content-Type", request.get("Content-Type") or "")
            self.origin.body = request.body

    def notify(self, content: Content) -> None:
        """Tell the subscriber; nothing is sent to one that cannot be reached any more."""
        self._notifier.notify(self, content)


class Notifier:
    """Answers SUBSCRIBE requests and sends notifications. ``gone`` hears of subscribers that know nothing of them."""

    def __init__(
        self,
        router: Router,
        places: Places,
        timers: Timers,
        gone: Callable[[Subscription], None],
        routing: Routing | None = None,
    ) -> None:
        """``routing`` knows the ways to other organisations."""
        self._routing = routing
        self.router = router
        self._places = places
        self._timers = timers
        self._gone = gone
        self._contacts: dict[str, str] = {}
        """By ``Flow.route``: there are as many as addresses of listeners."""
        self.numbered: Callable[[Subscription], None] = lambda _subscription: None
        """Told of a subscription whose notifications reach ``renumber``."""

    def reply(self, inbound: Inbound, subscription: Subscription, content: Content) -> None:
        """Accept a SUBSCRIBE; ``content`` is the first notification that rides on the answer [MS-SIP 3.4.5.1]."""
        response = respond(inbound.request, 200, tag=subscription.dialog.local_tag)
        headers = response.headers
        flow = inbound.flow
        headers["Contact"] = [self._contact(flow, by_name=True) if subscription.benotify else self._own(flow)]
        headers["Expires"] = [str(subscription.seconds)]
        headers["Event"] = [subscription.event]
        headers["Subscription-State"] = [self.active(subscription) if subscription.seconds else "terminated;expires=0"]
        if subscription.benotify:
            headers["Supported"] = [BENOTIFY, PIGGYBACK, *([AUTOEXTEND] if subscription.extends else [])]
        if content.type:
            subscription.dialog.local_cseq = max(subscription.dialog.local_cseq, 1)
            headers["ms-piggyback-cseq"] = [str(subscription.dialog.local_cseq)]
            headers["Content-Type"] = [content.type]
            response.body = content.body
        if content.is_list:
            headers["Require"] = _LIST
        inbound.reply(response)

    def notify(self, subscription: Subscription, content: Content) -> None:
        """Send a notification of a live subscription, which prolongs it where that was agreed [MS-SIP 3.6]."""
        if subscription.seconds:
            self.send(subscription, content, self.active(subscription))
            if subscription.extends:
                subscription.renewed = self._timers.now

    def send(self, subscription: Subscription, content: Content, state: str) -> None:
        """Send a notification with this ``Subscription-State``."""
        way = _way(subscription)
        if way.flow.closed:
            if way.flow.partner is None:
                return
            found = self._another_way(subscription)
            if found is None:
                self._gone(subscription)
                return
            way = found
        flow, association = way.flow, way.association
        dialog = subscription.dialog
        dialog.local_cseq += 1
        if dialog.local_cseq >= subscription.renumber:
            self.numbered(subscription)
        transactions = self.router.transactions
        benotify, branch = subscription.benotify, transactions.branch()
        method, contact = ("BENOTIFY", "") if benotify else ("NOTIFY", f"Contact: {self._own(flow)}\r\n")
        routes = "".join([f"Route: {route}\r\n" for route in dialog.routes]) if dialog.routes else ""
        proof = self.router.proof(dialog, method, association) if association is not None else ""
        # Written in one go, not by way of a ``SipRequest``: a change of presence is told to very many.
        head = (
            f"{method} {dialog.target} SIP/2.0\r\nVia: {flow.via}{branch}\r\n"
            f"From: {dialog.local}\r\nTo: {dialog.remote}\r\nCall-ID: {dialog.call_id}\r\n"
            f"CSeq: {dialog.local_cseq} {method}\r\nMax-Forwards: 70\r\n{routes}{contact}{proof}"
            f"Event: {subscription.event}\r\nSubscription-State: {state}\r\n"
        )
        data = head.encode("utf-8", "surrogateescape") + content.written()
        if benotify:
            flow.send(data)
        else:
            transactions.begin(method, data, flow, branch, self._hear, subscription)

    def _another_way(self, subscription: Subscription) -> Way | None:
        """To a visitor's server, where the connection that the subscription came over is gone."""
        partners = self._routing.partners if self._routing is not None else None
        flow = partners.flow(subscription.address.rpartition("@")[2]) if partners is not None else None
        if not isinstance(flow, Flow):
            return None
        subscription.way = Way(flow, None)
        return subscription.way

    def _hear(self, subscription: Subscription, response: SipResponse | None) -> None:
        if response is None or response.status in _GONE:
            self._gone(subscription)

    def active(self, subscription: Subscription) -> str:
        """The state of a live subscription, with what is left of its life."""
        left = subscription.renewed + subscription.seconds - self._timers.now
        return f"active;expires={max(int(left), 1)}"

    def _own(self, flow: Flow) -> str:
        """Where requests within the dialog of a plain client go: the same for everyone at one listener."""
        if flow.partner is not None:
            return self._contact(flow, by_name=False)
        found = self._contacts.get(flow.route)
        if found is None:
            found = self._contacts[flow.route] = self._contact(flow, by_name=False)
        return found

    def _contact(self, flow: Flow, *, by_name: bool) -> str:
        """Where requests within the dialog go. Plain clients may know this server by an address alone, and get one."""
        host, port = flow.local
        if by_name or host in ("0.0.0.0", "::"):
            host = self._places.host
        elif ":" in host:
            host = f"[{host}]"
        return f"<sip:{host}:{port};transport={flow.parameter}>"


def _way_of(inbound: Inbound, endpoint: Endpoint[Way] | None) -> Way:
    """The way a request came: that of its endpoint where it is the same."""
    if endpoint is not None:
        way = endpoint.way
        if way.flow is inbound.flow and way.association is inbound.association:
            return way
    return Way(inbound.flow, inbound.association)


def _way(subscription: Subscription) -> Way:
    """How to reach the subscriber now: an endpoint's association changes while it stays registered."""
    endpoint = subscription.endpoint
    if endpoint is not None and endpoint.alive and endpoint.way.flow is subscription.way.flow:
        return endpoint.way
    return subscription.way
