"""``vnd-microsoft-roaming-self``: what owners are told of their own presence [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from samband.wire.presence.categories import CategoryDocument, read_categories, write_categories
from samband.wire.presence.containers import ContainerDocument, read_containers, write_containers
from samband.wire.presence.elements import child, children, read_root
from samband.wire.presence.names import ROAMING_SELF
from samband.wire.presence.subscribers import SubscriberDocument, read_subscribers, write_subscribers
from samband.wire.xml.reading import attribute

CATEGORIES = "categories"
CONTAINERS = "containers"
SUBSCRIBERS = "subscribers"
DELEGATES = "delegates"
KINDS = frozenset({CATEGORIES, CONTAINERS, SUBSCRIBERS, DELEGATES})


@dataclass(frozen=True, slots=True, kw_only=True)
class RoamingData:
    """A notification; None stands for "not told now". ``uri`` is the owner's address with its scheme."""

    uri: str
    categories: tuple[CategoryDocument, ...] | None = None
    containers: tuple[ContainerDocument, ...] | None = None
    subscribers: tuple[SubscriberDocument, ...] | None = None


def read_roaming_list(body: bytes) -> frozenset[str]:
    """The kinds a client asks for; all where the body is empty. Raises ``Malformed`` or ``SchemaViolation``."""
    if not body.strip():
        return KINDS
    root = read_root(body, "roamingList")
    return frozenset(attribute(one, "type") for one in children(root, "roaming")) & KINDS


def write_roaming_list(kinds: Iterable[str]) -> str:
    """The request of a client as text."""
    inside = "".join(f'<roaming type="{kind}"/>' for kind in kinds)
    return f'<roamingList xmlns="{ROAMING_SELF}">{inside}</roamingList>'


def write_roaming_data(data: RoamingData) -> str:
    """The notification as text."""
    parts = [
        "" if data.categories is None else write_categories(data.uri, data.categories),
        "" if data.containers is None else write_containers(data.containers),
        "" if data.subscribers is None else write_subscribers(data.subscribers),
    ]
    return f'<roamingData xmlns="{ROAMING_SELF}">{"".join(parts)}</roamingData>'


def read_roaming_data(body: bytes) -> RoamingData:
    """A notification. Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "roamingData")
    categories, containers, subscribers = (child(root, name) for name in (CATEGORIES, CONTAINERS, SUBSCRIBERS))
    uri, instances = ("", None) if categories is None else read_categories(categories)
    return RoamingData(
        uri=uri,
        categories=None if instances is None else tuple(instances),
        containers=None if containers is None else tuple(read_containers(containers)),
        subscribers=None if subscribers is None else tuple(read_subscribers(subscribers)),
    )
