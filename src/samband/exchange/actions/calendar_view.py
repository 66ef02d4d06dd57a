"""A stretch of a calendar, series expanded: FindItem with a CalendarView."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import islice
from typing import NamedTuple

import msgspec

from samband.exchange.actions.calendar_writes import calendar_properties, entry
from samband.exchange.actions.gate import Pass
from samband.exchange.actions.mailboxes import require
from samband.model import calendar_items
from samband.model.failures import Failure
from samband.model.folders import FolderKind, Place
from samband.model.freebusy import IS_EXCEPTION, Stretch
from samband.model.items import Item
from samband.model.occurrences import FIRST_DAY, LAST_DAY
from samband.model.permissions import Need
from samband.store import calendar as entries
from samband.store import items as rows
from samband.store.api import Blobs, Tx

Bounds = tuple[datetime | None, datetime | None, int | None, bool]
"""Start, end, how many at most, and whether occurrences are compared by when they began before they were moved."""
MAX_OCCURRENCES = 1000
MAX_RANGE = timedelta(days=2 * 366)


class CalendarView(NamedTuple):
    """What stands in a stretch of a calendar, by start: at most so many as asked for of ``total``."""

    items: list[Item]
    total: int


def check_range(start: datetime, end: datetime) -> None:
    """Raise ``Failure`` where a view is asked for that cannot be."""
    if end < start:
        raise Failure("ErrorCalendarEndDateIsEarlierThanStartDate", "EndDate is earlier than StartDate.")
    if start.date() < FIRST_DAY or end.date() > LAST_DAY:
        raise Failure("ErrorValueOutOfRange", "The calendar view is out of the range of calendars.")
    if end - start > MAX_RANGE:
        raise Failure("ErrorCalendarViewRangeTooBig", "The calendar view spans more than two years.")


def view(tx: Tx, blobs: Blobs, place: Place, start: datetime, end: datetime, limit: int, heavy: bool) -> CalendarView:
    """What overlaps or touches [``start``, ``end``) of the calendar at ``place``; ``heavy`` items have their bodies.

    Raises ``Failure`` where the folder is gone or is no calendar.
    """
    if require(tx, place, need=Need.GLIMPSE).kind is not FolderKind.CALENDAR:
        raise Failure("ErrorCalendarFolderIsInvalidForCalendarView", "The folder is not a calendar folder.")
    begin = int(start.timestamp())
    # Unlike free/busy, a view also has what ends at the moment it begins: Exchange does, and clients count on it.
    found = [one for one in entries.window(tx, place.folder, begin - 1, int(end.timestamp())) if one.end >= begin]
    page = found[:limit]
    masters = rows.get_many(tx, blobs, list(dict.fromkeys(one.item for one in page)), heavy=heavy)
    items = [shown(tx, masters[one.item], one) for one in page if one.item in masters]
    if place.visitor is not None:
        visit = Pass(tx, place.mailbox, place.visitor)
        items = [visit.item(item, Need.GLIMPSE) for item in items]
    return CalendarView(items, len(found))


def shown(tx: Tx, item: Item, stretch: Stretch) -> Item:
    """The item or occurrence that ``stretch`` is of; ``item`` is it or its series."""
    if not stretch.ordinal:
        return item
    if stretch.flags & IS_EXCEPTION:
        return entry(tx, item, stretch.ordinal).shown
    properties = calendar_items.occurrence_of(calendar_properties(item), stretch.ordinal)
    return msgspec.structs.replace(item, properties=properties, occurrence=stretch.ordinal)


def ranges(tx: Tx, series: Item, bounds: Sequence[Bounds]) -> list[Item]:
    """``series`` and those of its occurrences that begin within ``bounds``, each once, at most ``MAX_OCCURRENCES``.

    Raises ``Failure`` where it is no series.
    """
    found: dict[int, Item] = {}
    for bound in bounds:
        for item in islice(_within(tx, series, bound), bound[2] if bound[2] is not None else MAX_OCCURRENCES):
            found.setdefault(item.occurrence, item)
    return [series, *[found[ordinal] for ordinal in sorted(found)][:MAX_OCCURRENCES]]


def _within(tx: Tx, series: Item, bound: Bounds) -> Iterator[Item]:
    """The occurrences that begin within a bound, in order."""
    start, end, _, original = bound
    properties = calendar_properties(series)
    pattern = calendar_items.series_of_item(properties)
    gone = {one.ordinal for one in properties.deleted_occurrences}
    first = pattern.days.start if start is None else max(start.astimezone(pattern.zone).date(), pattern.days.start)
    # One that was moved may stand beside its neighbours' places: begin and end one further.
    ordinal = max(1, pattern.days.first_from(first) - 1)
    while (place := pattern.occurrence(ordinal)) is not None:
        if ordinal not in gone:
            item = entry(tx, series, ordinal).shown
            begins = place.start if original else calendar_properties(item).start
            if end is not None and begins is not None and begins >= end:
                return
            if start is None or (begins is not None and begins >= start):
                yield item
        ordinal += 1
