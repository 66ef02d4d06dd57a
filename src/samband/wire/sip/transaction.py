"""Transactions as tables: (state, event) -> (next state, effects) [RFC3261 17; RFC6026 7].

Nothing here sends or waits. A runner holds a state, looks the event up and performs the effects in their order; an
event without a row changes nothing. There are two tables a machine: over UDP the machine repeats messages itself, over
TCP and TLS the transport does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

T1 = 0.5
"""Estimate of a round trip, in seconds."""
T2 = 4.0
"""Longest interval between retransmissions of a non-INVITE request or an INVITE response, in seconds."""
T4 = 5.0
"""How long a message may remain in the network, in seconds."""
LIFE = 64 * T1
"""How long one side waits for the other, in seconds."""

State = Literal["idle", "calling", "trying", "proceeding", "accepted", "completed", "confirmed", "terminated"]
Timer = Literal["retransmit", "give-up", "linger"]
"""``retransmit`` is A, E or G; ``give-up`` is B, F or H; ``linger`` is D, I, J, K, L or M."""
Event = Literal[
    "start",
    "request",
    "ack",
    "provisional",
    "success",
    "failure",
    "retransmit",
    "give-up",
    "linger",
    "lost",
]
"""``start``: the transaction was made. ``request``: the request came again. ``provisional``, ``success`` and
``failure`` are responses (1xx, 2xx, 3xx to 6xx): received by a client, given by the user of a server transaction.
``lost``: the transport failed. The rest are timers."""
What = Literal["request", "response", "ack"]
News = Literal["request", "response", "ack", "timeout", "lost"]


@dataclass(frozen=True, slots=True)
class Send:
    """Put a message on the wire: the ``request``, the latest ``response``, or the ``ack`` of a failed INVITE."""

    what: What


@dataclass(frozen=True, slots=True)
class SetTimer:
    """Start a timer. With ``doubling`` it starts at ``seconds`` and each later setting doubles it up to ``most``."""

    timer: Timer
    seconds: float
    doubling: bool = False
    most: float = LIFE


@dataclass(frozen=True, slots=True)
class CancelTimer:
    """Stop a timer if it runs."""

    timer: Timer


@dataclass(frozen=True, slots=True)
class Deliver:
    """Tell the transaction user."""

    news: News


@dataclass(frozen=True, slots=True)
class Done:
    """Forget the transaction; whatever timer of it runs is stopped."""


Effect = Send | SetTimer | CancelTimer | Deliver | Done
Step = tuple[State, tuple[Effect, ...]]
Table = dict[tuple[State, Event], Step]

_REPEAT_INVITE = SetTimer("retransmit", T1, doubling=True)
_REPEAT = SetTimer("retransmit", T1, doubling=True, most=T2)
_GIVE_UP = SetTimer("give-up", LIFE)
_QUIET = CancelTimer("retransmit")
_STAY = CancelTimer("give-up")
LAST: tuple[Effect, ...] = (Send("response"), Done())
"""Of a final response that nothing follows: the usual one, which a runner may know by identity."""
_TIMEOUT: Step = ("terminated", (Deliver("timeout"), Done()))
_LOST: Step = ("terminated", (Deliver("lost"), Done()))
_END: Step = ("terminated", (Done(),))

_INVITE_CLIENT: Table = {
    ("calling", "provisional"): ("proceeding", (_QUIET, _STAY, Deliver("response"))),
    ("calling", "success"): ("accepted", (_QUIET, _STAY, Deliver("response"), SetTimer("linger", LIFE))),
    ("calling", "give-up"): _TIMEOUT,
    ("calling", "lost"): _LOST,
    ("proceeding", "provisional"): ("proceeding", (Deliver("response"),)),
    ("proceeding", "success"): ("accepted", (Deliver("response"), SetTimer("linger", LIFE))),
    ("proceeding", "give-up"): _TIMEOUT,
    ("proceeding", "lost"): _LOST,
    ("accepted", "success"): ("accepted", (Deliver("response"),)),
    ("accepted", "linger"): _END,
    ("accepted", "lost"): ("accepted", ()),
}

# "give-up" in "proceeding" is set only after a CANCEL [RFC3261 9.1].

INVITE_CLIENT_UDP: Table = _INVITE_CLIENT | {
    ("idle", "start"): ("calling", (Send("request"), _REPEAT_INVITE, _GIVE_UP)),
    ("calling", "retransmit"): ("calling", (Send("request"), _REPEAT_INVITE)),
    ("calling", "failure"): (
        "completed",
        (_QUIET, _STAY, Send("ack"), Deliver("response"), SetTimer("linger", LIFE)),
    ),
    ("proceeding", "failure"): ("completed", (Send("ack"), Deliver("response"), SetTimer("linger", LIFE))),
    ("completed", "failure"): ("completed", (Send("ack"),)),
    ("completed", "linger"): _END,
}
"""INVITE over UDP [RFC3261 17.1.1; RFC6026 8.4]."""

INVITE_CLIENT_STREAM: Table = _INVITE_CLIENT | {
    ("idle", "start"): ("calling", (Send("request"), _GIVE_UP)),
    ("calling", "failure"): ("terminated", (Send("ack"), Deliver("response"), Done())),
    ("proceeding", "failure"): ("terminated", (Send("ack"), Deliver("response"), Done())),
}
"""INVITE over TCP and TLS."""

REQUEST_CLIENT_UDP: Table = {
    ("idle", "start"): ("trying", (Send("request"), _REPEAT, _GIVE_UP)),
    ("trying", "retransmit"): ("trying", (Send("request"), _REPEAT)),
    ("trying", "provisional"): ("proceeding", (Deliver("response"), SetTimer("retransmit", T2))),
    ("trying", "success"): ("completed", (_QUIET, _STAY, Deliver("response"), SetTimer("linger", T4))),
    ("trying", "failure"): ("completed", (_QUIET, _STAY, Deliver("response"), SetTimer("linger", T4))),
    ("trying", "give-up"): _TIMEOUT,
    ("trying", "lost"): _LOST,
    ("proceeding", "retransmit"): ("proceeding", (Send("request"), SetTimer("retransmit", T2))),
    ("proceeding", "provisional"): ("proceeding", (Deliver("response"),)),
    ("proceeding", "success"): ("completed", (_QUIET, _STAY, Deliver("response"), SetTimer("linger", T4))),
    ("proceeding", "failure"): ("completed", (_QUIET, _STAY, Deliver("response"), SetTimer("linger", T4))),
    ("proceeding", "give-up"): _TIMEOUT,
    ("proceeding", "lost"): _LOST,
    ("completed", "linger"): _END,
}
"""Any other request over UDP [RFC3261 17.1.2]."""

REQUEST_CLIENT_STREAM: Table = {
    ("idle", "start"): ("trying", (Send("request"), _GIVE_UP)),
    ("trying", "provisional"): ("proceeding", (Deliver("response"),)),
    ("trying", "success"): ("terminated", (Deliver("response"), Done())),
    ("trying", "failure"): ("terminated", (Deliver("response"), Done())),
    ("trying", "give-up"): _TIMEOUT,
    ("trying", "lost"): _LOST,
    ("proceeding", "provisional"): ("proceeding", (Deliver("response"),)),
    ("proceeding", "success"): ("terminated", (Deliver("response"), Done())),
    ("proceeding", "failure"): ("terminated", (Deliver("response"), Done())),
    ("proceeding", "give-up"): _TIMEOUT,
    ("proceeding", "lost"): _LOST,
}
"""Any other request over TCP and TLS."""

_INVITE_SERVER: Table = {
    ("idle", "start"): ("proceeding", (Deliver("request"),)),
    ("proceeding", "request"): ("proceeding", (Send("response"),)),
    ("proceeding", "provisional"): ("proceeding", (Send("response"),)),
    ("proceeding", "success"): ("accepted", (Send("response"), SetTimer("linger", LIFE))),
    ("accepted", "success"): ("accepted", (Send("response"),)),
    ("accepted", "request"): ("accepted", ()),
    ("accepted", "ack"): ("accepted", (Deliver("ack"),)),
    ("accepted", "linger"): _END,
    ("completed", "give-up"): _TIMEOUT,
}

INVITE_SERVER_UDP: Table = _INVITE_SERVER | {
    ("proceeding", "failure"): ("completed", (Send("response"), _REPEAT, _GIVE_UP)),
    ("completed", "retransmit"): ("completed", (Send("response"), _REPEAT)),
    ("completed", "request"): ("completed", (Send("response"),)),
    ("completed", "ack"): ("confirmed", (_QUIET, _STAY, SetTimer("linger", T4))),
    ("confirmed", "ack"): ("confirmed", ()),
    ("confirmed", "request"): ("confirmed", ()),
    ("confirmed", "linger"): _END,
}
"""INVITE received over UDP [RFC3261 17.2.1; RFC6026 8.5]."""

INVITE_SERVER_STREAM: Table = _INVITE_SERVER | {
    ("proceeding", "failure"): ("completed", (Send("response"), _GIVE_UP)),
    ("completed", "request"): ("completed", (Send("response"),)),
    ("completed", "ack"): ("terminated", (Done(),)),
}
"""INVITE received over TCP and TLS."""

_REQUEST_SERVER: Table = {
    ("idle", "start"): ("trying", (Deliver("request"),)),
    ("trying", "request"): ("trying", ()),
    ("trying", "provisional"): ("proceeding", (Send("response"),)),
    ("proceeding", "request"): ("proceeding", (Send("response"),)),
    ("proceeding", "provisional"): ("proceeding", (Send("response"),)),
}

REQUEST_SERVER_UDP: Table = _REQUEST_SERVER | {
    ("trying", "success"): ("completed", (Send("response"), SetTimer("linger", LIFE))),
    ("trying", "failure"): ("completed", (Send("response"), SetTimer("linger", LIFE))),
    ("proceeding", "success"): ("completed", (Send("response"), SetTimer("linger", LIFE))),
    ("proceeding", "failure"): ("completed", (Send("response"), SetTimer("linger", LIFE))),
    ("completed", "request"): ("completed", (Send("response"),)),
    ("completed", "linger"): _END,
}
"""Any other request received over UDP [RFC3261 17.2.2]."""

REQUEST_SERVER_STREAM: Table = _REQUEST_SERVER | {
    ("trying", "success"): ("terminated", LAST),
    ("trying", "failure"): ("terminated", LAST),
    ("proceeding", "success"): ("terminated", LAST),
    ("proceeding", "failure"): ("terminated", LAST),
}
"""Any other request received over TCP and TLS."""


def client_table(method: str, *, reliable: bool) -> Table:
    """The machine of a request that is sent."""
    if method == "INVITE":
        return INVITE_CLIENT_STREAM if reliable else INVITE_CLIENT_UDP
    return REQUEST_CLIENT_STREAM if reliable else REQUEST_CLIENT_UDP


def server_table(method: str, *, reliable: bool) -> Table:
    """The machine of a request that is received."""
    if method == "INVITE":
        return INVITE_SERVER_STREAM if reliable else INVITE_SERVER_UDP
    return REQUEST_SERVER_STREAM if reliable else REQUEST_SERVER_UDP


def response_event(status: int) -> Event:
    """The event that a response of this status is."""
    if status < 200:
        return "provisional"
    return "success" if status < 300 else "failure"
