"""Values of properties, between XML and Python.

Reading gives plain values: text, numbers, ``datetime``, ``bytes``, lists and dictionaries with the attribute names of
the model's records, which a door turns into those records. An instant without an offset is read as a naive
``datetime``: the door knows the zone it is in. Writing takes the model's values and asks only for their attributes.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, bad_element, first
from samband.wire.xml.text import escape
from samband.wire.xml.values import (
    has_offset,
    read_boolean,
    read_instant,
    read_integer,
    write_duration,
    write_instant,
)

Plain = Any
"""What reading gives: the builtins of the module's first lines."""
Term = str | int | float | bytes | datetime
"""What filters compare and sorting orders; all terms of a field are of one type."""
Write = Callable[[Any], str]


@dataclass(frozen=True, slots=True)
class Codec:
    """One type of value.

    ``read`` raises ``SchemaViolation``. ``writer`` makes, once for an element name, the function that writes a value
    (nothing for an absent one). ``constant`` reads a filter's constant and raises ``ValueError``; None where values of
    this type cannot be compared. ``terms`` are what of a value is compared: none for an absent one, several for a list.
    """

    read: Callable[[Element], Plain]
    writer: Callable[[str], Write]
    constant: Callable[[str], Term] | None = None
    terms: Callable[[Any], Sequence[Term]] = lambda value: () if value is None else (value,)


def checked(read: Callable[[str], Plain]) -> Callable[[Element], Plain]:
    """``read``, a reader of text that raises ``ValueError``, as a reader of elements."""

    def read_element(element: Element) -> Plain:
        try:
            return read(element.text or "")
        except ValueError:
            raise bad_element(element) from None

    return read_element


def read_local(text: str) -> datetime:
    """An instant in whole seconds: aware UTC where the text says its offset, else naive. Raises ``ValueError``."""
    instant = read_instant(text).replace(microsecond=0)
    return instant if has_offset(text) else instant.replace(tzinfo=None)


def _text_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: str) -> str:
        return f"{start}{escape(value)}{end}" if value else ""

    return write


def _boolean_writer(name: str) -> Write:
    yes, no = f"<t:{name}>true</t:{name}>", f"<t:{name}>false</t:{name}>"

    def write(value: bool) -> str:
        return yes if value else no

    return write


def _plain_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: object) -> str:
        return "" if value is None else f"{start}{value}{end}"

    return write


def _instant_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: datetime | None) -> str:
        return "" if value is None else f"{start}{write_instant(value)}{end}"

    return write


def _bytes_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: bytes) -> str:
        return f"{start}{binascii.b2a_base64(value, newline=False).decode('ascii')}{end}" if value else ""

    return write


def read_base64(text: str) -> bytes:
    """xs:base64Binary. Raises ``ValueError``."""
    return base64.b64decode("".join(text.split()), validate=True)


def _read_text(element: Element) -> str:
    return element.text or ""


def _text_terms(value: str) -> Sequence[Term]:
    return (value,) if value else ()


TEXT = Codec(_read_text, _text_writer, str, _text_terms)
BOOLEAN = Codec(checked(read_boolean), _boolean_writer, read_boolean)
INTEGER = Codec(checked(read_integer), _plain_writer, read_integer)
DOUBLE = Codec(checked(float), _plain_writer, float)
INSTANT = Codec(checked(read_local), _instant_writer, read_local)
BASE64 = Codec(checked(read_base64), _bytes_writer, read_base64, _text_terms)


def _duration_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: timedelta | None) -> str:
        return "" if value is None else f"{start}{write_duration(value)}{end}"

    return write


DURATION = Codec(_read_text, _duration_writer, None, lambda value: ())


def enumeration(*allowed: str) -> Codec:
    """One of ``allowed`` texts; they are ordered as they stand, not by alphabet."""
    known = frozenset(allowed)
    order = {text: place for place, text in enumerate(allowed)}

    def read(element: Element) -> str:
        text = (element.text or "").strip()
        if text not in known:
            raise bad_element(element)
        return text

    def constant(text: str) -> Term:
        if text not in known:
            raise ValueError("not a value of the enumeration")
        return order[text]

    return Codec(read, _enumeration_writer, constant, lambda value: (order[value],) if value in order else ())


def _enumeration_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(value: str | None) -> str:
        return "".join((start, value, end)) if value else ""

    return write


def _strings_writer(name: str) -> Write:
    start, end = f"<t:{name}>", f"</t:{name}>"

    def write(values: Sequence[str]) -> str:
        if not values:
            return ""
        return start + "".join([f"<t:String>{escape(value)}</t:String>" for value in values]) + end

    return write


STRINGS = Codec(lambda element: [text.text or "" for text in element.iter(T + "String")], _strings_writer, str, tuple)


CATEGORIES = Codec(STRINGS.read, _strings_writer, str.casefold, lambda values: [value.casefold() for value in values])
"""Like ``STRINGS``; categories are the same in any case."""


def child(element: Element, name: str) -> str | None:
    """The text of the child ``name`` in the types' namespace, None where it is absent."""
    found = first(element, T + name)
    return None if found is None else found.text or ""


def texts(element: Element) -> dict[str, str]:
    """The texts of all children by qualified name, of each the first: what is asked for several is read at once."""
    return {found.tag: found.text or "" for found in reversed(element)}


def required_child(element: Element, name: str) -> Element:
    """The child ``name``. Raises ``SchemaViolation`` where it is absent."""
    found = first(element, T + name)
    if found is None:
        raise SchemaViolation(f"The element '{element.tag}' has incomplete content: '{name}' expected.")
    return found
