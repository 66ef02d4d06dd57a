"""Receipts, sent in the write in which a message is delivered, marked as read, or deleted unread."""

from __future__ import annotations

from datetime import datetime

import msgspec

from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.making import Maker, address_of
from samband.exchange.actions.routing import Letter, Route
from samband.model import automatic, bodies, conversations, receipts
from samband.model.item_requests import Draft
from samband.model.item_values import EmailAddress
from samband.model.items import Item, ItemKind, MessageProperties
from samband.model.people import Person
from samband.model.receipts import ITEM_CLASSES, Reported
from samband.store import items as rows
from samband.store.api import WriteTx
from samband.store.items import Tally


class Receipts:
    """Writes them."""

    def __init__(self, base: Foundation, maker: Maker, delivery: Delivery) -> None:
        self._base = base
        self._maker = maker
        self._delivery = delivery

    def delivered(self, route: Route, draft: Draft, now: datetime) -> list[Letter]:
        """The receipt for who sent ``draft`` and wants to know that it came into the mailboxes of ``route``.

        It tells of those whom the message names, not of who is in its groups.
        """
        message = draft.properties
        sender = route.out.sender
        if not isinstance(message, MessageProperties) or not message.is_delivery_receipt_requested or not sender:
            return []
        item_class = self._maker.item_class(draft)
        if automatic.is_automatic(message, item_class) or automatic.suppresses(message, "DR"):
            return []
        named = {
            one.address.lower() for one in (*message.to_recipients, *message.cc_recipients, *message.bcc_recipients)
        }
        people = [
            stop.person
            for stop in route.stops
            if not named.isdisjoint(address.lower() for address in stop.person.smtp_addresses)
        ]
        if not people:
            return []
        found = receipts.report(message, Reported.DELIVERED, tuple(map(address_of, people)))
        return [self._letter(found, EmailAddress("", sender), self._maker.postmaster(people[0]), people[0], now)]

    def read(self, tx: WriteTx, tally: Tally, before: Item, after: Item, *, suppress: bool = False) -> Item:
        """A client wrote the item ``before`` so that it is ``after`` (which may be partial); what it is in the end.

        Who asked for a receipt gets one when it is read for the first time, or ``suppress`` says that they never do.
        """
        message = after.properties
        if not isinstance(message, MessageProperties) or not receipts.wants_one(message):
            return after
        if not message.is_read or getattr(before.properties, "is_read", True) or message.is_from_me:
            return after
        return self._answered(tx, tally, after, Reported.DISPLAYED, suppress)

    def deleted(self, tx: WriteTx, tally: Tally, item: Item, *, suppress: bool = False) -> Item:
        """``item`` (which may be partial) is about to be deleted for good, or to be recovered; what it is then.

        Who asked for a receipt of what was never read hears that it was not, unless ``suppress`` says they never do.
        """
        message = item.properties
        if not isinstance(message, MessageProperties) or not receipts.wants_one(message):
            return item
        if message.is_read or message.is_from_me or message.is_draft:
            return item
        return self._answered(tx, tally, item, Reported.DELETED, suppress)

    def _answered(self, tx: WriteTx, tally: Tally, item: Item, what: Reported, suppress: bool) -> Item:
        whole = rows.get(tx, self._base.store.blobs, item.id)
        person = self._base.directory.by_mailbox(item.mailbox)
        if whole is None or person is None or not isinstance(whole.properties, MessageProperties):
            return item
        to = None if suppress else receipts.reader_wanted(whole.properties, whole.item_class)
        if to is not None:
            self._send(tx, tally, receipts.report(whole.properties, what, (address_of(person),)), to, person)
        return rows.settle_receipt(tx, whole)

    def _send(self, tx: WriteTx, tally: Tally, report: MessageProperties, to: EmailAddress, person: Person) -> None:
        now = self._maker.now()
        letter = self._letter(report, to, address_of(person), person, now)
        self._delivery.carry(tx, tally, self._delivery.route_within(tx, letter), letter.draft, now)

    def _letter(
        self, report: MessageProperties, to: EmailAddress, author: EmailAddress, person: Person, now: datetime
    ) -> Letter:
        """A receipt on its way; nobody hears where it is lost."""
        to = self._delivery.known(to)
        message = msgspec.structs.replace(
            report,
            from_=author,
            sender=author,
            to_recipients=(to,),
            date_time_sent=now,
            preview=bodies.preview(report.body),
            internet_message_id=self._maker.message_id(person),
        )
        assert report.receipt is not None
        item_class = ITEM_CLASSES[Reported(report.receipt.what)]
        draft = Draft(kind=ItemKind.MESSAGE, item_class=item_class, properties=conversations.joined(message, now))
        return Letter((to,), draft)
