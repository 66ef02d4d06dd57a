"""One item of the user's own, for those parts of the web client that show or change it."""

from __future__ import annotations

from samband.exchange.owa.call import Call
from samband.model.failures import Failure
from samband.model.item_requests import ItemRef
from samband.model.items import Item, MessageProperties


async def item_of(call: Call, number: int, occurrence: int = 0) -> Item:
    """The item with this number. Raises ``Failure``."""
    (found,) = await call.exchange.items.get(call.caller, [ItemRef(call.mailbox, number, occurrence)])
    if isinstance(found, Failure):
        raise found
    return found.item


async def draft_of(call: Call, number: int) -> Item:
    """The draft of a message with this number. Raises ``Failure``."""
    item = await item_of(call, number)
    if not isinstance(item.properties, MessageProperties) or not item.properties.is_draft:
        raise Failure("ErrorInvalidOperation", "This is no draft: it was sent already, or came from somebody else.")
    return item
