"""Presence between two worlds: the few words of plain SIP clients [RFC3863, RFC4480], and states and notes."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from samband.model.containers import AGGREGATION, AGGREGATION_TEAM, COLLEAGUES, FRIENDS, WORKGROUP
from samband.model.presence import (
    AVAILABLE,
    AWAY,
    AWAY_FROM,
    BE_RIGHT_BACK,
    BE_RIGHT_BACK_FROM,
    BUSY,
    BUSY_FROM,
    BUSY_IDLE_FROM,
    DO_NOT_DISTURB,
    DO_NOT_DISTURB_FROM,
    IDLE,
    IDLE_FROM,
    IN_A_MEETING,
    OFFLINE,
    OFFLINE_FROM,
    ON_THE_PHONE,
    Activity,
    Draft,
    ExpireType,
    Note,
    NoteKind,
    State,
    StateKind,
    Value,
)

DO_NOT_DISTURB_WORD = "do-not-disturb"
BE_RIGHT_BACK_WORD = "be-right-back"

_AWAY = frozenset({"away", "holiday", "in-transit", "permanent-absence", "sleeping", "travel", "vacation"})
_SOON_BACK = frozenset({"breakfast", "dinner", "lunch", "meal"})
_MEETING = frozenset({"appointment", "meeting", "presentation"})
_BUSY = frozenset({"busy", "performance", "steering", "working"})
_MEETING_TOKENS = frozenset({IN_A_MEETING, "in-a-conference"})
_LONGEST_BUSY = 8999


class PlainPresence(Struct, frozen=True, kw_only=True):
    """What a plain client says or is told. ``activities`` are RPID's words, ``other`` one in its user's own."""

    open: bool
    activities: tuple[str, ...] = ()
    other: str = ""
    idle: bool = False
    note: str = ""


CLOSED = PlainPresence(open=False)


def drafts_of(plain: PlainPresence, instance: int) -> list[Draft]:
    """The publications that say the same. ``instance`` keeps the client apart from the owner's other devices."""
    states = [State(kind=StateKind.MACHINE, availability=_at_device(plain))]
    states += _situations(plain) if plain.open else []
    values: list[tuple[str, int, int, Value]] = [
        ("state", instance + place, container, state)
        for container in (AGGREGATION, AGGREGATION_TEAM)
        for place, state in enumerate(states)
    ]
    if plain.note:
        note = Note(text=plain.note)
        values += [("note", instance, container, note) for container in (COLLEAGUES, WORKGROUP, FRIENDS)]
    return [
        Draft(category=category, instance=number, container=container, expire_type=ExpireType.USER, value=value)
        for category, number, container, value in values
    ]


def _at_device(plain: PlainPresence) -> int:
    words = frozenset(plain.activities)
    if not plain.open:
        return OFFLINE
    if plain.other == BE_RIGHT_BACK_WORD or words & _SOON_BACK:
        return BE_RIGHT_BACK
    if words & _AWAY:
        return AWAY
    return IDLE if plain.idle else AVAILABLE


def _situations(plain: PlainPresence) -> list[State]:
    words = frozenset(plain.activities)
    found = []
    if plain.other == DO_NOT_DISTURB_WORD:
        found.append(State(kind=StateKind.USER, availability=DO_NOT_DISTURB))
    if "on-the-phone" in words:
        found.append(_doing(StateKind.PHONE, ON_THE_PHONE))
    if words & _MEETING:
        found.append(_doing(StateKind.CONFERENCE, IN_A_MEETING))
    if words & _BUSY and not found:
        found.append(State(kind=StateKind.USER, availability=BUSY))
    return found


def _doing(kind: StateKind, token: str) -> State:
    activity = Activity(token=token, lowest=BUSY, highest=_LONGEST_BUSY)
    return State(kind=kind, availability=BUSY, activity=activity)


def plain_of(values: Iterable[Value | None]) -> PlainPresence:
    """What a plain watcher is told of the values it may see: the aggregated state and the notes."""
    known = list(values)
    state = next((one for one in known if isinstance(one, State) and one.kind is StateKind.AGGREGATE), None)
    notes = [one for one in known if isinstance(one, Note) and one.text]
    notes.sort(key=lambda note: note.kind is not NoteKind.OUT_OF_OFFICE)
    note = notes[0].text if notes else ""
    availability = OFFLINE if state is None or state.availability is None else state.availability
    token = state.activity.token if state and state.activity else ""
    if availability >= OFFLINE_FROM or availability < AVAILABLE - 500:
        return PlainPresence(open=False, note=note)
    if availability >= AWAY_FROM:
        return PlainPresence(open=True, activities=("away",), note=note)
    if availability >= BE_RIGHT_BACK_FROM:
        return PlainPresence(open=True, activities=("away",), other=BE_RIGHT_BACK_WORD, note=note)
    if availability >= DO_NOT_DISTURB_FROM:
        return PlainPresence(open=True, activities=("busy",), other=DO_NOT_DISTURB_WORD, note=note)
    if availability >= BUSY_FROM:
        idle = availability >= BUSY_IDLE_FROM
        return PlainPresence(open=True, activities=("busy", *_words(token)), idle=idle, note=note)
    return PlainPresence(open=True, idle=availability >= IDLE_FROM, note=note)


def _words(token: str) -> tuple[str, ...]:
    if token in _MEETING_TOKENS:
        return ("meeting",)
    return ("on-the-phone",) if token == ON_THE_PHONE else ()
