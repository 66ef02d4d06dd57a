"""Privacy relationships: whom the owner shows how much, which is the container they have put somebody into."""

from __future__ import annotations

from hashlib import sha256

from samband.lync.actions.audience import OwnUpdate
from samband.lync.actions.watches import OwnWatch
from samband.lync.ucwa.call import Call, properties, show
from samband.lync.ucwa.channel import Urgency
from samband.lync.ucwa.part import Place
from samband.model.containers import (
    BLOCKED,
    COLLEAGUES,
    EXTERNAL,
    FRIENDS,
    WORKGROUP,
    Container,
    Member,
    MemberChange,
    MemberKind,
)
from samband.wire.http import HttpResponse
from samband.wire.ucwa import inputs
from samband.wire.ucwa.errors import UcwaError
from samband.wire.ucwa.resources import Resource, changeable, embedding, linking, resource

_LEVELS = {
    BLOCKED: "Blocked",
    FRIENDS: "FriendsAndFamily",
    WORKGROUP: "Workgroup",
    COLLEAGUES: "Colleagues",
    EXTERNAL: "External",
}
"""Container -> what it is called, the one that decides first."""
_USUAL, _FOREIGN = "Colleagues", "External"
"""What somebody of the site is who is in none, and somebody of elsewhere."""
_COLLECTION = ("people", "privacyRelationships")
_WORD, _RESET = "privacyRelationship", "resetContactPrivacyRelationship"


class Privacy:
    """Serves ``privacyRelationships`` of an application, and that of each contact.

    Changes are told from the first time on that somebody looks.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._watch: OwnWatch | None = None
        self._told: dict[str, str] = {}

    def close(self) -> None:
        """Hear of nothing, until somebody looks again."""
        if self._watch is not None:
            self._watch.close()
            self._watch = None

    # --- requests

    def serve(self, call: Call, rest: list[str]) -> HttpResponse:
        """Answer one request for all of them, by level. Raises ``UcwaError``."""
        call.only("GET")
        levels: dict[str, list[str]] = {}
        for address, level in self._look().items():
            levels.setdefault(level, []).append(address)
        if not rest:
            own = resource("myPrivacyRelationships", {"self": call.link(*_COLLECTION)})
            found = [self._level(level, levels[level]) for level in _LEVELS.values() if level in levels]
            return show(embedding(own, {"myPrivacyRelationship": found}))
        named = next((level for level in levels if level.lower() == rest[0].lower()), None)
        if named is None or len(rest) > 1:
            raise UcwaError("NotFound", "Nobody is in such a relationship")
        return show(self._level(named, levels[named]))

    async def of_contact(self, call: Call, address: str, rest: list[str]) -> HttpResponse:
        """Answer one request for that of a contact. Raises ``UcwaError`` and ``Failure``."""
        level = self._look().get(address, self._usual(address))
        if [word.lower() for word in rest] == [_RESET.lower()]:
            call.only("POST")
            await self._put(call, address, "")
            return HttpResponse(204)
        if rest:
            raise UcwaError("NotFound", "There is nothing at this address")
        if call.method == "PUT":
            body = properties(call.request)
            wanted = inputs.one_of(body, "relationshipLevel", _LEVELS.values())
            if not wanted:
                raise inputs.wrong("relationshipLevel", "missing")
            call.check_version(body, _version(address, level))
            await self._put(call, address, wanted)
            return show(self._shown(address, wanted))
        call.only("GET", "PUT")
        return show(self._shown(address, level))

    async def _put(self, call: Call, address: str, level: str) -> None:
        """Put somebody into the container of a level and out of all others; no level: out of all."""
        member = Member(MemberKind.USER, address)
        wishes = []
        for number, word in _LEVELS.items():
            container = self._container(number)
            inside, wanted = member in container.members, word == level
            if inside is not wanted:
                wishes.append((number, container.version, [MemberChange(wanted, member)]))
        if wishes:
            await self._place.verbs.presence.set_members(call.person, wishes)

    # --- resources

    def _shown(self, address: str, level: str) -> Resource:
        here = self._place.link("people", address, _WORD)
        links = {"self": here, _RESET: f"{here}/{_RESET}"}
        own = resource("contactPrivacyRelationship", links, {"relationshipLevel": level})
        return changeable(own, _version(address, level))

    def _level(self, level: str, addresses: list[str]) -> Resource:
        links = {"self": self._place.link(*_COLLECTION, level)}
        own = resource("myPrivacyRelationship", links, {"relationshipLevel": level})
        return linking(own, "contact", [self._place.link("people", address) for address in addresses])

    # --- who is in which

    def _usual(self, address: str) -> str:
        return _USUAL if self._place.verbs.directory.by_sip(address) is not None else _FOREIGN

    def _container(self, number: int) -> Container:
        owner = self._place.verbs.presence.find(self._place.person.sip.lower())
        found = owner.containers.get(number) if owner is not None else None
        return found or Container(number)

    def _look(self) -> dict[str, str]:
        """Everybody whom the owner has put into a container by name, and into which."""
        found: dict[str, str] = {}
        for number, word in _LEVELS.items():
            for member in sorted(self._container(number).members):
                if member.kind is MemberKind.USER:
                    found.setdefault(member.value, word)
        if self._watch is None:
            self._told = found
            self._watch = self._place.verbs.presence.follow(self._place.person, "", self._changed)
        return found

    def _changed(self, update: OwnUpdate) -> None:
        if update.containers is None or self._watch is None:
            return
        before, self._told = self._told, self._look()
        people = self._place.reference("people", "people")
        for address in before.keys() | self._told.keys():
            if before.get(address) != self._told.get(address):
                link = self._place.reference("contactPrivacyRelationship", "people", address, _WORD)
                contact = self._place.reference("contact", "people", address)
                self._place.tell(people, "updated", link, Urgency.MEDIUM, within=contact)


def _version(address: str, level: str) -> str:
    return sha256(f"{address} {level}".encode("utf-8", "replace")).hexdigest()[:16]
