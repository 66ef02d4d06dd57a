"""People looked for by clients that show faces and presence: in the directory and among the caller's contacts."""

from __future__ import annotations

from collections.abc import Iterable

from samband.exchange.actions.access import Access
from samband.exchange.actions.foundation import Foundation
from samband.exchange.actions.mailboxes import Mailboxes
from samband.model.caller import Caller
from samband.model.failures import Failure
from samband.model.folders import FolderRef, NamedFolder
from samband.model.items import ContactProperties, Item
from samband.model.people import Person
from samband.store import item_lists
from samband.store import items as rows

MAX_FOUND = 1000
DIRECTORY = "directory"


class Personas:
    """Verbs that find somebody, each a ``Person`` of the directory or a contact."""

    def __init__(self, base: Foundation, mailboxes: Mailboxes, access: Access) -> None:
        self._base = base
        self._mailboxes = mailboxes
        self._access = access

    async def find(self, caller: Caller, text: str, folder: FolderRef | Failure | None) -> list[Person | Item]:
        """Everybody whose names or addresses have words that begin with each word of ``text``; all, without text.

        ``folder`` is the folder ``directory`` or one of contacts; None looks in the caller's contacts, then in the
        directory. Raises ``Failure``.
        """
        if isinstance(folder, Failure):
            raise folder
        words = text.lower().replace('"', " ").split()
        if isinstance(folder, NamedFolder) and folder.name == DIRECTORY:
            return list(self._of_directory(words))
        if folder is not None:
            return list(await self._of_folder((await self._mailboxes.resolve(caller, folder)).folder, words))
        contacts = (await self._mailboxes.ensure(self._access.own(caller)))["contacts"]
        return [*await self._of_folder(contacts, words), *self._of_directory(words)]

    def _of_directory(self, words: list[str]) -> Iterable[Person]:
        directory = self._base.directory
        found = directory.search(" ".join(words), MAX_FOUND) if words else directory.people()
        listed = (person for person in found if not person.msExchHideFromAddressLists)
        return [person for person in listed if person.primary_smtp or person.proxy_sip]

    async def _of_folder(self, folder: int, words: list[str]) -> list[Item]:
        store = self._base.store
        items = await store.read(lambda tx: item_lists.in_folder(tx, store.blobs, folder))
        found = [item for item in items if _fits(item, words)]
        return sorted(found, key=lambda item: _names(item)[0].casefold())

    async def contact(self, caller: Caller, mailbox: str, row: int) -> Item:
        """A contact of the caller's. Raises ``Failure`` ErrorItemNotFound."""
        self._access.check(caller, mailbox)
        store = self._base.store
        found = await store.read(lambda tx: rows.get(tx, store.blobs, row))
        if found is None or found.mailbox != mailbox or not isinstance(found.properties, ContactProperties):
            raise _nobody()
        return found

    def person(self, guid: str = "", address: str = "") -> Person:
        """Somebody of the directory by objectGUID or by mail or SIP address. Raises ``Failure`` ErrorItemNotFound."""
        directory = self._base.directory
        found = directory.by_guid(guid) if guid else directory.by_smtp(address) or directory.by_proxy_sip(address)
        if found is None:
            raise _nobody()
        return found


def _nobody() -> Failure:
    return Failure("ErrorItemNotFound", "The specified object was not found in the store.")


def _names(item: Item) -> list[str]:
    properties = item.properties
    assert isinstance(properties, ContactProperties)
    shown = properties.display_name or properties.file_as
    addresses = [one.address for one in properties.email_addresses.values()]
    return [shown, properties.given_name, properties.surname, properties.company_name, *addresses]


def _fits(item: Item, words: list[str]) -> bool:
    if not isinstance(item.properties, ContactProperties):
        return False
    known = [word for name in _names(item) for word in (name.lower(), *name.lower().split())]
    return all(any(one.startswith(word) for one in known) for word in words)
