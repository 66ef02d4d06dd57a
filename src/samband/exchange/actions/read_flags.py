"""Read flags of whole folders."""

from __future__ import annotations

from collections.abc import Sequence

from samband.exchange.actions.folders import Folders, attempt
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import require
from samband.exchange.actions.receipts import Receipts
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderRef, Place
from samband.model.permissions import Need
from samband.store import item_lists
from samband.store import items as rows
from samband.store.api import WriteTx
from samband.store.items import Tally


class ReadFlags:
    """Verbs on the read flags of folders."""

    def __init__(self, base: Foundation, folders: Folders, receipts: Receipts) -> None:
        self._store = base.store
        self._folders = folders
        self._receipts = receipts

    async def mark_all(
        self, caller: Caller, refs: Sequence[FolderRef | Failure], is_read: bool, *, suppress: bool
    ) -> list[int | Failure]:
        """Mark everything in each of the folders as read or unread; how many items changed by that.

        Who asked for a receipt gets one for what is read now, unless ``suppress`` says that they never do.
        """
        places = await self._folders.visits(caller, refs)
        blobs = self._store.blobs

        def mark(tx: WriteTx, place: Place) -> int:
            tally = Tally()
            items = item_lists.with_read_flag(tx, blobs, require(tx, place, need=Need.EDIT).id, not is_read)
            count = 0
            for item in items:
                marked = rows.set_read(tx, tally, item, is_read)
                if marked is not item:
                    count += 1
                    self._receipts.read(tx, tally, item, marked, suppress=suppress)
            tally.settle(tx)
            return count

        return await self._store.write(lambda tx: [attempt(tx, place, mark) for place in places])
