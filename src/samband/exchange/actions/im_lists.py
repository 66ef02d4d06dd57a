"""The owner's instant messaging list in the mailbox (unified contact store) [MS-OXWSCOS 3.1.4].

Every verb is one write. Groups and contacts are named by references to their items; a reference that could not be read
is the failure it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TypeVar

import msgspec

from samband.exchange.actions.access import Access
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.im_list_edit import ImListEdit, invalid_contact, invalid_group
from samband.exchange.actions.mailboxes import Mailboxes
from samband.exchange.actions.making import Maker
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.im_lists import DEFAULT_GROUPS, ImGroup, ImGroupType, ImList, bare_address
from samband.model.item_requests import ItemRef
from samband.model.item_values import EmailAddress, ListMember
from samband.model.items import ContactProperties, DistributionListProperties, Item
from samband.model.people import Person
from samband.store import folders as folder_rows
from samband.store import im_lists as rows
from samband.store.api import Tx, WriteTx

T = TypeVar("T")
Ref = ItemRef | Failure
_CONTACT_CLASS = "IPM.Contact"


class ImLists:
    """Verbs on the caller's own list. All raise ``Failure``."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access, maker: Maker) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._access = access
        self._maker = maker

    async def get(self, caller: Caller) -> ImList:
        """The whole list; its default groups are made when it is first read."""
        mailbox = self._access.own(caller)
        folders = await self._mailboxes.ensure(mailbox)
        found = await self._base.store.read(lambda tx: self._read(tx, folders))
        if {group.type for group in found.groups} >= DEFAULT_GROUPS.keys():
            return found
        return await self._change(caller, lambda edit: edit.list)

    def _read(self, tx: Tx, folders: Mapping[str, int]) -> ImList:
        return rows.get(tx, self._base.store.blobs, folders["quickcontacts"], folders["imcontactlist"])

    async def some(self, caller: Caller, contacts: Iterable[Ref], groups: Iterable[Ref]) -> ImList:
        """Those of ``contacts`` and ``groups`` that are there."""
        mailbox = self._access.own(caller)
        wanted = {_row(ref, mailbox, invalid_contact) for ref in contacts}
        asked = {_row(ref, mailbox, invalid_group) for ref in groups}
        found = await self.get(caller)
        return ImList(
            tuple(group for group in found.groups if group.item.id in asked),
            tuple(contact for contact in found.contacts if contact.id in wanted),
        )

    async def folder(self, caller: Caller) -> tuple[int, int]:
        """The row and change key of the folder of contacts."""
        folders = await self._mailboxes.ensure(self._access.own(caller))
        folder = await self._base.store.read(lambda tx: folder_rows.get(tx, folders["quickcontacts"]))
        return folders["quickcontacts"], folder.change_key if folder is not None else 0

    async def add_new_contact(self, caller: Caller, address: str, name: str, group: Ref | None) -> Item:
        """Put somebody on the list by IM address, into ``group`` or among the other contacts.

        An address that is there already is put into the group too.
        """
        bare = bare_address(address)
        person = self._base.directory.by_proxy_sip(bare) or self._base.directory.by_smtp(bare)
        return await self._add(caller, _contact(bare, name, person), group)

    async def add_phone_contact(
        self, caller: Caller, tel_uri: str, sip_uri: str, number: str, group: Ref | None
    ) -> Item:
        """Put a telephone number on the list, by its address in both forms."""
        properties = ContactProperties(
            subject=number,
            display_name=number,
            file_as=number,
            im_addresses={"ImAddress1": bare_address(sip_uri), "ImAddress2": tel_uri},
            phone_numbers={"OtherTelephone": number},
        )
        return await self._add(caller, properties, group)

    async def _add(self, caller: Caller, properties: ContactProperties, group: Ref | None) -> Item:
        mailbox, person = self._access.own(caller), _owner(caller)
        row = None if group is None else _row(group, mailbox, invalid_group)
        made = self._maker.made(properties, person, self._maker.now())

        def add(edit: ImListEdit) -> Item:
            into = edit.others() if row is None else edit.group(row)
            contact = edit.list.by_address(made.im_addresses["ImAddress1"]) or edit.add_contact(_CONTACT_CLASS, made)
            edit.join(contact.id, edit.group(into.item.id))
            return edit.contact(contact.id)

        return await self._change(caller, add)

    async def add_contact(self, caller: Caller, contact: Ref, group: Ref | None) -> None:
        """Put a contact of the list into one more group, by default among the other contacts."""
        mailbox = self._access.own(caller)
        who = _row(contact, mailbox, invalid_contact)
        row = None if group is None else _row(group, mailbox, invalid_group)

        def add(edit: ImListEdit) -> None:
            edit.join(edit.contact(who).id, edit.others() if row is None else edit.group(row))

        await self._change(caller, add)

    async def remove_contact_from_group(self, caller: Caller, contact: Ref, group: Ref) -> None:
        """Take a contact out of a group; out of the last one, it leaves the list."""
        mailbox = self._access.own(caller)
        who, row = _row(contact, mailbox, invalid_contact), _row(group, mailbox, invalid_group)
        await self._change(caller, lambda edit: edit.part(edit.contact(who).id, edit.group(row)))

    async def remove_contact(self, caller: Caller, contact: Ref) -> None:
        """Take a contact off the list. Raises ``Failure`` ErrorItemNotFound."""
        mailbox = self._access.own(caller)
        who = _row(contact, mailbox, _not_there)

        def remove(edit: ImListEdit) -> None:
            if edit.list.contact(who) is None:
                raise _not_there()
            edit.remove_contact(who)

        await self._change(caller, remove)

    async def add_group(self, caller: Caller, name: str) -> ImGroup:
        """Make a group of the owner's own."""
        made = self._group(caller, name)
        return await self._change(caller, lambda edit: edit.add_group(ImGroupType.USER_GROUP, made))

    async def rename_group(self, caller: Caller, group: Ref, name: str) -> None:
        """Give a group of the owner's own another name."""
        row = _row(group, self._access.own(caller), invalid_group)
        await self._change(caller, lambda edit: edit.rename(_own(edit.group(row)), name))

    async def remove_group(self, caller: Caller, group: Ref) -> None:
        """Remove a group of the owner's own; nobody leaves the list by that."""
        row = _row(group, self._access.own(caller), invalid_group)
        kinds = (ImGroupType.USER_GROUP,)
        await self._change(caller, lambda edit: edit.remove_group(_own(edit.group(row), kinds)))

    async def add_distribution_group(self, caller: Caller, address: str, name: str) -> ImGroup:
        """Put a distribution group on the list by its address. Raises ``Failure``."""
        local, _, domain = address.strip().partition("@")
        if not local or not domain or "@" in domain or self._base.directory.by_smtp(address.strip()) is not None:
            raise Failure("ErrorInvalidImDistributionGroupSmtpAddress", "This is not a distribution group's address.")
        member = ListMember(EmailAddress(name, address.strip(), "SMTP", "PublicDL"))
        made = msgspec.structs.replace(self._group(caller, name or local), members=(member,))
        return await self._change(caller, lambda edit: edit.add_group(ImGroupType.DISTRIBUTION_GROUP, made))

    async def remove_distribution_group(self, caller: Caller, group: Ref) -> None:
        """Take a distribution group off the list."""
        row = _row(group, self._access.own(caller), invalid_group)
        kinds = (ImGroupType.DISTRIBUTION_GROUP,)
        await self._change(caller, lambda edit: edit.remove_group(_own(edit.group(row), kinds)))

    async def set_migrated(self, caller: Caller, completed: bool) -> None:
        """Say that the owner's list lives in the mailbox, or that it does not."""
        mailbox = self._access.own(caller)
        await self._mailboxes.ensure(mailbox)
        await self._base.store.write(lambda tx: rows.set_migrated(tx, mailbox, completed))

    async def is_migrated(self, caller: Caller) -> bool:
        """Whether the caller's list lives in the mailbox."""
        mailbox = self._access.own(caller)
        return await self._base.store.read(lambda tx: rows.is_migrated(tx, mailbox))

    def _group(self, caller: Caller, name: str) -> DistributionListProperties:
        named = DistributionListProperties(subject=name, display_name=name, file_as=name)
        return self._maker.made(named, _owner(caller), self._maker.now())

    async def _change(self, caller: Caller, change: Callable[[ImListEdit], T]) -> T:
        mailbox = self._access.own(caller)
        folders = await self._mailboxes.ensure(mailbox)
        made = self._group(caller, "")

        def work(tx: WriteTx) -> T:
            places = folders["quickcontacts"], folders["imcontactlist"]
            edit = ImListEdit(tx, self._base.store.blobs, mailbox, *places, self._base.settings)
            edit.complete(made)
            result = change(edit)
            edit.settle()
            return result

        return await self._base.store.write(work)


