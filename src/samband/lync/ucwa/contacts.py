"""A contact as a resource: who somebody is, and what they show of themselves."""

from __future__ import annotations

from samband.lync.actions.audience import Document
from samband.lync.actions.own_presence import best_note
from samband.lync.ucwa.availability import shown, shown_note
from samband.lync.ucwa.part import Place
from samband.model.people import Person
from samband.model.phone_numbers import tel_uri
from samband.model.presence import Note, State, StateKind
from samband.wire.ucwa.resources import Resource, resource

SEEN = frozenset({"state", "note"})
"""The categories that contacts are watched for."""
_DEVICES = {"computer": "PC", "deskphone": "DeskPhone", "mobile": "Mobile", "web": "Web"}


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
        "contactLocation": f"{here}/location",
        "contactSupportedModalities": f"{here}/supportedMedia",
        "contactPrivacyRelationship": f"{here}/privacyRelationship",
    }
    if place.verbs.book.photo(person):
        links["contactPhoto"] = place.link("photos", person.sip)
    found = resource("contact", links, _values(person, name))
    found["_links"]["contactPrivacyRelationship"]["revision"] = "2"
    return found


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


def place_of(document: Document | None) -> str:
    """Where they say they are; empty where they do not."""
    state = state_of(document)
    return state.location if state is not None else ""


def is_there(document: Document | None) -> bool:
    """Whether they can be asked for anything."""
    return shown(state_of(document))["availability"] != "Offline"


def note_of(document: Document | None) -> Note:
    """The note that they show."""
    return best_note(one.value for one in document.instances) if document is not None else Note()


def presence(place: Place, address: str, document: Document | None) -> Resource:
    """``contactPresence``."""
    state = state_of(document)
    values: dict[str, object] = dict(shown(state))
    if state is not None and state.device:
        values["deviceType"] = _DEVICES.get(state.device, "Unknown")
    if state is not None and state.last_active is not None:
        values["lastActive"] = f"/Date({int(state.last_active.timestamp() * 1000)})/"
    return resource("contactPresence", {"self": place.link("people", address, "presence")}, values)


def note(place: Place, address: str, document: Document | None) -> Resource:
    """``contactNote``."""
    return resource("contactNote", {"self": place.link("people", address, "note")}, shown_note(note_of(document)))


def location(place: Place, address: str, document: Document | None) -> Resource:
    """``contactLocation``."""
    links = {"self": place.link("people", address, "location")}
    return resource("contactLocation", links, {"location": place_of(document)})


def modalities(place: Place, address: str, document: Document | None) -> Resource:
    """``contactSupportedModalities``: what somebody who is there can be asked for."""
    links = {"self": place.link("people", address, "supportedMedia")}
    return resource("contactSupportedModalities", links, {"modalities": ["Messaging"] if is_there(document) else []})
