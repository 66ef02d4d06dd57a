"""The door of UCWA: who is speaking, for which application, about what."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace

from samband.directory.api import Directory
from samband.lync.ucwa.application import Application
from samband.lync.ucwa.call import LARGEST, Call, not_allowed, properties, show
from samband.lync.ucwa.meetings import OnlineMeetings
from samband.lync.ucwa.places import ROOTS, UcwaPlaces
from samband.lync.ucwa.sessions import Sessions
from samband.model.failures import Failure
from samband.model.people import Person
from samband.trust.denied import Denied
from samband.trust.http import HttpAuthenticator
from samband.trust.web_tickets import HEADER, WebTickets
from samband.wire.http import Headers, HttpRequest, HttpResponse
from samband.wire.ucwa.batch import BATCH_TYPE, BadBatch, BatchedRequest, BatchedResponse, read_batch, write_batch
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.inputs import text
from samband.wire.ucwa.resources import JSON_TYPE

log = logging.getLogger(__name__)
_LONGEST = 256
_LARGEST_BATCH = 4 * LARGEST
_COOKIE = "cwt_ucwa"
_TOKEN = "Bearer cwt="
_CODES = {
    "BadRequest": ("BadRequest", "ParameterValidationFailure"),
    "Forbidden": ("Forbidden", ""),
    "LimitExceeded": ("Conflict", ""),
    "NotFound": ("NotFound", ""),
    "NotRegistered": ("Conflict", "MakeMeAvailableRequired"),
}
"""Code of a failure -> code and subcode."""

Serve = Callable[[Call], Awaitable[HttpResponse]]


class UcwaEndpoint:
    """Serves everything below ``/ucwa``. ``bearer`` judges Bearer tokens; ``token`` gives fresh random words."""

    def __init__(
        self,
        places: UcwaPlaces,
        tickets: WebTickets,
        bearer: HttpAuthenticator,
        sessions: Sessions[Application],
        token: Callable[[], str],
        meetings: OnlineMeetings,
        directory: Directory,
    ) -> None:
        self._places = places
        self._tickets = tickets
        self._bearer = bearer
        self._sessions = sessions
        self._token = token
        self._meetings = meetings
        self._directory = directory

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        response = await self._answered(request, None)
        response.headers += [("X-MS-Server-Fqdn", self._places.host), ("Cache-Control", "no-cache")]
        return response

    async def _answered(self, request: HttpRequest, known: Person | None) -> HttpResponse:
        """The answer, or the refusal; ``known`` is whoever sent the batch that the request is of."""
        try:
            return await self._serve(request, known)
        except UcwaError as error:
            refused = error
        except Failure as failure:
            refused = UcwaError(*_code(failure))
        return HttpResponse(refused.status, [("Content-Type", "application/json; charset=utf-8")], refused.write())

    async def _serve(self, request: HttpRequest, known: Person | None) -> HttpResponse:
        root, rest = _below(request.path)
        person = known or await self._person(request, rest)
        if isinstance(person, HttpResponse):
            return person
        if not person.sip:
            raise UcwaError("Forbidden", "The account is not enabled for Lync")
        _check_accept(request)
        _check_version(request)
        if not rest:
            return self._create(request, person, root)
        session, application = self._sessions.find(person, root, rest[0])
        call = Call(request, person, session, rest[1:])
        if not call.rest:
            return self._application(call, application)
        return await self._part(call, application, inside=known is not None)

    async def _part(self, call: Call, application: Application, *, inside: bool) -> HttpResponse:
        serve: dict[str, Serve] = {
            "me": application.me.serve,
            "people": application.people.serve,
            "communication": application.communication.serve,
            "onlinemeetings": self._meetings.serve,
            "photos": self._photo,
        }
        match [word.lower() for word in call.rest]:
            case ["events"] if not inside:
                if call.method != "GET":
                    raise not_allowed("GET")
                return await self._events(call, application)
            case ["batch"] if not inside:
                call.only("POST")
                return await self._batch(call)
            case ["policies"]:
                call.only("GET")
                return show(application.policies())
            case [word, *_] if word in serve:
                return await serve[word](call)
        raise UcwaError("NotFound", "There is nothing at this address")

    # --- who

    async def _person(self, request: HttpRequest, rest: tuple[str, ...]) -> Person | HttpResponse:
        """Who is speaking, or the answer that refuses them."""
        request = _with_cookie(request, rest)
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
        words = [text(body, name, _LONGEST, needed=True) for name in ("EndpointId", "UserAgent", "Culture")]
        session, application = self._sessions.open(person, root, *words)
        call = Call(request, person, session, ())
        return show(application.shown(self._meetings.overview(call)), 201, session.path)

    def _application(self, call: Call, application: Application) -> HttpResponse:
        match call.method:
            case "GET" | "HEAD":
                answer = show(application.shown(self._meetings.overview(call)))
                token = call.request.headers.get("Authorization")
                if token.startswith(_TOKEN):
                    cookie = f"{_COOKIE}={token.removeprefix(_TOKEN)}; path={call.link('photos')}; secure; HttpOnly"
                    answer.headers.append(("Set-Cookie", f"{cookie}; SameSite=Lax"))
                return answer
            case "DELETE":
                self._sessions.close(call.session)
                return HttpResponse(204)
        raise not_allowed("DELETE, GET")

    async def _events(self, call: Call, application: Application) -> HttpResponse:
        try:
            return show(await application.channel.get(call.request.query))
        except UcwaError:
            if application.gone:
                raise UcwaError("NotFound", "The application has ended", "ApplicationNotFound") from None
            raise
        finally:
            self._sessions.used(call.session)

    async def _photo(self, call: Call) -> HttpResponse:
        """What the directory has; clients show something of their own where it has nothing."""
        call.only("GET")
        person = self._directory.by_sip(call.rest[1].lower()) if len(call.rest) == 2 else None
        if person is None or not person.thumbnailPhoto:
            raise UcwaError("NotFound", "There is no photo")
        return HttpResponse(200, [("Content-Type", "image/jpeg")], person.thumbnailPhoto)

    async def _batch(self, call: Call) -> HttpResponse:
        """Serve requests one after the other: what one changes the next one sees."""
        request = call.request
        if len(request.body) > _LARGEST_BATCH:
            raise UcwaError("EntityTooLarge", "The batch is too large")
        try:
            parts = read_batch(request.headers.get("Content-Type"), request.body)
        except BadBatch as error:
            raise UcwaError("BadRequest", f"The batch cannot be read: {error}", "DeserializationFailure") from None
        answers = []
        for part in parts:
            answer = await self._answered(_alone(request, part), call.person)
            answers.append(BatchedResponse(answer.status, answer.headers, answer.content))
        boundary = f"{self._token()}{self._token()}"
        return HttpResponse(
            200, [("Content-Type", f"{BATCH_TYPE}; boundary={boundary}")], write_batch(answers, boundary)
        )


def _alone(batch: HttpRequest, part: BatchedRequest) -> HttpRequest:
    """A request of a batch as if it had come by itself."""
    return HttpRequest(part.method, batch.host, part.path, part.query, part.headers, part.body, batch.connection)


def _with_cookie(request: HttpRequest, rest: tuple[str, ...]) -> HttpRequest:
    """Pictures in a page come with a cookie for a token, and with nothing else; for all others it is none."""
    if len(rest) != 3 or rest[1].lower() != "photos" or request.headers.get("Authorization"):
        return request
    pairs = [pair.strip().partition("=") for pair in request.headers.get("Cookie").split(";")]
    token = next((value for name, _, value in pairs if name == _COOKIE), "")
    if not token:
        return request
    return replace(request, headers=Headers([*request.headers, ("Authorization", _TOKEN + token)]))


def _code(failure: Failure) -> tuple[str, str, str]:
    code, subcode = _CODES.get(failure.code, ("ServiceFailure", ""))
    return code, failure.text, subcode


def _below(path: str) -> tuple[str, tuple[str, ...]]:
    """The root a path is under, and the words below it. Raises ``UcwaError``."""
    for root in ROOTS:
        if path.lower() == root or path.lower().startswith(root + "/"):
            return root, tuple(word for word in path[len(root) :].split("/") if word)
    raise UcwaError("NotFound", "There is nothing at this address")


def _check_version(request: HttpRequest) -> None:
    """Every resource here is of its first version."""
    wanted = request.headers.get("X-MS-RequiresMinResourceVersion").strip()
    if wanted not in ("", "0", "1"):
        raise UcwaError("NotFound", "There is no such version of this resource", "APIVersionNotSupported")


def _check_accept(request: HttpRequest) -> None:
    accept = request.headers.get("Accept").lower()
    kinds = (JSON_TYPE, "*/*", "application/*", "image/", BATCH_TYPE)
    if accept and not any(kind in accept for kind in kinds):
        raise UcwaError("NotAcceptable", f"Answers are {JSON_TYPE}")
