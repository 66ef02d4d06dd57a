"""The instant messaging contact list that lives in a mailbox (the unified contact store).

Contacts are items of the folder ``quickcontacts``; groups are distribution lists of the folder ``imcontactlist`` whose
item class is their type [MS-OXWSCOS 2.2.4.2].
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import msgspec

from samband.model.item_values import EmailAddress, ListMember
from samband.model.items import ContactProperties, DistributionListProperties, Item


class ImGroupType(StrEnum):
    """The item class of a group. There is one each of the first three; people make the others."""

    FAVORITES = "IPM.DistList.MOC.Favorites"
    OTHER_CONTACTS = "IPM.DistList.MOC.OtherContacts"
    TAGGED = "IPM.DistList.MOC.Tagged"
    USER_GROUP = "IPM.DistList.MOC.UserGroup"
    DISTRIBUTION_GROUP = "IPM.DistList.MOC.DG"


DEFAULT_GROUPS: dict[ImGroupType, str] = {
    ImGroupType.FAVORITES: "Favorites",
    ImGroupType.OTHER_CONTACTS: "Other Contacts",
    ImGroupType.TAGGED: "Tagged",
}
"""The groups every list has, and their names."""


@dataclass(frozen=True, slots=True)
class ImGroup:
    """A group: its item, and the rows of the contacts in it."""

    item: Item
    members: tuple[int, ...] = ()

    @property
    def type(self) -> ImGroupType:
        return ImGroupType(self.item.item_class)

    @property
    def properties(self) -> DistributionListProperties:
        assert isinstance(self.item.properties, DistributionListProperties)
        return self.item.properties

    @property
    def name(self) -> str:
        return self.properties.display_name

    @property
    def kept_members(self) -> tuple[int, ...]:
        """The contacts whom the item itself names, and not those who are shown here because no other group has them."""
        keys = {member.key for member in self.properties.members}
        return tuple(row for row in self.members if f"{row:x}" in keys)

    def joined_by(self, contact: Item) -> DistributionListProperties:
        """The properties the item has with one more member."""
        return msgspec.structs.replace(self.properties, members=(*self.properties.members, _member(contact)))

    def without(self, row: int) -> DistributionListProperties:
        """The properties the item has without that contact."""
        rest = tuple(member for member in self.properties.members if member.key != f"{row:x}")
        return msgspec.structs.replace(self.properties, members=rest)

    @property
    def smtp_address(self) -> str:
        """The address of a distribution group, empty for any other."""
        if self.type is not ImGroupType.DISTRIBUTION_GROUP:
            return ""
        return next((member.mailbox.address for member in self.properties.members), "")


@dataclass(frozen=True, slots=True)
class ImList:
    """A whole list, groups and contacts in the order in which they came."""

    groups: tuple[ImGroup, ...]
    contacts: tuple[Item, ...]

    def group(self, row: int) -> ImGroup | None:
        """The group of this row."""
        return next((group for group in self.groups if group.item.id == row), None)

    def contact(self, row: int) -> Item | None:
        """The contact of this row."""
        return next((contact for contact in self.contacts if contact.id == row), None)

    def groups_of(self, row: int) -> list[ImGroup]:
        """The groups a contact is in."""
        return [group for group in self.groups if row in group.members]

    def by_address(self, address: str) -> Item | None:
        """The contact with this IM address; case and scheme do not count."""
        wanted = bare_address(address).casefold()
        return next((one for one in self.contacts if im_address(one).casefold() == wanted), None)


def bare_address(address: str) -> str:
    """An IM address without ``sip:``."""
    stripped = address.strip()
    return stripped[4:] if stripped[:4].lower() == "sip:" else stripped


def im_address(contact: Item) -> str:
    """The IM address of a contact without scheme, empty where it has none."""
    properties = contact.properties
    if not isinstance(properties, ContactProperties):
        return ""
    return bare_address(properties.im_addresses.get("ImAddress1", ""))


def arranged(contacts: Iterable[Item], groups: Iterable[Item]) -> ImList:
    """The list that the items of the two folders are. Items that are no part of one are left out.

    A contact that no group has is shown among the other contacts.
    """
    people = sorted((one for one in contacts if im_address(one)), key=lambda one: one.id)
    lists = sorted((one for one in groups if _is_group(one)), key=lambda one: one.id)
    known = {one.id for one in people}
    found = [ImGroup(one, _members(one, known)) for one in lists]
    grouped = {row for group in found for row in group.members}
    left = tuple(one.id for one in people if one.id not in grouped)
    return ImList(tuple(_with_rest(group, left) for group in found), tuple(people))


_TYPES = frozenset(ImGroupType)


def _is_group(item: Item) -> bool:
    return isinstance(item.properties, DistributionListProperties) and item.item_class in _TYPES


def _with_rest(group: ImGroup, left: tuple[int, ...]) -> ImGroup:
    return ImGroup(group.item, group.members + left) if group.type is ImGroupType.OTHER_CONTACTS else group


def _member(contact: Item) -> ListMember:
    """A contact as a group's member: the key is its row."""
    properties = contact.properties
    name = properties.display_name if isinstance(properties, ContactProperties) else ""
    return ListMember(EmailAddress(name, im_address(contact), "SIP", "Contact"), f"{contact.id:x}")


def _members(group: Item, known: set[int]) -> tuple[int, ...]:
    assert isinstance(group.properties, DistributionListProperties)
    rows = (_row(member.key) for member in group.properties.members)
    return tuple(dict.fromkeys(row for row in rows if row in known))


def _row(key: str) -> int:
    try:
        return int(key, 16)
    except ValueError:
        return 0
