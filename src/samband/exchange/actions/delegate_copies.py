"""Messages about meetings that delegates get, beside the owner of the mailbox or in their place [MS-OXWSDLGM].

The owner's calendar hears of every message, whoever is to read it.
"""

from __future__ import annotations

import msgspec

from samband.directory.api import Directory
from samband.exchange.actions.delivery import Delivery, Incoming
from samband.exchange.actions.making import address_of
from samband.model.delegates import Delegate, DeliverMeetingRequests
from samband.model.item_values import MeetingRequestType, Sensitivity
from samband.model.items import MeetingMessageProperties, MeetingRequestProperties
from samband.model.people import Person
from samband.store import delegates as rows
from samband.store.api import WriteTx


class DelegateCopies:
    """Decides what comes into whose mailbox of a message about a meeting."""

    def __init__(self, directory: Directory, delivery: Delivery) -> None:
        self._directory = directory
        self._delivery = delivery

    def shared(self, tx: WriteTx, incoming: Incoming) -> list[Incoming]:
        """``incoming`` as its recipient gets it, first, and the copies of the recipient's delegates."""
        message, mailbox = incoming.received, incoming.stop.mailbox
        if not isinstance(message, MeetingMessageProperties) or message.is_delegated:
            return [incoming]
        deliver = rows.delivery(tx, mailbox)
        if deliver is DeliverMeetingRequests.NO_FORWARD:
            return [incoming]
        receivers = self._receivers(tx, mailbox, message)
        if not receivers:
            return [incoming]
        return [_own(incoming, message, deliver), *(self._copy(tx, incoming, message, one) for one in receivers)]

    def _receivers(self, tx: WriteTx, mailbox: str, message: MeetingMessageProperties) -> list[Person]:
        found = [self._receiver(one, message) for one in rows.of_mailbox(tx, mailbox)]
        return [person for person in found if person is not None]

    def _receiver(self, delegate: Delegate, message: MeetingMessageProperties) -> Person | None:
        """The delegate as a person; None where they do not get ``message``, such as who wrote it."""
        hidden = message.sensitivity in (Sensitivity.PRIVATE, Sensitivity.CONFIDENTIAL)
        if not delegate.receive_copies or (hidden and not delegate.view_private_items):
            return None
        person = self._directory.by_guid(delegate.guid)
        if person is None or not person.msExchMailboxGuid:
            return None
        authors = {one.address.lower() for one in (message.from_, message.sender) if one is not None}
        own = {address.lower() for address in person.smtp_addresses}
        return person if own.isdisjoint(authors) else None

    def _copy(self, tx: WriteTx, incoming: Incoming, message: MeetingMessageProperties, person: Person) -> Incoming:
        received = msgspec.structs.replace(message, is_delegated=True, received_by=address_of(person))
        return incoming._replace(stop=self._delivery.stop_within(tx, person), received=received)


def _own(incoming: Incoming, message: MeetingMessageProperties, deliver: DeliverMeetingRequests) -> Incoming:
    """The owner's copy: theirs to answer, only to know of, or already dealt with."""
    if deliver is DeliverMeetingRequests.DELEGATES_ONLY:
        read = msgspec.structs.replace(message, is_read=True)
        return incoming._replace(received=read, folder=incoming.stop.deleted)
    informs = deliver is DeliverMeetingRequests.DELEGATES_AND_INFORMATION
    if informs and isinstance(message, MeetingRequestProperties):
        told = msgspec.structs.replace(message, meeting_request_type=MeetingRequestType.PRINCIPAL_WANTS_COPY)
        return incoming._replace(received=told)
    return incoming
