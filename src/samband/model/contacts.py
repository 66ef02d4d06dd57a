"""The contact list a server keeps for its owner: groups, contacts, and one number that counts the changes [MS-SIP 3.7].

Every change is a function from a list to (new list, what changed); the list itself never changes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from samband.model.failures import Failure

DEFAULT_GROUP = 1
DEFAULT_GROUP_NAME = "~"
"""Every contact that is in no other group is in this one; it is neither renamed nor removed [MS-SIP 3.7.4.4]."""
MAX_GROUPS = 64
MAX_CONTACTS = 1000
MAX_NAME = 256
MAX_EXTENSION = 16 * 1024
PINNED = '<groupExtension groupType="pinnedGroup"><email/></groupExtension>'
"""What clients keep in ``external_uri`` of the group of those whom its owner pins: the favourites."""
_PINNED = re.compile(r"""<groupExtension\s[^>]*groupType\s*=\s*["']pinnedGroup["']""", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Group:
    """A named group. ``external_uri`` points to something outside, such as a distribution list."""

    number: int
    name: str
    external_uri: str = ""

    @property
    def says_pinned(self) -> bool:
        """Whether ``external_uri`` makes it a group of favourites."""
        return _PINNED.match(self.external_uri.strip()) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """Somebody on the list: ``address`` is ``user@domain`` in lower case, ``name`` what the owner calls them."""

    address: str
    name: str = ""
    groups: tuple[int, ...] = (DEFAULT_GROUP,)
    subscribed: bool = True
    external_uri: str = ""
    extension: str = ""
    """An XML element of the client's own, as text."""


@dataclass(frozen=True, slots=True)
class ContactList:
    """A whole list. ``delta`` is its number, 1 before the first change."""

    delta: int = 1
    groups: Mapping[int, Group] = field(
        default_factory=lambda: {DEFAULT_GROUP: Group(DEFAULT_GROUP, DEFAULT_GROUP_NAME)}
    )
    contacts: Mapping[str, Contact] = field(default_factory=dict)

    @property
    def pinned(self) -> Group | None:
        """The group of those whom the owner pins: there is one, so of several that say so it is the first."""
        return next((group for group in self.groups.values() if group.says_pinned), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDelta:
    """What one change did, in the order clients are told [MS-SIP 3.7]."""

    previous: int
    delta: int
    added_groups: tuple[Group, ...] = ()
    modified_groups: tuple[Group, ...] = ()
    added_contacts: tuple[Contact, ...] = ()
    modified_contacts: tuple[Contact, ...] = ()
    deleted_groups: tuple[int, ...] = ()
    deleted_contacts: tuple[str, ...] = ()


class StaleDelta(Failure):
    """The client knew another list than the one there is; ``current`` is the number it should have had."""

    def __init__(self, current: int) -> None:
        super().__init__("WrongDelta", f"The contact list is at {current}")
        self.current = current


Changed = tuple[ContactList, ContactDelta]
Change = Callable[[ContactList], Changed]


def add_group(contacts: ContactList, name: str, external_uri: str = "") -> Changed:
    """Add a group under the smallest free number. Raises ``Failure``."""
    if len(contacts.groups) >= MAX_GROUPS:
        raise Failure("LimitExceeded", f"A contact list holds at most {MAX_GROUPS} groups")
    _check_name(contacts, name)
    number = next(n for n in range(1, MAX_GROUPS + 1) if n not in contacts.groups)
    group = Group(number, name, external_uri)
    return _moved(contacts, groups={**contacts.groups, number: group}, added_groups=(group,))


def modify_group(contacts: ContactList, number: int, name: str, external_uri: str = "") -> Changed:
    """Rename a group. Raises ``Failure``."""
    _own_group(contacts, number)
    _check_name(contacts, name, but=number)
    group = Group(number, name, external_uri)
    return _moved(contacts, groups={**contacts.groups, number: group}, modified_groups=(group,))


def delete_group(contacts: ContactList, number: int) -> Changed:
    """Remove a group. Contacts in it stay in their other groups, else move to the default one. Raises ``Failure``."""
    _own_group(contacts, number)
    moved = tuple(
        replace(contact, groups=tuple(n for n in contact.groups if n != number) or (DEFAULT_GROUP,))
        for contact in contacts.contacts.values()
        if number in contact.groups
    )
    return _moved(
        contacts,
        groups={key: group for key, group in contacts.groups.items() if key != number},
        contacts_by_address={**contacts.contacts, **{contact.address: contact for contact in moved}},
        deleted_groups=(number,),
        modified_contacts=moved,
    )


def set_contact(contacts: ContactList, contact: Contact, most: int = MAX_CONTACTS) -> Changed:
    """Add a contact where there are fewer than ``most``, or replace one. Groups that do not exist are left out.

    Raises ``Failure``.
    """
    if not contact.address or "@" not in contact.address:
        raise Failure("BadRequest", "A contact needs an address")
    if len(contact.name) > MAX_NAME or len(contact.extension) > MAX_EXTENSION:
        raise Failure("LimitExceeded", "The name or the extension of a contact is too long")
    known = contact.address in contacts.contacts
    if not known and len(contacts.contacts) >= most:
        raise Failure("LimitExceeded", f"A contact list holds at most {most} contacts")
    groups = tuple(dict.fromkeys(n for n in contact.groups if n in contacts.groups)) or (DEFAULT_GROUP,)
    contact = replace(contact, groups=groups)
    everyone = {**contacts.contacts, contact.address: contact}
    if known:
        return _moved(contacts, contacts_by_address=everyone, modified_contacts=(contact,))
    return _moved(contacts, contacts_by_address=everyone, added_contacts=(contact,))


def delete_contact(contacts: ContactList, address: str) -> Changed:
    """Remove a contact. Raises ``Failure`` where there is none."""
    if address not in contacts.contacts:
        raise Failure("NotFound", "No such contact")
    remaining = {key: contact for key, contact in contacts.contacts.items() if key != address}
    return _moved(contacts, contacts_by_address=remaining, deleted_contacts=(address,))


def difference(before: ContactList, after: ContactList) -> ContactDelta:
    """What leads from one list to a later one, however it came about."""
    groups, people = after.groups, after.contacts
    return ContactDelta(
        previous=before.delta,
        delta=after.delta,
        added_groups=tuple(one for key, one in groups.items() if key not in before.groups),
        modified_groups=tuple(one for key, one in groups.items() if before.groups.get(key, one) != one),
        added_contacts=tuple(one for key, one in people.items() if key not in before.contacts),
        modified_contacts=tuple(one for key, one in people.items() if before.contacts.get(key, one) != one),
        deleted_groups=tuple(key for key in before.groups if key not in groups),
        deleted_contacts=tuple(key for key in before.contacts if key not in people),
    )


def _moved(
    contacts: ContactList,
    *,
    groups: Mapping[int, Group] | None = None,
    contacts_by_address: Mapping[str, Contact] | None = None,
    added_groups: tuple[Group, ...] = (),
    modified_groups: tuple[Group, ...] = (),
    deleted_groups: tuple[int, ...] = (),
    added_contacts: tuple[Contact, ...] = (),
    modified_contacts: tuple[Contact, ...] = (),
    deleted_contacts: tuple[str, ...] = (),
) -> Changed:
    after = ContactList(
        delta=contacts.delta + 1,
        groups=contacts.groups if groups is None else groups,
        contacts=contacts.contacts if contacts_by_address is None else contacts_by_address,
    )
    delta = ContactDelta(
        previous=contacts.delta,
        delta=after.delta,
        added_groups=added_groups,
        modified_groups=modified_groups,
        deleted_groups=deleted_groups,
        added_contacts=added_contacts,
        modified_contacts=modified_contacts,
        deleted_contacts=deleted_contacts,
    )
    return after, delta


def _own_group(contacts: ContactList, number: int) -> None:
    if number == DEFAULT_GROUP:
        raise Failure("Forbidden", "The default group can be neither renamed nor removed")
    if number not in contacts.groups:
        raise Failure("NotFound", "No such group")


def _check_name(contacts: ContactList, name: str, but: int = 0) -> None:
    if not name or len(name) > MAX_NAME:
        raise Failure("BadRequest", f"The name of a group has 1 to {MAX_NAME} characters")
    if any(group.name == name and group.number != but for group in contacts.groups.values()):
        raise Failure("Conflict", "A group of that name exists")
