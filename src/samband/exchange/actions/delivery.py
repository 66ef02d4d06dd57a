"""Delivery: from one mailbox to others and into the queue of what leaves the organisation, in the write that keeps
the sender's copy."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from samband.exchange.actions.conversation_actions import arrival, threaded
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker, attached
from samband.model import bounces, conversations
from samband.model.bounces import Undelivered
from samband.model.groups import Group
from samband.model.item_requests import Draft
from samband.model.item_values import EmailAddress, Flag
from samband.model.items import Item, ItemKind, MeetingMessageProperties, MessageProperties
from samband.model.outbound import RECEIPT, STAYS, Outside, WayOut
from samband.model.people import Person
from samband.store import items as rows
from samband.store import junk
from samband.store import outbound as queue
from samband.store.api import Tx, WriteTx
from samband.store.attachments import NewAttachment, pack
from samband.store.items import Tally

Delivered = Callable[[WriteTx, Tally, Item], None]
"""Told of each message that came into a mailbox, inside the same write."""


@dataclass(frozen=True, slots=True)
class Stop:
    """A mailbox that a message goes to: whose it is, its inbox, and where mail goes that is not wanted."""

    person: Person
    mailbox: str
    inbox: int
    junk: int

    def folder(self, tx: Tx, message: MessageProperties) -> int:
        """Where ``message`` goes in it."""
        author = message.from_ or message.sender
        if author is None or author.address.lower() in {own.lower() for own in self.person.smtp_addresses}:
            return self.inbox  # nobody blocks themselves
        return self.junk if junk.is_blocked(tx, self.mailbox, author.address) else self.inbox


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes. ``back`` is where reports of what could not be delivered go, None where nowhere; ``out`` is
    how it leaves the organisation."""

    stops: tuple[Stop, ...]
    undelivered: tuple[Undelivered, ...]
    back: Stop | None
    out: WayOut = STAYS


