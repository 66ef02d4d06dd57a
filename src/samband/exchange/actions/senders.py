"""In whose name somebody may send: their own, as somebody else, or on behalf of somebody whose delegate they are."""

from __future__ import annotations

from samband.directory.rights import Rights
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.making import address_of
from samband.model.failures import Failure
from samband.model.item_values import EmailAddress
from samband.model.people import Person
from samband.model.rights import Right
from samband.store import delegates


class Senders:
    """Decides who stands as the sender of what goes out."""

    def __init__(self, base: Foundation, rights: Rights) -> None:
        self._store = base.store
        self._directory = base.directory
        self._rights = rights

    async def sender(self, person: Person, owner: Person) -> Person:
        """Who is the sender of what ``person`` sends from ``owner``: ``owner``, or ``person`` on behalf of them.

        Raises ``Failure`` ErrorSendAsDenied where they may do neither.
        """
        if person.objectGUID == owner.objectGUID:
            return owner
        if self._rights.holds(person, Right.SEND_AS, owner.msExchMailboxGuid):
            return owner
        delegate = await self._store.read(lambda tx: delegates.get(tx, owner.msExchMailboxGuid, person.objectGUID))
        if delegate is None:
            raise _denied()
        return person

    async def signature(
        self, person: Person, from_: EmailAddress | None, sender: EmailAddress | None
    ) -> tuple[EmailAddress, EmailAddress]:
        """From and Sender of a message that ``person`` sends and in which they wrote ``from_`` and ``sender``.

        Raises ``Failure`` ErrorSendAsDenied.
        """
        me = address_of(person)
        owner = self._named(person, from_)
        standing = await self.sender(person, owner)
        if sender is not None and self._named(person, sender).objectGUID not in (owner.objectGUID, person.objectGUID):
            raise _denied()
        if from_ is None or owner.objectGUID == person.objectGUID:
            name = from_.name if from_ is not None and from_.name else person.displayName
            return EmailAddress(name, (from_ or me).address, "SMTP", "Mailbox"), me
        return address_of(owner), address_of(standing)

    def _named(self, person: Person, who: EmailAddress | None) -> Person:
        if who is None or who.address.lower() in {address.lower() for address in person.smtp_addresses}:
            return person
        legacy = who.routing_type.upper() == "EX"
        found = self._directory.by_legacy_dn(who.address) if legacy else self._directory.by_smtp(who.address)
        if found is None:
            raise _denied()
        return found


def _denied() -> Failure:
    return Failure("ErrorSendAsDenied", "The user account does not have the right to send as this sender.")
