"""``application/vnd-microsoft-roaming-contacts+xml``: a contact list and its changes [MS-SIP 2.2.4.1].

Addresses stand without scheme in a whole list and with ``sip:`` in a delta, as clients expect them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import as_text, child, children, number, read_root
from samband.wire.presence.names import ROAMING_CONTACTS
from samband.wire.xml.reading import Element, attribute
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import write_boolean

MAX_DELTA = 0x7FFFFFFF
MAX_GROUP = 0x7FFF


@dataclass(frozen=True, slots=True)
class GroupDocument:
    """A group."""

    number: int
    name: str
    external_uri: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDocument:
    """A contact; ``address`` without scheme, ``extension`` an XML element as text."""

    address: str
    name: str = ""
    groups: tuple[int, ...] = ()
    subscribed: bool = True
    external_uri: str = ""
    extension: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactListDocument:
    """A whole list."""

    delta: int
    groups: tuple[GroupDocument, ...] = ()
    contacts: tuple[ContactDocument, ...] = ()
    migrated: bool = False
    """Whether it is the copy of a list that lives in a mailbox."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactDeltaDocument:
    """What a change did."""

    previous: int
    delta: int
    added_groups: tuple[GroupDocument, ...] = ()
    modified_groups: tuple[GroupDocument, ...] = ()
    added_contacts: tuple[ContactDocument, ...] = ()
    modified_contacts: tuple[ContactDocument, ...] = ()
    deleted_groups: tuple[int, ...] = ()
    deleted_contacts: tuple[str, ...] = ()


def write_contact_list(document: ContactListDocument) -> str:
    """The list as text."""
    groups = "".join(_group("group", group) for group in document.groups)
    contacts = "".join(_contact("contact", contact, "") for contact in document.contacts)
    mode = ' ucsMode="migrated"' if document.migrated else ""
    head = f'<contactList xmlns="{ROAMING_CONTACTS}" deltaNum="{document.delta}"{mode}>'
    return f"{head}{groups}{contacts}</contactList>"


def write_migrated_list(delta: int) -> str:
    """What a client gets instead that reads the list from the mailbox [MS-PRES]."""
    return f'<contactList xmlns="{ROAMING_CONTACTS}" deltaNum="{delta}" ucsMode="migrated"/>'


def write_contact_delta(document: ContactDeltaDocument) -> str:
    """The delta as text."""
    parts = [
        *(_group("addedGroup", group) for group in document.added_groups),
        *(_group("modifiedGroup", group) for group in document.modified_groups),
        *(_contact("addedContact", contact, "sip:") for contact in document.added_contacts),
        *(_contact("modifiedContact", contact, "sip:") for contact in document.modified_contacts),
        *(f'<deletedGroup id="{number}"/>' for number in document.deleted_groups),
        *(f'<deletedContact uri="sip:{escape_attribute(address)}"/>' for address in document.deleted_contacts),
    ]
    return (
        f'<contactDelta xmlns="{ROAMING_CONTACTS}" deltaNum="{document.delta}"'
        f' prevDeltaNum="{document.previous}">{"".join(parts)}</contactDelta>'
    )


def read_contact_list(body: bytes) -> ContactListDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "contactList")
    return ContactListDocument(
        delta=number(root, "deltaNum", MAX_DELTA),
        groups=tuple(map(_read_group, children(root, "group"))),
        contacts=tuple(map(_read_contact, children(root, "contact"))),
        migrated=root.get("ucsMode") == "migrated",
    )


def read_contact_delta(body: bytes) -> ContactDeltaDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "contactDelta")
    return ContactDeltaDocument(
        previous=number(root, "prevDeltaNum", MAX_DELTA),
        delta=number(root, "deltaNum", MAX_DELTA),
        added_groups=tuple(map(_read_group, children(root, "addedGroup"))),
        modified_groups=tuple(map(_read_group, children(root, "modifiedGroup"))),
        added_contacts=tuple(map(_read_contact, children(root, "addedContact"))),
        modified_contacts=tuple(map(_read_contact, children(root, "modifiedContact"))),
        deleted_groups=tuple(number(one, "id", MAX_GROUP) for one in children(root, "deletedGroup")),
        deleted_contacts=tuple(_address(one) for one in children(root, "deletedContact")),
    )


def group_numbers(text: str) -> tuple[int, ...]:
    """Group numbers separated by blanks; what is no number of a group is left out."""
    return tuple(int(one) for one in text.split() if one.isascii() and one.isdigit() and int(one) <= MAX_GROUP)


def _group(name: str, group: GroupDocument) -> str:
    return (
        f'<{name} id="{group.number}" name="{escape_attribute(group.name)}"'
        f' externalURI="{escape_attribute(group.external_uri)}"/>'
    )


def _contact(name: str, contact: ContactDocument, scheme: str) -> str:
    head = (
        f'<{name} uri="{scheme}{escape_attribute(contact.address)}" name="{escape_attribute(contact.name)}"'
        f' groups="{_numbers(contact.groups)}" subscribed="{write_boolean(contact.subscribed)}"'
        f' externalURI="{escape_attribute(contact.external_uri)}"'
    )
    if not contact.extension:
        return f"{head}/>"
    return f"{head}><contactExtension>{contact.extension}</contactExtension></{name}>"


def _numbers(groups: Iterable[int]) -> str:
    return " ".join(map(str, groups))


def _read_group(element: Element) -> GroupDocument:
    return GroupDocument(number(element, "id", MAX_GROUP), attribute(element, "name"), element.get("externalURI", ""))


def _read_contact(element: Element) -> ContactDocument:
    extension = child(element, "contactExtension")
    return ContactDocument(
        address=_address(element),
        name=element.get("name", ""),
        groups=group_numbers(element.get("groups", "")),
        subscribed=element.get("subscribed") != "false",
        external_uri=element.get("externalURI", ""),
        extension="" if extension is None else "".join(map(as_text, extension)),
    )


def _address(element: Element) -> str:
    return attribute(element, "uri").strip().lower().removeprefix("sip:")
