"""The door of UCWA: who is speaking, for which application, about what."""

from __future__ import annotations

import logging

from samband.lync.ucwa.call import Call, not_allowed, properties, show
from samband.lync.ucwa.meetings import OnlineMeetings
from samband.lync.ucwa.places import ROOTS, UcwaPlaces
from samband.lync.ucwa.sessions import Session, Sessions
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.http import HttpAuthenticator
from samband.trust.web_tickets import HEADER, WebTickets
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import JSON_TYPE, Resource, embedding, resource

log = logging.getLogger(__name__)
_LONGEST = 256


class UcwaEndpoint:
    """Serves everything below ``/ucwa``. ``bearer`` judges Bearer tokens."""

    def __init__(
        self,
        places: UcwaPlaces,
        tickets: WebTickets,
        bearer: HttpAuthenticator,
        sessions: Sessions,
        meetings: OnlineMeetings,
    ) -> None:
        self._places = places
        self._tickets = tickets
        self._bearer = bearer
        self._sessions = sessions
        self._meetings = meetings

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        try:
            response = await self._serve(request)
        except UcwaError as error:
            response = HttpResponse(error.status, [("Content-Type", "application/json; charset=utf-8")], error.write())
        response.headers += [("X-MS-Server-Fqdn", self._places.host), ("Cache-Control", "no-cache")]
        return response

    async def _serve(self, request: HttpRequest) -> HttpResponse:
        root, rest = _below(request.path)
        person = await self._person(request)
        if isinstance(person, HttpResponse):
            return person
        if not person.sip:
            raise UcwaError("Forbidden", "The account is not enabled for Lync")
        _check_accept(request)
        if not rest:
            return self._create(request, person, root)
        session = self._sessions.find(person, root, rest[0])
        call = Call(request, person, session, rest[1:])
        if not call.rest:
            return self._application(call)
        if call.rest[0].lower() == "onlinemeetings":
            return await self._meetings.serve(call)
        raise UcwaError("NotFound", "There is nothing at this address")

    # --- who

    async def _person(self, request: HttpRequest) -> Person | HttpResponse:
        """Who is speaking, or the answer that refuses them."""
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

    # --- applications

    def _create(self, request: HttpRequest, person: Person, root: str) -> HttpResponse:
        if request.method != "POST":
            raise not_allowed("POST")
        body = properties(request)
        words = []
        for name in ("EndpointId", "UserAgent", "Culture"):
            value = body.get(name.lower())
            if not isinstance(value, str) or not 0 < len(value) <= _LONGEST:
                raise UcwaError(
                    "BadRequest", "An application names itself", "ParameterValidationFailure", {name: "missing"}
                )
            words.append(value)
        session = self._sessions.open(person, root, *words)
        call = Call(request, person, session, ())
        return show(self._shown(call), 201, session.path)

    def _application(self, call: Call) -> HttpResponse:
        match call.method:
            case "GET" | "HEAD":
                return show(self._shown(call))
            case "DELETE":
                self._sessions.close(call.session)
                return HttpResponse(204)
        raise not_allowed("DELETE, GET")

    def _shown(self, call: Call) -> Resource:
        session: Session = call.session
        own = resource("application", {"self": session.path}, {"culture": session.culture, "userAgent": session.agent})
        return embedding(own, {"onlineMeetings": self._meetings.overview(call)})


def _below(path: str) -> tuple[str, tuple[str, ...]]:
    """The root a path is under, and the words below it. Raises ``UcwaError``."""
    for root in ROOTS:
        if path.lower() == root or path.lower().startswith(root + "/"):
            return root, tuple(word for word in path[len(root) :].split("/") if word)
    raise UcwaError("NotFound", "There is nothing at this address")


def _check_accept(request: HttpRequest) -> None:
    accept = request.headers.get("Accept").lower()
    if accept and not any(kind in accept for kind in (JSON_TYPE, "*/*", "application/*")):
        raise UcwaError("NotAcceptable", f"Answers are {JSON_TYPE}")
