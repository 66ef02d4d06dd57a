"""Presence aggregation: a table of what is published and what watchers are told."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from msgspec.structs import replace

from samband.model.aggregation import Source, aggregate, aggregate_machine, seen_from
from samband.model.presence import Activity, State, StateKind, is_active

NOON = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def at(minutes: float, state: State, hosted: bool = False) -> Source:
    return Source(state, NOON + timedelta(minutes=minutes), hosted)


def machine(availability: int, **fields: str) -> State:
    return State(kind=StateKind.MACHINE, availability=availability, **fields)


def user(availability: int) -> State:
    return State(kind=StateKind.USER, availability=availability, manual=True)


def calendar(availability: int | None = 6500, token: str = "in-a-meeting", start: float | None = None) -> State:
    low, high = (6500, 8999) if token == "in-a-meeting" else (12000, 0xFFFFFFFF)
    return State(
        kind=StateKind.CALENDAR,
        availability=availability,
        activity=Activity(token=token, lowest=low, highest=high) if token else None,
        start=None if start is None else NOON + timedelta(minutes=start),
        meeting_subject="Budget" if token == "in-a-meeting" else "",
        meeting_location="Room 1" if token == "in-a-meeting" else "",
    )


PHONE = State(
    kind=StateKind.PHONE, availability=6500, activity=Activity(token="on-the-phone", lowest=6500, highest=8999)
)
OOF = calendar(None, "out-of-office")

TABLE: list[tuple[str, list[Source], int, str]] = [
    ("nothing published", [], 18500, ""),
    ("a choice survives its device", [at(0, user(6500))], 18500, ""),
    ("active", [at(0, machine(3500)), at(0, user(3500))], 3500, ""),
    ("inactive", [at(0, machine(5000)), at(0, user(3500))], 5000, ""),
    ("away by itself", [at(0, machine(15500)), at(0, user(3500))], 15500, ""),
    ("the most active device counts", [at(0, machine(15500)), at(1, machine(5000)), at(2, machine(3500))], 3500, ""),
    ("a device that is off is none", [at(0, machine(18500)), at(0, user(3500))], 18500, ""),
    ("busy by choice", [at(0, machine(3500)), at(1, user(6500))], 6500, ""),
    ("busy and idle", [at(0, machine(5000)), at(1, user(6500))], 8000, ""),
    ("busy and away", [at(0, machine(15500)), at(1, user(6500))], 15500, ""),
    ("do not disturb while idle", [at(0, machine(5000)), at(1, user(9500))], 9500, ""),
    ("be right back", [at(0, machine(3500)), at(1, user(12500))], 12500, ""),
    ("appears offline", [at(0, machine(3500)), at(1, user(18500))], 18500, ""),
    ("in a meeting", [at(0, machine(3500)), at(0, user(3500)), at(1, calendar())], 6500, "in-a-meeting"),
    (
        "signed in during the meeting",
        [at(5, machine(3500)), at(5, user(3500)), at(1, calendar())],
        6500,
        "in-a-meeting",
    ),
    ("in a meeting, idle", [at(0, machine(5000)), at(1, calendar())], 8000, "in-a-meeting"),
    ("in a meeting, away", [at(0, machine(15500)), at(1, calendar())], 15500, ""),
    ("busy that is no meeting", [at(0, machine(3500)), at(1, calendar(6500, ""))], 6500, ""),
    ("a choice after the meeting began", [at(0, machine(3500)), at(1, calendar()), at(2, user(6500))], 6500, ""),
    (
        "published after the choice, begun before it",
        [at(0, machine(3500)), at(2, user(6500)), at(3, calendar(start=1))],
        6500,
        "",
    ),
    (
        "a meeting after the choice",
        [at(0, machine(3500)), at(1, user(6500)), at(2, calendar())],
        6500,
        "in-a-meeting",
    ),
    ("do not disturb in a meeting", [at(0, machine(3500)), at(1, user(9500)), at(2, calendar())], 9500, ""),
    ("a call during a meeting", [at(0, machine(3500)), at(1, calendar()), at(2, PHONE)], 6500, "on-the-phone"),
    ("a meeting during a call", [at(0, machine(3500)), at(1, PHONE), at(2, calendar())], 6500, "in-a-meeting"),
    ("out of office, online", [at(0, machine(3500)), at(1, OOF)], 3500, ""),
    ("out of office, away", [at(0, machine(15500)), at(1, OOF)], 15500, "out-of-office"),
    ("out of office, offline", [at(1, OOF, hosted=True)], 18500, "out-of-office"),
    ("a server's meeting, offline", [at(1, calendar(), hosted=True)], 6500, "in-a-meeting"),
    ("a server's free calendar, offline", [at(1, OOF, hosted=True), at(0, user(3500))], 18500, "out-of-office"),
    ("a client's meeting, offline", [at(1, calendar())], 18500, ""),
    (
        "a server's meeting after a choice, offline",
        [at(0, calendar(), hosted=True), at(1, user(15500))],
        6500,
        "in-a-meeting",
    ),
    ("a server's meeting, hidden", [at(0, calendar(), hosted=True), at(1, user(18500))], 18500, ""),
    ("a server's meeting, online", [at(0, machine(3500)), at(1, calendar(), hosted=True)], 6500, "in-a-meeting"),
]


@pytest.mark.parametrize(
    ("sources", "availability", "token"), [row[1:] for row in TABLE], ids=[row[0] for row in TABLE]
)
def test_aggregate(sources: list[Source], availability: int, token: str) -> None:
    for order in (sources, sources[::-1]):
        state = aggregate(order)
        assert state.kind is StateKind.AGGREGATE
        assert state.availability == availability
        assert (state.activity.token if state.activity else "") == token


def test_meeting_details_come_with_its_activity() -> None:
    shown = aggregate([at(0, machine(3500)), at(1, calendar())])
    assert (shown.meeting_subject, shown.meeting_location) == ("Budget", "Room 1")
    hidden = aggregate([at(0, machine(3500)), at(1, calendar()), at(2, PHONE)])
    assert (hidden.meeting_subject, hidden.meeting_location) == ("", "")


def test_place_of_the_most_active_device() -> None:
    states = [at(0, machine(3500, location="Lab", device="computer")), at(1, machine(15500, location="Hut"))]
    assert (aggregate(states).location, aggregate(states).device) == ("Lab", "computer")
    assert aggregate(states[1:]).location == ""
    assert aggregate_machine(states).availability == 3500
    assert aggregate_machine([]).availability == 18500


def test_what_each_audience_sees() -> None:
    state = aggregate([at(0, machine(3500, location="Lab")), at(1, calendar())])
    assert seen_from(state, 300) == state
    assert seen_from(state, 2) == state
    friend = seen_from(replace(state, last_active=NOON), 400)
    assert (friend.meeting_subject, friend.meeting_location, friend.last_active) == ("", "", NOON)
    assert seen_from(replace(state, last_active=NOON), 200).last_active is None
    colleague = seen_from(state, 200)
    assert colleague.activity is not None
    assert (colleague.activity.token, colleague.location, colleague.meeting_subject) == ("in-a-meeting", "Lab", "")
    assert seen_from(state, 100) == State(kind=StateKind.AGGREGATE, availability=6500)


@pytest.mark.parametrize(
    ("availability", "active"),
    [
        (3500, True),
        (5000, False),
        (6500, True),
        (8000, False),
        (9500, True),
        (12500, False),
        (15500, False),
        (18500, False),
    ],
)
def test_active(availability: int, active: bool) -> None:
    assert is_active(availability) is active
