"""The operations of the unified contact store [MS-OXWSCOS 3.1.4]."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from samband.exchange.ews.call import Call, Handler, refusal
from samband.exchange.ews.item_references import item_ref
from samband.exchange.ews.personas import contact_persona, quick_contact_folder
from samband.model.failures import Failure
from samband.model.im_lists import ImGroup, ImList
from samband.model.item_requests import ItemRef
from samband.model.items import Item
from samband.wire.ews.ids import IdKind, write_change_key, write_id
from samband.wire.ews.im_lists import (
    GroupView,
    read_completed,
    read_id_of,
    read_ids_in,
    read_optional_text,
    read_required_id,
    read_text,
    write_list,
    write_new_contact,
    write_new_group,
)
from samband.wire.ews.responses import write_single, write_single_refused
from samband.wire.xml.reading import Element

Ref = ItemRef | Failure
Work = Callable[[Call, Element], Awaitable[str]]


def _operation(name: str, work: Work) -> Handler:
    """A handler that answers with what ``work`` returns, or with its failure in the same shape."""

    async def handle(call: Call, element: Element) -> str:
        try:
            return write_single(name, await work(call, element))
        except Failure as failure:
            return write_single_refused(name, refusal(failure))

    return handle


def _contact(element: Element) -> Ref:
    return item_ref(read_required_id(element, "ContactId"))


def _group(element: Element) -> Ref:
    return item_ref(read_required_id(element, "GroupId"))


def _optional_group(element: Element) -> Ref | None:
    given = read_id_of(element, "GroupId")
    return None if given is None else item_ref(given)


def _group_view(group: ImGroup, contacts: dict[int, Item]) -> GroupView:
    return GroupView(
        name=group.name,
        type=group.type.value,
        store_id=_item_id(group.item, "ExchangeStoreId"),
        members=tuple(_item_id(contacts[row]) for row in group.members if row in contacts),
        smtp_address=group.smtp_address,
    )


def _item_id(item: Item, element: str = "ItemId") -> str:
    said = write_id(IdKind.ITEM, item.mailbox, item.id)
    return f'<t:{element} Id="{said}" ChangeKey="{write_change_key(item.change_key)}"/>'


async def _write(call: Call, found: ImList, known: ImList) -> str:
    folder = await quick_contact_folder(call)
    contacts = {contact.id: contact for contact in known.contacts}
    return write_list(
        [_group_view(group, contacts) for group in found.groups],
        [contact_persona(contact, folder, quick=True) for contact in found.contacts],
    )


async def _get_list(call: Call, element: Element) -> str:
    found = await call.exchange.im_lists.get(call.caller)
    return await _write(call, found, found)


async def _get_items(call: Call, element: Element) -> str:
    contacts = [item_ref(given) for given in read_ids_in(element, "ContactIds")]
    groups = [item_ref(given) for given in read_ids_in(element, "GroupIds")]
    found = await call.exchange.im_lists.some(call.caller, contacts, groups)
    return await _write(call, found, await call.exchange.im_lists.get(call.caller))


async def _add_new_contact(call: Call, element: Element) -> str:
    address, name = read_text(element, "ImAddress"), read_optional_text(element, "DisplayName")
    item = await call.exchange.im_lists.add_new_contact(call.caller, address, name, _optional_group(element))
    return write_new_contact(contact_persona(item, await quick_contact_folder(call), quick=True))


async def _add_phone_contact(call: Call, element: Element) -> str:
    tel, sip, number = (
        read_text(element, name) for name in ("TelUriAddress", "ImContactSipUriAddress", "ImTelephoneNumber")
    )
    item = await call.exchange.im_lists.add_phone_contact(call.caller, tel, sip, number, _optional_group(element))
    return write_new_contact(contact_persona(item, await quick_contact_folder(call), quick=True))


async def _add_contact(call: Call, element: Element) -> str:
    await call.exchange.im_lists.add_contact(call.caller, _contact(element), _optional_group(element))
    return ""


async def _remove_contact_from_group(call: Call, element: Element) -> str:
    await call.exchange.im_lists.remove_contact_from_group(call.caller, _contact(element), _group(element))
    return ""


async def _remove_contact(call: Call, element: Element) -> str:
    await call.exchange.im_lists.remove_contact(call.caller, _contact(element))
    return ""


async def _add_group(call: Call, element: Element) -> str:
    group = await call.exchange.im_lists.add_group(call.caller, read_text(element, "DisplayName"))
    return write_new_group(_group_view(group, {}))


async def _set_group(call: Call, element: Element) -> str:
    await call.exchange.im_lists.rename_group(call.caller, _group(element), read_text(element, "NewDisplayName"))
    return ""


async def _remove_group(call: Call, element: Element) -> str:
    await call.exchange.im_lists.remove_group(call.caller, _group(element))
    return ""


async def _add_distribution_group(call: Call, element: Element) -> str:
    address, name = read_text(element, "SmtpAddress"), read_optional_text(element, "DisplayName")
    return write_new_group(
        _group_view(await call.exchange.im_lists.add_distribution_group(call.caller, address, name), {})
    )


async def _remove_distribution_group(call: Call, element: Element) -> str:
    await call.exchange.im_lists.remove_distribution_group(call.caller, _group(element))
    return ""


async def _set_migrated(call: Call, element: Element) -> str:
    await call.exchange.im_lists.set_migrated(call.caller, read_completed(element))
    return ""


HANDLERS: dict[str, Handler] = {
    name: _operation(name, work)
    for name, work in (
        ("GetImItemList", _get_list),
        ("GetImItems", _get_items),
        ("AddNewImContactToGroup", _add_new_contact),
        ("AddNewTelUriContactToGroup", _add_phone_contact),
        ("AddImContactToGroup", _add_contact),
        ("RemoveImContactFromGroup", _remove_contact_from_group),
        ("RemoveContactFromImList", _remove_contact),
        ("AddImGroup", _add_group),
        ("SetImGroup", _set_group),
        ("RemoveImGroup", _remove_group),
        ("AddDistributionGroupToImList", _add_distribution_group),
        ("RemoveDistributionGroupFromImList", _remove_distribution_group),
        ("SetImListMigrationCompleted", _set_migrated),
    )
}
"""Request element -> handler, all of Exchange 2013."""
