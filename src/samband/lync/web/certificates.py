"""CertProvisioningService: a web ticket's holder gets the certificate it signs in to SIP with [MS-OCAUTHWS 3.1]."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Protocol

from samband.lync.web.answers import answer, refuse
from samband.lync.web.places import WebPlaces
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.web_tickets import WebTicket, WebTickets
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE, Envelope, read_envelope, write_envelope
from samband.wire.web_auth.certificates import read_certificate_request, write_certificate_response
from samband.wire.web_auth.faults import BAD_REQUEST, NO_TOKEN, NOT_ENABLED, WebFault
from samband.wire.web_auth.security import SECURITY, SecurityHeader, read_security
from samband.wire.xml.reading import Malformed, parse

log = logging.getLogger(__name__)
_LARGEST = 256 * 1024
_SKEW = timedelta(minutes=5)
_EXPIRED = WebFault(500, 28020, "FailedAuthentication", "The request is not of now.")
_WRONG_SIGNATURE = WebFault(500, 28020, "FailedCheck", "The signature of the request does not hold.")
_WRONG_USER = WebFault(500, 28020, "FailedAuthentication", "The certificate is asked for by somebody else.")
_BAD_KEY = WebFault(500, 28020, "InvalidRequest", "The certificate request is not acceptable.", trust=True)


class Certifier(Protocol):
    """Who issues and remembers certificates."""

    async def issue(self, request: bytes, person: Person, device: str) -> bytes:
        """A certificate (DER) over the key of a PKCS#10 request (DER). Raises ``Denied``."""
        ...


class CertProvisioningService:
    """Takes requests that are signed with the key of a web ticket. ``clock`` gives aware time."""

    def __init__(
        self, places: WebPlaces, tickets: WebTickets, certifier: Certifier, clock: Callable[[], datetime]
    ) -> None:
        self._host = places.host
        self._tickets = tickets
        self._certifier = certifier
        self._clock = clock

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a GetAndPublishCert."""
        if request.method != "POST":
            return answer(self._host, 405, Allow="POST")
        try:
            envelope = read_envelope(parse(request.body, _LARGEST))
            asked = read_certificate_request(envelope.operation)
            ticket = self._proven(envelope)
            if isinstance(ticket, WebFault):
                return refuse(self._host, ticket)
            person = ticket.person
            if not person.sip:
                return refuse(self._host, NOT_ENABLED)
            if asked.entity.lower().removeprefix("sip:") != person.sip.lower():
                return refuse(self._host, _WRONG_USER)
            issued = await self._certifier.issue(asked.pkcs10, person, asked.device)
        except Malformed as error:
            log.info("malformed request for a certificate from %s: %s", request.connection.peer_host, error)
            return refuse(self._host, BAD_REQUEST)
        except Denied as denied:
            log.info("refused a certificate to %.100r: %s", denied.account, denied.reason)
            return refuse(self._host, _BAD_KEY)
        return answer(self._host, 200, CONTENT_TYPE, write_envelope(write_certificate_response(issued)))

    def _proven(self, envelope: Envelope) -> WebTicket | WebFault:
        """The ticket of a request whose signature was made now with the ticket's key."""
        element = envelope.headers.get(SECURITY)
        if element is None:
            return NO_TOKEN
        header = read_security(element)
        try:
            ticket = self._tickets.check(header.assertion)
        except Denied as denied:
            log.info("refused a web ticket: %s", denied.reason)
            return NO_TOKEN
        if not self._is_current(header):
            return _EXPIRED
        if header.key_name not in ("", ticket.id) or not header.proves(ticket.key):
            return _WRONG_SIGNATURE
        return ticket

    def _is_current(self, header: SecurityHeader) -> bool:
        now = self._clock()
        return header.created - _SKEW <= now < header.expires
