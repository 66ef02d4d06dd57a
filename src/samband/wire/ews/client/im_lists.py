"""The operations of the unified contact store, for a server that asks another server."""

from __future__ import annotations

from dataclasses import dataclass

from samband.wire.ews.client.answers import answered, check
from samband.wire.ews.client.requests import envelope
from samband.wire.ews.names import M, T
from samband.wire.xml.reading import Element, Malformed, text
from samband.wire.xml.text import element as leaf
from samband.wire.xml.text import escape_attribute


@dataclass(frozen=True, slots=True)
class ListedGroup:
    """A group; ``members`` are identifiers of contacts, ``smtp`` is the address of a distribution group."""

    id: str
    name: str
    type: str
    members: tuple[str, ...]
    smtp: str = ""


@dataclass(frozen=True, slots=True)
class ListedContact:
    """A contact; the address is without scheme."""

    id: str
    address: str
    name: str


def list_request() -> bytes:
    """GetImItemList."""
    return envelope("<m:GetImItemList/>")


def add_group_request(name: str) -> bytes:
    """AddImGroup."""
    return envelope(f"<m:AddImGroup>{leaf('m:DisplayName', name)}</m:AddImGroup>")


def add_distribution_group_request(address: str, name: str) -> bytes:
    """AddDistributionGroupToImList."""
    said = leaf("m:SmtpAddress", address) + leaf("m:DisplayName", name)
    return envelope(f"<m:AddDistributionGroupToImList>{said}</m:AddDistributionGroupToImList>")


def add_contact_request(address: str, name: str, group: str) -> bytes:
    """AddNewImContactToGroup; no name leaves it to the other server."""
    shown = leaf("m:DisplayName", name) if name else ""
    said = f"{leaf('m:ImAddress', address)}{shown}{_id('GroupId', group)}"
    return envelope(f"<m:AddNewImContactToGroup>{said}</m:AddNewImContactToGroup>")


def join_request(contact: str, group: str) -> bytes:
    """AddImContactToGroup."""
    ids = _id("ContactId", contact) + _id("GroupId", group)
    return envelope(f"<m:AddImContactToGroup>{ids}</m:AddImContactToGroup>")


def migrated_request(completed: bool) -> bytes:
    """SetImListMigrationCompleted."""
    said = "true" if completed else "false"
    return envelope(
        f"<m:SetImListMigrationCompleted><m:ImListMigrationCompleted>{said}</m:ImListMigrationCompleted>"
        "</m:SetImListMigrationCompleted>"
    )


def _id(name: str, identifier: str) -> str:
    return f'<m:{name} Id="{escape_attribute(identifier)}"/>'


def read_list(body: bytes) -> tuple[tuple[ListedGroup, ...], tuple[ListedContact, ...]]:
    """The ImItemList of an answer, its personas by their quick contacts. Raises ``Refused`` or ``Malformed``."""
    answer = read_done(body)
    found = answer.find(f"{M}ImItemList")
    if found is None:
        raise Malformed("no ImItemList")
    groups = tuple(_group(one) for one in found.iterfind(f"{T}Groups/{T}ImGroup"))
    people = (_contact(one) for one in found.iterfind(f"{T}Personas/{T}Persona"))
    return groups, tuple(one for one in people if one is not None)


def read_done(body: bytes) -> Element:
    """The answer to any of the operations. Raises ``Refused`` or ``Malformed``."""
    answer = answered(body)
    check(answer)
    return answer


def read_new_group(body: bytes) -> str:
    """The identifier of a group that was added. Raises ``Refused`` or ``Malformed``."""
    return _identifier(read_done(body).find(f"{M}ImGroup/{T}ExchangeStoreId"))


def read_new_contact(body: bytes) -> str:
    """The identifier of a contact that was added. Raises ``Refused`` or ``Malformed``."""
    persona = read_done(body).find(f"{M}Persona")
    found = None if persona is None else _contact(persona)
    if found is None:
        raise Malformed("no quick contact")
    return found.id


def _identifier(element: Element | None) -> str:
    found = "" if element is None else element.get("Id", "")
    if not found:
        raise Malformed("no identifier")
    return found


def _group(group: Element) -> ListedGroup:
    return ListedGroup(
        _identifier(group.find(f"{T}ExchangeStoreId")),
        text(group.find(f"{T}DisplayName")),
        text(group.find(f"{T}GroupType")),
        tuple(_identifier(one) for one in group.iterfind(f"{T}MemberCorrelationKey/{T}ItemId")),
        text(group.find(f"{T}SmtpAddress")),
    )


def _contact(persona: Element) -> ListedContact | None:
    address = text(persona.find(f"{T}ImAddress")).strip()
    address = address[4:] if address[:4].lower() == "sip:" else address
    for source in persona.iterfind(f"{T}Attributions/{T}Attribution"):
        quick = text(source.find(f"{T}IsQuickContact")) == "true" and text(source.find(f"{T}IsHidden")) != "true"
        if address and quick:
            return ListedContact(
                _identifier(source.find(f"{T}SourceId")), address, text(persona.find(f"{T}DisplayName"))
            )
    return None
