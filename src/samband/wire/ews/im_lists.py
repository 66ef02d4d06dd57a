"""The operations of the unified contact store on the wire [MS-OXWSCOS]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from samband.wire.ews.ids import IdKind, MalformedId, read_id
from samband.wire.ews.item_ids import GivenItemId, read_item_id
from samband.wire.ews.names import M
from samband.wire.ews.personas import PersonaView, write_persona, write_personas
from samband.wire.xml.reading import Element, attribute, bad_element, required, text
from samband.wire.xml.text import element as leaf
from samband.wire.xml.values import read_boolean


def read_id_of(parent: Element, name: str) -> GivenItemId | None:
    """The identifier in the attributes of ``m:ContactId`` or ``m:GroupId``; None where the element is absent.

    Change keys do not count in this family and are not read.
    """
    element = parent.find(M + name)
    if element is None:
        return None
    try:
        return GivenItemId(read_id(attribute(element, "Id"), IdKind.ITEM))
    except MalformedId:
        return GivenItemId(None)


def read_required_id(parent: Element, name: str) -> GivenItemId:
    """The same of an element that must be there. Raises ``SchemaViolation``."""
    required(parent, M + name)
    found = read_id_of(parent, name)
    assert found is not None
    return found


def read_ids_in(parent: Element, name: str) -> list[GivenItemId]:
    """The identifiers in ``m:ContactIds`` or ``m:GroupIds``; none where the element is absent."""
    container = parent.find(M + name)
    return [] if container is None else [replace(read_item_id(child), change_key="") for child in container]


def read_text(parent: Element, name: str) -> str:
    """The text of a required element that must say something. Raises ``SchemaViolation``."""
    element = required(parent, M + name)
    if not text(element).strip():
        raise bad_element(element)
    return text(element).strip()


def read_optional_text(parent: Element, name: str) -> str:
    """The text of an element, empty where it is absent."""
    return text(parent.find(M + name)).strip()


def read_completed(parent: Element) -> bool:
    """What SetImListMigrationCompleted says. Raises ``SchemaViolation``."""
    element = required(parent, M + "ImListMigrationCompleted")
    try:
        return read_boolean(text(element))
    except ValueError:
        raise bad_element(element) from None


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of an answer. ``store_id`` is the written ``t:ExchangeStoreId``, ``members`` written ``t:ItemId``."""

    name: str
    type: str
    store_id: str
    members: tuple[str, ...] = ()
    smtp_address: str = ""


def write_group(group: GroupView, element: str = "t:ImGroup") -> str:
    """``<t:ImGroup>``, or the same under another name."""
    members = "".join(group.members)
    correlation = f"<t:MemberCorrelationKey>{members}</t:MemberCorrelationKey>" if members else ""
    address = leaf("t:SmtpAddress", group.smtp_address) if group.smtp_address else ""
    return (
        f"<{element}>{leaf('t:DisplayName', group.name)}{leaf('t:GroupType', group.type)}{group.store_id}"
        f"{correlation}{address}</{element}>"
    )


def write_list(groups: Iterable[GroupView], personas: Iterable[PersonaView]) -> str:
    """``<m:ImItemList>``."""
    written = "".join(write_group(group) for group in groups)
    people = f"<t:Personas>{write_personas(personas)}</t:Personas>"
    return f"<m:ImItemList><t:Groups>{written}</t:Groups>{people}</m:ImItemList>"


def write_new_contact(persona: PersonaView) -> str:
    """``<m:Persona>`` of a contact that was added."""
    return write_persona(persona, "m:Persona")


def write_new_group(group: GroupView) -> str:
    """``<m:ImGroup>`` of a group that was added."""
    return write_group(group, "m:ImGroup")
