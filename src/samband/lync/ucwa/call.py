"""One request to UCWA, admitted, and its answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from samband.lync.ucwa.sessions import Session
from samband.model.people import Person
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.ucwa import inputs, resources
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import ECHOED, JSON_TYPE, Resource

LARGEST = 64 * 1024


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
    """What the body says. Raises ``UcwaError``."""
    if len(request.body) > LARGEST:
        raise UcwaError("EntityTooLarge", "The body is too large")
    kind = request.headers.get("Content-Type").partition(";")[0].strip().lower()
    if kind != JSON_TYPE:
        raise UcwaError("UnsupportedMediaType", f"The body must be {JSON_TYPE}")
    try:
        return resources.read(request.body)
    except ValueError:
        raise UcwaError("BadRequest", "The body is not JSON", "DeserializationFailure") from None


def body_or_query(request: HttpRequest) -> dict[str, Any]:
    """What is asked where it may stand in the body or in the address; the body counts. Raises ``UcwaError``."""
    return inputs.parameters(request.query) | (properties(request) if request.body else {})


def show(found: Resource, status: int = 200, location: str = "") -> HttpResponse:
    """Answer with a resource."""
    headers = [("Content-Type", "application/json; charset=utf-8")]
    if "etag" in found:
        headers.append(("ETag", f'"{found["etag"]}"'))
    if location:
        headers.append(("Location", location))
    return HttpResponse(status, headers, resources.write(found))


def not_allowed(allow: str) -> UcwaError:
    """The method has no meaning here."""
    return UcwaError("MethodNotAllowed", f"What is allowed here is {allow}")
