"""What is done with conversations: with what is in them, and with what comes into them."""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from samband.exchange.actions.conversations import Conversations
from samband.exchange.actions.folders import Folders
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import not_found
from samband.exchange.actions.mailboxes import Mailboxes, require
from samband.exchange.actions.receipts import Receipts
from samband.exchange.actions.search_folders import require_real
from samband.model.caller import Caller
from samband.model.conversation_actions import ActionKind, ConversationAction, ConversationRef, Standing
from samband.model.failures import Failure
from samband.model.folders import FolderRef, Place
from samband.model.item_requests import DeleteType
from samband.model.items import Item, ItemProperties
from samband.store import conversations as rows
from samband.store import item_places
from samband.store import items as item_rows
from samband.store.api import WriteTx
from samband.store.items import Tally

POLICY_TAG, ARCHIVE_TAG = "policy_tag", "archive_tag"

_STANDING = frozenset({ActionKind.ALWAYS_CATEGORIZE, ActionKind.ALWAYS_DELETE, ActionKind.ALWAYS_MOVE})
_UNTOUCHED = ("sentitems", "drafts", "outbox", "deleteditems")
"""Folders that what is always done with a conversation leaves alone: nothing in them has just arrived."""


class ConversationActions:
    """Verbs on whole conversations."""

    def __init__(
        self,
        base: Foundation,
        mailboxes: Mailboxes,
        folders: Folders,
        conversations: Conversations,
        receipts: Receipts,
    ) -> None:
        self._receipts = receipts
        self._store = base.store
        self._clock = base.clock
        self._mailboxes = mailboxes
        self._folders = folders
        self._conversations = conversations

    async def apply(self, caller: Caller, action: ConversationAction) -> None:
        """Do ``action`` with everything that is in the conversation now; what is always done is kept in the same write.

        Raises ``Failure`` ErrorItemNotFound for a conversation that is not there, and what folders raise.
        """
        ref = self._conversations.check(caller, action.conversation)
        context, destination = [await self._place(caller, ref, one) for one in (action.context, action.destination)]
        if action.kind in (ActionKind.MOVE, ActionKind.COPY) and destination is None:
            raise Failure("ErrorMissingArgument", "The destination folder is missing.")
        folders = await self._mailboxes.ensure(ref.mailbox)
        spared = await self._conversations.hidden(ref.mailbox)
        if action.kind in _STANDING:
            spared = spared | {folders[name] for name in _UNTOUCHED if name in folders}

        def work(tx: WriteTx) -> None:
            keys = rows.of_number(tx, ref.mailbox, ref.number)
            if not keys:
                raise not_found()
            if context is not None:
                require(tx, context, "ErrorFolderNotFound")
            if destination is not None:
                require_real(tx, destination, "ErrorToFolderNotFound")
            if action.kind in _STANDING:
                for key in keys:
                    now = rows.standing(tx, ref.mailbox, key) or Standing()
                    rows.put_standing(tx, ref.mailbox, key, _changed(now, action, destination))
            tally = Tally()
            do = self._doing(action, destination, folders["deleteditems"], folders["recoverableitemsdeletions"])
            for item in rows.items_of(tx, self._store.blobs, ref.mailbox, keys, heavy=True, attachments=True):
                if _is_meant(item, action, context, spared):
                    do(tx, tally, item)
            tally.settle(tx)

        await self._store.write(work)

    async def _place(self, caller: Caller, ref: ConversationRef, folder: FolderRef | None) -> Place | None:
        if folder is None:
            return None
        place = await self._folders.resolve(caller, folder)
        if place.mailbox != ref.mailbox:
            raise Failure("ErrorMoveCopyFailed", "The conversation and the folder are in different mailboxes.")
        return place

    def _doing(
        self, action: ConversationAction, destination: Place | None, deleted: int, recoverable: int
    ) -> Callable[[WriteTx, Tally, Item], None]:
        """What ``action`` does with one item."""
        kind, blobs = action.kind, self._store.blobs

        def put(tx: WriteTx, tally: Tally, item: Item) -> None:
            if destination is not None and kind is ActionKind.COPY:
                item_places.copy(tx, tally, item, destination.mailbox, destination.folder)
            elif destination is not None and item.folder != destination.folder:
                item_places.move(tx, tally, item, destination.folder)

        def delete(tx: WriteTx, tally: Tally, item: Item) -> None:
            if kind is ActionKind.ALWAYS_DELETE and not action.enable:
                return
            if action.how is DeleteType.HARD:
                item_places.remove(tx, tally, item)
            elif action.how is DeleteType.SOFT:
                item_places.move(tx, tally, item, recoverable)
            elif item.folder != deleted:
                item_places.move(tx, tally, item, deleted)

        def mark(tx: WriteTx, tally: Tally, item: Item) -> None:
            changed = item_rows.set_read(tx, tally, item, action.is_read)
            self._receipts.read(tx, tally, item, changed, suppress=action.suppress_receipts)

        def write(tx: WriteTx, tally: Tally, item: Item) -> None:
            changed = self._written(action, item.properties)
            if changed != item.properties:
                changed = msgspec.structs.replace(changed, last_modified_time=self._clock().replace(microsecond=0))
                item_rows.update(tx, blobs, tally, item, changed)

        if kind in (ActionKind.MOVE, ActionKind.COPY, ActionKind.ALWAYS_MOVE):
            return put
        if kind in (ActionKind.DELETE, ActionKind.ALWAYS_DELETE):
            return delete
        return mark if kind is ActionKind.SET_READ_STATE else write

    def _written(self, action: ConversationAction, own: ItemProperties) -> ItemProperties:
        if action.kind is ActionKind.FLAG:
            return msgspec.structs.replace(own, flag=action.flag)
        if action.kind is ActionKind.SET_RETENTION_POLICY:
            name = ARCHIVE_TAG if action.archives else POLICY_TAG
            return msgspec.structs.replace(own, **{name: action.tag})
        return msgspec.structs.replace(own, categories=tuple(dict.fromkeys((*own.categories, *action.categories))))


def _is_meant(item: Item, action: ConversationAction, context: Place | None, spared: set[int]) -> bool:
    if context is not None and item.folder != context.folder:
        return False
    if item.folder in spared and (context is None or action.kind in _STANDING):
        return False
    received = item.properties.date_time_received
    return action.before is None or received is None or received <= action.before


def _changed(now: Standing, action: ConversationAction, destination: Place | None) -> Standing:
    """What is always done once ``action`` is said too. A conversation is moved or deleted, not both."""
    if action.kind is ActionKind.ALWAYS_CATEGORIZE:
        return msgspec.structs.replace(now, categories=action.categories)
    if action.kind is ActionKind.ALWAYS_DELETE:
        if not action.enable:
            return msgspec.structs.replace(now, delete=None)
        return msgspec.structs.replace(now, delete=action.how, folder=0)
    folder = 0 if destination is None else destination.folder
    return msgspec.structs.replace(now, folder=folder, delete=None if folder else now.delete)
