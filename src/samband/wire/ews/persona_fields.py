"""Fields of personas: one row an element, in the schema's order [MS-OXWSPERS]."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from samband.wire.ews.fields.errors import invalid_request
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, attribute, bad_attribute, one_of, required
from samband.wire.xml.text import element as leaf

Write = Callable[[Any], str]
_BASES = frozenset({"IdOnly", "Default", "AllProperties", "PcxPeopleSearch"})
_OF_THE_ONE = "<t:Attributions><t:Attribution>0</t:Attribution></t:Attributions>"
"""Every value comes from the one place that the persona comes from."""


@dataclass(frozen=True, slots=True, eq=False)
class PersonaField:
    """One element. ``usual``: in answers to requests that name no shape."""

    element: str
    write: Write
    usual: bool = False

    @property
    def uri(self) -> str:
        return f"persona:{_URIS.get(self.element, self.element)}"


_URIS = {"Schools": "School"}
"""Elements that the schema's FieldURI calls otherwise."""


def _text(one: Any, name: str) -> str:
    value = getattr(one, name, None)
    return str(one.more.get(name, "") if value is None else value)


def _plain(element: str, name: str, *, usual: bool = False) -> PersonaField:
    def write(one: Any) -> str:
        value = _text(one, name)
        return leaf(f"t:{element}", value) if value else ""

    return PersonaField(element, write, usual)


def _attributed(element: str, name: str, *, usual: bool = False) -> PersonaField:
    def write(one: Any) -> str:
        value = _text(one, name)
        return _values(element, "StringAttributedValue", leaf("t:Value", value)) if value else ""

    return PersonaField(element, write, usual)


def _values(element: str, kind: str, value: str) -> str:
    return f"<t:{element}><t:{kind}>{value}{_OF_THE_ONE}</t:{kind}></t:{element}>"


def _phone(element: str, key: str, kind: str) -> PersonaField:
    def write(one: Any) -> str:
        number = one.phones.get(key, "")
        value = f"<t:Value>{leaf('t:Number', number)}{leaf('t:Type', kind)}</t:Value>"
        return _values(element, "PhoneNumberAttributedValue", value) if number else ""

    return PersonaField(element, write)


def _place(element: str, key: str) -> PersonaField:
    def write(one: Any) -> str:
        place = one.places.get(key)
        if place is None:
            return ""
        parts = "".join(leaf(f"t:{name}", text) for name, part in _PLACE_PARTS if (text := getattr(place, part)))
        return _values(element, "PostalAddressAttributedValue", f"<t:Value>{parts}<t:Type>{key}</t:Type></t:Value>")

    return PersonaField(element, write)


_PLACE_PARTS = (
    ("Street", "street"),
    ("City", "city"),
    ("State", "state"),
    ("Country", "country_or_region"),
    ("PostalCode", "postal_code"),
)


def address(one: Any, email: str) -> str:
    """The inside of an e-mail address of a persona."""
    name = leaf("t:Name", one.display_name) if one.display_name else ""
    return f"{name}{leaf('t:EmailAddress', email)}<t:RoutingType>SMTP</t:RoutingType>"


def _email(element: str, place: int) -> PersonaField:
    def write(one: Any) -> str:
        if len(one.emails) <= place or not one.emails[place]:
            return ""
        value = f"<t:Value>{address(one, one.emails[place])}</t:Value>"
        return _values(element, "EmailAddressAttributedValue", value)

    return PersonaField(element, write)


def _mail(one: Any) -> str:
    return f"<t:EmailAddress>{address(one, one.email)}</t:EmailAddress>" if one.email else ""


def _mails(one: Any) -> str:
    written = [f"<t:Address>{address(one, email)}</t:Address>" for email in one.emails or (one.email,) if email]
    return f"<t:EmailAddresses>{''.join(written)}</t:EmailAddresses>" if written else ""


def _main_phone(one: Any) -> str:
    return f"<t:PhoneNumber>{leaf('t:Number', one.phone)}<t:Type>Business</t:Type></t:PhoneNumber>" if one.phone else ""


def _flag(name: str, value: bool) -> str:
    return f"<t:{name}>{'true' if value else 'false'}</t:{name}>"


def _attributions(persona: Any) -> str:
    one = persona.attribution
    return (
        f"<t:Attributions><t:Attribution><t:Id>0</t:Id>{one.source_id}{leaf('t:DisplayName', one.name)}"
        f"{_flag('IsWritable', one.writable)}{_flag('IsQuickContact', one.quick_contact)}{_flag('IsHidden', False)}"
        f"{one.folder_id}</t:Attribution></t:Attributions>"
    )


def _folders(one: Any) -> str:
    return f"<t:FolderIds>{one.attribution.folder_id}</t:FolderIds>" if one.attribution.folder_id else ""


