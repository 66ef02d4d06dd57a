"""INVITE requests that were refused without a transaction, so that nothing but this knows their ACKs."""

from __future__ import annotations

from samband.lync.sip.flow import Flow
from samband.wire.sip.message import SipRequest
from samband.wire.sip.via import branch_in

MOST = 4096
"""Most of them that are remembered; an ACK that comes later than so many others is a stray one."""


class RefusedInvites:
    """A number each: what it takes does not grow with what is sent."""

    def __init__(self) -> None:
        self._known: dict[int, None] = {}

    def add(self, invite: SipRequest, flow: Flow) -> None:
        """It was refused, perhaps once more."""
        key = _key(invite, flow)
        if key not in self._known:
            if len(self._known) >= MOST:
                del self._known[next(iter(self._known))]
            self._known[key] = None

    def drop(self, invite: SipRequest, flow: Flow) -> None:
        """It is served: there are clients that come again with a proof and nothing else new."""
        if self._known:
            self._known.pop(_key(invite, flow), None)

    def ends(self, ack: SipRequest, flow: Flow) -> bool:
        """Whether an ACK belongs to the refusal of one [RFC3261 17.1.1.3]. It may come again, as the INVITE may."""
        return bool(self._known) and _key(ack, flow) in self._known


def _key(request: SipRequest, flow: Flow) -> int:
    headers = request.headers
    return hash((flow.peer, branch_in(headers["Via"][0]), headers["Call-ID"][0], request.cseq[0]))
