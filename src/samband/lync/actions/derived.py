"""What a server publishes of its own accord for an owner: aggregated states, and who they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache

from msgspec.structs import replace

from samband.model.aggregation import AUDIENCES, Source, aggregate, aggregate_machine, seen_from
from samband.model.containers import AGGREGATION, BLOCKED, COLLEAGUES, DEFAULT, EXTERNAL, FRIENDS, WORKGROUP
from samband.model.presence import (
    AGGREGATE_INSTANCE,
    MACHINE_INSTANCE,
    OFFLINE,
    Card,
    ExpireType,
    Instance,
    Key,
    State,
    StateKind,
    Value,
    is_active,
)

Touched = set[tuple[str, int]]
"""(category, container) pairs that are not as they were."""

_DETAILED = frozenset((COLLEAGUES, WORKGROUP, FRIENDS))
_IDENTIFIED = (DEFAULT, EXTERNAL, COLLEAGUES, WORKGROUP, FRIENDS, BLOCKED)
"""Everybody may learn whom an address belongs to; only some, where they sit and work."""

_NOBODY = State(kind=StateKind.AGGREGATE, availability=OFFLINE)


@cache
def _key(category: str, number: int, container: int) -> Key:
    """One for all owners: there are a dozen, and everybody has each."""
    return (category, number, container)


class Derived:
    """The server's own instances of one owner."""

    __slots__ = ("_clock", "_last_active", "instances")

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self.instances: dict[Key, Instance] = {}
        self._clock = clock
        self._last_active: datetime | None = None
        """When the owner stopped being active; None while they are, and where it is not known."""

    def aggregate(self, sources: Callable[[int], Sequence[Source]]) -> Touched:
        """Aggregate the states that ``sources`` gives for each aggregation container."""
        touched: Touched = set()
        now = self._clock()
        for origin, audiences in AUDIENCES.items():
            found = sources(origin)
            state = aggregate(found)
            if origin == AGGREGATION:
                self._notice(state, now)
                machine = aggregate_machine(found)
                touched |= self._put("state", MACHINE_INSTANCE, AGGREGATION, machine, ExpireType.USER, now)
            if self._last_active is not None and not is_active(state.availability or 0):
                state = replace(state, last_active=self._last_active)
            for container in audiences:
                seen = seen_from(state, container)
                touched |= self._put("state", AGGREGATE_INSTANCE, container, seen, ExpireType.USER, now)
        return touched | self._put("state", AGGREGATE_INSTANCE, BLOCKED, _NOBODY, ExpireType.STATIC, now)

    def card(self, card: Card) -> Touched:
        """Publish who the owner is, as the directory has it."""
        identity = Card(display_name=card.display_name, email=card.email)
        touched: Touched = set()
        now = self._clock()
        for container in _IDENTIFIED:
            value = card if container in _DETAILED else identity
            touched |= self._put("contactCard", 0, container, value, ExpireType.STATIC, now)
        return touched

    def _notice(self, state: State, now: datetime) -> None:
        before = self.instances.get(("state", AGGREGATE_INSTANCE, AGGREGATION))
        if is_active(state.availability or 0):
            self._last_active = None
        elif before is not None and before.state is not None and is_active(before.state.availability or 0):
            self._last_active = now

    def _put(
        self, category: str, number: int, container: int, value: Value, expire_type: ExpireType, now: datetime
    ) -> Touched:
        key = _key(category, number, container)
        before = self.instances.get(key)
        if before is not None and before.value == value:
            return set()
        self.instances[key] = Instance(
            category=category,
            instance=number,
            container=container,
            version=before.version + 1 if before else 1,
            published=now,
            expire_type=expire_type,
            value=value,
        )
        return {(category, container)}
