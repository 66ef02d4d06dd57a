"""Where faults are said, listed and forgotten, over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec

from samband.lync.sip.lync_side import LyncSide
from samband.lync.sip.security import Guard
from samband.net.sip_websocket import allows_origins
from samband.serve.faults.http_faults import HttpFault
from samband.serve.faults.rules import Kept, Pending
from samband.serve.faults.sip_faults import AtOnce, SipFault
from samband.serve.faults.sip_gate import FaultyGate
from samband.serve.faults.sip_line import FaultySide
from samband.wire.http import HttpHandler, HttpRequest, HttpResponse

PATH = "/demo/faults"
"""GET lists what was said and how often it struck, POST adds a fault, DELETE forgets them all."""
MOST = 1000
"""Most faults that wait; of those that are over as many are listed as there is room for."""

_OWN_PAGES = ("", "none", "same-origin")
"""What Sec-Fetch-Site is where no page of another site asks."""


class Done:
    """What happened at once, to so many endpoints."""

    over = True

    def __init__(self, deed: AtOnce, struck: int) -> None:
        self._deed = deed
        self._struck = struck

    def told(self) -> dict[str, object]:
        """As it was said, and ``struck``."""
        return {**msgspec.to_builtins(self._deed), "struck": self._struck}


class Faults:
    """The faults of one demo, and what stands between its site and clients."""

    def __init__(self) -> None:
        self._http: Pending[HttpFault] = Pending()
        self._sip: Pending[SipFault] = Pending()
        self._side: FaultySide | None = None
        self._said: list[Kept[Any] | Done] = []

    def before_http(self, handler: HttpHandler, origins: frozenset[str]) -> HttpHandler:
        """What stands before everything that is served over HTTP; ``origins`` are those of the site's own pages."""
        own = allows_origins(origins, ())

        async def faulty(request: HttpRequest) -> HttpResponse:
            if request.path == PATH:
                return _refused(request, own) or self._asked(request)
            fault = self._http.next(lambda one: one.means(request)) if self._http.live else None
            if fault is None:
                return await handler(request)
            await asyncio.sleep(fault.delay)
            return fault.answer() or await handler(request)

        return faulty

    def before_guard(self, guard: Guard) -> FaultyGate:
        """What SIP requests meet as they arrive."""
        return FaultyGate(guard, self._sip)

    def before_sip(self, side: LyncSide, guard: Guard) -> FaultySide:
        """What SIP messages pass as they leave."""
        self._side = FaultySide(side, guard, self._sip)
        return self._side

    # --- the door

    def _asked(self, request: HttpRequest) -> HttpResponse:
        if request.method == "POST":
            try:
                self._say(msgspec.json.decode(request.body, type=dict[str, Any]))
            except (msgspec.DecodeError, UnicodeDecodeError) as error:
                return _problem(400, "NoFault", str(error))
            except LookupError as error:
                return _problem(400, str(error.args[0]), str(error.args[1]))
        elif request.method == "DELETE":
            self._said.clear()
            self._http.live.clear()
            self._sip.live.clear()
        elif request.method != "GET":
            return HttpResponse(405, [("Allow", "GET, POST, DELETE")])
        return _json(200, [one.told() for one in self._said])

    def _say(self, said: dict[str, Any]) -> None:
        """Take a fault. Raises ``ValidationError``, or ``LookupError`` with a title and why it cannot be."""
        if "now" in said:
            self._said.append(self._do(msgspec.convert(said, AtOnce)))
        elif "method" in said:
            self._keep(msgspec.convert(said, SipFault), self._sip)
        else:
            self._keep(msgspec.convert(said, HttpFault), self._http)
        if len(self._said) > MOST:
            self._said.remove(next(one for one in self._said if one.over))

    def _keep(self, rule: Any, pending: Pending[Any]) -> None:
        if len(self._http.live) + len(self._sip.live) >= MOST:
            raise LookupError("TooMany", f"{MOST} faults wait already")
        kept = Kept(rule)
        pending.live.append(kept)
        self._said.append(kept)

    def _do(self, deed: AtOnce) -> Done:
        struck = self._side.at_once(deed) if self._side is not None else 0
        if not struck:
            raise LookupError("NotSignedIn", f"{deed.who} is signed in nowhere")
        return Done(deed, struck)


def _refused(request: HttpRequest, own: Callable[[str], bool]) -> HttpResponse | None:
    """What a web page of another site gets, whatever it asks for: faults are for programs."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site").lower()
    if (origin and not own(origin)) or site not in _OWN_PAGES:
        return _problem(403, "ForeignPage", "Web pages of other sites may not ask for faults.")
    media_type = request.headers.get("Content-Type").partition(";")[0].strip().lower()
    if request.method == "POST" and media_type != "application/json":
        return _problem(415, "NoJson", "Send the fault with Content-Type: application/json, as curl --json does.")
    return None


def _problem(status: int, title: str, detail: str) -> HttpResponse:
    return _json(status, {"title": title, "detail": detail, "status": status}, "application/problem+json")


def _json(status: int, value: object, media_type: str = "application/json") -> HttpResponse:
    """An answer of one line, which a shell can read too."""
    return HttpResponse(status, [("Content-Type", media_type)], msgspec.json.encode(value) + b"\n")
