"""One request on its way to several endpoints, and the one answer that comes of it [RFC3261 16.6 to 16.10]."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from samband.lync.sip.answers import local_answer, lost_answer, of_one_endpoint, passed
from samband.lync.sip.flow import Flow
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.router import Router
from samband.lync.sip.timers import Timer, Timers
from samband.lync.sip.transactions import ClientTransaction, Overload
from samband.trust.sip.association import SecurityAssociation
from samband.wire.sip.dialog import established
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.transaction import News

RINGING = 180.0
"""Timer C: how long an INVITE may ring, in seconds [RFC3261 16.6 step 11]."""

_PREFERRED = frozenset({401, 407, 415, 420, 484})
"""Among 4xx, those that tell the caller what to change [RFC3261 16.7 step 6]."""
_UNFIT = 488
"""What an endpoint without sound says of a call: among 4xx the last choice, after what a person's telephone says."""
ELSEWHERE = 'SIP;cause=200;text="Call completed elsewhere"'
"""Why an endpoint need not answer any more: it has missed nothing [RFC3326 3.1]."""


class Fork:
    """The branches of one request. Its callers: the proxy, the transactions below, the timers."""

    __slots__ = (
        "_best",
        "_cancelled",
        "_inbound",
        "_late",
        "_open",
        "_router",
        "_timer",
        "_timers",
        "_transactions",
        "_winner",
        "told",
    )

    def __init__(self, inbound: Inbound, router: Router, timers: Timers) -> None:
        self._inbound = inbound
        self._router = router
        self._transactions = router.transactions
        self._timers = timers
        self._open: dict[ClientTransaction, None] = {}
        self._best: SipResponse | None = None
        self._winner: ClientTransaction | None = None
        self._late: set[ClientTransaction] = set()
        """Branches that were accepted when another one had been already, and ended."""
        self._cancelled = False
        self._timer: Timer | None = None
        self.told: Callable[[SipResponse, Flow | None], None] | None = None
        """Told of each answer that the caller gets, and of a 2xx where it comes from."""

    def watch(self) -> None:
        """Take part in the life of an INVITE: its CANCEL, and how long it may ring."""
        transaction = self._inbound.transaction
        if transaction is not None:
            transaction.user = self._cancel_open
            transaction.association = self._inbound.association
            self._timer = self._timers.after(RINGING, self._rang)

    def send(self, request: SipRequest, flow: Flow, association: SecurityAssociation | None) -> None:
        """Open one branch; what goes to a client is signed by ``association``."""
        if flow.closed:
            self._note(self._local(480))
            return
        try:
            branch = self._transactions.request(request, flow, association, self._hear)
        except Overload:
            self._note(self._local(503))
            return
        if branch.state in ("calling", "trying", "proceeding"):
            self._open[branch] = None

    def settle(self) -> None:
        """After the last branch was opened: answer if none is left."""
        if not self._open and self._inbound.pending:
            self._finish()

    # --- what the branches say

    def _hear(self, branch: ClientTransaction, news: News, response: SipResponse | None) -> None:
        if news == "timeout":
            response = self._local(487 if self._cancelled else 408)
        elif news == "lost":
            response = lost_answer(self._router, self._inbound, branch.flow)
        if response is None:
            return
        if response.status < 200:
            self._provisional(branch, response)
            return
        self._open.pop(branch, None)
        if response.status < 300:
            self._success(branch, response)
            return
        self._note(of_one_endpoint(response))
        if response.status >= 600:
            self._cancel_open()
        if not self._open and self._inbound.pending:
            self._finish()

    def _provisional(self, branch: ClientTransaction, response: SipResponse) -> None:
        if self._cancelled:
            self._transactions.cancel(branch, ELSEWHERE if self._winner is not None else "")
        elif response.status > 100 and self._inbound.request.method == "INVITE" and self._inbound.pending:
            self._pass(response)

    def _success(self, branch: ClientTransaction, response: SipResponse) -> None:
        """The first 2xx ends the search. A later one still reaches the caller of an INVITE, who ends what is not wanted
        [RFC3261 16.7 step 5]; of clients that speak in sessions none does that, so it is ended for them.
        """
        if self._winner is None:
            self._winner = branch
        invite = branch.request.method == "INVITE"
        if invite and branch is not self._winner and self._inbound.in_sessions:
            self._end(branch, response)
        elif invite or self._inbound.pending:
            self._pass(response, branch.flow)
        self._cancel_open(ELSEWHERE)
        self._quiet()

    def _end(self, branch: ClientTransaction, response: SipResponse) -> None:
        """Acknowledge what an endpoint accepted too late, and end it."""
        dialog = established(branch.request, response)
        dialog.routes = []
        dialog.target = branch.request.uri
        self._transactions.tell(dialog.request("ACK"), branch.flow, branch.association)
        if branch in self._late:
            return
        self._late.add(branch)
        bye = dialog.request("BYE").put("Reason", ELSEWHERE)
        with suppress(Overload):
            self._transactions.request(bye, branch.flow, branch.association, lambda _branch, _news, _response: None)

    def _note(self, response: SipResponse) -> None:
        if self._best is None or _rank(response.status) < _rank(self._best.status):
            self._best = response

    def _finish(self) -> None:
        self._quiet()
        self._pass(self._best or self._local(480))

    def _pass(self, response: SipResponse, flow: Flow | None = None) -> None:
        """Hand a response to the caller, without what was between an endpoint and this server."""
        self._inbound.reply(passed(response.copy(), self._inbound))
        if self.told is not None:
            self.told(response, flow)

    def _local(self, status: int) -> SipResponse:
        return local_answer(self._router, self._inbound, status)

    # --- what ends a search early

    def _rang(self, _argument: object) -> None:
        self._timer = None
        self._note(self._local(408))
        self._cancel_open()

    def _cancel_open(self, reason: str = "") -> None:
        if self._inbound.request.method == "INVITE":
            self._cancelled = True
            for branch in list(self._open):
                self._transactions.cancel(branch, reason)

    def _quiet(self) -> None:
        if self._timer is not None:
            self._timers.cancel(self._timer)
            self._timer = None


def _rank(status: int) -> tuple[int, int]:
    """Smaller is better: 6xx, then the lowest class, and in 4xx what can be acted on."""
    group = status // 100
    order = {6: 0, 3: 1, 4: 2, 5: 3}.get(group, 4)
    return (order, 0 if status in _PREFERRED else 2 if status == _UNFIT else 1)
