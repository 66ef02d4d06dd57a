"""Messages and other items on their way: created, changed, sent, answered."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.editing import check_conflict, edited, settled
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items, stale
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker, attached
from samband.exchange.actions.meeting_forwards import MeetingForwards, is_invitation
from samband.exchange.actions.receipts import Receipts
from samband.exchange.actions.routing import Route
from samband.exchange.actions.search_folders import require_real
from samband.exchange.actions.senders import Senders
from samband.model import icons, replies
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import (
    ConflictResolution,
    Disposition,
    Draft,
    DraftAttachment,
    Edit,
    ItemRef,
    Response,
    ResponseKind,
)
from samband.model.item_values import EmailAddress
from samband.model.items import Item, ItemKind, ItemProperties, MessageProperties, PostItemProperties
from samband.model.people import Person
from samband.model.permissions import Need
from samband.store import attachments as hanging
from samband.store import item_places
from samband.store import items as rows
from samband.store.api import Tx, WriteTx
from samband.store.items import Tally

_DEFAULT_FOLDERS = {
    ItemKind.CALENDAR_ITEM: "calendar",
    ItemKind.CONTACT: "contacts",
    ItemKind.DISTRIBUTION_LIST: "contacts",
    ItemKind.TASK: "tasks",
    ItemKind.POST_ITEM: "inbox",
    ItemKind.ITEM: "inbox",
}


Signature = tuple[EmailAddress, EmailAddress]
"""From and Sender of a message."""


class Mail:
    """Verbs that make, change and send items."""

    def __init__(
        self,
        base: Foundation,
        mailboxes: Mailboxes,
        items: Items,
        maker: Maker,
        delivery: Delivery,
        receipts: Receipts,
        senders: Senders,
    ) -> None:
        self._store = base.store
        self._mailboxes = mailboxes
        self._items = items
        self._maker = maker
        self._delivery = delivery
        self._receipts = receipts
        self._senders = senders
        self._forwards = MeetingForwards(base, mailboxes, maker, delivery)

    async def create(self, caller: Caller, draft: Draft, place: Place | None, disposition: Disposition) -> list[Item]:
        """Make one item, and send it where ``disposition`` says so; what the sender's mailbox got of it.

        ``place`` None is the usual folder: Drafts, Sent Items, or the one of the item's kind. Raises ``Failure``.
        """
        person = _person(caller)
        if isinstance(draft.properties, MessageProperties):
            if disposition is Disposition.SAVE_ONLY:
                return [await self._save_draft(person, draft, draft.properties, place)]
            return await self.send_new(
                person,
                draft,
                place if disposition is Disposition.SEND_AND_SAVE_COPY else None,
                keep=disposition is Disposition.SEND_AND_SAVE_COPY,
            )
        now = self._maker.now()
        if isinstance(draft.properties, PostItemProperties):
            properties: ItemProperties = self._maker.posted(draft.properties, person, now)
        else:
            properties = self._maker.made(draft.properties, person, now)
        place = place or await self._usual(person, _DEFAULT_FOLDERS[draft.kind])
        return [await self._keep(place, draft, properties)]

    async def _usual(self, person: Person, name: str) -> Place:
        return Place(person.msExchMailboxGuid, (await self._mailboxes.ensure(person.msExchMailboxGuid))[name])

    async def _save_draft(
        self, person: Person, draft: Draft, properties: MessageProperties, place: Place | None
    ) -> Item:
        message = self._maker.written(properties, person, self._maker.now())
        if "is_draft" not in draft.given:
            message = msgspec.structs.replace(message, is_draft=True)
        return await self._keep(place or await self._usual(person, "drafts"), draft, message)

    async def _keep(self, place: Place, draft: Draft, properties: ItemProperties) -> Item:
        files = attached(draft.attachments, properties.last_modified_time)
        if place.visitor is not None:
            properties = msgspec.structs.replace(properties, creator=place.visitor.guid)

        def work(tx: WriteTx) -> Item:
            tally = Tally()
            require_real(tx, place, "ErrorSavedItemFolderNotFound", Need.CREATE)
            item = self._insert(tx, tally, place, draft, properties, files)
            tally.settle(tx)
            return item

        return await self._store.write(work)

    def _insert(
        self,
        tx: WriteTx,
        tally: Tally,
        place: Place,
        draft: Draft,
        properties: ItemProperties,
        files: Sequence[hanging.NewAttachment],
    ) -> Item:
        return rows.insert(
            tx,
            self._store.blobs,
            tally,
            place.mailbox,
            place.folder,
            draft.kind,
            self._maker.item_class(draft),
            properties,
            files,
            mime=draft.mime,
        )

    async def send_new(self, person: Person, draft: Draft, place: Place | None, *, keep: bool) -> list[Item]:
        """Send a message that is not kept yet; ``keep`` a copy in ``place``, by default Sent Items."""
        if not isinstance(draft.properties, MessageProperties):
            raise Failure("ErrorInvalidOperation", "Only messages can be sent.")
        now = self._maker.now()
        signature = await self._senders.signature(person, draft.properties.from_, draft.properties.sender)
        message = self.sent(person, self._maker.written(draft.properties, person, now), signature)
        draft = msgspec.structs.replace(draft, properties=message)
        route = await self._delivery.route(recipients(message), person)
        if keep and place is None:
            place = await self._usual(person, "sentitems")
        files = attached(draft.attachments, now)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            kept = []
            if place is not None and keep:
                require_real(tx, place, "ErrorSavedItemFolderNotFound", Need.CREATE)
                kept.append(self._insert(tx, tally, place, draft, message, files))
            self._delivery.carry(tx, tally, route, draft, now)
            tally.settle(tx)
            return kept

        return await self._store.write(work)

    def sent(self, person: Person, message: MessageProperties, signature: Signature) -> MessageProperties:
        """``message`` as the sender keeps it once it is sent, with From and Sender as in ``signature``.

        Raises ``Failure`` where it cannot be sent.
        """
        if not recipients(message):
            raise Failure("ErrorInvalidRecipients", "At least one recipient is needed.")
        if any(not recipient.address for recipient in recipients(message)):
            raise Failure("ErrorInvalidRecipients", "At least one recipient is not valid.")
        now = self._maker.now()
        known = self._delivery.known
        from_, sender = signature
        return msgspec.structs.replace(
            message,
            from_=from_,
            sender=sender,
            to_recipients=tuple(map(known, message.to_recipients)),
            cc_recipients=tuple(map(known, message.cc_recipients)),
            bcc_recipients=tuple(map(known, message.bcc_recipients)),
            date_time_sent=now,
            date_time_received=now,
            is_draft=False,
            is_submitted=False,
            is_from_me=True,
            is_read=True,
        )

    async def send(self, caller: Caller, ref: ItemRef | Failure, place: Place | None, *, keep: bool) -> None:
        """Send a draft that is kept already, and keep it in ``place`` (Sent Items) or delete it. Raises ``Failure``."""
        ref = self._items.visit(caller, ref)
        if ref.change_key is None:
            raise Failure("ErrorChangeKeyRequired", "A change key is required for this operation.")
        person = _person(caller)
        route, place, signature = await self._way_out(person, ref, place)

        def work(tx: WriteTx) -> None:
            tally = Tally()
            item = self._items.load(tx, ref, Need.DELETE)
            if item.change_key != ref.change_key:
                raise stale()
            self._send_kept(tx, tally, person, item, route, place if keep else None, signature)
            tally.settle(tx)

        await self._store.write(work)

    async def _way_out(self, person: Person, ref: ItemRef, place: Place | None) -> tuple[Route, Place, Signature]:
        item = await self._store.read(lambda tx: self._items.load(tx, ref, Need.READ))
        if not isinstance(item.properties, MessageProperties):
            raise Failure("ErrorInvalidOperation", "Only messages can be sent.")
        route = await self._delivery.route(recipients(item.properties), person)
        signature = await self._senders.signature(person, item.properties.from_, item.properties.sender)
        return route, place or await self._usual(person, "sentitems"), signature

    def _send_kept(
        self,
        tx: WriteTx,
        tally: Tally,
        person: Person,
        item: Item,
        route: Route,
        place: Place | None,
        signature: Signature,
    ) -> None:
        if not isinstance(item.properties, MessageProperties):
            raise Failure("ErrorInvalidOperation", "Only messages can be sent.")
        message = self.sent(person, item.properties, signature)
        blobs = self._store.blobs
        files = tuple(
            DraftAttachment(head=one.head, content=one.content) for one in hanging.contents(tx, blobs, item.id)
        )
        draft = Draft(
            kind=item.kind,
            item_class=item.item_class,
            properties=message,
            attachments=files,
            mime=rows.mime(tx, blobs, item.id),
        )
        if place is None:
            item_places.remove(tx, tally, item)
        else:
            require_real(tx, place, "ErrorSavedItemFolderNotFound", Need.CREATE)
            item_places.transfer(tx, tally, rows.update(tx, blobs, tally, item, message), place.mailbox, place.folder)
        self._delivery.carry(tx, tally, route, draft, self._maker.now())

    async def update(
        self,
        caller: Caller,
        ref: ItemRef | Failure,
        edits: Sequence[Edit],
        conflict: ConflictResolution,
        disposition: Disposition = Disposition.SAVE_ONLY,
        place: Place | None = None,
        *,
        suppress_receipts: bool = False,
    ) -> Item | None:
        """Change one item, then send it where ``disposition`` says so (None: it is gone to its recipients).

        Who asked for a receipt gets one where it is read now, unless ``suppress_receipts`` says that they never do.
        """
        ref = self._items.visit(caller, ref)
        person, now = _person(caller), self._maker.now()

        def work(tx: WriteTx) -> Item:
            tally = Tally()
            item = self._items.load(tx, ref, Need.EDIT)
            check_conflict(item, ref, conflict)
            changed = edited(tx, self._store.blobs, tally, item, edits, person, now)
            changed = settled(tx, self._store.blobs, tally, item, changed, now)
            changed = self._receipts.read(tx, tally, item, changed, suppress=suppress_receipts)
            tally.settle(tx)
            return changed

        changed = await self._store.write(work)
        if disposition is Disposition.SAVE_ONLY or not isinstance(changed.properties, MessageProperties):
            return changed
        again = ItemRef(changed.mailbox, changed.id, change_key=changed.change_key)
        await self.send(caller, again, place, keep=disposition is Disposition.SEND_AND_SAVE_COPY)
        return None

    async def respond(
        self, caller: Caller, response: Response, place: Place | None, disposition: Disposition
    ) -> list[Item]:
        """Answer or forward an item, or say that no read receipt is wanted of it. Raises ``Failure``."""
        ref = self._items.visit(caller, response.reference)
        person = _person(caller)
        if response.kind is ResponseKind.SUPPRESS_RECEIPT:
            return [await self._suppress(ref)]
        forward = response.kind is ResponseKind.FORWARD
        original, files = await self._store.read(lambda tx: self._original(tx, ref, forward))
        if forward and disposition is not Disposition.SAVE_ONLY and is_invitation(original.properties):
            return await self._forwards.forward(person, response, original, files, place, disposition)
        draft = response.draft
        if response.kind is ResponseKind.POST_REPLY and not isinstance(original.properties, PostItemProperties):
            raise Failure("ErrorInvalidOperation", "Only what is posted can be answered by a post.")
        properties = self._started(person, response, original)
        if response.kind is ResponseKind.POST_REPLY:
            post = Draft(kind=ItemKind.POST_ITEM, properties=replies.posted(properties), attachments=draft.attachments)
            place = place or Place(original.mailbox, original.folder, ref.visitor)
            return await self.create(caller, post, place, Disposition.SAVE_ONLY)
        draft = msgspec.structs.replace(draft, properties=properties, attachments=(*files, *draft.attachments))
        made = await self.create(caller, draft, place, disposition)
        if disposition is not Disposition.SAVE_ONLY and ref.visitor is None:
            await self._store.write(lambda tx: self._remember(tx, ref, response.kind))
        return made

    async def answer(self, caller: Caller, response: Response) -> MessageProperties:
        """What an answer to an item, or a forward of it, starts as now; nothing is kept of it. Raises ``Failure``."""
        ref, person = self._items.visit(caller, response.reference), _person(caller)
        original, _ = await self._store.read(lambda tx: self._original(tx, ref, False))
        return self._started(person, response, original)

    def _started(self, person: Person, response: Response, original: Item) -> MessageProperties:
        if not isinstance(response.draft.properties, MessageProperties):
            raise Failure("ErrorInvalidOperation", "The response object is not supported for this item.")
        return replies.start(
            response.kind,
            original.properties,
            response.draft.properties,
            new_body=response.new_body,
            me=person.smtp_addresses,
            at=self._maker.now(),
        )

    async def remember(self, caller: Caller, ref: ItemRef, kind: ResponseKind) -> None:
        """Keep with a message of the caller's own that it was answered, or sent on, by a draft of before."""
        checked = self._items.visit(caller, ref)
        if checked.visitor is None:
            await self._store.write(lambda tx: self._remember(tx, checked, kind))

    def _remember(self, tx: WriteTx, ref: ItemRef, kind: ResponseKind) -> None:
        """Keep with a message what was done with it last, for the icon that lists show; it may be gone by now."""
        item = rows.get(tx, self._store.blobs, ref.item)
        if item is None or item.mailbox != ref.mailbox or kind not in icons.VERBS:
            return
        if not isinstance(item.properties, MessageProperties):
            return
        tally = Tally()
        said = icons.after(icons.VERBS[kind], self._maker.now())
        properties = msgspec.structs.replace(item.properties, extended={**item.properties.extended, **said})
        rows.update(tx, self._store.blobs, tally, item, properties)
        tally.settle(tx)

    def _original(self, tx: Tx, ref: ItemRef, files: bool) -> tuple[Item, tuple[DraftAttachment, ...]]:
        item = self._items.load(tx, ref, Need.READ)
        found = hanging.contents(tx, self._store.blobs, item.id) if files else ()
        return item, tuple(DraftAttachment(one.head, one.content) for one in found)

    async def _suppress(self, ref: ItemRef) -> Item:
        def work(tx: WriteTx) -> Item:
            tally = Tally()
            item = self._items.load(tx, ref, Need.EDIT)
            if not isinstance(item.properties, MessageProperties):
                raise Failure("ErrorInvalidOperation", "Only messages ask for read receipts.")
            properties = msgspec.structs.replace(item.properties, is_read_receipt_settled=True)
            changed = rows.update(tx, self._store.blobs, tally, item, properties)
            tally.settle(tx)
            return changed

        return await self._store.write(work)


def _person(caller: Caller) -> Person:
    if caller.person is None or not caller.person.msExchMailboxGuid:
        raise Failure("ErrorMissingEmailAddress", "The account does not have a mailbox.")
    return caller.person


def recipients(message: MessageProperties) -> tuple[EmailAddress, ...]:
    """Everybody a message is for."""
    return (*message.to_recipients, *message.cc_recipients, *message.bcc_recipients)
