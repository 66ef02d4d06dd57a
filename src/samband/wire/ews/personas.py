"""Personas on the wire: somebody, put together from the places that know them [MS-OXWSPERS]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.ews.folder_ids import GivenFolder, read_target
from samband.wire.ews.ids import IdKind, ObjectId, read_id
from samband.wire.ews.names import DECLARED, M, T
from samband.wire.ews.paging import Page, read_page
from samband.wire.ews.responses import Refusal, refused_attributes, refused_content, write_single
from samband.wire.xml.reading import Element, attribute, required, text
from samband.wire.xml.text import element as leaf


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


def write_persona(one: PersonaView, element: str = "t:Persona") -> str:
    """``<t:Persona>``, or the same under another name, in the schema's order."""
    return "".join(
        (
            f"<{element}>{one.persona_id}<t:PersonaType>{one.kind}</t:PersonaType>",
            _part("DisplayName", one.display_name),
            _part("DisplayNameFirstLast", one.display_name),
            _part("DisplayNameLastFirst", one.display_name),
            _part("GivenName", one.given_name),
            _part("Surname", one.surname),
            _part("Title", one.title),
            _part("Department", one.department),
            _part("CompanyName", one.company),
            _part("Location", one.office),
            _mail(one),
            _phone(one),
            _part("ImAddress", one.im_address),
            "<t:RelevanceScore>2147483647</t:RelevanceScore>",
            f"<t:Attributions>{_attribution(one.attribution)}</t:Attributions>",
            _attributed("DisplayNames", one.display_name),
            _attributed("ImAddresses", one.im_address),
            f"</{element}>",
        )
    )


def write_personas(personas: Iterable[PersonaView]) -> str:
    """Several of them."""
    return "".join(write_persona(one) for one in personas)


def write_get_persona(one: PersonaView) -> str:
    """A whole answer to GetPersona, which is named unlike any other."""
    return (
        f'<m:GetPersonaResponseMessage ResponseClass="Success" {DECLARED}><m:ResponseCode>NoError</m:ResponseCode>'
        f"{write_persona(one, 'm:Persona')}</m:GetPersonaResponseMessage>"
    )


def _part(name: str, value: str) -> str:
    return leaf(f"t:{name}", value) if value else ""


def _mail(one: PersonaView) -> str:
    if not one.email:
        return ""
    address = f"{_part('Name', one.display_name)}{leaf('t:EmailAddress', one.email)}<t:RoutingType>SMTP</t:RoutingType>"
    return (
        f"<t:EmailAddress>{address}</t:EmailAddress>"
        f"<t:EmailAddresses><t:Address>{address}</t:Address></t:EmailAddresses>"
    )


def _phone(one: PersonaView) -> str:
    return f"<t:PhoneNumber>{leaf('t:Number', one.phone)}<t:Type>Business</t:Type></t:PhoneNumber>" if one.phone else ""


def _flag(name: str, value: bool) -> str:
    return f"<t:{name}>{'true' if value else 'false'}</t:{name}>"


def _attribution(one: Attribution) -> str:
    return (
        f"<t:Attribution><t:Id>0</t:Id>{one.source_id}{leaf('t:DisplayName', one.name)}"
        f"{_flag('IsWritable', one.writable)}{_flag('IsQuickContact', one.quick_contact)}{_flag('IsHidden', False)}"
        f"{one.folder_id}</t:Attribution>"
    )


def _attributed(name: str, value: str) -> str:
    if not value:
        return ""
    return (
        f"<t:{name}><t:StringAttributedValue>{leaf('t:Value', value)}<t:Attributions><t:Attribution>0</t:Attribution>"
        f"</t:Attributions></t:StringAttributedValue></t:{name}>"
    )


@dataclass(frozen=True, slots=True)
class PeopleWish:
    """A FindPeople request: what to look for, where (None: everywhere), and which part of it to tell."""

    query: str
    folder: GivenFolder | None
    page: Page


def read_find_people(element: Element) -> PeopleWish:
    """A FindPeople request. Raises ``SchemaViolation`` or ``PropertyError``."""
    parent = element.find(M + "ParentFolderId")
    folder = None if parent is None else read_target(element, M + "ParentFolderId")
    page = read_page(required(element, M + "IndexedPageItemView"), None)
    return PeopleWish(text(element.find(M + "QueryString")).strip(), folder, page)


def write_people(personas: Iterable[PersonaView], total: int, start: int) -> str:
    """A whole answer to FindPeople: ``total`` is how many there are in all, ``start`` which of them comes first."""
    return write_single(
        "FindPeople",
        f"<m:People>{write_personas(personas)}</m:People>"
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
