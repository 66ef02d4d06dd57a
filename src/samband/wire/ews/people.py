"""ResolveNames and ExpandDL on the wire [MS-OXWSRSLNM] [MS-OXWSEDL]."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from samband.wire.ews.folder_ids import GivenFolder, read_folders
from samband.wire.ews.names import M, T
from samband.wire.ews.responses import Refusal, refused_content, write_batch, write_success
from samband.wire.xml.reading import (
    Element,
    SchemaViolation,
    attribute,
    attribute_of,
    bad_attribute,
    bad_element,
    required,
    text,
)
from samband.wire.xml.text import element as leaf
from samband.wire.xml.text import escape, escape_attribute
from samband.wire.xml.values import read_boolean

_SCOPES = frozenset({"ActiveDirectory", "ActiveDirectoryContacts", "Contacts", "ContactsActiveDirectory"})
_SHAPES = frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})


@dataclass(frozen=True, slots=True)
class ResolveWish:
    """A ResolveNames request: the text to resolve, where to look, and how much to tell."""

    entry: str
    scope: str
    full: bool
    shape: str
    folders: tuple[GivenFolder, ...]


def read_resolve_wish(element: Element) -> ResolveWish:
    """A ResolveNames request. Raises ``SchemaViolation``."""
    said = attribute(element, "ReturnFullContactData")
    try:
        full = read_boolean(said)
    except ValueError:
        raise bad_attribute("ReturnFullContactData", said) from None
    entry = required(element, M + "UnresolvedEntry")
    if not text(entry):
        raise bad_element(entry)
    shape = attribute_of(element, "ContactDataShape", _SHAPES, "Default")
    folders = () if element.find(M + "ParentFolderIds") is None else tuple(read_folders(element, M + "ParentFolderIds"))
    scope = attribute_of(element, "SearchScope", _SCOPES, "ActiveDirectoryContacts")
    return ResolveWish(text(entry), scope, full, shape, folders)


@dataclass(frozen=True, slots=True)
class Correspondent:
    """``t:Mailbox`` of an answer; ``item_id`` is the written ``t:ItemId`` of a private contact or list."""

    name: str
    address: str
    mailbox_type: str
    routing_type: str = "SMTP"
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """``t:Contact`` of an answer, in the schema's order; dictionaries by EWS's keys."""

    display_name: str = ""
    given_name: str = ""
    company_name: str = ""
    email_addresses: Mapping[str, str] = field(default_factory=dict)
    phone_numbers: Mapping[str, str] = field(default_factory=dict)
    source: str = "ActiveDirectory"
    department: str = ""
    im_addresses: Mapping[str, str] = field(default_factory=dict)
    job_title: str = ""
    office_location: str = ""
    surname: str = ""
    alias: str = ""
    photo: bytes = b""


def _mailbox(one: Correspondent) -> str:
    parts = [f"<t:Mailbox>{leaf('t:Name', one.name)}"]
    if one.address:
        parts.append(leaf("t:EmailAddress", one.address) + leaf("t:RoutingType", one.routing_type))
    parts.append(f"<t:MailboxType>{one.mailbox_type}</t:MailboxType>{one.item_id}</t:Mailbox>")
    return "".join(parts)


def _dictionary(name: str, entries: Mapping[str, str]) -> str:
    written = "".join(
        f'<t:Entry Key="{escape_attribute(key)}">{escape(value)}</t:Entry>' for key, value in entries.items() if value
    )
    return f"<t:{name}>{written}</t:{name}>" if written else ""


def _card(card: Card, item_id: str, everything: bool) -> str:
    def part(name: str, value: str) -> str:
        return leaf(f"t:{name}", value) if value else ""

    photo = base64.b64encode(card.photo).decode("ascii") if everything else ""
    return "".join(
        (
            f"<t:Contact>{item_id}",
            part("DisplayName", card.display_name),
            part("GivenName", card.given_name),
            part("CompanyName", card.company_name),
            _dictionary("EmailAddresses", card.email_addresses),
            _dictionary("PhoneNumbers", card.phone_numbers),
            f"<t:ContactSource>{card.source}</t:ContactSource>",
            part("Department", card.department),
            _dictionary("ImAddresses", card.im_addresses),
            part("JobTitle", card.job_title),
            part("OfficeLocation", card.office_location),
            part("Surname", card.surname),
            part("Alias", card.alias if everything else ""),
            part("Photo", photo),
            "</t:Contact>",
        )
    )


@dataclass(frozen=True, slots=True)
class Resolution:
    """One candidate; ``card`` None: nothing more is told of it."""

    mailbox: Correspondent
    card: Card | None = None


MULTIPLE = Refusal("ErrorNameResolutionMultipleResults", "Multiple results were found.", warning=True)
NO_RESULTS = Refusal("ErrorNameResolutionNoResults", "No results were found.")


def write_resolutions(found: Sequence[Resolution], *, complete: bool, shape: str) -> str:
    """A whole ResolveNamesResponse: none is an error, one success, several a warning with all of them."""
    if not found:
        return write_batch("ResolveNames", [NO_RESULTS])
    written = "".join(
        f"<t:Resolution>{_mailbox(one.mailbox)}{_resolved_card(one, shape)}</t:Resolution>" for one in found
    )
    content = (
        f'<m:ResolutionSet TotalItemsInView="{len(found)}" IncludesLastItemInRange="{"true" if complete else "false"}">'
        f"{written}</m:ResolutionSet>"
    )
    if len(found) == 1:
        return write_batch("ResolveNames", [content])
    name = "m:ResolveNamesResponseMessage"
    warned = f'<{name} ResponseClass="Warning">{refused_content(MULTIPLE)}{content}</{name}>'
    return _around("ResolveNames", warned)


def _resolved_card(one: Resolution, shape: str) -> str:
    if one.card is None or shape == "IdOnly":
        return ""
    return _card(one.card, one.mailbox.item_id, shape == "AllProperties")


def _around(operation: str, message: str) -> str:
    """A batch of one message that is written already."""
    empty = write_batch(operation, [])
    return empty.replace("<m:ResponseMessages>", f"<m:ResponseMessages>{message}", 1)


def read_list(element: Element) -> tuple[str, Element | None]:
    """An ExpandDL request: the address of the list, or its ``t:ItemId``. Raises ``SchemaViolation``."""
    mailbox = required(element, M + "Mailbox")
    address = mailbox.find(T + "EmailAddress")
    if address is None:
        address = mailbox.find(T + "Address")
    item = mailbox.find(T + "ItemId")
    if address is None and item is None:
        raise SchemaViolation("The element 'Mailbox' names no distribution list.")
    return text(address).strip(), item


def write_expansion(members: Iterable[Correspondent]) -> str:
    """A whole ExpandDLResponse."""
    written = [_mailbox(one) for one in members]
    content = (
        f'<m:DLExpansion TotalItemsInView="{len(written)}" IncludesLastItemInRange="true">{"".join(written)}'
        "</m:DLExpansion>"
    )
    return _around("ExpandDL", write_success("ExpandDL", content))
