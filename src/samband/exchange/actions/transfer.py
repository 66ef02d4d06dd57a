"""Items out of a mailbox and into one, whole."""

from __future__ import annotations

from enum import StrEnum

import msgspec

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items, not_found
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker
from samband.exchange.actions.search_folders import require_real
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderRef, Place
from samband.model.item_requests import ItemRef
from samband.model.items import Item, ItemProperties, MeetingMessageProperties
from samband.model.permissions import Need
from samband.store import attachments as hanging
from samband.store import item_streams as streams
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.item_streams import Read
from samband.store.items import Tally

_KEY_BYTES = 32


class UploadAction(StrEnum):
    """CreateActionType: what an upload does with an item that is there, and with one that is not."""

    CREATE = "CreateNew"
    UPDATE = "Update"
    UPDATE_OR_CREATE = "UpdateOrCreate"


class Upload(msgspec.Struct, frozen=True, kw_only=True):
    """An item to be put into a folder; ``item`` is the one it replaces, ``associated`` None keeps what it was."""

    action: UploadAction
    folder: FolderRef | Failure
    item: ItemRef | Failure | None
    data: bytes
    associated: bool | None = None


class Transfer:
    """Verbs that export and upload."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, items: Items, maker: Maker) -> None:
        self._store = base.store
        self._entropy = base.entropy
        self._mailboxes = mailboxes
        self._items = items
        self._maker = maker

    async def export(self, caller: Caller, ref: ItemRef | Failure) -> tuple[Item, bytes]:
        """An item and its stream. Raises ``Failure``."""
        ref = self._items.visit(caller, ref)
        if ref.occurrence:
            raise Failure("ErrorInvalidOperation", "This cannot be done with one occurrence of a series.")
        secret = await self._store.read(streams.key)
        if not secret:
            made = self._entropy(_KEY_BYTES)
            secret = await self._store.write(lambda tx: streams.make_key(tx, made))

        def work(tx: Tx) -> tuple[Item, bytes]:
            item = self._items.load(tx, ref, Need.READ)
            return item, streams.write(tx, self._store.blobs, item, secret)

        return await self._store.read(work)

    async def upload(self, caller: Caller, upload: Upload) -> Item:
        """The item as it stands after the upload. Raises ``Failure``."""
        if isinstance(upload.folder, Failure):
            raise upload.folder
        place = await self._mailboxes.visit(caller, upload.folder)
        ref = None if upload.item is None else self._items.visit(caller, upload.item)
        try:
            read = streams.read(upload.data, await self._store.read(streams.key))
        except ValueError:
            raise Failure("ErrorCorruptData", "Data is corrupt.") from None

        def work(tx: WriteTx) -> Item:
            tally = Tally()
            there = self._there(tx, upload.action, ref, place)
            require_real(tx, place, "ErrorFolderNotFound", Need.CREATE if there is None else Need.SEE)
            properties = self._prepared(tx, caller, read.item.properties, place, upload.associated)
            if there is None:
                item = self._insert(tx, tally, place, read, properties)
            else:
                item = self._replace(tx, tally, there, read, properties)
            streams.put_exceptions(tx, item, read.exceptions)
            tally.settle(tx)
            return item

        return await self._store.write(work)

    def _there(self, tx: Tx, action: UploadAction, ref: ItemRef | None, place: Place) -> Item | None:
        """The item that an upload replaces: only one of the same folder is."""
        if action is UploadAction.CREATE:
            return None
        found = None if ref is None else rows.get(tx, self._store.blobs, ref.item)
        if ref is not None and found is not None and (found.mailbox, found.folder) == (place.mailbox, place.folder):
            return self._items.load(tx, ref, Need.EDIT)
        if action is UploadAction.UPDATE:
            raise not_found()
        return None

    def _prepared(
        self, tx: Tx, caller: Caller, properties: ItemProperties, place: Place, associated: bool | None
    ) -> ItemProperties:
        now = self._maker.now()
        creator = "" if place.visitor is None else place.visitor.guid
        if isinstance(properties, MeetingMessageProperties) and properties.associated_calendar_item:
            about = rows.get(tx, self._store.blobs, properties.associated_calendar_item)
            if about is None or about.mailbox != place.mailbox:
                properties = msgspec.structs.replace(properties, associated_calendar_item=0)
        return msgspec.structs.replace(
            properties,
            date_time_created=now,
            last_modified_time=now,
            last_modified_name=caller.person.displayName if caller.person else "",
            creator=creator,
            is_associated=properties.is_associated if associated is None else associated,
        )

    def _insert(self, tx: WriteTx, tally: Tally, place: Place, read: Read, properties: ItemProperties) -> Item:
        kind, item_class, _, files, mime = read.item
        blobs = self._store.blobs
        return rows.insert(
            tx, blobs, tally, place.mailbox, place.folder, kind, item_class, properties, files, mime=mime
        )

    def _replace(self, tx: WriteTx, tally: Tally, there: Item, read: Read, properties: ItemProperties) -> Item:
        kind, item_class, _, files, mime = read.item
        if kind is not there.kind:
            raise Failure("ErrorObjectTypeChanged", "The item is of another type than the uploaded one.")
        blobs = self._store.blobs
        hanging.remove_of(tx, there.id)
        found = hanging.insert(tx, blobs, there.mailbox, there.id, files)
        there = msgspec.structs.replace(there, attachments=found)
        return rows.update(
            tx, blobs, tally, there, properties, item_class=item_class, mime=mime, attachments=len(found)
        )