def _owner(caller: Caller) -> Person:
    assert caller.person is not None
    return caller.person


def _own(
    group: ImGroup, kinds: tuple[ImGroupType, ...] = (ImGroupType.USER_GROUP, ImGroupType.DISTRIBUTION_GROUP)
) -> ImGroup:
    if group.type not in kinds:
        raise invalid_group()
    return group


def _not_there() -> Failure:
    return Failure("ErrorItemNotFound", "The specified object was not found in the store.")


def _row(ref: Ref, mailbox: str, invalid: Callable[[], Failure]) -> int:
    if isinstance(ref, Failure):
        raise ref
    if ref.mailbox != mailbox:
        raise invalid()
    return ref.item


def _contact(address: str, name: str, person: Person | None) -> ContactProperties:
    """A contact for an IM address, with what the directory says of its owner."""
    if person is None:
        shown = name or address
        return ContactProperties(subject=shown, display_name=shown, file_as=shown, im_addresses={"ImAddress1": address})
    shown = name or person.displayName
    mail = person.primary_smtp or person.mail
    return ContactProperties(
        subject=shown,
        display_name=shown,
        file_as=shown,
        given_name=person.givenName,
        surname=person.sn,
        company_name=person.company,
        department=person.department,
        job_title=person.title,
        im_addresses={"ImAddress1": address},
        email_addresses={"EmailAddress1": EmailAddress(shown, mail)} if mail else {},
    )
