"""FindPeople and GetPersona, and personas from contacts and from the directory."""

from __future__ import annotations

from samband.exchange.ews.answers import refused
from samband.exchange.ews.call import Call, refusal
from samband.exchange.ews.references import folder_ref, malformed
from samband.model.failures import Failure
from samband.model.im_lists import im_address
from samband.model.items import ContactProperties, Item
from samband.model.people import Person
from samband.wire.ews.fields.errors import PropertyError
from samband.wire.ews.folder_ids import write_folder_id
from samband.wire.ews.ids import IdKind, MalformedId, write_change_key, write_id
from samband.wire.ews.personas import (
    Attribution,
    PersonaView,
    read_find_people,
    read_get_persona,
    write_get_persona,
    write_people,
    write_persona_refused,
)
from samband.wire.ews.responses import write_single_refused
from samband.wire.xml.reading import Element
from samband.wire.xml.values import write_instant

OF_DIRECTORY = 1
"""The ordinal of a persona's identifier that names somebody of the directory by objectGUID."""


async def quick_contact_folder(call: Call) -> str:
    """The written FolderId of the folder of IM contacts."""
    return write_folder_id(call.mailbox, *await call.exchange.im_lists.folder(call.caller))


def contact_persona(item: Item, folder_id: str = "", *, quick: bool = False) -> PersonaView:
    """A contact; ``quick``: one of the IM list."""
    properties = item.properties
    assert isinstance(properties, ContactProperties)
    said = write_id(IdKind.ITEM, item.mailbox, item.id)
    mail = next((one.address for one in properties.email_addresses.values() if one.address), "")
    return PersonaView(
        persona_id=f'<t:PersonaId Id="{write_id(IdKind.PERSONA, item.mailbox, item.id)}"/>',
        attribution=Attribution(
            source_id=f'<t:SourceId Id="{said}" ChangeKey="{write_change_key(item.change_key)}"/>',
            folder_id=folder_id,
            name="Lync Contacts" if quick else "Outlook",
            writable=True,
            quick_contact=quick,
        ),
        display_name=properties.display_name or properties.file_as,
        given_name=properties.given_name,
        surname=properties.surname,
        title=properties.job_title,
        department=properties.department,
        company=properties.company_name,
        office=properties.office_location,
        email=mail,
        im_address=im_address(item),
        phone=next((number for number in properties.phone_numbers.values() if number), ""),
        emails=tuple(
            entry.address
            for key in ("EmailAddress1", "EmailAddress2", "EmailAddress3")
            if (entry := properties.email_addresses.get(key)) is not None
        ),
        phones=properties.phone_numbers,
        places=properties.physical_addresses,
        more=_of_contact(properties),
    )


def _of_contact(own: ContactProperties) -> dict[str, str]:
    """What of a contact its persona has besides, by the names that the fields of personas have for it."""
    cities = {key: place.city for key, place in own.physical_addresses.items()}
    moments = {
        "creation_time": own.date_time_created,
        "wedding_anniversary": own.wedding_anniversary,
        "birthday": own.birthday,
    }
    return {
        "file_as": own.file_as,
        "prefix": own.complete_name.title,
        "middle_name": own.middle_name,
        "generation": own.generation,
        "nickname": own.nickname,
        "initials": own.initials,
        "yomi_first_name": own.complete_name.yomi_first_name or own.phonetic_first_name,
        "yomi_last_name": own.complete_name.yomi_last_name or own.phonetic_last_name,
        "home_city": cities.get("Home", ""),
        "work_city": cities.get("Business", ""),
        "home_page": own.business_home_page,
        "manager": own.manager,
        "assistant": own.assistant_name,
        "profession": own.profession,
        "spouse": own.spouse_name,
    } | {name: write_instant(moment) for name, moment in moments.items() if moment is not None}


def directory_persona(person: Person) -> PersonaView:
    """Somebody of the directory, as the Exchange side sees them."""
    said = write_id(IdKind.PERSONA, person.objectGUID, 0, OF_DIRECTORY)
    return PersonaView(
        persona_id=f'<t:PersonaId Id="{said}"/>',
        attribution=Attribution(source_id=f'<t:SourceId Id="{said}"/>', name="GAL"),
        display_name=person.displayName,
        given_name=person.givenName,
        surname=person.sn,
        title=person.title,
        department=person.department,
        company=person.company,
        office=person.physicalDeliveryOfficeName,
        email=person.primary_smtp or person.mail,
        im_address=person.proxy_sip,
        phone=person.telephoneNumber,
        emails=(person.primary_smtp or person.mail,),
        phones={
            key: number
            for key, number in (("BusinessPhone", person.telephoneNumber), ("MobilePhone", person.mobile))
            if number
        },
        kind="Room" if person.is_room else "Person",
    )


async def find_people(call: Call, element: Element) -> str:
    """FindPeople [MS-OXWSPERS]."""
    try:
        wish = read_find_people(element)
        folder = None if wish.folder is None else folder_ref(wish.folder)
        found = await call.exchange.personas.find(call.caller, wish.query, folder)
    except (Failure, PropertyError) as error:
        return write_single_refused("FindPeople", refused(error))
    window = wish.page.window(len(found))
    shown = found[window.start : window.start + window.count]
    return write_people([_persona(one) for one in shown], len(found), window.start, wish.fields)


def _persona(found: Person | Item) -> PersonaView:
    return directory_persona(found) if isinstance(found, Person) else contact_persona(found)


async def get_persona(call: Call, element: Element) -> str:
    """GetPersona [MS-OXWSPERS]."""
    try:
        return write_get_persona(_persona(await _asked(call, element)))
    except Failure as failure:
        return write_persona_refused(refusal(failure))


async def _asked(call: Call, element: Element) -> Person | Item:
    try:
        named, address = read_get_persona(element)
    except MalformedId:
        raise malformed() from None
    if named is None:
        return call.exchange.personas.person(address=address)
    if named.ordinal == OF_DIRECTORY:
        return call.exchange.personas.person(guid=named.mailbox)
    return await call.exchange.personas.contact(call.caller, named.mailbox, named.row)
