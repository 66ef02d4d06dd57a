"""The unified contact store from the Lync side: where a user's contact list lives, and the list as a mailbox has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

import msgspec

from samband.model.contacts import DEFAULT_GROUP, Contact, ContactList, Group


class UcsState(StrEnum):
    """How far a user's move is, by the names that administrators know."""

    DISABLED = "UcsDisabled"
    """Not a state of its own: the policy does not allow to move, and the list has not moved."""
    ALLOWED = "UcsAllowed"
    MIGRATING = "UcsMigrating"
    MIGRATED = "UcsMigrated"
    FAILED = "FailedUserData"


class Seat(StrEnum):
    """Where clients that know of mailboxes find a list now."""

    HERE = "Lync Server"
    MAILBOX = "UCS"
    COPY = "UCS, copy"
    """The list is in the mailbox, which cannot be asked: what was last known of it is here, to be read only."""


class Ucs(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """Where one user's list lives. ``reason`` says why the last attempt failed, or why the mailbox cannot be asked."""

    state: UcsState = UcsState.ALLOWED
    attempts: int = 0
    last_attempt: datetime | None = None
    not_before: datetime | None = None
    """No move by itself before this moment: the list was taken back."""
    reason: str = ""
    down_since: datetime | None = None
    """Since when the mailbox that has the list cannot be asked."""

    @property
    def seat(self) -> Seat:
        """Where the list is found now."""
        if not self.migrated:
            return Seat.HERE
        return Seat.MAILBOX if self.down_since is None else Seat.COPY

    @property
    def provider(self) -> str:
        """The row "Contact List Provider" of a client's configuration information."""
        return "UCS" if self.migrated else "Lync Server"

    @property
    def connectivity(self) -> str:
        """Its row "UCS Connectivity State"; empty where the list is not in a mailbox (KB 2811654)."""
        if not self.migrated:
            return ""
        return "Exchange connection Active" if self.down_since is None else "Exchange connection Down"

    @property
    def migrated(self) -> bool:
        return self.state is UcsState.MIGRATED

    @property
    def read_only(self) -> bool:
        """Whether the list here is a copy of the mailbox's, or about to become one."""
        return self.state in (UcsState.MIGRATED, UcsState.MIGRATING)


@dataclass(frozen=True, slots=True)
class MailboxContact:
    """Somebody on a mailbox's list; ``id`` is the mailbox side's name for them."""

    id: str
    address: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class MailboxGroup:
    """A group of a mailbox's list, the members by their ``id``."""

    id: str
    name: str
    type: str
    members: tuple[str, ...] = ()
    external_uri: str = ""
    """What a list here says of a group that stands for a distribution group, or is the favourites."""

    @property
    def is_default(self) -> bool:
        """Whether it holds those who are in no other group."""
        return self.type.endswith(".OtherContacts")

    @property
    def is_favorites(self) -> bool:
        """Whether it holds those whom the owner pins."""
        return self.type.endswith(".Favorites")

    @property
    def is_given(self) -> bool:
        """Whether every list has it, so that it means something only with members."""
        return self.is_favorites or self.type.endswith(".Tagged")


@dataclass(frozen=True, slots=True)
class MailboxList:
    """A whole list as a mailbox has it."""

    groups: tuple[MailboxGroup, ...] = ()
    contacts: tuple[MailboxContact, ...] = ()

    def group_named(self, name: str) -> MailboxGroup | None:
        """By name; case does not count."""
        return next((group for group in self.groups if group.name.casefold() == name.casefold()), None)

    @property
    def default(self) -> MailboxGroup | None:
        """The group of those who are in no other."""
        return next((group for group in self.groups if group.is_default), None)

    @property
    def favorites(self) -> MailboxGroup | None:
        """The group of those whom the owner pins."""
        return next((group for group in self.groups if group.is_favorites), None)

    def place_of(self, group: Group) -> MailboxGroup | None:
        """The group here that a group of a contact list is, by its name; of a pinned one the favourites."""
        known = self.group_named(group.name)
        return self.favorites if known is None and group.says_pinned else known


def mirrored(local: ContactList, mailbox: MailboxList, known_name: Callable[[str], str]) -> ContactList:
    """The list here that says what ``mailbox`` says; it has the number of ``local`` where nothing is different.

    What only this side knows of a contact or group stays. ``known_name`` is the directory's name for an address:
    a contact that is called that has no name of its own here.
    """
    numbers, groups = _groups(local, mailbox)
    contacts: dict[str, Contact] = {}
    for one in mailbox.contacts:
        address = one.address.lower()
        wanted = tuple(
            sorted(numbers[group.id] for group in mailbox.groups if one.id in group.members and group.id in numbers)
        )
        before = local.contacts.get(address)
        contact = before or Contact(address=address)
        if set(wanted) != set(contact.groups) or before is None:
            contact = replace(contact, groups=wanted or (DEFAULT_GROUP,))
        contacts[address] = replace(contact, name=_name(contact, one, known_name))
    ordered = {address: contacts[address] for address in (*local.contacts, *contacts) if address in contacts}
    if groups == dict(local.groups) and ordered == dict(local.contacts):
        return local
    return ContactList(local.delta + 1, groups, ordered)


def _name(contact: Contact, one: MailboxContact, known_name: Callable[[str], str]) -> str:
    unsaid = ("", one.address, known_name(one.address))
    return "" if not contact.name and one.name in unsaid else one.name


def _groups(local: ContactList, mailbox: MailboxList) -> tuple[Mapping[str, int], dict[int, Group]]:
    by_name = {group.name.casefold(): group for number, group in local.groups.items() if number != DEFAULT_GROUP}
    pinned, favorites = local.pinned, mailbox.favorites
    if pinned is not None and favorites is not None and mailbox.place_of(pinned) == favorites:
        by_name[favorites.name.casefold()] = pinned
    groups = {DEFAULT_GROUP: local.groups[DEFAULT_GROUP]}
    numbers: dict[str, int] = {}
    for one in mailbox.groups:
        known = by_name.get(one.name.casefold())
        if one.is_default:
            numbers[one.id] = DEFAULT_GROUP
        elif known is not None:
            numbers[one.id] = known.number
            external = known.external_uri or one.external_uri
            name = known.name if one.is_favorites and known.says_pinned else one.name
            groups[known.number] = replace(known, name=name, external_uri=external)
        elif one.members or not one.is_given:
            free = next(n for n in range(2, len(local.groups) + len(mailbox.groups) + 3) if _free(n, groups, local))
            numbers[one.id] = free
            groups[free] = Group(free, one.name, one.external_uri)
    return numbers, dict(sorted(groups.items()))


def _free(number: int, groups: Mapping[int, Group], local: ContactList) -> bool:
    return number not in groups and number not in local.groups
