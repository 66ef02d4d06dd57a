"""Meetings that are forwarded: whoever gets one can answer its organizer, and the organizer is told."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from samband.exchange.actions.delivery import Delivery
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker, address_of
from samband.exchange.actions.meeting_post import Letter, MeetingPost
from samband.model import meeting_messages, replies
from samband.model.failures import Failure
from samband.model.folders import Place
from samband.model.item_requests import Disposition, DraftAttachment, Response
from samband.model.item_values import EmailAddress, MeetingRequestType
from samband.model.items import (
    CalendarProperties,
    Item,
    ItemProperties,
    MeetingRequestProperties,
    MessageProperties,
)
from samband.model.people import Person
from samband.store import item_places
from samband.store.api import WriteTx
from samband.store.items import Tally


def is_invitation(properties: ItemProperties) -> bool:
    """Whether forwarding an item invites to a meeting."""
    return isinstance(properties, MeetingRequestProperties) or (
        isinstance(properties, CalendarProperties) and properties.is_meeting
    )


class MeetingForwards:
    """Forwards requests and meetings."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker, delivery: Delivery) -> None:
        self._store = base.store
        self._maker = maker
        self._delivery = delivery
        self._post = MeetingPost(base, mailboxes, maker, delivery)

    async def forward(
        self,
        person: Person,
        response: Response,
        original: Item,
        files: Sequence[DraftAttachment],
        place: Place | None,
        disposition: Disposition,
    ) -> list[Item]:
        """Send on the invitation that ``original`` is with its ``files``; the sender's copy. Raises ``Failure``."""
        said = self._words(person, response, original)
        people = [self._delivery.known(one) for one in (*said.to_recipients, *said.cc_recipients, *said.bcc_recipients)]
        if not people:
            raise Failure("ErrorMissingRecipients", "There are no recipients.")
        request = self._request(original.properties, said)
        me = address_of(person)
        organizer = request.organizer or me
        own = self._is(person, organizer)
        if request.do_not_forward_meeting and not own:
            raise Failure("ErrorAccessDenied", "The organizer does not allow that the meeting is forwarded.")
        copy = disposition is Disposition.SEND_AND_SAVE_COPY
        written = msgspec.structs.replace(request, from_=organizer, sender=me)
        letter = await self._post.forwarded(person, written, people, (*files, *response.draft.attachments), copy=copy)
        notice = None if own else await self._post.forward_notice(person, request, organizer, people)

        def work(tx: WriteTx) -> list[Item]:
            tally = Tally()
            kept = self._posted(tx, tally, letter, place)
            if notice is not None:
                self._post.post(tx, tally, notice)
            tally.settle(tx)
            return kept

        return await self._store.write(work)

    def _words(self, person: Person, response: Response, original: Item) -> MessageProperties:
        draft = response.draft.properties
        if not isinstance(draft, MessageProperties):
            raise Failure("ErrorInvalidOperation", "The response object is not supported for this item.")
        return replies.start(
            response.kind,
            original.properties,
            draft,
            new_body=response.new_body,
            me=person.smtp_addresses,
            at=self._maker.now(),
        )

    def _posted(self, tx: WriteTx, tally: Tally, letter: Letter, place: Place | None) -> list[Item]:
        copy = self._post.post(tx, tally, letter)
        if copy is None:
            return []
        return [copy if place is None else item_places.move(tx, tally, copy, place.folder)]

    def _is(self, person: Person, address: EmailAddress) -> bool:
        return address.address.lower() in map(str.lower, person.smtp_addresses)

    def _request(self, original: ItemProperties, said: MessageProperties) -> MeetingRequestProperties:
        now = self._maker.now()
        if isinstance(original, MeetingRequestProperties):
            request = original
        else:
            assert isinstance(original, CalendarProperties)
            kind = MeetingRequestType.NEW_MEETING_REQUEST
            request = meeting_messages.request_of(original, kind, (), now)
        return msgspec.structs.replace(
            request,
            subject=said.subject,
            body=said.body,
            to_recipients=said.to_recipients,
            cc_recipients=said.cc_recipients,
            bcc_recipients=said.bcc_recipients,
            internet_message_id="",
            date_time_sent=now,
            date_time_received=now,
            is_out_of_date=False,
            meeting_request_type=MeetingRequestType.NEW_MEETING_REQUEST,
            is_read=False,
            extended={},
            categories=(),
        )
