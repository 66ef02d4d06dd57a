"""Server-side contact lists: roaming-contacts, and SOAP operations by SERVICE [MS-SIP 3.7]."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from samband.lync.actions.contacts import Contacts
from samband.lync.actions.unified_contacts import UnifiedContacts
from samband.lync.sip.diagnostics import text
from samband.lync.sip.inbound import Inbound
from samband.lync.sip.notifier import Content, Subscription
from samband.lync.sip.own_presence_door import own_person
from samband.lync.sip.refusals import STATUS
from samband.lync.sip.services import Services
from samband.model import contacts as model
from samband.model.contacts import Changed, Contact, ContactDelta, ContactList, Group, StaleDelta
from samband.model.failures import Failure
from samband.model.people import Person
from samband.model.unified_contacts import Seat, Ucs
from samband.wire.presence import contact_operations as wire
from samband.wire.presence.fault import WRONG_DELTA
from samband.wire.presence.names import ROAMING_CONTACTS_TYPE, SOAP_TYPE
from samband.wire.presence.roaming_contacts import (
    ContactDeltaDocument,
    ContactDocument,
    ContactListDocument,
    GroupDocument,
    write_contact_delta,
    write_contact_list,
    write_migrated_list,
)

MAILBOX_LISTS = "ms-ucs"
"""The option tag of clients that can read a contact list from its owner's mailbox."""


MIGRATED = (2165, "Contact subscription is not allowed as the user's contact list has migrated to Exchange.")
"""What a client is refused with that reads the list from the mailbox [MS-PRES 4.14.3.1]."""


class RoamingContacts:
    """Event ``vnd-microsoft-roaming-contacts``: the whole list, then its changes.

    A client that can is told to read the list from the mailbox where it lives there, and again whenever it changed;
    with ``refuses`` it is refused instead, and hears of changes from the mailbox alone. Any other client gets the copy
    that is kept here, and so do all while the mailbox cannot be asked. A client that is to find the list somewhere
    else loses its connection, and signs in anew.
    """

    def __init__(self, contacts: Contacts, ucs: UnifiedContacts | None = None, refuses: str = "") -> None:
        """``refuses``: the name of the server that refuses; empty: subscriptions are accepted."""
        self._contacts = contacts
        self._ucs = ucs
        self._refuses = refuses

    async def subscribe(self, subscription: Subscription, inbound: Inbound) -> Content:
        """See ``Package``."""
        person = own_person(inbound)
        able = self._ucs is not None and MAILBOX_LISTS in inbound.request.tokens("Supported")
        if self._ucs is not None and able:
            self._ucs.signed_in(person)
        seat = self._state(person).seat if able else Seat.HERE
        if seat is Seat.MAILBOX and self._refuses:
            raise Failure("NotAcceptableHere", MIGRATED[1], details={"ms_diagnostics": text(MIGRATED, self._refuses)})

        def shown(contacts: ContactList) -> Content:
            if seat is Seat.MAILBOX:
                return _elsewhere(contacts.delta)
            return _whole(contacts, migrated=not able and self._state(person).migrated)

        if subscription.closing is not None:
            return shown(await self._contacts.get(person))

        def hear(delta: ContactDelta) -> None:
            elsewhere = seat is Seat.MAILBOX
            subscription.notify(_elsewhere(delta.delta) if elsewhere else Content(ROAMING_CONTACTS_TYPE, _delta(delta)))

        contacts, close = await self._contacts.follow(person, hear)
        deaf = self._watch(subscription, person, seat) if able else lambda: None

        def leave() -> None:
            deaf()
            close()

        subscription.closing = leave
        return shown(contacts)

    def _state(self, person: Person) -> Ucs:
        return Ucs() if self._ucs is None else self._ucs.of(person.objectGUID)

    def _watch(self, subscription: Subscription, person: Person, given: Seat) -> Callable[[], None]:
        """Close the connection of a client that was given the list from one seat when it has another.

        Where the mailbox went away, a client that reads it stays as it is: it knows, and keeps what it shows.
        """
        assert self._ucs is not None

        def moved() -> None:
            seat = self._state(person).seat
            if seat is not given and (given, seat) != (Seat.MAILBOX, Seat.COPY):
                subscription.way.flow.close()

        return self._ucs.follow(person.objectGUID, moved)


