"""One request of the web client, and the forms of its answers: JSON, a JSON problem, a page."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

import msgspec

from samband.exchange.actions.exchange import Exchange
from samband.exchange.owa.instant_messaging import InstantMessaging
from samband.exchange.owa.sessions import Session
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.people import Person
from samband.wire.http import HttpRequest, HttpResponse

T = TypeVar("T")
HIGHEST = 2**62
"""No number of an item or a folder is greater."""
Number = Annotated[int, msgspec.Meta(ge=0, le=HIGHEST)]
"""That of an item or a folder, as a body names it."""
MAX_BODY = 2 * 1024 * 1024
"""Bytes of a request of the pages."""
_STATUS = {
    "ErrorItemNotFound": 404,
    "ErrorFolderNotFound": 404,
    "ErrorToFolderNotFound": 404,
    "ErrorAccessDenied": 403,
    "ErrorInvalidAttachmentId": 404,
    "ErrorAttachmentSizeLimitExceeded": 413,
    "ErrorMessageSizeExceeded": 413,
    "ErrorNonExistentMailbox": 404,
    "ErrorChangeKeyRequired": 409,
    "ErrorIrresolvableConflict": 409,
}
ALWAYS = [
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "no-referrer"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Strict-Transport-Security", "max-age=31536000"),
]
"""On every answer."""


@dataclass(frozen=True, slots=True)
class Call:
    """Who asks what of which verbs; ``im`` is None where there is no Lync side; ``still``: is the session good? It is
    used by asking."""

    exchange: Exchange
    im: InstantMessaging | None
    caller: Caller
    person: Person
    session: Session
    request: HttpRequest
    still: Callable[[], Awaitable[bool]]

    @property
    def mailbox(self) -> str:
        """The person's mailbox."""
        return self.person.msExchMailboxGuid

    def read(self, shape: type[T]) -> T:
        """The body as ``shape``. Raises ``Failure``."""
        if len(self.request.body) > MAX_BODY:
            raise Failure("ErrorMessageSizeExceeded", "The request is too large.")
        try:
            return msgspec.json.decode(self.request.body, type=shape)
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            raise Failure("ErrorInvalidRequest", f"The request cannot be read: {error}") from None

    def word(self, name: str, default: str = "") -> str:
        """A value of the query."""
        found = parse_qs(self.request.query, keep_blank_values=True, max_num_fields=20).get(name)
        return found[0] if found else default

    def number(self, name: str, default: int | None = None, highest: int = HIGHEST) -> int:
        """A number of the query. Raises ``Failure``."""
        text = self.word(name)
        if not text and default is not None:
            return default
        if not text.isascii() or not text.isdigit() or len(text) > 18 or int(text) > highest:
            raise Failure("ErrorInvalidRequest", f"{name} is not a number from 0 to {highest}")
        return int(text)


Handler = Callable[[Call], Awaitable[HttpResponse]]
Handlers = dict[tuple[str, str], Handler]


def answer(value: Any, status: int = 200) -> HttpResponse:
    """A JSON document."""
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), *ALWAYS]
    return HttpResponse(status, headers, msgspec.json.encode(value))


def done() -> HttpResponse:
    """There is nothing to say."""
    return HttpResponse(204, [("Cache-Control", "no-store"), *ALWAYS])


def problem(status: int, code: str, text: str) -> HttpResponse:
    """What went wrong [RFC9457 3]."""
    response = answer({"title": code, "detail": text, "status": status}, status)
    response.headers[0] = ("Content-Type", "application/problem+json")
    return response


def refused(failure: Failure) -> HttpResponse:
    """A verb's no."""
    return problem(_STATUS.get(failure.code, 400), failure.code, failure.text)


def page(content: bytes, policy: str, kind: str = "text/html; charset=utf-8", status: int = 200) -> HttpResponse:
    """A page with its Content-Security-Policy."""
    headers = [("Content-Type", kind), ("Content-Security-Policy", policy), ("Cache-Control", "no-cache"), *ALWAYS]
    return HttpResponse(status, headers, content)
