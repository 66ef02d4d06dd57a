"""The flow of an endpoint that lives in the server: requests and responses both ways, without a socket."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from samband.lync.sip.admission import Admitted
from samband.lync.sip.lync_side import LyncSide
from samband.wire.sip.message import SipRequest, SipResponse
from samband.wire.sip.stream import StreamReader
from samband.wire.sip.transaction import response_event
from samband.wire.sip.via import branch_in

Answered = Callable[[SipResponse], None]


@dataclass(frozen=True, slots=True)
class _Asked:
    """A request of ours that waits for an answer."""

    request: SipRequest
    hear: Answered


class HostedLine:
    """One of them. ``asked`` gets every request that arrives, ``cut`` is told when the server ends it."""

    def __init__(
        self,
        side: LyncSide,
        admitted: Admitted,
        peer: tuple[str, int],
        asked: Callable[[SipRequest], None],
        cut: Callable[[], None],
        *,
        sessions: bool = True,
    ) -> None:
        """``admitted`` is whose it is, ``peer`` a place that nobody else has; ``sessions``: see ``LyncSide.hosted``."""
        self._router = side.router
        self.admitted = admitted
        self._asked = asked
        self._reader = StreamReader()
        self._loop = asyncio.get_running_loop()
        self._waiting: dict[str, _Asked] = {}
        self.flow = side.hosted(peer, self._written, cut, sessions=sessions)

    def hang_up(self) -> None:
        """End it. What was still to be said goes first: a BYE is under way when somebody signs out."""
        self._loop.call_soon(self.flow.lost)

    def ask(self, request: SipRequest, hear: Answered | None) -> str:
        """Send a request; ``hear`` gets each of its responses. Its branch comes back."""
        branch = f"z9hG4bK{self._router.token()}"
        request.headers["Via"] = [self.flow.via + branch]
        if hear is not None:
            self._waiting[branch] = _Asked(request, hear)
        self._loop.call_soon(self._router.serve, request, self.flow, self.admitted)
        return branch

    def cancel(self, branch: str) -> None:
        """Take an INVITE back."""
        asked = self._waiting.get(branch)
        if asked is not None:
            headers = {name: asked.request.headers[name] for name in ("Via", "From", "To", "Call-ID", "Max-Forwards")}
            headers["CSeq"] = [f"{asked.request.cseq[0]} CANCEL"]
            cancel = SipRequest("CANCEL", asked.request.uri, headers, b"")
            self._loop.call_soon(self._router.serve, cancel, self.flow, self.admitted)

    def reply(self, response: SipResponse) -> None:
        """Answer a request."""
        self._loop.call_soon(self._router.receive, response, self.flow)

    def _written(self, data: bytes) -> None:
        """Whoever sends is in the middle of something: what they sent is read when they are done."""
        self._loop.call_soon(self._read, data)

    def _read(self, data: bytes) -> None:
        for event in self._reader.feed(data):
            if isinstance(event, SipResponse):
                self._answered(event)
            elif isinstance(event, SipRequest):
                self._asked(event)

    def _answered(self, response: SipResponse) -> None:
        if response.cseq[1] == "CANCEL":
            return
        branch = branch_in(response.headers["Via"][0])
        asked = self._waiting.get(branch)
        if asked is None:
            return
        if response.status >= 200:
            del self._waiting[branch]
            if response_event(response.status) == "failure" and asked.request.method == "INVITE":
                self._acknowledge(asked.request, response)
        asked.hear(response)

    def _acknowledge(self, invite: SipRequest, response: SipResponse) -> None:
        """The ACK of a refusal belongs to the transaction [RFC3261 17.1.1.3]."""
        headers = {name: invite.headers[name] for name in ("Via", "From", "Call-ID", "Max-Forwards")}
        headers |= {"To": response.headers["To"], "CSeq": [f"{invite.cseq[0]} ACK"]}
        self._router.serve(SipRequest("ACK", invite.uri, headers, b""), self.flow, self.admitted)
