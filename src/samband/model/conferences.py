"""Conferences: what is agreed about one, and who is in it now."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

import msgspec

from samband.model.failures import Failure


class Role(StrEnum):
    """What somebody may do in a conference."""

    PRESENTER = "presenter"
    ATTENDEE = "attendee"


class AccessLevel(StrEnum):
    """Who gets in without asking."""

    NONE = "None"
    SAME_ENTERPRISE = "SameEnterprise"
    LOCKED = "Locked"
    INVITED = "Invited"
    EVERYONE = "Everyone"


class LeaderAssignment(StrEnum):
    """Who is a presenter without being named as one."""

    DISABLED = "Disabled"
    SAME_ENTERPRISE = "SameEnterprise"
    EVERYONE = "Everyone"


Switch = Literal["Disabled", "Enabled"]
Announcement = Literal["Unsupported", "Disabled", "Enabled"]
MOST_MEMBERS = 250
"""Most people in one conference."""
MOST_WAITING = 100
"""Most people in its lobby."""


class Terms(msgspec.Struct, frozen=True, omit_defaults=True, kw_only=True):
    """What an organiser decides. People are addresses ``user@domain`` in lower case."""

    subject: str = ""
    description: str = ""
    access: AccessLevel = AccessLevel.SAME_ENTERPRISE
    leader_assignment: LeaderAssignment = LeaderAssignment.DISABLED
    leaders: tuple[str, ...] = ()
    attendees: tuple[str, ...] = ()
    passcode: str = ""
    """What guests must know; empty: nothing but the link."""
    announcement: Announcement = "Disabled"
    phone_admission: Switch = "Disabled"
    phone_lobby_bypass: Switch = "Disabled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Conference:
    """One conference as it is kept. ``organizer`` is an objectGUID; ``version`` counts its changes."""

    organizer: str
    id: str
    expires: datetime
    version: int
    terms: Terms
    listed: bool = True
    """False for one that came about ad hoc: its organiser never sees it in a list."""

    def admits(self, address: str, organizer: str, *, visitor: bool = False, asked: bool = False) -> Role:
        """The role in which a person gets in. Raises ``Failure`` where they do not get in at once.

        ``organizer`` is the organiser's address. A ``visitor`` is of another organisation, and gets in by being
        invited: in the terms, or ``asked`` by somebody who is in.
        """
        terms, role = self.terms, self.role(address, organizer, visitor=visitor)
        invited = asked or address in (*terms.leaders, *terms.attendees)
        if visitor and terms.access is not AccessLevel.EVERYONE and not invited:
            raise Failure("Forbidden", "People of other organizations get in by invitation")
        if address == organizer:
            return role
        if terms.access is AccessLevel.LOCKED:
            raise Failure("Forbidden", "Only the organizer gets in, and your client cannot wait in the lobby")
        if terms.access is AccessLevel.INVITED and not invited:
            raise Failure("Forbidden", "Only who is invited gets in, and your client cannot wait in the lobby")
        return role

    def role(self, address: str, organizer: str, *, visitor: bool = False) -> Role:
        """The role of somebody who is in."""
        everyone = (
            {LeaderAssignment.EVERYONE} if visitor else {LeaderAssignment.EVERYONE, LeaderAssignment.SAME_ENTERPRISE}
        )
        leads = address in (organizer, *self.terms.leaders) or self.terms.leader_assignment in everyone
        return Role.PRESENTER if leads else Role.ATTENDEE


@dataclass(slots=True)
class Member:
    """Somebody who is in a conference. ``endpoints``: name of a client -> the kinds of sessions it has."""

    address: str
    name: str
    role: Role
    endpoints: dict[str, set[str]] = field(default_factory=dict)
    since: datetime | None = None
    """Since when they wait in the lobby; None for who is in."""

    def sessions(self) -> Iterator[tuple[str, str]]:
        """Endpoint and kind (``focus``, ``chat``) of every session."""
        return ((endpoint, kind) for endpoint, kinds in self.endpoints.items() for kind in sorted(kinds))


@dataclass(frozen=True, slots=True)
class RosterChange:
    """What a step did: addresses of people that changed, of those who left, and whether the lock did.

    ``version`` is the roster's afterwards. Those who ``entered`` were in the lobby before.
    """

    version: int
    changed: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    entered: tuple[str, ...] = ()
    lock: bool = False
    terms: bool = False


@dataclass(slots=True)
class Roster:
    """Who is in a conference, and who waits to be let in. Every change counts ``version`` up by one."""

    version: int = 1
    locked: bool = False
    members: dict[str, Member] = field(default_factory=dict)
    lobby: dict[str, Member] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Whether anybody is there."""
        return bool(self.members or self.lobby)

    def holds(self, address: str) -> bool:
        """Whether somebody is in, or waits to be."""
        return address in self.members or address in self.lobby

    def enter(self, address: str, name: str, role: Role, endpoint: str) -> RosterChange:
        """A client joins. Who is in keeps the role they have. Raises ``Failure``."""
        member = self.members.get(address)
        if member is None:
            if self.locked and role is not Role.PRESENTER:
                raise Failure("Forbidden", "The conference is locked")
            self._check_room()
            member = self.members[address] = Member(address, name, role)
        member.endpoints.setdefault(endpoint, set()).add("focus")
        return self._changed(address)

    def wait(self, address: str, name: str, role: Role, endpoint: str, now: datetime) -> RosterChange:
        """A client comes to the lobby; ``role`` is what its owner will be. Raises ``Failure``."""
        waiting = self.lobby.get(address)
        if waiting is None:
            if len(self.lobby) >= MOST_WAITING:
                raise Failure("LimitExceeded", f"At most {MOST_WAITING} people wait in the lobby")
            waiting = self.lobby[address] = Member(address, name, role, since=now)
        waiting.endpoints.setdefault(endpoint, set()).add("focus")
        return self._changed(address)

    def admit(self, address: str) -> RosterChange:
        """Let somebody in who waits. Raises ``Failure``."""
        waiting = self.lobby.get(address)
        if waiting is None:
            raise Failure("NotFound", "Nobody of this address waits in the lobby")
        self._check_room()
        waiting.since = None
        self.members[address] = self.lobby.pop(address)
        self.version += 1
        return RosterChange(self.version, changed=(address,), entered=(address,))

    def _check_room(self) -> None:
        if len(self.members) >= MOST_MEMBERS:
            raise Failure("LimitExceeded", f"The conference is full: it has at most {MOST_MEMBERS} members")

    def open(self, address: str, endpoint: str, kind: str) -> RosterChange:
        """A client that is in begins a session of another kind. Raises ``Failure``."""
        kinds = self.member(address).endpoints.get(endpoint)
        if kinds is None:
            raise Failure("Forbidden", "Join the conference first")
        kinds.add(kind)
        return self._changed(address)

    def close(self, address: str, endpoint: str, kind: str) -> RosterChange | None:
        """A session ended; with its focus session a client has left, with its last client its owner has."""
        member = self.members.get(address) or self.lobby.get(address)
        kinds = member.endpoints.get(endpoint) if member is not None else None
        if member is None or kinds is None or kind not in kinds:
            return None
        kinds.discard(kind)
        if kind == "focus":
            del member.endpoints[endpoint]
        return self._changed(address) if member.endpoints else self.remove(address)

    def remove(self, address: str) -> RosterChange:
        """Somebody is gone altogether."""
        self.members.pop(address, None)
        self.lobby.pop(address, None)
        self.version += 1
        return RosterChange(self.version, left=(address,))

    def assign(self, address: str, role: Role) -> RosterChange | None:
        """Give a member a role; None where they have it. Raises ``Failure``."""
        member = self.member(address)
        if member.role is role:
            return None
        member.role = role
        return self._changed(address)

    def lock(self, locked: bool) -> RosterChange | None:
        """Let nobody in any more, or let them in again; None where that is so."""
        if self.locked is locked:
            return None
        self.locked = locked
        self.version += 1
        return RosterChange(self.version, lock=True)

    def renamed(self) -> RosterChange:
        """What is agreed about the conference was changed."""
        self.version += 1
        return RosterChange(self.version, terms=True)

    def member(self, address: str) -> Member:
        """Raises ``Failure`` where somebody is not in the conference."""
        found = self.members.get(address)
        if found is None:
            raise Failure("NotFound", "Nobody of this address is in the conference")
        return found

    def lead(self, address: str) -> None:
        """Raises ``Failure`` where somebody is no presenter."""
        member = self.members.get(address)
        if member is None or member.role is not Role.PRESENTER:
            raise Failure("Forbidden", "Only presenters may do this")

    def _changed(self, address: str) -> RosterChange:
        self.version += 1
        return RosterChange(self.version, changed=(address,))
