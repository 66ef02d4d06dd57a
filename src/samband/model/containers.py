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


def initial() -> dict[int, Container]:
    """The containers of somebody who never changed any: colleagues see 200, federated people 100, strangers 0."""
    granted = {EXTERNAL: MemberKind.FEDERATED, COLLEAGUES: MemberKind.SAME_ENTERPRISE}
    granted |= {BLOCKED: MemberKind.PUBLIC_CLOUD}
    return {
        number: Container(number, 0, frozenset([Member(granted[number])] if number in granted else []))
        for number in PREDEFINED
    }


def container_for(containers: Mapping[int, Container], address: str, source: MemberKind) -> int:
    """The container a watcher reads.

    The entry that names the watcher best decides: its address before its domain, the domain before the kind of network
    it comes from (``source``), that before everyone; of equally good entries the one in the highest container.
    Somebody nobody named reads container 0.
    """
    domain = address.rpartition("@")[2]
    # Most containers of most people are empty: this runs for everyone on the list of everyone who signs in.
    readable = [(number, box.members) for number, box in containers.items() if box.members and number not in OWN_ONLY]
    for wanted in (
        Member(MemberKind.USER, address),
        Member(MemberKind.DOMAIN, domain),
        Member(source),
        Member(MemberKind.EVERYONE),
    ):
        holding = [number for number, members in readable if wanted in members]
        if holding:
            return max(holding)
    return DEFAULT


def turned_away(containers: Mapping[int, Container], address: str, source: MemberKind) -> bool:
    """Whether the owner blocked somebody, or the domain, by name: such people also say nothing.

    Who is blocked as one of a kind alone sees nothing, and that is all.
    """
    named = containers[BLOCKED].members
    if Member(MemberKind.USER, address) in named:
        return True
    if Member(MemberKind.DOMAIN, address.rpartition("@")[2]) not in named:
        return False
    return container_for(containers, address, source) == BLOCKED


def changed(container: Container, wishes: Iterable[MemberChange]) -> Container:
    """``container`` after ``wishes``, one version on. Removing what is not there changes nothing but the version."""
    members = set(container.members)
    for wish in wishes:
        if wish.add:
            members.add(wish.member)
        else:
            members.discard(wish.member)
    return Container(container.number, container.version + 1, frozenset(members))
