"""One IM session that the server holds with a Lync client on behalf of a plain SIP user."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from samband.lync.sip.flow import Flow
from samband.lync.sip.im_text import Text
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.places import Way
from samband.lync.sip.timers import Timer
from samband.lync.sip.transactions import ClientTransaction
from samband.wire.sip.dialog import Dialog
from samband.wire.sip.message import Headers, SipRequest

Pair = tuple[str, str]
"""Address of the Lync user, address of the plain one."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A message of a plain client on its way into a session, and what it says."""

    inbound: Inbound
    text: Text


@dataclass(slots=True, eq=False)
class ImSession:
    """Between one endpoint of a Lync user and all of a plain user's. Compare by identity."""

    lync: str
    plain: str
    way: Way | None = None
    """How the Lync endpoint is reached, once one has answered."""
    contact: str = ""
    """The address that requests to it carry."""
    dialog: Dialog | None = None
    """None while the endpoints are being invited."""
    ringing: dict[ClientTransaction, str] = field(default_factory=dict)
    """Invitations under way, with the contact each went to."""
    waiting: list[Letter] = field(default_factory=list)
    """Messages for the Lync user that wait for the session to begin."""
    timer: Timer | None = None

    @property
    def pair(self) -> Pair:
        return (self.lync, self.plain)


def contact_of(flow: Flow) -> str:
    """The server's Contact on a flow."""
    return flow.route.replace(";lr", "")


def description(flow: Flow, kinds: Sequence[str] = ("text/plain",)) -> bytes:
    """The session description of IM over SIP: nothing but text of ``kinds``."""
    host = flow.local[0]
    kind = "IP6" if ":" in host else "IP4"
    lines = (
        "v=0",
        f"o=- 0 0 IN {kind} {host}",
        "s=session",
        f"c=IN {kind} {host}",
        "t=0 0",
        f"m=message {flow.local[1]} sip null",
        f"a=accept-types:{' '.join(kinds)}",
        "",
    )
    return "\r\n".join(lines).encode()


def opening(method: str, sender: str, receiver: str, contact: str, token: str) -> SipRequest:
    """A request outside of any dialog from one user to an endpoint of another; ``token`` is its Call-ID and tag."""
    headers: Headers = {
        "From": [f"<sip:{sender}>;tag={token}"],
        "To": [f"<sip:{receiver}>"],
        "Call-ID": [token],
        "CSeq": [f"1 {method}"],
        "Max-Forwards": ["70"],
    }
    return SipRequest(method, contact, headers)


def is_im(invite: SipRequest) -> bool:
    """Whether an INVITE is for IM: its description has a message medium."""
    return invite.method == "INVITE" and b"\nm=message " in invite.body
