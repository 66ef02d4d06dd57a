"""One request on its way to one endpoint: what nearly everything is that passes [RFC3261 16.6 to 16.10].

An INVITE rings and can be cancelled, several endpoints compete, and datagrams are repeated: those are for ``fork``.
"""

from __future__ import annotations

from samband.lync.sip.answers import local_answer, lost_answer, of_one_endpoint, passed
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.router import Router
from samband.lync.sip.transactions import Overload
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.message import SipRequest, SipResponse


class Relay:
    """A request that was carried on and waits for its answer."""

    __slots__ = ("flow", "inbound", "router", "uri")

    def __init__(self, router: Router, inbound: Inbound, flow: Flow, uri: str) -> None:
        self.router = router
        self.inbound = inbound
        self.flow = flow
        self.uri = uri
        """What it was sent to."""


def is_relayed(about: object, uri: str) -> bool:
    """Whether a transaction is about a request that was sent to ``uri``."""
    return isinstance(about, Relay) and about.uri == uri


def relay(
    router: Router, inbound: Inbound, request: SipRequest, flow: Flow, association: SecurityAssociation | None
) -> None:
    """Send ``request`` over a reliable flow on behalf of ``inbound``, whose answer is what comes of it."""
    if flow.closed:
        inbound.reply(local_answer(router, inbound, 480))
        return
    try:
        router.transactions.relay(request, flow, association, _answered, Relay(router, inbound, flow, request.uri))
    except Overload:
        inbound.reply(local_answer(router, inbound, 503))


def _answered(about: Relay, response: SipResponse | None) -> None:
    inbound = about.inbound
    if response is not None:
        inbound.reply(passed(of_one_endpoint(response), inbound))
    elif about.flow.closed:
        inbound.reply(lost_answer(about.router, inbound, about.flow))
    else:
        inbound.reply(local_answer(about.router, inbound, 408))
