"""Who speaks at the door of UCWA: somebody of this site, or a guest of one meeting."""

from __future__ import annotations

import logging
from dataclasses import replace

from samband.lync.ucwa.places import UcwaPlaces
from samband.model.guests import Guest
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.guest_tokens import GuestTokens
from samband.trust.http import HttpAuthenticator
from samband.trust.web_tickets import HEADER, WebTickets
from samband.wire.http import Headers, HttpRequest, HttpResponse
from samband.wire.ucwa.errors import UcwaError

log = logging.getLogger(__name__)
COOKIE = "cwt_ucwa"
TOKEN = "Bearer cwt="

Speaker = Person | Guest


class Speakers:
    """``bearer`` judges the Bearer tokens that are no guest's."""

    def __init__(self, places: UcwaPlaces, tickets: WebTickets, bearer: HttpAuthenticator, guests: GuestTokens) -> None:
        self._places = places
        self._tickets = tickets
        self._bearer = bearer
        self._guests = guests

    async def of(self, request: HttpRequest, rest: tuple[str, ...]) -> Speaker | HttpResponse:
        """Who is speaking, or the answer that refuses them; ``rest`` is the path's rest. Raises ``UcwaError``."""
        request = _with_cookie(request, rest)
        try:
            guest = self._guest(request)
        except Denied as denied:
            log.info("refused a guest at UCWA: %s", denied.reason)
            return self._refusal(request)
        return guest or await self._person(request)

    def _guest(self, request: HttpRequest) -> Guest | None:
        scheme, _, token = request.headers.get("Authorization").partition(" ")
        return self._guests.check(token.strip()) if scheme.lower() == "bearer" else None

    async def _person(self, request: HttpRequest) -> Person | HttpResponse:
        if request.headers.get(HEADER):
            try:
                caller = self._tickets.caller(request)
            except Denied as denied:
                log.info("refused a web ticket at UCWA: %s", denied.reason)
                return self._refusal(request)
        elif request.headers.get("Authorization"):
            found = await self._bearer.authenticate(request)
            if isinstance(found, HttpResponse):
                return self._with_ticket_service(found)
            caller = found
        else:
            return self._refusal(request)
        if caller.person is None:
            raise UcwaError("Forbidden", "A server speaks here for somebody, never for itself")
        return caller.person

    def _refusal(self, request: HttpRequest) -> HttpResponse:
        return self._with_ticket_service(self._bearer.refusal(request))

    def _with_ticket_service(self, response: HttpResponse) -> HttpResponse:
        response.headers.append(("X-MS-WebTicketURL", self._places.ticket_service))
        if self._places.token_offer:
            response.headers.append(("WWW-Authenticate", self._places.token_offer))
        return response


def _with_cookie(request: HttpRequest, rest: tuple[str, ...]) -> HttpRequest:
    """Pictures in a page come with a cookie for a token, and with nothing else; for all others it is none."""
    if len(rest) != 3 or rest[1].lower() != "photos" or request.headers.get("Authorization"):
        return request
    pairs = [pair.strip().partition("=") for pair in request.headers.get("Cookie").split(";")]
    token = next((value for name, _, value in pairs if name == COOKIE), "")
    if not token:
        return request
    return replace(request, headers=Headers([*request.headers, ("Authorization", TOKEN + token)]))
