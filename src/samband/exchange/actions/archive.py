"""A person's in-place archive: items move into it, to the folder of the same path."""

from __future__ import annotations

from collections.abc import Sequence

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Folder, FolderRef, Place
from samband.model.item_requests import ItemRef
from samband.model.items import Item
from samband.store import folders as rows
from samband.store import item_places
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally


class Archive:
    """Verbs on archives."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, items: Items) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._items = items

    async def put(
        self, caller: Caller, source: FolderRef | Failure, refs: Sequence[ItemRef | Failure]
    ) -> list[Item | Failure]:
        """Move items to the folder of the archive that has the path of ``source``, made where it is not there.

        The items as they are there, in order; failures in their places. Raises ``Failure`` where none can be moved.
        """
        if isinstance(source, Failure):
            raise source
        place = await self._mailboxes.resolve(caller, source)
        owner = self._base.directory.by_mailbox(place.mailbox)
        if owner is None or not owner.msExchArchiveGUID:
            raise Failure("ErrorInvalidOperation", "Archive mailbox is not enabled for this user.")
        if place.mailbox == owner.msExchArchiveGUID:
            raise Failure("ErrorInvalidOperation", "The folder is in the archive.")
        archive = owner.msExchArchiveGUID
        await self._mailboxes.ensure(archive)
        return [await self._one(caller, ref, place, archive) for ref in refs]

    async def _one(self, caller: Caller, ref: ItemRef | Failure, place: Place, archive: str) -> Item | Failure:
        try:
            checked = self._items.check(caller, ref)
            if checked.mailbox != place.mailbox:
                raise Failure("ErrorInvalidOperation", "The item is not in the mailbox of the folder.")

            def work(tx: WriteTx) -> Item:
                tally = Tally()
                item = self._items.light(tx, checked)
                folder = self._folder(tx, require(tx, place, "ErrorFolderNotFound"), archive)
                came = item_places.transfer(tx, tally, item, archive, folder)
                tally.settle(tx)
                return came

            return await self._base.store.write(work)
        except Failure as failure:
            return failure

    def _folder(self, tx: WriteTx, source: Folder, archive: str) -> int:
        """The row of the folder of ``archive`` that has the path of ``source``."""
        if source.role and (found := self._mailboxes.default(tx, archive, source.role)):
            return found
        parent = rows.get(tx, source.parent)
        above = self._folder(tx, parent, archive) if parent is not None else self._top(tx, archive)
        there = rows.child_by_name(tx, archive, above, source.name)
        if there is not None:
            return there.id
        return rows.insert(tx, archive, above, source.name, source.folder_class, self._base.clock())

    def _top(self, tx: Tx, archive: str) -> int:
        return self._mailboxes.default(tx, archive, "root")
