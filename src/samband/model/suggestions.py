"""Times that suit the attendees of a meeting, and how well. Pure rules; times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum, StrEnum
from typing import NamedTuple

import msgspec

from samband.model.freebusy import DIGITS, STATES, Stretch

STEP = 1800
"""A meeting is suggested every so many seconds."""
_FREE, _NO_DATA = "0", "4"
_HALF = 50


class Role(StrEnum):
    """MeetingAttendeeType."""

    ORGANIZER = "Organizer"
    REQUIRED = "Required"
    OPTIONAL = "Optional"
    ROOM = "Room"
    RESOURCE = "Resource"


class Quality(IntEnum):
    """SuggestionQuality, the best first."""

    EXCELLENT = 0
    GOOD = 1
    FAIR = 2
    POOR = 3


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """SuggestionsViewOptions, but for the window; ``current`` is when the meeting takes place as yet."""

    good_threshold: int = 25
    maximum_by_day: int = 10
    maximum_non_work_by_day: int = 0
    minutes: int = 60
    minimum: Quality = Quality.FAIR
    current: int | None = None


class Party(NamedTuple):
    """One attendee: of each member (one, unless it is a group) what is in the calendar; None: nobody knows.

    ``members`` None: nobody of that address is known. ``too_big``: a group with more members than are looked at.
    """

    role: Role
    members: Sequence[Sequence[Stretch] | None] | None
    group: bool = False
    too_big: bool = False
    exclude: bool = False
    """Whether a time at which this attendee cannot come is not suggested at all."""


class Conflict(NamedTuple):
    """How an attendee stands to a time: for each member the digit of merged free/busy, ``4`` where nobody knows."""

    party: Party
    digits: str

    @property
    def is_conflict(self) -> bool:
        """Whether somebody of it cannot come."""
        return any(digit not in (_FREE, _NO_DATA) for digit in self.digits)


class Suggestion(NamedTuple):
    """A time for a meeting."""

    start: int
    work: bool
    quality: Quality
    conflicts: tuple[Conflict, ...]


class Day(NamedTuple):
    """The suggestions of one day that begins at ``start``, the best first."""

    start: int
    quality: Quality
    suggestions: tuple[Suggestion, ...]


def suggest(
    parties: Sequence[Party],
    options: Options,
    days: Iterable[tuple[int, Sequence[int]]],
    works: Callable[[int, int], bool],
) -> list[Day]:
    """For each day (its start, and the times that may be) what suits; ``works(start, end)``: is it working time."""
    return [_day(parties, options, start, times, works) for start, times in days]


def _day(
    parties: Sequence[Party], options: Options, start: int, times: Sequence[int], works: Callable[[int, int], bool]
) -> Day:
    length = options.minutes * 60
    found = [_judged(parties, options, time, works(time, time + length)) for time in times]
    kept = [
        one
        for one in found
        if one.quality <= options.minimum and not any(said.party.exclude and said.is_conflict for said in one.conflicts)
    ]
    kept.sort(key=lambda one: (one.quality, one.start))
    work = [one for one in kept if one.work][: options.maximum_by_day]
    room = min(options.maximum_non_work_by_day, options.maximum_by_day - len(work))
    chosen = sorted(
        [*work, *[one for one in kept if not one.work][: max(room, 0)]], key=lambda one: (one.quality, one.start)
    )
    return Day(start, min((one.quality for one in chosen), default=Quality.POOR), tuple(chosen))


def _judged(parties: Sequence[Party], options: Options, start: int, work: bool) -> Suggestion:
    end = start + options.minutes * 60
    conflicts = tuple(Conflict(party, _digits(party, start, end, options.current)) for party in parties)
    return Suggestion(start, work, _quality(conflicts, options.good_threshold), conflicts)


def _digits(party: Party, start: int, end: int, current: int | None) -> str:
    if party.members is None or party.too_big:
        return ""
    return "".join(_digit(member, start, end, current) for member in party.members)


def _digit(member: Sequence[Stretch] | None, start: int, end: int, current: int | None) -> str:
    if member is None:
        return _NO_DATA
    met = (DIGITS[STATES[one.busy]] for one in member if one.start < end and one.end > start and one.start != current)
    return str(max(met, default=0))


def _quality(conflicts: Sequence[Conflict], good: int) -> Quality:
    """By the share of people who cannot come; where rooms are asked for, one of them must be free."""
    people = [one for one in conflicts if one.party.role is not Role.ROOM]
    rooms = [one for one in conflicts if one.party.role is Role.ROOM and one.digits]
    busy = sum(one.is_conflict for one in people) + bool(rooms and all(one.is_conflict for one in rooms))
    asked = len(people) + bool(rooms)
    share = busy * 100 / asked if asked else 0
    if share == 0:
        return Quality.EXCELLENT
    if share <= good:
        return Quality.GOOD
    return Quality.FAIR if share < _HALF else Quality.POOR
