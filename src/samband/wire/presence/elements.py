"""Reading presence documents: names are compared without namespaces, as their clients do."""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from samband.wire.xml.reading import (
    Element,
    SchemaViolation,
    attribute,
    bad_attribute,
    bad_element,
    local_name,
    parse,
)
from samband.wire.xml.values import read_integer

MAX_DOCUMENT = 512 * 1024
"""The largest presence document that is read."""


def read_root(body: bytes, name: str) -> Element:
    """The root of ``body``, an element ``name``. Raises ``Malformed`` or ``SchemaViolation``."""
    root = parse(body, MAX_DOCUMENT)
    if local_name(root) != name:
        raise SchemaViolation(f"The document is not a '{name}'.")
    return root


def children(parent: Element, name: str) -> Iterator[Element]:
    """The children of ``parent`` that are called ``name``."""
    return parent.iterchildren("{*}" + name)


def child(parent: Element, name: str) -> Element | None:
    """The first child of ``parent`` that is called ``name``."""
    return next(parent.iterchildren("{*}" + name), None)


def child_text(parent: Element, name: str) -> str | None:
    """The text of the first child called ``name``, stripped; None where there is no such child."""
    found = child(parent, name)
    return None if found is None else (found.text or "").strip()


def number(element: Element, name: str, highest: int, default: int | None = None) -> int:
    """The attribute ``name`` as a number from 0 to ``highest``. Raises ``SchemaViolation``."""
    value = attribute(element, name) if default is None else element.get(name)
    if value is None:
        return default or 0
    try:
        found = read_integer(value)
    except ValueError:
        raise bad_attribute(name, value) from None
    if not 0 <= found <= highest:
        raise bad_attribute(name, value)
    return found


def number_in(element: Element, highest: int) -> int:
    """The text of ``element`` as a number from 0 to ``highest``. Raises ``SchemaViolation``."""
    try:
        found = read_integer(element.text or "")
    except ValueError:
        raise bad_element(element) from None
    if not 0 <= found <= highest:
        raise bad_element(element)
    return found


def as_text(element: Element) -> str:
    """``element`` as XML that can stand in any other document."""
    return str(etree.tostring(element, encoding="unicode", with_tail=False))
