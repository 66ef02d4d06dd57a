"""What goes wrong over HTTP: requests are answered late, with an error, or not to the end."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from typing import Annotated

from msgspec import Meta

from samband.serve.faults.rules import Rule
from samband.wire.ews.faults import write_fault
from samband.wire.ews.versions import ServerBuild
from samband.wire.http import HttpRequest, HttpResponse
from samband.wire.soap.envelope import CONTENT_TYPE, write_envelope

Code = Annotated[str, Meta(pattern=r"^(Error[A-Za-z]{1,80})?$")]


class HttpFault(Rule, frozen=True, kw_only=True):
    """Means requests to what begins with ``path``; with an EWS ``operation`` only requests for it.

    They are answered with the HTTP ``status`` (and ``retry_after`` seconds), with a SOAP fault of the EWS ``code`` (and
    ``back_off`` milliseconds), or with half an answer (``broken``). Without any of these three they are answered as
    ever, late.
    """

    path: str = "/ews/exchange.asmx"
    operation: Annotated[str, Meta(pattern=r"^[A-Za-z]{0,80}$")] = ""
    status: Annotated[int, Meta(ge=0, le=599)] = 0
    retry_after: Annotated[int, Meta(ge=0, le=86400)] = 0
    code: Code = ""
    back_off: Annotated[int, Meta(ge=0, le=86_400_000)] = 0
    broken: bool = False

    def means(self, request: HttpRequest) -> bool:
        """Whether ``request`` is one of those that it may strike."""
        if not request.path.lower().startswith(self.path.lower()):
            return False
        if (self.operation or self.code) and not request.body:
            return False  # the first steps of a handshake, which ask for nothing yet
        return not self.operation or re.search(rb"[<:]%b[\s/>]" % self.operation.encode(), request.body) is not None

    def answer(self) -> HttpResponse | None:
        """What a request that was struck gets; None: what it would have got."""
        if self.broken:
            return HttpResponse(200, [("Content-Type", CONTENT_TYPE)], _half())
        if self.code:
            values = {"BackOffMilliseconds": str(self.back_off)} if self.back_off else None
            text = f"{self.code}, as the demo was told to answer."
            body = write_envelope(write_fault(self.code, text, values=values), ServerBuild().header())
            return HttpResponse(500, [("Content-Type", CONTENT_TYPE)], body)
        if self.status:
            after = [("Retry-After", str(self.retry_after))] if self.retry_after else []
            text = f"{self.status}, as the demo was told to answer.\n"
            return HttpResponse(self.status, [("Content-Type", "text/plain"), *after], text.encode())
        return None


async def _half() -> AsyncIterator[bytes]:
    yield b'<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Bo'
    raise ConnectionAbortedError("half an answer, as the demo was told")
