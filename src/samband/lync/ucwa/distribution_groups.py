"""Distribution groups as resources: found, expanded, and put on the owner's contact list or taken off it."""

from __future__ import annotations

from samband.lync.actions.address_book import Members
from samband.lync.ucwa import contacts
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.list_changes import change_list
from samband.lync.ucwa.part import Place
from samband.model import contacts as lists
from samband.model.contacts import Changed, ContactList
from samband.model.failures import Failure
from samband.model.groups import Group
from samband.wire.http import HttpResponse
from samband.wire.presence.group_extension import read_distribution_group, write_distribution_group
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, embedding, resource

_LONGEST = 256
WATCHED = "subscribeToGroupPresence"
ADD, REMOVE = "addtocontactlist", "removefromcontactlist"


class DistributionGroups:
    """Serves what is below ``people/groups`` and is named by an address, and the two changes of the list."""

    def __init__(self, place: Place) -> None:
        self._place = place

    def listed(self, entry: lists.Group) -> Group | None:
        """The distribution group that a group of a contact list stands for; None where it is one of its owner's own."""
        address = read_distribution_group(entry.external_uri)
        return self._place.verbs.book.group(address) if address else None

    def shown(self, group: Group, found: ContactList) -> Resource:
        """A distribution group, to somebody with the contact list ``found``."""
        here = self._place.link("people", "groups", group.mail)
        links = {"self": here, "expandDistributionGroup": f"{here}/expandDistributionGroup"}
        links[WATCHED] = f"{here}/{WATCHED}"
        if _number(found, group) is None:
            links["addToContactList"] = self._place.link("people", "groups", "addToContactList")
        else:
            links["removeFromContactList"] = self._place.link("people", "groups", "removeFromContactList")
        values = {"uri": f"sip:{group.mail}", "id": group.mail.lower(), "name": group.displayName}
        return resource("distributionGroup", links, values)

    def serve(self, call: Call, address: str, found: ContactList, rest: list[str]) -> HttpResponse:
        """Answer a request for one of them. Raises ``UcwaError``."""
        call.only("GET")
        group = self._place.verbs.book.group(address)
        match [word.lower() for word in rest]:
            case [] if group is not None:
                return show(self.shown(group, found))
            case ["expanddistributiongroup"] if group is not None:
                return show(self._expanded(group, found))
        raise UcwaError("NotFound", "There is no such group")

    def _expanded(self, group: Group, found: ContactList) -> Resource:
        members = self.members(group.mail)
        embedded = {
            "contact": [contacts.contact(self._place, person.sip.lower()) for person in members.people],
            "distributionGroup": [self.shown(one, found) for one in members.groups],
        }
        return embedding(self.shown(group, found), embedded)

    def members(self, address: str) -> Members:
        """A group expanded by one step. Raises ``UcwaError``."""
        members = self._place.verbs.book.members(self._group(address))
        if members is None:
            raise UcwaError("Forbidden", "The group has too many members to be shown", "TooManyContacts")
        return members

    async def change(self, call: Call, word: str) -> HttpResponse:
        """Put a group on the list, or take it off. What is wanted stands in the body or in the address."""
        call.only("POST")
        asked = properties(call.request)
        if word == ADD:
            address = inputs.text(asked, "smtpAddress", _LONGEST, needed=True)
            name = inputs.text(asked, "displayName", _LONGEST, needed=True)
            group = self._group(address)
            await change_list(self._place, lambda now: _added(now, group, name))
        else:
            group = self._group(inputs.text(asked, "groupId", _LONGEST, needed=True))
            await change_list(self._place, lambda now: _removed(now, group))
        return HttpResponse(204)

    def _group(self, address: str) -> Group:
        group = self._place.verbs.book.group(address.strip().lower().removeprefix("sip:"))
        if group is None:
            raise UcwaError("NotFound", "There is no such distribution group")
        return group


def _number(found: ContactList, group: Group) -> int | None:
    """Under which number a contact list has ``group``."""
    for entry in found.groups.values():
        if read_distribution_group(entry.external_uri).lower() == group.mail.lower():
            return entry.number
    return None


def _added(now: ContactList, group: Group, name: str) -> Changed:
    if _number(now, group) is not None:
        raise Failure("Conflict", "The group is on the contact list")
    return lists.add_group(now, name, write_distribution_group(group.mail))


def _removed(now: ContactList, group: Group) -> Changed:
    number = _number(now, group)
    if number is None:
        raise Failure("NotFound", "The group is not on the contact list")
    return lists.delete_group(now, number)
