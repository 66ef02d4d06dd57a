"""The transaction tables, checked row by row against the figures of RFC 3261 17 and RFC 6026 7."""

from __future__ import annotations

import pytest

from samband.wire.sip import transaction as t
from samband.wire.sip.transaction import CancelTimer, Deliver, Done, Send, SetTimer, Table

TABLES: dict[str, Table] = {name: getattr(t, name) for name in dir(t) if name.endswith(("_UDP", "_STREAM"))}


def step(table: Table, state: t.State, event: t.Event) -> t.Step:
    return table.get((state, event), (state, ()))


def told(table: Table, state: t.State, event: t.Event) -> tuple[str, list[str]]:
    """Next state and effects in words, for the tables below."""
    after, effects = step(table, state, event)
    words = []
    for effect in effects:
        match effect:
            case Send(what):
                words.append(f"send {what}")
            case SetTimer(timer):
                words.append(f"set {timer}")
            case CancelTimer(timer):
                words.append(f"stop {timer}")
            case Deliver(news):
                words.append(f"tell {news}")
            case Done():
                words.append("done")
    return after, words


# A figure as a story: events from the start, and where each leads.
STORIES: list[tuple[str, list[tuple[t.Event, str, list[str]]]]] = [
    (
        "INVITE_CLIENT_UDP",  # figure 5: rejected
        [
            ("start", "calling", ["send request", "set retransmit", "set give-up"]),
            ("retransmit", "calling", ["send request", "set retransmit"]),
            ("provisional", "proceeding", ["stop retransmit", "stop give-up", "tell response"]),
            ("provisional", "proceeding", ["tell response"]),
            ("failure", "completed", ["send ack", "tell response", "set linger"]),
            ("failure", "completed", ["send ack"]),
            ("linger", "terminated", ["done"]),
        ],
    ),
    (
        "INVITE_CLIENT_UDP",  # RFC 6026: accepted, and the 2xx of another branch downstream
        [
            ("start", "calling", ["send request", "set retransmit", "set give-up"]),
            ("success", "accepted", ["stop retransmit", "stop give-up", "tell response", "set linger"]),
            ("success", "accepted", ["tell response"]),
            ("failure", "accepted", []),
            ("linger", "terminated", ["done"]),
        ],
    ),
    (
        "INVITE_CLIENT_STREAM",
        [
            ("start", "calling", ["send request", "set give-up"]),
            ("failure", "terminated", ["send ack", "tell response", "done"]),
        ],
    ),
    (
        "INVITE_CLIENT_STREAM",
        [
            ("start", "calling", ["send request", "set give-up"]),
            ("give-up", "terminated", ["tell timeout", "done"]),
        ],
    ),
    (
        "REQUEST_CLIENT_UDP",  # figure 6
        [
            ("start", "trying", ["send request", "set retransmit", "set give-up"]),
            ("retransmit", "trying", ["send request", "set retransmit"]),
            ("provisional", "proceeding", ["tell response", "set retransmit"]),
            ("retransmit", "proceeding", ["send request", "set retransmit"]),
            ("success", "completed", ["stop retransmit", "stop give-up", "tell response", "set linger"]),
            ("success", "completed", []),
            ("linger", "terminated", ["done"]),
        ],
    ),
    (
        "REQUEST_CLIENT_STREAM",
        [
            ("start", "trying", ["send request", "set give-up"]),
            ("failure", "terminated", ["tell response", "done"]),
        ],
    ),
    (
        "REQUEST_CLIENT_STREAM",
        [
            ("start", "trying", ["send request", "set give-up"]),
            ("lost", "terminated", ["tell lost", "done"]),
        ],
    ),
    (
        "INVITE_SERVER_UDP",  # figure 7: rejected
        [
            ("start", "proceeding", ["tell request"]),
            ("provisional", "proceeding", ["send response"]),
            ("request", "proceeding", ["send response"]),
            ("failure", "completed", ["send response", "set retransmit", "set give-up"]),
            ("retransmit", "completed", ["send response", "set retransmit"]),
            ("request", "completed", ["send response"]),
            ("ack", "confirmed", ["stop retransmit", "stop give-up", "set linger"]),
            ("ack", "confirmed", []),
            ("linger", "terminated", ["done"]),
        ],
    ),
    (
        "INVITE_SERVER_UDP",  # RFC 6026: accepted
        [
            ("start", "proceeding", ["tell request"]),
            ("success", "accepted", ["send response", "set linger"]),
            ("request", "accepted", []),
            ("success", "accepted", ["send response"]),
            ("ack", "accepted", ["tell ack"]),
            ("linger", "terminated", ["done"]),
        ],
    ),
    (
        "INVITE_SERVER_UDP",
        [
            ("start", "proceeding", ["tell request"]),
            ("failure", "completed", ["send response", "set retransmit", "set give-up"]),
            ("give-up", "terminated", ["tell timeout", "done"]),
        ],
    ),
    (
        "INVITE_SERVER_STREAM",
        [
            ("start", "proceeding", ["tell request"]),
            ("failure", "completed", ["send response", "set give-up"]),
            ("ack", "terminated", ["done"]),
        ],
    ),
    (
        "REQUEST_SERVER_UDP",  # figure 8
        [
            ("start", "trying", ["tell request"]),
            ("request", "trying", []),
            ("provisional", "proceeding", ["send response"]),
            ("request", "proceeding", ["send response"]),
            ("failure", "completed", ["send response", "set linger"]),
            ("request", "completed", ["send response"]),
            ("success", "completed", []),
            ("linger", "terminated", ["done"]),
        ],
    ),
    (
        "REQUEST_SERVER_STREAM",
        [
            ("start", "trying", ["tell request"]),
            ("success", "terminated", ["send response", "done"]),
        ],
    ),
]


