"""Paths into the dictionaries of an item: one entry of a contact's, one header field [MS-OXWSCDATA]."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from samband.wire.ews.fields.codecs import Term
from samband.wire.ews.fields.dictionaries import EMAIL_KEYS, IM_KEYS, PHONE_KEYS, PLACE_KEYS, PLACE_PARTS
from samband.wire.ews.fields.row import Field
from samband.wire.ews.fields.table import FIELDS
from samband.wire.ews.names import T
from samband.wire.xml.reading import Element, SchemaViolation, attribute, bad_attribute
from samband.wire.xml.text import escape, escape_attribute

_PLACES = "contacts:PhysicalAddress:"
_ADDRESSES: dict[str, tuple[str, tuple[str, ...] | None]] = {
    f"{_PLACES}{name}": ("contacts:PhysicalAddresses", PLACE_KEYS) for name, _ in PLACE_PARTS
}
_DICTIONARIES: dict[str, tuple[str, tuple[str, ...] | None]] = _ADDRESSES | {
    "item:InternetMessageHeader": ("item:InternetMessageHeaders", None),
    "contacts:EmailAddress": ("contacts:EmailAddresses", EMAIL_KEYS),
    "contacts:ImAddress": ("contacts:ImAddresses", IM_KEYS),
    "contacts:PhoneNumber": ("contacts:PhoneNumbers", PHONE_KEYS),
    "distributionlist:Members:Member": ("distributionlist:Members", None),
}
_PARTS = {f"{_PLACES}{name}": (name, attribute) for name, attribute in PLACE_PARTS}

INDEXED = frozenset(_DICTIONARIES) | frozenset(_PARTS)
"""FieldURIs that name one entry of a dictionary."""


@dataclass(frozen=True, slots=True)
class Indexed:
    """The path of one entry: ``key`` of the dictionary ``field``; of a postal address its part ``part`` alone."""

    uri: str
    key: str
    field: Field
    searchable = True
    sortable = True
    column = ""

    @property
    def path_xml(self) -> str:
        return f'<t:IndexedFieldURI FieldURI="{self.uri}" FieldIndex="{escape_attribute(self.key)}"/>'

    @property
    def part(self) -> str:
        """The attribute of the postal address this path ends in, empty for any other dictionary."""
        return _PARTS[self.uri][1] if self.uri in _PARTS else ""

    @property
    def part_element(self) -> str:
        """The element of that part."""
        return _PARTS[self.uri][0] if self.uri in _PARTS else ""

    @property
    def writable(self) -> bool:
        return self.field.writable and isinstance(_DICTIONARIES[self.uri][1], tuple)

    def value(self, item: Any) -> str | None:
        """The text of the entry; None where the item has none."""
        entries = self.field.value(item)
        if not entries:
            return None
        if self.field.uri == "item:InternetMessageHeaders":
            return next((text for name, text in entries if name.lower() == self.key.lower()), None)
        if self.field.uri == "distributionlist:Members":
            return next((member.mailbox.address for member in entries if member.key == self.key), None)
        entry = entries.get(self.key)
        if entry is None:
            return None
        if self.part:
            return getattr(entry, self.part) or None
        return entry if isinstance(entry, str) else entry.address

    def terms(self, item: Any) -> Sequence[Term]:
        value = self.value(item)
        return () if value is None else (value,)

    def constant(self, text: str) -> Term:
        return text


def read_indexed(element: Element) -> Indexed:
    """The path an IndexedFieldURI names. Raises ``SchemaViolation``."""
    uri = attribute(element, "FieldURI")
    if uri not in _DICTIONARIES:
        raise bad_attribute("FieldURI", uri)
    field, keys = _DICTIONARIES[uri]
    key = attribute(element, "FieldIndex")
    if keys is not None and key not in keys:
        raise bad_attribute("FieldIndex", key)
    return Indexed(uri, key, FIELDS[field])


def read_entry(path: Indexed, container: Element) -> Any:
    """The value of ``path`` in the dictionary ``container`` of an update, as the dictionary's codec reads it.

    Of a postal address it is the text of the part. Raises ``SchemaViolation``.
    """
    if path.part:
        for entry in container.iterchildren(T + "Entry"):
            if entry.get("Key") == path.key:
                return entry.findtext(T + path.part_element) or ""
    else:
        values = path.field.codec.read(container)
        if path.key in values:
            return values[path.key]
    raise SchemaViolation(f"The entry '{path.key[:80]}' is missing.")


def entries_writer(paths: Sequence[Indexed]) -> Callable[[Any], str]:
    """Writes the dictionary that all of ``paths`` lead into, with the entries they name."""
    field = paths[0].field
    name = field.element
    if field.uri == "item:InternetMessageHeaders":
        return _headers_writer(name, frozenset(path.key.lower() for path in paths))
    if field.uri == "distributionlist:Members":
        return field.writer()
    if paths[0].part:
        return _places_writer(name, paths)
    wanted = {path.key for path in paths}
    write = field.codec.writer(name)

    def write_entries(item: Any) -> str:
        entries = field.value(item) or {}
        return write({key: value for key, value in entries.items() if key in wanted})

    return write_entries


def _headers_writer(name: str, wanted: frozenset[str]) -> Callable[[Any], str]:
    write = FIELDS["item:InternetMessageHeaders"].codec.writer(name)
    return lambda item: write([pair for pair in item.properties.internet_headers if pair[0].lower() in wanted])


def _places_writer(name: str, paths: Sequence[Indexed]) -> Callable[[Any], str]:
    wanted = {(path.key, path.part) for path in paths}

    def write(item: Any) -> str:
        places = paths[0].field.value(item) or {}
        entries = []
        for key in PLACE_KEYS:
            parts = [
                f"<t:{element}>{escape(text)}</t:{element}>"
                for element, attribute in PLACE_PARTS
                if (key, attribute) in wanted and key in places and (text := getattr(places[key], attribute))
            ]
            if parts:
                entries.append(f'<t:Entry Key="{key}">{"".join(parts)}</t:Entry>')
        return f"<t:{name}>{''.join(entries)}</t:{name}>" if entries else ""

    return write
