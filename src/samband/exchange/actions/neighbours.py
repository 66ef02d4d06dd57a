"""What else is in a calendar at the time of a meeting, and right before and after it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import msgspec

from samband.exchange.actions.calendar_view import shown
from samband.model.freebusy import STATES, Stretch
from samband.model.item_values import CalendarItemType, FreeBusy
from samband.model.items import CalendarProperties, Item, MeetingRequestProperties
from samband.store import calendar as entries
from samband.store import items as rows
from samband.store.api import Blobs, Tx

MOST = 100
"""How many neighbours are told of, of each kind."""


def among(tx: Tx, blobs: Blobs, item: Item, calendar: int) -> Item:
    """``item``, an appointment or a request of a meeting, with its neighbours in the folder ``calendar``.

    What leaves its owner free is no neighbour. A whole series has none, nor has what is cancelled.
    """
    own = item.properties
    if not isinstance(own, CalendarProperties | MeetingRequestProperties) or own.start is None or own.end is None:
        return item
    if own.calendar_item_type is CalendarItemType.RECURRING_MASTER or own.is_cancelled:
        return msgspec.structs.replace(item, conflicting=(), adjacent=())
    itself = item.id if isinstance(own, CalendarProperties) else own.associated_calendar_item
    start, end = _second(own.start), _second(own.end)
    near = [
        one
        for one in entries.window(tx, calendar, start - 1, end + 1)
        if not (one.item == itself and one.ordinal in (0, item.occurrence)) and STATES[one.busy] is not FreeBusy.FREE
    ]
    conflicting = [one for one in near if one.start < end and one.end > start]
    adjacent = [one for one in near if one.end == start or one.start == end]
    return msgspec.structs.replace(
        item, conflicting=_items(tx, blobs, conflicting), adjacent=_items(tx, blobs, adjacent)
    )


def _second(moment: datetime) -> int:
    return int(moment.timestamp())


def _items(tx: Tx, blobs: Blobs, stretches: Sequence[Stretch]) -> tuple[Item, ...]:
    wanted = stretches[:MOST]
    masters = rows.get_many(tx, blobs, list(dict.fromkeys(one.item for one in wanted)), attachments=False)
    return tuple(shown(tx, masters[one.item], one) for one in wanted if one.item in masters)
