"""Plain SIP presence and states say the same: a table read both ways."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from samband.model.aggregation import Source, aggregate
from samband.model.plain_presence import CLOSED, PlainPresence, drafts_of, plain_of
from samband.model.presence import Activity, Note, NoteKind, State, StateKind

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def told(plain: PlainPresence) -> State:
    """What a Lync watcher sees of what a plain client says."""
    states = [draft.value for draft in drafts_of(plain, 7) if draft.category == "state" and draft.container == 2]
    return aggregate([Source(state, NOW) for state in states if isinstance(state, State)])


def says(*activities: str, **fields: object) -> PlainPresence:
    return PlainPresence(open=True, activities=activities, **fields)  # type: ignore[arg-type]


BOTH_WAYS = [
    (CLOSED, 18500, ""),
    (says(), 3500, ""),
    (says(idle=True), 5000, ""),
    (says("busy"), 6500, ""),
    (says("busy", "meeting"), 6500, "in-a-meeting"),
    (says("busy", "on-the-phone"), 6500, "on-the-phone"),
    (says("busy", idle=True), 8000, ""),
    (says("busy", other="do-not-disturb"), 9500, ""),
    (says("away", other="be-right-back"), 12500, ""),
    (says("away"), 15500, ""),
]


@pytest.mark.parametrize(("plain", "availability", "token"), BOTH_WAYS)
def test_both_ways(plain: PlainPresence, availability: int, token: str) -> None:
    state = told(plain)
    assert state.availability == availability
    assert (state.activity.token if state.activity else "") == token
    assert plain_of([state]) == plain


@pytest.mark.parametrize(
    ("plain", "availability"),
    [(says("lunch"), 12500), (says("vacation"), 15500), (says("tv"), 3500), (says("meeting", "busy"), 6500)],
)
def test_other_words(plain: PlainPresence, availability: int) -> None:
    assert told(plain).availability == availability


def test_what_is_not_known_is_closed() -> None:
    assert plain_of([]) == CLOSED
    assert plain_of([State(kind=StateKind.AGGREGATE, availability=0)]) == CLOSED
    assert plain_of([State(kind=StateKind.MACHINE, availability=3500)]) == CLOSED


def test_the_out_of_office_note_wins() -> None:
    state = State(kind=StateKind.AGGREGATE, availability=6500, activity=Activity(token="in-a-conference"))
    notes = [Note(text="mine"), Note(text="gone", kind=NoteKind.OUT_OF_OFFICE), Note(text="")]
    assert plain_of([state, *notes]) == says("busy", "meeting", note="gone")
    assert plain_of([state, notes[0]]).note == "mine"


def test_a_note_is_published_to_those_who_may_read_it() -> None:
    drafts = [draft for draft in drafts_of(says(note="hi"), 7) if draft.category == "note"]
    assert {draft.container for draft in drafts} == {200, 300, 400}
