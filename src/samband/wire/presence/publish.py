"""``application/msrtc-category-publish+xml``: what a client asks to publish [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from samband.wire.presence.categories import MAX_CONTAINER, MAX_INSTANCE, MAX_VERSION
from samband.wire.presence.elements import as_text, child, children, number, read_root
from samband.wire.presence.names import RICH_PRESENCE
from samband.wire.xml.reading import Element, attribute, bad_attribute, missing
from samband.wire.xml.text import escape_attribute

EXPIRE_TYPES = frozenset({"endpoint", "user", "static", "time"})
MAX_LIFETIME = 31_536_000
"""The longest life of a time-bound publication, in seconds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicationDocument:
    """One publication; ``content`` is its element as text, empty where there is none. ``expires`` in seconds."""

    category: str
    instance: int
    container: int
    version: int = 0
    expire_type: str = "endpoint"
    expires: int | None = None
    content: str = ""
    element: Element | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class PublishDocument:
    """A whole request; ``uri`` with its scheme."""

    uri: str
    publications: tuple[PublicationDocument, ...]


def read_publish(body: bytes) -> PublishDocument:
    """Raises ``Malformed`` or ``SchemaViolation``."""
    root = read_root(body, "publish")
    group = child(root, "publications")
    if group is None:
        raise missing(root, f"{{{RICH_PRESENCE}}}publications")
    return PublishDocument(
        uri=attribute(group, "uri"), publications=tuple(_read(one) for one in children(group, "publication"))
    )


def _read(element: Element) -> PublicationDocument:
    expire_type = element.get("expireType", "endpoint")
    if expire_type not in EXPIRE_TYPES:
        raise bad_attribute("expireType", expire_type)
    inner = element[0] if len(element) else None
    category = attribute(element, "categoryName")
    if not category or len(category) > 128:
        raise bad_attribute("categoryName", category)
    return PublicationDocument(
        category=category,
        instance=number(element, "instance", MAX_INSTANCE),
        container=number(element, "container", MAX_CONTAINER),
        version=number(element, "version", MAX_VERSION, 0),
        expire_type=expire_type,
        expires=None if element.get("expires") is None else number(element, "expires", MAX_LIFETIME),
        content="" if inner is None else as_text(inner),
        element=inner,
    )


def write_publish(uri: str, publications: Iterable[PublicationDocument]) -> str:
    """The request as text."""
    inside = "".join(
        f'<publication categoryName="{escape_attribute(one.category)}" instance="{one.instance}"'
        f' container="{one.container}" version="{one.version}" expireType="{one.expire_type}"'
        + ("" if one.expires is None else f' expires="{one.expires}"')
        + (f">{one.content}</publication>" if one.content else "/>")
        for one in publications
    )
    group = f'<publications uri="{escape_attribute(uri)}">{inside}</publications>'
    return f'<publish xmlns="{RICH_PRESENCE}">{group}</publish>'
