"""Metadata of the services: where clients read what to send, and where to [MS-OCAUTHWS 1.3.1.1]."""

from __future__ import annotations

from samband.wire.web_auth import names
from samband.wire.xml.text import escape, escape_attribute

_WSDL = "http://schemas.xmlsoap.org/wsdl/"
_WSDL_SOAP = "http://schemas.xmlsoap.org/wsdl/soap/"
_SP = "http://schemas.xmlsoap.org/ws/2005/07/securitypolicy"
PROOF_PORT = "CertProvisioningServiceWebTicketProof_SHA1"
NEGOTIATE_PORT = "WebTicketServiceWinNegotiate"
BEARER_PORT = "AddressBookWebTicketBearer"


def certificate_service(location: str, ticket_service: str) -> bytes:
    """Requests to ``location`` must be signed with the key of a web ticket that ``ticket_service`` issues."""
    policy = _policy(PROOF_PORT, "EndorsingSupportingTokens", ticket_service)
    return _definitions("CertProvisioningService", policy, PROOF_PORT, location)


def address_book_service(location: str, ticket_service: str) -> bytes:
    """Requests to ``location`` must bring a web ticket that ``ticket_service`` issues, and need no signature."""
    policy = _policy(BEARER_PORT, "SignedSupportingTokens", ticket_service)
    return _definitions("AddressBookService", policy, BEARER_PORT, location)


def ticket_service(location: str) -> bytes:
    """Requests to ``location`` are authenticated by HTTP."""
    return _definitions("WebTicketService", "", NEGOTIATE_PORT, location)


def _policy(port: str, tokens: str, ticket_service: str) -> str:
    return (
        f'<wsp:Policy wsu:Id="{port}_policy"><wsp:ExactlyOne><wsp:All><sp:{tokens}><wsp:Policy>'
        f"<sp:IssuedToken><sp:Issuer><wsa:Address>{escape(ticket_service)}</wsa:Address></sp:Issuer></sp:IssuedToken>"
        f"</wsp:Policy></sp:{tokens}></wsp:All></wsp:ExactlyOne></wsp:Policy>"
    )


def _definitions(service: str, policy: str, port: str, location: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="utf-8"?><wsdl:definitions name="{service}" '
        f'targetNamespace="{names.OCS_AUTH}" xmlns:wsdl="{_WSDL}" xmlns:soap="{_WSDL_SOAP}" xmlns:wsp="{names.WSP}" '
        f'xmlns:wsu="{names.WSU}" xmlns:sp="{_SP}" xmlns:wsa="{names.WSA}">{policy}'
        f'<wsdl:service name="{service}"><wsdl:port name="{port}">'
        f'<soap:address location="{escape_attribute(location)}"/></wsdl:port></wsdl:service></wsdl:definitions>'
    ).encode()
