"""GetServerTimeZones on the wire [MS-OXWSGTZ]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from samband.wire.ews.fields.zones import write_zone
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element, bad_attribute, text
from samband.wire.xml.values import read_boolean


@dataclass(frozen=True, slots=True)
class ZonesWish:
    """Which zones are asked for (None: all), and whether with periods and transitions."""

    ids: tuple[str, ...] | None
    full: bool


def read_zones_wish(element: Element) -> ZonesWish:
    """A GetServerTimeZones request. Raises ``SchemaViolation``."""
    said = element.get("ReturnFullTimeZoneData", "true")
    try:
        full = read_boolean(said.lower())
    except ValueError:
        raise bad_attribute("ReturnFullTimeZoneData", said) from None
    named = element.find(M + "Ids")
    return ZonesWish(None if named is None else tuple(text(one) for one in named.iterfind(T + "Id")), full)


def write_zones(zones: Iterable[Any]) -> str:
    """A whole GetServerTimeZonesResponse."""
    written = "".join(write_zone("TimeZoneDefinition", zone) for zone in zones)
    return write_batch("GetServerTimeZones", [f"<m:TimeZoneDefinitions>{written}</m:TimeZoneDefinitions>"])
