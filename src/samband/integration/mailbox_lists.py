"""A contact list in a mailbox, reached over EWS: read, written to, and flagged as moved."""

from __future__ import annotations

from dataclasses import replace

from samband.integration.exchange_client import ExchangeClient
from samband.model.contacts import DEFAULT_GROUP, PINNED, Contact, ContactList
from samband.model.people import Person
from samband.model.unified_contacts import MailboxContact, MailboxGroup, MailboxList
from samband.wire.ews.client import im_lists as wire
from samband.wire.presence.group_extension import read_distribution_group, write_distribution_group
from samband.wire.xml.reading import Malformed

FOLDERS = ("quickcontacts", "imcontactlist")
"""The folders whose items are the list."""


class MailboxLists:
    """Every method raises ``Unauthorized``, ``Unreachable``, ``Refused`` or ``Malformed``."""

    def __init__(self, client: ExchangeClient) -> None:
        self._client = client

    async def read(self, url: str, person: Person) -> MailboxList:
        """The whole list."""
        groups, contacts = wire.read_list(await self._client.ask(url, person, wire.list_request()))
        return MailboxList(
            tuple(_group(one) for one in groups),
            tuple(MailboxContact(one.id, one.address, one.name) for one in contacts),
        )

    async def copy(self, url: str, person: Person, local: ContactList) -> None:
        """Write everything of ``local`` that the mailbox does not have; what it has besides stays."""
        there = await self.read(url, person)
        if there.default is None:
            raise Malformed("a list without the group of other contacts")
        groups = {DEFAULT_GROUP: there.default.id}
        for number, group in local.groups.items():
            distribution = read_distribution_group(group.external_uri)
            known = there.place_of(group)
            if distribution and known is None:
                body = wire.add_distribution_group_request(distribution, group.name)
                wire.read_done(await self._client.ask(url, person, body))
            elif number != DEFAULT_GROUP and not distribution:
                groups[number] = known.id if known is not None else await self._add_group(url, person, group.name)
        for contact in local.contacts.values():
            await self._copy_contact(url, person, contact, groups, there)

    async def _add_group(self, url: str, person: Person, name: str) -> str:
        return wire.read_new_group(await self._client.ask(url, person, wire.add_group_request(name)))

    async def _copy_contact(
        self, url: str, person: Person, contact: Contact, groups: dict[int, str], there: MailboxList
    ) -> None:
        known = next((one for one in there.contacts if one.address.casefold() == contact.address.casefold()), None)
        identifier = known.id if known is not None else ""
        for number in contact.groups:
            group = groups.get(number, groups[DEFAULT_GROUP])
            if not identifier:
                body = wire.add_contact_request(contact.address, contact.name, group)
                identifier = wire.read_new_contact(await self._client.ask(url, person, body))
            elif not any(one.id == group and identifier in one.members for one in there.groups):
                wire.read_done(await self._client.ask(url, person, wire.join_request(identifier, group)))

    async def set_migrated(self, url: str, person: Person, completed: bool) -> None:
        """Flag the mailbox: the owner's list lives there, or does not."""
        wire.read_done(await self._client.ask(url, person, wire.migrated_request(completed)))


def _group(one: wire.ListedGroup) -> MailboxGroup:
    found = MailboxGroup(one.id, one.name, one.type, one.members)
    if one.smtp:
        return replace(found, external_uri=write_distribution_group(one.smtp))
    return replace(found, external_uri=PINNED) if found.is_favorites else found
