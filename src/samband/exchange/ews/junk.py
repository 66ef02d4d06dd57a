"""MarkAsJunk."""

from __future__ import annotations

from samband.exchange.ews.answers import answers
from samband.exchange.ews.call import Call
from samband.exchange.ews.item_references import item_refs
from samband.model.failures import Failure
from samband.model.items import Item
from samband.wire.ews.junk import read_mark_as_junk, write_moved
from samband.wire.ews.names import M
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element


async def mark_as_junk(call: Call, element: Element) -> str:
    """Block or allow the senders of messages, and move the messages where that is asked for."""
    junk, move = read_mark_as_junk(element)
    found: list[Item | Failure | None] = []
    for ref in item_refs(element, M + "ItemIds"):
        try:
            found.append(await call.exchange.junk.mark(call.caller, ref, junk=junk, move=move))
        except Failure as failure:
            found.append(failure)
    return write_batch("MarkAsJunk", answers(found, _written))


def _written(item: Item | None) -> str:
    return "" if item is None else write_moved(item.mailbox, item.id, item.change_key)
