"""``ms-diagnostics``: why a request was refused, for the client's user and for logs [MS-OCER 2.2.1]."""

from __future__ import annotations

import re
from typing import Final

from samband.wire.sip.message import SipResponse

NOT_FEDERATED: Final = (1002, "From URI not authorized to communicate with federated partners")
USER_UNKNOWN: Final = (1003, "User does not exist")
NO_ROUTE: Final = (1004, "Route set is no longer valid")
DOMAIN_UNKNOWN: Final = (1005, "Cannot route to destination domain")
CONNECTION_LOST: Final = (1006, "Error routing on client connection")
OFFLINE: Final = (1007, "Temporarily cannot route")
NO_SRV: Final = (1008, "Unable to resolve DNS SRV record")
OTHER_DOMAIN: Final = (1009, "Conflicting SRV and host domains in DNS")
NOT_TRUSTED: Final = (1010, "Certificate trust with next-hop server could not be established")
NO_ADDRESS: Final = (1014, "Unable to resolve DNS A record")
SOURCE_DOMAIN: Final = (1015, "Cannot route from message source domain")
NOT_FOR_PARTNERS: Final = (1027, "Cannot route this type of SIP request to or from federated partners")
GRUU_NEEDED: Final = (2057, "Supported header does not have gruu-10, but msrtc-event-categories is present")
C3P_UNKNOWN: Final = (3004, "The requested C3P command is not implemented.")
C3P_BROKEN: Final = (3006, "Failed to parse the C3P request.")
NOT_OWN: Final = (4004, "Credentials provided are not authorized to act as specified from URI")
NO_ENDPOINT_ID: Final = (4010, "Missing endpoint identifier")
NOT_REGISTRATION: Final = (4055, "Event header is not set to registration")
UNREGISTERED: Final = (4140, "User was unregistered by the registrar")
REVOKED: Final = (4140, "Signed out by the server, or the password changed: sign in again")
REJECTED: Final = (4141, "User is disabled for SIP")
DEACTIVATED: Final = (4142, "User is temporarily not served here")

_REASON = re.compile(r';reason="([^"]*)"')

Diagnosis = tuple[int, str]
"""ErrorId and reason [MS-OCER 7]."""


def text(diagnosis: Diagnosis, source: str) -> str:
    """The value of the field; ``source`` is the server's host name."""
    number, reason = diagnosis
    return f'{number};reason="{reason}";source="{source}"'


def reason(response: SipResponse) -> str:
    """What the field says; empty where there is none."""
    found = _REASON.search(response.get("ms-diagnostics") or "")
    return found[1] if found is not None else ""


def diagnose(response: SipResponse, diagnosis: Diagnosis, source: str) -> SipResponse:
    """Put the field on ``response``, which comes back; also as the one that clients read to their users."""
    value = text(diagnosis, source)
    return response.put("ms-diagnostics", value).put("ms-diagnostics-public", value)