class ContactsDoor:
    """Adds the SOAP operations to ``services``."""

    def __init__(self, services: Services, contacts: Contacts) -> None:
        self._services = services
        self._contacts = contacts
        services.by_type[SOAP_TYPE.lower()] = self.operate

    async def operate(self, inbound: Inbound, person: Person) -> None:
        """Serve one operation; its answer carries the new number of the list."""
        name, operation = wire.read_operation(inbound.request.body)
        if operation is None:
            raise Failure("NotImplemented", "No such operation on a contact list")
        try:
            delta = await self._contacts.change(person, operation.delta, _verb(operation, self._contacts.most))
        except StaleDelta as stale:
            fault = wire.write_soap_fault(WRONG_DELTA, f"The contact list is at deltaNum {stale.current}")
            self._services.answer(inbound, STATUS[stale.code], SOAP_TYPE, fault)
            return
        except Failure as failure:
            fault = wire.write_soap_fault("Client.BadCall", failure.text)
            self._services.answer(inbound, STATUS.get(failure.code, 400), SOAP_TYPE, fault)
            return
        if delta.added_groups:
            answer = wire.write_group_added(delta.added_groups[0].number, delta.delta)
        else:
            answer = wire.write_answer(name, delta.delta)
        self._services.answer(inbound, 200, SOAP_TYPE, answer)


def _verb(operation: wire.Operation, most: int) -> Callable[[ContactList], Changed]:
    if isinstance(operation, wire.AddGroup):
        return lambda book: model.add_group(book, operation.name, operation.external_uri)
    if isinstance(operation, wire.ModifyGroup):
        return lambda book: model.modify_group(book, operation.number, operation.name, operation.external_uri)
    if isinstance(operation, wire.DeleteGroup):
        return lambda book: model.delete_group(book, operation.number)
    if isinstance(operation, wire.DeleteContact):
        return lambda book: model.delete_contact(book, operation.address)
    contact = Contact(
        address=operation.address,
        name=operation.name,
        groups=operation.groups,
        subscribed=operation.subscribed,
        external_uri=operation.external_uri,
        extension=operation.extension,
    )
    return lambda book: model.set_contact(book, contact, most)


def _whole(contacts: ContactList, migrated: bool) -> Content:
    document = ContactListDocument(
        delta=contacts.delta,
        groups=_groups(contacts.groups[number] for number in sorted(contacts.groups)),
        contacts=_contacts(contacts.contacts.values()),
        migrated=migrated,
    )
    return Content(ROAMING_CONTACTS_TYPE, write_contact_list(document).encode("utf-8", "replace"))


def _elsewhere(number: int) -> Content:
    return Content(ROAMING_CONTACTS_TYPE, write_migrated_list(number).encode())


def _delta(delta: ContactDelta) -> bytes:
    document = ContactDeltaDocument(
        previous=delta.previous,
        delta=delta.delta,
        added_groups=_groups(delta.added_groups),
        modified_groups=_groups(delta.modified_groups),
        added_contacts=_contacts(delta.added_contacts),
        modified_contacts=_contacts(delta.modified_contacts),
        deleted_groups=delta.deleted_groups,
        deleted_contacts=delta.deleted_contacts,
    )
    return write_contact_delta(document).encode("utf-8", "replace")


def _groups(groups: Iterable[Group]) -> tuple[GroupDocument, ...]:
    return tuple(GroupDocument(group.number, group.name, group.external_uri) for group in groups)


def _contacts(contacts: Iterable[Contact]) -> tuple[ContactDocument, ...]:
    return tuple(
        ContactDocument(
            address=contact.address,
            name=contact.name,
            groups=contact.groups,
            subscribed=contact.subscribed,
            external_uri=contact.external_uri,
            extension=contact.extension,
        )
        for contact in contacts
    )
