"""Containers: who may see what of an owner's presence."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

DEFAULT = 0
SELF = 1
AGGREGATION = 2
AGGREGATION_TEAM = 3
EXTERNAL = 100
COLLEAGUES = 200
WORKGROUP = 300
FRIENDS = 400
BLOCKED = 32000
HIGHEST = 32767

PREDEFINED = (DEFAULT, SELF, AGGREGATION, AGGREGATION_TEAM, EXTERNAL, COLLEAGUES, WORKGROUP, FRIENDS, BLOCKED)
OWN_ONLY = frozenset((SELF, AGGREGATION, AGGREGATION_TEAM))
"""Containers that nobody but the owner reads, whatever their members are."""


class MemberKind(StrEnum):
    """What a member of a container names; ``value`` is empty for all but the first two."""

    USER = "user"
    DOMAIN = "domain"
    SAME_ENTERPRISE = "sameEnterprise"
    FEDERATED = "federated"
    PUBLIC_CLOUD = "publicCloud"
    EVERYONE = "everyone"


@dataclass(frozen=True, slots=True, order=True)
class Member:
    """One entry of a container: a user's address, a domain, or everybody of a kind. Values are lower-case."""

    kind: MemberKind
    value: str = ""


@dataclass(frozen=True, slots=True)
class Container:
    """An audience. ``version`` counts the changes of its members."""

    number: int
    version: int = 0
    members: frozenset[Member] = frozenset()


@dataclass(frozen=True, slots=True)
class MemberChange:
    """One wish of a client: ``add`` or remove a member of a container."""

    add: bool
    member: Member


def _granted(number: int) -> frozenset[Member]:
    granted = {EXTERNAL: MemberKind.FEDERATED, COLLEAGUES: MemberKind.SAME_ENTERPRISE}
    granted |= {BLOCKED: MemberKind.PUBLIC_CLOUD}
    return frozenset([Member(granted[number])] if number in granted else [])


_INITIAL = {number: Container(number, 0, _granted(number)) for number in PREDEFINED}


def initial() -> dict[int, Container]:
    """The containers of somebody who never changed any: colleagues see 200, federated people 100, strangers 0."""
    return _INITIAL.copy()


class Readers:
    """Who reads which of an owner's containers, looked up by name: to be made anew when a member changes.

    The entry that names a watcher best decides: its address before its domain, the domain before the kind of network it
    comes from, that before everyone; of equally good entries the one in the highest container. Somebody nobody named
    reads container 0.
    """

    __slots__ = ("_domains", "_everyone", "_kinds", "_users")

    def __init__(self, containers: Mapping[int, Container]) -> None:
        self._users: dict[str, int] = {}
        self._domains: dict[str, int] = {}
        self._kinds: dict[str, int] = {}
        for number in sorted(containers.keys() - OWN_ONLY):
            for member in containers[number].members:
                if member.kind is MemberKind.USER:
                    self._users[member.value] = number
                elif member.kind is MemberKind.DOMAIN:
                    self._domains[member.value] = number
                else:
                    self._kinds[member.kind] = number
        self._everyone = self._kinds.get(MemberKind.EVERYONE, DEFAULT)

    def container(self, address: str, source: MemberKind) -> int:
        """The container that somebody at ``address``, who comes from a network of the kind ``source``, reads."""
        # This runs for everyone on the list of everyone who signs in, and few name anybody.
        found = self._users.get(address) if self._users else None
        if found is None and self._domains:
            found = self._domains.get(address.rpartition("@")[2])
        return self._kinds.get(source, self._everyone) if found is None else found


INITIAL_READERS = Readers(_INITIAL)
"""Those of ``initial``, which most owners never change."""


def blocks_by_name(containers: Mapping[int, Container]) -> bool:
    """Whether the owner blocked anybody, or any domain, by name."""
    return any(member.value for member in containers[BLOCKED].members)


def turned_away(containers: Mapping[int, Container], address: str, source: MemberKind) -> bool:
    """Whether the owner blocked somebody, or the domain, by name: such people also say nothing.

    Who is blocked as one of a kind alone sees nothing, and that is all.
    """
    named = containers[BLOCKED].members
    if Member(MemberKind.USER, address) in named:
        return True
    if Member(MemberKind.DOMAIN, address.rpartition("@")[2]) not in named:
        return False
    return Readers(containers).container(address, source) == BLOCKED


def changed(container: Container, wishes: Iterable[MemberChange]) -> Container:
    """``container`` after ``wishes``, one version on. Removing what is not there changes nothing but the version."""
    members = set(container.members)
    for wish in wishes:
        if wish.add:
            members.add(wish.member)
        else:
            members.discard(wish.member)
    return Container(container.number, container.version + 1, frozenset(members))
