"""Items are deleted."""

from __future__ import annotations

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker
from samband.exchange.actions.receipts import Receipts
from samband.model import task_series
from samband.model.caller import Caller
from samband.model.contact_properties import TaskProperties
from samband.model.failures import Failure
from samband.model.item_requests import DeleteType, ItemRef
from samband.model.permissions import Need
from samband.store import item_places
from samband.store import items as rows
from samband.store.api import WriteTx
from samband.store.items import Tally


class Deletions:
    """Deletes items of any kind but the calendar's, which has its own way."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, items: Items, maker: Maker, receipts: Receipts) -> None:
        self._store = base.store
        self._mailboxes = mailboxes
        self._items = items
        self._maker = maker
        self._receipts = receipts

    async def delete(
        self,
        caller: Caller,
        ref: ItemRef | Failure,
        how: DeleteType,
        *,
        series: bool = True,
        suppress_receipts: bool = False,
    ) -> None:
        """Delete one item: for good, to where it can be recovered from, or to Deleted Items. Raises ``Failure``.

        A recurring task goes as a whole or, without ``series``, goes on to its next time if there is one. Who wanted
        to know whether a message is read hears that it was not, unless ``suppress_receipts`` says that they never do.
        """
        ref = self._items.visit(caller, ref)
        folders = await self._mailboxes.ensure(ref.mailbox)
        deleted, recoverable = folders["deleteditems"], folders["recoverableitemsdeletions"]

        def work(tx: WriteTx) -> None:
            tally = Tally()
            item = self._items.light(tx, ref, Need.DELETE)
            if series or not self._went_on(tx, tally, ref):
                if how is DeleteType.MOVE_TO_DELETED and item.folder != deleted:
                    item_places.move(tx, tally, item, deleted)
                else:
                    item = self._receipts.deleted(tx, tally, item, suppress=suppress_receipts)
                    if how is DeleteType.HARD:
                        item_places.remove(tx, tally, item)
                    else:
                        item_places.move(tx, tally, item, recoverable)
            tally.settle(tx)

        await self._store.write(work)

    def _went_on(self, tx: WriteTx, tally: Tally, ref: ItemRef) -> bool:
        """Whether the item was a recurring task, which stands at its next time now."""
        item = self._items.load(tx, ref, Need.DELETE)
        if not isinstance(item.properties, TaskProperties):
            return False
        rest = task_series.skipped(item.properties, self._maker.now().date())
        if rest is None:
            return False
        rows.update(tx, self._store.blobs, tally, item, rest)
        return True
