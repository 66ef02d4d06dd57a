"""Containers: the list an owner is told, and what a client asks to change of their members [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.categories import MAX_CONTAINER, MAX_VERSION
from samband.wire.presence.elements import children, number, read_root
from samband.wire.presence.names import CONTAINER_MANAGEMENT, CONTAINERS
from samband.wire.xml.reading import Element, attribute, attribute_of
from samband.wire.xml.text import escape_attribute

MEMBER_TYPES = frozenset({"user", "domain", "sameEnterprise", "federated", "publicCloud", "everyone"})
_ACTIONS = frozenset({"add", "remove", "delete"})


@dataclass(frozen=True, slots=True, order=True)
class MemberDocument:
    """A member; ``value`` is an address without scheme or a domain, empty for the other types."""

    type: str
    value: str = ""


@dataclass(frozen=True, slots=True)
class ContainerDocument:
    """One container of the list."""

    number: int
    version: int
    members: tuple[MemberDocument, ...] = ()


@dataclass(frozen=True, slots=True)
class MembersChange:
    """One container of a request: the version the client knows, and (add?, member) in order."""

    number: int
    version: int
    members: tuple[tuple[bool, MemberDocument], ...]


def write_containers(containers: Iterable[ContainerDocument]) -> str:
    """The list as text."""
    inside = "".join(
        f'<container id="{box.number}" version="{box.version}">'
        + "".join(f"<member{_attributes(member)}/>" for member in box.members)
        + "</container>"
        for box in containers
    )
    return f'<containers xmlns="{CONTAINERS}">{inside}</containers>'


def read_containers(root: Element) -> list[ContainerDocument]:
    """The list. Raises ``SchemaViolation``."""
    return [
        ContainerDocument(
            number(box, "id", MAX_CONTAINER),
            number(box, "version", MAX_VERSION),
            tuple(_member(member) for member in children(box, "member")),
        )
        for box in children(root, "container")
    ]


def write_set_members(changes: Iterable[MembersChange]) -> str:
    """``application/msrtc-setcontainermembers+xml`` as text."""
    inside = "".join(
        f'<container id="{change.number}" version="{change.version}">'
        + "".join(
            f'<member action="{"add" if add else "remove"}"{_attributes(member)}/>' for add, member in change.members
        )
        + "</container>"
        for change in changes
    )
    return f'<setContainerMembers xmlns="{CONTAINER_MANAGEMENT}">{inside}</setContainerMembers>'


def read_set_members(body: bytes) -> list[MembersChange]:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "setContainerMembers")
    return [
        MembersChange(
            number(box, "id", MAX_CONTAINER),
            number(box, "version", MAX_VERSION, 0),
            tuple(
                (attribute_of(member, "action", _ACTIONS) == "add", _member(member))
                for member in children(box, "member")
            ),
        )
        for box in children(root, "container")
    ]


def _member(element: Element) -> MemberDocument:
    kind = attribute_of(element, "type", MEMBER_TYPES)
    if kind not in ("user", "domain"):
        return MemberDocument(kind)
    value = attribute(element, "value").strip().lower()
    return MemberDocument(kind, value.removeprefix("sip:"))


def _attributes(member: MemberDocument) -> str:
    value = f' value="{escape_attribute(member.value)}"' if member.value else ""
    return f' type="{member.type}"{value}'
