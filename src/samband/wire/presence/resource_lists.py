"""``application/resource-lists+xml``: the people a plain client wants to watch in one dialog [RFC4826, RFC5367]."""

from __future__ import annotations

from collections.abc import Iterator

from samband.wire.presence.elements import children, read_root
from samband.wire.xml.reading import Element, attribute

DEEPEST = 8
"""Lists within lists that are looked into."""


def read_resource_lists(body: bytes) -> list[str]:
    """The addresses of all entries, each once, in their order; references to lists elsewhere are left out.

    Raises ``Malformed`` or ``SchemaViolation``.
    """
    root = read_root(body, "resource-lists")
    return list(dict.fromkeys(uri for listed in children(root, "list") for uri in _entries(listed, DEEPEST)))


def _entries(listed: Element, deepest: int) -> Iterator[str]:
    for entry in children(listed, "entry"):
        yield attribute(entry, "uri")
    if deepest > 1:
        for inner in children(listed, "list"):
            yield from _entries(inner, deepest - 1)
