"""Runs the tables of ``wire.sip.transaction`` over flows and timers."""

from __future__ import annotations

import itertools
from collections.abc import Callable

from samband.lync.sip.brief_transactions import BriefTransactions, Hear
from samband.lync.sip.flow import Flow, ServerKey
from samband.lync.sip.timers import Timer, Timers
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip import transaction as machine
from samband.wire.sip.message import Headers, SipMessage, SipRequest, SipResponse
from samband.wire.sip.transaction import Deliver, Done, Event, News, Send, SetTimer, Table
from samband.wire.sip.via import branch_in

LIMIT = 200_000
"""Most transactions alive at one time; what comes beyond gets 503."""

_KEPT = ("From", "To", "Call-ID", "Route", "P-Asserted-Identity")

Seal = Callable[[SipMessage, SecurityAssociation], object]
User = Callable[["ClientTransaction", News, SipResponse | None], None]


class Overload(Exception):
    """There are too many transactions."""


class _Transaction:
    __slots__ = ("flow", "interval", "request", "state", "table", "timers")

    table: Table
    state: machine.State
    request: SipRequest
    flow: Flow
    interval: float
    timers: dict[machine.Timer, Timer] | None


class ServerTransaction(_Transaction):
    """A request received. ``sent`` is the latest response as bytes, for the case that the request comes again."""

    __slots__ = ("association", "back", "key", "sent", "user")

    def __init__(self, table: Table, request: SipRequest, flow: Flow, key: ServerKey) -> None:
        self.table = table
        self.state = table["idle", "start"][0]
        self.request = request
        self.flow = flow
        self.interval = 0.0
        self.timers = None
        self.key = key
        self.back = flow
        """Where responses go: another port than the request's where RFC 3261 18.2.2 says so."""
        self.sent = b""
        self.association: SecurityAssociation | None = None
        """Signs what the transaction answers by itself: the 200 to a CANCEL."""
        self.user: Callable[[], None] | None = None
        """Called when a CANCEL for this INVITE arrives, or its caller's connection is lost."""

    def send(self, effect: Send) -> None:
        if self.sent:
            self.back.send(self.sent)

    def hear(self, news: News, response: SipResponse | None) -> None:
        """Its user has the request, and needs to know nothing more."""

    def leave(self) -> object:
        return self.flow.servers.pop(self.key, None)

    @property
    def answered(self) -> bool:
        """Whether a final response has been given."""
        return self.state not in ("idle", "trying", "proceeding")


class ClientTransaction(_Transaction):
    """A request sent. ``user`` hears of responses, of a time-out, and of the loss of the connection."""

    __slots__ = ("ack", "association", "branch", "data", "user")

    def __init__(
        self,
        table: Table,
        request: SipRequest,
        flow: Flow,
        branch: str,
        association: SecurityAssociation | None,
        user: User,
    ) -> None:
        self.table = table
        self.state = "idle"
        self.request = request
        self.flow = flow
        self.interval = 0.0
        self.timers = None
        self.branch = branch
        self.association = association
        self.user = user
        self.data = b""
        self.ack = b""

    def send(self, effect: Send) -> None:
        self.flow.send(self.ack if effect.what == "ack" else self.data)

    def hear(self, news: News, response: SipResponse | None) -> None:
        self.user(self, news, response)

    def leave(self) -> object:
        return self.flow.clients.pop(self.branch, None)


