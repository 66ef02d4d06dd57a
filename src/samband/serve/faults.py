"""Faults on demand, in a demo alone: the next requests are answered late, with an error, or not to the end.

Who tests a client says over HTTP what is to go wrong; everything else is answered as ever.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Annotated

import msgspec
from msgspec import Meta

from samband.wire.ews.faults import write_fault
from samband.wire.ews.versions import ServerBuild
from samband.wire.http import HttpHandler, HttpRequest, HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE, write_envelope

PATH = "/demo/faults"
"""GET lists what is still to come, POST adds a fault, DELETE forgets them all."""
MOST = 1000

Count = Annotated[int, Meta(ge=1, le=1_000_000)]
Code = Annotated[str, Meta(pattern=r"^(Error[A-Za-z]{1,80})?$")]


class Fault(msgspec.Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What goes wrong with the next ``times`` requests to what begins with ``path``.

    With an EWS ``operation`` only requests for it count.
    They wait ``delay`` seconds, then are answered with the HTTP ``status`` (and ``retry_after`` seconds), with a SOAP
    fault of the EWS ``code`` (and ``back_off`` milliseconds), or with half an answer (``broken``). Without any of these
    three they are answered as ever, late.
    """

    path: str = "/ews/exchange.asmx"
    operation: Annotated[str, Meta(pattern=r"^[A-Za-z]{0,80}$")] = ""
    times: Count = 1
    delay: Annotated[float, Meta(ge=0, le=600)] = 0.0
    status: Annotated[int, Meta(ge=0, le=599)] = 0
    retry_after: Annotated[int, Meta(ge=0, le=86400)] = 0
    code: Code = ""
    back_off: Annotated[int, Meta(ge=0, le=86_400_000)] = 0
    broken: bool = False


class Faults:
    """Stands before ``handler``."""

    def __init__(self, handler: HttpHandler) -> None:
        self._handler = handler
        self._waiting: list[Fault] = []

    async def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request, or let it go wrong."""
        if request.path == PATH:
            return self._told(request)
        fault = self._next(request)
        if fault is None:
            return await self._handler(request)
        await asyncio.sleep(fault.delay)
        return _wrong(fault) or await self._handler(request)

    def _told(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            try:
                fault = msgspec.json.decode(request.body, type=Fault)
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                return _json(400, {"title": "NoFault", "detail": str(error), "status": 400})
            if len(self._waiting) >= MOST:
                return _json(400, {"title": "TooMany", "detail": f"{MOST} faults wait already", "status": 400})
            self._waiting.append(fault)
        elif request.method == "DELETE":
            self._waiting.clear()
        elif request.method != "GET":
            return HttpResponse(405, [("Allow", "GET, POST, DELETE")])
        return _json(200, self._waiting)

    def _next(self, request: HttpRequest) -> Fault | None:
        """The first fault that this request meets; it is one time less to come."""
        fault = next((one for one in self._waiting if _meets(one, request)), None)
        if fault is not None:
            fault.times -= 1
            if not fault.times:
                self._waiting.remove(fault)
        return fault


def _meets(fault: Fault, request: HttpRequest) -> bool:
    if not request.path.lower().startswith(fault.path.lower()):
        return False
    if (fault.operation or fault.code) and not request.body:
        return False  # the first steps of a handshake, which ask for nothing yet
    return not fault.operation or re.search(rb"[<:]%b[\s/>]" % fault.operation.encode(), request.body) is not None


def _wrong(fault: Fault) -> HttpResponse | None:
    if fault.broken:
        return HttpResponse(200, [("Content-Type", CONTENT_TYPE)], _half())
    if fault.code:
        values = {"BackOffMilliseconds": str(fault.back_off)} if fault.back_off else None
        text = f"{fault.code}, as the demo was told to answer."
        body = write_envelope(write_fault(fault.code, text, values=values), ServerBuild().header())
        return HttpResponse(500, [("Content-Type", CONTENT_TYPE)], body)
    if fault.status:
        after = [("Retry-After", str(fault.retry_after))] if fault.retry_after else []
        text = f"{fault.status}, as the demo was told to answer.\n"
        return HttpResponse(fault.status, [("Content-Type", "text/plain"), *after], text.encode())
    return None


async def _half() -> AsyncIterator[bytes]:
    yield b'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Bo'
    raise ConnectionAbortedError("half an answer, as the demo was told")


def _json(status: int, value: object) -> HttpResponse:
    return HttpResponse(status, [("Content-Type", "application/json")], msgspec.json.encode(value))
