"""What hangs on items: hung on, read, taken off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import msgspec

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.making import Maker, attached
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.item_requests import DraftAttachment, ItemRef
from samband.model.items import Attachment, Item
from samband.model.permissions import Need
from samband.store import attachments as hanging
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally

MOST = 1000
"""How many attachments one item may have."""


class AttachmentRef(NamedTuple):
    """An attachment named by its identifier."""

    mailbox: str
    attachment: int
    ordinal: int = 0
    """Which attachment inside it, as ``Attachment.ordinal``."""


class Content(NamedTuple):
    """An attachment with what is in it: a file's ``data``, or an ``item`` with its MIME, where it came as such, and
    what hangs on it in turn."""

    attachment: Attachment
    mailbox: str
    data: bytes = b""
    item: Item | None = None
    mime: bytes = b""
    files: tuple[tuple[Attachment, bytes], ...] = ()


class Attachments:
    """Verbs on attachments."""

    def __init__(self, base: Foundation, items: Items, maker: Maker) -> None:
        self._store = base.store
        self._items = items
        self._maker = maker

    async def create(
        self, caller: Caller, ref: ItemRef | Failure, drafts: Sequence[DraftAttachment]
    ) -> tuple[Item, tuple[Attachment, ...]]:
        """Hang ``drafts`` on the item, whatever change key the client has; it after that, and what is new on it.

        Raises ``Failure``.
        """
        ref = self._items.visit(caller, ref)
        _refuse_occurrence(ref)
        files = attached(drafts, self._maker.now())

        def work(tx: WriteTx) -> tuple[Item, tuple[Attachment, ...]]:
            tally = Tally()
            item = self._items.load(tx, ref, Need.EDIT)
            if len(item.attachments) + len(files) > MOST:
                raise Failure("ErrorAttachmentSizeLimitExceeded", "The item has too many attachments.")
            changed = rows.attach(tx, self._store.blobs, tally, item, files)
            tally.settle(tx)
            return changed, changed.attachments[len(item.attachments) :]

        return await self._store.write(work)

    async def get(self, caller: Caller, ref: AttachmentRef | Failure) -> Content:
        """One attachment with its content. Raises ``Failure``."""
        if isinstance(ref, Failure):
            raise ref
        where = self._items.visit(caller, ItemRef(ref.mailbox, 0))
        return await self._store.read(lambda tx: self._content(tx, ref, where))

    def _content(self, tx: Tx, ref: AttachmentRef, where: ItemRef) -> Content:
        found, mailbox = _found(tx, ref), ref.mailbox
        if where.visitor is not None:
            self._items.load(tx, msgspec.structs.replace(where, item=found.item), Need.READ)
        head = found.attachment
        data = hanging.content(tx, self._store.blobs, ref.attachment)
        for place in ref.ordinal.to_bytes(4, "big").lstrip(b"\0"):
            inner = hanging.unpack(data).attachments if head.kind is not None else ()
            if not 0 < place <= len(inner):
                raise _not_found()
            head, data = numbered(head, place, inner[place - 1].head), inner[place - 1].content
        if head.kind is None:
            return Content(head, mailbox, data)
        packed = hanging.unpack(data)
        return Content(head, mailbox, item=_standing(mailbox, head, packed), mime=packed.mime, files=packed.attachments)

    async def delete(self, caller: Caller, ref: AttachmentRef | Failure) -> Item:
        """Take one attachment off its item; the item after that. Raises ``Failure``."""
        if isinstance(ref, Failure):
            raise ref
        where = self._items.visit(caller, ItemRef(ref.mailbox, 0))
        if ref.ordinal:
            raise Failure("ErrorCannotDeleteObject", "What hangs inside an attachment cannot be taken off.")

        def work(tx: WriteTx) -> Item:
            tally = Tally()
            item = self._items.load(tx, msgspec.structs.replace(where, item=_found(tx, ref).item), Need.EDIT)
            changed = rows.detach(tx, self._store.blobs, tally, item, ref.attachment)
            tally.settle(tx)
            return changed

        return await self._store.write(work)

    async def files(self, item: Item) -> tuple[tuple[Attachment, bytes], ...]:
        """Everything that hangs on ``item`` with its content."""
        return await self._store.read(lambda tx: tuple(hanging.contents(tx, self._store.blobs, item.id)))


def numbered(outer: Attachment, place: int, head: Attachment) -> Attachment:
    """``head``, the attachment at ``place`` (from 1) inside ``outer``, with the number that names it."""
    ordinal = outer.ordinal << 8 | place
    return msgspec.structs.replace(head, id=outer.id, ordinal=ordinal if place < 256 and ordinal < 1 << 32 else 0)


def _standing(mailbox: str, outer: Attachment, packed: hanging.Unpacked) -> Item:
    """The item in an attachment: it stands in no folder and has no number of its own."""
    heads = tuple(
        numbered(outer, place, msgspec.structs.replace(one.head, size=len(one.content)))
        for place, one in enumerate(packed.attachments, start=1)
    )
    return Item(
        id=0,
        mailbox=mailbox,
        folder=0,
        kind=packed.kind,
        item_class=packed.item_class,
        change_key=0,
        size=outer.size,
        properties=packed.properties,
        attachments=heads,
    )


def unpacked(content: bytes) -> tuple[Item, tuple[tuple[Attachment, bytes], ...], bytes]:
    """The item in the content of an item attachment, what hangs on it in turn, and its MIME where it came as such."""
    packed = hanging.unpack(content)
    item = _standing(_NOWHERE, Attachment(id=0, name="", size=len(content)), packed)
    return item, packed.attachments, packed.mime


_NOWHERE = "00000000-0000-0000-0000-000000000000"
"""The mailbox of an item that is read apart from any."""


def _not_found() -> Failure:
    return Failure("ErrorInvalidAttachmentId", "The specified attachment could not be found.")


def _found(tx: Tx, ref: AttachmentRef) -> hanging.Hanging:
    found = hanging.get(tx, ref.attachment)
    if found is None or found.mailbox != ref.mailbox:
        raise _not_found()
    return found


def _refuse_occurrence(ref: ItemRef) -> None:
    if ref.occurrence:
        raise Failure("ErrorInvalidOperation", "Attachments hang on a whole series.")
