"""Reading C3P bodies and answering them, the same for every part that takes them."""

from __future__ import annotations

from samband.lync.sip.diagnostics import C3P_BROKEN, C3P_UNKNOWN, Diagnosis
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.media import media_type
from samband.model.failures import Failure
from samband.wire.conference.cccp import C3pRequest, read_request
from samband.wire.conference.cccp_answers import failure
from samband.wire.conference.names import CCCP_TYPE
from samband.wire.sip.message import SipResponse, respond
from samband.wire.xml.reading import Malformed, SchemaViolation

FAILED_AUTHORIZATION = 3014
BAD_CONFERENCE = 3012
_REASONS = {
    "Forbidden": "unauthorized",
    "NotFound": "conferenceDoesntExist",
    "Conflict": "conferenceExistsAlready",
}
"""Failure code -> reason of C3P."""


def read_body(inbound: Inbound) -> C3pRequest | None:
    """What a request asks; None where it was refused."""
    request = inbound.request
    if media_type(request) != CCCP_TYPE:
        inbound.refuse(415, Accept=CCCP_TYPE)
        return None
    try:
        return read_request(request.body)
    except (Malformed, SchemaViolation):
        inbound.refuse(400, C3P_BROKEN)
        return None


def answer(inbound: Inbound, tag: str, text: str) -> SipResponse:
    """A 200 with a C3P document, to be sent by the caller."""
    response = respond(inbound.request, 200, tag=tag, body=text.encode("utf-8", "replace"))
    return response.put("Content-Type", CCCP_TYPE)


def fail(inbound: Inbound, tag: str, request: C3pRequest, error: Failure) -> None:
    """Answer that the operation was refused."""
    inbound.reply(answer(inbound, tag, failure(request, _REASONS.get(error.code, "otherFailure"))))


def unknown(inbound: Inbound, tag: str, request: C3pRequest) -> None:
    """Answer that there is no such operation here."""
    number, why = C3P_UNKNOWN
    response = answer(inbound, tag, failure(request, "otherFailure"))
    inbound.reply(response.put("ms-diagnostics-public", f'{number};reason="{why}"'))


def diagnosis_of(error: Failure) -> Diagnosis:
    """Why somebody does not get in, for their user to read."""
    return (FAILED_AUTHORIZATION if error.code in ("Forbidden", "LimitExceeded") else BAD_CONFERENCE, error.text)
