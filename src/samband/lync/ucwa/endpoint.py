"""The door of UCWA: who is speaking, for which application, about what."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from samband.lync.actions.address_book import AddressBook
from samband.lync.actions.guests import Guests
from samband.lync.ucwa.application import AnyApplication
from samband.lync.ucwa.call import LARGEST, Answer, Call, not_allowed, properties, refuse, show, unless_known
from samband.lync.ucwa.meetings import OnlineMeetings
from samband.lync.ucwa.places import ROOTS, UcwaPlaces
from samband.lync.ucwa.sessions import Sessions
from samband.lync.ucwa.speakers import COOKIE, TOKEN, Speaker, Speakers
from samband.model.failures import Failure, Unavailable
from samband.model.guests import Guest
from samband.model.people import Person
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.ucwa.batch import (
    BATCH_TYPE,
    BadBatch,
    BatchedRequest,
    BatchedResponse,
    LongBatch,
    read_batch,
    write_batch,
)
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.inputs import text
from samband.wire.ucwa.media_types import TYPES, wanted_type
from samband.wire.ucwa.resources import JSON_TYPE, Resource, linking, resource

log = logging.getLogger(__name__)
_LONGEST = 256
_OTHER_TYPES = ("image/", BATCH_TYPE)
"""What answers are that are no resources."""
_LARGEST_BATCH = 4 * LARGEST
_CODES = {
    "BadRequest": ("BadRequest", "ParameterValidationFailure"),
    "Conflict": ("Conflict", ""),
    "Forbidden": ("Forbidden", ""),
    "LimitExceeded": ("Conflict", ""),
    "NotFound": ("NotFound", ""),
    "NotRegistered": ("Conflict", "MakeMeAvailableRequired"),
    "Unavailable": ("ServiceUnavailable", ""),
    "MailboxUnavailable": ("ServiceUnavailable", "ExchangeServiceFailure"),
}
"""Code of a failure -> code and subcode."""


_SECOND = (["people", "groups"], ["people", "groupmemberships"], ["people", "search"], ["me", "makemeavailable"])
"""Paths of resources of the second version, beside that of each contact's privacy relationship."""


