"""Where every SIP message goes: admission first, then one handler by method and event package."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING, Protocol

from samband.lync.sip.flow import Flow
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse, respond
from samband.wire.sip.stream import Broken, Event, KeepAlive

if TYPE_CHECKING:
    from samband.model.people import Person
    from samband.trust.sip.association import SecurityAssociation

log = logging.getLogger(__name__)

PATIENCE = 1024
"""Most handlers that may be waiting for something at one time; further requests get 503."""


class Admission(Protocol):
    """Who sent a request, as the guard found."""

    @property
    def person(self) -> Person | None: ...

    @property
    def association(self) -> SecurityAssociation | None: ...


class Gate(Protocol):
    """What the router needs of ``lync.sip.security.Guard``."""

    def inspect(self, request: SipRequest, flow: Flow) -> Admission | SipResponse:
        """Who is speaking, or the complete answer (401, 403, ...) that the request gets instead."""
        ...

    def seal(self, message: SipMessage, association: SecurityAssociation | None) -> None:
        """Sign a message that goes to the holder of ``association``; changes its header fields in place."""
        ...


class Inbound:
    """One admitted request on its way through a handler."""

    __slots__ = ("_router", "association", "flow", "person", "request")

    def __init__(
        self,
        router: Router,
        request: SipRequest,
        flow: Flow,
        person: Person | None,
        association: SecurityAssociation | None,
    ) -> None:
        self._router = router
        self.request = request
        self.flow = flow
        self.person = person
        self.association = association

    def reply(self, response: SipResponse) -> None:
        """Sign ``response`` for its receiver and send it. Exactly one final response a request."""
        self._router.answer(self, response)

    def refuse(self, status: int, reason: str = "", **fields: str) -> None:
        """Reply without a body; ``fields`` are header fields with ``_`` for ``-``."""
        response = respond(self.request, status, reason, tag=self._router.new_tag())
        for name, value in fields.items():
            response.put(name.replace("_", "-"), value)
        self.reply(response)


Handler = Callable[[Inbound], Awaitable[None] | None]
Handlers = Mapping[tuple[str, str], Handler]
"""(method, event package in lower case) -> handler; package ``*`` stands for any, and for no Event field."""


class Router:
    """One for all listeners of a Lync side. Runs on the event loop and never waits."""

    def __init__(self, gate: Gate, token: Callable[[], str]) -> None:
        """``token`` gives a fresh random word (hex digits) each time it is called."""
        self._gate = gate
        self.new_tag = token
        self.handlers: dict[tuple[str, str], Handler] = {}
        self._tasks: set[asyncio.Future[None]] = set()

    def receive(self, event: Event, flow: Flow) -> None:
        """Serve what a stream or datagram reader found on ``flow``."""
        if isinstance(event, SipRequest):
            self._request(event, flow)
        elif isinstance(event, KeepAlive):
            if flow.reliable:
                flow.send(b"\r\n")
        elif isinstance(event, Broken):
            self._broken(event, flow)

    def answer(self, inbound: Inbound, response: SipResponse) -> None:
        """Send the response of a handler back along the way of its request."""
        self._gate.seal(response, inbound.association)
        inbound.flow.send(response.to_bytes())

    def tell(self, request: SipRequest, flow: Flow, association: SecurityAssociation | None) -> None:
        """Send a request that is never answered (BENOTIFY). Via is put on here."""
        self._gate.seal(request, association)
        flow.send(request.to_bytes())

    def _request(self, request: SipRequest, flow: Flow) -> None:
        admission = self._gate.inspect(request, flow)
        if isinstance(admission, SipResponse):
            if request.method != "ACK":
                flow.send(admission.to_bytes())
            return
        inbound = Inbound(self, request, flow, admission.person, admission.association)
        handler = self._find(request)
        if handler is None:
            inbound.refuse(405)
            return
        self._run(handler, inbound)

    def _find(self, request: SipRequest) -> Handler | None:
        event = request.headers.get("Event")
        package = event[0].partition(";")[0].strip().lower() if event else "*"
        return self.handlers.get((request.method, package)) or self.handlers.get((request.method, "*"))

    def _run(self, handler: Handler, inbound: Inbound) -> None:
        try:
            waiting = handler(inbound)
            if waiting is not None:
                self._wait(waiting, inbound)
        except Exception:
            log.exception("SIP %s failed", inbound.request.method)
            inbound.refuse(500)

    def _wait(self, waiting: Awaitable[None], inbound: Inbound) -> None:
        if len(self._tasks) >= PATIENCE:
            if asyncio.iscoroutine(waiting):
                waiting.close()
            inbound.refuse(503, Retry_After="5")
            return
        task = asyncio.ensure_future(self._finish(waiting, inbound))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @staticmethod
    async def _finish(waiting: Awaitable[None], inbound: Inbound) -> None:
        try:
            await waiting
        except Exception:
            log.exception("SIP %s failed", inbound.request.method)
            inbound.refuse(500)

    def _broken(self, event: Broken, flow: Flow) -> None:
        request = event.error.partial
        if request is not None and request.method != "ACK":
            flow.send(respond(request, event.error.status, event.error.args[0], tag=self.new_tag()).to_bytes())
        if event.fatal:
            flow.close()
