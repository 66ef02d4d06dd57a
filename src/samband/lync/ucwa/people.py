"""``people``: the owner's contacts and groups, everybody in the directory, and what they show."""

from __future__ import annotations

from collections.abc import Callable

from samband.lync.ucwa import contacts
from samband.lync.ucwa.call import Call, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.distribution_groups import ADD, REMOVE, DistributionGroups
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.watching import Subscriptions
from samband.model.contacts import DEFAULT_GROUP, ContactDelta, ContactList, Group
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Kind, Reference
from samband.wire.ucwa.resources import Resource, embedding, resource

USUAL, MOST = 10, 100
"""How many a search finds."""
_LONGEST_QUERY = 256
_PLACES = {
    "presenceSubscriptions": ("presenceSubscriptions",),
    "subscribedContacts": ("subscribedContacts",),
    "myGroups": ("groups",),
    "myContacts": ("contacts",),
    "myPrivacyRelationships": ("privacyRelationships",),
    "search": ("search",),
}
"""Relation -> words of the path."""


class People:
    """Serves what is below ``people``."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._contacts = place.verbs.contacts
        self._stop: Callable[[], None] | None = None
        self._distribution = DistributionGroups(place)
        self._standing: dict[int, str] = {}
        """Groups of the list that stand for distribution groups, by number: the addresses of those."""
        self.subscriptions = Subscriptions(place)

    @property
    def overview(self) -> Resource:
        """The resource itself."""
        links = {rel: self._place.link("people", *words) for rel, words in _PLACES.items()}
        return resource("people", {"self": self._place.link("people"), **links})

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        word = call.rest[1].lower() if len(call.rest) > 1 else ""
        if word == "presencesubscriptions":
            return await self.subscriptions.serve(call)
        if word == "groups" and len(call.rest) == 3 and call.rest[2].lower() in (ADD, REMOVE):
            return await self._distribution.change(call, call.rest[2].lower())
        call.only("GET")
        match [word, *call.rest[2:]]:
            case [""]:
                return show(self.overview)
            case ["subscribedcontacts"]:
                return self.subscriptions.subscribed(call)
            case ["search"]:
                return await self._search(call)
            case ["contacts"]:
                found = await self._list()
                own = resource("myContacts", {"self": call.link("people", "contacts")})
                return show(embedding(own, {"contact": self._members(found, None)}))
            case ["groups", address, *rest] if "@" in address:
                return self._distribution.serve(call, address, await self._list(), rest)
            case ["groups", *rest]:
                return self._groups(call, await self._list(), rest)
            case ["privacyrelationships"]:
                return self._relationships(call)
            case [address, *rest] if "@" in address:
                return self._contact(call, inputs.address("contact", address), rest)
        raise UcwaError("NotFound", "There is nothing at this address")

    def close(self) -> None:
        """Hear nothing more."""
        self.subscriptions.close()
        if self._stop is not None:
            self._stop()

    # --- the contact list

    async def _list(self) -> ContactList:
        """The owner's list, whose changes are told from now on."""
        person = self._place.person
        if self._stop is not None:
            found = await self._contacts.get(person)
        else:
            found, stop = await self._contacts.follow(person, self._changed)
            if self._stop is None:
                self._stop = stop
            else:
                stop()
        listed = {number: self._distribution.listed(entry) for number, entry in found.groups.items()}
        self._standing = {number: group.mail for number, group in listed.items() if group is not None}
        return found

    def _changed(self, delta: ContactDelta) -> None:
        """Tell of a change of the list, in the order of [MS-SIP 3.7]."""
        place, people = self._place, self._place.reference("people", "people")
        groups, mine = (
            place.reference("myGroups", "people", "groups"),
            place.reference("myContacts", "people", "contacts"),
        )

        def told_of(kind: Kind, entry: Group) -> None:
            known = self._distribution.listed(entry)
            if known is None:
                told(kind, groups, "groups", str(entry.number))
            else:
                self._standing[entry.number] = known.mail
                told_of_distribution(kind, known.mail)

        def told_of_distribution(kind: Kind, mail: str) -> None:
            link = place.reference("distributionGroup", "people", "groups", mail)
            place.tell(people, kind, link, Urgency.LOW, within=groups)

        def told(kind: Kind, within: Reference, *words: str) -> None:
            rel = "group" if within is groups else "contact"
            place.tell(people, kind, place.reference(rel, "people", *words), Urgency.LOW, within=within)

        for group in delta.added_groups:
            told_of("added", group)
        for group in delta.modified_groups:
            told_of("updated", group)
        for one in delta.added_contacts:
            told("added", mine, one.address)
        for one in delta.modified_contacts:
            told("updated", mine, one.address)
        for number in delta.deleted_groups:
            if number in self._standing:
                told_of_distribution("deleted", self._standing.pop(number))
            else:
                told("deleted", groups, "groups", str(number))
        for address in delta.deleted_contacts:
            told("deleted", mine, address)

    def _members(self, found: ContactList, group: int | None) -> list[Resource]:
        """Everybody on the list, or in one group of it."""
        return [
            contacts.contact(self._place, one.address, one.name)
            for one in found.contacts.values()
            if group is None or group in one.groups
        ]

    def _groups(self, call: Call, found: ContactList, rest: list[str]) -> HttpResponse:
        if not rest:
            own = resource("myGroups", {"self": call.link("people", "groups")})
            default, named, distribution = self._group(found.groups[DEFAULT_GROUP]), [], []
            for one in found.groups.values():
                known = self._distribution.listed(one)
                if known is not None:
                    distribution.append(self._distribution.shown(known, found))
                elif one.number != DEFAULT_GROUP:
                    named.append(self._group(one))
            every = {"defaultGroup": default, "group": named, "distributionGroup": distribution}
            return show(embedding(own, every))
        number = int(rest[0]) if rest[0].isascii() and rest[0].isdigit() and len(rest[0]) < 9 else 0
        group = found.groups.get(number)
        if group is None or len(rest) > 2 or (len(rest) == 2 and rest[1].lower() != "contacts"):
            raise UcwaError("NotFound", "There is no such group")
        if len(rest) == 1:
            return show(self._group(group))
        own = resource("groupContacts", {"self": call.link("people", "groups", str(number), "contacts")})
        return show(embedding(own, {"contact": self._members(found, number)}))

    def _group(self, group: Group) -> Resource:
        default = group.number == DEFAULT_GROUP
        here = self._place.link("people", "groups", str(group.number))
        values = {"id": str(group.number), "name": "Other Contacts" if default else group.name}
        links = {"self": here, "groupContacts": f"{here}/contacts"}
        return resource("defaultGroup" if default else "group", links, values)

    # --- everybody

    async def _search(self, call: Call) -> HttpResponse:
        wanted = inputs.parameters(call.request.query)
        query = inputs.text(wanted, "query", _LONGEST_QUERY, needed=True)
        limit = inputs.number("limit", wanted.get("limit", USUAL), 1, MOST)
        book, mine = self._place.verbs.book, await self._list()
        found = book.search(query, limit)
        groups = [self._distribution.shown(one, mine) for one in book.groups(query, limit)]
        own = resource("search", {"self": call.link("people", "search")}, {"moreResultsAvailable": found.more})
        shown = [contacts.contact(self._place, one.sip.lower()) for one in found.people]
        return show(embedding(own, {"contact": shown, "distributionGroup": groups}))

    def _contact(self, call: Call, address: str, rest: list[str]) -> HttpResponse:
        place = self._place
        if place.verbs.directory.by_sip(address) is None and (rest or address not in self.subscriptions.people):
            raise UcwaError("NotFound", "There is nobody with this address")
        match [word.lower() for word in rest]:
            case []:
                return show(contacts.contact(place, address))
            case ["presence"]:
                return show(contacts.presence(place, address, self.subscriptions.look(address)))
            case ["note"]:
                return show(contacts.note(place, address, self.subscriptions.look(address)))
            case ["supportedmedia"]:
                return show(contacts.modalities(place, address, self.subscriptions.look(address)))
            case ["privacyrelationship"]:
                return show(contacts.relationship(place, address))
        raise UcwaError("NotFound", "There is nothing at this address")

    def _relationships(self, call: Call) -> HttpResponse:
        found = [contacts.relationship(self._place, address) for address in contacts.named(self._place)]
        own = resource("myPrivacyRelationships", {"self": call.link("people", "privacyRelationships")})
        return show(embedding(own, {"contactPrivacyRelationship": found}))
