"""What is in folders when the folders themselves are emptied, deleted or copied."""

from __future__ import annotations

from collections.abc import Mapping

from samband.model.folders import DELETED_ITEMS, RECOVERABLE_DELETIONS, Disposal
from samband.store import item_lists, item_places
from samband.store.api import Blobs, WriteTx
from samband.store.items import Tally

DESTINATION = {Disposal.SOFT: RECOVERABLE_DELETIONS, Disposal.TO_DELETED_ITEMS: DELETED_ITEMS}
"""Which default folder items go to that are not deleted for good."""


class Contents:
    """Does with all items of a folder what is done with the folder, within one write."""

    def __init__(self, tx: WriteTx, blobs: Blobs, defaults: Mapping[str, int]) -> None:
        self._tx = tx
        self._blobs = blobs
        self._defaults = defaults
        self._tally = Tally()

    def dispose(self, folder: int, disposal: Disposal) -> None:
        """Delete or move away every item of ``folder``; associated ones stay."""
        to = self._defaults[DESTINATION[disposal]] if disposal in DESTINATION else 0
        for item in item_lists.in_folder(self._tx, self._blobs, folder):
            if to in (0, folder):
                item_places.remove(self._tx, self._tally, item)
            else:
                item_places.move(self._tx, self._tally, item, to)

    def remove_associated(self, folder: int) -> None:
        """Delete the associated items of ``folder`` for good."""
        for item in item_lists.in_folder(self._tx, self._blobs, folder, associated=True):
            item_places.remove(self._tx, self._tally, item)

    def copy(self, folder: int, to: int, mailbox: str) -> None:
        """Put a copy of every item of ``folder``, associated ones too, into the folder ``to`` of ``mailbox``."""
        for associated in (False, True):
            for item in item_lists.in_folder(self._tx, self._blobs, folder, associated=associated):
                item_places.copy(self._tx, self._tally, item, mailbox, to)

    def settle(self) -> None:
        """Write the counts of every folder that changed; once, before the write ends."""
        self._tally.settle(self._tx)
