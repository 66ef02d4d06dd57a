"""Personas on the wire: somebody, put together from the places that know them [MS-OXWSPERS]."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from samband.wire.ews.folder_ids import GivenFolder, read_target
from samband.wire.ews.ids import IdKind, ObjectId, read_id
from samband.wire.ews.names import DECLARED, M, T
from samband.wire.ews.paging import Page, read_page
from samband.wire.ews.persona_fields import TABLE, USUAL, PersonaField, read_persona_shape
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content, write_single
from samband.wire.xml.reading import Element, attribute, required, text


@dataclass(frozen=True, slots=True)
class Attribution:
    """Where a persona comes from. ``source_id`` and ``folder_id`` are written ``t:SourceId`` and ``t:FolderId``."""

    source_id: str
    folder_id: str = ""
    name: str = ""
    writable: bool = False
    quick_contact: bool = False


@dataclass(frozen=True, slots=True)
class PersonaView:
    """One persona; ``persona_id`` is the written ``t:PersonaId``. What is empty is left out."""

    persona_id: str
    attribution: Attribution
    display_name: str = ""
    given_name: str = ""
    surname: str = ""
    title: str = ""
    department: str = ""
    company: str = ""
    office: str = ""
    email: str = ""
    im_address: str = ""
    phone: str = ""
    kind: str = "Person"
    """PersonaType: ``Person`` or ``Room``."""
    emails: tuple[str, ...] = ()
    phones: Mapping[str, str] = field(default_factory=dict)
    """Numbers by the keys of a contact's dictionary."""
    places: Mapping[str, Any] = field(default_factory=dict)
    """Postal addresses by the keys of a contact's dictionary."""
    more: Mapping[str, str] = field(default_factory=dict)
    """Other texts by the names that the rows of the table of fields have for them."""


def write_persona(one: PersonaView, element: str = "t:Persona", fields: Sequence[PersonaField] = USUAL) -> str:
    """``<t:Persona>``, or the same under another name, with ``fields``, which stand in the schema's order."""
    return f"<{element}>{''.join([row.write(one) for row in fields])}</{element}>"


def write_personas(personas: Iterable[PersonaView], fields: Sequence[PersonaField] = USUAL) -> str:
    """Several of them."""
    return "".join(write_persona(one, fields=fields) for one in personas)


def write_get_persona(one: PersonaView) -> str:
    """A whole answer to GetPersona, which is named unlike any other."""
    return (
        f'<m:GetPersonaResponseMessage ResponseClass="Success" {DECLARED}><m:ResponseCode>NoError</m:ResponseCode>'
        f"{write_persona(one, 'm:Persona', TABLE)}</m:GetPersonaResponseMessage>"
    )


@dataclass(frozen=True, slots=True)
class PeopleWish:
    """A FindPeople request: what to look for, where (None: everywhere), and which part of it to tell."""

    query: str
    folder: GivenFolder | None
    page: Page
    fields: tuple[PersonaField, ...] = USUAL


def read_find_people(element: Element) -> PeopleWish:
    """A FindPeople request. Raises ``SchemaViolation`` or ``PropertyError``."""
    parent = element.find(M + "ParentFolderId")
    folder = None if parent is None else read_target(element, M + "ParentFolderId")
    page = read_page(required(element, M + "IndexedPageItemView"), None)
    fields = read_persona_shape(element.find(M + "PersonaShape"))
    return PeopleWish(text(element.find(M + "QueryString")).strip(), folder, page, fields)


def write_people(
    personas: Iterable[PersonaView], total: int, start: int, fields: Sequence[PersonaField] = USUAL
) -> str:
    """A whole answer to FindPeople: ``total`` is how many there are in all, ``start`` which of them comes first."""
    return write_single(
        "FindPeople",
        f"<m:People>{write_personas(personas, fields)}</m:People>"
        f"<m:TotalNumberOfPeopleInView>{total}</m:TotalNumberOfPeopleInView>"
        f"<m:FirstMatchingRowIndex>0</m:FirstMatchingRowIndex>"
        f"<m:FirstLoadedRowIndex>{start}</m:FirstLoadedRowIndex>",
    )


def read_get_persona(element: Element) -> tuple[ObjectId | None, str]:
    """Whom GetPersona asks for: by identifier, or by address. Raises ``SchemaViolation`` or ``MalformedId``."""
    persona = element.find(M + "PersonaId")
    if persona is not None:
        return read_id(attribute(persona, "Id"), IdKind.PERSONA), ""
    return None, text(required(required(element, M + "EmailAddress"), T + "EmailAddress")).strip()


def write_persona_refused(refusal: Refusal) -> str:
    """A whole answer to GetPersona where there is nobody; the schema wants a persona also then."""
    return (
        f"<m:GetPersonaResponseMessage {refused_attributes(refusal)} {DECLARED}>{refused_content(refusal)}"
        '<m:Persona><t:PersonaId Id=""/></m:Persona></m:GetPersonaResponseMessage>'
    )
