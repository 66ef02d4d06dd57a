"""GetItem of series with some of their occurrences: one message for each series, the series first in it."""

from __future__ import annotations

from collections.abc import Sequence

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.item_references import item_ref
from samband.model.failures import Failure
from samband.model.item_requests import ItemRef
from samband.model.items import Item
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.fields.shape import read_shape
from samband.wire.ews.item_ids import GivenItemId
from samband.wire.ews.items import NO_ITEMS, write_items
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element


async def get_ranges(call: Call, element: Element, given: Sequence[GivenItemId]) -> str:
    """The items and series that ``given`` name. MIME content is not written of them."""
    try:
        shape = read_shape(element, found=False, version=call.version)
    except PropertyError as error:
        return write_batch("GetItem", answers([error] * len(given)), NO_ITEMS)
    found = [await _found(call, one) for one in given]
    return write_batch("GetItem", answers(found, lambda items: write_items("".join(map(shape.write, items)))), NO_ITEMS)


async def _found(call: Call, given: GivenItemId) -> list[Item] | Failure:
    try:
        if given.ranges is None or given.id is None:
            ref = item_ref(given)
            one = (await call.exchange.items.get(call.caller, [ref]))[0]
            return one if isinstance(one, Failure) else [one.item]
        ref = ItemRef(given.id.mailbox, given.id.row)
        bounds = [(one.start, one.end, one.count, one.original) for one in given.ranges]
        return await call.exchange.calendar.ranges(call.caller, ref, bounds)
    except Failure as failure:
        return failure
