"""GetServerTimeZones, and the time zone that the header of a request names."""

from __future__ import annotations

import asyncio
from datetime import UTC, tzinfo
from functools import lru_cache

import msgspec

from samband.exchange.ews.call import Call
from samband.model.failures import Failure
from samband.model.item_requests import Draft
from samband.model.items import CalendarProperties
from samband.model.timezones import ZoneDefinition, known_id, windows_ids
from samband.model.zone_definitions import definition_of
from samband.model.zone_rules import told, zone_of
from samband.wire.ews.fields.zones import read_zone
from samband.wire.ews.names import T
from samband.wire.ews.timezones import read_zones_wish, write_zones
from samband.wire.xml.reading import Element, required

_MANY = 20


async def get_server_time_zones(call: Call, element: Element) -> str:
    """GetServerTimeZones [MS-OXWSGTZ]: the zones asked for that are known, else all."""
    wish = read_zones_wish(element)
    ids = windows_ids() if wish.ids is None else _known(wish.ids)
    if len(ids) < _MANY:
        return _answer(ids, wish.full)
    return await asyncio.to_thread(_answer, ids, wish.full)


def _known(ids: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found for name in ids if (found := known_id(name)) is not None))


@lru_cache(maxsize=8)
def _answer(ids: tuple[str, ...], full: bool) -> str:
    found = [definition for name in ids if (definition := definition_of(name)) is not None]
    return write_zones(found if full else [ZoneDefinition(zone.id, zone.name) for zone in found])


def in_zone_of_request(draft: Draft, zone: tzinfo) -> Draft:
    """A new calendar item in the request's zone, where it names none of its own."""
    properties = draft.properties
    if not isinstance(properties, CalendarProperties) or properties.start_time_zone is not None:
        return draft
    return msgspec.structs.replace(draft, properties=msgspec.structs.replace(properties, start_time_zone=told(zone)))


def zone_of_context(header: Element | None) -> tzinfo:
    """The zone of a TimeZoneContext header; UTC where there is none. Raises a fatal ``Failure`` ErrorTimeZone."""
    if header is None:
        return UTC
    definition = msgspec.convert(read_zone(required(header, T + "TimeZoneDefinition")), ZoneDefinition)
    try:
        return zone_of(definition)
    except Failure as failure:
        raise Failure(failure.code, failure.text, fatal=True) from failure
