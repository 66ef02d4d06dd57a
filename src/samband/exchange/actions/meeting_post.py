"""Letters about meetings: written before a write, posted inside it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import msgspec

from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker, address_of, attached
from samband.exchange.actions.routing import Route
from samband.model import meeting_messages
from samband.model.item_requests import Draft, DraftAttachment
from samband.model.item_values import Body, EmailAddress, MeetingRequestType, ResponseType
from samband.model.items import (
    CalendarProperties,
    Item,
    ItemKind,
    MeetingMessageProperties,
    MeetingRequestProperties,
)
from samband.model.people import Person
from samband.store import items as rows
from samband.store.api import WriteTx
from samband.store.items import Tally


@dataclass(frozen=True, slots=True)
class Letter:
    """A message about a meeting, where it goes, and the folder for the sender's copy (0: no copy)."""

    draft: Draft
    route: Route
    sender: Person
    copy_to: int
    at: datetime

    def signed(self, sender: Person) -> Letter:
        """The letter, sent by ``sender`` on behalf of who it is from."""
        if sender.objectGUID == self.sender.objectGUID:
            return self
        properties = msgspec.structs.replace(_of_meeting(self.draft), sender=address_of(sender))
        return replace(self, draft=msgspec.structs.replace(self.draft, properties=properties))


def _of_meeting(draft: Draft) -> MeetingMessageProperties:
    assert isinstance(draft.properties, MeetingMessageProperties)
    return draft.properties


class MeetingPost:
    """Writes and posts requests, cancellations and responses."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker, delivery: Delivery) -> None:
        self._blobs = base.store.blobs
        self._mailboxes = mailboxes
        self._maker = maker
        self._delivery = delivery

    async def request(
        self,
        organizer: Person,
        meeting: CalendarProperties,
        kind: MeetingRequestType,
        recipients: Sequence[EmailAddress],
        *,
        copy: bool,
        files: tuple[DraftAttachment, ...] = (),
    ) -> Letter:
        """A request for ``recipients``."""
        properties = meeting_messages.request_of(meeting, kind, recipients, self._maker.now())
        to = self.others(organizer, recipients)
        return await self._letter(
            organizer, ItemKind.MEETING_REQUEST, meeting_messages.REQUEST_CLASS, properties, to, copy, files
        )

    async def cancellation(
        self,
        organizer: Person,
        meeting: CalendarProperties,
        recipients: Sequence[EmailAddress],
        *,
        copy: bool,
        body: Body | None = None,
    ) -> Letter:
        """Word to ``recipients`` that a meeting will not be, or not with them."""
        to = self.others(organizer, recipients)
        properties = meeting_messages.cancellation_of(meeting, to, body, self._maker.now())
        kind, item_class = ItemKind.MEETING_CANCELLATION, meeting_messages.CANCELLATION_CLASS
        return await self._letter(organizer, kind, item_class, properties, to, copy)

    async def response(
        self,
        attendee: Person,
        meeting: CalendarProperties,
        response: ResponseType,
        body: Body | None,
        proposed: tuple[datetime | None, datetime | None],
        *,
        copy: bool,
    ) -> Letter:
        """An attendee's answer to the organizer."""
        properties = meeting_messages.response_of(meeting, response, body, proposed, self._maker.now())
        kind, item_class = ItemKind.MEETING_RESPONSE, meeting_messages.RESPONSE_CLASSES[response]
        return await self._letter(attendee, kind, item_class, properties, properties.to_recipients, copy)

    async def forwarded(
        self,
        sender: Person,
        request: MeetingRequestProperties,
        recipients: Sequence[EmailAddress],
        files: tuple[DraftAttachment, ...],
        *,
        copy: bool,
    ) -> Letter:
        """An invitation that somebody sends on to ``recipients``."""
        kind, item_class = ItemKind.MEETING_REQUEST, meeting_messages.REQUEST_CLASS
        return await self._letter(sender, kind, item_class, request, recipients, copy, files)

    async def forward_notice(
        self,
        sender: Person,
        request: MeetingRequestProperties,
        organizer: EmailAddress,
        recipients: Sequence[EmailAddress],
    ) -> Letter:
        """Word to the organizer that ``sender`` sent an invitation on to ``recipients``."""
        properties = meeting_messages.forward_notice_of(request, organizer, recipients, self._maker.now())
        kind, item_class = ItemKind.MEETING_MESSAGE, meeting_messages.FORWARD_NOTICE_CLASS
        return await self._letter(sender, kind, item_class, properties, (organizer,), False)

    def others(self, sender: Person, recipients: Iterable[EmailAddress]) -> list[EmailAddress]:
        """``recipients`` without the sender, who needs no letter."""
        own = {address.lower() for address in sender.smtp_addresses}
        return [self._delivery.known(one) for one in recipients if one.address.lower() not in own]

    async def _letter(
        self,
        sender: Person,
        kind: ItemKind,
        item_class: str,
        properties: MeetingMessageProperties,
        recipients: Sequence[EmailAddress],
        copy: bool,
        files: tuple[DraftAttachment, ...] = (),
    ) -> Letter:
        now = self._maker.now()
        message = self._maker.written(properties, sender, now)
        route = await self._delivery.route(recipients, sender)
        # The sender may be in a group that was asked.
        others = tuple(stop for stop in route.stops if stop.mailbox != sender.msExchMailboxGuid)
        route = replace(route, stops=others)
        folders = await self._mailboxes.ensure(sender.msExchMailboxGuid) if copy else {}
        draft = Draft(kind=kind, item_class=item_class, properties=message, attachments=files)
        return Letter(draft, route, sender, folders.get("sentitems", 0), now)

    def post(self, tx: WriteTx, tally: Tally, letter: Letter, about: int = 0) -> Item | None:
        """Put a letter into its recipients' mailboxes, and a copy into the sender's; ``about`` is the sender's item.

        The copy, None where there is none.
        """
        copy = None
        if letter.copy_to and isinstance(letter.draft.properties, MeetingMessageProperties):
            properties = msgspec.structs.replace(
                letter.draft.properties,
                is_read=True,
                is_from_me=True,
                associated_calendar_item=about,
                has_been_processed=True,
            )
            copy = rows.insert(
                tx,
                self._blobs,
                tally,
                letter.sender.msExchMailboxGuid,
                letter.copy_to,
                letter.draft.kind,
                letter.draft.item_class,
                properties,
                attached(letter.draft.attachments, letter.at),
            )
        self._delivery.carry(tx, tally, letter.route, letter.draft, letter.at)
        return copy
