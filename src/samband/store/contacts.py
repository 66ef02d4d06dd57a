"""Server-side contact lists. Owners are objectGUIDs."""

from __future__ import annotations

from samband.model.contacts import DEFAULT_GROUP, Contact, ContactDelta, ContactList, Group
from samband.store.api import Tx, WriteTx


def get(tx: Tx, owner: str) -> ContactList:
    """The list of ``owner``; the empty one where nothing was ever kept."""
    row = tx.one("SELECT delta FROM contact_lists WHERE owner = ?", owner)
    if row is None:
        return ContactList()
    groups = {
        int(str(number)): Group(int(str(number)), str(name), str(uri))
        for number, name, uri in tx.all(
            "SELECT number, name, external_uri FROM contact_groups WHERE owner = ? ORDER BY number", owner
        )
    }
    contacts = {
        str(address): Contact(
            address=str(address),
            name=str(name),
            groups=tuple(int(number) for number in str(numbers).split()),
            subscribed=bool(subscribed),
            external_uri=str(uri),
            extension=str(extension),
        )
        for address, name, numbers, subscribed, uri, extension in tx.all(
            "SELECT address, name, group_numbers, subscribed, external_uri, extension FROM contacts"
            " WHERE owner = ? ORDER BY position, address",
            owner,
        )
    }
    return ContactList(int(str(row[0])), dict(ContactList().groups) | groups, contacts)


def number(tx: Tx, owner: str) -> int:
    """The number of the list of ``owner``."""
    row = tx.one("SELECT delta FROM contact_lists WHERE owner = ?", owner)
    return ContactList().delta if row is None else int(str(row[0]))


def put(tx: WriteTx, owner: str, delta: ContactDelta) -> None:
    """Keep what ``delta`` changed of a list that was at ``delta.previous``."""
    tx.run(
        "INSERT INTO contact_lists (owner, delta) VALUES (?, ?)"
        " ON CONFLICT (owner) DO UPDATE SET delta = excluded.delta",
        owner,
        delta.delta,
    )
    for group in (*delta.added_groups, *delta.modified_groups):
        if group.number != DEFAULT_GROUP:
            _put_group(tx, owner, group)
    for contact in (*delta.added_contacts, *delta.modified_contacts):
        _put_contact(tx, owner, contact, delta.delta)
    for number in delta.deleted_groups:
        tx.run("DELETE FROM contact_groups WHERE owner = ? AND number = ?", owner, number)
    for address in delta.deleted_contacts:
        tx.run("DELETE FROM contacts WHERE owner = ? AND address = ?", owner, address)


def forget(tx: WriteTx, owner: str) -> None:
    """Remove the whole list of ``owner``."""
    for table in ("contact_lists", "contact_groups", "contacts"):
        tx.run(f"DELETE FROM {table} WHERE owner = ?", owner)


def _put_group(tx: WriteTx, owner: str, group: Group) -> None:
    tx.run(
        "INSERT INTO contact_groups (owner, number, name, external_uri) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (owner, number) DO UPDATE SET name = excluded.name, external_uri = excluded.external_uri",
        owner,
        group.number,
        group.name,
        group.external_uri,
    )


def _put_contact(tx: WriteTx, owner: str, contact: Contact, position: int) -> None:
    tx.run(
        "INSERT INTO contacts (owner, address, position, name, group_numbers, subscribed, external_uri, extension)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (owner, address) DO UPDATE SET name = excluded.name,"
        " group_numbers = excluded.group_numbers, subscribed = excluded.subscribed,"
        " external_uri = excluded.external_uri, extension = excluded.extension",
        owner,
        contact.address,
        position,
        contact.name,
        " ".join(str(number) for number in contact.groups),
        int(contact.subscribed),
        contact.external_uri,
        contact.extension,
    )
