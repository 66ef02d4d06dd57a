"""The stateful proxy: carries requests between users and answers what cannot be carried [RFC3261 16]."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.actions.registration import Endpoint
from samband.lync.sip.bridge import Bridge
from samband.lync.sip.conversation_history import ConversationWatch
from samband.lync.sip.diagnostics import DOMAIN_UNKNOWN, NOT_FEDERATED, OFFLINE
from samband.lync.sip.dialog_watch import Told
from samband.lync.sip.flow import Flow
from samband.lync.sip.fork import Fork
from samband.lync.sip.identity import asserted
from samband.lync.sip.im_cleaning import Unreadable, clean
from samband.lync.sip.im_text import ACCEPTED, MOST_TEXT
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.places import Places, Way
from samband.lync.sip.relay import is_relayed, relay
from samband.lync.sip.router import Router
from samband.lync.sip.routing import Abroad, Nowhere, Routing, ToServer, flow_to
from samband.lync.sip.timers import Timers
from samband.wire.sip.address import split_list, tag_in, uri_in
from samband.wire.sip.message import SipRequest, respond
from samband.wire.sip.uri import aor_of
from samband.wire.sip.via import branch_in

_EXTENSIONS = frozenset({"ms-benotify", "gruu", "gruu-10"})
"""Option tags that may stand in Proxy-Require."""
_NOT_CARRIED = frozenset({"REGISTER", "SERVICE", "PUBLISH", "BENOTIFY"})
"""Methods that only a server answers, or that nobody would ever answer."""
_DIALOG_MAKERS = frozenset({"INVITE", "SUBSCRIBE", "REFER"})
_SPEAKING = frozenset({"INVITE", "MESSAGE", "INFO", "SUBSCRIBE", "REFER"})
"""Methods that nobody receives from people they block."""
_PRIVATE = (
    "Authorization",
    "Proxy-Authorization",
    "Authentication-Info",
    "P-Asserted-Identity",
    "P-Preferred-Identity",
    "Proxy-Require",
)
"""Between a client and its server; never carried on."""
ALLOW = "ACK, BYE, CANCEL, INFO, INVITE, MESSAGE, NOTIFY, OPTIONS, PUBLISH, REFER, REGISTER, SERVICE, SUBSCRIBE"


class Proxy:
    """Takes every request that no other handler wants."""

    def __init__(self, router: Router, routing: Routing, places: Places, timers: Timers, bridge: Bridge) -> None:
        self._router = router
        self._bridge = bridge
        self._routing = routing
        self._places = places
        self._timers = timers
        self.history: ConversationWatch | None = None
        """Told of what people write to each other."""
        self.leaving: Callable[[Inbound], None] = lambda _inbound: None
        """Shown every request that goes to another organisation."""
        self.turns_away: Callable[[str, str], bool] = lambda _receiver, _sender: False
        """Whether somebody blocks somebody, both ``user@domain``."""
        self.invited: Callable[[Inbound, str], Told | None] = lambda _inbound, _callee: None
        """Shown every INVITE that goes to somebody (``user@domain``); what it gives back hears the answers."""
        self.unknown: Callable[[Inbound], bool] = lambda _inbound: False
        """Shown every request for nobody who is known; whether it was taken over."""
        self.ended: Callable[[Inbound], None] = lambda _inbound: None
        """Shown every BYE."""

    def handle(self, inbound: Inbound) -> None:
        """Carry one request, or refuse it."""
        request = inbound.request
        method = request.method
        # They are the same address but within dialogs, where the first is a contact's.
        to = uri_in(request.headers["To"][0])
        receivers = (aor_of(to),) if to == request.uri else (aor_of(to), aor_of(request.uri))
        if method in _SPEAKING and self._blocked(inbound, receivers):
            # As if nobody were there: who is blocked is not told so.
            inbound.refuse(480, OFFLINE)
            return
        if self.history is not None:
            self.history.watch(inbound)
        if method == "BYE":
            self.ended(inbound)
        hops = _hops(request)
        if hops is None:
            inbound.refuse(400)
        elif method in _NOT_CARRIED:
            inbound.refuse(405, Allow=ALLOW)
        elif method == "MESSAGE" and len(request.body) > MOST_TEXT:
            inbound.refuse(413)
        elif hops == 0:
            inbound.refuse(483)
        elif "Proxy-Require" in request.headers and (unknown := request.tokens("Proxy-Require") - _EXTENSIONS):
            inbound.refuse(420, Unsupported=", ".join(sorted(unknown)))
        elif self._loops(inbound):
            inbound.refuse(482)
        elif not _is_clean(request):
            self._refuse_text(inbound)
        elif not self._bridge.within(inbound):
            self._route(inbound, hops, receivers)

    def _route(self, inbound: Inbound, hops: int, receivers: tuple[str, ...]) -> None:
        """Find whom a request is for; ``receivers`` are asked already whether they turn its sender away."""
        request = inbound.request
        refusal = self._routing.take_routes(request)
        found = refusal or self._routing.find(request)
        if isinstance(found, Nowhere):
            if found.status != 404 or not self.unknown(inbound):
                inbound.refuse(found.status, found.diagnosis)
        elif isinstance(found, ToServer):
            self._serve(inbound)
        elif isinstance(found, Abroad):
            self._leave(inbound, found.domain, hops)
        elif inbound.transaction is None:
            self._carry_ack(inbound, found[0], hops)
        elif (
            request.method in _SPEAKING
            and found[0].address not in receivers
            and self.turns_away(found[0].address, inbound.address)
        ):
            # Asked for by a contact, under another name.
            inbound.refuse(480, OFFLINE)
        elif endpoints := self._bridge.suited(inbound, found):
            self._carry(inbound, endpoints, hops)

    def _refuse_text(self, inbound: Inbound) -> None:
        warning = f'399 {self._places.host} "The text cannot be looked through"'
        if inbound.request.method == "MESSAGE":
            inbound.refuse(415, Accept=ACCEPTED, Accept_Encoding="identity", Warning=warning)
        else:
            inbound.refuse(400, Warning=warning)

    def _blocked(self, inbound: Inbound, receivers: tuple[str, ...]) -> bool:
        sender = inbound.address
        if sender:
            for one in receivers:
                if one and self.turns_away(one, sender):
                    return True
        return False

    def _carry(self, inbound: Inbound, endpoints: list[Endpoint[Way]], hops: int) -> None:
        common = self._prepared(inbound, hops)
        endpoint = endpoints[0]
        flow = flow_to(endpoint)
        if len(endpoints) == 1 and flow.reliable and common.method != "INVITE":
            request = _addressed(inbound, common, endpoint.contact, flow)
            relay(self._router, inbound, request, flow, endpoint.way.association)
        else:
            fork = self._fork(inbound, endpoint.address)
            for endpoint in endpoints:
                flow = flow_to(endpoint)
                fork.send(_addressed(inbound, common.copy(), endpoint.contact, flow), flow, endpoint.way.association)
            fork.settle()
        if self.history is not None:
            self.history.carried(inbound)

    def _fork(self, inbound: Inbound, callee: str) -> Fork:
        fork = Fork(inbound, self._router, self._timers)
        if inbound.request.method == "INVITE":
            inbound.reply(respond(inbound.request, 100))
            fork.watch()
            fork.told = self.invited(inbound, callee)
        return fork

    def _leave(self, inbound: Inbound, domain: str, hops: int) -> None:
        """Hand a request to another organisation's server. Nothing passes from one of them to another."""
        person, partners = inbound.person, self._routing.partners
        if inbound.visitor is not None or partners is None:
            inbound.refuse(403, DOMAIN_UNKNOWN)
            return
        if person is not None and not person.msRTCSIP_FederationEnabled:
            inbound.refuse(403, NOT_FEDERATED)
            return
        flow = partners.flow(domain)
        if isinstance(flow, Nowhere):
            inbound.refuse(flow.status, flow.diagnosis)
            return
        self.leaving(inbound)
        request = _addressed(inbound, self._prepared(inbound, hops), inbound.request.uri, flow)
        _without_best_effort(request)
        if inbound.transaction is None:
            self._router.tell(request, flow, None)
            return
        fork = self._fork(inbound, aor_of(inbound.request.uri))
        fork.send(request, flow, None)
        fork.settle()

    def _carry_ack(self, inbound: Inbound, endpoint: Endpoint[Way], hops: int) -> None:
        """The ACK of a 2xx has no transaction: it goes on and is forgotten [RFC3261 16.7 is not asked]."""
        flow = flow_to(endpoint)
        ack = _addressed(inbound, self._prepared(inbound, hops), endpoint.contact, flow)
        self._router.tell(ack, flow, endpoint.way.association)

    def _prepared(self, inbound: Inbound, hops: int) -> SipRequest:
        """A copy to be carried on: what all of them have in common."""
        request = inbound.request.copy()
        headers = request.headers
        for name in _PRIVATE:
            if name in headers:
                del headers[name]
        headers["Max-Forwards"] = [str(hops - 1)]
        if inbound.person is not None:
            headers["P-Asserted-Identity"] = [asserted(inbound.person)]
        elif inbound.visitor is not None:
            headers["P-Asserted-Identity"] = [f"<sip:{inbound.visitor.address}>"]
        return request

    def _serve(self, inbound: Inbound) -> None:
        """A request for the server itself: only OPTIONS has an answer [RFC3261 11.2]."""
        request = inbound.request
        if request.method == "OPTIONS":
            response = respond(request, 200, tag=self._router.token())
            inbound.reply(response.put("Allow", ALLOW).put("Accept", "application/sdp, text/plain"))
        elif request.method == "SUBSCRIBE":
            inbound.refuse(489)
        elif tag_in(request.headers["To"][0]):
            inbound.refuse(481)
        else:
            inbound.refuse(405, Allow="OPTIONS")

    def _loops(self, inbound: Inbound) -> bool:
        """Whether the request is one of ours that came back unchanged while it was under way [RFC3261 16.3]."""
        request = inbound.request
        vias = request.headers["Via"]
        if len(vias) < 2 and "," not in vias[0]:
            return False
        flow = inbound.flow
        for via in [element for value in vias for element in split_list(value)][1:]:
            branch = branch_in(via)
            sent = flow.clients.get(branch)
            if sent is not None and sent.request.uri == request.uri and sent.request.method == request.method:
                return True
            brief = flow.brief.get(branch)
            if brief is not None and brief.method == request.method and is_relayed(brief.about, request.uri):
                return True
        return False


