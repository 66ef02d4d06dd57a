"""The owner's contact list: groups and contacts, read and changed, and every change of it told."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

from samband.lync.ucwa import contacts
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.distribution_groups import ADD, REMOVE, WATCHED, DistributionGroups
from samband.lync.ucwa.list_changes import change_list
from samband.lync.ucwa.memberships import Memberships, group_number
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.watching import Subscriptions
from samband.model import contacts as lists
from samband.model.contacts import DEFAULT_GROUP, ContactDelta, ContactList, Group
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind, Reference
from samband.wire.ucwa.resources import Resource, changeable, embedding, linking, resource

_LONGEST_NAME = lists.MAX_NAME
WATCH = WATCHED.lower()


class OwnList:
    """Serves ``contacts``, ``groups`` and ``groupMemberships`` below ``people``."""

    def __init__(self, place: Place, subscriptions: Subscriptions) -> None:
        self._place = place
        self._subscriptions = subscriptions
        self._contacts = place.verbs.contacts
        self._stop: Callable[[], None] | None = None
        self.tells = True
        """Whether changes of the list are told once it was read."""
        self._memberships = Memberships(place)
        self.distribution = DistributionGroups(place)
        self._standing: dict[int, str] = {}
        """Groups of the list that stand for distribution groups, by number: the addresses of those."""
        self._pinned: int | None = None
        """The number of the group of those who are pinned."""
        self._groups_of: dict[str, frozenset[int]] = {}
        """The groups that each contact is in, as the client was told."""

    def close(self) -> None:
        """Hear nothing more, until the list is read again."""
        if self._stop is not None:
            self._stop()
            self._stop = None

    async def read(self) -> ContactList:
        """The list, whose changes are told from now on where they are to be."""
        person = self._place.person
        if self._stop is not None or not self.tells:
            found = await self._contacts.get(person)
        else:
            found, stop = await self._contacts.follow(person, self._changed)
            if self._stop is None:
                self._stop = stop
            else:
                stop()
        listed = {number: self.distribution.listed(entry) for number, entry in found.groups.items()}
        self._standing = {number: group.mail for number, group in listed.items() if group is not None}
        self._pinned = found.pinned.number if found.pinned is not None else None
        self._groups_of = {one.address: frozenset(one.groups) for one in found.contacts.values()}
        return found

    async def serve(self, call: Call, word: str, rest: list[str]) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        found = await self.read()
        match [word, *rest]:
            case ["contacts"]:
                call.only("GET")
                return self._contacts_of(call, found, resource("myContacts", {"self": call.link("people", "contacts")}))
            case ["groupmemberships", *_]:
                return await self._memberships.serve(call, found, rest)
            case ["groups"]:
                return await self._add_group(call) if call.method == "POST" else self._groups(call, found)
            case ["groups", name] if name.lower() in (ADD, REMOVE):
                return await self.distribution.change(call, name.lower())
            case ["groups", name, watch] if watch.lower() == WATCH:
                call.only("POST")
                return self._subscriptions.group(call, self._addresses(found, name))
            case ["groups", address, *more] if "@" in address:
                return self.distribution.serve(call, address, found, more)
            case ["groups", number, *more]:
                return await self._one(call, found, found.groups.get(group_number(number)), more)
        raise UcwaError("NotFound", "There is nothing at this address")

    # --- groups

    def _groups(self, call: Call, found: ContactList) -> HttpResponse:
        call.only("GET", "POST")
        own = resource("myGroups", {"self": call.link("people", "groups")})
        default, named, distribution = self._group(found.groups[DEFAULT_GROUP]), [], []
        for one in found.groups.values():
            known = self.distribution.listed(one)
            if known is not None:
                distribution.append(self.distribution.shown(known, found))
            elif one.number not in (DEFAULT_GROUP, self._pinned):
                named.append(self._group(one))
        every: dict[str, Any] = {"defaultGroup": [default], "group": named, "distributionGroup": distribution}
        if found.pinned is not None:
            every["pinnedGroup"] = [self._group(found.pinned)]
        if not expanded(call):
            for rel, groups in every.items():
                own = linking(own, rel, [one["_links"]["self"]["href"] for one in groups])
            return show(own)
        every |= {rel: every[rel][0] for rel in ("defaultGroup", "pinnedGroup") if rel in every}
        return show(embedding(own, every))

    async def _add_group(self, call: Call) -> HttpResponse:
        name = inputs.text(properties(call.request), "displayName", _LONGEST_NAME, needed=True)
        await change_list(self._place, lambda now: lists.add_group(now, name))
        return HttpResponse(204)

    async def _one(self, call: Call, found: ContactList, group: Group | None, rest: list[str]) -> HttpResponse:
        if group is None or len(rest) > 1 or (rest and rest[0].lower() != "contacts"):
            raise UcwaError("NotFound", "There is no such group")
        distribution = self.distribution.listed(group)
        if distribution is not None:
            return self.distribution.serve(call, distribution.mail, found, rest)
        if rest:
            call.only("GET")
            own = resource("groupContacts", {"self": call.link("people", "groups", str(group.number), "contacts")})
            return self._contacts_of(call, found, own, group.number)
        if group.number == self._pinned:
            call.only("GET")
        match call.method:
            case "PUT":
                await self._rename(call, group)
                return HttpResponse(200)
            case "DELETE":
                await change_list(self._place, lambda now: lists.delete_group(now, group.number))
                return HttpResponse(204)
        call.only("DELETE", "GET", "PUT")
        return show(self._group(group))

    async def _rename(self, call: Call, group: Group) -> None:
        body = properties(call.request)
        name = inputs.text(body, "name", _LONGEST_NAME, needed=True)
        call.check_version(body, _version(group))
        await change_list(self._place, lambda now: lists.modify_group(now, group.number, name, group.external_uri))

    def _group(self, group: Group) -> Resource:
        default = group.number == DEFAULT_GROUP
        here = self._place.link("people", "groups", str(group.number))
        values = {"id": str(group.number), "name": "Other Contacts" if default else group.name}
        links = {"self": here, "groupContacts": f"{here}/contacts", WATCHED: f"{here}/{WATCHED}"}
        if default or group.number == self._pinned:
            return resource("defaultGroup" if default else "pinnedGroup", links, values)
        return changeable(resource("group", links, values), _version(group))

    def _addresses(self, found: ContactList, name: str) -> list[str]:
        """Who is in a group of the list, or in a distribution group: ``user@domain`` of each."""
        if "@" in name:
            return [person.sip.lower() for person in self.distribution.members(name).people]
        number = group_number(name)
        if number not in found.groups:
            raise UcwaError("NotFound", "There is no such group")
        return [one.address for one in found.contacts.values() if number in one.groups]

    def _contacts_of(self, call: Call, found: ContactList, own: Resource, group: int | None = None) -> HttpResponse:
        """A collection of contacts, as links alone where that is asked for. Raises ``UcwaError``."""
        shown = self._members(found, group)
        if expanded(call):
            return show(embedding(own, {"contact": shown}))
        return show(linking(own, "contact", [one["_links"]["self"]["href"] for one in shown]))

    def _members(self, found: ContactList, group: int | None) -> list[Resource]:
        """Everybody on the list, or in one group of it."""
        return [
            contacts.contact(self._place, one.address, one.name)
            for one in found.contacts.values()
            if group is None or group in one.groups
        ]

    # --- what changes

    def _changed(self, delta: ContactDelta) -> None:
        """Tell of a change of the list, in the order of [MS-SIP 3.7]."""
        place, people = self._place, self._place.reference("people", "people")
        groups, mine = (
            place.reference("myGroups", "people", "groups"),
            place.reference("myContacts", "people", "contacts"),
        )

        def told_of(kind: Kind, entry: Group) -> None:
            known = self.distribution.listed(entry)
            if entry.says_pinned and self._pinned is None:
                self._pinned = entry.number
            elif not entry.says_pinned and self._pinned == entry.number:
                self._pinned = None
            if known is None:
                told(kind, groups, "groups", str(entry.number))
            else:
                self._standing[entry.number] = known.mail
                told_of_distribution(kind, known.mail)

        def told_of_distribution(kind: Kind, mail: str) -> None:
            link = place.reference("distributionGroup", "people", "groups", mail)
            place.tell(people, kind, link, Urgency.HIGH, within=groups)

        def told(kind: Kind, within: Reference, *words: str) -> None:
            rel, urgency = "contact", Urgency.HIGH
            if within is groups and words[-1] == str(self._pinned):
                rel, urgency = "pinnedGroup", Urgency.LOW
            elif within is groups:
                rel = "group"
            place.tell(people, kind, place.reference(rel, "people", *words), urgency, within=within)

        for group in delta.added_groups:
            told_of("added", group)
        for group in delta.modified_groups:
            told_of("updated", group)
        for one in delta.added_contacts:
            told("added", mine, one.address)
            self._regroup(one.address, frozenset(one.groups))
        for one in delta.modified_contacts:
            told("updated", mine, one.address)
            self._regroup(one.address, frozenset(one.groups))
        for number in delta.deleted_groups:
            if number in self._standing:
                told_of_distribution("deleted", self._standing.pop(number))
            else:
                told("deleted", groups, "groups", str(number))
                self._pinned = None if number == self._pinned else self._pinned
        for address in delta.deleted_contacts:
            self._regroup(address, frozenset())
            told("deleted", mine, address)

    def _regroup(self, address: str, now: frozenset[int]) -> None:
        """Tell which groups somebody has come into, and which they have left."""
        before = self._groups_of.pop(address, frozenset())
        if now:
            self._groups_of[address] = now
        people = self._place.reference("people", "people")
        link = self._place.reference("contact", "people", address)
        for number in sorted(before ^ now):
            kind: Kind = "added" if number in now else "deleted"
            self._place.tell(people, kind, link, Urgency.HIGH, within=self._group_at(number))

    def _group_at(self, number: int) -> Reference:
        if number in self._standing:
            return self._place.reference("distributionGroup", "people", "groups", self._standing[number])
        rel = "defaultGroup" if number == DEFAULT_GROUP else "pinnedGroup" if number == self._pinned else "group"
        return self._place.reference(rel, "people", "groups", str(number))


def expanded(call: Call) -> bool:
    """Whether a collection is to have its resources in it, and not links alone. Raises ``UcwaError``."""
    asked = inputs.parameters(call.request.query)
    return "expand" not in asked or inputs.switch(asked, "expand")


def _version(group: Group) -> str:
    return sha256(f"{group.number} {group.name}".encode("utf-8", "replace")).hexdigest()[:16]
