"""Presence subscriptions: whom an application watches, and until when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from samband.lync.actions.audience import Document
from samband.lync.actions.watches import Watch
from samband.lync.ucwa import contacts
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.part import Place
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.events import Reference
from samband.wire.ucwa.resources import Resource, embedding, resource

SHORTEST, LONGEST = 10, 30
"""Minutes of a subscription's life."""
MOST, MOST_PEOPLE = 100, 100
"""Most subscriptions of an application, and most people of one of them that is not to a group."""


@dataclass(slots=True)
class Subscription:
    """One of them. ``people`` are ``user@domain``."""

    id: str
    until: datetime
    people: dict[str, None] = field(default_factory=dict)


class Subscriptions:
    """Serves ``presenceSubscriptions`` and ``subscribedContacts``."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._verbs = place.verbs
        self._all: dict[str, Subscription] = {}
        self._watch: Watch | None = None
        self._seen: dict[str, Document] = {}
        """What was told of each who is watched, latest."""

    # --- what others ask

    def look(self, address: str) -> Document | None:
        """What somebody shows now, watched or not."""
        if address in self._seen:
            return self._seen[address]
        watch = self._verbs.presence.watch(self._place.person.sip.lower(), lambda _document: None)
        try:
            return watch.add(address, contacts.SEEN)
        finally:
            watch.close()

    def sweep(self) -> None:
        """End what is over."""
        now = self._verbs.clock()
        for one in [one for one in self._all.values() if one.until <= now]:
            self._end(one)
            link = self._place.reference("presenceSubscription", "people", "presenceSubscriptions", one.id)
            self._place.tell(self._people, "deleted", link, Urgency.MEDIUM)

    def __len__(self) -> int:
        return len(self._all)

    def close(self) -> None:
        """Watch nobody."""
        self._all.clear()
        self._seen.clear()
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    # --- requests

    async def serve(self, call: Call) -> HttpResponse:
        """Answer one request below ``presenceSubscriptions``. Raises ``UcwaError`` and ``Failure``."""
        match call.rest[2:]:
            case ():
                if call.method == "POST":
                    return self._subscribe(call)
                call.only("GET", "POST")
                found = [self._shown(one) for one in self._all.values()]
                own = resource("presenceSubscriptions", {"self": call.link("people", "presenceSubscriptions")})
                return show(embedding(own, {"presenceSubscription": found}))
            case (id,):
                return self._one(call, self._found(id))
            case (id, word) if word.lower() == "memberships":
                one = self._found(id)
                if call.method == "POST":
                    self._add(one, self._uris(properties(call.request)))
                    return show(memberships(self._place, [one]), 201, self._place.link(*MEMBERSHIPS))
                call.only("GET", "POST")
                return show(memberships(self._place, [one], call.link(*call.rest)))
        raise UcwaError("NotFound", "There is nothing at this address")

    def memberships(self, call: Call, rest: list[str]) -> HttpResponse:
        """Answer one request below ``presenceSubscriptionMemberships``. Raises ``UcwaError``."""
        if not rest:
            call.only("GET")
            return show(memberships(self._place, self._all.values()))
        id, _, address = rest[0].lower().partition(",")
        one = self._all.get(id)
        if one is None or address not in one.people or len(rest) > 1:
            raise UcwaError("NotFound", "There is no such membership")
        if call.method == "DELETE":
            del one.people[address]
            self._leave([address])
            return HttpResponse(204)
        call.only("DELETE", "GET")
        return show(membership(self._place, one, address))

    def subscribed(self, call: Call) -> HttpResponse:
        """Everybody who is watched."""
        call.only("GET")
        people = [contacts.contact(self._place, address) for address in self.people]
        own = resource("subscribedContacts", {"self": call.link("people", "subscribedContacts")})
        return show(embedding(own, {"contact": people}))

    def _subscribe(self, call: Call) -> HttpResponse:
        body = properties(call.request)
        return self._open(body.get("duration"), self._uris(body), MOST_PEOPLE)

    def group(self, call: Call, addresses: list[str]) -> HttpResponse:
        """Watch everybody who is in a group now; how long stands in the body or in the address."""
        asked = properties(call.request)
        return self._open(asked.get("duration"), addresses, len(addresses))

    def _open(self, duration: object, addresses: list[str], most: int) -> HttpResponse:
        until = self._until(duration)
        if len(self._all) >= MOST:
            raise UcwaError("Forbidden", f"An application has at most {MOST} subscriptions", "LimitExceeded")
        one = Subscription(self._verbs.token()[:8], until)
        self._all[one.id] = one
        self._add(one, addresses, most)
        link = self._place.reference("presenceSubscription", "people", "presenceSubscriptions", one.id)
        self._place.tell(self._people, "added", link, Urgency.MEDIUM)
        return show(self._shown(one), 201, link.href)

    def _one(self, call: Call, one: Subscription) -> HttpResponse:
        match call.method:
            case "GET" | "HEAD":
                return show(self._shown(one))
            case "POST":
                self._extend(one, properties(call.request).get("duration"))
                return show(self._shown(one))
            case "DELETE":
                self._end(one)
                return HttpResponse(204)
        call.only("DELETE", "GET", "POST")
        raise AssertionError

    def _found(self, id: str) -> Subscription:
        found = self._all.get(id)
        if found is None or found.until <= self._verbs.clock():
            raise UcwaError("NotFound", "There is no such subscription")
        return found

    def _extend(self, one: Subscription, wanted: object) -> None:
        """Add minutes to those that are left, up to the longest life."""
        more = self._until(wanted) - self._verbs.clock()
        one.until = min(one.until + more, self._verbs.clock() + timedelta(minutes=LONGEST))
        link = self._place.reference("presenceSubscription", "people", "presenceSubscriptions", one.id)
        self._place.tell(self._people, "updated", link, Urgency.MEDIUM)

    def _until(self, wanted: object) -> datetime:
        minutes = inputs.number("duration", SHORTEST if wanted is None else wanted, SHORTEST, LONGEST)
        return self._verbs.clock() + timedelta(minutes=minutes)

    @staticmethod
    def _uris(body: dict[str, object]) -> list[str]:
        name = "contactUris" if "contacturis" in body else "Uris"
        found = inputs.words(body, name, MOST_PEOPLE)
        if not found:
            raise inputs.wrong(name, "missing")
        return [inputs.address(name, one) for one in found]

    def _shown(self, one: Subscription) -> Resource:
        here = self._place.link("people", "presenceSubscriptions", one.id)
        memberships = f"{here}/memberships"
        links = {"self": here, "memberships": memberships, "addToPresenceSubscription": memberships}
        return resource("presenceSubscription", links, {"id": one.id})

    # --- who is watched

    @property
    def _people(self) -> Reference:
        return self._place.reference("people", "people")

    @property
    def people(self) -> dict[str, None]:
        """Everybody who is watched."""
        return {address: None for one in self._all.values() for address in one.people}

    def _add(self, one: Subscription, addresses: list[str], most: int = MOST_PEOPLE) -> None:
        if len({**one.people, **dict.fromkeys(addresses)}) > most:
            raise UcwaError("Forbidden", f"A subscription is for at most {most} people", "LimitExceeded")
        known = self.people
        for address in addresses:
            one.people[address] = None
            if address not in known:
                self._begin(address)

    def _begin(self, address: str) -> None:
        if self._watch is None:
            self._watch = self._verbs.presence.watch(self._place.person.sip.lower(), self._heard)
        document = self._watch.add(address, contacts.SEEN)
        subscribed = self._place.reference("subscribedContacts", "people", "subscribedContacts")
        link = self._place.reference("contact", "people", address)
        self._place.tell(self._people, "added", link, Urgency.MEDIUM, within=subscribed)
        if document is not None:
            self._seen[address] = document
            self._told(address, contacts.SEEN)

    def _heard(self, document: Document) -> None:
        before = self._seen.get(document.owner)
        self._seen[document.owner] = document
        self._told(document.owner, document.changed, before)

    def _told(self, address: str, categories: frozenset[str], before: Document | None = None) -> None:
        """Tell what is different with somebody, or all where ``before`` was nothing."""
        now = self._seen[address]
        if "state" in categories:
            self._tell(address, "contactPresence", "presence")
            if before is None or contacts.place_of(before) != contacts.place_of(now):
                self._tell(address, "contactLocation", "location")
            if before is None or contacts.is_there(before) is not contacts.is_there(now):
                self._tell(address, "contactSupportedModalities", "supportedMedia")
        if "note" in categories:
            self._tell(address, "contactNote", "note")

    def _tell(self, address: str, rel: str, word: str) -> None:
        contact, link = (
            self._place.reference("contact", "people", address),
            self._place.reference(rel, "people", address, word),
        )
        self._place.tell(self._people, "updated", link, Urgency.MEDIUM, within=contact)

    def _end(self, one: Subscription) -> None:
        self._all.pop(one.id, None)
        self._leave(one.people)

    def _leave(self, addresses: Iterable[str]) -> None:
        """Watch those no more whom no other subscription is for."""
        left = self.people
        subscribed = self._place.reference("subscribedContacts", "people", "subscribedContacts")
        for address in addresses:
            if address not in left:
                if self._watch is not None:
                    self._watch.remove(address)
                self._seen.pop(address, None)
                link = self._place.reference("contact", "people", address)
                self._place.tell(self._people, "deleted", link, Urgency.MEDIUM, within=subscribed)


MEMBERSHIPS = ("people", "presenceSubscriptionMemberships")


def memberships(place: Place, subscriptions: Iterable[Subscription], here: str = "") -> Resource:
    """Whom subscriptions are for: one for each person of each; ``here`` is where that was read, if elsewhere."""
    found = [membership(place, one, address) for one in subscriptions for address in one.people]
    own = resource("presenceSubscriptionMemberships", {"self": here or place.link(*MEMBERSHIPS)})
    return embedding(own, {"presenceSubscriptionMembership": found})


def membership(place: Place, one: Subscription, address: str) -> Resource:
    """``presenceSubscriptionMembership``."""
    links = {
        "self": place.link(*MEMBERSHIPS, f"{one.id},{address}"),
        "contact": place.link("people", address),
        "presenceSubscription": place.link("people", "presenceSubscriptions", one.id),
    }
    return resource("presenceSubscriptionMembership", links)
