"""``application/vnd-microsoft-roaming-acls+xml``: who may see and call, before containers [MS-SIP 2.2.3]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.elements import child, children, number, read_root
from samband.wire.xml.reading import attribute
from samband.wire.xml.text import escape_attribute

ALLOW = "A"
BLOCK = "B"


@dataclass(frozen=True, slots=True)
class Ace:
    """One entry: ``type`` ALL, DOMAIN or USER; two ``rights``, the first to see presence, the second to talk."""

    type: str
    mask: str
    rights: str


def write_acl(delta: int, entries: Iterable[Ace]) -> str:
    """The list as text."""
    inside = "".join(
        f'<ace type="{one.type}" mask="{escape_attribute(one.mask)}" rights="{one.rights}"/>' for one in entries
    )
    return f'<ACLlist deltaNum="{delta}"><userACL>{inside}</userACL></ACLlist>'


def read_acl(body: bytes) -> tuple[int, list[Ace]]:
    """The number of the list, and its entries. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "ACLlist")
    inside = child(root, "userACL")
    entries = [] if inside is None else list(children(inside, "ace"))
    return number(root, "deltaNum", 0x7FFFFFFF), [
        Ace(attribute(one, "type"), attribute(one, "mask"), attribute(one, "rights")) for one in entries
    ]
