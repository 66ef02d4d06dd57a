"""The contact list of instant messaging where it lives in the mailbox (the unified contact store), and its groups."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from samband.exchange.owa.call import Call, Handlers, Number, answer, done
from samband.model.failures import Failure
from samband.model.im_lists import ImGroupType, im_address
from samband.model.item_requests import ItemRef
from samband.wire.http import HttpResponse


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What becomes of a group, or of somebody in it by their IM address."""

    do: Literal["add", "rename", "remove", "join", "leave"]
    group: Number = 0
    name: Annotated[str, msgspec.Meta(max_length=255)] = ""
    address: Annotated[str, msgspec.Meta(max_length=320)] = ""


async def view(call: Call) -> HttpResponse:
    """The groups and who is in them; none where Lync keeps the list."""
    if not await call.exchange.im_lists.is_migrated(call.caller):
        return answer({"here": False, "groups": []})
    found = await call.exchange.im_lists.get(call.caller)
    addresses = {one.id: im_address(one).lower() for one in found.contacts}
    groups = [
        {
            "id": group.item.id,
            "name": group.name,
            "own": group.type is ImGroupType.USER_GROUP,
            "members": [addresses[row] for row in group.members if row in addresses],
        }
        for group in found.groups
        if group.type is not ImGroupType.DISTRIBUTION_GROUP
    ]
    return answer({"here": True, "groups": groups})


async def change(call: Call) -> HttpResponse:
    """Change it."""
    wish = call.read(Change)
    lists = call.exchange.im_lists
    if not await lists.is_migrated(call.caller):
        text = "Lync keeps your contact list: its groups are changed in a Lync client."
        raise Failure("ErrorInvalidOperation", text)
    group = ItemRef(call.mailbox, wish.group)
    name = wish.name.strip()
    if wish.do in ("add", "rename") and not name:
        raise Failure("ErrorInvalidRequest", "A group needs a name.")
    if wish.do == "add":
        await lists.add_group(call.caller, name)
    elif wish.do == "rename":
        await lists.rename_group(call.caller, group, name)
    elif wish.do == "remove":
        await lists.remove_group(call.caller, group)
    else:
        found = (await lists.get(call.caller)).by_address(wish.address)
        if found is None:
            raise Failure("ErrorItemNotFound", "This person is not on your contact list.")
        contact = ItemRef(call.mailbox, found.id)
        await (lists.add_contact if wish.do == "join" else lists.remove_contact_from_group)(call.caller, contact, group)
    return done()


HANDLERS: Handlers = {("GET", "contact-list"): view, ("POST", "contact-list"): change}