@pytest.mark.parametrize(("name", "story"), STORIES)
def test_story(name: str, story: list[tuple[t.Event, str, list[str]]]) -> None:
    state: t.State = "idle"
    for event, after, words in story:
        assert told(TABLES[name], state, event) == (after, words)
        state = step(TABLES[name], state, event)[0]


@pytest.mark.parametrize("name", TABLES)
def test_every_state_can_be_left_and_ends(name: str) -> None:
    table = TABLES[name]
    states = {state for state, _ in table} | {after for after, _ in table.values()}
    reached = {"idle"}
    while True:
        more = {after for (state, _), (after, _) in table.items() if state in reached} - reached
        if not more:
            break
        reached |= more
    assert states <= reached, "no state is out of reach"
    for state in states - {"terminated"}:
        assert any(before == state and after != state for (before, _), (after, _) in table.items())


@pytest.mark.parametrize("name", TABLES)
def test_done_is_said_exactly_when_a_transaction_ends(name: str) -> None:
    for (state, _), (after, effects) in TABLES[name].items():
        assert state != "terminated"
        assert (after == "terminated") == any(isinstance(effect, Done) for effect in effects)
        if after == "terminated":
            assert isinstance(effects[-1], Done)


@pytest.mark.parametrize("name", [name for name in TABLES if name.endswith("_STREAM")])
def test_streams_repeat_nothing(name: str) -> None:
    for (_, event), (_, effects) in TABLES[name].items():
        assert event != "retransmit"
        assert not any(isinstance(effect, SetTimer) and effect.timer == "retransmit" for effect in effects)


@pytest.mark.parametrize("name", TABLES)
def test_whatever_waits_has_a_timer(name: str) -> None:
    """A state that the peer alone can end is entered with a timer that ends it, or left to the transaction's user."""
    table = TABLES[name]
    for (state, _), (after, effects) in table.items():
        if state == after or after in ("terminated",) or ("SERVER" in name and after in ("trying", "proceeding")):
            continue
        kept = {"proceeding"} if "INVITE_CLIENT" in name else set()
        timers = {effect.timer for effect in effects if isinstance(effect, SetTimer)} & {"give-up", "linger"}
        running = name.startswith("REQUEST_CLIENT") and after == "proceeding"
        assert timers or running or after in kept, (state, after)


@pytest.mark.parametrize(
    ("status", "event"),
    [
        (100, "provisional"),
        (199, "provisional"),
        (200, "success"),
        (299, "success"),
        (300, "failure"),
        (699, "failure"),
    ],
)
def test_events_of_responses(status: int, event: str) -> None:
    assert t.response_event(status) == event
