"""Time zones as Exchange clients name and describe them.

A zone is named by a Windows id (``W. Europe Standard Time``); a client may send a whole definition instead. Rules come
from the IANA database by way of CLDR's table (``windows_zones.json``).
"""

from __future__ import annotations

import json
from datetime import UTC, tzinfo
from functools import lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

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


UTC_ID = "UTC"
_TABLE: dict[str, list[str]] = json.loads(
    resources.files("samband.model").joinpath("windows_zones.json").read_text(encoding="utf-8")
)["zones"]
_BY_LOWER = {name.lower(): name for name in _TABLE} | {"tzone://microsoft/utc": UTC_ID}
_BY_IANA = {iana: name for name, ianas in _TABLE.items() for iana in ianas}


def windows_ids() -> tuple[str, ...]:
    """Every Windows zone id, in alphabetic order."""
    return tuple(sorted(_TABLE, key=str.lower))


def known_id(name: str) -> str | None:
    """The Windows id that ``name`` means, whatever its case, or None."""
    return _BY_LOWER.get(name.lower())


def cities(windows_id: str) -> tuple[str, ...]:
    """IANA names of the places where a Windows zone holds, the one whose rules count first."""
    return tuple(_TABLE[windows_id])


def windows_id(iana: str) -> str | None:
    """The Windows id of an IANA name, or None."""
    return _BY_IANA.get(iana)


@lru_cache(maxsize=512)
def zone_named(name: str) -> tzinfo | None:
    """The rules of a zone by its Windows id, or None where the id is unknown."""
    found = known_id(name)
    if found is None:
        return None
    return UTC if found == UTC_ID else ZoneInfo(_TABLE[found][0])
