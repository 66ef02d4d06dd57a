"""Media types of a request."""

from __future__ import annotations

from samband.wire.sip.message import SipRequest


def media_type(request: SipRequest) -> str:
    """The Content-Type without parameters, in lower case."""
    return (request.get("Content-Type") or "").partition(";")[0].strip().lower()


def accepted(request: SipRequest) -> set[str]:
    """The media types of Accept, in lower case and without parameters; empty where there is no such field."""
    return {value.partition(";")[0].strip() for value in request.tokens("Accept")}
