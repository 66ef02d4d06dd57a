"""Time zones as Exchange clients name and describe them.

A zone is named by a Windows id (``W. Europe Standard Time``); a client may send a whole definition instead. Rules come
from the IANA database by way of CLDR's table (``windows_zones.json``).
"""

from __future__ import annotations

import msgspec


class Period(msgspec.Struct, frozen=True):
    """A stretch with one offset. ``bias`` is minutes to add to local time to get UTC (west positive)."""

    id: str
    name: str
    bias: int


class Transition(msgspec.Struct, frozen=True):
    """When another period (``period``) or group of rules (``group``) begins; exactly one of both is set.

    ``kind`` is ``first`` (from the beginning), ``absolute`` (at ``at``, local ISO text as it was sent), ``day`` (the
    ``occurrence``-th ``weekday`` of ``month``, -1: last, at ``offset`` minutes after midnight) or ``date`` (``day`` of
    ``month``). ``weekday`` is 0 for Sunday.
    """

    kind: str
    period: str = ""
    group: str = ""
    at: str = ""
    month: int = 0
    weekday: int = 0
    occurrence: int = 0
    day: int = 0
    offset: int = 0


class TransitionsGroup(msgspec.Struct, frozen=True):
    """Rules that hold year after year while the group is in force."""

    id: str
    transitions: tuple[Transition, ...]


class ZoneDefinition(msgspec.Struct, frozen=True):
    """A zone: by ``id`` alone where the id is known, with its periods and transitions where it is a client's own."""

    id: str = ""
    name: str = ""
    periods: tuple[Period, ...] = ()
    groups: tuple[TransitionsGroup, ...] = ()
    transitions: tuple[Transition, ...] = ()
