"""``application/msrtc-event-categories+xml``: what somebody publishes, as a watcher gets it [MS-PRES]."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from samband.wire.presence.elements import as_text, children, number
from samband.wire.presence.names import CATEGORIES
from samband.wire.xml.reading import Element, attribute, bad_attribute
from samband.wire.xml.text import escape_attribute
from samband.wire.xml.values import read_instant, write_instant

MAX_INSTANCE = 0xFFFFFFFF
MAX_CONTAINER = 32767
MAX_VERSION = 0xFFFFFFFF


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryDocument:
    """One instance of a category; without ``instance`` it says that the category has none.

    ``content`` is XML. ``expire_type`` and ``expires`` (what is left, in seconds) are told to the owner only.
    """

    name: str
    instance: int | None = None
    container: int = 0
    version: int = 0
    published: datetime | None = None
    expire_type: str = ""
    expires: int | None = None
    content: str = ""


def write_categories(uri: str, categories: Iterable[CategoryDocument]) -> str:
    """The document of one owner; ``uri`` with its scheme."""
    inside = "".join([_write(category) for category in categories])
    return f'<categories xmlns="{CATEGORIES}" uri="{escape_attribute(uri)}">{inside}</categories>'


def _write(category: CategoryDocument) -> str:
    name = escape_attribute(category.name)
    if category.instance is None or category.published is None:
        return f'<category name="{name}"/>'
    lifetime = f' expireType="{escape_attribute(category.expire_type)}"' if category.expire_type else ""
    if category.expires is not None:
        lifetime += f' expires="{category.expires}"'
    return (
        f'<category name="{name}" instance="{category.instance}" publishTime="{write_instant(category.published)}"'
        f' container="{category.container}" version="{category.version}"{lifetime}>{category.content}</category>'
    )


def read_categories(root: Element) -> tuple[str, list[CategoryDocument]]:
    """The owner's address with its scheme, and the instances. Raises ``SchemaViolation``."""
    return root.get("uri", ""), [_read(element) for element in children(root, "category")]


def _read(element: Element) -> CategoryDocument:
    name = attribute(element, "name")
    if element.get("instance") is None:
        return CategoryDocument(name=name)
    published = attribute(element, "publishTime")
    try:
        moment = read_instant(published)
    except ValueError:
        raise bad_attribute("publishTime", published) from None
    return CategoryDocument(
        name=name,
        instance=number(element, "instance", MAX_INSTANCE),
        container=number(element, "container", MAX_CONTAINER),
        version=number(element, "version", MAX_VERSION),
        published=moment,
        expire_type=element.get("expireType", ""),
        expires=None if element.get("expires") is None else number(element, "expires", 0x7FFFFFFF),
        content="".join(as_text(child) for child in element),
    )