class UcwaEndpoint:
    """Serves everything below ``/ucwa``. ``token`` gives fresh random words."""

    def __init__(
        self,
        places: UcwaPlaces,
        speakers: Speakers,
        sessions: Sessions[AnyApplication],
        token: Callable[[], str],
        meetings: OnlineMeetings,
        book: AddressBook,
        guests: Guests,
    ) -> None:
        self._places = places
        self._speakers = speakers
        self._sessions = sessions
        self._guests = guests
        self._token = token
        self._meetings = meetings
        self._book = book

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        response = await self._answered(request, None)
        response.headers += [("X-MS-Server-Fqdn", self._places.host), ("Cache-Control", "no-cache")]
        return response

    async def _answered(self, request: HttpRequest, known: Speaker | None) -> HttpResponse:
        """The answer, or the refusal; ``known`` is whoever sent the batch that the request is of."""
        try:
            answer = await self._serve(request, known)
            if isinstance(answer, Answer):
                answer.take_form(_wanted(request))
            return unless_known(request, answer)
        except UcwaError as error:
            refused = error
        except Failure as failure:
            refused = UcwaError(*_code(failure))
        except Unavailable as why:
            refused = UcwaError("ServiceUnavailable", f"It cannot be done now: {why}")
        except Exception:
            log.exception("a request was not served", extra={"method": request.method, "path": request.path})
            refused = UcwaError("ServiceFailure", "The server failed; its log says why")
        return refuse(refused, wanted_type(request.headers.get("Accept"), *_OTHER_TYPES) or JSON_TYPE)

    async def _serve(self, request: HttpRequest, known: Speaker | None) -> HttpResponse:
        root, rest = _below(request.path)
        speaker = known or await self._speakers.of(request, rest)
        if isinstance(speaker, HttpResponse):
            return speaker
        guest = speaker if isinstance(speaker, Guest) else None
        person = speaker.person() if isinstance(speaker, Guest) else speaker
        if not person.sip:
            raise UcwaError("Forbidden", "The account is not enabled for Lync")
        _wanted(request)
        _check_version(request, rest)
        if not rest:
            return await self._create(request, person, root, guest)
        session, application = self._sessions.find(person, root, rest[0])
        call = Call(request, person, session, rest[1:])
        if not call.rest:
            return self._application(call, application)
        return await self._part(call, application, inside=known is not None)

    async def _part(self, call: Call, application: AnyApplication, *, inside: bool) -> HttpResponse:
        serve = application.serves
        if call.session.guest is None:
            serve = {**serve, "onlinemeetings": self._meetings.serve, "photos": self._photo}
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

    # --- applications

    async def _create(self, request: HttpRequest, person: Person, root: str, guest: Guest | None) -> HttpResponse:
        if request.method == "GET" and guest is None:
            return show(self._every(person, root))
        if request.method != "POST":
            raise not_allowed("GET, POST" if guest is None else "POST")
        body = properties(request)
        endpoint = text(body, "EndpointId", _LONGEST, needed=guest is None)
        agent, culture = (text(body, name, _LONGEST, needed=True) for name in ("UserAgent", "Culture"))
        if guest is not None:
            await self._guests.check(guest)
        session, application = self._sessions.open(person, root, endpoint, agent, culture, guest)
        call = Call(request, person, session, ())
        return show(application.shown(self._meetings.overview(call)), 201, session.path)

    def _every(self, person: Person, root: str) -> Resource:
        """``applications``: those of one person."""
        own = resource("applications", {"self": root})
        return linking(own, "application", [one.path for one in self._sessions.of(person, root)])

    def _application(self, call: Call, application: AnyApplication) -> HttpResponse:
        match call.method:
            case "GET" | "HEAD":
                answer = show(application.shown(self._meetings.overview(call)))
                token = call.request.headers.get("Authorization")
                if token.startswith(TOKEN):
                    cookie = f"{COOKIE}={token.removeprefix(TOKEN)}; path={call.link('photos')}; secure; HttpOnly"
                    answer.headers.append(("Set-Cookie", f"{cookie}; SameSite=Lax"))
                return answer
            case "DELETE":
                self._sessions.close(call.session)
                return HttpResponse(204)
        raise not_allowed("DELETE, GET")

    async def _events(self, call: Call, application: AnyApplication) -> HttpResponse:
        try:
            return show(await application.channel.get(call.request.query))
        except UcwaError:
            if application.gone:
                raise UcwaError("NotFound", "The application has ended", "ApplicationNotFound") from None
            raise
        finally:
            self._sessions.heard(call.session)

    async def _photo(self, call: Call) -> HttpResponse:
        """What the address book shows; clients show something of their own where there is nothing."""
        call.only("GET")
        photo = self._book.photo_at(call.rest[1].lower()) if len(call.rest) == 2 else b""
        if not photo:
            raise UcwaError("NotFound", "There is no photo")
        return HttpResponse(200, [("Content-Type", "image/jpeg")], photo)

    async def _batch(self, call: Call) -> HttpResponse:
        """Serve requests one after the other: what one changes the next one sees."""
        request = call.request
        if len(request.body) > _LARGEST_BATCH:
            raise UcwaError("EntityTooLarge", "The batch is too large")
        try:
            parts = read_batch(request.headers.get("Content-Type"), request.body)
        except LongBatch as error:
            raise UcwaError("TooManyRequests", f"The batch is not served: {error}") from None
        except BadBatch as error:
            raise UcwaError("BadRequest", f"The batch cannot be read: {error}", "DeserializationFailure") from None
        answers = []
        for part in parts:
            answer = await self._answered(_alone(request, part), call.session.guest or call.person)
            answers.append(BatchedResponse(answer.status, answer.headers, answer.content))
        boundary = f"{self._token()}{self._token()}"
        return HttpResponse(
            200, [("Content-Type", f"{BATCH_TYPE}; boundary={boundary}")], write_batch(answers, boundary)
        )


def _alone(batch: HttpRequest, part: BatchedRequest) -> HttpRequest:
    """A request of a batch as if it had come by itself."""
    return HttpRequest(part.method, batch.host, part.path, part.query, part.headers, part.body, batch.connection)


def _code(failure: Failure) -> tuple[str, str, str]:
    code, subcode = _CODES.get(failure.code, ("ServiceFailure", ""))
    return code, failure.text, subcode


def _below(path: str) -> tuple[str, tuple[str, ...]]:
    """The root a path is under, and the words below it. Raises ``UcwaError``."""
    for root in ROOTS if path.isprintable() else ():
        if path.lower() == root or path.lower().startswith(root + "/"):
            return root, tuple(word for word in path[len(root) :].split("/") if word)
    raise UcwaError("NotFound", "There is nothing at this address")


def _check_version(request: HttpRequest, rest: Sequence[str]) -> None:
    """Every resource here is of its first version, but some that can be changed, or do more, of the second."""
    wanted = request.headers.get("X-MS-RequiresMinResourceVersion").strip().removesuffix(".0")
    words = [word.lower() for word in rest[1:]]
    second = not rest or words[:2] in _SECOND or words[2:3] == ["privacyrelationship"]
    if wanted not in ("", "0", "1", *(("2",) if second else ())):
        raise UcwaError("NotFound", "There is no such version of this resource", "APIVersionNotSupported")


def _wanted(request: HttpRequest) -> str:
    """The media type that the reader wants. Raises ``UcwaError``."""
    found = wanted_type(request.headers.get("Accept"), *_OTHER_TYPES)
    if not found:
        raise UcwaError("NotAcceptable", f"Answers are {' or '.join(TYPES)}")
    return found
