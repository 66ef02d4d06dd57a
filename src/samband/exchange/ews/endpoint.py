"""The EWS endpoint: from an HTTP request to a dispatched operation, and every way that can fail.

Whoever asks is authenticated first, so a stranger learns nothing but the schemes on offer. Everything after that is
answered in SOAP: an answer (200) or a fault (500), each with ``ServerVersionInfo``.
"""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Callable
from datetime import datetime
from typing import Protocol

from samband.exchange.actions.exchange import Exchange
from samband.exchange.ews.call import Answer, Call
from samband.exchange.ews.find import kept_query
from samband.exchange.ews.impersonation import impersonate
from samband.exchange.ews.operations import OPERATIONS
from samband.exchange.ews.push import Pusher
from samband.exchange.ews.throttling import Throttling, ThrottlingPolicy
from samband.exchange.ews.timezones import zone_of_context
from samband.model.caller import Caller
from samband.model.failures import Failure, Unavailable
from samband.wire.ews.faults import write_fault, write_schema_fault
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.names import MESSAGES, T
from samband.wire.ews.versions import UNSAID, ServerBuild, ServerVersion, read_version
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE, Envelope, read_envelope, write_envelope
from samband.wire.xml.reading import LARGE, Malformed, SchemaViolation, attribute, local_name, namespace, parse

log = logging.getLogger(__name__)

_PAGE = b"<!DOCTYPE html><title>Exchange Web Services</title><p>This is a SOAP endpoint: POST a request to it."
_CULTURE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


class Authenticator(Protocol):
    """What the endpoint asks of trust: a caller, or the whole answer that refuses."""

    async def authenticate(self, request: HttpRequest) -> Caller | HttpResponse: ...


class EwsEndpoint:
    """``POST /EWS/Exchange.asmx``. ``build`` is what the server calls itself in every answer."""

    def __init__(
        self,
        exchange: Exchange,
        authenticator: Authenticator,
        build: ServerBuild | None = None,
        pusher: Pusher | None = None,
        password_expires: Callable[[str], datetime | None] = lambda guid: None,
        throttling: Throttling | None = None,
    ) -> None:
        self._throttling = throttling or Throttling(ThrottlingPolicy(), time.monotonic)
        self._pusher = pusher
        self._password_expires = password_expires
        self._exchange = exchange
        exchange.searches.read = kept_query
        self._authenticator = authenticator
        self._build = build or ServerBuild()
        self._header = self._build.header()

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request; never raises for what a client sent."""
        caller = await self._authenticator.authenticate(request)
        if isinstance(caller, HttpResponse):
            return caller
        if request.method in ("GET", "HEAD"):
            return HttpResponse(200, [("Content-Type", "text/html; charset=utf-8")], _PAGE)
        if request.method != "POST":
            return HttpResponse(405, [("Allow", "GET, HEAD, POST")])
        return await self._answer(request, caller)

    async def _answer(self, request: HttpRequest, caller: Caller) -> HttpResponse:
        headers = [("Content-Type", CONTENT_TYPE), *_affinity(request)]
        try:
            with self._throttling.request(caller):
                call, answer = await self._dispatch(request, caller)
            if not isinstance(answer, str):
                answer = self._throttling.hanging(caller, answer)
        except (Malformed, RecursionError) as reason:
            log.info("request of %s refused: %s", caller.name, reason)
            why = str(reason) if isinstance(reason, Malformed) else "nested too deeply"
            fault = write_fault("ErrorInvalidRequest", f"The request is invalid: {why}.")
            return HttpResponse(500, headers, write_envelope(fault, self._build.header(understood=False)))
        except SchemaViolation as reason:
            return self._fault(headers, write_schema_fault(str(reason)))
        except (Failure, PropertyError) as failure:
            values = failure.details if isinstance(failure, Failure) else {}
            return self._fault(headers, write_fault(failure.code, failure.text, values=values))
        except Unavailable as reason:
            log.error("request of %s failed: %s", caller.name, reason)
            text = "The mailbox database is temporarily unavailable."
            return self._fault(headers, write_fault("ErrorMailboxStoreUnavailable", text))
        except Exception:
            log.exception("request of %s failed", caller.name)
            text = "An internal server error occurred. The operation failed."
            return self._fault(headers, write_fault("ErrorInternalServerError", text))
        headers.extend(call.reply_headers)
        body: bytes | AsyncIterator[bytes] = write_envelope(answer, self._header) if isinstance(answer, str) else answer
        return HttpResponse(call.reply_status, headers, body)

    def _fault(self, headers: list[tuple[str, str]], fault: str) -> HttpResponse:
        return HttpResponse(500, headers, write_envelope(fault, self._header))

    async def _dispatch(self, request: HttpRequest, caller: Caller) -> tuple[Call, Answer]:
        body = request.body
        envelope = read_envelope(await asyncio.to_thread(parse, body) if len(body) > LARGE else parse(body))
        call = self._call(request, caller, envelope)
        element = envelope.operation
        name, space = local_name(element)[:80], namespace(element)
        if space != MESSAGES:
            raise Malformed(f"no operation {name!r} in the namespace {space[:80]!r}, they are in {MESSAGES!r}")
        operation = OPERATIONS.get(name)
        if operation is None or call.version < operation.since:
            raise Malformed(f"no operation {name!r} in {call.version.name}")
        return call, await operation.handle(call, element)

    def _call(self, request: HttpRequest, caller: Caller, envelope: Envelope) -> Call:
        headers = envelope.headers
        impersonation = headers.get(T + "ExchangeImpersonation")
        if impersonation is not None:
            operation = local_name(envelope.operation)[:80]
            caller = impersonate(caller, impersonation, self._exchange.directory, self._exchange.rights, operation)
        culture = headers.get(T + "MailboxCulture")
        tag = (culture.text or "").strip() if culture is not None else ""
        return Call(
            caller=caller,
            version=_version(envelope),
            exchange=self._exchange,
            request=request,
            zone=zone_of_context(headers.get(T + "TimeZoneContext")),
            culture=tag if _CULTURE.fullmatch(tag) else "",
            build=self._build,
            pusher=self._pusher,
            password_expires=self._password_expires,
        )


def _version(envelope: Envelope) -> ServerVersion:
    header = envelope.headers.get(T + "RequestServerVersion")
    if header is None:
        return UNSAID
    version = read_version(attribute(header, "Version"))
    if version is None:
        raise Failure("ErrorInvalidServerVersion", "The specified server version is invalid.", fatal=True)
    return version


def _affinity(request: HttpRequest) -> list[tuple[str, str]]:
    """The cookie a client asks for to stay on the server that holds its subscriptions."""
    if request.headers.get("X-PreferServerAffinity").lower() != "true":
        return []
    secure = "; secure" if request.connection.tls else ""
    return [("Set-Cookie", f"X-BackEndOverrideCookie={request.host or 'local'}~1; path=/{secure}; HttpOnly")]
