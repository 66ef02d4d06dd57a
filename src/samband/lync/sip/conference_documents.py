"""What a conference and its members look like on the wire."""

from __future__ import annotations

from samband.lync.actions.rooms import Room
from samband.model.conferences import Member, RosterChange
from samband.wire.conference.addresses import ConferenceAddress
from samband.wire.conference.conference_info import (
    ConferenceDocument,
    DescriptionDocument,
    EndpointDocument,
    UserDocument,
    ViewDocument,
)
from samband.wire.conference.join_links import JoinLinks

ON_HOLD = "on-hold"
"""The status of the clients of whoever waits in the lobby."""


def focus_of(room: Room) -> ConferenceAddress:
    """The address of a room's focus."""
    return ConferenceAddress(room.address, "focus", room.conference.id)


def whole(room: Room, links: JoinLinks) -> ConferenceDocument:
    """Everything there is to say."""
    roster = room.roster
    return ConferenceDocument(
        entity=str(focus_of(room)),
        version=roster.version,
        whole=True,
        description=_description(room, links),
        users=tuple(map(_user, (*roster.members.values(), *roster.lobby.values()))),
        count=len(roster.members),
        view=_view(room),
    )


def from_the_lobby(room: Room, address: str) -> ConferenceDocument:
    """What somebody sees who waits in the lobby: themselves."""
    waiting = room.roster.lobby[address]
    return ConferenceDocument(str(focus_of(room)), room.roster.version, whole=True, users=(_user(waiting),))


def partial(room: Room, change: RosterChange, links: JoinLinks) -> ConferenceDocument:
    """What one step changed; who left is told as deleted, once."""
    members = room.roster.members
    people = members | room.roster.lobby
    changed = [_user(people[address]) for address in change.changed if address in people]
    left = [UserDocument(f"sip:{address}", deleted=True) for address in change.left]
    return ConferenceDocument(
        entity=str(focus_of(room)),
        version=change.version,
        whole=False,
        description=_description(room, links) if change.terms else None,
        users=(*changed, *left),
        count=len(members),
        view=_view(room) if change.lock else None,
    )


def _description(room: Room, links: JoinLinks) -> DescriptionDocument:
    conference = room.conference
    return DescriptionDocument(
        subject=conference.terms.subject,
        organizer=f"sip:{room.address}",
        organizer_name=room.organizer.displayName,
        id=conference.id,
        join_url=links.url(room.address, conference.id),
        parts=(("chat", str(focus_of(room).sibling("chat"))),),
    )


def _view(room: Room) -> ViewDocument:
    return ViewDocument(str(focus_of(room).sibling("chat")), "chat", room.roster.locked)


def _user(member: Member) -> UserDocument:
    status = "connected" if member.since is None else ON_HOLD
    endpoints = tuple(EndpointDocument(endpoint, kind, status) for endpoint, kind in member.sessions())
    return UserDocument(f"sip:{member.address}", member.name, member.role.value, endpoints)
