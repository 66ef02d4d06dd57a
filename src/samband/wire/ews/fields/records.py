"""Codecs of properties that are a few values in one element, and of lists of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from samband.wire.ews.fields.codecs import Codec, Plain, Write
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element

MAX_RECORDS = 1000
"""How many records one element may hold."""


def record(*parts: tuple[str, str, Codec]) -> Codec:
    """An element with a child for each of ``parts``: its name, the attribute it is of, and its codec.

    Children that are absent are not said; values that are None are not written.
    """

    def read(element: Element) -> Plain:
        return {
            attribute: codec.read(found)
            for name, attribute, codec in parts
            if (found := element.find(T + name)) is not None
        }

    def writer(name: str) -> Write:
        writers = [(attribute, codec.writer(child)) for child, attribute, codec in parts]

        def write(value: Any) -> str:
            if value is None:
                return ""
            inside = "".join(
                [write_one(one) for attribute, write_one in writers if (one := getattr(value, attribute)) is not None]
            )
            return f"<t:{name}>{inside}</t:{name}>"

        return write

    return Codec(read, writer, None, lambda value: ())


def several(child: str, one: Codec) -> Codec:
    """An element with any number of ``child``."""

    def read(element: Element) -> Plain:
        return [one.read(found) for found in list(element.iterchildren(T + child))[:MAX_RECORDS]]

    def writer(name: str) -> Write:
        write_one = one.writer(child)

        def write(values: Sequence[Any]) -> str:
            return f"<t:{name}>{''.join([write_one(value) for value in values])}</t:{name}>" if values else ""

        return write

    return Codec(read, writer, None, lambda value: ())
