"""What the caller of a request that was carried on hears: the answer of an endpoint, or that there is none."""

from __future__ import annotations

from samband.lync.sip.diagnostics import CONNECTION_LOST, OFFLINE, diagnose
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.router import Router
from samband.wire.sip.message import SipResponse, respond

_HOP_BY_HOP = ("Authorization", "Proxy-Authorization", "P-Asserted-Identity", "Authentication-Info")
"""What is between an endpoint and this server alone."""


def passed(response: SipResponse, inbound: Inbound) -> SipResponse:
    """The response of an endpoint as its caller gets it; ``response`` itself, changed."""
    headers = response.headers
    headers["Via"] = inbound.request.headers["Via"]
    for name in _HOP_BY_HOP:
        if name in headers:
            del headers[name]
    return response


def of_one_endpoint(response: SipResponse) -> SipResponse:
    """A failure as it is meant: by a 503 the caller would give this server up [RFC3261 16.7 step 6]."""
    return response if response.status != 503 else SipResponse(500, "", response.headers, response.body)


def local_answer(router: Router, inbound: Inbound, status: int) -> SipResponse:
    """An answer of the server's own."""
    response = respond(inbound.request, status, tag=router.token())
    return diagnose(response, OFFLINE, router.host) if status == 480 else response


def lost_answer(router: Router, inbound: Inbound, flow: Flow) -> SipResponse:
    """The answer where the connection to the endpoint is gone."""
    status, why = flow.why or (480, CONNECTION_LOST)
    return diagnose(respond(inbound.request, status, tag=router.token()), why, router.host)
