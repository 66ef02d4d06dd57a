"""What one user sees of others: the contact list and presence, read from documents as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import msgspec

from samband.model.im_client import ImNews, ListedContact, ListNews, Sight, SightNews, word_of
from samband.wire.presence.categories import CategoryDocument, read_categories
from samband.wire.presence.contact_card import read_card
from samband.wire.presence.elements import read_root
from samband.wire.presence.note import read_note
from samband.wire.presence.roaming_contacts import ContactDocument, read_contact_delta, read_contact_list
from samband.wire.presence.state import read_state
from samband.wire.sip.uri import aor_of
from samband.wire.xml.reading import Malformed, SchemaViolation, local_name, parse

MOST_CONTACTS = 1000
"""So many are shown and watched; Lync lists hold no more by default."""


class StaleList(Exception):
    """A change of a list that is not the one known here: read it anew."""


class Roster:
    """Kept for one user; ``tell`` hears what changed."""

    def __init__(self, own: str, tell: Callable[[ImNews], None]) -> None:
        self._own = own
        self._tell = tell
        self.delta = 0
        """The number of the list."""
        self.groups: dict[int, str] = {}
        self.contacts: dict[str, ContactDocument] = {}
        self.sights: dict[str, Sight] = {own: Sight(address=own)}

    def listed(self) -> tuple[ListedContact, ...]:
        """The contacts by name."""
        found = [
            ListedContact(
                address=one.address,
                name=one.name or self.name_of(one.address),
                groups=tuple(self.groups[number] for number in one.groups if number in self.groups),
            )
            for one in self.contacts.values()
        ]
        return tuple(sorted(found, key=lambda one: one.name.casefold()))

    def group_names(self) -> tuple[str, ...]:
        """The groups that people named; the one that everybody has is called ``~`` and stands for no group."""
        return tuple(name for name in self.groups.values() if name != "~")

    def name_of(self, address: str) -> str:
        """What somebody is called, else the address."""
        contact, sight = self.contacts.get(address), self.sights.get(address)
        return (contact.name if contact else "") or (sight.name if sight else "") or address

    def watched(self) -> list[str]:
        """Whose presence is wanted: everybody on the list, and one's own."""
        return [self._own, *self.contacts]

    # --- contact lists

    def take_contacts(self, body: bytes) -> set[str]:
        """Take a list or a change of it; who is new. Raises ``StaleList``, ``Malformed``, ``SchemaViolation``."""
        before = set(self.contacts)
        if local_name(parse(body, len(body))) == "contactList":
            whole = read_contact_list(body)
            self.delta = whole.delta
            self.groups = {group.number: group.name for group in whole.groups}
            self.contacts = {}
            self._put(whole.contacts)
        else:
            self._change(body)
        for gone in before - set(self.contacts):
            self.sights.pop(gone, None)
        self._tell(ListNews(self.group_names(), self.listed()))
        return set(self.contacts) - before

    def _change(self, body: bytes) -> None:
        delta = read_contact_delta(body)
        if delta.previous != self.delta:
            raise StaleList
        self.delta = delta.delta
        for group in (*delta.added_groups, *delta.modified_groups):
            self.groups[group.number] = group.name
        for number in delta.deleted_groups:
            self.groups.pop(number, None)
        self._put((*delta.added_contacts, *delta.modified_contacts))
        for address in delta.deleted_contacts:
            self.contacts.pop(address.lower(), None)

    def _put(self, contacts: Iterable[ContactDocument]) -> None:
        for contact in contacts:
            address = contact.address.lower()
            if address in self.contacts or len(self.contacts) < MOST_CONTACTS:
                self.contacts[address] = contact

    # --- presence

    def take_categories(self, body: bytes) -> None:
        """Take what somebody shows now. Raises ``Malformed``, ``SchemaViolation``."""
        uri, categories = read_categories(read_root(body, "categories"))
        address = aor_of(uri)
        if address != self._own and address not in self.contacts:
            return
        before = self.sights.get(address, Sight(address=address))
        sight = before
        for category in categories:
            sight = _seen(sight, category)
        self.sights[address] = sight
        if sight != before:
            self._tell(SightNews(sight))


def _seen(sight: Sight, category: CategoryDocument) -> Sight:
    try:
        root = parse(category.content.encode(), len(category.content) * 4) if category.content else None
        if category.name == "state":
            state = read_state(root) if root is not None else None
            activity = state.activity.token if state is not None and state.activity is not None else ""
            availability = state.availability if state is not None else None
            return msgspec.structs.replace(sight, presence=word_of(availability), activity=activity)
        if category.name == "note":
            return msgspec.structs.replace(sight, note=read_note(root).text if root is not None else "")
        if category.name == "contactCard" and root is not None:
            return msgspec.structs.replace(sight, name=read_card(root).display_name or sight.name)
    except (Malformed, SchemaViolation):
        return sight
    return sight