class Delivery:
    """Puts messages into mailboxes. ``heard`` are told of each; each may write more into the same transaction."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._maker = maker
        self.heard: list[Delivered] = []

    def person(self, address: str) -> Person | None:
        """Whose mailbox takes mail for an SMTP address; None where it is nobody's here."""
        person = self._base.directory.by_smtp(address)
        return person if person is not None and person.msExchMailboxGuid else None

    def people(self, address: str) -> list[Person]:
        """Whose mailboxes take mail for an SMTP address: one person's, or those of everyone in a group."""
        group = self._base.directory.group_by_smtp(address)
        if group is not None:
            return [one for one in self._base.directory.people_of(group) if one.msExchMailboxGuid]
        person = self.person(address)
        return [] if person is None else [person]

    def known(self, recipient: EmailAddress) -> EmailAddress:
        """``recipient`` with the address and name the directory has for it."""
        group = self._group(recipient)
        if group is not None:
            return EmailAddress(recipient.name or group.displayName, group.mail, "SMTP", "PublicDL")
        person = self._recipient(recipient)
        if person is None:
            return recipient
        if recipient.routing_type.upper() != "SMTP":
            return EmailAddress(person.displayName, person.primary_smtp, "SMTP", "Mailbox")
        name = recipient.name if recipient.name.lower() not in ("", recipient.address.lower()) else person.displayName
        return msgspec.structs.replace(recipient, name=name, mailbox_type=recipient.mailbox_type or "Mailbox")

    def _recipient(self, recipient: EmailAddress) -> Person | None:
        if recipient.routing_type.upper() == "SMTP":
            return self.person(recipient.address)
        return self._base.directory.by_legacy_dn(recipient.address)

    def _group(self, recipient: EmailAddress) -> Group | None:
        smtp = recipient.routing_type.upper() == "SMTP"
        return self._base.directory.group_by_smtp(recipient.address) if smtp else None

    def _reached(self, recipient: EmailAddress) -> list[Person] | None:
        """Whose mailboxes a message for ``recipient`` goes to; None where it is nobody's, [] for an empty group."""
        if self._group(recipient) is not None:
            return self.people(recipient.address)
        person = self._recipient(recipient)
        return [person] if person is not None and person.msExchMailboxGuid else None

    async def route(self, recipients: Iterable[EmailAddress], sender: Person | None) -> Route:
        """Where a message for ``recipients`` goes; each mailbox is one stop, however often it is named.

        ``sender`` hears of what could not be delivered; None: nobody does.
        """
        stops: dict[str, Stop] = {}
        undelivered: dict[str, Undelivered] = {}
        outside: dict[str, Outside] = {}
        for recipient in recipients:
            people = self._reached(recipient)
            if people is None:
                reason = self._stranger(recipient)
                if reason:
                    undelivered.setdefault(recipient.address.lower(), Undelivered(recipient, reason))
                else:
                    outside.setdefault(recipient.address.lower(), Outside(recipient))
                continue
            for person in people:
                if person.msExchMailboxGuid not in stops:
                    stops[person.msExchMailboxGuid] = await self._stop(person)
        back = await self._stop(sender) if undelivered and sender is not None and sender.msExchMailboxGuid else None
        out = WayOut(tuple(outside.values()), "" if sender is None else sender.primary_smtp)
        return Route(tuple(stops.values()), tuple(undelivered.values()), back, out)

    def refusal(self, recipient: EmailAddress) -> str:
        """Why mail for somebody goes nowhere; empty where it goes into a mailbox or leaves the organisation."""
        return self._stranger(recipient) if self._reached(recipient) is None else ""

    def _stranger(self, recipient: EmailAddress) -> str:
        """Why mail for somebody who is not here goes nowhere; empty where it leaves the organisation."""
        if recipient.routing_type.upper() != "SMTP" or self.is_local(recipient.address):
            return bounces.UNKNOWN
        if not self._base.settings.outbound.enabled:
            return bounces.NO_ROUTE
        return "" if is_address(recipient.address) else bounces.NO_ADDRESS

    async def _stop(self, person: Person) -> Stop:
        folders = await self._mailboxes.ensure(person.msExchMailboxGuid)
        return Stop(person, person.msExchMailboxGuid, folders["inbox"], folders["junkemail"])

    def is_local(self, address: str) -> bool:
        """Whether the domain of ``address`` is the organisation's."""
        domain = "@" + address.rpartition("@")[2].lower()
        if domain[1:] in self._base.settings.domains:
            return True
        people = self._base.directory.people()
        return any(own.lower().endswith(domain) for person in people for own in person.smtp_addresses)

    def carry(self, tx: WriteTx, tally: Tally, route: Route, draft: Draft, now: datetime) -> list[Item]:
        """Put ``draft``, a message as its sender sent it, into every mailbox of ``route``; what came into them.

        Blind recipients stay unseen. What goes outside is queued, what could not be delivered is reported to the
        sender.
        """
        message = draft.properties
        if not isinstance(message, MessageProperties):
            raise TypeError("only messages are delivered")
        files = attached(draft.attachments, now)
        came = [self._put(tx, tally, stop, draft, _as_received(message, stop, now), files) for stop in route.stops]
        if route.out.recipients:
            self._leave(tx, route.out, draft, message, files, now)
        if route.undelivered and route.back is not None:
            report = bounces.report(message, route.undelivered, self._maker.postmaster(route.back.person), now)
            properties = _as_received(conversations.joined(report, now), route.back, now)
            came.append(self._put(tx, tally, route.back, bounces.draft(report), properties, ()))
        return came

    def _leave(
        self,
        tx: WriteTx,
        way: WayOut,
        draft: Draft,
        message: MessageProperties,
        files: Sequence[NewAttachment],
        now: datetime,
    ) -> None:
        """Queue a message for those outside."""
        if message.is_delivery_receipt_requested:
            wished = tuple(replace(one, notify=one.notify or RECEIPT) for one in way.recipients)
            way = replace(way, recipients=wished)
        seen = msgspec.structs.replace(message, bcc_recipients=())
        content = pack(draft.kind, self._maker.item_class(draft), seen, files, draft.mime)
        queue.insert(tx, self._base.store.blobs, way, message.subject, content, int(now.timestamp()))

    def _put(
        self,
        tx: WriteTx,
        tally: Tally,
        stop: Stop,
        draft: Draft,
        properties: MessageProperties,
        files: Sequence[NewAttachment],
    ) -> Item:
        blobs = self._base.store.blobs
        folder = stop.folder(tx, properties)
        properties = threaded(tx, blobs, stop.mailbox, properties)
        if folder == stop.inbox:
            properties, folder = arrival(tx, self._mailboxes, stop.mailbox, properties, folder)
        item = rows.insert(
            tx,
            blobs,
            tally,
            stop.mailbox,
            folder,
            draft.kind,
            self._maker.item_class(draft),
            properties,
            files,
            mime=draft.mime,
            new_mail=True,
        )
        for hear in self.heard:
            hear(tx, tally, item)
        return item

    async def receive(
        self, recipients: Sequence[Person], draft: Draft, report: Draft | None = None, sender: str = ""
    ) -> list[Item]:
        """Take a message from outside for local ``recipients``. When this returns it is on disk.

        ``report``, where there is one, goes to the address ``sender`` in the same write.
        """
        stops = {person.msExchMailboxGuid: await self._stop(person) for person in recipients}
        return await self.post(Route(tuple(stops.values()), (), None), draft, report, sender)

    async def post(self, route: Route, draft: Draft, report: Draft | None = None, sender: str = "") -> list[Item]:
        """Put a message that came as a whole where ``route`` says; what came into mailboxes. See ``receive``."""
        now = self._maker.now()
        prepared = self._maker.incoming(draft, now)
        told = None if report is None else self._maker.incoming(report, now)
        back = None if report is None else await self.route([EmailAddress("", sender)], None)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            came = self.carry(tx, tally, route, prepared, now)
            if told is not None and back is not None:
                self.carry(tx, tally, back, told, now)
            tally.settle(tx)
            return came

        return await self._base.store.write(work)


