"""What goes wrong over SIP: which messages a fault means, and what happens to them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from samband.serve.faults.rules import Rule
from samband.wire.sip.address import uri_in
from samband.wire.sip.message import SipMessage, SipRequest, SipResponse
from samband.wire.sip.names import canonical
from samband.wire.sip.uri import aor_of

Place = Literal["arrival", "answer", "delivery"]
Person = Annotated[str, Meta(pattern=r"^([^@\s:]+@[^@\s:]+)?$", max_length=254)]
"""``user@domain``, or nobody in particular."""
STREAMS = frozenset({"tcp", "tls"})
"""Transports on which a message may be cut anywhere."""

_ONLY: dict[Place, frozenset[str]] = {
    "arrival": frozenset({"status", "reason", "retry_after", "stale"}),
    "answer": frozenset({"answered", "broken", "twice", "pieces", "glued", "signature"}),
    "delivery": frozenset({"broken", "twice", "pieces", "glued", "signature"}),
}
"""What is said of messages in one place alone."""
_WITH_STATUS = ("reason", "retry_after", "stale")
_WHOLE = ("fields", "twice", "pieces", "glued", "signature", "broken")
"""What cannot happen to a message that is not sent."""
_FRAME = frozenset({"Via", "From", "To", "Call-ID", "CSeq", "Content-Length", "Authentication-Info"})
"""What a message is known by; the signature is written anew after every change."""
_NAME = re.compile(r"[A-Za-z0-9.!%*_+`'~-]{1,80}")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


class SipFault(Rule, frozen=True, kw_only=True, rename={"from_": "from"}):
    """Means messages of one ``method`` (``*``: of any): requests as they arrive, final answers to requests of the
    method, or requests as they are delivered to a client. ``from``, ``to`` and ``event`` are as they stand in the
    message, ``answered`` is the status of an answer.

    A request that arrives is answered with ``status`` instead of being served, or is dropped. What goes to a client
    gets other ``fields``, or a ``signature`` that is wrong or missing; is dropped, sent ``twice``, in ``pieces`` of so
    many bytes, ``glued`` to what follows it, or ``broken`` off in the middle. ``close`` ends the connection then.
    """

    method: Annotated[str, Meta(pattern=r"^(\*|[A-Z]{1,32})$")]
    at: Place = "arrival"
    from_: Person = ""
    to: Person = ""
    event: Annotated[str, Meta(pattern=r"^[A-Za-z0-9.-]{0,80}$")] = ""
    answered: Annotated[int, Meta(ge=0, le=699)] = 0
    status: Annotated[int, Meta(ge=0, le=699)] = 0
    reason: Annotated[str, Meta(max_length=200)] = ""
    retry_after: Annotated[int, Meta(ge=0, le=86400)] = 0
    stale: bool = False
    fields: dict[str, str] = msgspec.field(default_factory=dict)
    drop: bool = False
    close: bool = False
    broken: bool = False
    twice: bool = False
    pieces: Annotated[int, Meta(ge=0, le=65536)] = 0
    glued: bool = False
    signature: Literal["", "wrong", "none"] = ""

    def __post_init__(self) -> None:
        said = {name for name in (*_ONLY["arrival"], *_ONLY["answer"]) if getattr(self, name)}
        for name in sorted(said - _ONLY[self.at]):
            fitting = " or ".join(place for place, names in _ONLY.items() if name in names)
            raise ValueError(f"`{name}` is not for `at` {self.at}: it is for {fitting}")
        self._check_deed()
        for name, value in self.fields.items():
            if not _NAME.fullmatch(name) or canonical(name) in _FRAME:
                raise ValueError(f"`fields` cannot set {name!r}")
            if _CONTROL.search(value):
                raise ValueError(f"`fields`: {name} must be one line")
        if _CONTROL.search(self.reason):
            raise ValueError("`reason` must be one line")

    def _check_deed(self) -> None:
        if self.at == "arrival":
            if 0 < self.status < 300:
                raise ValueError("`status` must be a failure or a redirection: 300 to 699")
            for name in (*_WITH_STATUS, "fields"):
                if getattr(self, name) and not self.status:
                    raise ValueError(f"`{name}` goes with `status`")
            if self.stale and self.status not in (401, 407):
                raise ValueError("`stale` goes with `status` 401 or 407")
            if self.method in ("CANCEL", "ACK") and self.status:
                raise ValueError(f"{self.method} cannot be answered with an error")
            if self.status and self.drop:
                raise ValueError("`drop` does not go with `status`: what is dropped is not answered")
        elif self.drop:
            for name in _WHOLE:
                if getattr(self, name):
                    raise ValueError(f"`drop` does not go with `{name}`: what is dropped is not sent")
        if not any(getattr(self, name) for name in ("status", "drop", "close", "delay", *_WHOLE)):
            raise ValueError("nothing goes wrong: say `status`, `drop`, `delay`, `close` or another deed")

    def meets_arriving(self, request: SipRequest, *, reliable: bool) -> bool:
        """Whether ``request`` of a client is one that it may strike."""
        if self.at != "arrival" or (self.status and request.method == "ACK"):
            return False
        return self._fits(request, request.method) and (reliable or not self.close)

    def meets_leaving(self, message: SipMessage, transport: str) -> bool:
        """Whether ``message``, on its way to a client, is one that it may strike."""
        if isinstance(message, SipResponse):
            wanted = self.at == "answer" and message.status >= 200 and self.answered in (0, message.status)
            method = message.cseq[1]
        else:
            wanted, method = self.at == "delivery", message.method
        if not wanted or not self._fits(message, method):
            return False
        if transport not in STREAMS and (self.pieces or self.glued or self.broken):
            return False
        if transport == "udp" and self.close:
            return False
        return not self.signature or "Authentication-Info" in message.headers

    def _fits(self, message: SipMessage, method: str) -> bool:
        if self.method not in ("*", method):
            return False
        if self.event and (message.get("Event") or "").partition(";")[0].strip().lower() != self.event.lower():
            return False
        return _names(message, "From", self.from_) and _names(message, "To", self.to)


class AtOnce(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What happens now, and to no message: the connections of ``who`` end, or the server signs them out."""

    now: Literal["close", "unregistered", "rejected", "deactivated"]
    who: Annotated[str, Meta(pattern=r"^[^@\s:]+@[^@\s:]+$", max_length=254)]


def _names(message: SipMessage, field: str, address: str) -> bool:
    return not address or aor_of(uri_in(message.get(field) or "")) == address.lower()
