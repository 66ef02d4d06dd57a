"""One change of an instant messaging list, inside one write."""

from __future__ import annotations

import msgspec

from samband.exchange.actions.settings import ExchangeSettings
from samband.model.failures import Failure
from samband.model.im_lists import DEFAULT_GROUPS, ImGroup, ImGroupType, arranged
from samband.model.items import ContactProperties, DistributionListProperties, Item, ItemKind
from samband.store import im_lists, item_places
from samband.store import items as rows
from samband.store.api import Blobs, WriteTx
from samband.store.items import Tally


class ImListEdit:
    """A list as it stands in a write, and what may be done to it. ``settle`` ends it."""

    def __init__(
        self, tx: WriteTx, blobs: Blobs, mailbox: str, contacts: int, groups: int, settings: ExchangeSettings
    ) -> None:
        self._tx = tx
        self._blobs = blobs
        self._mailbox = mailbox
        self._contacts = contacts
        self._groups = groups
        self._settings = settings
        self._tally = Tally()
        self.list = im_lists.get(tx, blobs, contacts, groups)

    def _keep(self, item: Item) -> Item:
        """Show an item that was written."""
        people = [one for one in self.list.contacts if one.id != item.id]
        lists = [group.item for group in self.list.groups if group.item.id != item.id]
        (people if item.kind is ItemKind.CONTACT else lists).append(item)
        self.list = arranged(people, lists)
        return item

    def _drop(self, item: Item) -> None:
        item_places.remove(self._tx, self._tally, item)
        people = (one for one in self.list.contacts if one.id != item.id)
        self.list = arranged(people, (group.item for group in self.list.groups if group.item.id != item.id))

    def settle(self) -> None:
        """Write the counts of the folders."""
        self._tally.settle(self._tx)

    def complete(self, made: DistributionListProperties) -> None:
        """Make the groups that every list has, where they are missing; ``made`` has what the server sets."""
        there = {group.type for group in self.list.groups}
        for kind, name in DEFAULT_GROUPS.items():
            if kind not in there:
                self._insert(kind, msgspec.structs.replace(made, display_name=name, file_as=name, subject=name))

    def _insert(self, kind: ImGroupType, properties: DistributionListProperties) -> Item:
        tx, blobs, tally = self._tx, self._blobs, self._tally
        made = rows.insert(
            tx, blobs, tally, self._mailbox, self._groups, ItemKind.DISTRIBUTION_LIST, kind.value, properties
        )
        return self._keep(made)

    def add_group(self, kind: ImGroupType, properties: DistributionListProperties) -> ImGroup:
        """Make a group. Raises ``Failure`` where there are too many, or one of that name."""
        self._check_name(properties.display_name, 0)
        own = [group for group in self.list.groups if group.type not in DEFAULT_GROUPS]
        if len(own) >= self._settings.im_groups:
            raise Failure("ErrorImGroupLimitReached", "The maximum number of IM groups has been reached.")
        item = self._insert(kind, properties)
        return self.group(item.id)

    def _check_name(self, name: str, row: int) -> None:
        folded = name.casefold()
        if any(group.name.casefold() == folded and group.item.id != row for group in self.list.groups):
            raise Failure("ErrorImGroupDisplayNameAlreadyExists", "There is an IM group with this display name.")

    def rename(self, group: ImGroup, name: str) -> None:
        """Give a group another name. Raises ``Failure`` where another one has it."""
        self._check_name(name, group.item.id)
        if group.name != name:
            self._update(
                group, msgspec.structs.replace(group.properties, display_name=name, file_as=name, subject=name)
            )

    def _update(self, group: ImGroup, properties: DistributionListProperties) -> None:
        self._keep(rows.update(self._tx, self._blobs, self._tally, group.item, properties))

    def add_contact(self, item_class: str, properties: ContactProperties) -> Item:
        """Make a contact; the caller puts it into a group. Raises ``Failure`` where there are too many."""
        if len(self.list.contacts) >= self._settings.im_contacts:
            raise Failure("ErrorImContactLimitReached", "The maximum number of IM contacts has been reached.")
        tx, blobs, tally = self._tx, self._blobs, self._tally
        made = rows.insert(tx, blobs, tally, self._mailbox, self._contacts, ItemKind.CONTACT, item_class, properties)
        return self._keep(made)

    def join(self, contact: int, group: ImGroup) -> None:
        """Put a contact into a group."""
        if group.type is ImGroupType.DISTRIBUTION_GROUP:
            raise invalid_group()
        if contact not in group.kept_members:
            self._update(group, group.joined_by(self.contact(contact)))

    def part(self, contact: int, group: ImGroup) -> None:
        """Take a contact out of a group; out of its last one, it leaves the list."""
        if contact not in group.members:
            raise Failure("ErrorUnableToRemoveImContactFromGroup", "The contact is not in this group.")
        last = self.list.groups_of(contact) == [group]
        if contact in group.kept_members:
            self._update(group, group.without(contact))
        if last:
            self._remove_contact(contact)

    def remove_contact(self, contact: int) -> None:
        """Take a contact out of every group and off the list."""
        for group in self.list.groups_of(contact):
            if contact in group.kept_members:
                self._update(group, group.without(contact))
        self._remove_contact(contact)

    def _remove_contact(self, contact: int) -> None:
        item = self.list.contact(contact)
        if item is not None:
            self._drop(item)

    def remove_group(self, group: ImGroup) -> None:
        """Remove a group. Contacts that were only in it are among the other contacts from then on."""
        self._drop(group.item)

    def group(self, row: int) -> ImGroup:
        """The group of this row. Raises ``Failure`` ErrorInvalidImGroupId."""
        found = self.list.group(row)
        if found is None:
            raise invalid_group()
        return found

    def others(self) -> ImGroup:
        """The group of contacts that are in no other."""
        return next(group for group in self.list.groups if group.type is ImGroupType.OTHER_CONTACTS)

    def contact(self, row: int) -> Item:
        """The contact of this row. Raises ``Failure`` ErrorInvalidImContactId."""
        found = self.list.contact(row)
        if found is None:
            raise invalid_contact()
        return found


def invalid_group() -> Failure:
    """What an identifier gets that names no group, or one this cannot be done with."""
    return Failure("ErrorInvalidImGroupId", "The IM group identifier is invalid.")


def invalid_contact() -> Failure:
    """What an identifier gets that names no contact of the list."""
    return Failure("ErrorInvalidImContactId", "The IM contact identifier is invalid.")
