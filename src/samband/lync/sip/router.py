"""Where every SIP message goes: transactions first, then admission, then one handler by method and event package."""

from __future__ import annotations

import asyncio
import inspect
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from types import CoroutineType
from typing import cast

from samband.lync.sip.admission import Admitted, Gate, Verdict
from samband.lync.sip.flow import Flow, ServerKey
from samband.lync.sip.inbound import Handler, Handlers, Inbound
from samband.lync.sip.refused_invites import RefusedInvites
from samband.lync.sip.transactions import Overload, Transactions
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.address import tag_in
from samband.wire.sip.message import SipRequest, SipResponse, respond
from samband.wire.sip.stream import Broken, Event, KeepAlive
from samband.wire.sip.via import mark_source, reply_port

log = logging.getLogger(__name__)

PATIENCE = 1024
"""Most requests that may be waiting for something at one time; further ones get 503."""


class Router:
    """One for all listeners of a Lync side. Runs on the event loop and never waits."""

    def __init__(self, gate: Gate, transactions: Transactions, token: Callable[[], str], host: str) -> None:
        """``token`` gives a fresh random word of hex digits each time; ``host`` is the server's name."""
        self._gate = gate
        self.proof = gate.proof
        self.transactions = transactions
        self.token = token
        self.host = host
        self.handlers: Handlers = {}
        self.at_once: dict[str, Handler] = {}
        """Those of ``handlers``, by method, that have answered when they return, if the transport is reliable.

        No retransmission can come before the answer, and none is waited for after it (timer J is zero): what they serve
        needs no transaction [RFC3261 17.2.2].
        """
        self.fallback: Handler | None = None
        """Takes what no entry of ``handlers`` does: the proxy."""
        self.is_abroad: Callable[[SipRequest], bool] = lambda _request: False
        """Whether a request is for another organisation: then ``carry`` takes it, whatever it asks."""
        self.carry: Handler | None = None
        self.draining: Callable[[], int] | None = None
        """Set while the server is about to end: after how many seconds who begins something is to come again."""
        self._tasks: set[asyncio.Future[None]] = set()
        self._held: set[asyncio.Future[None]] = set()
        """What answers wait for; many may wait for the same."""
        self._refused = RefusedInvites()

    def receive(self, event: Event, flow: Flow) -> None:
        """Serve what a stream or datagram reader found on ``flow``."""
        if isinstance(event, SipRequest):
            self._request(event, flow)
        elif isinstance(event, SipResponse):
            if not flow.associations or self._gate.hear(event, flow):
                self.transactions.receive(event, flow)
        elif isinstance(event, KeepAlive):
            if flow.reliable:
                flow.send(b"\r\n")
        elif isinstance(event, Broken):
            self._broken(event, flow)

    def serve(self, request: SipRequest, flow: Flow, admission: Admitted) -> None:
        """Serve a request of an endpoint that lives in the server: its door has said who it is."""
        headers = request.headers
        key = (headers["Via"][0], headers["Call-ID"][0], headers["CSeq"][0])
        if request.method == "CANCEL":
            self._cancel(request, flow, key)
        elif request.method != "ACK" or not self._absorbed(request, flow, key):
            self._judged(admission, request, flow, key)

    def answer(self, inbound: Inbound, response: SipResponse) -> None:
        """Send the response of a handler back along the way of its request."""
        transaction = inbound.transaction
        if transaction is None and not inbound.owed:
            return
        if inbound.association is not None:
            self._gate.seal(response, inbound.association)
        if transaction is not None:
            self.transactions.respond(transaction, response)
        else:
            inbound.owed = response.status < 200
            inbound.flow.send(response.to_bytes())

    def hold(self, work: Awaitable[None], inbound: Inbound) -> None:
        """Release the answer to ``inbound`` after ``work``, however that ends. As many may wait as transactions."""
        future = asyncio.ensure_future(work)
        if future.done():
            self._released(inbound, future)
            return
        self._held.add(future)
        future.add_done_callback(partial(self._released, inbound))

    def _released(self, inbound: Inbound, work: asyncio.Future[None]) -> None:
        self._held.discard(work)
        if not work.cancelled() and (error := work.exception()) is not None:
            log.error("SIP %s was served, but not kept", inbound.request.method, exc_info=error)
        inbound.release()

    def tell(self, request: SipRequest, flow: Flow, association: SecurityAssociation | None) -> None:
        """Put Via on a request that is never answered (BENOTIFY), sign and send it."""
        self.transactions.tell(request, flow, association)

    def ask(
        self,
        request: SipRequest,
        flow: Flow,
        association: SecurityAssociation | None,
        hear: Callable[[SipResponse | None], None],
    ) -> None:
        """Put Via on a request of the server's own, sign and send it.

        ``hear`` gets the final response, or None where none came (time-out, loss of the connection, overload).
        """

        def user(_transaction: object, news: str, response: SipResponse | None) -> None:
            if response is None or response.status >= 200:
                hear(response)

        try:
            self.transactions.request(request, flow, association, user)
        except Overload:
            hear(None)

    # --- requests

    def _request(self, request: SipRequest, flow: Flow) -> None:
        headers = request.headers
        via = headers["Via"][0]
        key = (via, headers["Call-ID"][0], headers["CSeq"][0])
        known = flow.servers.get(key)
        if known is not None:
            self.transactions.again(known, "request")
            return
        method = request.method
        if method == "ACK" and self._absorbed(request, flow, key):
            return
        # Over a connection of ours the peer is known by its domain, and answers go back the same way.
        marked = mark_source(via, flow.peer) if flow.partner is None or not flow.partner.domain else None
        if marked is not None:
            headers["Via"] = [marked, *headers["Via"][1:]]
        if method == "CANCEL":
            self._cancel(request, flow, key)
            return
        verdict = self._gate.inspect(request, flow)
        # Its own type is asked for: to ask what is ``Awaitable`` costs as much as a look-up in the directory.
        if type(verdict) is CoroutineType:
            self._wait(self._inspected(verdict, request, flow, key), request, flow)
        else:
            self._judged(cast("Verdict", verdict), request, flow, key)

    async def _inspected(self, verdict: Awaitable[Verdict], request: SipRequest, flow: Flow, key: ServerKey) -> None:
        self._judged(await verdict, request, flow, key)

    def _judged(self, verdict: Verdict, request: SipRequest, flow: Flow, key: ServerKey) -> None:
        if verdict is None:
            return
        if isinstance(verdict, SipResponse):
            if request.method != "ACK":
                # Kept out of the transactions: who is not known yet costs no memory.
                self._refuse(request, flow, verdict)
            return
        method, handler = request.method, self._find(request)
        transaction = None
        owed = flow.reliable and handler is not None and handler is self.at_once.get(method)
        if not owed and method != "ACK":
            try:
                transaction = self.transactions.accept(request, flow, key)
            except Overload:
                self._plain(request, flow, 503, {"Retry-After": "5"})
                return
            if not flow.reliable:
                transaction.back = back(request, flow)
            if method == "INVITE":
                self._refused.drop(request, flow)
        inbound = Inbound(self, request, flow, verdict, transaction, owed=owed)
        if self.draining is not None and method != "ACK" and not tag_in(request.headers["To"][0]):
            inbound.refuse(503, Retry_After=str(self.draining()))
            return
        if handler is None:
            inbound.refuse(405, Allow=", ".join(sorted({method for method, _ in self.handlers})))
            return
        try:
            waiting = handler(inbound)
        except Exception:
            self._failed(inbound)
            return
        if waiting is not None:
            self._wait(self._finish(waiting, inbound), request, flow)

    def _find(self, request: SipRequest) -> Handler | None:
        if self.carry is not None and self.is_abroad(request):
            return self.carry
        event = request.headers.get("Event")
        if event is None:
            return self.handlers.get((request.method, "*"), self.fallback)
        package = event[0].partition(";")[0].strip().lower()
        return self.handlers.get((request.method, package)) or self.handlers.get((request.method, "*")) or self.fallback

    def _absorbed(self, ack: SipRequest, flow: Flow, key: ServerKey) -> bool:
        """Whether an ACK belongs to a failed INVITE and goes no further."""
        number = ack.cseq[0]
        invite = flow.servers.get((key[0], key[1], f"{number} INVITE"))
        if invite is None:
            return self._refused.ends(ack, flow)
        return not self.transactions.again(invite, "ack")

    def _cancel(self, request: SipRequest, flow: Flow, key: ServerKey) -> None:
        """CANCEL is hop by hop and is never challenged [RFC3261 9.2, 22.1]: it must match an INVITE of its flow."""
        number = request.cseq[0]
        invite = flow.servers.get((key[0], key[1], f"{number} INVITE"))
        if invite is None or invite.user is None:
            self._plain(request, flow, 481)
            return
        response = respond(request, 200, tag=self.token())
        if invite.association is not None:
            self._gate.seal(response, invite.association)
        back(request, flow).send(response.to_bytes())
        if not invite.answered:
            invite.user()

    # --- what takes time, and what goes wrong

    def _wait(self, work: Awaitable[None], request: SipRequest, flow: Flow) -> None:
        if len(self._tasks) >= PATIENCE:
            if inspect.iscoroutine(work):
                work.close()
            self._plain(request, flow, 503, {"Retry-After": "5"})
            return
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Future[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and task.exception() is not None:
            log.error("A SIP request failed before it was admitted", exc_info=task.exception())

    async def _finish(self, waiting: Awaitable[None], inbound: Inbound) -> None:
        try:
            await waiting
        except Exception:
            self._failed(inbound)

    def _failed(self, inbound: Inbound) -> None:
        log.exception("SIP %s failed", inbound.request.method)
        if inbound.pending:
            inbound.refuse(500)

    def _broken(self, event: Broken, flow: Flow) -> None:
        request = event.error.partial
        if request is not None and request.method != "ACK":
            response = respond(request, event.error.status, event.error.text, tag=self.token())
            back(request, flow).send(response.to_bytes())
        if event.fatal:
            flow.close()

    def _plain(self, request: SipRequest, flow: Flow, status: int, fields: dict[str, str] | None = None) -> None:
        """An answer without transaction and signature."""
        if request.method == "ACK":
            return
        response = respond(request, status, tag=self.token())
        for name, value in (fields or {}).items():
            response.put(name, value)
        self._refuse(request, flow, response)

    def _refuse(self, request: SipRequest, flow: Flow, response: SipResponse) -> None:
        """Send what no transaction repeats."""
        if request.method == "INVITE":
            self._refused.add(request, flow)
        back(request, flow).send(response.to_bytes())


def back(request: SipRequest, flow: Flow) -> Flow:
    """Where the responses to a datagram go: its source, or the port its Via names [RFC3261 18.2.2; RFC3581 4]."""
    if flow.reliable or flow.sibling is None:
        return flow
    port = reply_port(request.headers["Via"][0])
    return flow if port is None or port == flow.peer[1] else flow.sibling(port)
