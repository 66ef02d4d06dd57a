"""A contact as a resource: who somebody is, and what they show of themselves."""

from __future__ import annotations

from samband.lync.actions.audience import Document
from samband.lync.actions.own_presence import best_note
from samband.lync.ucwa.availability import shown, shown_note
from samband.lync.ucwa.part import Place
from samband.model.containers import BLOCKED, COLLEAGUES, EXTERNAL, FRIENDS, WORKGROUP, MemberKind
from samband.model.people import Person
from samband.model.phone_numbers import tel_uri
from samband.model.presence import Note, State, StateKind
from samband.wire.ucwa.resources import Resource, resource

SEEN = frozenset({"state", "note"})
"""The categories that contacts are watched for."""
RELATIONSHIPS = {
    BLOCKED: "Blocked",
    FRIENDS: "FriendsAndFamily",
    WORKGROUP: "Workgroup",
    COLLEAGUES: "Colleagues",
    EXTERNAL: "External",
}
"""Container -> what it is called, the one that decides first."""


def contact(place: Place, address: str, name: str = "") -> Resource:
    """Somebody by their address (``user@domain``); ``name`` is what the owner calls them."""
    person = place.verbs.directory.by_sip(address)
    here = place.link("people", address)
    links = {"self": here}
    if person is None:
        values: dict[str, object] = {"uri": f"sip:{address}", "name": name or address, "sourceNetwork": "Federated"}
        return resource("contact", links, {**values, "type": "User"})
    links |= {
        "contactPresence": f"{here}/presence",
        "contactNote": f"{here}/note",
        "contactSupportedModalities": f"{here}/supportedMedia",
        "contactPrivacyRelationship": f"{here}/privacyRelationship",
    }
    if place.verbs.book.photo(person):
        links["contactPhoto"] = place.link("photos", person.sip)
    return resource("contact", links, _values(person, name))


def _values(person: Person, name: str) -> dict[str, object]:
    values: dict[str, object] = {
        "uri": f"sip:{person.sip}",
        "name": name or person.displayName,
        "type": "User",
        "sourceNetwork": "SameEnterprise",
        "emailAddresses": [person.mail] if person.mail else [],
        "company": person.company,
        "department": person.department,
        "office": person.physicalDeliveryOfficeName,
        "title": person.title,
        "workPhoneNumber": tel_uri(person.telephoneNumber),
        "mobilePhoneNumber": tel_uri(person.mobile),
    }
    return {name: value for name, value in values.items() if value not in ("", [])}


def state_of(document: Document | None) -> State | None:
    """The state that somebody shows."""
    values = document.instances if document is not None else ()
    return next((one.state for one in values if one.state and one.state.kind is StateKind.AGGREGATE), None)


def note_of(document: Document | None) -> Note:
    """The note that they show."""
    return best_note(one.value for one in document.instances) if document is not None else Note()


def presence(place: Place, address: str, document: Document | None) -> Resource:
    """``contactPresence``."""
    state = state_of(document)
    values: dict[str, object] = dict(shown(state))
    if state is not None and state.device:
        values["deviceType"] = {"mobile": "Mobile", "web": "Web", "deskphone": "Phone"}.get(state.device, "Desktop")
    if state is not None and state.last_active is not None:
        values["lastActive"] = f"/Date({int(state.last_active.timestamp() * 1000)})/"
    return resource("contactPresence", {"self": place.link("people", address, "presence")}, values)


def note(place: Place, address: str, document: Document | None) -> Resource:
    """``contactNote``."""
    return resource("contactNote", {"self": place.link("people", address, "note")}, shown_note(note_of(document)))


def modalities(place: Place, address: str, document: Document | None) -> Resource:
    """``contactSupportedModalities``: what somebody who is there can be asked for."""
    there = shown(state_of(document))["availability"] != "Offline"
    links = {"self": place.link("people", address, "supportedMedia")}
    return resource("contactSupportedModalities", links, {"modalities": ["Messaging"] if there else []})


def relationship(place: Place, address: str) -> Resource:
    """``contactPrivacyRelationship``: the container that the owner has put somebody into."""
    links = {"self": place.link("people", address, "privacyRelationship")}
    level = named(place).get(address, "Colleagues")
    return resource("contactPrivacyRelationship", links, {"relationshipLevel": level})


def named(place: Place) -> dict[str, str]:
    """Everybody whom the owner has put into a container by name, and into which."""
    owner = place.verbs.presence.find(place.person.sip.lower())
    found: dict[str, str] = {}
    for number, word in RELATIONSHIPS.items():
        container = owner.containers.get(number) if owner is not None else None
        for member in container.members if container is not None else ():
            if member.kind is MemberKind.USER:
                found.setdefault(member.value, word)
    return found
