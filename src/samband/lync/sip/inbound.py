"""One admitted request on its way through a handler, and what handlers are."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from samband.lync.sip.admission import Admitted
from samband.lync.sip.diagnostics import Diagnosis, diagnose
from samband.lync.sip.flow import Flow
from samband.lync.sip.transactions import ServerTransaction
from samband.wire.sip.message import SipRequest, SipResponse, respond

if TYPE_CHECKING:
    from samband.lync.sip.router import Router

Witness = Callable[[SipResponse], Awaitable[None] | None]


class Inbound:
    """One admitted request on its way through a handler."""

    __slots__ = (
        "_address",
        "_held",
        "_router",
        "association",
        "flow",
        "owed",
        "person",
        "request",
        "transaction",
        "visitor",
        "witness",
    )

    def __init__(
        self,
        router: Router,
        request: SipRequest,
        flow: Flow,
        admission: Admitted,
        transaction: ServerTransaction | None,
        *,
        owed: bool = False,
    ) -> None:
        self._router = router
        self.request = request
        self.flow = flow
        self.person = admission.person
        """None for visitors, and for an ACK that nobody has proved."""
        self.visitor = admission.visitor
        """Who sends it, where that is somebody of another organisation."""
        self.association = admission.association
        self.transaction = transaction
        """None for an ACK, which nobody answers, and for what is answered at once."""
        self.owed = owed
        """Whether a request without a transaction still waits for its final response."""
        self.witness: Witness | None = None
        """Shown the first final response before it leaves, which waits for what comes of that."""
        self._held: list[SipResponse] | None = None
        self._address: str | None = None

    def reply(self, response: SipResponse) -> None:
        """Sign ``response`` for its receiver and send it. Of several final responses only the first counts."""
        if self._held is not None:
            self._held.append(response)
            return
        witness = self.witness
        if witness is not None and response.status >= 200:
            self.witness = None
            waiting = witness(response)
            if waiting is not None:
                self._held = [response]
                self._router.hold(waiting, self)
                return
        self._router.answer(self, response)

    def release(self) -> None:
        """Send what was held back."""
        held, self._held = self._held or (), None
        for response in held:
            self._router.answer(self, response)

    def agree(self) -> None:
        """Reply 200 with nothing in it."""
        self.reply(respond(self.request, 200, tag=self._router.token()))

    def refuse(self, status: int, diagnosis: Diagnosis | None = None, **fields: str) -> None:
        """Reply without a body; ``fields`` are header fields with ``_`` for ``-``."""
        response = respond(self.request, status, tag=self._router.token())
        if diagnosis is not None:
            diagnose(response, diagnosis, self._router.host)
        for name, value in fields.items():
            response.put(name.replace("_", "-"), value)
        self.reply(response)

    @property
    def in_sessions(self) -> bool:
        """Whether its sender is a client that speaks in sessions: one that signs, or one that lives in the server."""
        return self.association is not None or self.flow.hosted

    @property
    def address(self) -> str:
        """``user@domain`` of the sender in lower case, of this organisation or another; empty where nobody is known."""
        address = self._address
        if address is None:
            if self.person is not None:
                address = self.person.sip.lower()
            else:
                address = self.visitor.address if self.visitor is not None else ""
            self._address = address
        return address

    @property
    def pending(self) -> bool:
        """Whether a final response is still owed."""
        if self.transaction is None:
            return self.owed
        return not self.transaction.answered and self._held is None


Handler = Callable[[Inbound], Awaitable[None] | None]
Handlers = dict[tuple[str, str], Handler]
"""(method, event package in lower case) -> handler. Package ``*`` stands for any, and for no Event field at all."""
