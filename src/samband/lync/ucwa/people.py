"""``people``: the owner's contact list, everybody in the directory, and what they show."""

from __future__ import annotations

from samband.lync.ucwa import contacts
from samband.lync.ucwa.call import Call, show
from samband.lync.ucwa.list_subscription import WORDS, ListSubscription
from samband.lync.ucwa.own_list import OwnList
from samband.lync.ucwa.part import Place
from samband.lync.ucwa.privacy import Privacy
from samband.lync.ucwa.watching import MEMBERSHIPS, Subscriptions
from samband.model.address_book import shows
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, embedding, resource

USUAL, MOST = 10, 100
"""How many a search finds."""
_LONGEST_QUERY = 256
_PLACES = {
    "presenceSubscriptions": ("presenceSubscriptions",),
    "presenceSubscriptionMemberships": MEMBERSHIPS[1:],
    "subscribedContacts": ("subscribedContacts",),
    "myContactsAndGroupsSubscription": WORDS[1:],
    "myGroups": ("groups",),
    "myGroupMemberships": ("groupMemberships",),
    "myContacts": ("contacts",),
    "myPrivacyRelationships": ("privacyRelationships",),
    "search": ("search",),
}
"""Relation -> words of the path."""
_SECOND = ("myGroups", "myGroupMemberships", "search")
"""Resources of the second revision: they can be changed, or do more."""


class People:
    """Serves what is below ``people``."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self.subscriptions = Subscriptions(place)
        self._list = OwnList(place, self.subscriptions)
        self._list_subscription = ListSubscription(place, self._list)
        self._privacy = Privacy(place)

    @property
    def overview(self) -> Resource:
        """The resource itself."""
        links = {rel: self._place.link("people", *words) for rel, words in _PLACES.items()}
        found = resource("people", {"self": self._place.link("people"), **links})
        for rel in _SECOND:
            found["_links"][rel]["revision"] = "2"
        return found

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request. Raises ``UcwaError`` and ``Failure``."""
        word = call.rest[1].lower() if len(call.rest) > 1 else ""
        if word == "presencesubscriptions":
            return await self.subscriptions.serve(call)
        if word == WORDS[1].lower():
            return await self._list_subscription.serve(call, list(call.rest[2:]))
        if word in ("contacts", "groups", "groupmemberships"):
            return await self._list.serve(call, word, list(call.rest[2:]))
        if word == MEMBERSHIPS[1].lower():
            return self.subscriptions.memberships(call, list(call.rest[2:]))
        if word == "privacyrelationships":
            return self._privacy.serve(call, list(call.rest[2:]))
        if "@" in word and len(call.rest) > 2 and call.rest[2].lower() == "privacyrelationship":
            return await self._privacy.of_contact(call, self._known(word), list(call.rest[3:]))
        call.only("GET")
        match [word, *call.rest[2:]]:
            case [""]:
                return show(self.overview)
            case ["subscribedcontacts"]:
                return self.subscriptions.subscribed(call)
            case ["search"]:
                return await self._search(call)
            case [address, *rest] if "@" in address:
                return self._contact(call, inputs.address("contact", address), rest)
        raise UcwaError("NotFound", "There is nothing at this address")

    def sweep(self) -> None:
        """End what is over."""
        self.subscriptions.sweep()
        self._list_subscription.sweep()

    @property
    def watches(self) -> bool:
        """Whether anybody is watched, or a subscription to the list holds."""
        return bool(self.subscriptions) or self._list_subscription.holds

    def rest(self) -> None:
        """Nobody asks for events any more: end every subscription."""
        self.subscriptions.close()
        self._list_subscription.end()
        self._list.close()
        self._privacy.close()

    def close(self) -> None:
        """Hear nothing more."""
        self.subscriptions.close()
        self._list.close()
        self._privacy.close()

    # --- everybody

    async def _search(self, call: Call) -> HttpResponse:
        wanted = inputs.parameters(call.request.query)
        mail = inputs.text(wanted, "mail", _LONGEST_QUERY)
        query = inputs.text(wanted, "query", _LONGEST_QUERY, needed=not mail)
        limit = inputs.number("limit", wanted.get("limit", USUAL), 1, MOST)
        book, mine = self._place.verbs.book, await self._list.read()
        if mail and not query:
            return self._with_mail(call, mail)
        found = book.search(query, limit)
        groups = [self._list.distribution.shown(one, mine) for one in book.groups(query, limit)]
        own = resource("search", {"self": call.link("people", "search")}, {"moreResultsAvailable": found.more})
        shown = [contacts.contact(self._place, one.sip.lower()) for one in found.people]
        return show(embedding(own, {"contact": shown, "distributionGroup": groups}))

    def _with_mail(self, call: Call, mail: str) -> HttpResponse:
        """Whoever has this mail address."""
        person = self._place.verbs.directory.by_smtp(mail)
        found = [contacts.contact(self._place, person.sip.lower())] if person is not None and shows(person) else []
        own = resource("search", {"self": call.link("people", "search")}, {"moreResultsAvailable": False})
        return show(embedding(own, {"contact": found, "distributionGroup": []}))

    def _contact(self, call: Call, address: str, rest: list[str]) -> HttpResponse:
        place = self._place
        if rest or address not in self.subscriptions.people:
            self._known(address)
        match [word.lower() for word in rest]:
            case []:
                return show(contacts.contact(place, address))
            case ["presence"]:
                return show(contacts.presence(place, address, self.subscriptions.look(address)))
            case ["note"]:
                return show(contacts.note(place, address, self.subscriptions.look(address)))
            case ["supportedmedia"]:
                return show(contacts.modalities(place, address, self.subscriptions.look(address)))
            case ["location"]:
                return show(contacts.location(place, address, self.subscriptions.look(address)))
        raise UcwaError("NotFound", "There is nothing at this address")

    def _known(self, word: str) -> str:
        """The address of somebody of the site. Raises ``UcwaError``."""
        address = inputs.address("contact", word)
        if self._place.verbs.directory.by_sip(address) is None:
            raise UcwaError("NotFound", "There is nobody with this address")
        return address
