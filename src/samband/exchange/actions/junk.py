"""Junk: whose mail is not wanted, and where it goes."""

from __future__ import annotations

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.item_requests import ItemRef
from samband.model.items import Item, MessageProperties
from samband.store import item_places
from samband.store import junk as rows
from samband.store.api import WriteTx
from samband.store.items import Tally

MOST_BLOCKED = 1024
"""How many senders one mailbox blocks."""


class Junk:
    """Verbs on junk."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, items: Items) -> None:
        self._store = base.store
        self._mailboxes = mailboxes
        self._items = items

    async def mark(self, caller: Caller, ref: ItemRef | Failure, *, junk: bool, move: bool) -> Item | None:
        """Block the sender of a message, or block them no longer; the message where it was moved by that.

        With ``move`` it goes to Junk Email or the Inbox, unless it is there. Raises ``Failure``.
        """
        ref = self._items.check(caller, ref)
        folders = await self._mailboxes.ensure(ref.mailbox)
        to = folders.get("junkemail" if junk else "inbox")
        if to is None:
            raise Failure("ErrorInvalidOperation", "An archive has no Junk Email folder.")

        def work(tx: WriteTx) -> Item | None:
            tally = Tally()
            item = self._items.light(tx, ref)
            if not isinstance(item.properties, MessageProperties):
                raise Failure("ErrorInvalidOperation", "Only messages can be marked as junk.")
            self._block(tx, ref.mailbox, item.properties, junk)
            if not move or item.folder == to:
                return None
            moved = item_places.move(tx, tally, item, to)
            tally.settle(tx)
            return moved

        return await self._store.write(work)

    def _block(self, tx: WriteTx, mailbox: str, message: MessageProperties, junk: bool) -> None:
        author = message.from_ or message.sender
        if author is None or not author.address:
            return
        if not junk:
            rows.allow(tx, mailbox, author.address)
            return
        if rows.count(tx, mailbox) >= MOST_BLOCKED and not rows.is_blocked(tx, mailbox, author.address):
            raise Failure("ErrorQuotaExceeded", "The list of blocked senders is full.")
        rows.block(tx, mailbox, author.address)
