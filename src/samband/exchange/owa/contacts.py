"""Cards of people in the web client: what the directory and one's contacts say; contacts made and changed."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from samband.exchange.owa.call import Call, Handlers, Number, answer, done
from samband.exchange.owa.items import item_of
from samband.model.failures import Failure
from samband.model.im_lists import bare_address
from samband.model.item_requests import ConflictResolution, DeleteType, Disposition, Draft, Edit, EditAction, ItemRef
from samband.model.item_values import Body, BodyKind, EmailAddress
from samband.model.items import ContactProperties, Item, ItemKind
from samband.model.people import Person
from samband.wire.http import HttpResponse

Short = Annotated[str, msgspec.Meta(max_length=255)]
_TEXTS = {
    "given": ("given_name", "contacts:GivenName"),
    "surname": ("surname", "contacts:Surname"),
    "company": ("company_name", "contacts:CompanyName"),
    "department": ("department", "contacts:Department"),
    "title": ("job_title", "contacts:JobTitle"),
    "office": ("office_location", "contacts:OfficeLocation"),
}
_PHONES = {"work": "BusinessPhone", "mobile": "MobilePhone", "home": "HomePhone"}
_MAILS = {"email": "EmailAddress1", "email2": "EmailAddress2"}
_IM = "ImAddress1"


class Card(msgspec.Struct, forbid_unknown_fields=True):
    """What a form has of a contact. ``id`` is 0 for a new one; ``name`` is empty for what the other names make."""

    id: Number = 0
    name: Short = ""
    given: Short = ""
    surname: Short = ""
    company: Short = ""
    department: Short = ""
    title: Short = ""
    office: Short = ""
    email: Short = ""
    email2: Short = ""
    sip: Short = ""
    work: Short = ""
    mobile: Short = ""
    home: Short = ""
    notes: Annotated[str, msgspec.Meta(max_length=32_000)] = ""


class Named(msgspec.Struct, forbid_unknown_fields=True):
    """A contact."""

    id: Number


async def card(call: Call) -> HttpResponse:
    """Somebody: a contact by its number, else whoever has the address, as far as they are known."""
    number, address = call.number("id", 0), call.word("address")[:320]
    if number:
        return answer(_of_contact(await _contact(call, number)))
    if not address:
        raise Failure("ErrorInvalidRequest", "id or address is missing")
    mine = await _with_address(call, address)
    try:
        person = call.exchange.personas.person(address=address)
    except Failure:
        unknown = {"email": address, "name": call.word("name")[:255]}
        return answer(_of_contact(await _contact(call, mine.id)) if mine else unknown)
    return answer({**_of_person(person), "contact": mine.id if mine else 0})


async def _with_address(call: Call, address: str) -> Item | None:
    """The contact with this address, where there is one."""
    wanted = bare_address(address).casefold()
    for one in await call.exchange.personas.find(call.caller, address, None):
        own = one.properties if isinstance(one, Item) else None
        if isinstance(one, Item) and isinstance(own, ContactProperties):
            known = {mail.address.casefold() for mail in own.email_addresses.values()}
            if wanted in known | {bare_address(im).casefold() for im in own.im_addresses.values()}:
                return one
    return None


async def _contact(call: Call, number: int) -> Item:
    item = await item_of(call, number)
    if not isinstance(item.properties, ContactProperties):
        raise Failure("ErrorItemNotFound", "This is no contact.")
    return item


def _of_person(one: Person) -> dict[str, Any]:
    return {
        "name": one.displayName,
        "given": one.givenName,
        "surname": one.sn,
        "company": one.company,
        "department": one.department,
        "title": one.title,
        "office": one.physicalDeliveryOfficeName,
        "email": one.primary_smtp or one.mail,
        "sip": one.proxy_sip,
        "work": one.telephoneNumber,
        "mobile": one.mobile,
        "directory": True,
    }


def _of_contact(item: Item) -> dict[str, Any]:
    own = item.properties
    assert isinstance(own, ContactProperties)
    mails = {name: own.email_addresses[key].address for name, key in _MAILS.items() if key in own.email_addresses}
    return {
        "id": item.id,
        "contact": item.id,
        "name": own.display_name or own.file_as or own.subject,
        **{name: getattr(own, attribute) for name, (attribute, _) in _TEXTS.items()},
        **mails,
        **{name: own.phone_numbers.get(key, "") for name, key in _PHONES.items()},
        "sip": bare_address(own.im_addresses.get(_IM, "")),
        "notes": own.text_body.content.strip() if own.text_body else "",
        "directory": False,
    }


async def save(call: Call) -> HttpResponse:
    """Make a contact, or change one; what a form does not show of it stays."""
    wish = call.read(Card)
    name = wish.name.strip() or f"{wish.given} {wish.surname}".strip() or wish.company or wish.email
    if not name:
        raise Failure("ErrorInvalidRequest", "A contact needs a name or an address.")
    if not wish.id:
        made = ContactProperties(**{edit.attribute: edit.value for edit in _edits(wish, name, ContactProperties())})
        draft = Draft(kind=ItemKind.CONTACT, properties=made)
        (item,) = await call.exchange.mail.create(call.caller, draft, None, Disposition.SAVE_ONLY)
        return answer(_of_contact(item), 201)
    before = (await _contact(call, wish.id)).properties
    assert isinstance(before, ContactProperties)
    ref, overwrite = ItemRef(call.mailbox, wish.id), ConflictResolution.ALWAYS_OVERWRITE
    changed = await call.exchange.mail.update(call.caller, ref, _edits(wish, name, before), overwrite)
    assert changed is not None
    return answer(_of_contact(changed))


def _edits(wish: Card, name: str, before: ContactProperties) -> list[Edit]:
    values: dict[str, tuple[str, Any]] = {
        "item:Subject": ("subject", name),
        "contacts:DisplayName": ("display_name", name),
        "contacts:FileAs": ("file_as", name),
        "contacts:EmailAddresses": ("email_addresses", _mails(wish, name, before)),
        "contacts:PhoneNumbers": ("phone_numbers", _merged(before.phone_numbers, wish, _PHONES)),
        "contacts:ImAddresses": ("im_addresses", _merged(before.im_addresses, wish, {"sip": _IM})),
    }
    for field, (attribute, path) in _TEXTS.items():
        values[path] = (attribute, getattr(wish, field).strip())
    if wish.notes.strip() != (before.text_body.content.strip() if before.text_body else ""):
        values["item:Body"] = ("body", Body(BodyKind.TEXT, wish.notes))
    return [Edit(EditAction.SET, attribute, value, path=path) for path, (attribute, value) in values.items()]


def _merged(before: dict[str, str], wish: Card, keys: dict[str, str]) -> dict[str, str]:
    """``before`` with what the form says of ``keys``."""
    said = {key: getattr(wish, field).strip() for field, key in keys.items()}
    return {key: value for key, value in {**before, **said}.items() if value}


def _mails(wish: Card, name: str, before: ContactProperties) -> dict[str, EmailAddress]:
    found = dict(before.email_addresses)
    for field, key in _MAILS.items():
        address = getattr(wish, field).strip()
        if not address:
            found.pop(key, None)
        elif key not in found or found[key].address != address:
            found[key] = EmailAddress(name, address)
    return found


async def delete(call: Call) -> HttpResponse:
    """Delete a contact."""
    item = await _contact(call, call.read(Named).id)
    await call.exchange.deletions.delete(call.caller, ItemRef(call.mailbox, item.id), DeleteType.MOVE_TO_DELETED)
    return done()


HANDLERS: Handlers = {
    ("GET", "card"): card,
    ("POST", "contact"): save,
    ("POST", "contact/delete"): delete,
}
