"""GetUserAvailability."""

from __future__ import annotations

from base64 import b64decode
from datetime import tzinfo
from functools import lru_cache

from samband.exchange.actions.availability import Available
from samband.exchange.ews.call import Call, refusal
from samband.exchange.ews.suggestions import suggestion_days
from samband.model.failures import Failure
from samband.model.freebusy import (
    IS_EXCEPTION,
    IS_MEETING,
    IS_PRIVATE,
    IS_RECURRING,
    IS_REMINDER_SET,
    STATES,
    Stretch,
    View,
    WorkingHours,
)
from samband.model.item_values import FreeBusy
from samband.model.simple_zones import SimpleZone, YearlyChange, clock_of, simple_zone
from samband.wire.ews import availability as wire
from samband.wire.ews.ids import IdKind, write_id
from samband.wire.ews.versions import ServerVersion
from samband.wire.xml.reading import Element

_BITS = (IS_MEETING, IS_RECURRING, IS_EXCEPTION, IS_REMINDER_SET, IS_PRIVATE)
_NAMES = tuple(state.value for state in STATES)
_OLD_NAMES = tuple(FreeBusy.FREE.value if state is FreeBusy.WORKING_ELSEWHERE else state.value for state in STATES)


async def get_user_availability(call: Call, element: Element) -> str:
    """GetUserAvailability [MS-OXWAVLS]. Times are in the request's own zone, or the header's where it has none."""
    wish = wire.read_availability_wish(element)
    zone = call.zone if wish.zone is None else _clock(wish.zone)
    days = None if wish.suggestions is None else await suggestion_days(call, wish.suggestions, zone)
    if wish.window is None:
        if days is None:
            raise Failure("ErrorInvalidRequest", "Neither free/busy nor suggestions are asked for.", fatal=True)
        return wire.write_availability(None, days)
    start, end = (wire.read_moment(moment, zone) for moment in wish.window)
    found = await call.exchange.availability.get(
        call.caller, wish.addresses, start, end, wish.interval, View(wish.view)
    )
    names = _NAMES if call.version >= ServerVersion.Exchange2013 else _OLD_NAMES
    views = [
        wire.write_refused_view(refusal(one)) if isinstance(one, Failure) else _view(one, zone, start.year, names)
        for one in found
    ]
    return wire.write_availability(views, days)


@lru_cache(maxsize=256)
def _clock(zone: wire.Zone) -> tzinfo:
    try:
        return clock_of(SimpleZone(zone.bias, _change(zone.standard), _change(zone.daylight)))
    except Failure as failure:
        raise Failure(failure.code, failure.text, fatal=True) from failure


def _change(change: wire.Change) -> YearlyChange:
    return YearlyChange(change.bias, change.minutes, change.order, change.month, change.weekday, change.year)


def _view(found: Available, zone: tzinfo, year: int, names: tuple[str, ...]) -> str:
    if found.view is View.MERGED_ONLY:
        return wire.write_view(found.view, found.merged, None, "")
    text = wire.local_text(zone)
    detailed = found.view.detailed
    events = [
        wire.write_event(
            text(stretch.start), text(stretch.end), names[stretch.busy], _details(found, stretch) if detailed else ""
        )
        for stretch in found.stretches
    ]
    return wire.write_view(found.view, found.merged, events, _working_hours(found.hours, year))


def _details(found: Available, stretch: Stretch) -> str:
    bits = [bool(stretch.flags & bit) for bit in _BITS]
    if stretch.flags & IS_PRIVATE and not found.private:
        return wire.write_details("", "", "", bits)
    kind = IdKind.OCCURRENCE if stretch.ordinal else IdKind.ITEM
    identifier = b64decode(write_id(kind, found.mailbox, stretch.item, stretch.ordinal)).hex().upper()
    return wire.write_details(identifier, stretch.subject, stretch.location, bits)


@lru_cache(maxsize=256)
def _working_hours(hours: WorkingHours, year: int) -> str:
    return wire.write_working_hours(simple_zone(hours.zone, year), hours.periods)