def _as_received(message: MessageProperties, stop: Stop, now: datetime) -> MessageProperties:
    """``message`` as the copy in a recipient's mailbox.

    What its sender thought of it (categories, flag, reminder) stays behind; of extended properties the named ones
    travel.
    """
    me = EmailAddress(stop.person.displayName, stop.person.primary_smtp, "SMTP", "Mailbox")
    received = msgspec.structs.replace(
        message,
        bcc_recipients=(),
        date_time_received=now,
        date_time_created=now,
        last_modified_time=now,
        is_draft=False,
        is_from_me=False,
        is_submitted=False,
        is_read=False,
        received_by=me,
        received_representing=me,
        reminder_is_set=False,
        categories=(),
        flag=Flag(),
        extended={key: value for key, value in message.extended.items() if key.startswith("{")},
    )
    if isinstance(received, MeetingMessageProperties):
        received = msgspec.structs.replace(received, associated_calendar_item=0, has_been_processed=False)
    return received


def is_address(text: str) -> bool:
    """Whether ``text`` can be said to another mail server: a local part and a domain, without spaces and brackets."""
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and len(text) <= 320 and not any(c in "<>" or c <= " " or c == "\x7f" for c in text)


def is_meeting_message(item: Item) -> bool:
    """Whether a message is about a meeting, so that calendars hear of it."""
    return item.kind in (
        ItemKind.MEETING_MESSAGE,
        ItemKind.MEETING_REQUEST,
        ItemKind.MEETING_RESPONSE,
        ItemKind.MEETING_CANCELLATION,
    )
