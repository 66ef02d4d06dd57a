"""What a request asks of a resource, and what stands against it in the resource's calendar."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from samband.exchange.actions.calendar_writes import Entry
from samband.model import rooms as rules
from samband.model.freebusy import STATES, Stretch
from samband.model.item_values import FreeBusy, ResponseType
from samband.model.items import CalendarProperties
from samband.model.rooms import Booking, Slot
from samband.model.zone_rules import zone_of
from samband.store import calendar as entries
from samband.store import items as rows
from samband.store.api import Blobs, Tx

_FREE = STATES.index(FreeBusy.FREE)


def booking(tx: Tx, blobs: Blobs, known: Entry, until: datetime, *, permitted: bool) -> Booking:
    """The request that ``known``, an entry of a resource's calendar, came of; a series is read up to ``until``.

    What was asked for later or not answered yet stands against nothing: who comes first is served first.
    """
    wanted = known.properties
    assert wanted.start is not None and wanted.end is not None
    begin, stop = int(wanted.start.timestamp()), int(wanted.end.timestamp())
    series = wanted.recurrence is not None and not known.ordinal
    if series:
        last = wanted.last_occurrence
        stop = int(min(until, last.end if last is not None else until).timestamp())
    found = entries.window(tx, known.item.folder, begin, max(stop, begin + 1))
    slots = [Slot(wanted.start, wanted.end, known.ordinal)]
    if series:
        slots = [Slot(_moment(one.start), _moment(one.end), one.ordinal) for one in found if one.item == known.item.id]
    taken = _taken(tx, blobs, (one for one in found if one.item != known.item.id and one.busy != _FREE))
    clock = zone_of(wanted.start_time_zone)
    return Booking(wanted, slots, rules.conflicts_of(slots, taken), permitted, clock)


def _taken(tx: Tx, blobs: Blobs, others: Iterable[Stretch]) -> list[tuple[str, datetime, datetime]]:
    stretches = list(others)
    items = rows.get_many(tx, blobs, list({one.item for one in stretches}), heavy=False, attachments=False)
    holders = {item.id: item.properties for item in items.values()}
    taken = []
    for one in stretches:
        holder = holders.get(one.item)
        if isinstance(holder, CalendarProperties) and holder.my_response_type is not ResponseType.NO_RESPONSE_RECEIVED:
            name = holder.organizer.name if holder.organizer is not None else ""
            taken.append((name, _moment(one.start), _moment(one.end)))
    return taken


def _moment(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
