"""One state of many: what watchers are told of somebody with several devices, a calendar and a will [MS-PRES].

The most active device counts; what its owner chose counts over what was true before the choice; of all that remains the
least available state wins, and the activity that stands for the narrowest range of availability is shown
[MS-PRES 3.8.5.1.2.3].
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from msgspec.structs import replace

from samband.model.containers import AGGREGATION, AGGREGATION_TEAM, COLLEAGUES, EXTERNAL, FRIENDS, WORKGROUP
from samband.model.presence import (
    BE_RIGHT_BACK_FROM,
    BUSY_FROM,
    BUSY_IDLE,
    BUSY_IDLE_FROM,
    IDLE_FROM,
    OFFLINE,
    OFFLINE_FROM,
    Activity,
    State,
    StateKind,
)

AUDIENCES: dict[int, tuple[int, ...]] = {
    AGGREGATION: (AGGREGATION, EXTERNAL, COLLEAGUES, FRIENDS),
    AGGREGATION_TEAM: (AGGREGATION_TEAM, WORKGROUP),
}
"""Container that states are read from -> containers that the aggregate of them is published to."""

_INFORMED = frozenset((AGGREGATION, AGGREGATION_TEAM, WORKGROUP))
"""Containers that see what a meeting is about."""

_SITUATIONS = frozenset((StateKind.USER, StateKind.CALENDAR, StateKind.PHONE, StateKind.CONFERENCE))


@dataclass(frozen=True, slots=True)
class Source:
    """A state that goes into the aggregate. ``hosted`` ones are published by a server and live without any client."""

    state: State
    published: datetime
    hosted: bool = False

    @property
    def since(self) -> datetime:
        """When it began to be true: its start time if it has one, else when it was published."""
        return self.state.start or self.published


def aggregate(sources: Sequence[Source]) -> State:
    """The aggregated state of all states in one aggregation container; ``last_active`` is left to the caller."""
    machine = most_active(sources)
    situations = [source for source in sources if source.state.kind in _SITUATIONS]
    if machine is None:
        availability = _without_device(situations)
        situations = [source for source in situations if source.state.kind is not StateKind.USER]
    else:
        situations = _after_choice(situations)
        availability = _with_device(machine.state.availability or 0, situations)
    shown = _activity([*situations, *([machine] if machine else [])], availability)
    about = shown.state if shown and shown.state.kind is StateKind.CALENDAR else None
    at = machine.state if machine and availability < BE_RIGHT_BACK_FROM else None
    return State(
        kind=StateKind.AGGREGATE,
        availability=availability,
        activity=_bare(shown.state.activity) if shown else None,
        meeting_subject=about.meeting_subject if about else "",
        meeting_location=about.meeting_location if about else "",
        location=at.location if at else "",
        time_zone_bias=at.time_zone_bias if at else None,
        time_zone_name=at.time_zone_name if at else "",
        time_zone_abbreviation=at.time_zone_abbreviation if at else "",
        device=at.device if at else "",
    )


def aggregate_machine(sources: Iterable[Source]) -> State:
    """The state of the most active device, or offline where there is none."""
    machine = most_active(sources)
    if machine is None:
        return State(kind=StateKind.AGGREGATE_MACHINE, availability=OFFLINE)
    return State(
        kind=StateKind.AGGREGATE_MACHINE,
        availability=machine.state.availability,
        endpoint=machine.state.endpoint,
        device=machine.state.device,
    )


def most_active(sources: Iterable[Source]) -> Source | None:
    """The machine state with the lowest availability, of equals the latest; None where every device is offline."""
    machines = [
        source
        for source in sources
        if source.state.kind is StateKind.MACHINE
        and source.state.availability is not None
        and source.state.availability < OFFLINE_FROM
    ]
    return min(machines, key=lambda m: (m.state.availability, -m.published.timestamp()), default=None)


def seen_from(state: State, container: int) -> State:
    """An aggregated state as the readers of ``container`` may see it.

    Federated people get the number alone; what a meeting is about, only the workgroup and the owner learn; how long
    somebody has been away, friends too.
    """
    if container == EXTERNAL:
        return State(kind=state.kind, availability=state.availability)
    if container in _INFORMED:
        return state
    # Where nothing is left unsaid it is the same: a server keeps one for each reader of everybody.
    if state.meeting_subject or state.meeting_location:
        state = replace(state, meeting_subject="", meeting_location="")
    return state if container == FRIENDS or state.last_active is None else replace(state, last_active=None)


def _after_choice(situations: list[Source]) -> list[Source]:
    """Drop what was true before the owner's latest choice.

    "Available" is no choice: clients publish it whenever they sign in and when a person resets the status, and a
    meeting that runs must show again then.
    """
    choices = [
        source
        for source in situations
        if source.state.kind is StateKind.USER and source.state.manual and (source.state.availability or 0) >= BUSY_FROM
    ]
    if not choices:
        return situations
    latest = max(choices, key=lambda choice: choice.since)
    return [source for source in situations if source is latest or source.since > latest.since]


def _with_device(machine: int, situations: list[Source]) -> int:
    situation = max((source.state.availability or 0 for source in situations), default=0)
    idle = IDLE_FROM <= machine < BUSY_FROM
    if idle and BUSY_FROM <= situation < BUSY_IDLE_FROM:
        return BUSY_IDLE
    return max(machine, situation)


def _without_device(situations: list[Source]) -> int:
    """Offline, unless a server knows better and the owner does not want to appear offline.

    Other choices of the owner were made for a device that is gone.
    """
    chosen = max(
        (source for source in situations if source.state.kind is StateKind.USER),
        key=lambda source: source.since,
        default=None,
    )
    hidden = chosen is not None and (chosen.state.availability or 0) >= OFFLINE_FROM
    known = [source.state.availability for source in situations if source.hosted and source.state.availability]
    return OFFLINE if hidden or not known else max(known)


def _activity(sources: Iterable[Source], availability: int) -> Source | None:
    """Whose activity is shown: the highest ``minAvailability``, of equals the latest [MS-PRES 3.8.5.1.2.3]."""
    fitting = [
        (source.state.activity.lowest, source.since, source)
        for source in sources
        if source.state.activity is not None and source.state.activity.fits(availability)
    ]
    return max(fitting, key=lambda entry: entry[:2])[2] if fitting else None


def _bare(activity: Activity | None) -> Activity | None:
    """What is shown of an activity: its range has served its purpose."""
    return Activity(token=activity.token, texts=activity.texts) if activity else None
