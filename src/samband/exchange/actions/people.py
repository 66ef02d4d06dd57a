"""Finding people: in the directory and among a mailbox's contacts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.items import Items
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderRef
from samband.model.groups import Group
from samband.model.item_requests import ItemRef
from samband.model.item_values import EmailAddress, ListMember
from samband.model.items import ContactProperties, DistributionListProperties, Item
from samband.model.people import Person
from samband.model.permissions import Need
from samband.store import item_lists

MAX_CANDIDATES = 100
_TYPES = ("smtp:", "sip:", "eum:", "x500:")
_NOTHING = frozenset({"", ",", "-", ";"})


@dataclass(frozen=True, slots=True)
class Candidate:
    """Whom a name may mean: somebody or a group of the directory, or a private contact or list with its address."""

    name: str
    address: str = ""
    person: Person | None = None
    group: Group | None = None
    item: Item | None = None


class People:
    """Verbs that find people."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, items: Items) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._items = items

    async def resolve(
        self, caller: Caller, entry: str, scope: str, folder: FolderRef | Failure | None
    ) -> tuple[list[Candidate], bool]:
        """Whom ``entry`` may mean, at most 100, and whether these are all.

        ``scope`` names where to look and in which order (ResolveNamesSearchScopeType); ``folder`` holds the contacts,
        by default those of the caller. Raises ``Failure`` ErrorInvalidNameForNameResolution.
        """
        wanted = entry.strip()
        if wanted in _NOTHING or wanted.lower() in _TYPES:
            raise Failure("ErrorInvalidNameForNameResolution", "The specified name is invalid.")
        public = self._of_directory(wanted) if "ActiveDirectory" in scope else []
        private = await self._of_contacts(caller, wanted, folder) if "Contacts" in scope else []
        found = [*private, *public] if scope == "ContactsActiveDirectory" else [*public, *private]
        return found[:MAX_CANDIDATES], len(found) <= MAX_CANDIDATES

    def _of_directory(self, entry: str) -> list[Candidate]:
        directory = self._base.directory
        address = entry.removeprefix("SMTP:").removeprefix("smtp:")
        exact = directory.by_smtp(address)
        if exact is not None:
            return _candidates([exact])
        group = directory.group_by_smtp(address)
        if group is not None:
            return _group_candidates([group])
        lowered = entry.lower()
        if lowered.startswith(_TYPES):
            matching = (
                person
                for person in directory.people()
                if any(address.lower().startswith(lowered) for address in person.proxyAddresses)
                and not person.msExchHideFromAddressLists
            )
            return _candidates(matching)
        if entry.startswith("/"):
            named = directory.by_legacy_dn(entry)
            return _candidates([named] if named is not None else [])
        people = _candidates(directory.search(entry, MAX_CANDIDATES + 1))
        return [*people, *_group_candidates(directory.search_groups(entry))]

    async def _of_contacts(self, caller: Caller, entry: str, folder: FolderRef | Failure | None) -> list[Candidate]:
        if isinstance(folder, Failure):
            raise folder
        if folder is not None:
            row = (await self._mailboxes.resolve(caller, folder)).folder
        elif caller.person is not None and caller.person.msExchMailboxGuid:
            row = (await self._mailboxes.ensure(caller.person.msExchMailboxGuid))["contacts"]
        else:
            return []
        words = entry.lower().removeprefix("smtp:").split()
        store = self._base.store
        items = await store.read(lambda tx: item_lists.in_folder(tx, store.blobs, row))
        return sorted(
            (candidate for item in items for candidate in _of_item(item, words)), key=lambda one: one.name.lower()
        )

    async def expand(self, caller: Caller, address: str, ref: ItemRef | Failure | None) -> tuple[ListMember, ...]:
        """The members of a group of the directory by its ``address``, or of the private list ``ref``.

        Raises ``Failure`` ErrorNameResolutionNoResults.
        """
        directory = self._base.directory
        group = directory.group_by_smtp(address) if address else None
        if group is not None:
            return tuple(map(_member, directory.group_members(group)))
        if ref is not None:
            checked = self._items.visit(caller, ref)
            item = await self._base.store.read(lambda tx: self._items.load(tx, checked, Need.READ))
            if isinstance(item.properties, DistributionListProperties):
                return item.properties.members
        raise Failure("ErrorNameResolutionNoResults", "No results were found.")


def _member(one: Person | Group) -> ListMember:
    if isinstance(one, Group):
        return ListMember(mailbox=EmailAddress(one.displayName, one.mail, "SMTP", "PublicDL"))
    address = one.primary_smtp or one.mail
    return ListMember(mailbox=EmailAddress(one.displayName, address, "SMTP", "Mailbox" if address else ""))


def _group_candidates(groups: Iterable[Group]) -> list[Candidate]:
    return [Candidate(group.displayName, group.mail, group=group) for group in groups]


def _candidates(people: Iterable[Person]) -> list[Candidate]:
    """Those of ``people`` whom mail can reach."""
    return [
        Candidate(person.displayName, person.primary_smtp or person.mail, person)
        for person in people
        if person.primary_smtp or person.mail
    ]


def _of_item(item: Item, words: list[str]) -> list[Candidate]:
    """The candidates a contact or list is for ``words``: each is the beginning of one of its own."""
    properties = item.properties
    if isinstance(properties, DistributionListProperties):
        return [Candidate(properties.display_name, "", item=item)] if _fits([properties.display_name], words) else []
    if not isinstance(properties, ContactProperties):
        return []
    addresses = [one.address for one in properties.email_addresses.values() if one.address]
    names = (properties.display_name, properties.given_name, properties.surname, properties.nickname)
    if not _fits([*names, properties.file_as, properties.company_name, *addresses], words):
        return []
    name = properties.display_name or properties.file_as
    return [Candidate(name, address, item=item) for address in addresses]


def _fits(texts: Iterable[str], words: list[str]) -> bool:
    known = [word for text in texts for word in (text.lower(), *text.lower().split())]
    return all(any(one.startswith(word) for one in known) for word in words)
