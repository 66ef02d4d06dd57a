"""ResolveNames and ExpandDL."""

from __future__ import annotations

from samband.exchange.actions.people import Candidate
from samband.exchange.ews.call import Call, refusal
from samband.exchange.ews.item_references import item_ref
from samband.exchange.ews.references import folder_ref
from samband.model.failures import Failure
from samband.model.items import ContactProperties, DistributionListProperties, Item
from samband.model.people import Person
from samband.wire.ews.fields.contents import item_id
from samband.wire.ews.item_ids import read_item_id
from samband.wire.ews.people import (
    Card,
    Correspondent,
    Resolution,
    read_list,
    read_resolve_wish,
    write_expansion,
    write_resolutions,
)
from samband.wire.ews.responses import write_batch
from samband.wire.xml.reading import Element


async def resolve_names(call: Call, element: Element) -> str:
    """ResolveNames [MS-OXWSRSLNM]."""
    wish = read_resolve_wish(element)
    folder = folder_ref(wish.folders[0]) if wish.folders else None
    try:
        found, complete = await call.exchange.people.resolve(call.caller, wish.entry, wish.scope, folder)
    except Failure as failure:
        return write_batch("ResolveNames", [refusal(failure)])
    return write_resolutions([_resolution(one, wish.full) for one in found], complete=complete, shape=wish.shape)


def _resolution(found: Candidate, full: bool) -> Resolution:
    if found.item is not None:
        return _private(found, found.item)
    mailbox = Correspondent(found.name, found.address, "Mailbox" if found.group is None else "PublicDL")
    return Resolution(mailbox, _public_card(found.person) if full and found.person is not None else None)


def _private(found: Candidate, item: Item) -> Resolution:
    properties = item.properties
    if isinstance(properties, DistributionListProperties):
        return Resolution(Correspondent(found.name, "", "PrivateDL", item_id=item_id(item)))
    mailbox = Correspondent(found.name, found.address, "Contact", item_id=item_id(item))
    return Resolution(mailbox, _private_card(properties) if isinstance(properties, ContactProperties) else None)


def _public_card(person: Person) -> Card:
    addresses = [address for address in person.proxyAddresses if address[:5].lower() in ("smtp:",)]
    ordered = sorted(addresses, key=lambda address: not address.startswith("SMTP:"))[:3]
    return Card(
        display_name=person.displayName,
        given_name=person.givenName,
        company_name=person.company,
        email_addresses={f"EmailAddress{place}": address for place, address in enumerate(ordered, 1)},
        phone_numbers={"BusinessPhone": person.telephoneNumber, "MobilePhone": person.mobile},
        department=person.department,
        im_addresses={"ImAddress1": f"sip:{person.proxy_sip}"} if person.proxy_sip else {},
        job_title=person.title,
        office_location=person.physicalDeliveryOfficeName,
        surname=person.sn,
        alias=person.sAMAccountName,
        photo=person.thumbnailPhoto,
    )


def _private_card(contact: ContactProperties) -> Card:
    return Card(
        display_name=contact.display_name,
        given_name=contact.given_name,
        company_name=contact.company_name,
        email_addresses={key: one.address for key, one in contact.email_addresses.items()},
        phone_numbers=contact.phone_numbers,
        source="Store",
        department=contact.department,
        im_addresses=contact.im_addresses,
        job_title=contact.job_title,
        office_location=contact.office_location,
        surname=contact.surname,
    )


async def expand_dl(call: Call, element: Element) -> str:
    """ExpandDL [MS-OXWSEDL] of groups of the directory and of private lists."""
    address, named = read_list(element)
    try:
        ref = None if named is None else item_ref(read_item_id(named))
        members = await call.exchange.people.expand(call.caller, address, ref)
    except Failure as failure:
        return write_batch("ExpandDL", [refusal(failure)])
    return write_expansion(
        Correspondent(
            one.mailbox.name or one.mailbox.address,
            one.mailbox.address,
            one.mailbox.mailbox_type or "OneOff",
            one.mailbox.routing_type,
        )
        for one in members
    )
