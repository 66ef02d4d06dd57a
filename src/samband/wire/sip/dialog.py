"""Dialogs: what two user agents share while they speak [RFC3261 12], and their life as a table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from samband.wire.sip.address import split_list, tag_in, uri_in
from samband.wire.sip.message import Headers, SipRequest, SipResponse

State = Literal["none", "early", "confirmed", "terminated"]
Event = Literal["provisional", "success", "failure", "bye", "gone", "timeout"]
"""``provisional``: 101 to 199 with a To tag. ``gone``: 481 or 408 to a request within the dialog."""
Effect = Literal["open", "close"]

TABLE: dict[tuple[State, Event], tuple[State, tuple[Effect, ...]]] = {
    ("none", "provisional"): ("early", ()),
    ("none", "success"): ("confirmed", ("open",)),
    ("none", "failure"): ("terminated", ()),
    ("none", "timeout"): ("terminated", ()),
    ("early", "provisional"): ("early", ()),
    ("early", "success"): ("confirmed", ("open",)),
    ("early", "failure"): ("terminated", ()),
    ("early", "bye"): ("terminated", ()),
    ("early", "timeout"): ("terminated", ()),
    ("confirmed", "success"): ("confirmed", ()),
    ("confirmed", "bye"): ("terminated", ("close",)),
    ("confirmed", "gone"): ("terminated", ("close",)),
    ("confirmed", "timeout"): ("terminated", ("close",)),
}
"""(state, event) -> (next state, effects); a pair that is missing changes nothing [RFC3261 12.1 to 12.3]."""


@dataclass(slots=True)
class Dialog:
    """One side's view. ``local`` and ``remote`` are From and To as requests of this side have them, with their tags.

    ``target`` is the peer's Contact.
    """

    call_id: str
    local: str
    local_tag: str
    remote: str
    remote_tag: str
    target: str
    routes: list[str] = field(default_factory=list)
    local_cseq: int = 0
    remote_cseq: int = 0
    state: State = "none"

    @property
    def key(self) -> tuple[str, str, str]:
        """Call-ID, local tag, remote tag."""
        return (self.call_id, self.local_tag, self.remote_tag)

    def on(self, event: Event) -> tuple[Effect, ...]:
        """Go to the next state of ``TABLE``; what is to be done at that."""
        self.state, effects = TABLE.get((self.state, event), (self.state, ()))
        return effects

    def request(self, method: str, body: bytes = b"") -> SipRequest:
        """A request within the dialog, without Via [RFC3261 12.2.1.1]. Counts CSeq up, but not for ACK and CANCEL."""
        if method not in ("ACK", "CANCEL"):
            self.local_cseq += 1
        headers: Headers = {
            "From": [self.local],
            "To": [self.remote],
            "Call-ID": [self.call_id],
            "CSeq": [f"{self.local_cseq} {method}"],
            "Max-Forwards": ["70"],
        }
        if self.routes:
            headers["Route"] = self.routes
        return SipRequest(method, self.target, headers, body)

    def accepts(self, request: SipRequest) -> bool:
        """Take note of a request of the peer; False where its CSeq is out of order: answer 500 [RFC3261 12.2.2]."""
        number = request.cseq[0]
        if request.method not in ("ACK", "CANCEL"):
            if number <= self.remote_cseq:
                return False
            self.remote_cseq = number
        contact = request.get("Contact")
        if contact is not None and request.method in ("INVITE", "SUBSCRIBE", "NOTIFY", "UPDATE", "REFER"):
            self.target = uri_in(contact) or self.target
        return True


def key_of(message: SipRequest | SipResponse, *, local_is_to: bool) -> tuple[str, str, str]:
    """The dialog key a message names, as ``Dialog.key`` of the side that is in To (or in From)."""
    from_tag, to_tag = tag_in(message.get("From") or ""), tag_in(message.get("To") or "")
    return (message.call_id, to_tag, from_tag) if local_is_to else (message.call_id, from_tag, to_tag)


def answered(request: SipRequest, local_tag: str) -> Dialog:
    """The dialog that the side which answers ``request`` enters [RFC3261 12.1.1]."""
    headers = request.headers
    sender, receiver = headers.get("From", _EMPTY)[0], headers.get("To", _EMPTY)[0]
    if tag_in(receiver):
        receiver = _untagged(receiver)
    return Dialog(
        request.call_id,
        f"{receiver};tag={local_tag}",
        local_tag,
        sender,
        tag_in(sender),
        uri_in(headers["Contact"][0] if "Contact" in headers else sender),
        _routes(request),
        0,
        request.cseq[0],
    )


def established(request: SipRequest, response: SipResponse) -> Dialog:
    """The dialog that the side which sent ``request`` enters by ``response`` [RFC3261 12.1.2]."""
    sender, receiver = request.get("From") or "", response.get("To") or ""
    return Dialog(
        call_id=request.call_id,
        local=sender,
        local_tag=tag_in(sender),
        remote=receiver,
        remote_tag=tag_in(receiver),
        target=uri_in(response.get("Contact") or receiver),
        routes=_routes(response)[::-1],
        local_cseq=request.cseq[0],
    )


def _routes(message: SipRequest | SipResponse) -> list[str]:
    """What Record-Route says; like every value of a message's fields it is never changed in place."""
    values = message.headers.get("Record-Route")
    return [route for value in values for route in split_list(value)] if values else _NONE


_NONE: list[str] = []
_EMPTY = [""]


def _untagged(value: str) -> str:
    """A From or To value without its tag; other parameters (epid) stay."""
    head, bracket, tail = value.rpartition(">")
    if not bracket:
        head, tail = "", value
    kept = [part for part in tail.split(";") if part.strip()[:4].lower() != "tag="]
    return head + bracket + ";".join(kept)
