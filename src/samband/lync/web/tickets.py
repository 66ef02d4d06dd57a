"""WebTicketService: a sign-in over HTTP becomes a ticket for the other web services [MS-OCAUTHWS 3.2]."""

from __future__ import annotations

import logging

from samband.lync.web.answers import answer, refuse
from samband.lync.web.places import WebPlaces
from samband.trust.denied import Denied
from samband.trust.http import HttpAuthenticator
from samband.trust.web_tickets import WebTickets
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE, read_envelope, write_envelope
from samband.wire.web_auth.faults import BAD_REQUEST, NOT_ENABLED, WebFault
from samband.wire.web_auth.tickets import TicketRequest, read_ticket_request, write_ticket_response
from samband.wire.xml.reading import Malformed, parse

log = logging.getLogger(__name__)
_LARGEST = 64 * 1024
_WRONG_USER = WebFault(500, 28020, "FailedAuthentication", "The claimed address is not that of the account.")
_WRONG_SERVICE = WebFault(500, 28020, "InvalidScope", "Tickets are issued for services of this site.", trust=True)


class WebTicketService:
    """Asks for a password as any web page does, then issues."""

    def __init__(self, places: WebPlaces, authenticator: HttpAuthenticator, tickets: WebTickets) -> None:
        self._host = places.host
        self._authenticator = authenticator
        self._tickets = tickets

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer a RequestSecurityToken."""
        if request.method != "POST":
            return answer(self._host, 405, Allow="POST")
        caller = await self._authenticator.authenticate(request)
        if isinstance(caller, HttpResponse):
            return caller
        person = caller.person
        if person is None or not person.sip:
            return refuse(self._host, NOT_ENABLED)
        try:
            asked = read_ticket_request(read_envelope(parse(request.body, _LARGEST)).operation)
        except Malformed as error:
            log.info("malformed request for a web ticket of %.100r: %s", caller.name, error)
            return refuse(self._host, BAD_REQUEST)
        if asked.claimed and _address(asked) != person.sip.lower():
            log.warning("%.100r claimed to be %.100r", caller.name, asked.claimed)
            return refuse(self._host, _WRONG_USER)
        try:
            ticket = self._tickets.issue(person, asked.applies_to, asked.entropy)
        except Denied as denied:
            log.info("refused a web ticket to %.100r: %s", caller.name, denied.reason)
            return refuse(self._host, _WRONG_SERVICE)
        body = write_ticket_response(asked, ticket.assertion, ticket.created, ticket.expires, ticket.server_entropy)
        return answer(self._host, 200, CONTENT_TYPE, write_envelope(body))


def _address(asked: TicketRequest) -> str:
    return asked.claimed.lower().removeprefix("sip:")