TABLE: tuple[PersonaField, ...] = (
    PersonaField("PersonaId", lambda one: str(one.persona_id), True),
    _plain("PersonaType", "kind", usual=True),
    _plain("CreationTime", "creation_time"),
    _plain("DisplayName", "display_name", usual=True),
    _plain("DisplayNameFirstLast", "display_name", usual=True),
    _plain("DisplayNameLastFirst", "display_name", usual=True),
    _plain("FileAs", "file_as"),
    _plain("DisplayNamePrefix", "prefix"),
    _plain("GivenName", "given_name", usual=True),
    _plain("MiddleName", "middle_name"),
    _plain("Surname", "surname", usual=True),
    _plain("Generation", "generation"),
    _plain("Nickname", "nickname"),
    _plain("YomiFirstName", "yomi_first_name"),
    _plain("YomiLastName", "yomi_last_name"),
    _plain("Title", "title", usual=True),
    _plain("Department", "department", usual=True),
    _plain("CompanyName", "company", usual=True),
    _plain("Location", "office", usual=True),
    PersonaField("EmailAddress", _mail, True),
    PersonaField("EmailAddresses", _mails, True),
    PersonaField("PhoneNumber", _main_phone, True),
    _plain("ImAddress", "im_address", usual=True),
    _plain("HomeCity", "home_city"),
    _plain("WorkCity", "work_city"),
    PersonaField("RelevanceScore", lambda one: "<t:RelevanceScore>2147483647</t:RelevanceScore>", True),
    PersonaField("FolderIds", _folders),
    PersonaField("Attributions", _attributions, True),
    _attributed("DisplayNames", "display_name", usual=True),
    _attributed("FileAses", "file_as"),
    _attributed("DisplayNamePrefixes", "prefix"),
    _attributed("GivenNames", "given_name"),
    _attributed("MiddleNames", "middle_name"),
    _attributed("Surnames", "surname"),
    _attributed("Generations", "generation"),
    _attributed("Nicknames", "nickname"),
    _attributed("Initials", "initials"),
    _attributed("YomiFirstNames", "yomi_first_name"),
    _attributed("YomiLastNames", "yomi_last_name"),
    _phone("BusinessPhoneNumbers", "BusinessPhone", "Business"),
    _phone("BusinessPhoneNumbers2", "BusinessPhone2", "Business"),
    _phone("HomePhones", "HomePhone", "Home"),
    _phone("HomePhones2", "HomePhone2", "Home"),
    _phone("MobilePhones", "MobilePhone", "Mobile"),
    _phone("AssistantPhoneNumbers", "AssistantPhone", "Assistant"),
    _phone("CallbackPhones", "Callback", "Callback"),
    _phone("CarPhones", "CarPhone", "Car"),
    _phone("HomeFaxes", "HomeFax", "HomeFax"),
    _phone("OrganizationMainPhones", "CompanyMainPhone", "OrganizationMain"),
    _phone("OtherFaxes", "OtherFax", "OtherFax"),
    _phone("OtherTelephones", "OtherTelephone", "Other"),
    _phone("Pagers", "Pager", "Pager"),
    _phone("RadioPhones", "RadioPhone", "Radio"),
    _phone("TelexNumbers", "Telex", "Telex"),
    _phone("TTYTDDPhoneNumbers", "TtyTddPhone", "TTYTDD"),
    _phone("WorkFaxes", "BusinessFax", "BusinessFax"),
    _email("Emails1", 0),
    _email("Emails2", 1),
    _email("Emails3", 2),
    _attributed("BusinessHomePages", "home_page"),
    _attributed("OfficeLocations", "office"),
    _attributed("ImAddresses", "im_address", usual=True),
    _place("BusinessAddresses", "Business"),
    _place("HomeAddresses", "Home"),
    _place("OtherAddresses", "Other"),
    _attributed("Titles", "title"),
    _attributed("Departments", "department"),
    _attributed("CompanyNames", "company"),
    _attributed("Managers", "manager"),
    _attributed("AssistantNames", "assistant"),
    _attributed("Professions", "profession"),
    _attributed("SpouseNames", "spouse"),
    _attributed("WeddingAnniversaries", "wedding_anniversary"),
    _attributed("Birthdays", "birthday"),
    _attributed("Locations", "office"),
)

FIELDS: dict[str, PersonaField] = {field.uri: field for field in TABLE}
"""Every field of personas that there is a value for, by its FieldURI."""

USUAL: tuple[PersonaField, ...] = tuple(field for field in TABLE if field.usual)
"""What answers to requests have that name no shape."""


def read_persona_shape(shape: Element | None) -> tuple[PersonaField, ...]:
    """What a PersonaShape asks for. Raises ``SchemaViolation`` and, for what no persona has, ``PropertyError``."""
    if shape is None:
        return USUAL
    base = one_of(required(shape, T + "BaseShape"), _BASES)
    paths = shape.find(T + "AdditionalProperties")
    named = _named(() if paths is None else paths)
    everything = base == "AllProperties"
    return tuple(
        field
        for field in TABLE
        if everything or field in named or field.element == "PersonaId" or (field.usual and base != "IdOnly")
    )


def _named(paths: Iterable[Element]) -> set[PersonaField]:
    found = set()
    for path in paths:
        if path.tag == T + "ExtendedFieldURI":
            continue
        uri = attribute(path, "FieldURI")
        if ":" not in uri:
            raise bad_attribute("FieldURI", uri)
        if not uri.startswith("persona:"):
            raise invalid_request(f'<t:FieldURI FieldURI="{uri}"/>')
        if uri in FIELDS:
            found.add(FIELDS[uri])
    return found
