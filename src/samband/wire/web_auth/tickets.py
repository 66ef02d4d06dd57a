"""The web ticket service's request and answer [MS-OCAUTHWS 3.2.4.1; WS-Trust1.3 3, 4.4.3]."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from datetime import datetime

from samband.wire.web_auth import names
from samband.wire.web_auth.instants import write_instant
from samband.wire.xml.reading import Element, Malformed, text
from samband.wire.xml.text import escape, escape_attribute

_T = "{" + names.WST + "}"
_P = "{" + names.WSP + "}"
_A = "{" + names.WSA + "}"
_C = "{" + names.AUTH_CLAIM + "}"
_ENTROPY = range(16, 257)
"""Bytes of entropy accepted; clients send 32."""


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A RequestSecurityToken. ``applies_to`` is the service the ticket is for; ``claimed`` the ``sip:`` address, or
    empty where the client claims none."""

    context: str
    applies_to: str
    claimed: str
    entropy: bytes


def read_ticket_request(element: Element) -> TicketRequest:
    """Raises ``Malformed`` for anything but a request for a SAML 1.1 ticket with the client's entropy in it."""
    if element.tag != _T + "RequestSecurityToken":
        raise Malformed("not a RequestSecurityToken")
    kind = text(element.find(_T + "TokenType"), names.SAML_TOKEN).strip()
    if kind != names.SAML_TOKEN:
        raise Malformed("tokens are SAML 1.1 assertions")
    address = text(element.find(f"{_P}AppliesTo/{_A}EndpointReference/{_A}Address")).strip()
    if not address:
        raise Malformed("a ticket for no service")
    secret = element.find(f"{_T}Entropy/{_T}BinarySecret")
    try:
        entropy = base64.b64decode("".join(text(secret).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Malformed("entropy is not base64") from error
    if len(entropy) not in _ENTROPY:
        raise Malformed("entropy of a wrong length")
    claimed = text(element.find(f"{_T}Claims/{_C}ClaimType/{_C}Value")).strip()
    return TicketRequest(element.get("Context", ""), address, claimed, entropy)


def write_ticket_response(
    request: TicketRequest, assertion: str, created: datetime, expires: datetime, entropy: bytes
) -> str:
    """A RequestSecurityTokenResponseCollection around a ticket.

    Clients copy the content of Lifetime as text into the Timestamp they sign: it has no namespace declarations of its
    own, so that the text is its own canonical form. They take the first BinarySecret, Lifetime and Assertion.
    """
    return (
        f'<RequestSecurityTokenResponseCollection xmlns="{names.WST}" xmlns:wsu="{names.WSU}">'
        f'<RequestSecurityTokenResponse Context="{escape_attribute(request.context)}">'
        f"<TokenType>{names.SAML_TOKEN}</TokenType>"
        f"<RequestedSecurityToken>{assertion}</RequestedSecurityToken>"
        f'<wsp:AppliesTo xmlns:wsp="{names.WSP}"><wsa:EndpointReference xmlns:wsa="{names.WSA}">'
        f"<wsa:Address>{escape(request.applies_to)}</wsa:Address></wsa:EndpointReference></wsp:AppliesTo>"
        f"<Lifetime><wsu:Created>{write_instant(created)}</wsu:Created>"
        f"<wsu:Expires>{write_instant(expires)}</wsu:Expires></Lifetime>"
        f"<RequestedProofToken><ComputedKey>{names.COMPUTED_KEY}</ComputedKey></RequestedProofToken>"
        f"<Entropy><BinarySecret>{base64.b64encode(entropy).decode()}</BinarySecret></Entropy>"
        "</RequestSecurityTokenResponse></RequestSecurityTokenResponseCollection>"
    )
