"""Who is in a conversation, as resources: its owner, and everybody else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from samband.lync.actions.im import Attendance
from samband.lync.ucwa.channel import Urgency
from samband.model.guests import is_guest
from samband.wire.ucwa.events import Kind, Reference
from samband.wire.ucwa.resources import Resource, resource

if TYPE_CHECKING:
    from samband.lync.ucwa.conversation import Conversation

MESSAGING = "participantMessaging"


def of(one: Conversation, address: str) -> Resource:
    """Either."""
    return own(one) if address == one.place.address else other(one, address)


def other(one: Conversation, address: str) -> Resource:
    """Another side."""
    place = one.place
    links = {"self": one.participant_reference(address).href, "conversation": one.reference.href}
    if not (place.of_guest or is_guest(address)):
        links["contact"] = place.link("people", address)
        person = place.verbs.directory.by_sip(address)
        if person is not None:
            links["contactPresence"] = place.link("people", address, "presence")
            if place.verbs.book.photo(person):
                links["contactPhoto"] = place.link("photos", person.sip)
    links |= {wish: f"{links['self']}/{wish}" for wish in _wishes(one, address)}
    return resource("participant", links | _modalities(one, address), _values(one, address, local=False))


def own(one: Conversation) -> Resource:
    """This side."""
    links = {"self": one.local_reference.href, "conversation": one.reference.href}
    if not one.place.of_guest:
        links["me"] = one.place.link("me")
    address = one.place.address
    return resource("localParticipant", links | _modalities(one, address), _values(one, address, local=True))


def writes(one: Conversation, address: str) -> bool:
    """Whether somebody takes part in the texts."""
    if one.meeting is None:
        return one.talk == "Connected"
    return part(one, address).writes


def tell_writing(one: Conversation, address: str, kind: Kind) -> None:
    """Somebody takes part in the texts now, or no longer."""
    whose = one.participant_of(address)
    link = Reference(MESSAGING, f"{whose.href}/{MESSAGING}")
    one.place.tell(one.reference, kind, link, Urgency.HIGH, within=whose)


def part(one: Conversation, address: str) -> Attendance:
    """What somebody is in a meeting."""
    return one.own_part if address == one.place.address else one.others.get(address, Attendance())


def _modalities(one: Conversation, address: str) -> dict[str, str]:
    links = one.media.links(address) if one.media is not None else {}
    if writes(one, address):
        links[MESSAGING] = f"{one.participant_of(address).href}/{MESSAGING}"
    return links


def _wishes(one: Conversation, address: str) -> tuple[str, ...]:
    """What the owner may do with another side."""
    theirs = part(one, address)
    if one.meeting is None or not one.leads or address == one.meeting.organizer:
        return ()
    if theirs.waits:
        return ("admit", "reject")
    return ("eject", "demote" if theirs.leads else "promote")


def _values(one: Conversation, address: str, *, local: bool) -> dict[str, object]:
    person, theirs = one.place.verbs.directory.by_sip(address), part(one, address)
    network = "SameEnterprise" if person is not None else "Unknown" if is_guest(address) else "Federated"
    values: dict[str, object] = {
        "name": person.displayName if person is not None else theirs.name or address,
        "uri": f"sip:{address}",
        "local": local,
        "anonymous": is_guest(address),
        "sourceNetwork": network,
    }
    if one.meeting is not None:
        values |= {
            "inLobby": theirs.waits,
            "organizer": address == one.meeting.organizer,
            "role": "Leader" if theirs.leads else "Attendee",
        }
    return values
