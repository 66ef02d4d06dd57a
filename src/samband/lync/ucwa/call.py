"""One request to UCWA, admitted, and its answer."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from samband.lync.ucwa.sessions import Session
from samband.model.people import Person
from samband.wire.http import HttpRequest, HttpResponse, is_known
from samband.wire.ucwa import inputs, resources, xml_form
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.media_types import TYPES, form_of
from samband.wire.ucwa.resources import ECHOED, JSON_TYPE, Resource

LARGEST = 64 * 1024
_TYPE = "Content-Type"


@dataclass(frozen=True, slots=True)
class Call:
    """``rest`` are the words of the path below the application."""

    request: HttpRequest
    person: Person
    session: Session
    rest: tuple[str, ...]

    @property
    def method(self) -> str:
        return self.request.method

    def only(self, *allowed: str) -> None:
        """Raise ``UcwaError`` for every other method."""
        if self.method not in allowed and not (self.method == "HEAD" and "GET" in allowed):
            raise not_allowed(", ".join(allowed))

    def check_version(self, body: dict[str, Any], etag: str) -> None:
        """Whoever changes a resource shows that they have read it, and which version. Raises ``UcwaError``."""
        known = self.request.headers.get("If-Match").strip().removeprefix("W/").strip('"')
        if not known or ECHOED not in body:
            raise UcwaError("PreconditionRequired", "A change needs If-Match and the property that asks to be sent")
        if known != etag:
            raise UcwaError("PreconditionFailed", "The resource has changed meanwhile")

    def link(self, *words: str) -> str:
        """An address below the application."""
        return "/".join((self.session.path, *words))


def properties(request: HttpRequest) -> dict[str, Any]:
    """What a request says, by names in lower case; a POST may say it in its address too. Raises ``UcwaError``."""
    asked = inputs.parameters(request.query) if request.method == "POST" else {}
    if not request.body:
        return asked
    if len(request.body) > LARGEST:
        raise UcwaError("EntityTooLarge", "The body is too large")
    form = form_of(request.headers.get("Content-Type"))
    if form is None:
        raise UcwaError("UnsupportedMediaType", f"The body must be {' or '.join(TYPES)}")
    try:
        said = xml_form.read(request.body) if form == "xml" else resources.read(request.body)
    except ValueError:
        raise UcwaError("BadRequest", f"The body cannot be read as {form.upper()}", "DeserializationFailure") from None
    return asked | said


@dataclass(slots=True)
class Answer(HttpResponse):
    """An answer that is a resource, in JSON until its reader is known to want something else."""

    found: Resource = field(default_factory=dict)

    def take_form(self, media_type: str) -> None:
        """Become what the reader wants."""
        if form_of(media_type) == "xml":
            self.body = xml_form.write(self.found)
        if media_type != JSON_TYPE:
            self.headers = [pair for pair in self.headers if pair[0] != _TYPE]
            self.headers.append((_TYPE, f"{media_type}; charset=utf-8"))


def show(found: Resource, status: int = 200, location: str = "") -> Answer:
    """Answer with a resource."""
    headers = [(_TYPE, f"{JSON_TYPE}; charset=utf-8")]
    if "etag" in found:
        headers.append(("ETag", f'"{found["etag"]}"'))
    if location:
        headers.append(("Location", location))
    return Answer(status, headers, resources.write(found), found)


def refuse(error: UcwaError, media_type: str) -> HttpResponse:
    """Answer with a refusal."""
    found = error.shown()
    body = xml_form.write_error(found) if form_of(media_type) == "xml" else resources.write(found)
    return HttpResponse(error.status, [(_TYPE, f"{media_type}; charset=utf-8"), *error.headers], body)


def unless_known(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """What was read gets a tag, and whoever has it already is told so and no more [RFC9110 13.1.2]."""
    lasting = not isinstance(answer, Answer) or answer.found.get("rel") != "events"
    if request.method != "GET" or answer.status != 200 or not lasting:
        return answer
    tag = next((value.strip('"') for name, value in answer.headers if name == "ETag"), "")
    if not tag:
        tag = sha256(answer.content).hexdigest()[:16]
        answer.headers.append(("ETag", f'"{tag}"'))
    if is_known(request.headers.get("If-None-Match"), tag):
        return HttpResponse(304, [("ETag", f'"{tag}"')])
    return answer


def not_allowed(allow: str) -> UcwaError:
    """The method has no meaning here."""
    return UcwaError("MethodNotAllowed", f"What is allowed here is {allow}", headers=(("Allow", allow),))