def _addressed(inbound: Inbound, request: SipRequest, uri: str, there: Flow) -> SipRequest:
    """A prepared request made for one endpoint."""
    request.uri = uri
    if request.method in _DIALOG_MAKERS:
        request.push("Record-Route", inbound.flow.route)
        if there.route != inbound.flow.route:
            request.push("Record-Route", there.route)
    return request


def _is_clean(request: SipRequest) -> bool:
    """Make what people write in HTML harmless; False where it cannot be looked through."""
    if request.method in ("MESSAGE", "INVITE"):
        try:
            clean(request)
        except Unreadable:
            return False
    return True


def _without_best_effort(request: SipRequest) -> None:
    """Ask for notifications that are answered: between servers a lost one must be noticed."""
    values = request.headers.get("Supported")
    if values is not None:
        tags = [tag.strip() for value in values for tag in value.split(",")]
        request.headers["Supported"] = [tag for tag in tags if tag.lower() != "ms-benotify"] or [""]


def _hops(request: SipRequest) -> int | None:
    """Max-Forwards, 70 where it is absent, None where it is no number [RFC3261 16.3]."""
    values = request.headers.get("Max-Forwards")
    if values is None:
        return 70
    text = values[0]
    if len(values) > 1 or not (text.isdigit() and text.isascii() and len(text) <= 10):
        return None
    hops = int(text)
    return hops if hops < 255 else 255
