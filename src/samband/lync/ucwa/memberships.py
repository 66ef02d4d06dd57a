"""Who of the contact list is in which of its groups: a resource a pair, made and removed one by one."""

from __future__ import annotations

from dataclasses import replace

from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.list_changes import change_list
from samband.lync.ucwa.part import Place
from samband.model import contacts as lists
from samband.model.contacts import DEFAULT_GROUP, Changed, Contact, ContactList
from samband.model.failures import Failure
from samband.wire.http import HttpResponse
from samband.wire.presence.group_extension import read_distribution_group
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, embedding, resource

_LONGEST = 256
_FULL = "LimitExceeded"
_ALL = "removeContactFromAllGroups"


class Memberships:
    """Serves ``people/groupMemberships``."""

    def __init__(self, place: Place) -> None:
        self._place = place

    async def serve(self, call: Call, found: ContactList, rest: list[str]) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        match [word.lower() for word in rest]:
            case []:
                return await self._add(call, found) if call.method == "POST" else self._shown(call, found)
            case [word] if word == _ALL.lower():
                call.only("POST")
                address = _address(properties(call.request))
                await change_list(self._place, lambda now: lists.delete_contact(now, address))
                return HttpResponse(204)
            case [number, address]:
                return await self._one(call, found, group_number(number), address)
        raise UcwaError("NotFound", "There is nothing at this address")

    def _shown(self, call: Call, found: ContactList) -> HttpResponse:
        call.only("GET", "POST")
        wanted = inputs.parameters(call.request.query).get("groupid")
        pairs = [
            self._pair(found, number, one.address)
            for one in found.contacts.values()
            for number in one.groups
            if wanted is None or number == group_number(wanted)
        ]
        here = call.link("people", "groupMemberships")
        own = resource("myGroupMemberships", {"self": here, _ALL: f"{here}/{_ALL}"})
        return show(embedding(own, {"myGroupMembership": pairs}))

    async def _add(self, call: Call, found: ContactList) -> HttpResponse:
        asked = properties(call.request)
        address, wanted = _address(asked), inputs.text(asked, "groupId", _LONGEST)
        number = group_number(wanted) if wanted else DEFAULT_GROUP
        most = self._place.verbs.contacts.most
        await change_list(self._place, lambda now: _joined(now, address, number, most), _FULL)
        made = self._pair(found, number, address)
        return show(made, 201, made["_links"]["self"]["href"])

    async def _one(self, call: Call, found: ContactList, number: int, address: str) -> HttpResponse:
        contact = found.contacts.get(address)
        if contact is None or number not in contact.groups:
            raise UcwaError("NotFound", "Nobody with this address is in this group")
        if call.method == "DELETE":
            await change_list(self._place, lambda now: _left(now, address, number))
            return HttpResponse(204)
        call.only("DELETE", "GET")
        return show(self._pair(found, number, address))

    def _pair(self, found: ContactList, number: int, address: str) -> Resource:
        here = self._place.link("people", "groupMemberships", str(number), address)
        pinned = found.pinned is not None and number == found.pinned.number
        group = "defaultGroup" if number == DEFAULT_GROUP else "pinnedGroup" if pinned else "group"
        links = {"self": here, "contact": self._place.link("people", address)}
        return resource("myGroupMembership", {**links, group: self._place.link("people", "groups", str(number))})


def group_number(text: str) -> int:
    """The number of a group by its ``id``; 0, which none has, where it is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def _address(asked: dict[str, object]) -> str:
    return inputs.address("contactUri", inputs.text(asked, "contactUri", _LONGEST, needed=True))


def _joined(now: ContactList, address: str, number: int, most: int) -> Changed:
    group = now.groups.get(number)
    if group is None:
        raise Failure("NotFound", "There is no such group")
    if read_distribution_group(group.external_uri):
        raise Failure("Forbidden", "Who is in a distribution group is not for contact lists to say")
    known = now.contacts.get(address)
    if known is not None and number in known.groups:
        raise Failure("Conflict", "The contact is in the group")
    if known is None:
        return lists.set_contact(now, Contact(address=address, groups=(number,)), most)
    return lists.set_contact(now, replace(known, groups=(*known.groups, number)), most)


def _left(now: ContactList, address: str, number: int) -> Changed:
    """Out of one group; who was in no other is off the list."""
    known = now.contacts.get(address)
    if known is None or number not in known.groups:
        raise Failure("NotFound", "Nobody with this address is in this group")
    rest = tuple(one for one in known.groups if one != number)
    if not rest:
        return lists.delete_contact(now, address)
    return lists.set_contact(now, replace(known, groups=rest))