class Transactions:
    """Every transaction of a Lync side."""

    def __init__(self, timers: Timers, seal: Seal, prefix: str, limit: int = LIMIT) -> None:
        """``prefix``: a random word of this process, so that branches never repeat."""
        self.timers = timers
        self._seal = seal
        self._prefix = f"z9hG4bK{prefix}"
        self._numbers = itertools.count(1)
        self._limit = limit
        self.alive = 0
        self.owed = 0
        """Requests received that have no final answer yet."""
        self._brief = BriefTransactions(timers, limit)

    # --- requests received

    def accept(self, request: SipRequest, flow: Flow, key: ServerKey) -> ServerTransaction:
        """Begin to serve a request that ``find`` does not know. Raises ``Overload``."""
        if self.alive >= self._limit:
            raise Overload
        self.alive += 1
        self.owed += 1
        table = machine.server_table(request.method, reliable=flow.reliable)
        transaction = flow.servers[key] = ServerTransaction(table, request, flow, key)
        return transaction

    def respond(self, transaction: ServerTransaction, response: SipResponse) -> None:
        """Send a sealed response on behalf of the user of ``transaction``."""
        step = transaction.table.get((transaction.state, machine.response_event(response.status)))
        if step is None:
            return
        if step[1] is machine.LAST:
            # Nothing was answered before, nobody hears of it and no timer runs: what ``_forget`` does in few steps.
            if transaction.flow.servers.pop(transaction.key, None) is not None:
                self.alive -= 1
                self.owed -= 1
            transaction.state = step[0]
            transaction.back.send(response.to_bytes())
            return
        # Of one whose connection was lost nothing is owed any more.
        owed = not transaction.answered and transaction.key in transaction.flow.servers
        transaction.sent = response.to_bytes()
        self._perform(transaction, step, None)
        self.owed -= transaction.answered and owed

    def again(self, transaction: ServerTransaction, event: Event) -> bool:
        """The request (``request``) or its ACK (``ack``) came; True where the user must hear of it."""
        step = transaction.table.get((transaction.state, event))
        if step is None:
            return False
        self._perform(transaction, step, None)
        return any(type(effect) is Deliver for effect in step[1])

    # --- requests sent

    def request(
        self, request: SipRequest, flow: Flow, association: SecurityAssociation | None, user: User
    ) -> ClientTransaction:
        """Put Via on ``request``, sign and send it, and wait for the answer. Raises ``Overload``."""
        if self.alive >= self._limit:
            raise Overload
        branch = self.branch()
        headers = request.headers
        via = headers.get("Via")
        headers["Via"] = [flow.via + branch, *via] if via else [flow.via + branch]
        return self._start(request, flow, branch, association, user)

    def relay(
        self, request: SipRequest, flow: Flow, association: SecurityAssociation | None, hear: Hear, about: object
    ) -> None:
        """Like ``request``, over a reliable flow, for a request that is no INVITE and whose final response is all that
        counts. Raises ``Overload``.
        """
        if self.alive + self._brief.alive >= self._limit:
            raise Overload
        branch = self.branch()
        headers = request.headers
        headers["Via"] = [flow.via + branch, *headers["Via"]]
        if association is not None:
            self._seal(request, association)
        self._brief.begin(request.method, request.to_bytes(), flow, branch, hear, about)

    def tell(self, request: SipRequest, flow: Flow, association: SecurityAssociation | None) -> None:
        """Put Via on ``request``, sign and send it, and expect nothing (ACK of a 2xx, BENOTIFY)."""
        request.push("Via", flow.via + self.branch())
        if association is not None:
            self._seal(request, association)
        flow.send(request.to_bytes())

    def branch(self) -> str:
        """A fresh one, for a request that is put together elsewhere."""
        return f"{self._prefix}{next(self._numbers):x}"

    def begin(self, method: str, data: bytes, flow: Flow, branch: str, hear: Hear, about: object) -> None:
        """Send a request that is ready, with ``branch`` in its Via; ``hear`` gets ``about`` and the final response.

        Where too many wait for answers it is sent all the same, and nobody waits: those who never answer must not end
        what others asked for.
        """
        if flow.reliable:
            if not self._brief.begin(method, data, flow, branch, hear, about):
                flow.send(data)
            return

        def user(_transaction: object, _news: News, response: SipResponse | None) -> None:
            if response is None or response.status >= 200:
                hear(about, response)

        # Of the request itself only the method is asked for: there is neither ACK nor CANCEL.
        try:
            self._enter(SipRequest(method, ""), data, flow, branch, None, user)
        except Overload:
            flow.send(data)

    def cancel(self, transaction: ClientTransaction, reason: str = "") -> None:
        """Send CANCEL for an INVITE in state ``proceeding``, and wait for its end no longer than LIFE [RFC3261 9.1].

        ``reason``: the value of its Reason field.
        """
        if transaction.state != "proceeding" or (transaction.timers and "give-up" in transaction.timers):
            return
        self._set(transaction, SetTimer("give-up", machine.LIFE))
        cancel = _derived(transaction.request, "CANCEL")
        if reason:
            cancel.put("Reason", reason)
        try:
            self._start(cancel, transaction.flow, transaction.branch + "/CANCEL", transaction.association, _ignore)
        except Overload:
            return

    def receive(self, response: SipResponse, flow: Flow) -> None:
        """A response arrived. One that nobody waits for is dropped [RFC6026 7.2]."""
        branch = branch_in(response.headers["Via"][0])
        method = response.headers["CSeq"][0].partition(" ")[2]
        if branch in flow.brief:
            self._brief.receive(response, branch, method, flow)
            return
        transaction = flow.clients.get(branch if method != "CANCEL" else branch + "/CANCEL")
        if transaction is None or transaction.request.method != method:
            return
        event = machine.response_event(response.status)
        step = transaction.table.get((transaction.state, event))
        if step is None:
            return
        if event == "failure" and method == "INVITE" and not transaction.ack:
            transaction.ack = self._ack(transaction, response)
        self._perform(transaction, step, response)

    def lost(self, flow: Flow) -> None:
        """The connection is gone: everything that waited for it hears so."""
        self._brief.lost(flow)
        for client in list(flow.clients.values()):
            step = client.table.get((client.state, "lost"))
            if step is not None:
                self._perform(client, step, None)
        for client in list(flow.clients.values()):
            self._forget(client)
        for server in list(flow.servers.values()):
            if server.user is not None and not server.answered:
                server.user()
            self._forget(server)

    # --- the machine room

    def _start(
        self,
        request: SipRequest,
        flow: Flow,
        branch: str,
        association: SecurityAssociation | None,
        user: User,
    ) -> ClientTransaction:
        if association is not None:
            self._seal(request, association)
        return self._enter(request, request.to_bytes(), flow, branch, association, user)

    def _enter(
        self,
        request: SipRequest,
        data: bytes,
        flow: Flow,
        branch: str,
        association: SecurityAssociation | None,
        user: User,
    ) -> ClientTransaction:
        if self.alive >= self._limit:
            raise Overload
        self.alive += 1
        table = machine.client_table(request.method, reliable=flow.reliable)
        transaction = ClientTransaction(table, request, flow, branch, association, user)
        transaction.data = data
        flow.clients[branch] = transaction
        self._perform(transaction, table["idle", "start"], None)
        return transaction

    def _perform(
        self,
        transaction: ServerTransaction | ClientTransaction,
        step: machine.Step,
        response: SipResponse | None,
    ) -> None:
        transaction.state, effects = step
        for effect in effects:
            if isinstance(effect, Send):
                transaction.send(effect)
            elif isinstance(effect, Deliver):
                transaction.hear(effect.news, response)
            elif isinstance(effect, Done):
                self._forget(transaction)
            elif isinstance(effect, SetTimer):
                self._set(transaction, effect)
            else:
                self._stop(transaction, effect.timer)

    def _set(self, transaction: ServerTransaction | ClientTransaction, effect: SetTimer) -> None:
        seconds = effect.seconds
        if effect.doubling:
            seconds = min(transaction.interval * 2 or seconds, effect.most)
            transaction.interval = seconds
        elif effect.timer == "linger" and self.alive > self._limit // 4:
            # What is answered waits for repetitions only: under load it makes room for what is not.
            seconds = min(seconds, machine.T4)
        timers = transaction.timers
        if timers is None:
            timers = transaction.timers = {}
        else:
            self._stop(transaction, effect.timer)
        timers[effect.timer] = self.timers.after(seconds, self._ring, (transaction, effect.timer))

    def _stop(self, transaction: ServerTransaction | ClientTransaction, name: machine.Timer) -> None:
        timer = transaction.timers.pop(name, None) if transaction.timers else None
        if timer is not None:
            self.timers.cancel(timer)

    def _ring(self, rung: tuple[ServerTransaction | ClientTransaction, machine.Timer]) -> None:
        transaction, name = rung
        if transaction.timers:
            transaction.timers.pop(name, None)
        step = transaction.table.get((transaction.state, name))
        if step is not None:
            self._perform(transaction, step, None)

    def _forget(self, transaction: ServerTransaction | ClientTransaction) -> None:
        if transaction.leave() is None:
            return
        self.alive -= 1
        if isinstance(transaction, ServerTransaction):
            self.owed -= not transaction.answered
            transaction.user = None
        else:
            # Whoever hears of it holds on to it: no cycle may be left for the collector, which stops everything.
            transaction.user = _ignore
        if transaction.timers:
            for timer in transaction.timers.values():
                self.timers.cancel(timer)
            transaction.timers = None

    def _ack(self, transaction: ClientTransaction, response: SipResponse) -> bytes:
        """The ACK of a failed INVITE [RFC3261 17.1.1.3]."""
        ack = _derived(transaction.request, "ACK")
        ack.headers["To"] = response.headers["To"]
        if transaction.association is not None:
            self._seal(ack, transaction.association)
        return ack.to_bytes()


def _derived(invite: SipRequest, method: str) -> SipRequest:
    """The ACK or CANCEL that belongs to an INVITE hop by hop: same address, same topmost Via."""
    source = invite.headers
    headers: Headers = {"Via": source["Via"][:1], "Max-Forwards": ["70"]}
    headers.update({name: source[name] for name in _KEPT if name in source})
    headers["CSeq"] = [f"{invite.cseq[0]} {method}"]
    return SipRequest(method, invite.uri, headers)


def _ignore(transaction: ClientTransaction, news: News, response: SipResponse | None) -> None:
    """The answer to a CANCEL says nothing that the answer to its INVITE does not."""
