"""Where mail goes: whose mailboxes an address is, and who is outside of the organisation."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes, make_default_folders
from samband.exchange.actions.making import Maker
from samband.model import bounces
from samband.model.bounces import Undelivered
from samband.model.groups import Group
from samband.model.item_requests import Draft
from samband.model.item_values import EmailAddress
from samband.model.items import MessageProperties
from samband.model.outbound import STAYS, Outside, WayOut
from samband.model.people import Person
from samband.store import junk
from samband.store.api import Tx, WriteTx

_FOLDERS = ("inbox", "junkemail", "deleteditems")


@dataclass(frozen=True, slots=True)
class Stop:
    """A mailbox that a message goes to: whose it is, its inbox, and where mail goes that is not wanted."""

    person: Person
    mailbox: str
    inbox: int
    junk: int
    deleted: int

    def folder(self, tx: Tx, message: MessageProperties) -> int:
        """Where ``message`` goes in it."""
        author = message.from_ or message.sender
        if author is None or author.address.lower() in {own.lower() for own in self.person.smtp_addresses}:
            return self.inbox  # nobody blocks themselves
        return self.junk if junk.is_blocked(tx, self.mailbox, author.address) else self.inbox


@dataclass(frozen=True, slots=True)
class Route:
    """Where a message goes. ``back`` is where reports of what could not be delivered go, None where nowhere; ``out`` is
    how it leaves the organisation, and whom its envelope says it is from."""

    stops: tuple[Stop, ...]
    undelivered: tuple[Undelivered, ...]
    back: Stop | None
    out: WayOut = STAYS


@dataclass(frozen=True, slots=True)
class Letter:
    """A message that a mailbox's rules or settings send. ``owner`` hears where it cannot be delivered, None: nobody;
    ``sender`` is its envelope's."""

    recipients: tuple[EmailAddress, ...]
    draft: Draft
    owner: Person | None = None
    sender: str = ""


class Reached(NamedTuple):
    """Whose mailboxes a message goes to, each once, whom it does not reach, and who is outside."""

    people: list[Person]
    undelivered: tuple[Undelivered, ...]
    outside: tuple[Outside, ...]


class Routing:
    """Finds the way of a message."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, maker: Maker) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._maker = maker

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
        directory, address = self._base.directory, recipient.address
        smtp = recipient.routing_type.upper() == "SMTP"
        group = directory.group_by_smtp(address) if smtp else None
        if group is not None:
            return EmailAddress(recipient.name or group.displayName, group.mail, "SMTP", "PublicDL")
        person = self.person(address) if smtp else directory.by_legacy_dn(address)
        if person is None:
            return recipient
        if not smtp:
            return EmailAddress(person.displayName, person.primary_smtp, "SMTP", "Mailbox")
        name = recipient.name
        if not name or name.lower() == address.lower():
            name = person.displayName
        return EmailAddress(name, address, recipient.routing_type, recipient.mailbox_type or "Mailbox")

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
        reached = self._sort(recipients)
        stops = tuple([await self._stop(person) for person in reached.people])
        told = reached.undelivered and sender is not None and sender.msExchMailboxGuid
        back = await self._stop(sender) if told and sender is not None else None
        out = WayOut(reached.outside, "" if sender is None else sender.primary_smtp)
        return Route(stops, reached.undelivered, back, out)

    def route_within(self, tx: WriteTx, letter: Letter) -> Route:
        """``route`` of a letter, inside a write."""
        reached = self._sort(letter.recipients)
        stops = tuple(self.stop_within(tx, person) for person in reached.people)
        owner = letter.owner if reached.undelivered else None
        back = None if owner is None else self.stop_within(tx, owner)
        return Route(stops, reached.undelivered, back, WayOut(reached.outside, letter.sender))

    def _sort(self, recipients: Iterable[EmailAddress]) -> Reached:
        reached: dict[str, Person] = {}
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
                reached.setdefault(person.msExchMailboxGuid, person)
        return Reached(list(reached.values()), tuple(undelivered.values()), tuple(outside.values()))

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
        return Stop(person, person.msExchMailboxGuid, *(folders[name] for name in _FOLDERS))

    def stop_within(self, tx: WriteTx, person: Person) -> Stop:
        """The mailbox of ``person``, inside a write."""
        mailbox = person.msExchMailboxGuid
        found = [self._mailboxes.default(tx, mailbox, name) for name in _FOLDERS]
        if not all(found):
            made = make_default_folders(tx, mailbox, self._base.clock(), self._base.settings.language)
            found = [made[name] for name in _FOLDERS]
        return Stop(person, mailbox, *found)

    def is_local(self, address: str) -> bool:
        """Whether the domain of ``address`` is the organisation's."""
        domain = "@" + address.rpartition("@")[2].lower()
        if domain[1:] in self._base.settings.domains:
            return True
        people = self._base.directory.people()
        return any(own.lower().endswith(domain) for person in people for own in person.smtp_addresses)


def is_address(text: str) -> bool:
    """Whether ``text`` can be said to another mail server: a local part and a domain, without spaces and brackets."""
    local, _, domain = text.rpartition("@")
    return bool(local and domain) and len(text) <= 320 and not any(c in "<>" or c <= " " or c == "\x7f" for c in text)
