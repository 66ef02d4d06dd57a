"""Items: read, moved, copied."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import msgspec

from samband.exchange.actions.access import Access
from samband.exchange.actions.calendar_writes import entry
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.gate import Pass
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.search_folders import require_real
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import ItemRef
from samband.model.items import Item
from samband.model.permissions import Need
from samband.store import item_places
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally


class Found(NamedTuple):
    """An item, and the message as it came where that was asked for and is kept."""

    item: Item
    mime: bytes = b""


def not_found() -> Failure:
    """What an identifier gets that names nothing."""
    return Failure("ErrorItemNotFound", "The specified object was not found in the store.")


def stale() -> Failure:
    """What an old change key gets."""
    return Failure(
        "ErrorIrresolvableConflict",
        "The send or update operation could not be performed because the change key passed in the request does not "
        "match the current change key for the item.",
    )


class Items:
    """Verbs on items of any kind; the calendar has its own where a meeting is concerned."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access) -> None:
        self._store = base.store
        self._mailboxes = mailboxes
        self._access = access

    def check(self, caller: Caller, ref: ItemRef | Failure) -> ItemRef:
        """``ref`` into a mailbox that is open to the caller as a whole.

        Raises ``Failure``; a failed ``ref`` raises itself.
        """
        if isinstance(ref, Failure):
            raise ref
        self._access.check(caller, ref.mailbox)
        return ref

    def visit(self, caller: Caller, ref: ItemRef | Failure) -> ItemRef:
        """``ref`` into any mailbox; what a visitor may do with the item is decided where it is loaded. May fail."""
        if isinstance(ref, Failure):
            raise ref
        visitor = self._access.visitor(caller, ref.mailbox)
        return ref if visitor is None else msgspec.structs.replace(ref, visitor=visitor)

    def _visited(self, caller: Caller, ref: ItemRef | Failure) -> ItemRef | Failure:
        try:
            return self.visit(caller, ref)
        except Failure as failure:
            return failure

    def load(self, tx: Tx, ref: ItemRef, need: Need | None = None) -> Item:
        """The whole item that ``ref`` names, to do with it what a visitor says they ``need``.

        Raises ``Failure``: ErrorItemNotFound, ErrorAccessDenied.
        """
        return self._of(tx, rows.get(tx, self._store.blobs, ref.item), ref, need)

    def _of(self, tx: Tx, item: Item | None, ref: ItemRef, need: Need | None) -> Item:
        if item is None or item.mailbox != ref.mailbox:
            raise not_found()
        found = item if not ref.occurrence else entry(tx, item, ref.occurrence).shown
        return found if ref.visitor is None else Pass(tx, ref.mailbox, ref.visitor).item(found, need)

    async def get(
        self,
        caller: Caller,
        refs: Sequence[ItemRef | Failure],
        *,
        heavy: bool = True,
        attachments: bool = True,
        mime: bool = False,
    ) -> list[Found | Failure]:
        """The items ``refs`` name, in order; failures in their places.

        ``heavy`` items come with bodies and header fields, else they are partial. A visitor gets of a calendar's what
        they may see.
        """
        checked = [self._visited(caller, ref) for ref in refs]
        wanted = [ref.item for ref in checked if isinstance(ref, ItemRef)]

        def work(tx: Tx) -> list[Found | Failure]:
            series = any(isinstance(ref, ItemRef) and ref.occurrence for ref in checked)
            found = rows.get_many(tx, self._store.blobs, wanted, heavy=heavy or series, attachments=attachments)
            return [self._found(tx, found, ref, mime) for ref in checked]

        return await self._store.read(work)

    def _found(self, tx: Tx, found: dict[int, Item], ref: ItemRef | Failure, mime: bool) -> Found | Failure:
        if isinstance(ref, Failure):
            return ref
        try:
            item = self._of(tx, found.get(ref.item), ref, Need.READ if mime else Need.GLIMPSE)
        except Failure as failure:
            return failure
        whole = mime and not ref.occurrence
        return Found(item, rows.mime(tx, self._store.blobs, item.id) if whole else b"")

    def light(self, tx: Tx, ref: ItemRef, need: Need | None = None) -> Item:
        """``load`` without body and attachments."""
        found = rows.get_many(tx, self._store.blobs, [ref.item], heavy=False, attachments=False).get(ref.item)
        if found is None or found.mailbox != ref.mailbox:
            raise not_found()
        if ref.occurrence:
            raise Failure("ErrorInvalidOperation", "This cannot be done with one occurrence of a series.")
        return found if ref.visitor is None else Pass(tx, ref.mailbox, ref.visitor).item(found, need)

    async def move(self, caller: Caller, ref: ItemRef | Failure, place: Place) -> Item:
        """Put one item into another folder, of any mailbox; it gets another identifier. Raises ``Failure``."""

        def move(tx: WriteTx, tally: Tally, item: Item) -> Item:
            return item_places.transfer(tx, tally, item, place.mailbox, place.folder)

        return await self._put(caller, ref, place, move, moved=True)

    async def copy(self, caller: Caller, ref: ItemRef | Failure, place: Place) -> Item:
        """Put a copy of one item into a folder of any mailbox. Raises ``Failure``."""

        def copy(tx: WriteTx, tally: Tally, item: Item) -> Item:
            return item_places.copy(tx, tally, item, place.mailbox, place.folder)

        return await self._put(caller, ref, place, copy, moved=False)

    async def _put(
        self,
        caller: Caller,
        ref: ItemRef | Failure,
        place: Place,
        put: Callable[[WriteTx, Tally, Item], Item],
        *,
        moved: bool,
    ) -> Item:
        ref = self.visit(caller, ref)
        if ref.occurrence:
            raise Failure("ErrorCalendarCannotMoveOrCopyOccurrence", "An occurrence cannot be moved or copied.")

        def work(tx: WriteTx) -> Item:
            tally = Tally()
            item = self.light(tx, ref, Need.READ)
            if moved:
                self.light(tx, ref, Need.DELETE)
            require_real(tx, place, "ErrorToFolderNotFound", Need.CREATE)
            came = put(tx, tally, item)
            if place.visitor is not None:
                whole = self.load(tx, ItemRef(came.mailbox, came.id))
                made = msgspec.structs.replace(whole.properties, creator=place.visitor.guid)
                came = rows.update(tx, self._store.blobs, tally, whole, made)
            tally.settle(tx)
            return came

        return await self._store.write(work)
